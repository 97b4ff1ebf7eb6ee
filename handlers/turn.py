"""One turn of a conversation: all that a flow may know."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from insights.classification import Classification
from loyalty.arrivals import Visit
from loyalty.phones import DEFAULT_REGION
from loyalty.till import MAY_SELL
from messaging import files, phrases
from messaging.decisions import remember
from messaging.desk import Desk
from messaging.doors import Door
from messaging.local_time import local_date, zone_of
from messaging.messages import IncomingMessage, Message
from storage.kinds import ConsentAction, ConsentPurpose
from storage.models import Case, Customer, OutboxMessage, ProfileQuestion, Staff, SurveyRun, TillForm
from storage.store import Store
from surveys import likes, review
from surveys.profile import is_waiting
from surveys.questionnaire import Questionnaire
from surveys.running import Running

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Business:
    """Who we speak for, and where our operators sit."""

    name: str
    desk: Desk
    greeting: str = ""
    """The owner's own words in the first hello."""
    zone: ZoneInfo = UTC
    """Whose days count for customers of an unknown zone."""
    doors: tuple[Door, ...] = ()
    """The ways to us, one a channel that is on."""
    region: str = DEFAULT_REGION
    """Where a phone without a plus is dialled."""
    card_key: str = ""
    """Signs the codes that customers' screens show."""
    address: str = ""
    """Where our own pages are: `https://shop.example`."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a customer. `pressed_on` is our message whose button it was.

    `is_repeat`: this very button took effect before; `is_late_repeat`: so long ago that a human presses it again.
    """

    incoming: IncomingMessage
    customer: Customer
    classification: Classification | None
    survey: SurveyRun | None
    case: Case | None
    consents: dict[ConsentPurpose, ConsentAction]
    pressed_on: OutboxMessage | None
    is_repeat: bool
    is_late_repeat: bool
    business: Business
    store: Store
    now: datetime
    event_id: UUID
    """The event as it is stored: one that is said without a name is taken out again."""
    question: ProfileQuestion | None = None
    """What they were asked about themselves and did not answer yet."""
    questionnaire: Questionnaire | None = None
    """What the open survey asks."""
    till: TillForm | None = None
    """What they have typed at the till, where they are a cashier who opened it in this chat."""

    @property
    def pressed(self) -> str | None:
        """What the pressed button means."""
        return self.incoming.pressed.value if self.incoming.pressed else None

    def kept_file(self, *, is_anonymous: bool = False) -> str | None:
        """The id under which the picture or voice of this message is kept, or will be once it was fetched."""
        bot_id, source = self.incoming.chat.bot_id, self.incoming.file
        if source is None:
            return None
        if is_anonymous:
            return files.keep(self.store, bot_id, source, None, self.now)
        return files.keep_of_event(self.store, self.event_id, bot_id, source, self.customer.id, self.now)

    @property
    def running(self) -> Running | None:
        """The open survey and what it asks."""
        if self.survey is None or self.questionnaire is None:
            return None
        return Running(self.store, self.customer, self.survey, self.questionnaire, self.business.name, self.now)

    def say(self, key: str, **values: object) -> str:
        """A phrase in the customer's language."""
        return phrases.say(self.customer.language, key, **values)

    def has_given(self, *purposes: ConsentPurpose) -> bool:
        """Whether the customer's newest word about each of these is yes."""
        return all(self.consents.get(purpose) is ConsentAction.GIVEN for purpose in purposes)

    def decide(self, purpose: ConsentPurpose, action: ConsentAction) -> None:
        """Write the customer's decision down; it counts from now on, in this turn too."""
        remember(self.store, self.customer, purpose, action, self.incoming, self.pressed_on, self.now)
        self.consents[purpose] = action

    def become(self, customer: Customer) -> None:
        """Two records were made one: from now on this turn is about that one."""
        for column in type(customer).model_fields:
            setattr(self.customer, column, getattr(customer, column))
        known = self.store.facts.of_chat(self.incoming.chat.bot_id, self.incoming.chat.user_id, self.now)
        self.consents.clear()
        self.consents.update(known.consents if known else {})

    def ask_whether_right(self) -> list[Message]:
        """«Is all correct?», or once «what do you like?», if it is time for it, and nothing is open between us that a
        question would get in the way of."""
        is_asked = self.question is not None and is_waiting(self.question, self.now)
        if self.case is not None or self.survey is not None or is_asked:
            return []
        asked = review.ask_unasked(self.store, self.customer, self.consents, self.incoming.chat.channel, self.now)
        return asked or likes.ask_unasked(self.store, self.customer, self.consents, self.now)

    def seller(self) -> Staff | None:
        """Whose account wrote, where they may sell; asked at the table each time, so that rights end at once."""
        staff = self.store.staff.by_account(self.incoming.chat.bot_id, self.incoming.author.user_id)
        return staff if staff is not None and staff.role in MAY_SELL else None

    def visit(self, word: str) -> Visit:
        """The customer came with this word: a link's, or typed."""
        chat = self.incoming.chat
        key = f"chat:{chat.bot_id}:{self.incoming.event_id}"
        language, zone = self.business.desk.language, self.business.zone
        return Visit(self.customer, word, chat.channel, key, language, zone, self.now)

    def in_place(self, message: Message) -> Message:
        """The message instead of the one whose button was pressed; where a channel cannot do that, a new one."""
        if self.pressed_on is None:
            return message
        # An edit has a row of its own. What stands in the chat is the row it replaced.
        first = self.pressed_on.body.get("edits")
        return replace(message, edits=UUID(first) if first else self.pressed_on.id)

    @property
    def zone(self) -> ZoneInfo:
        """The customer's own zone, as far as we know it."""
        return zone_of(self.customer.time_zone, self.business.zone)

    @property
    def today(self) -> date:
        return local_date(self.now, self.zone)


@dataclass(frozen=True, slots=True)
class StaffTurn:
    """One message to the operators' desk: in their group, in a customer's topic, or from somebody on duty.

    `staff` is nobody for an account that is not linked. `case_id` is the case it is about; in the topic of a customer
    without an open case there is none.
    """

    incoming: IncomingMessage
    staff: Staff | None
    about: OutboxMessage | None
    """Our message that was answered or pressed on."""
    case_id: UUID | None
    is_in_topic: bool
    business: Business
    store: Store
    now: datetime

    def say(self, key: str, **values: object) -> str:
        return phrases.say(self.business.desk.language, key, **values)
