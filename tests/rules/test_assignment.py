"""Whose work a case is: who is there, of that branch, below the cap, in turn or with the least; who waits first."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.assignment import Mode, Operator, Rules, Waiting, as_json, choose, in_order, parse
from messaging.flaws import Flaw, Unfit
from storage.kinds import Role, Urgency

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def operator(number: int, **more) -> Operator:
    return Operator(UUID(int=number), Role.OPERATOR, "", True, 0, None)._replace(**more)


def case(number: int = 1, **more) -> Waiting:
    return Waiting(UUID(int=number), "", Urgency.TODAY, False, NOON)._replace(**more)


ANNA, BORIS, VERA = operator(1), operator(2), operator(3)


def test_nobody_who_went_home_gets_a_case():
    assert choose(case(), [ANNA._replace(is_online=False)], Rules()) is None
    assert choose(case(), [ANNA._replace(is_online=False), BORIS], Rules()) == BORIS.id


def test_a_branch_is_served_by_its_own_people_and_by_those_of_all_branches():
    mine, theirs = ANNA._replace(branch="Арбат"), BORIS._replace(branch="Омск")
    assert choose(case(branch="Омск"), [mine, theirs], Rules()) == theirs.id
    assert choose(case(branch="Тверь"), [mine, theirs], Rules()) is None
    assert choose(case(branch="Тверь"), [mine, VERA], Rules()) == VERA.id


def test_above_the_cap_nothing_more_is_given():
    assert choose(case(), [ANNA._replace(open_cases=3)], Rules(cap=3)) is None
    assert choose(case(), [ANNA._replace(open_cases=2)], Rules(cap=3)) == ANNA.id


def test_in_turn_it_is_who_waited_longest_for_one_and_else_who_has_least():
    busy = ANNA._replace(open_cases=5, given_at=NOON - timedelta(hours=2))
    free = BORIS._replace(open_cases=1, given_at=NOON)
    assert choose(case(), [busy, free], Rules(Mode.ROUND_ROBIN)) == busy.id
    assert choose(case(), [busy, free], Rules(Mode.LEAST_OPEN)) == free.id


def test_an_owner_with_the_console_open_comes_after_the_operators():
    owner = ANNA._replace(role=Role.OWNER)
    assert choose(case(), [owner, BORIS._replace(open_cases=9)], Rules()) == BORIS.id
    assert choose(case(), [owner], Rules()) == owner.id


def test_who_let_it_lie_does_not_get_it_again():
    assert choose(case(had_by=[ANNA.id]), [ANNA], Rules()) is None
    assert choose(case(had_by=[ANNA.id]), [ANNA, BORIS], Rules()) == BORIS.id


def test_urgent_ones_and_key_customers_come_first_then_the_longest_wait():
    old, new = case(1, since=NOON - timedelta(hours=1)), case(2)
    key, urgent = case(3, is_key=True), case(4, urgency=Urgency.NOW)
    both = case(5, is_key=True, urgency=Urgency.NOW)
    assert [one.id.int for one in in_order([old, new, key, urgent, both])] == [5, 3, 4, 1, 2]


def shared_out(waiting: list[Waiting], operators: list[Operator], rules: Rules) -> dict[UUID, UUID]:
    """As the clock does it: one after another, each with the staff as they are by then."""
    staff = {one.id: one for one in operators}
    given_out = {}
    for one in in_order(waiting):
        if (chosen := choose(one, staff.values(), rules)) is not None:
            given_out[one.id] = chosen
            staff[chosen] = staff[chosen]._replace(open_cases=staff[chosen].open_cases + 1, given_at=NOON)
    return given_out


_operators = st.lists(
    st.builds(
        Operator,
        st.uuids(),
        st.sampled_from([Role.OPERATOR, Role.ADMIN, Role.OWNER]),
        st.sampled_from(["", "Арбат", "Омск"]),
        st.booleans(),
        st.integers(0, 4),
        st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)
_waiting = st.lists(
    st.builds(
        Waiting,
        st.uuids(),
        st.sampled_from(["", "Арбат", "Омск"]),
        st.sampled_from(Urgency),
        st.booleans(),
        st.datetimes(timezones=st.just(UTC)),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


@given(_waiting, _operators, st.sampled_from(Mode), st.integers(1, 5))
@settings(max_examples=50)
def test_whatever_comes_is_shared_within_the_rules_and_nothing_that_somebody_could_have_is_left(
    waiting, operators, mode, cap
):
    rules = Rules(mode, cap)
    given_out = shared_out(waiting, operators, rules)
    staff = {one.id: one for one in operators}
    after = {one.id: one.open_cases + list(given_out.values()).count(one.id) for one in operators}
    for one in waiting:
        who = staff.get(given_out[one.id]) if one.id in given_out else None
        if who is None:
            able = [
                op for op in operators if op.is_online and (not op.branch or not one.branch or op.branch == one.branch)
            ]
            assert all(after[op.id] >= cap for op in able)
        else:
            assert who.is_online
            assert not who.branch or not one.branch or who.branch == one.branch
    assert all(after[one.id] <= max(cap, one.open_cases) for one in operators)


def test_kept_rules_come_back_the_same_and_wrong_ones_are_said():
    own = Rules(Mode.LEAST_OPEN, 3, 20)
    assert parse(as_json(own)) == own
    assert parse({}) == Rules()
    with pytest.raises(Unfit) as refused:
        parse({"mode": "random", "cap": 0, "return_minutes": "x"})
    assert refused.value.flaws == {
        "mode": Flaw.NO_SUCH_CHOICE,
        "cap": Flaw.OUT_OF_RANGE,
        "return_minutes": Flaw.NOT_A_NUMBER,
    }
