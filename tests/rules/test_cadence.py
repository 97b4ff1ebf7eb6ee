"""Who is asked when: the rules as they are read, the decision, and the draw of a day."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.consent import Refusal
from storage.kinds import SurveyKind, Touchpoint
from surveys.cadence import MOMENTS, Problem, Rule, WrongCadence, as_json, parse, usual
from surveys.decision import Ask, Facts, Skip, Wait, decide, why_not_this_case
from surveys.draw import Candidate, Draw, Room, lot

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY_AT_TEN = datetime(2026, 3, 2, 7, tzinfo=UTC)
"""In Moscow."""
DAY = timedelta(days=1)
NPS = usual(SurveyKind.NPS)[Touchpoint.RELATION]
AFTER_VISIT = usual(SurveyKind.CSAT)[Touchpoint.VISIT]
AFTER_CASE = usual(SurveyKind.CSAT)[Touchpoint.CASE]


def facts(**changed) -> Facts:
    """A customer of a year whom nothing speaks against."""
    known = Facts(known_since=MONDAY_AT_TEN - 400 * DAY, refusal=None, undisturbed_at=MONDAY_AT_TEN)
    return replace(known, **changed)


def relation(known: Facts, now: datetime = MONDAY_AT_TEN, rule: Rule = NPS):
    return decide(replace(known, undisturbed_at=max(known.undisturbed_at, now)), Touchpoint.RELATION, rule, now, MOSCOW)


def visit(known: Facts, rule: Rule = AFTER_VISIT):
    return decide(known, Touchpoint.VISIT, rule, MONDAY_AT_TEN, MOSCOW)


# --- the decision


def test_who_was_never_asked_is_asked_on_a_monday_morning():
    assert relation(facts()) == Ask()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"known_since": MONDAY_AT_TEN - 13 * DAY}, "too_new"),
        ({"asked_at": MONDAY_AT_TEN - 89 * DAY}, "asked_recently"),
        ({"surveyed_at": MONDAY_AT_TEN - 6 * DAY}, "surveyed_recently"),
        ({"refusal": Refusal.OPEN_CASE}, "open_case"),
        ({"refusal": Refusal.TOXIC}, "toxic"),
        ({"refusal": Refusal.UNREACHABLE}, "unreachable"),
    ],
)
def test_throttled_is_skipped_with_its_reason_and_not_later_instead(changed, reason):
    assert relation(facts(**changed)) == Skip(reason)


@pytest.mark.parametrize(
    "changed",
    [
        {"known_since": MONDAY_AT_TEN - 14 * DAY},
        {"asked_at": MONDAY_AT_TEN - 90 * DAY},
        {"surveyed_at": MONDAY_AT_TEN - 7 * DAY},
    ],
)
def test_on_the_last_day_of_a_throttle_it_is_over(changed):
    assert relation(facts(**changed)) == Ask()


def test_nobody_is_asked_while_they_write_nor_in_their_night_nor_out_of_their_morning():
    assert relation(facts(heard_at=MONDAY_AT_TEN - timedelta(minutes=9))) == Wait()
    assert relation(facts(undisturbed_at=MONDAY_AT_TEN + timedelta(hours=1))) == Wait()
    assert relation(facts(time_zone="Asia/Vladivostok")) == Wait(), "it is evening there"
    assert relation(facts(), MONDAY_AT_TEN + timedelta(hours=2)) == Wait(), "noon"
    assert relation(facts(), MONDAY_AT_TEN - timedelta(hours=1, minutes=1)) == Wait(), "before nine"
    assert relation(facts(), MONDAY_AT_TEN - DAY) == Wait(), "Sunday"


def test_after_a_visit_it_is_the_visit_that_says_when():
    known = facts(time_zone="Asia/Vladivostok")
    assert visit(known) == Ask()
    assert visit(replace(known, asked_at=MONDAY_AT_TEN - 29 * DAY)) == Skip("asked_recently")
    assert visit(replace(known, surveyed_at=MONDAY_AT_TEN - 2 * DAY)) == Skip("surveyed_recently")


def test_the_score_that_opened_a_case_does_not_hide_whether_it_was_solved():
    asked = facts(surveyed_at=MONDAY_AT_TEN - timedelta(hours=3))
    assert decide(asked, Touchpoint.CASE, AFTER_CASE, MONDAY_AT_TEN, MOSCOW) == Ask()
    twice = replace(asked, asked_at=MONDAY_AT_TEN - timedelta(hours=23))
    assert decide(twice, Touchpoint.CASE, AFTER_CASE, MONDAY_AT_TEN, MOSCOW) == Skip("asked_recently")


def test_a_key_customer_is_asked_at_most_every_ninety_days_whatever_the_rule_says():
    often = replace(NPS, contact_days=30)
    asked = facts(asked_at=MONDAY_AT_TEN - 40 * DAY)
    assert relation(asked, rule=often) == Ask()
    assert relation(replace(asked, is_key=True), rule=often) == Skip("asked_recently")
    assert decide(replace(asked, is_key=True), Touchpoint.VISIT, AFTER_VISIT, MONDAY_AT_TEN, MOSCOW) == Ask()


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"is_spam": True}, "case_spam"),
        ({"asks_survey": False}, "case_without_survey"),
        ({"was_answered": False}, "case_nobody_replied"),
        ({"was_asked": True}, "case_asked_already"),
        ({}, None),
    ],
)
def test_spam_bot_only_and_closed_without_a_survey_are_not_asked_about(case, reason):
    usual_case = {"is_spam": False, "asks_survey": True, "was_answered": True, "was_asked": False}
    assert why_not_this_case(**{**usual_case, **case}) == reason


# --- the draw


def people(count: int, **same) -> list[Candidate]:
    common = {"time_zone": None, "branch": "", "is_key": False, "asked_at": None, **same}
    return [Candidate(customer_id=UUID(int=number), **common) for number in range(count)]


def drawn(candidates, rule: Rule = NPS, now: datetime = MONDAY_AT_TEN, asked=()):
    draw = Draw("nps", rule, Counter(asked), now, MOSCOW)
    for one in candidates:
        draw.add(one)
    return draw.drawn()


def test_no_more_are_drawn_than_the_day_has_places():
    assert len(drawn(people(500))) == 50
    assert len(drawn(people(500), asked={"": 45})) == 5
    assert drawn(people(500), asked={"": 50}) == []
    assert len(drawn(people(20))) == 20


def test_the_same_people_are_drawn_all_day_in_whatever_order_they_come():
    morning = drawn(people(300))
    later = drawn(reversed(people(300)), now=MONDAY_AT_TEN + timedelta(minutes=90))
    assert morning == later


def test_tomorrow_and_another_survey_draw_others():
    today = {one.customer_id for one in drawn(people(1000))}
    tomorrow = {one.customer_id for one in drawn(people(1000), now=MONDAY_AT_TEN + DAY)}
    assert len(today & tomorrow) < 15, "50 of 1000: 2.5 are expected to be drawn twice"
    assert lot("nps", MONDAY_AT_TEN.date(), UUID(int=1)) != lot("own", MONDAY_AT_TEN.date(), UUID(int=1))


def test_everybody_has_the_same_chance():
    often = Counter(
        one.customer_id
        for day in range(200)
        for one in drawn(
            people(70), replace(NPS, daily_limit=7, weekdays=frozenset(range(7))), MONDAY_AT_TEN + day * DAY
        )
    )
    assert often.total() == 1400
    assert min(often.values()) > 5, "20 are expected, with a spread of 4.2"
    assert max(often.values()) < 40


def test_the_questions_are_spread_over_the_morning():
    moments = [one.at for one in drawn(people(2000), replace(NPS, daily_limit=600), MONDAY_AT_TEN - timedelta(hours=1))]
    begins = MONDAY_AT_TEN - timedelta(hours=1)
    hours = Counter((at - begins) // timedelta(hours=1) for at in moments)
    assert set(hours) == {0, 1, 2}
    assert min(hours.values()) > 150, "200 an hour are expected, with a spread of 11.5"


def test_who_lives_elsewhere_is_asked_in_their_own_morning():
    east = drawn(people(10, time_zone="Asia/Vladivostok"), now=datetime(2026, 3, 1, 22, tzinfo=UTC))
    hours = {one.at.astimezone(ZoneInfo("Asia/Vladivostok")).hour for one in east}
    assert len(east) == 10
    assert hours <= {9, 10, 11}
    assert drawn(people(10, time_zone="Asia/Vladivostok")) == [], "their morning is over: others have the places"


def test_a_branchs_quota_holds_and_leaves_its_places_to_the_others():
    rule = replace(NPS, daily_limit=30, quotas={"Север": 4, "Юг": 0})
    some = [
        one._replace(branch=branch, customer_id=UUID(int=one.customer_id.int + 1000 * place))
        for place, branch in enumerate(["Север", "Юг", "Запад"])
        for one in people(200)
    ]
    assert Counter(one.branch for one in drawn(some, rule, asked={"Север": 1})) == {"Север": 3, "Запад": 26}


def test_a_key_customer_nobody_asked_for_almost_a_year_goes_first():
    overdue = people(3, is_key=True, asked_at=MONDAY_AT_TEN - 340 * DAY)
    never = [one._replace(customer_id=UUID(int=5000), asked_at=None) for one in overdue[:1]]
    recent = [one._replace(customer_id=UUID(int=6000), asked_at=MONDAY_AT_TEN - 80 * DAY) for one in overdue[:1]]
    others = people(2000)[3:]
    found = {one.customer_id for one in drawn([*others, *overdue, *never, *recent])}
    assert {one.customer_id for one in [*overdue, *never]} <= found
    assert recent[0].customer_id not in found


@given(
    st.integers(1, 20),
    st.dictionaries(st.sampled_from("абв"), st.integers(0, 8)),
    st.lists(st.sampled_from("абвг"), max_size=60),
    st.dictionaries(st.sampled_from("абвг"), st.integers(0, 6)),
)
@settings(max_examples=50)
def test_neither_limit_is_ever_passed_and_no_place_is_left_while_somebody_fits(limit, quotas, branches, asked):
    rule = replace(NPS, daily_limit=limit, quotas=quotas)
    candidates = [one._replace(branch=branch) for one, branch in zip(people(60), branches, strict=False)]
    found = drawn(candidates, rule, asked=asked)
    taken = Counter(asked)
    taken.update(one.branch for one in found)
    assert not found or taken.total() <= limit
    assert all(taken[branch] <= max(quota, asked.get(branch, 0)) for branch, quota in quotas.items())
    room = Room(rule, taken)
    left = {one.customer_id for one in candidates} - {one.customer_id for one in found}
    assert all(room.left(one.branch) == 0 for one in candidates if one.customer_id in left)


# --- the settings


@pytest.mark.parametrize("kind", list(SurveyKind))
def test_what_is_written_is_read_back(kind):
    rules = usual(kind)
    first = next(iter(rules))
    rules[first] = replace(
        rules[first], quotas={"Север": 3}, branches=("Север",), segment=UUID(int=7), daily_limit=None
    )
    assert parse(as_json(rules), kind) == rules
    assert parse({}, kind) == usual(kind)


def test_a_survey_asks_only_what_its_kind_is_about():
    assert set(usual(SurveyKind.NPS)) == {Touchpoint.RELATION}
    assert Touchpoint.RECOVERY not in MOMENTS[SurveyKind.OWN], "the recovery check has rules of its own"
    with pytest.raises(WrongCadence) as wrong:
        parse({"visit": {}}, SurveyKind.NPS)
    assert wrong.value.problems == {"visit": Problem.UNKNOWN}


@pytest.mark.parametrize(
    ("touchpoint", "wished", "field", "problem"),
    [
        ("relation", {"contact_days": 0}, "contact_days", Problem.OUT_OF_RANGE),
        ("relation", {"contact_days": "90"}, "contact_days", Problem.NOT_A_NUMBER),
        ("relation", {"contact_days": True}, "contact_days", Problem.NOT_A_NUMBER),
        ("relation", {"daily_limit": 0}, "daily_limit", Problem.OUT_OF_RANGE),
        ("relation", {"remind_days": 4}, "remind_days", Problem.NOT_OFFERED),
        ("relation", {"remind_days": 7, "expire_days": 7}, "remind_days", Problem.REMINDER_TOO_LATE),
        ("relation", {"weekdays": []}, "weekdays", Problem.NO_WEEKDAY),
        ("relation", {"weekdays": [7]}, "weekdays", Problem.UNKNOWN),
        ("relation", {"from_minute": 720, "until_minute": 720}, "until_minute", Problem.HOURS),
        ("relation", {"segment": "кто-то"}, "segment", Problem.SEGMENT),
        ("relation", {"quotas": {"": 3}}, "quotas", Problem.BRANCHES),
        ("relation", {"quotas": {"Север": -1}}, "quotas", Problem.OUT_OF_RANGE),
        ("relation", {"sometimes": 1}, "sometimes", Problem.UNKNOWN),
        ("delivery", {"is_on": True}, "branches", Problem.NO_BRANCH),
    ],
)
def test_what_is_wrong_is_said_field_by_field(touchpoint, wished, field, problem):
    with pytest.raises(WrongCadence) as wrong:
        parse({touchpoint: wished}, SurveyKind.OWN)
    assert wrong.value.problems == {f"{touchpoint}.{field}": problem}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["relation", "visit", "quotas", "weekdays", "segment", "branches", "daily_limit", "is_on"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=10,
    )
)
@settings(max_examples=50)
def test_any_json_is_rules_or_a_list_of_problems(raw):
    try:
        rules = parse(raw, SurveyKind.OWN)
    except WrongCadence as wrong:
        assert wrong.problems
    else:
        assert parse(as_json(rules), SurveyKind.OWN) == rules
