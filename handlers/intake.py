"""The door in: understand, remember and answer in one unit; the platform hears that we have it after the commit."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from handlers.bursts import is_later_part, is_taken_silently, take_part
from handlers.corrections import note_edit
from handlers.nameless import goes_on
from handlers.routes import answer, answer_staff
from handlers.turn import Business, StaffTurn, Turn
from insights.classification import Classification
from insights.classifier import Classify
from messaging import cases, files, nameless
from messaging.desk import thread_of
from messaging.messages import Address, Author, IncomingMessage, Message
from messaging.outbox import enqueue
from messaging.phrases import say
from messaging.trouble import described
from storage.database import Database
from storage.facts import TurnFacts
from storage.inbox import NewEvent
from storage.kinds import CaseOrigin, DeliveryState, FeedKind, Language, MessageKind, Priority, Urgency
from storage.models import Case, DeskTopic, InboundEvent, OutboxMessage
from storage.store import Store
from surveys import listening
from surveys.asking import questionnaire_of

log = logging.getLogger(__name__)

ANSWER_WITHIN_SECONDS = 2.0
FIRST_RETRY = timedelta(seconds=5)
MOST_ATTEMPTS = 5
SAME_TAP = timedelta(seconds=10)
"""A button pressed again this soon is the app repeating itself after a lost connection."""
SWEEP_PAGE = 20
SEEN_AGAIN_AFTER = timedelta(minutes=1)
"""How stale the moment may be at which somebody was seen last: noting it is a write, and most turns can do without."""


class Received(Enum):
    """What came of an event."""

    ANSWERED = auto()
    KNOWN_ALREADY = auto()
    KEPT_FOR_LATER = auto()
    NOT_OURS = auto()
    NOTED = auto()


class Intake:
    def __init__(
        self,
        database: Database,
        classify: Classify,
        business: Callable[[], Business],
        clock: Callable[[], datetime],
        default_language: Language = Language.RU,
    ) -> None:
        self._database = database
        self._classify = classify
        self._business = business
        self._clock = clock
        self._default_language = default_language
        self._queues = _Queues()

    async def receive(self, incoming: IncomingMessage) -> Received:
        """Keep an event and answer it, once; in order within a chat. Raises only when it could not be kept."""
        if incoming.public:
            return await self._note(_without_nul(incoming))
        async with self._queues.turn_of(incoming.chat):
            if incoming.is_group and incoming.chat not in self._business().desk.chats:
                return Received.NOT_OURS
            incoming = _without_nul(incoming)
            is_heard = bool(incoming.text) and not incoming.edits
            classification = await self._classify(incoming.text) if is_heard else None
            now = self._clock()
            event = _event(incoming, classification, now)
            try:
                async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
                    return await self._database.write(lambda store: self._take(store, event, incoming, now))
            except Exception as error:  # whatever broke the answer, the event itself must not be lost
                log.error("an event is kept without its answer: %s", described(error))
            kept = replace(event, due_at=now + FIRST_RETRY)
            return await self._database.write(lambda store: self._keep(store, kept, incoming))

    def _keep(self, store: Store, event: NewEvent, incoming: IncomingMessage) -> Received:
        is_new = not store.nameless.knows(self._digest(incoming)) and store.inbox.remember(event)
        return Received.KEPT_FOR_LATER if is_new else Received.KNOWN_ALREADY

    def _digest(self, incoming: IncomingMessage) -> str:
        return nameless.event_digest(self._business().card_key, incoming)

    async def _note(self, incoming: IncomingMessage) -> Received:
        """Keep what was said in public, once. It makes nobody a customer and is answered by no flow, so it neither
        waits for the author's conversation nor holds it up."""
        classification = await self._classify(incoming.text) if incoming.text else None
        now, desk = self._clock(), self._business().desk
        # The words stand in the feedback alone: there they are changed and taken back.
        nameless = replace(incoming, text="", author=Author(incoming.author.user_id))
        event = replace(_event(nameless, None, now), answered_at=now)

        def unit(store: Store) -> Received:
            if not store.inbox.remember(event):
                return Received.KNOWN_ALREADY
            if author := listening.hear(store, incoming, classification, now, desk):
                store.inbox.note_about(event.id, author.id)
            return Received.NOTED

        return await self._database.write(unit)

    async def answer_kept(self) -> int:
        """Answer events that were kept without an answer (the sweep), each chat's in order; how many were tried."""
        now = self._clock()
        tried = 0
        while waiting := await self._database.read(lambda store: store.inbox.unanswered(now, SWEEP_PAGE)):
            for event in waiting:
                await self._answer_again(event, now)
            tried += len(waiting)
        return tried

    async def _answer_again(self, event: InboundEvent, now: datetime) -> None:
        chat = Address(event.bot_id, event.chat_id)
        async with self._queues.turn_of(chat):
            try:
                incoming = IncomingMessage.from_json(event.incoming)
                await self._database.write(lambda store: self._answer(store, event, incoming, now))
            except Exception as error:  # one poisoned event must not stop the others
                log.error("attempt %d at an event failed: %s", event.attempts + 1, described(error))
                await self._give_another_chance(event, chat, now)

    async def _give_another_chance(self, event: InboundEvent, chat: Address, now: datetime) -> None:
        attempts = event.attempts + 1
        later = now + FIRST_RETRY * 2 ** min(attempts, 10)
        if attempts >= MOST_ATTEMPTS:
            # Nobody else ever will; and what stays unanswered holds up all that comes after it in this chat.
            is_desk = chat in self._business().desk.chats
            give = self._give_back if is_desk else self._hand_over
            try:
                await self._database.write(lambda store: give(store, event, chat, now))
                return
            except Exception as error:  # the last resort may fail too; then it is tried again, ever more rarely
                log.error("an event could not be given to a person: %s", described(error))
        await self._database.write(lambda store: store.inbox.put_off(event.id, attempts, later))

    def _take(self, store: Store, event: NewEvent, incoming: IncomingMessage, now: datetime) -> Received:
        chat = incoming.chat
        store.customers.lock(chat.bot_id, chat.user_id)
        is_waiting, was_nobodys = store.inbox.standing(chat.bot_id, chat.user_id, self._digest(incoming))
        if was_nobodys:
            return Received.KNOWN_ALREADY
        if is_waiting:
            # An earlier event of this chat still waits: a newer one must not overtake it («стоп» after «согласен»).
            return Received.KEPT_FOR_LATER if store.inbox.remember(event) else Received.KNOWN_ALREADY
        meant = _meant(store, incoming)
        if incoming.is_group and not meant.is_for_staff:
            return Received.NOT_OURS
        facts = None if meant.is_for_staff else self._facts(store, incoming, now)
        answered = replace(
            event,
            answered_at=now,
            customer_id=facts.customer.id if facts else None,
            text=event.text or _pressed_label(incoming, meant.about),
        )
        if not store.inbox.remember(answered):
            return Received.KNOWN_ALREADY
        self._reply(store, answered, incoming, facts, meant, now)
        return Received.ANSWERED

    def _answer(self, store: Store, event: InboundEvent, incoming: IncomingMessage, now: datetime) -> None:
        """Answer an event that was kept before, unless somebody did meanwhile."""
        store.customers.lock(incoming.chat.bot_id, incoming.chat.user_id)
        if store.nameless.knows(self._digest(incoming)):
            store.inbox.delete(event.id)
            return
        meant = _meant(store, incoming)
        facts = None if meant.is_for_staff or incoming.is_group else self._facts(store, incoming, now)
        if store.inbox.mark_answered(event.id, facts.customer.id if facts else None, now):
            self._reply(store, event, incoming, facts, meant, now)

    def _facts(self, store: Store, incoming: IncomingMessage, now: datetime) -> TurnFacts:
        chat, author = incoming.chat, incoming.author
        facts = store.facts.of_chat(chat.bot_id, chat.user_id, now)
        if facts is not None:
            if incoming.reach is None and (facts.seen_at is None or now - facts.seen_at > SEEN_AGAIN_AFTER):
                store.customers.note_seen(chat.bot_id, chat.user_id, now)
            return facts
        language = author.language or self._default_language
        return TurnFacts(store.customers.add(chat.bot_id, chat.user_id, author.name, language, now), None, None, {})

    def _reply(
        self,
        store: Store,
        event: InboundEvent | NewEvent,
        incoming: IncomingMessage,
        facts: TurnFacts | None,
        meant: "_Meant",
        now: datetime,
    ) -> None:
        if facts is None:
            self._answer_staff(store, event, incoming, meant, now)
            return
        customer, business = facts.customer, self._business()
        if goes_on(store, event.id, incoming, business, now):
            return
        desk = business.desk
        if incoming.edits:
            note_edit(store, event.id, incoming, facts, now, desk)
            return
        if event.text:
            store.feed.tell(FeedKind.MESSAGE_IN, event.id, customer.id, now)
        if is_later_part(store, incoming, event.id) and is_taken_silently(incoming, facts):
            take_part(store, incoming, facts, now, desk)
            _keep_file(store, event, incoming, customer.id, now)
            return
        known_as = customer.id
        replies = answer(self._turn(store, event, incoming, facts, meant.about, now))
        _keep_file(store, event, incoming, customer.id, now)
        if event.text and customer.id != known_as:  # two records were made one, and this one went into the other
            store.feed.tell(FeedKind.MESSAGE_IN, event.id, customer.id, now)
        enqueue(store, incoming.chat, replies, now, customer_id=customer.id, priority=Priority.REPLY)

    def _answer_staff(
        self, store: Store, event: InboundEvent | NewEvent, incoming: IncomingMessage, meant: "_Meant", now: datetime
    ) -> None:
        # No look at earlier presses here: taking a case twice changes nothing, and a stray tap of a stranger must not
        # use the button up for the operators.
        business = self._business()
        staff = store.staff.by_account(incoming.chat.bot_id, incoming.author.user_id)
        case = _case_meant(store, meant)
        case_id = case.id if case else None
        is_in_topic = meant.topic is not None
        replies = answer_staff(StaffTurn(incoming, staff, meant.about, case_id, is_in_topic, business, store, now))
        customer_id = meant.topic.customer_id if meant.topic else case.customer_id if case else None
        if customer_id is None and meant.about is not None:
            customer_id = meant.about.about_id
        customer = store.customers.get(customer_id) if customer_id else None
        if customer is not None:
            store.inbox.note_about(event.id, customer.id)
            if customer.erased_at is not None:  # words about somebody forgotten are forgotten at once
                store.people.erase_said_about(customer.id)
            replies = [replace(message, thread=thread_of(customer, business.desk)) for message in replies]
        enqueue(store, incoming.chat, replies, now, case_id=case_id)

    def _turn(
        self,
        store: Store,
        event: InboundEvent | NewEvent,
        incoming: IncomingMessage,
        facts: TurnFacts,
        pressed_on: OutboxMessage | None,
        now: datetime,
    ) -> Turn:
        pressed = incoming.pressed
        first_press = store.inbox.press(pressed.nonce, pressed.value, now) if pressed else None
        if pressed and pressed_on is not None and pressed_on.state is not DeliveryState.SENT:
            store.outbox.confirm(pressed.nonce, now)
        return Turn(
            incoming=incoming,
            customer=facts.customer,
            classification=Classification.from_json(event.classification) if event.classification else None,
            survey=facts.survey,
            case=facts.case,
            consents=facts.consents,
            pressed_on=pressed_on if pressed else None,
            is_repeat=first_press is not None,
            is_late_repeat=first_press is not None and now - first_press > SAME_TAP,
            business=self._business(),
            store=store,
            now=now,
            question=facts.question,
            questionnaire=questionnaire_of(facts.survey.survey, facts.definition) if facts.survey else None,
            event_id=event.id,
            till=facts.till,
        )

    def _give_back(self, store: Store, event: InboundEvent, chat: Address, now: datetime) -> None:
        """The operators hear that their word went nowhere."""
        store.inbox.mark_answered(event.id, None, now)
        note = say(self._business().desk.language, "staff.not_understood", text=event.text)
        enqueue(store, chat, [Message(note, kind=MessageKind.OPERATOR_ALERT)], now)

    def _hand_over(self, store: Store, event: InboundEvent, chat: Address, now: datetime) -> None:
        """After the last attempt a human gets it, because nobody else ever will."""
        facts = store.facts.of_chat(chat.bot_id, chat.user_id, now)
        customer = facts.customer if facts else store.customers.add(*_key(chat), "", self._default_language, now)
        words = event.text or say(customer.language, "support.no_words")
        origin = CaseOrigin.UNANSWERED_QUESTION
        cases.open_case(store, customer, chat, Urgency.TODAY, origin, words, now, self._business().desk)
        store.inbox.mark_answered(event.id, customer.id, now)
        store.feed.tell(FeedKind.MESSAGE_IN, event.id, customer.id, now)
        passed_on = Message(say(customer.language, "support.passed_on"), kind=MessageKind.REPLY)
        enqueue(store, chat, [passed_on], now, customer_id=customer.id)


class _Queues:
    """One chat, one turn at a time, first come first served; different chats do not wait for each other."""

    def __init__(self) -> None:
        self._locks: dict[Address, asyncio.Lock] = {}
        self._waiting: dict[Address, int] = {}

    @asynccontextmanager
    async def turn_of(self, chat: Address) -> AsyncIterator[None]:
        lock = self._locks.setdefault(chat, asyncio.Lock())
        self._waiting[chat] = self._waiting.get(chat, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[chat] -= 1
            if not self._waiting[chat]:
                del self._locks[chat], self._waiting[chat]


@dataclass(frozen=True, slots=True)
class _Meant:
    """What an event refers to: our message that it presses on or replies to, and whose topic it was written in."""

    about: OutboxMessage | None
    topic: DeskTopic | None

    @property
    def is_for_staff(self) -> bool:
        """In the desk's groups all that counts is; in a private chat only what refers to an alert."""
        return self.topic is not None or (self.about is not None and self.about.kind is MessageKind.OPERATOR_ALERT)


def _meant(store: Store, incoming: IncomingMessage) -> _Meant:
    chat, topic = incoming.chat, None
    if incoming.is_group and incoming.thread:
        topic = store.desk.of_thread(chat.bot_id, chat.user_id, incoming.thread)
    return _Meant(_message_meant(store, incoming), topic)


def _case_meant(store: Store, meant: _Meant) -> Case | None:
    """In a topic the customer's open case, whatever older message was replied to; else the case of that message."""
    if meant.topic is not None and (case := store.cases.open_for(meant.topic.customer_id)):
        return case
    return store.cases.get(meant.about.case_id) if meant.about and meant.about.case_id else None


def _event(incoming: IncomingMessage, classification: Classification | None, now: datetime) -> NewEvent:
    """An edit is no words of its own: those of the message that it changes are shown."""
    return NewEvent(
        bot_id=incoming.chat.bot_id,
        event_id=incoming.event_id,
        chat_id=incoming.chat.user_id,
        text="" if incoming.edits else incoming.text,
        incoming=incoming.to_json(),
        classification=classification.to_json() if classification else None,
        received_at=now,
        due_at=now,
        message_id=None if incoming.edits else incoming.message_id,
        album=incoming.album,
    )


def _keep_file(
    store: Store, event: InboundEvent | NewEvent, incoming: IncomingMessage, customer_id: UUID, now: datetime
) -> None:
    """A picture or a voice is a part of the conversation, whichever flow answered, unless nobody is to know whose."""
    if incoming.file is None:
        return
    kept = files.keep_of_event(store, event.id, incoming.chat.bot_id, incoming.file, customer_id, now)
    if kept and not event.text:
        store.feed.tell(FeedKind.MESSAGE_IN, event.id, customer_id, now)


def _message_meant(store: Store, incoming: IncomingMessage) -> OutboxMessage | None:
    """Our message whose button was pressed, or that was replied to."""
    if incoming.pressed:
        return store.outbox.by_nonce(incoming.pressed.nonce)
    if incoming.reply_to:
        return store.outbox.by_provider_id(incoming.chat.bot_id, incoming.chat.user_id, incoming.reply_to)
    return None


def _pressed_label(incoming: IncomingMessage, about: OutboxMessage | None) -> str:
    """What the customer read on the button they pressed: that is what they said."""
    if incoming.pressed is None or about is None:
        return ""
    buttons = Message.from_body(about.body).buttons
    return next((button.label for button in buttons if button.value == incoming.pressed.value), "")


def _key(chat: Address) -> tuple[str, str]:
    return chat.bot_id, chat.user_id


def _without_nul(incoming: IncomingMessage) -> IncomingMessage:
    """PostgreSQL keeps every character but this one."""
    if "\0" not in incoming.text + incoming.author.name:
        return incoming
    author = replace(incoming.author, name=incoming.author.name.replace("\0", ""))
    return replace(incoming, text=incoming.text.replace("\0", ""), author=author)
