"""«Что вам ближе?»: what customers like, asked once, group by group; and the words for texts that speak of it."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from messaging.messages import Button, Message
from messaging.phrases import say
from storage.columns import chunks
from storage.kinds import ConsentAction, ConsentPurpose, Journey, Language, OccasionOutcome
from storage.models import Customer, Occasion, PreferenceTag
from storage.store import Store
from surveys.profile import Consents

SHOW: Final = "go:likes"
"""The first group; `SHOW:2` is the third."""
PRESS: Final = "like:"
DONE: Final = "likes:done"
ASKED: Final = "asked"
"""The one occasion of asking."""
ON_ONE_SCREEN: Final = 8
"""VK shows ten buttons under a message: two are kept to go on and to end."""
_NEEDED: Final = (ConsentPurpose.PERSONAL_DATA, ConsentPurpose.PROGRAMME)


class Group(NamedTuple):
    """What is asked together, as the business words it."""

    question: str
    tags: tuple[PreferenceTag, ...]


def groups_of(store: Store) -> list[Group]:
    """In the order of asking; a large group is asked in several parts."""
    asked: dict[str, list[PreferenceTag]] = {}
    for tag in store.likes.tags():
        asked.setdefault(tag.question, []).append(tag)
    return [Group(question, tuple(some)) for question, tags in asked.items() for some in chunks(tags, ON_ONE_SCREEN)]


def is_allowed(consents: Consents) -> bool:
    """Tastes are personal data, and serve the programme."""
    return all(consents.get(purpose) is ConsentAction.GIVEN for purpose in _NEEDED)


def ask_unasked(store: Store, customer: Customer, consents: Consents, now: datetime) -> list[Message]:
    """The first question, if it was never asked and they have said nothing yet; the caller knows that it is the
    moment."""
    if not is_allowed(consents) or store.likes.of(customer.id):
        return []
    groups = groups_of(store)
    if not groups or (customer.paused_until is not None and now < customer.paused_until):
        return []
    occasion = Occasion(
        journey=Journey.LIKES,
        customer_id=customer.id,
        occurrence=ASKED,
        outcome=OccasionOutcome.QUEUED,
        reason=ASKED,
        at=now,
    )
    if not store.occasions.add(occasion):
        return []
    return [screen(store, customer, groups, 0, lead=say(customer.language, "likes.why"))]


def screen(store: Store, customer: Customer, groups: list[Group], number: int, *, lead: str = "") -> Message:
    """One group with its marks. A button says what it sets, so an old one, or one pressed twice, does no harm."""
    language, liked = customer.language, store.likes.of(customer.id)
    group = groups[number]
    buttons = [
        Button(
            f"{'✅' if tag.slug in liked else '▫️'} {tag.label}",
            f"{PRESS}{tag.slug}:{'off' if tag.slug in liked else 'on'}",
        )
        for tag in group.tags
    ]
    if number + 1 < len(groups):
        buttons.append(Button(say(language, "likes.next"), f"{SHOW}:{number + 1}"))
    buttons.append(Button(say(language, "likes.done"), DONE))
    text = "\n\n".join(line for line in (lead, group.question, say(language, "likes.several")) if line)
    return Message(text, tuple(buttons), columns=2)


def liked_by(store: Store, customer_id: UUID) -> list[str]:
    """What a customer likes, in the business's words: for a text that speaks of it, and for staff."""
    liked = store.likes.of(customer_id)
    return [tag.label for tag in store.likes.tags(with_archived=True) if tag.slug in liked]


def listed(labels: list[str], language: Language) -> str:
    """«кофе, десерты и завтраки»."""
    if len(labels) < 2:
        return "".join(labels)
    return say(language, "likes.and", first=", ".join(labels[:-1]), last=labels[-1])
