"""The door out: claim what is due, mark it durably, send it, mark what came of it (docs/delivery.md)."""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from messaging.batching import calls_of
from messaging.consent import TOPIC, Refusal, may_write
from messaging.failover import send_on
from messaging.messages import Address, Message
from messaging.outcomes import RANDOM_ID_LIVES, Outcome, mark, recover, tell
from messaging.pacing import MARKETING, Batch, Pace
from messaging.reaching import facts_of, welcome_at
from messaging.transport import Ambiguous, Delivery, NotSent, Transport, TryLater, Undeliverable
from messaging.trouble import described
from storage.changes import OUTBOX
from storage.columns import new_id
from storage.consents import WriteRow
from storage.database import Database, DatabaseClosed
from storage.kinds import Priority
from storage.outbox import DueMessage
from storage.store import Store

log = logging.getLogger(__name__)

UTC = ZoneInfo("UTC")
LEASE = timedelta(seconds=30)
"""A row claimed or in sending for longer was abandoned."""
OWNERSHIP_SECONDS = 10.0
AT_ONCE = 64
"""Rows begun in one commit at the most. At Telegram's pace it is three: see STARTS_WITHIN_SECONDS."""
LONGEST_WAIT_SECONDS = 10.0
"""For a slot further away nothing is claimed: what is queued may still be changed, cancelled or overtaken."""
MARKS_AGAIN_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
"""When the database does not take outcomes: as long as nobody else may decide about these rows."""
STARTS_WITHIN_SECONDS = 0.1
"""Nothing is marked as begun earlier than this before its request: what a crash can leave in doubt stays small."""
WINDOW_SECONDS = 1.015
"""A second as others count it: requests do not take equally long to arrive."""
QUIET_SECONDS = 1.0
SHORTEST_PAUSE_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Outlet:
    """One bot's way out."""

    transport: Transport
    pace: Pace


@dataclass(frozen=True, slots=True)
class Lane:
    """Ranges of priorities that share a queue. Replies have their own, so that no broadcast stands before them.

    `share`: how many times the pace's `in_flight` may be on its way before this lane waits.
    """

    name: str
    priorities: tuple[tuple[Priority, Priority], ...]
    share: int


LANES = (
    Lane("interactive", ((Priority.OPERATOR, Priority.REPLY),), share=2),
    Lane("bulk", ((Priority.JOURNEY, Priority.JOURNEY), (Priority.BROADCAST, Priority.BROADCAST)), share=1),
)


@dataclass(slots=True)
class _Claim:
    """Rows one commit took hold of, and how long their first send must still wait."""

    rows: list[DueMessage]
    token: UUID
    due: int = 0
    """Rows that were due: where all of them were cancelled or put off, others may wait behind them."""
    wait_seconds: float = 0.0
    edits: dict[UUID, str] = field(default_factory=dict)
    repeated: frozenset[UUID] = frozenset()
    """Rows whose call was made before: it may have arrived then, whatever comes of it now."""


class Relay:
    """Delivers for the bots it holds the lease of. `run` goes on until cancelled; `deliver_due` is one round of it."""

    def __init__(
        self, database: Database, outlets: Mapping[str, Outlet], clock: Callable[[], datetime], zone: ZoneInfo = UTC
    ) -> None:
        """`zone`: whose hours count for customers of an unknown one."""
        self._database = database
        self._outlets = outlets
        self._clock = clock
        self._zone = zone
        self._starts = {bot_id: _starts_of(outlet.pace) for bot_id, outlet in outlets.items()}
        self._owner = secrets.token_hex(8)
        self._epochs: dict[str, int] = {}
        self._outcomes: list[Outcome] = []
        self._marker: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._steps: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Deliver until cancelled; what was begun is finished and marked, the rest is given back."""
        try:
            async with asyncio.TaskGroup() as group:
                for bot_id in self._outlets:
                    group.create_task(self._own(bot_id))
                    for lane in LANES:
                        group.create_task(self._work(bot_id, lane))
        finally:
            self._stop.set()
            await self._finish_begun()
            await self.give_up_all()

    async def deliver_due(self) -> int:
        """Deliver everything that is due at this moment; how many rows that were."""
        due = 0
        for bot_id in self._outlets:
            await self.take_ownership(bot_id)
            for lane in LANES:
                while step := await self._claim_and_send(bot_id, lane):
                    due += step
                    await self._finish_begun()
        return due

    async def take_ownership(self, bot_id: str) -> bool:
        """Take or renew the lease; a fresh one looks at once for what its last owner left behind."""
        now = self._clock()
        epoch = await self._database.write(
            lambda store: store.leases.take(bot_id, self._owner, OWNERSHIP_SECONDS, now.timestamp())
        )
        if epoch is None:
            self._epochs.pop(bot_id, None)
            return False
        is_new = self._epochs.get(bot_id) != epoch
        self._epochs[bot_id] = epoch
        await self._database.write(lambda store: recover(store, bot_id, epoch, now))
        if is_new:
            self._database.changes.tell({OUTBOX})  # its lanes found nothing of theirs until now, and sleep
        return True

    async def give_up_all(self) -> None:
        """Let another process deliver at once."""
        bots, self._epochs = list(self._epochs), {}
        for bot_id in bots:
            await self._database.write(lambda store, bot_id=bot_id: store.leases.give_up(bot_id, self._owner))  # type: ignore[misc]

    # --- one bot's loops

    async def _own(self, bot_id: str) -> None:
        while True:
            with _logged("the lease"):
                await self.take_ownership(bot_id)
            await asyncio.sleep(OWNERSHIP_SECONDS / 3)

    async def _work(self, bot_id: str, lane: Lane) -> None:
        while True:
            changed = self._database.changes.listen(OUTBOX)
            # To its end even when the relay is stopped meanwhile: rows marked as begun must be sent.
            steps = asyncio.create_task(self._empty(bot_id, lane))
            self._steps.add(steps)
            steps.add_done_callback(self._steps.discard)
            await asyncio.shield(steps)
            await self._database.changes.wait(changed, QUIET_SECONDS)

    async def _empty(self, bot_id: str, lane: Lane) -> None:
        """Step until nothing is due: the next rows are claimed before the first of these have left."""
        with _logged(f"the {lane.name} lane"):
            while not self._stop.is_set() and await self._claim_and_send(bot_id, lane):
                pass

    async def _claim_and_send(self, bot_id: str, lane: Lane) -> int:
        """Claim, wait for the slot, begin, start sending; how many rows were due."""
        epoch = self._epochs.get(bot_id)
        if epoch is None:
            return 0
        pace = self._outlets[bot_id].pace
        most = lane.share * pace.in_flight
        while (room := min(pace.batch.rows if pace.batch else AT_ONCE, most - len(self._sending))) <= 0:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
        claim = await self._database.write(lambda store: self._claim(store, bot_id, epoch, lane, room))
        if not claim.rows:
            return claim.due
        if claim.wait_seconds > STARTS_WITHIN_SECONDS:
            await self._pause(claim.wait_seconds)
            if self._stop.is_set():
                ids = [row.id for row in claim.rows]
                await self._database.write(lambda store: store.outbox.release(ids, claim.token))
                return 0
            claim = await self._database.write(lambda store: self._begin_claimed(store, bot_id, epoch, claim))
        rate = pace.per_second if lane is LANES[0] else pace.bulk_per_second
        for place, row in enumerate(claim.rows):
            # What goes in one request starts together, else a slot apart.
            slot = claim.wait_seconds + (0.0 if pace.batch else place / rate)
            task = asyncio.create_task(self._send(row, claim, wait_seconds=slot))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return claim.due

    async def _pause(self, seconds: float) -> None:
        """Until the time or the stop, whichever is first."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    # --- units

    def _claim(self, store: Store, bot_id: str, epoch: int, lane: Lane, room: int) -> _Claim:
        """T2, and T4 at once when the bot's pace lets the rows start now."""
        now = self._clock()
        pace = self._outlets[bot_id].pace
        rate = pace.per_second if lane is LANES[0] else pace.bulk_per_second
        if rate != float("inf") and store.leases.held_for(bot_id, "all", now.timestamp()) > LONGEST_WAIT_SECONDS:
            return _Claim([], new_id())
        if pace.batch is None and rate != float("inf"):
            room = max(1, min(room, int(rate * STARTS_WITHIN_SECONDS)))
        due = store.outbox.pick(bot_id, self._owner, epoch, lane.priorities, room, now)
        rows = self._for_one_request(store, bot_id, due, pace.batch) if pace.batch else due
        claim = _Claim(rows, new_id())
        if not claim.rows:
            return claim
        requests = 1 if pace.batch else len(rows)
        claim.wait_seconds = _reserve(store, bot_id, lane, pace, requests, now.timestamp())
        if claim.wait_seconds <= STARTS_WITHIN_SECONDS:
            begun = self._begin(store, bot_id, epoch, claim, now)
            begun.wait_seconds = claim.wait_seconds
            return begun
        store.outbox.claim([row.id for row in claim.rows], claim.token, epoch, now + LEASE)
        return claim

    def _for_one_request(self, store: Store, bot_id: str, due: list[DueMessage], batch: Batch) -> list[DueMessage]:
        """As many as one request carries; what went in one call before, whole."""
        calls = calls_of([*due, *store.outbox.partners(bot_id, due)], batch)
        return [row for call in calls for row in call]

    def _begin_claimed(self, store: Store, bot_id: str, epoch: int, claim: _Claim) -> _Claim:
        """T4 after a wait, in which the lease may have gone to another process."""
        if not store.leases.is_held(bot_id, self._owner, epoch):
            return _Claim([], claim.token)
        # Anew, by the token: what was cancelled meanwhile, or given back and changed, is not ours any more.
        claim.rows = store.outbox.still_claimed([row.id for row in claim.rows], claim.token)
        return self._begin(store, bot_id, epoch, claim, self._clock())

    def _begin(self, store: Store, bot_id: str, epoch: int, claim: _Claim, now: datetime) -> _Claim:
        """T4: durable before the request, and the last moment at which somebody's «stop» is heard."""
        allowed = self._still_wanted(store, bot_id, claim.rows, now)
        begun = store.outbox.begin([row.id for row in allowed], claim.token, epoch, now, now + LEASE)
        rows = [row for row in allowed if row.id in begun]
        pace, moment, repeated = self._outlets[bot_id].pace, now.timestamp(), frozenset[UUID]()
        rests = {row.user_id: moment + gap for row in rows if (gap := pace.gap_of(Address(bot_id, row.user_id)))}
        if pace.batch:
            repeated = frozenset(row.id for row in rows if row.random_id is not None)
            rows = self._number(store, bot_id, rows, claim.token, pace.batch, now)
        store.outbox.rest_chats(bot_id, rests)
        edited = [UUID(row.body["edits"]) for row in rows if "edits" in row.body]
        known = store.outbox.provider_ids(edited) if edited else {}
        return _Claim(rows, claim.token, due=len(claim.rows), edits=known, repeated=repeated)

    def _number(
        self, store: Store, bot_id: str, rows: list[DueMessage], token: UUID, batch: Batch, now: datetime
    ) -> list[DueMessage]:
        """The rows with the key of their call; without those whose old key the channel has forgotten by now (T8)."""
        too_late = [row for row in rows if row.random_id_at and now - row.random_id_at >= RANDOM_ID_LIVES]
        for row in too_late:
            store.outbox.park(row.id, token, "nobody knows whether it arrived, and it is too late to ask")
            tell(store, row, now)
        kept = [row for row in rows if row not in too_late]
        fresh = [call for call in calls_of(kept, batch) if call[0].random_id is None]
        numbers = store.bots.next_random_ids(bot_id, len(fresh)) if fresh else []
        given = {row.id: number for call, number in zip(fresh, numbers, strict=True) for row in call}
        if given:
            store.outbox.number_calls(given, token, now)
        return [replace(row, random_id=given[row.id], random_id_at=now) if row.id in given else row for row in kept]

    def _still_wanted(self, store: Store, bot_id: str, rows: Sequence[DueMessage], now: datetime) -> list[DueMessage]:
        """Advertising that may no longer be sent is cancelled with its reason (T10)."""
        asked = [row.user_id for row in rows if row.kind in TOPIC]
        facts = store.consents.facts(bot_id, asked) if asked else {}
        return [row for row in rows if row.kind not in TOPIC or self._is_welcome(store, row, facts, now)]

    def _is_welcome(self, store: Store, row: DueMessage, facts: Mapping[str, WriteRow], now: datetime) -> bool:
        """Whether an unasked message goes out now; else it is cancelled, or put off to the end of quiet hours."""
        known = facts.get(row.user_id)
        if known is None:
            refusal: Refusal | None = Refusal.NO_CONSENT if row.kind in MARKETING else None  # nobody we know agreed
        else:
            refusal = may_write(facts_of(known), row.kind, now)
        if refusal is Refusal.UNREACHABLE and (to := send_on(store, row, now)):
            store.outbox.cancel([row.id], f"sent on by {to.channel.value}")
            tell(store, row, now)
            return False
        if refusal is not None:
            store.outbox.cancel([row.id], refusal.value)
            tell(store, row, now)
            return False
        if known is not None and (later := welcome_at(known, row.kind, now, self._zone)) > now:
            store.outbox.put_off(row.id, later)
            return False
        return True

    # --- the wire

    async def _send(self, row: DueMessage, claim: _Claim, wait_seconds: float) -> None:
        if wait_seconds >= SHORTEST_PAUSE_SECONDS:
            await asyncio.sleep(wait_seconds)
        if starts := self._starts[row.bot_id]:
            await starts.enter()
        message = Message.from_body(row.body, row.kind)
        delivery = Delivery(
            row.id,
            Address(row.bot_id, row.user_id),
            message,
            row.nonce,
            claim.edits.get(message.edits) if message.edits else None,
            row.random_id,
        )
        provider_id, failure = None, None
        try:
            provider_id = await self._outlets[row.bot_id].transport.send(delivery)
        except (Undeliverable, TryLater, NotSent, Ambiguous) as error:
            failure = error
        except Exception as error:  # a bug in a transport: nobody knows whether it arrived, and the lane must go on
            log.error("a transport broke its promise: %s", described(error))
            failure = Ambiguous(type(error).__name__)
        self._outcomes.append(Outcome(row, claim.token, provider_id, failure, row.id in claim.repeated))
        if self._marker is None or self._marker.done():
            self._marker = asyncio.create_task(self._mark_all())

    async def _mark_all(self) -> None:
        """Outcomes that come in while one commit runs share the next."""
        while self._outcomes:
            outcomes, self._outcomes = self._outcomes, []
            await self._mark_surely(outcomes)

    async def _mark_surely(self, outcomes: Sequence[Outcome]) -> None:
        """What a channel answered is known once: a database that is away for a moment must not make it a doubt."""
        for pause in (*MARKS_AGAIN_SECONDS, None):
            try:
                await self._database.write(lambda store: mark(store, outcomes, self._clock()))
                return
            except DatabaseClosed:
                break
            except Exception as error:
                log.error("%d outcomes could not be marked: %s", len(outcomes), described(error))
                if pause is None:
                    break
                await asyncio.sleep(pause)
        if len(outcomes) > 1:  # perhaps one of them spoils it for all
            for one in outcomes:
                with _logged("marking an outcome"):
                    await self._database.write(lambda store, one=one: mark(store, [one], self._clock()))  # type: ignore[misc]
        # What is not marked now stays in `sending`, and recovery decides about it by its class.

    async def _finish_begun(self) -> None:
        while running := {*self._steps, *self._sending, *([self._marker] if self._marker else [])}:
            await asyncio.wait(running)
            if self._marker and self._marker.done():
                self._marker = None


class Starts:
    """The rate once more, at the very start of a request: what the event loop delayed must not meet what is on time.

    A slot is reserved beforehand; this only keeps any second (and a little) from seeing more starts than it allows.
    """

    def __init__(self, most: int) -> None:
        self._begun: deque[float] = deque(maxlen=most)
        self._turn = asyncio.Lock()

    async def enter(self) -> None:
        """Returns when this request may begin; first come, first served."""
        clock = asyncio.get_running_loop().time
        async with self._turn:
            is_full = len(self._begun) == self._begun.maxlen
            if is_full and (wait := self._begun[0] + WINDOW_SECONDS - clock()) > 0:
                await asyncio.sleep(wait)
            self._begun.append(clock())


def _starts_of(pace: Pace) -> Starts | None:
    """None where nothing is counted, or a request is counted where it is made."""
    return None if pace.batch or pace.per_second == float("inf") else Starts(max(1, int(pace.per_second)))


def _reserve(store: Store, bot_id: str, lane: Lane, pace: Pace, sends: int, now: float) -> float:
    """Slots in the bot's rate, and for unasked messages in their share of it; seconds until the first."""
    if pace.per_second == float("inf"):
        return 0.0
    wait = store.leases.reserve(bot_id, "all", sends, pace.per_second, now)
    if lane is LANES[1]:
        wait = max(wait, store.leases.reserve(bot_id, "bulk", sends, pace.bulk_per_second, now))
    return wait


@contextmanager
def _logged(what: str) -> Iterator[None]:
    """For a loop that must not die: its errors are logged, and it goes on."""
    try:
        yield
    except Exception as error:
        log.error("%s failed and goes on: %s", what, described(error))
