"""What operators' statistics are counted from, and the dialogues drawn for review: on both engines."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from messaging.dialogue_quality import give_marks, sample
from storage.columns import new_id
from storage.kinds import CaseOrigin, Language, Role, SurveyKind, Touchpoint, Urgency
from storage.models import Bot, Case, Staff, SurveyRun

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
BOT = "telegram:1"
ZONE = ZoneInfo("Europe/Moscow")


class Desk:
    """Two operators and their cases."""

    def __init__(self, store) -> None:
        self.store = store
        store.bots.register(Bot(id=BOT, channel="telegram"))
        self.operators = [self.hire(name) for name in ("anna", "boris")]
        self.count = 0

    def hire(self, name, role=Role.OPERATOR):
        staff = Staff(login=name, name=name, role=role, language=Language.RU, created_at=NOW)
        self.store.staff.add(staff)
        return staff

    def case(self, opened_at=NOW - 3 * DAY, **more) -> Case:
        self.count += 1
        customer = self.store.customers.add(BOT, str(self.count), "Olga", Language.RU, NOW)
        case = Case(
            id=new_id(),
            customer_id=customer.id,
            bot_id=BOT,
            chat_id=str(self.count),
            urgency=Urgency.NOW,
            origin=CaseOrigin.COMPLAINT,
            summary="x",
            opened_at=opened_at,
            due_at=opened_at + timedelta(minutes=15),
            **more,
        )
        self.store.cases.add(case)
        return case

    def rated(self, case, score, touchpoint=Touchpoint.CASE, at=NOW - DAY) -> None:
        run = SurveyRun(
            customer_id=case.customer_id,
            survey="csat",
            kind=SurveyKind.CSAT,
            touchpoint=touchpoint,
            bot_id=BOT,
            case_id=case.id,
            asked_at=at,
            expires_at=at + DAY,
            score=score,
            answered_at=at if score else None,
        )
        self.store.surveys.add(run)


async def test_cases_are_counted_for_who_has_them_else_for_who_answered_last(database):
    def live(store):
        desk, random = Desk(store), Random(7)
        anna, boris = (one.id for one in desk.operators)
        cases = []
        for _ in range(60):
            opened = NOW - random.randrange(0, 40) * DAY - timedelta(minutes=random.randrange(600))
            case = desk.case(
                opened,
                assigned_to=random.choice([anna, boris, None]),
                replied_by=random.choice([anna, boris, None]),
                is_spam=random.random() < 0.2,
                is_key=random.random() < 0.5,
                branch=random.choice(["", "Арбат"]),
                closed_at=random.choice([None, NOW - timedelta(hours=1)]),
                reopened=random.randrange(2),
            )
            scores = [random.choice([None, 1, 4, 5]) for _ in range(random.randrange(3))]
            for place, score in enumerate(scores):
                desk.rated(case, score, at=NOW - DAY + place * timedelta(minutes=1))
            desk.rated(case, 1, Touchpoint.RECOVERY)
            cases.append((case, [score for score in scores if score]))
        since = NOW - 30 * DAY
        return cases, store.desk_numbers.worked(since, NOW), store.desk_numbers.scores(since, NOW), since

    cases, worked, scores, since = await database.write(live)
    naive = [(case, given) for case, given in cases if since <= case.opened_at < NOW]
    kept = sorted((case for case, _ in naive if not case.is_spam), key=lambda case: (case.opened_at, case.id))
    assert [(one.id, one.operator, one.branch, one.is_key, one.opened_at, one.reopened) for one in worked] == [
        (case.id, case.assigned_to or case.replied_by, case.branch, case.is_key, case.opened_at, case.reopened)
        for case in kept
    ]
    assert scores == {case.id: given[-1] for case, given in naive if given}


async def test_a_week_is_drawn_once_however_often_the_clock_looks(database):
    def live(store):
        desk = Desk(store)
        anna, boris = desk.operators
        last_week = NOW - 5 * DAY
        ids = {
            who.id: [desk.case(replied_by=who.id, closed_at=last_week).id for _ in range(number)]
            for who, number in ((anna, 8), (boris, 2))
        }
        desk.case(replied_by=anna.id, closed_at=last_week, is_spam=True)
        desk.case(replied_by=None, closed_at=last_week)
        desk.case(replied_by=anna.id, closed_at=NOW - timedelta(hours=1))  # of this week
        desk.case(replied_by=anna.id, closed_at=NOW - 12 * DAY)  # of the week before
        added = [sample(store, NOW + at, ZONE) for at in (timedelta(), timedelta(hours=1), 2 * DAY)]
        drawn = store.dialogues.listed(operator_id=None, is_reviewed=False, since=NOW - 30 * DAY)
        return ids, added, drawn

    ids, added, drawn = await database.write(live)
    assert added == [5, 0, 0]
    for operator, own in ids.items():
        got = {one.review.case_id for one in drawn if one.review.operator_id == operator}
        assert len(got) == min(3, len(own))
        assert got <= set(own)


async def test_the_next_week_draws_from_its_own_cases(database):
    def live(store):
        desk = Desk(store)
        anna = desk.operators[0]
        desk.case(replied_by=anna.id, closed_at=NOW - 5 * DAY)
        first = sample(store, NOW, ZONE)
        desk.case(replied_by=anna.id, closed_at=NOW)
        return first, sample(store, NOW + 7 * DAY, ZONE), sample(store, NOW + 7 * DAY, ZONE)

    assert await database.write(live) == (1, 1, 0)


async def test_marks_are_kept_and_can_be_corrected_but_not_given_to_oneself(database):
    def live(store):
        desk = Desk(store)
        anna, boss = desk.operators[0], desk.hire("boss", Role.ADMIN)
        desk.case(replied_by=anna.id, closed_at=NOW - 5 * DAY)
        sample(store, NOW, ZONE)
        [drawn] = store.dialogues.listed(operator_id=anna.id, is_reviewed=False, since=NOW - DAY)
        review_id = drawn.review.id
        assert give_marks(store, review_id, anna, {"tone": 5}, "", NOW) is None
        assert give_marks(store, review_id, boss, {"tone": 6}, "", NOW) is None
        assert give_marks(store, review_id, boss, {}, "", NOW) is None
        give_marks(store, review_id, boss, {"tone": 2}, "коротко", NOW)
        give_marks(store, review_id, boss, {"tone": 4}, "лучше", NOW)
        return store.dialogues.listed(operator_id=anna.id, is_reviewed=True, since=NOW - DAY), boss.id

    [kept], boss_id = await database.write(live)
    assert (kept.review.marks, kept.review.comment, kept.review.reviewer_id) == ({"tone": 4}, "лучше", boss_id)
