"""Whom may be written to: lists, counts, segments and the sender itself give one answer, on both engines."""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from messaging.consent import Refusal, WriteFacts, may_write
from storage.columns import row_of, table_of
from storage.kinds import MessageKind
from storage.quality import Mark
from storage.reach import NOWHERE
from storage.segments.fields import Moment
from tests.queries import naive_segments as naive

MANY = 100
NEVER = {Refusal.UNREACHABLE, Refusal.DATA_WITHDRAWN}


def segment(store, field: str, said: str) -> set:
    return set(store.segments.page({"all": [{"field": field, "is": said}]}, Moment(naive.NOW, naive.ZONE), MANY))


def refusals(store, person, kind: MessageKind) -> list[Refusal | None]:
    """What the sender would say of each of their chats, were they neither toxic nor complaining."""
    said = []
    for place in person.places:
        row = store.consents.facts(place.bot_id, [place.user_id])[place.user_id]
        facts = WriteFacts(row.customer_id, row.reach, row.personal_data, row.advertising, has_open_case=False)
        said.append(may_write(facts, kind, naive.NOW))
    return said


def for_all(store, check) -> None:
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(people=st.lists(naive.people(), min_size=1, max_size=6))
    def run(people) -> None:
        with store.connection.begin_nested() as savepoint:
            for row in [*naive.common_rows(), *(row for person in people for row in person.rows())]:
                store.connection.execute(insert(table_of(type(row))).values(row_of(row)))
            check([person for person in people if person.customer.erased_at is None])
            savepoint.rollback()

    run()


async def test_whoever_can_be_reached_is_so_for_everybody_who_asks(database):
    def unit(store) -> None:
        def check(people) -> None:
            sent = {p.customer.id for p in people if set(refusals(store, p, MessageKind.RECEIPT)) - NEVER}
            assert segment(store, "reachable", "yes") == sent
            unreached = {p.customer.id for p in people} - sent
            assert set(store.quality.page(Mark.REACHABLE, naive.NOW, MANY)) == unreached
            assert store.reach.customers().get(NOWHERE, 0) == len(unreached)

        for_all(store, check)

    await database.write(unit)


async def test_a_yes_to_advertising_is_one_for_everybody_who_asks(database):
    def unit(store) -> None:
        def check(people) -> None:
            agreed = segment(store, "advertising", "yes")
            lacking = set(store.quality.page(Mark.ADVERTISING, naive.NOW, MANY))
            assert lacking == {p.customer.id for p in people} - agreed
            for person in people:
                if None in refusals(store, person, MessageKind.BROADCAST):
                    assert person.customer.id in agreed

        for_all(store, check)

    await database.write(unit)
