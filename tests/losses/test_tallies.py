"""What an engine counts is what the definitions say: each is worked out once more here, slowly and one by one."""

from datetime import UTC, date, datetime
from itertools import pairwise
from math import log
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from insights.tallies import NANO, NONE, Checks, CohortMonth, Counted, Days, LinesBuilder, Pair, Pairs, Sums, Week
from tests.losses.drawn import ENGINES, TODAY, Line, columns, lines_of_purchases

each_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
drawn = given(lines=lines_of_purchases)
bounded = settings(max_examples=50, deadline=None)
YEAR, BEFORE = TODAY - 365, TODAY - 730


def net(line: Line) -> int:
    return line[4] - line[5]


def of(lines: list[Line], customer: int) -> list[Line]:
    return sorted((line for line in lines if line[0] == customer), key=lambda line: (line[2], line[1]))


def customers_of(lines: list[Line]) -> list[int]:
    return sorted({line[0] for line in lines})


def visits(lines: list[Line], customer: int) -> list[int]:
    return sorted({line[2] for line in lines if line[0] == customer and line[4] > 0})


def orders(lines: list[Line]) -> list[tuple[int, int, int]]:
    """Of each that counts: customer, day, net."""
    found: dict[object, list[Line]] = {}
    for place, line in enumerate(lines):
        found.setdefault((line[0], line[3]) if line[3] != NONE else place, []).append(line)
    told = [(group[0][0], min(line[2] for line in group), sum(map(net, group))) for group in found.values()]
    return [order for order in told if order[2] > 0]


def month(day: int) -> int:
    when = datetime.fromordinal(day)
    return when.year * 12 + when.month - 1


@each_engine
@drawn
@bounded
def test_each_customer_is_told_as_defined(engine, lines):
    told = engine(columns(lines), TODAY).customers()
    assert list(told.code) == customers_of(lines)
    for place, customer in enumerate(told.code):
        theirs, days = of(lines, customer), visits(lines, customer)
        bought = [line for line in theirs if line[4] > 0]
        gaps = [later - sooner for sooner, later in pairwise(days)]
        checks = [(day, value) for who, day, value in orders(lines) if who == customer]
        assert told.visits[place] == len(days)
        assert told.orders[place] == len(checks)
        assert told.revenue_minor[place] == sum(map(net, theirs))
        assert told.returned_minor[place] == sum(line[5] + max(-line[4], 0) for line in theirs)
        assert (told.first_day[place], told.last_day[place]) == ((days[0], days[-1]) if days else (0, 0))
        assert told.second_day[place] == (days[1] if len(days) > 1 else 0)
        assert told.ln_gap_nano[place] == sum(round(log(gap) * NANO) for gap in gaps)
        assert told.ln_gap_square_nano[place] == sum(round(log(gap) ** 2 * NANO) for gap in gaps)
        assert told.gap_median_halves[place] == (2 * median(gaps) if gaps else 0)
        assert told.visits_year[place] == sum(day > YEAR for day in days)
        assert told.visits_year_before[place] == sum(BEFORE < day <= YEAR for day in days)
        assert told.orders_year[place] == sum(day > YEAR for day, _ in checks)
        assert told.orders_year_before[place] == sum(BEFORE < day <= YEAR for day, _ in checks)
        assert told.revenue_year_minor[place] == sum(net(line) for line in theirs if line[2] > YEAR)
        assert told.revenue_year_before_minor[place] == sum(net(line) for line in theirs if BEFORE < line[2] <= YEAR)
        assert told.favourite_service[place] == favourite(bought)
        assert told.last_branch[place] == next((line[7] for line in reversed(bought) if line[7] != NONE), NONE)
        assert told.last_seller[place] == next((line[8] for line in reversed(bought) if line[8] != NONE), NONE)


def favourite(bought: list[Line]) -> int:
    days = {line[6]: {other[2] for other in bought if other[6] == line[6]} for line in bought if line[6] != NONE}
    return max(days, key=lambda service: (len(days[service]), max(days[service]), -service), default=NONE)


@each_engine
@drawn
@bounded
def test_cohorts_are_told_as_defined_and_keep_every_coin(engine, lines):
    told = engine(columns(lines), TODAY).cohorts()
    assert sum(row.revenue_minor for row in told) == sum(map(net, lines))
    first = {customer: visits(lines, customer)[:1] for customer in customers_of(lines)}
    cohort = {customer: month(days[0]) if days else NONE for customer, days in first.items()}
    expected = []
    for key in sorted({(cohort[line[0]], month(line[2])) for line in lines}):
        here = [line for line in lines if (cohort[line[0]], month(line[2])) == key]
        days = {(line[0], line[2]) for line in here if line[4] > 0}
        begun = sum((cohort[who], month(day)) == key for who, day, _ in orders(lines))
        returned = sum(line[5] + max(-line[4], 0) for line in here)
        people = len({who for who, _ in days})
        expected.append(CohortMonth(*key, people, len(days), begun, sum(map(net, here)), returned))
    assert list(told) == expected


@each_engine
@drawn
@bounded
def test_weeks_and_checks_are_told_as_defined(engine, lines):
    ours = engine(columns(lines), TODAY)
    days = {(line[0], line[2]) for line in lines if line[4] > 0}
    counted = orders(lines)

    def monday(day: int) -> int:
        return day - datetime.fromordinal(day).weekday()

    assert list(ours.weeks()) == [
        Week(
            week,
            sum(monday(day) == week for _, day in days),
            sum(monday(day) == week for _, day, _ in counted),
            sum(net(line) for line in lines if monday(line[2]) == week),
        )
        for week in sorted({monday(line[2]) for line in lines})
    ]
    for since in (None, YEAR + 1):
        nets = [value for _, day, value in counted if since is None or day >= since]
        assert ours.checks(since) == Checks(
            len(nets), sum(nets), sum(value**2 for value in nets), 2 * median(nets) if nets else 0
        )


@each_engine
@drawn
@bounded
def test_services_branches_and_sellers_are_told_as_defined_and_keep_every_coin(engine, lines):
    ours = engine(columns(lines), TODAY)
    for told, column in ((ours.services(), 6), (ours.branches(), 7), (ours.sellers(), 8)):
        assert sum(sums.revenue_minor for sums in told) == sum(map(net, lines))
        assert list(told) == [sums_of(lines, column, code) for code in sorted({line[column] for line in lines})]


def sums_of(lines: list[Line], column: int, code: int) -> Sums:
    all_of_it = [(place, line) for place, line in enumerate(lines) if line[column] == code]
    here = [line for _, line in all_of_it]
    bought = [line for line in here if line[4] > 0]
    days = {customer: {line[2] for line in bought if line[0] == customer} for customer in {one[0] for one in bought}}
    ordered = {(line[0], line[3]) if line[3] != NONE else place for place, line in all_of_it if line[4] > 0}
    return Sums(
        code,
        len(bought),
        len(days),
        sum(len(each) > 1 for each in days.values()),
        len(ordered),
        sum(map(net, here)),
        sum(line[5] + max(-line[4], 0) for line in here),
        sum(line[2] > YEAR for line in bought),
        len({line[0] for line in bought if line[2] > YEAR}),
        sum(net(line) for line in here if line[2] > YEAR),
        sum(BEFORE < line[2] <= YEAR for line in bought),
        sum(net(line) for line in here if BEFORE < line[2] <= YEAR),
    )


@each_engine
@drawn
@bounded
def test_services_of_first_and_last_visits_are_told_as_defined(engine, lines):
    ours, who = engine(columns(lines), TODAY), customers_of(lines)
    chosen, flags = [customer != 1 for customer in who], [customer % 2 == 0 for customer in who]
    for told, visit in ((ours.first_services(chosen, flags), 0), (ours.last_services(chosen, flags), -1)):
        at = {customer: visits(lines, customer)[visit] for customer in who if visits(lines, customer)}
        seen = {(line[6], line[0]) for line in lines if line[6] != NONE and line[4] > 0 and line[2] == at[line[0]]}
        seen = {(service, customer) for service, customer in seen if customer != 1}
        assert list(told) == [
            Counted(
                service,
                sum(one == service for one, _ in seen),
                sum(one == service and customer % 2 == 0 for one, customer in seen),
            )
            for service in sorted({service for service, _ in seen})
        ]


@each_engine
@drawn
@bounded
def test_sequences_are_counted_by_the_first_visit_that_was_followed_by_another(engine, lines):
    ours, among, within = engine(columns(lines), TODAY), (0, 1, 2), 9
    found: dict[int, tuple[set[int], dict[int, int]]] = {}
    for customer in customers_of(lines):
        days = visits(lines, customer)
        followed = [day for day in days if day <= TODAY - within and any(day < other <= day + within for other in days)]
        if followed:
            bought = [(line[6], line[2] - followed[0]) for line in of(lines, customer) if line[4] > 0]
            later = [(service, lag) for service, lag in bought if service in among and 0 < lag <= within]
            found[customer] = (
                {service for service, lag in bought if service in among and lag == 0},
                {service: min(lag for other, lag in later if other == service) for service, _ in later},
            )
    lags = {
        (a, b): [later[b] for now, later in found.values() if a in now and b in later]
        for a in among
        for b in among
        if a != b
    }
    told = ours.sequences(within, among, 1)
    assert told == Pairs(
        len(found),
        told_of({service: sum(service in now for now, _ in found.values()) for service in among}),
        told_of({service: sum(service in later for _, later in found.values()) for service in among}),
        [Pair(*pair, len(days), 2 * median(days)) for pair, days in sorted(lags.items()) if days],
    )
    assert ours.sequences(within, among, 2).pairs == [pair for pair in told.pairs if pair.people >= 2]


@each_engine
@drawn
@bounded
def test_what_is_bought_together_is_counted_by_the_last_visit(engine, lines):
    baskets = []
    for customer in customers_of(lines):
        if days := visits(lines, customer):
            theirs = [line for line in lines if line[0] == customer and line[2] == days[-1] and line[4] > 0]
            baskets.append({line[6] for line in theirs} & {0, 1, 2})
    bought = told_of({service: sum(service in basket for basket in baskets) for service in range(3)})
    pairs = {(a, b): sum({a, b} <= basket for basket in baskets) for a in range(3) for b in range(a + 1, 3)}
    expected = [Pair(*pair, count, 0) for pair, count in sorted(pairs.items()) if count]
    assert engine(columns(lines), TODAY).together((0, 1, 2), 1) == Pairs(len(baskets), bought, bought, expected)


def told_of(counts: dict[int, int]) -> dict[int, int]:
    return {service: count for service, count in counts.items() if count}


@each_engine
def test_of_nothing_there_is_nothing_to_tell(engine):
    ours = engine(columns([]), TODAY)
    assert (len(ours.customers()), list(ours.cohorts()), list(ours.weeks())) == (0, [], [])
    assert (ours.checks(), list(ours.services()), list(ours.first_services([], []))) == (Checks(0, 0, 0, 0), [], [])


def test_lines_are_built_of_texts_and_moments():
    builder = LinesBuilder(ZoneInfo("Europe/Moscow"))
    late = int(datetime(2026, 1, 31, 21, 30, tzinfo=UTC).timestamp())  # half past midnight, the first of February
    builder.add("Анна", late, 50_000, order="17", service="Стрижка", seller="Олег")
    builder.add("Борис", late, 70_000, 1000)
    builder.add("Анна", late, 20_000, order="17", service="Укладка")
    lines, names = builder.lines(), builder.names()
    assert (list(lines.customer), list(lines.order), list(lines.service)) == ([0, 1, 0], [0, NONE, 0], [0, NONE, 1])
    assert list(lines.day) == [date(2026, 2, 1).toordinal()] * 3
    assert (names.customers, names.services, names.sellers) == (["Анна", "Борис"], ["Стрижка", "Укладка"], ["Олег"])


def test_many_lines_at_once_are_the_same_as_one_by_one(monkeypatch):
    monkeypatch.setattr(LinesBuilder, "AT_ONCE", 2)
    rows = [
        ("Анна", 1_772_323_200, 50_000, 0, "17", "Стрижка", "", "Олег"),
        ("Борис", 1_741_219_200, 70_000, 1000, "", "", "Центр", ""),
        ("Анна", 1_741_132_800, 20_000, 0, "17", "Укладка", "", "Олег"),
    ]
    singly, together = LinesBuilder(ZoneInfo("Europe/Moscow")), LinesBuilder(ZoneInfo("Europe/Moscow"))
    for row in rows:
        singly.add(*row)
    together.add_all(iter(rows))
    assert (together.lines(), together.names()) == (singly.lines(), singly.names())


def test_a_day_is_local_also_where_the_clock_is_changed():
    berlin = ZoneInfo("Europe/Berlin")
    days = Days(berlin)
    for hour in range(24 * 4):
        at = int(datetime(2026, 10, 24, tzinfo=UTC).timestamp()) + hour * 3600
        assert days(at) == datetime.fromtimestamp(at, berlin).toordinal()
