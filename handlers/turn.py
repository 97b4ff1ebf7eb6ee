"""One turn of a conversation: all that a flow may know."""

from dataclasses import dataclass
from datetime import datetime

from insights.classification import Classification
from messaging import phrases
from messaging.cases import Desk
from messaging.messages import IncomingMessage
from storage.kinds import ConsentAction, ConsentPurpose
from storage.models import Case, Customer, OutboxMessage, Staff, SurveyRun
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Business:
    """Who we speak for, and where our operators sit."""

    name: str
    desk: Desk
    greeting: str = ""
    """The owner's own words in the first hello."""


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

    @property
    def pressed(self) -> str | None:
        """What the pressed button means."""
        return self.incoming.pressed.value if self.incoming.pressed else None

    def say(self, key: str, **values: object) -> str:
        """A phrase in the customer's language."""
        return phrases.say(self.customer.language, key, **values)


@dataclass(frozen=True, slots=True)
class StaffTurn:
    """One message in the operators' group. `staff` is nobody for an account that is not linked."""

    incoming: IncomingMessage
    staff: Staff | None
    about: OutboxMessage | None
    """Our message that was answered or pressed on."""
    business: Business
    store: Store
    now: datetime

    def say(self, key: str, **values: object) -> str:
        return phrases.say(self.business.desk.language, key, **values)
