"""Segments: their versions, and their rules in SQL against the plain Python of naive_segments, on both engines."""

from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from loyalty.programme import KEY
from loyalty.rules import Rules, Tier, as_json
from messaging import saved_segments
from messaging.saved_segments import Refused
from messaging.segment_fields import FIELDS, Kind
from messaging.segments import parse
from storage.columns import new_id, row_of, table_of
from storage.kinds import Gender, LifecycleStage, Role
from storage.models import Customer, CustomerStats, Purchase, Staff
from storage.segments.fields import FIELDS as SOURCES
from storage.segments.fields import Moment
from tests.queries import naive_segments as naive

MOMENT = Moment(naive.NOW, naive.ZONE)
EVERYONE = {"all": []}


def put(store, rows) -> None:
    for row in rows:
        store.connection.execute(insert(table_of(type(row))).values(row_of(row)))


def found(store, rules) -> set:
    return set(store.segments.page(rules, MOMENT, 1000))


def for_all(store, check, **strategies) -> None:
    """A property over the store: what one example wrote is gone before the next."""

    # Without shrinking: rules are small as they are, and it would go on for minutes.
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(**strategies)
    def run(**values) -> None:
        with store.connection.begin_nested() as savepoint:
            put(store, naive.common_rows())
            check(**values)
            savepoint.rollback()

    run()


PEOPLE = st.lists(naive.people(), min_size=1, max_size=6)
SETS = st.lists(naive.rules, min_size=1, max_size=12)


async def test_rules_find_whom_a_reader_of_the_rules_would_find(database):
    def run(store) -> None:
        def check(people, sets) -> None:
            put(store, [row for person in people for row in person.rows()])
            expected = [{p.customer.id for p in people if naive.is_in(p, rules)} for rules in sets]
            assert [found(store, rules) for rules in sets] == expected
            assert store.segments.counts(sets, MOMENT) == [len(members) for members in expected]

        for_all(store, check, people=PEOPLE, sets=SETS)

    await database.write(run)


async def test_a_not_is_all_the_others_and_twice_is_the_same_again(database):
    def run(store) -> None:
        def check(people, rules) -> None:
            put(store, [row for person in people for row in person.rows()])
            inside, outside = found(store, rules), found(store, {"not": rules})
            assert inside.isdisjoint(outside)
            assert inside | outside == found(store, EVERYONE)
            assert found(store, {"not": {"not": rules}}) == inside

        for_all(store, check, people=PEOPLE, rules=naive.rules)

    await database.write(run)


async def test_every_customer_is_in_exactly_one_stage(database):
    def run(store) -> None:
        def check(people) -> None:
            put(store, [row for person in people for row in person.rows()])
            sets = [{"field": "stage", "is": "any_of", "value": [stage.value]} for stage in LifecycleStage]
            *stages, everyone = store.segments.counts([*sets, EVERYONE], MOMENT)
            assert sum(stages) == everyone

        for_all(store, check, people=PEOPLE)

    await database.write(run)


def test_every_field_that_can_be_asked_has_its_place_in_the_tables():
    assert SOURCES.keys() == FIELDS.keys()


async def test_whatever_the_base_holds_can_be_chosen(database):
    def run(store) -> dict:
        put(store, naive.common_rows())
        put(store, [Customer(id=OWN, city="Казань", source="qr", created_at=naive.NOW)])
        put(store, [Customer(city="", created_at=naive.NOW)])
        put(store, [bought(product="Латте", branch="Центр", seller="Ира")])
        tiers = as_json(Rules(tiers=(Tier(slug="silver", name="Серебро", percent=7, from_minor=1),)))
        store.business.change(KEY, tiers, None, naive.NOW)
        listed = [one.key for one in FIELDS.values() if one.kind in (Kind.TEXT, Kind.BOUGHT)]
        return {key: {name for _, name in store.segments.known_values(key, 10)} for key in listed}

    assert await database.write(run) == {
        "city": {"Казань"},
        "source": {"qr"},
        "import": {"f.csv"},
        "product": {"Латте"},
        "category": {"Кофе", "Сладкое"},
        "branch": {"Центр"},
        "seller": {"Ира"},
        "likes": {"coffee", "tea"},
        "tier": {"Серебро"},
    }


OWN = new_id()
WOMEN = {
    "all": [
        {"field": "gender", "is": "any_of", "value": ["female"]},
        {"any": [
            {"field": "visits", "is": "at_least", "value": 2},
            {"not": {"field": "product", "is": "ever", "value": ["Латте"]}},
        ]},
    ]
}  # fmt: skip


def bought(**more) -> Purchase:
    return Purchase(customer_id=OWN, at=naive.NOW - timedelta(days=1), amount_minor=100, **more)


def woman(store, visits: int = 3) -> None:
    put(store, [Customer(id=OWN, gender=Gender.FEMALE, created_at=naive.NOW)])
    put(store, [CustomerStats(customer_id=OWN, visits=visits, last_day=naive.TODAY.toordinal())])
    put(store, [bought(product="Латте")])


async def test_reasons_are_the_values_that_the_conditions_saw(database):
    def run(store):
        woman(store)
        return store.segments.facts(WOMEN, [OWN], MOMENT)[OWN], store.segments.is_in(OWN, WOMEN, MOMENT)

    facts, is_in = await database.write(run)
    assert is_in
    assert [(fact.is_met, fact.value) for fact in facts] == [(True, "female"), (True, 3), (True, date(2026, 2, 27))]


async def test_one_customer_is_asked_about_alone(database):
    def run(store):
        woman(store, visits=1)
        other = Customer(gender=Gender.FEMALE, created_at=naive.NOW)
        put(store, [other])
        return [store.segments.is_in(one, WOMEN, MOMENT) for one in (OWN, other.id, new_id())]

    assert await database.write(run) == [False, True, False]


async def test_members_come_newest_first_page_by_page_and_a_sample_from_all_of_them(database):
    def run(store):
        people = [Customer(created_at=naive.NOW) for _ in range(23)]
        people[3].erased_at = naive.NOW
        put(store, people)
        ids = [one.id for one in people if not one.erased_at]
        first = store.segments.page(EVERYONE, MOMENT, 20)
        assert first + store.segments.page(EVERYONE, MOMENT, 20, before=first[-1]) == ids[::-1]
        assert store.segments.sample(EVERYONE, MOMENT, 22, 5) == ids[::4][:5]
        assert store.segments.sample(EVERYONE, MOMENT, 22, 50) == ids
        assert store.segments.sample({"not": EVERYONE}, MOMENT, 0, 5) == []
        assert store.segments.everyone() == 22

    await database.write(run)


# --- versions


def marketer(store) -> Staff:
    staff = Staff(login="m", name="М", role=Role.MARKETER, created_at=naive.NOW)
    store.staff.add(staff)
    return staff


TWICE = parse({"field": "visits", "is": "at_least", "value": 2})
MEMBERS = parse({"field": "member", "is": "yes"})


async def test_each_change_is_a_version_and_an_earlier_one_comes_back_as_the_newest(database):
    def run(store):
        staff = marketer(store)
        one = saved_segments.create(store, "Дважды", TWICE, staff, naive.NOW)
        saved_segments.change(store, one.id, 1, "С картой", MEMBERS, staff, naive.NOW)
        saved_segments.change(store, one.id, 2, "С картой", MEMBERS, staff, naive.NOW)
        saved_segments.restore(store, one.id, 1, staff, naive.NOW)
        saved_segments.archive(store, one.id, True, staff, naive.NOW)
        assert [(v.version, v.name, v.is_archived) for v in store.segments.versions(one.id)] == [
            (4, "Дважды", True),
            (3, "Дважды", False),
            (2, "С картой", False),
            (1, "Дважды", False),
        ]
        assert [v.version for v in store.segments.all()] == [4]
        assert store.segments.get(one.id, 2).rules == {"field": "member", "is": "yes"}

    await database.write(run)


async def test_who_changed_an_older_version_than_the_newest_overwrites_nothing(database):
    def run(store):
        staff = marketer(store)
        one = saved_segments.create(store, "Дважды", TWICE, staff, naive.NOW)
        saved_segments.change(store, one.id, 1, "Иначе", TWICE, staff, naive.NOW)
        late = saved_segments.change(store, one.id, 1, "По-своему", MEMBERS, staff, naive.NOW)
        assert late is Refused.STALE
        assert store.segments.get(one.id).name == "Иначе"
        assert not store.segments.add(one)
        assert saved_segments.change(store, new_id(), 1, "Нет", TWICE, staff, naive.NOW) is Refused.GONE

    await database.write(run)
