"""«Отзыв»: rate, complain, praise or ask at any time; with a name, or so that nobody learns who it was (A5, PV5)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from handlers.turn import Turn
from insights.case_rules import Call, Heard
from insights.policy import needs_person
from insights.topics import topics_of
from messaging import cases, nameless
from messaging.local_time import at_local, local_date
from messaging.menu import FEEDBACK, RATE, menu
from messaging.messages import Button, IncomingMessage, Message
from storage.kinds import CaseOrigin, FeedbackKind, FeedbackSource, MessageKind, SurveyKind, Touchpoint, Urgency
from storage.models import Case, FeedbackItem, SurveyRun
from surveys import escalation
from surveys.answering import FROM_MENU, is_waiting

_TELL: Final = "go:tell:"
_ANONYMOUS: Final = f"{_TELL}anonymous"
_NAMED: Final = f"{_TELL}named"
_CANCEL: Final = f"{_TELL}cancel"
_KINDS: Final = (FeedbackKind.COMPLAINT, FeedbackKind.PRAISE, FeedbackKind.QUESTION)
_WAITS: Final = timedelta(hours=24)
"""How long the next words are taken for what was announced."""
_WITHOUT_NAME: Final = "anonymous"
"""The step of a run whose words will belong to nobody."""
_UNSEEN: Final = MessageKind.NAMELESS
_STEPS_HERE: Final = 20
"""So many events are looked through for those that led here."""


def wants_to_tell(turn: Turn) -> bool:
    return turn.pressed == FEEDBACK or turn.incoming.text.partition(" ")[0] == "/feedback"


def show(turn: Turn) -> list[Message]:
    buttons = [Button(turn.say("menu.rate"), RATE)]
    buttons += [Button(turn.say(f"feedback.{kind.value}"), f"{_TELL}{kind.value}") for kind in _KINDS]
    return [Message(turn.say("feedback.title"), tuple(buttons), columns=2)]


def presses(turn: Turn) -> bool:
    return (turn.pressed or "").startswith(_TELL)


def begin(turn: Turn) -> list[Message]:
    """Wait for the words; or change how they are waited for, in place."""
    match turn.pressed:
        case str(pressed) if pressed == _ANONYMOUS:
            _forget_the_way_here(turn)  # that they wanted no name is nobody's business either
            _wait_for(turn, FeedbackKind.COMPLAINT, _WITHOUT_NAME)
            back = Button(turn.say("feedback.named"), _NAMED)
            ask = Message(turn.say("feedback.anonymous.ask"), (back, _cancel(turn)), columns=2, kind=_UNSEEN)
            return [turn.in_place(ask)]
        case str(pressed) if pressed == _CANCEL:
            _stop_waiting(turn)
            return [turn.in_place(menu(turn.customer.language, turn.say("feedback.cancelled")))]
        case str(pressed) if pressed == _NAMED:
            kind = FeedbackKind.COMPLAINT
        case pressed:
            name = (pressed or "").removeprefix(_TELL)
            if name not in _KINDS:
                return [menu(turn.customer.language, turn.say("menu.old_button"))]
            kind = FeedbackKind(name)
    _wait_for(turn, kind, "")
    buttons = [_cancel(turn)]
    if kind is FeedbackKind.COMPLAINT:
        buttons.insert(0, Button(turn.say("feedback.without_name"), _ANONYMOUS))
    return [turn.in_place(Message(turn.say(f"feedback.{kind.value}.ask"), tuple(buttons), columns=2))]


def _wait_for(turn: Turn, kind: FeedbackKind, step: str) -> None:
    """A question that they asked themselves to be asked: a run of its own, which is gone with the answer. What else was
    asked waits behind it."""
    _stop_waiting(turn)
    run = SurveyRun(
        customer_id=turn.customer.id,
        survey=f"{FROM_MENU}{kind.value}",
        kind=SurveyKind.OWN,
        touchpoint=Touchpoint.MENU,
        bot_id=turn.incoming.chat.bot_id,
        language=turn.customer.language,
        step=step,
        asked_at=turn.now,
        expires_at=turn.now + _WAITS,
    )
    turn.store.surveys.add(run)


def _stop_waiting(turn: Turn) -> None:
    if _waiting(turn) is not None:
        assert turn.survey is not None
        turn.store.surveys.drop(turn.survey.id)


def _waiting(turn: Turn) -> SurveyRun | None:
    run = turn.survey
    is_ours = run is not None and run.survey.startswith(FROM_MENU) and is_waiting(run, turn.now)
    return run if is_ours else None


def _cancel(turn: Turn) -> Button:
    return Button(turn.say("feedback.cancel"), _CANCEL)


# --- the words


def speaks_without_name(turn: Turn) -> bool:
    """Whatever they say then is that, before any other flow or person hears it; only a command is not."""
    run = _waiting(turn)
    return run is not None and run.step == _WITHOUT_NAME and _says_something(turn)


def take_without_name(turn: Turn) -> list[Message]:
    """The words, and nothing that leads back: not the event, not the waiting, not the minute, not the id."""
    day, item_id = at_local(_day(turn), 0, turn.business.zone), uuid4()
    sentiment = turn.classification.sentiment if turn.classification else None
    turn.store.feedback.add(
        FeedbackItem(
            id=item_id,
            source=FeedbackSource.ANONYMOUS,
            kind=FeedbackKind.COMPLAINT,
            text=turn.incoming.text,
            language=turn.customer.language,
            media_ids=_files(turn, is_anonymous=True),
            sentiment=sentiment,
            topics=_topics(turn),
            key=f"anonymous:{uuid4().hex}",
            at=day,
        )
    )
    _stop_waiting(turn)
    _forget(turn, item_id=item_id)
    more = Button(turn.say("feedback.anonymous.more"), _ANONYMOUS)
    thanks = menu(turn.customer.language, turn.say("feedback.anonymous.taken"))
    return [replace(thanks, buttons=(more, *thanks.buttons), kind=_UNSEEN)]


def _forget(turn: Turn, *, item_id: UUID | None = None) -> None:
    nameless.forget(turn.store, turn.event_id, turn.incoming, turn.business.card_key, _day(turn), item_id=item_id)


def _forget_the_way_here(turn: Turn) -> None:
    """Who pressed «complain», and of whom no complaint is there, complained without a name: so neither the presses
    that led here stay, nor what was shown to them."""
    store, key = turn.store, turn.business.card_key
    _forget(turn)
    if turn.pressed_on is None:
        return
    shown = turn.in_place(Message("")).edits  # what stands in the chat, whose wordings the others are
    assert shown is not None
    first = store.outbox.get(shown) or turn.pressed_on
    wordings = store.outbox.edits_in(
        turn.customer.id, turn.incoming.chat.bot_id, turn.incoming.chat.user_id, [first.id]
    )
    store.outbox.make_nameless([first.id, turn.pressed_on.id, *(one.id for one in wordings)])
    for event in store.inbox.newest(turn.customer.id, _STEPS_HERE):
        if event.received_at >= first.created_at:
            incoming = IncomingMessage.from_json(event.incoming)
            if _leads_here(incoming):
                nameless.forget(store, event.id, incoming, key, _day(turn))


def _leads_here(incoming: IncomingMessage) -> bool:
    value = incoming.pressed.value if incoming.pressed else ""
    return value == FEEDBACK or value.startswith(_TELL) or incoming.text.partition(" ")[0] == "/feedback"


def _day(turn: Turn) -> date:
    return local_date(turn.now, turn.business.zone)


def speaks(turn: Turn) -> bool:
    return _waiting(turn) is not None and _says_something(turn)


def take(turn: Turn) -> list[Message]:
    """A complaint and a question are a case with a number; praise is for the team."""
    run = _waiting(turn)
    assert run is not None
    kind = FeedbackKind(run.survey.removeprefix(FROM_MENU))
    case = None
    if kind is not FeedbackKind.PRAISE:
        origin = CaseOrigin.COMPLAINT if kind is FeedbackKind.COMPLAINT else CaseOrigin.UNANSWERED_QUESTION
        called = escalation.called(turn.store, Heard(turn.incoming.text, turn.classification))
        case = _open_case(turn, (called or Call(Urgency.TODAY, origin))._replace(origin=origin))
    elif needed := needs_person(turn.classification, None):  # words of praise that are none
        case = _open_case(turn, Call(*needed))
    turn.store.feedback.add(
        FeedbackItem(
            source=FeedbackSource.MENU,
            kind=kind,
            customer_id=turn.customer.id,
            case_id=case.id if case else None,
            text=turn.incoming.text,
            language=turn.customer.language,
            media_ids=_files(turn),
            sentiment=turn.classification.sentiment if turn.classification else None,
            topics=_topics(turn),
            key=f"menu:{run.id.hex}",
            at=turn.now,
        )
    )
    _stop_waiting(turn)
    if case is None:
        return [menu(turn.customer.language, turn.say("feedback.praise.taken"))]
    said_as = FeedbackKind.COMPLAINT if kind is FeedbackKind.PRAISE else kind
    return [Message(turn.say(f"feedback.{said_as.value}.taken", number=case.number))]


def _topics(turn: Turn) -> list[str] | None:
    return [topic.value for topic in topics_of(turn.incoming.text)] or None


def _open_case(turn: Turn, call: Call) -> Case | None:
    words = turn.incoming.text or turn.say("support.no_words")
    chat, desk = turn.incoming.chat, turn.business.desk
    cases.open_case(
        turn.store,
        turn.customer,
        chat,
        call.urgency,
        call.origin,
        words,
        turn.now,
        desk,
        branch=call.branch,
        label=call.label,
    )
    return turn.store.cases.open_for(turn.customer.id)


def _says_something(turn: Turn) -> bool:
    incoming = turn.incoming
    is_said = bool(incoming.text) or incoming.attachment is not None
    return is_said and turn.pressed is None and incoming.contact is None and not incoming.text.startswith("/")


def _files(turn: Turn, *, is_anonymous: bool = False) -> list[str] | None:
    file = turn.kept_file(is_anonymous=is_anonymous)
    return [file] if file else None
