"""Said from the menu, with a name and without: the conversation, the item on the feedback page, and its case."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.demo.cases import closed_complaint
from bot.demo.dice import Dice
from bot.demo.people import Person
from bot.demo.said import FROM_MENU, WITHOUT_NAME, FromMenu
from bot.demo.talk import SOON, Talk
from bot.demo.visits import ZONE, by_day
from insights.topics import topics_of
from messaging.local_time import at_local, local_date
from messaging.messages import Message
from messaging.phrases import say
from storage.kinds import FeedbackKind, FeedbackSource, Language, Sentiment
from storage.models import Case, FeedbackItem, Staff

_MOOD = {
    FeedbackKind.COMPLAINT: Sentiment.NEGATIVE,
    FeedbackKind.PRAISE: Sentiment.POSITIVE,
    FeedbackKind.QUESTION: Sentiment.NEUTRAL,
}


def said_from_menu(
    people: Sequence[Person], now: datetime, owner: Staff, operators: list[Staff], talk: Talk
) -> Iterator[tuple[Person, FeedbackItem, Case | None]]:
    """Each of another customer, with the case it became. What they were told in the end, `tell_numbers` adds."""
    dice = Dice("from the menu")
    chosen = dice.sample(people, len(FROM_MENU))
    for person, said in zip(chosen, FROM_MENU, strict=True):
        yield _one(person, said, by_day(now - timedelta(days=said.days_ago)), owner, operators, talk)


def _one(
    person: Person, said: FromMenu, at: datetime, owner: Staff, operators: list[Staff], talk: Talk
) -> tuple[Person, FeedbackItem, Case | None]:
    text, language = said.words[person.customer.language], person.customer.language
    for word, answer in (("menu.feedback", "feedback.title"), (f"feedback.{said.kind}", f"feedback.{said.kind}.ask")):
        talk.hear(person, say(language, word), at)
        talk.tell(person, Message(say(language, answer)), at + SOON)
        at += timedelta(seconds=40)
    talk.hear(person, text, at)
    case = None
    if said.kind is not FeedbackKind.PRAISE:
        case = closed_complaint(person, text, at + SOON, operators, said.kind, said.cause, talk)
    item = FeedbackItem(
        id=person.dice.id_at(at),
        source=FeedbackSource.MENU,
        kind=said.kind,
        customer_id=person.customer.id,
        case_id=case.id if case else None,
        text=text,
        language=language,
        sentiment=_MOOD[said.kind],
        topics=_topics(text),
        key=f"menu:sample-{person.identity.user_id}",
        at=at,
    )
    if said.is_done:
        item.answered_at = case.closed_at if case else at + timedelta(hours=5)
        item.answered_by = case.closed_by if case else owner.id
    return person, item, case


def tell_number(person: Person, item: FeedbackItem, case: Case | None, talk: Talk) -> None:
    """The end of the conversation, once the cases have their numbers."""
    number = {"number": case.number} if case else {}
    text = say(person.customer.language, f"feedback.{item.kind}.taken", **number)
    talk.tell(person, Message(text), item.at + SOON)


def said_without_name(now: datetime, language: Language, owner: Staff) -> Iterator[FeedbackItem]:
    """The words and the day, and nothing that leads to anybody."""
    for place, said in enumerate(WITHOUT_NAME):
        at = at_local(local_date(now - timedelta(days=said.days_ago), ZONE), 0, ZONE)
        text = said.words[language]
        item = FeedbackItem(
            id=Dice(f"without a name {place}").id_at(at),
            source=FeedbackSource.ANONYMOUS,
            kind=FeedbackKind.COMPLAINT,
            text=text,
            language=language,
            sentiment=Sentiment.NEGATIVE,
            topics=_topics(text),
            key=f"anonymous:sample-{place}",
            at=at,
        )
        if said.is_done:
            item.answered_at, item.answered_by = at + timedelta(days=2), owner.id
        yield item


def _topics(text: str) -> list[str] | None:
    return [topic.value for topic in topics_of(text)] or None
