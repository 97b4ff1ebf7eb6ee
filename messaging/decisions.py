"""Write down what a customer decided about a consent, with what proves it; and what a withdrawal ends."""

from datetime import datetime
from uuid import UUID

from messaging.consent import TOPIC
from messaging.menu import text_version
from messaging.messages import IncomingMessage
from storage.kinds import ConsentAction, ConsentPurpose, MessageKind, ProfileAnswer, RunEnding
from storage.models import Consent, Customer, OutboxMessage
from storage.store import Store


def remember(
    store: Store,
    customer: Customer,
    purpose: ConsentPurpose,
    action: ConsentAction,
    incoming: IncomingMessage,
    pressed_on: OutboxMessage | None,
    now: datetime,
) -> None:
    """The newest decision counts. The proof is the event, and the very text that was under their eyes."""
    shown = pressed_on.body["text"] if pressed_on else incoming.text
    store.consents.add(
        Consent(
            customer_id=customer.id,
            purpose=purpose,
            action=action,
            text_version=text_version(shown),
            language=customer.language,
            bot_id=incoming.chat.bot_id,
            evidence=incoming.event_id,
            at=now,
        )
    )


def stop_processing(store: Store, customer_id: UUID, now: datetime) -> None:
    """The consent to personal data is withdrawn: nothing unasked leaves, and nothing waits for an answer."""
    store.outbox.cancel_for(customer_id, TOPIC.keys(), "the customer withdrew their consent to personal data")
    store.surveys.close_open(customer_id, now, RunEnding.CANCELLED)
    store.preferences.answer_open(customer_id, ProfileAnswer.SKIPPED, now)


def leave_programme(store: Store, customer_id: UUID, now: datetime) -> None:
    """The consent to the programme is withdrawn: no word of points, and the profile's question is closed."""
    store.outbox.cancel_for(customer_id, {MessageKind.RECEIPT, MessageKind.NOTICE}, "the customer left the programme")
    store.preferences.answer_open(customer_id, ProfileAnswer.SKIPPED, now)
