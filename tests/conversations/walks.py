"""The first steps of many conversations."""

from messaging.messages import Author, Message
from messaging.outbox import enqueue
from storage.kinds import DeliveryState, Language, MessageKind

NAMELESS = Author("42", "", Language.RU)
ENGLISH = Author("42", "Ann", Language.EN)


async def agrees(talk, *, offers: bool = True) -> None:
    """Both consents, asked one after the other."""
    await talk.start()
    await talk.press("Согласен")
    await talk.press("Да, присылайте" if offers else "Нет, спасибо")


async def joins(talk, *, offers: bool = True) -> list[str]:
    """Into the programme; what was said to that."""
    await agrees(talk, offers=offers)
    await talk.press("💳 Моя карта")
    return await talk.press("Вступить")


async def queue(talk, *kinds: MessageKind, text: str = "Само") -> None:
    """Messages nobody asked for, as journeys and the till make them: queued and not sent yet."""
    customer = await talk.customer()

    def unit(store) -> None:
        messages = [Message(text, kind=kind) for kind in kinds]
        enqueue(store, talk.me, messages, talk.now, customer_id=customer.id)

    await talk.database.write(unit)


async def deliver(talk) -> None:
    """Until nothing is due: a round whose rows were all cancelled is the end of it, though others may wait behind."""
    for _ in range(5):
        await talk.relay.deliver_due()


async def fates(talk, text: str = "Само") -> dict[MessageKind, tuple[DeliveryState, str | None]]:
    """What became of them, and why."""
    return {row.kind: (row.state, row.reason) for row in await talk.rows() if row.body["text"] == text}


def last(talk):
    return talk.transport.carried[-1]


def labels(talk) -> list[str]:
    return [button.label for button in last(talk).message.buttons]
