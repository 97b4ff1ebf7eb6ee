"""What is said of us in front of everybody: kept with its mood, followed when it changes, never answered (IN7)."""

from datetime import datetime
from typing import Final

from insights import case_rules
from insights.case_rules import Call, Heard
from insights.classification import Classification
from insights.topics import topics_of
from messaging import cases, desk
from messaging.desk import Desk
from messaging.messages import Address, IncomingMessage, Public
from messaging.phrases import say
from storage.kinds import CaseOrigin, FeedbackKind, FeedbackSource, Sentiment
from storage.models import Customer, FeedbackItem
from storage.store import Store
from surveys.escalation import rules_now

_BOARD: Final = "topic_comment"


def hear(
    store: Store,
    incoming: IncomingMessage,
    classification: Classification | None,
    now: datetime,
    told: Desk,
) -> Customer | None:
    """Keep the words of one public event, whatever order the events come in; whose they are, where we know the author.

    New words are added, changed ones replace them, deleted ones leave an empty item behind: so an event that comes
    again late brings nothing back. What needs a person opens the author's case; a stranger's is a line at the desk.
    """
    said = incoming.public
    assert said is not None
    item = store.feedback.held(_key(incoming.chat, said))
    if said.is_gone:
        _take_back(store, item or _new(incoming, said, told, now), now)
        return None
    if item is not None and not incoming.edits:
        return None
    if store.staff.by_account(incoming.chat.bot_id, incoming.author.user_id) is not None:
        return None  # our own people answer there, some from their own accounts
    author = _author(store, incoming)
    item = item or _new(incoming, said, told, now)
    is_news = item.text != incoming.text
    item.text, item.author, item.gone_at = incoming.text, incoming.author.name, None
    item.kind, item.sentiment = _kind(incoming.text, classification), _sentiment(classification)
    item.topics = [topic.value for topic in topics_of(incoming.text)] or None
    if author is not None:
        item.customer_id, item.language = author.id, author.language
    called = case_rules.call(rules_now(store), Heard(incoming.text, classification)) if is_news else None
    if called is not None:
        item.answered_at = item.answered_by = None
        _raise(store, item, author, incoming.chat, called, now, told)
    _keep(store, item)
    return author


def _raise(
    store: Store, item: FeedbackItem, author: Customer | None, chat: Address, called: Call, now: datetime, told: Desk
) -> None:
    if author is None:
        name = item.author or say(told.language, "alert.somebody")
        desk.remark(store, told, "alert.stranger", now, "/feedback", name=name, text=item.text, link=item.url)
        return
    words = f"{item.text}\n{item.url}"
    cases.open_case(
        store,
        author,
        chat,
        called.urgency,
        CaseOrigin.PUBLIC,
        words,
        now,
        told,
        branch=called.branch,
        label=called.label,
    )
    case = store.cases.open_for(author.id)
    item.case_id = case.id if case else None


def _author(store: Store, incoming: IncomingMessage) -> Customer | None:
    """A customer of ours; a comment alone makes nobody one."""
    store.customers.lock(incoming.chat.bot_id, incoming.chat.user_id)
    identity = store.customers.identity(incoming.chat.bot_id, incoming.chat.user_id)
    return store.customers.get(identity.customer_id) if identity else None


def _new(incoming: IncomingMessage, said: Public, told: Desk, now: datetime) -> FeedbackItem:
    source = FeedbackSource.BOARD if said.kind == _BOARD else FeedbackSource.WALL
    return FeedbackItem(
        source=FeedbackSource.MENTION if said.is_mention else source,
        kind=FeedbackKind.REVIEW,
        text="",
        language=told.language,
        url=said.link,
        key=_key(incoming.chat, said),
        at=min(incoming.sent_at, now),
    )


def _take_back(store: Store, item: FeedbackItem, now: datetime) -> None:
    """What the author does not want to have said, we do not keep."""
    item.text, item.author, item.media_ids, item.topics, item.gone_at = "", "", None, None, now
    item.sentiment = None
    _keep(store, item)


def _keep(store: Store, item: FeedbackItem) -> None:
    if not store.feedback.add(item):
        store.feedback.save(item)


def _kind(text: str, classification: Classification | None) -> FeedbackKind:
    if classification is not None and classification.sentiment is Sentiment.NEGATIVE:
        return FeedbackKind.COMPLAINT
    if text.rstrip().endswith("?"):
        return FeedbackKind.QUESTION
    is_glad = classification is not None and classification.sentiment is Sentiment.POSITIVE
    return FeedbackKind.PRAISE if is_glad else FeedbackKind.REVIEW


def _sentiment(classification: Classification | None) -> Sentiment | None:
    return classification.sentiment if classification else None


def _key(chat: Address, said: Public) -> str:
    return f"{chat.bot_id}:{said.key or said.link}"
