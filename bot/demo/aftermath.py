"""What came of the cases: who did what and wrote down what, whether customers were content, and who was won again.

Made when everything else of the café is, because it looks back: at the visit a case was about, and at who came again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bot.demo import staff_words, words
from bot.demo.dice import Dice
from bot.demo.people import BOT_ID, Person
from bot.demo.talk import Talk
from bot.demo.visits import ZONE, by_day
from messaging.dialogue_samples import USUAL_CRITERIA
from messaging.local_time import local_date
from messaging.messages import Message
from messaging.phrases import day, say
from messaging.promises import Promises
from messaging.recovery import COMPLAINTS, Rules
from storage.kinds import (
    CaseCause,
    CaseEventKind,
    CaseOrigin,
    Language,
    MessageKind,
    RunEnding,
    ScoreGroup,
    SurveyKind,
    Touchpoint,
)
from storage.models import Case, CaseEvent, CaseLabel, DialogueReview, Staff, SurveyRun
from surveys import answering
from surveys.asking import ANSWERABLE_FOR

ASKED_AFTER: Final = timedelta(minutes=30)
SAID_HOW_WE_HELPED, SAID_WHETHER_ALL_IS_WELL = 0.45, 0.6
KEY_SHARE: Final = 0.05
NOTED, HANDED_OVER, MARKED = 0.3, 0.12, 0.9
REVIEWED_WITHIN, JUST_DRAWN = timedelta(days=80), timedelta(days=7)
LATEST: Final = timedelta(hours=1)
"""What would have been said within the last hour has not been said yet."""


@dataclass(slots=True)
class Aftermath:
    """Rows of what happened to cases after they were opened."""

    events: list[CaseEvent] = field(default_factory=list)
    labels: list[CaseLabel] = field(default_factory=list)
    reviews: list[DialogueReview] = field(default_factory=list)
    runs: list[SurveyRun] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Past:
    """What the looking back is done with. `bought`: each customer's lines in time."""

    people: Mapping[UUID, Person]
    bought: Mapping[UUID, Sequence[Mapping[str, Any]]]
    key: frozenset[UUID]
    operators: Sequence[Staff]
    owner: Staff
    talk: Talk
    now: datetime
    language: Language


def past(
    people: Iterable[Person],
    purchases: Iterable[Mapping[str, Any]],
    staff: Sequence[Staff],
    operators: Sequence[Staff],
    talk: Talk,
    now: datetime,
    language: Language,
) -> Past:
    """Key customers are, roughly, who brought most in the last year: the night finds them exactly."""
    bought: dict[UUID, list[Mapping[str, Any]]] = {}
    for line in sorted(purchases, key=lambda line: line["at"]):
        bought.setdefault(line["customer_id"], []).append(line)
    year = {
        customer: sum(line["amount_minor"] for line in lines if now - line["at"] < timedelta(days=365))
        for customer, lines in bought.items()
    }
    best = sorted(year, key=lambda one: -year[one])[: round(len(year) * KEY_SHARE)]
    by_id = {one.customer.id: one for one in people}
    return Past(by_id, bought, frozenset(best), operators, staff[0], talk, now, language)


def look_back(cases: Sequence[Case], past: Past) -> Aftermath:
    """Of all cases; they have their numbers already."""
    found = Aftermath()
    for case in cases:
        dice = Dice(f"aftermath {case.id}")
        _place(case, past)
        found.labels.extend(_labels(case, dice, past))
        found.events.extend(_events(case, dice, past))
        if case.closed_at is not None:
            found.runs.extend(_how_we_helped(case, dice, past))
            _ask_whether_all_is_well(case, dice, past, found)
            found.reviews.extend(_reviewed(case, dice, past))
    return found


def _place(case: Case, past: Past) -> None:
    """The visit before it says where it was and what it was about; key customers are promised more."""
    before = [line for line in past.bought.get(case.customer_id, ()) if line["at"] <= case.opened_at]
    if before:
        case.branch, case.service = before[-1]["branch"], before[-1]["product"]
    if case.customer_id in past.key:
        promise = Promises().of(case.urgency, is_key=True)
        case.is_key, case.due_at = True, case.opened_at + timedelta(minutes=promise.first)
        case.resolve_due_at = case.opened_at + timedelta(minutes=promise.resolution)
        case.next_due_at = case.due_at if case.next_due_at is not None else None


# --- what staff did and wrote down


_LIKELY: Final = {
    CaseOrigin.ASKED_FOR_PERSON: CaseCause.QUESTION,
    CaseOrigin.ANGRY_MESSAGE: CaseCause.STAFF,
}
"""What an open case is about, as `bot.demo.cases.OPEN` has it."""


def _labels(case: Case, dice: Dice, past: Past) -> Iterator[CaseLabel]:
    label = staff_words.LABELS[past.language].get(case.cause or _LIKELY.get(case.origin, CaseCause.WAITING))
    is_old = case.closed_at is not None
    if case.taken_at is not None and case.taken_by is not None and label and dice.happens(0.7 if is_old else 0.5):
        yield CaseLabel(case_id=case.id, label=label, added_by=case.taken_by, added_at=case.taken_at)


def _events(case: Case, dice: Dice, past: Past) -> Iterator[CaseEvent]:
    def event(kind: CaseEventKind, at: datetime, **more: Any) -> CaseEvent:
        return CaseEvent(id=dice.id_at(at), case_id=case.id, customer_id=case.customer_id, kind=kind, at=at, **more)

    yield event(CaseEventKind.OPENED, case.opened_at)
    if case.taken_at is None:
        return
    first, at = case.taken_by, case.taken_at
    if case.closed_at is not None and dice.happens(HANDED_OVER):
        first = next(one.id for one in past.operators if one.id != case.taken_by)
        reason = dice.choice(staff_words.HANDED_OVER[past.language])
        early = case.opened_at + (at - case.opened_at) / 2
        yield event(CaseEventKind.TAKEN, early, staff_id=first, to_staff_id=first)
        yield event(CaseEventKind.TRANSFERRED, at, staff_id=first, to_staff_id=case.taken_by, text=reason)
    else:
        yield event(CaseEventKind.TAKEN, at, staff_id=first, to_staff_id=first)
    if case.replied_at is None:
        return
    if case.closed_at is not None and case.replied_at > case.due_at:
        case.breached_at = case.due_at
        yield event(CaseEventKind.BREACHED, case.due_at, text="first")
    yield event(CaseEventKind.REPLIED, case.replied_at, staff_id=case.replied_by)
    if dice.happens(NOTED):
        note = dice.choice(staff_words.NOTES[past.language])
        yield event(CaseEventKind.NOTE, case.replied_at + timedelta(minutes=2), staff_id=case.taken_by, text=note)
    if case.closed_at is not None:
        yield event(CaseEventKind.CLOSED, case.closed_at, staff_id=case.closed_by, text=case.action)


def _reviewed(case: Case, dice: Dice, past: Past) -> Iterator[DialogueReview]:
    """Those of the last weeks were drawn by lot on the Monday after; the newest still wait for their marks."""
    assert case.closed_at is not None
    if case.replied_by is None or past.now - case.closed_at > REVIEWED_WITHIN or not dice.happens(MARKED):
        return
    drawn_at = case.closed_at + timedelta(days=3)
    if drawn_at > past.now - LATEST:
        return
    review = DialogueReview(
        id=dice.id_at(drawn_at),
        case_id=case.id,
        customer_id=case.customer_id,
        operator_id=case.replied_by,
        sampled_at=drawn_at,
    )
    if past.now - drawn_at > JUST_DRAWN:
        is_late = case.breached_at is not None
        review.marks = {one: _mark(dice, is_late=is_late) for one in USUAL_CRITERIA}
        review.reviewer_id = past.owner.id
        praise = staff_words.MARKS_LATE if is_late else staff_words.MARKS_GOOD
        review.comment = dice.choice(praise[past.language])
        review.reviewed_at = drawn_at + timedelta(days=dice.uniform(1, 4))
    yield review


def _mark(dice: Dice, *, is_late: bool) -> int:
    return dice.choices((3, 4, 5), (5, 4, 1) if is_late else (1, 4, 6))[0]


# --- what customers said


def _how_we_helped(case: Case, dice: Dice, past: Past) -> Iterator[SurveyRun]:
    assert case.closed_at is not None
    person, at = past.people[case.customer_id], by_day(case.closed_at + ASKED_AFTER)
    if not _is_asked(person, at, past):
        return
    run = _run(case, Touchpoint.CASE, at, dice, past.now)
    if dice.happens(SAID_HOW_WE_HELPED):
        _answer(run, dice.choices((5, 4, 3), (6, 3, 1))[0], dice, person, past.now)
    text = say(person.customer.language, "survey.case.question", number=case.number, business=past.talk.business)
    past.talk.ask(person, run, text)
    yield run


def _ask_whether_all_is_well(case: Case, dice: Dice, past: Past, found: Aftermath) -> None:
    """A week after a complaint. Who came again is content more often than not; two in ten of the others are not."""
    assert case.closed_at is not None
    if case.origin not in COMPLAINTS:
        return
    person, due = past.people[case.customer_id], case.closed_at + timedelta(days=Rules().after_days)
    at = by_day(due)
    if at > past.now - LATEST:
        case.recovery_due_at = due  # the demo's own clock will ask
        return
    if not _is_asked(person, at, past):
        return
    run, language = _run(case, Touchpoint.RECOVERY, at, dice, past.now), person.customer.language
    came_again = any(line["at"] > case.closed_at for line in past.bought.get(person.customer.id, ()))
    if dice.happens(SAID_WHETHER_ALL_IS_WELL):
        score = dice.choices((5, 4, 3, 2), (5, 4, 1, 0) if came_again else (1, 2, 2, 2))[0]
        _answer(run, score, dice, person, past.now)
    since = day(language, local_date(case.opened_at, ZONE))
    past.talk.ask(person, run, say(language, "recovery.question", business=past.talk.business, since=since))
    found.runs.append(run)
    if run.score_group is not None:
        case.is_recovered = run.score_group is ScoreGroup.PROMOTER
    if run.score_group is ScoreGroup.DETRACTOR:
        found.events.extend(_again(case, run, dice, person, past))


def _again(case: Case, run: SurveyRun, dice: Dice, person: Person, past: Past) -> Iterator[CaseEvent]:
    """What was done had not helped: open again, and closed for good the next day."""
    assert run.answered_at is not None and case.closed_by is not None
    operator, language = next(one for one in past.operators if one.id == case.closed_by), person.customer.language
    at = run.answered_at + timedelta(minutes=1)
    moments = (at, at + timedelta(minutes=25), at + timedelta(hours=dice.uniform(3, 20)))
    if moments[-1] > past.now - LATEST:
        return
    sorry = dice.choice(words.OPERATOR_SAYS_AGAIN[language])
    message = Message(sorry, kind=MessageKind.OPERATOR_REPLY)
    past.talk.tell(person, message, moments[1], case_id=case.id, staff_id=operator.id)
    case.reopened, case.closed_at = case.reopened + 1, moments[2]
    case.action = dice.choice(staff_words.ACTIONS_AGAIN[past.language])
    said: tuple[tuple[CaseEventKind, dict[str, Any]], ...] = (
        (CaseEventKind.REOPENED, {"text": run.comment or ""}),
        (CaseEventKind.REPLIED, {"staff_id": operator.id}),
        (CaseEventKind.CLOSED, {"staff_id": operator.id, "text": case.action}),
    )
    for (kind, more), moment in zip(said, moments, strict=True):
        yield CaseEvent(
            id=dice.id_at(moment), case_id=case.id, customer_id=case.customer_id, kind=kind, at=moment, **more
        )


def _run(case: Case, touchpoint: Touchpoint, at: datetime, dice: Dice, now: datetime) -> SurveyRun:
    run = SurveyRun(
        id=dice.id_at(at),
        customer_id=case.customer_id,
        survey=SurveyKind.CSAT.value,
        kind=SurveyKind.CSAT,
        touchpoint=touchpoint,
        bot_id=BOT_ID,
        case_id=case.id,
        branch=case.branch,
        staff_id=case.assigned_to if touchpoint is Touchpoint.CASE else None,
        asked_at=at,
        expires_at=at + ANSWERABLE_FOR,
    )
    if run.expires_at < now:
        answering.close(run, run.expires_at, RunEnding.EXPIRED)
    return run


def _answer(run: SurveyRun, score: int, dice: Dice, person: Person, now: datetime) -> None:
    at = run.asked_at + timedelta(minutes=min(dice.around(40, 1.0), 2000))
    if at > now - LATEST:
        return
    run.language = person.customer.language
    answering.record(run, score, at)
    answering.close(run, at + timedelta(minutes=1))
    assert run.score_group is not None
    if run.score_group is ScoreGroup.DETRACTOR or dice.happens(0.35):
        answering.add_comment(run, _words(run, dice))


def _words(run: SurveyRun, dice: Dice) -> str:
    assert run.score_group is not None
    if run.score_group is ScoreGroup.DETRACTOR:
        return words.comment(dice, run.language, run.score_group, CaseCause.STAFF)[1]
    return dice.choice(words.ABOUT_HELP[run.language][run.score_group])


def _is_asked(person: Person, at: datetime, past: Past) -> bool:
    is_open = person.blocks_at is None or at < person.blocks_at
    return is_open and at < past.now - LATEST
