"""A naive ledger beside the real one: whatever happens in whatever order, both say the same, and it adds up (I11)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from loyalty import ledger
from loyalty.ledger_check import check
from loyalty.statement import statement
from messaging.people import Merged, merge
from storage.database import Database, open_database
from storage.kinds import Language, PointsKind
from storage.models import Customer, PointsBatch, PointsOperation
from storage.store import Store
from tests.emptying import empty

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE = 2
OWNERS = st.sampled_from((0, 0, 0, 1))
"""Most happens to one, so that there is something to happen to."""


@dataclass
class Coin:
    """One point, and where it is: nothing is ever added up here before somebody asks."""

    owner: int
    batch: int
    opens: int
    expires: int
    place: str = "pending"


@dataclass
class Naive:
    """Every point by itself, moved day by day as soon as its day comes."""

    day: int = 0
    coins: list[Coin] = field(default_factory=list)
    owed: list[int] = field(default_factory=lambda: [0] * PEOPLE)
    spent: dict[str, list[Coin]] = field(default_factory=dict)

    def of(self, owner: int, place: str) -> list[Coin]:
        """In the order of spending."""
        found = [coin for coin in self.coins if coin.owner == owner and coin.place == place]
        return sorted(found, key=lambda coin: (coin.expires, coin.batch))

    def grant(self, owner: int, batch: int, points: int, wait: int, lives: int) -> None:
        opens = self.day + wait
        self.coins += [Coin(owner, batch, opens, opens + lives) for _ in range(points)]
        self.settle()

    def spend(self, owner: int, key: str, points: int) -> bool:
        """All or nothing."""
        coins = self.of(owner, "available")[:points]
        if len(coins) < points:
            return False
        for coin in coins:
            coin.place = "spent"
        self.spent[key] = coins
        return True

    def give_back(self, key: str, points: int) -> list[Coin]:
        """The last of those that are still spent."""
        back = [coin for coin in self.spent[key] if coin.place == "spent"][-points:]
        self.spent[key] = [coin for coin in self.spent[key] if not any(coin is one for one in back)]
        for coin in sorted(back, key=lambda one: one.batch):
            coin.place = "available"
            if coin.expires > self.day:
                self._pay(coin)
        self.settle()
        return back

    def take_back(self, owner: int, batch: int, points: int) -> None:
        own = [coin for coin in self.coins if coin.batch == batch and coin.place in ("pending", "available")]
        others = [coin for coin in reversed(self.of(owner, "available")) if coin.batch != batch]
        taken = [*own, *others][:points]
        for coin in taken:
            coin.place = "taken"
        self.owed[owner] += points - len(taken)

    def pass_days(self, days: int) -> None:
        for _ in range(days):
            self.day += 1
            self.settle()

    def settle(self) -> None:
        for coin in sorted(self.coins, key=lambda one: (one.opens, one.batch)):
            if coin.place == "pending" and coin.opens <= self.day:
                coin.place = "available"
                self._pay(coin)
        for coin in self.coins:
            if coin.place == "available" and coin.expires <= self.day:
                coin.place = "expired"

    def _pay(self, coin: Coin) -> None:
        if self.owed[coin.owner]:
            self.owed[coin.owner] -= 1
            coin.place = "paid"


def machine_on(run: Callable[[Callable[[Store], Any]], Any]) -> type[RuleBasedStateMachine]:
    """`run` carries a unit out."""

    class Both(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.naive = Naive()
            self.people: list[UUID] = run(self._begin)
            self.batches: list[tuple[int, UUID]] = []
            self.spends: dict[str, int] = {}
            self.done: list[Callable[[Store], Any]] = []
            self.numbers = 0

        @property
        def now(self) -> datetime:
            return NOON + timedelta(days=self.naive.day)

        def _begin(self, store: Store) -> list[UUID]:
            empty(store)
            return [self._customer(store) for _ in range(PEOPLE)]

        @staticmethod
        def _customer(store: Store) -> UUID:
            customer = Customer(name="", language=Language.RU, created_at=NOON)
            store.bulk.insert(Customer, [customer.model_dump()])
            return customer.id

        def _cause(self, owner: int, kind: PointsKind) -> ledger.Cause:
            self.numbers += 1
            return ledger.Cause(key=f"cause {self.numbers}", customer_id=self.people[owner], kind=kind)

        def _do(self, unit: Callable[[Store], Any]) -> Any:
            """Carry it out, and see that it adds up."""

            def checked(store: Store) -> Any:
                result = unit(store)
                check(store)
                return result

            result = run(checked)
            if result and not isinstance(result, ledger.NotEnough):
                self.done.append(unit)
            return result

        @initialize(lives=st.permutations((2, 5, 9)))
        def begin_with_three_batches(self, lives: list[int]) -> None:
            for days in lives:
                self.grant(owner=0, points=10, wait=0, lives=days)

        @rule(owner=OWNERS, points=st.integers(8, 25), wait=st.sampled_from((0, 0, 0, 1, 3)), lives=st.integers(2, 9))
        def grant(self, owner: int, points: int, wait: int, lives: int) -> None:
            cause, now = self._cause(owner, PointsKind.GIFT), self.now
            opens = now + timedelta(days=wait)
            given = {"opens_at": opens, "expires_at": opens + timedelta(days=lives)}
            assert self._do(lambda store: ledger.grant(store, cause, points, now, **given)) == points
            self.naive.grant(owner, len(self.batches), points, wait, lives)
            granted = select(PointsBatch.id).join(PointsOperation, PointsOperation.id == PointsBatch.operation_id)
            mine = granted.where(PointsOperation.key == cause.key)
            self.batches.append((owner, run(lambda store: store.connection.execute(mine).scalar_one())))

        @rule(owner=OWNERS, points=st.integers(1, 12))
        def spend(self, owner: int, points: int) -> None:
            cause, now = self._cause(owner, PointsKind.REDEMPTION), self.now
            spent = self._do(lambda store: ledger.spend(store, cause, points, now))
            if self.naive.spend(owner, cause.key, points):
                assert spent == points
                self.spends[cause.key] = owner
                self.compare()
            else:
                assert spent == ledger.NotEnough(len(self.naive.of(owner, "available")))

        @precondition(lambda self: self.spends)
        @rule(which=st.integers(0, 99), points=st.integers(1, 15))
        def give_back(self, which: int, points: int) -> None:
            key = list(self.spends)[which % len(self.spends)]
            cause, now = self._cause(self.spends[key], PointsKind.RETURN), self.now
            back = self.naive.give_back(key, points)
            parts: dict[UUID, int] = {}
            for coin in back:
                batch_id = self.batches[coin.batch][1]
                parts[batch_id] = parts.get(batch_id, 0) + 1
            assert self._do(lambda store: ledger.give_back(store, cause, list(parts.items()), now)) == len(back)

        @precondition(lambda self: self.batches)
        @rule(which=st.integers(0, 99), points=st.integers(1, 9))
        def take_back(self, which: int, points: int) -> None:
            number = which % len(self.batches)
            owner, batch_id = self.batches[number]
            cause, now = self._cause(owner, PointsKind.WITHDRAWAL), self.now
            assert self._do(lambda store: ledger.take_back(store, cause, points, [batch_id], now)) == points
            self.naive.take_back(owner, number, points)

        @rule(days=st.integers(1, 4))
        def pass_days(self, days: int) -> None:
            self.naive.pass_days(days)

        @rule()
        def sweep(self) -> None:
            now = self.now
            run(lambda store: ledger.open_due(store, store.points.due_to_open(now), now))
            run(lambda store: ledger.expire_due(store, store.points.due_to_expire(now), now))

        @precondition(lambda self: self.done)
        @rule(which=st.integers(0, 99))
        def again(self, which: int) -> None:
            """The same request delivered once more."""
            assert run(self.done[which % len(self.done)]) == 0
            self.compare()

        @precondition(lambda self: self.numbers % 7 == 6)
        @rule()
        def merge(self) -> None:
            kept, gone = self.people
            assert isinstance(run(lambda store: merge(store, kept, gone, None, self.now)), Merged)
            self.people[1] = run(self._customer)
            self.done.clear()  # what was asked for under the gone id is asked for no more
            for coin in self.naive.coins:
                coin.owner = 0
            self.naive.owed = [sum(self.naive.owed), 0]
            self.batches = [(0, batch_id) for _, batch_id in self.batches]
            self.spends = dict.fromkeys(self.spends, 0)

        @rule()
        def compare(self) -> None:
            now = self.now

            def look(store: Store) -> list[tuple[int, int, int]]:
                for one in self.people:
                    ledger.settle(store, one, now)
                return [tuple(store.points.balance(one, now)) for one in self.people]

            expected = [
                (len(self.naive.of(owner, "available")), len(self.naive.of(owner, "pending")), self.naive.owed[owner])
                for owner in range(PEOPLE)
            ]
            assert run(look) == expected
            run(self._explain)
            run(self._by_batch)

        def _by_batch(self, store: Store) -> None:
            """Each point lies in the batch where the naive ledger has it."""
            for owner, one in enumerate(self.people):
                lies: dict[UUID, int] = {}
                for coin in self.naive.of(owner, "available"):
                    batch_id = self.batches[coin.batch][1]
                    lies[batch_id] = lies.get(batch_id, 0) + 1
                assert {batch.id: batch.points_left for batch in store.points.open_batches(one)} == lies

        def _explain(self, store: Store) -> None:
            """The statement's lines lead from nothing to the balance, each by its own change."""
            for one in self.people:
                lines = statement(store, one, 1000).lines
                after = (0, 0, 0)
                for line in reversed(lines):
                    after = tuple(was + change for was, change in zip(after, line.change, strict=True))
                    assert line.after == after
                assert after == store.points.balance(one, self.now)

        def teardown(self) -> None:
            self.compare()

    return Both


def test_the_ledger_does_what_a_naive_one_would(database_url):
    bounds = settings(
        max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    with asyncio.Runner() as runner:
        database: Database = runner.run(open_database(database_url))
        machine = machine_on(lambda unit: runner.run(database.write(unit)))
        try:
            run_state_machine_as_test(machine, settings=bounds)
        finally:
            runner.run(database.close())
