"""Two records become one and, within thirty days, two again: nothing is lost, nothing doubles, nobody is overruled."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from messaging import cases
from messaging.cases import Desk
from messaging.messages import Address
from messaging.people import Conflict, Merged, Refused, Undone, judge, merge, preview, undo
from storage.columns import new_id, row_of
from storage.kinds import (
    AuditAction,
    CaseCause,
    CaseOrigin,
    Channel,
    ConsentAction,
    ConsentPurpose,
    DeliveryState,
    FieldOrigin,
    FlagKind,
    FlagState,
    Language,
    ProfileAnswer,
    ProfileField,
    PurchaseSource,
    Urgency,
)
from storage.models import (
    METADATA,
    Bot,
    Consent,
    Customer,
    CustomerKey,
    DuplicatePair,
    Purchase,
)
from tests.people.lives import DAY, NOON, everything, live, message, two_lives
from tests.rows import overwrite

HISTORY = ("customer_merge", "audit_entry")
UNLIKE = (*HISTORY, "duplicate_pair")
"""What is not as it was after an undoing: the history goes on, and the job finds again who is alike."""


@pytest.fixture
async def pair(database):
    """(the kept one's id, the gone one's, the owner)"""
    return await database.write(two_lives)


async def joined(database, pair, now=NOON) -> Merged:
    kept, gone, owner = pair
    merged = await database.write(lambda store: merge(store, kept, gone, owner, now))
    assert isinstance(merged, Merged)
    return merged


async def parted(database, merged, now=NOON):
    return await database.write(lambda store: undo(store, merged.merge_id, None, now))


# --- exactly there and back


@pytest.mark.parametrize("is_better_gone", [False, True])
async def test_a_merge_takes_no_tier_away_and_its_undoing_gives_each_their_own_back(database, pair, is_better_gone):
    better, other = pair[1::-1] if is_better_gone else pair[:2]
    held = ("gold", NOON - DAY, NOON + DAY)
    await database.write(lambda store: store.members.set_tier(better, *held))
    await database.write(lambda store: store.members.set_tier(other, "", NOON, None))

    async def standing(customer_id):
        member = await database.read(lambda store: store.points.membership(customer_id))
        return member.tier, member.tier_since, member.tier_until

    merged = await joined(database, pair)
    assert await standing(pair[0]) == held
    assert isinstance(await parted(database, merged), Undone)
    assert (await standing(better), await standing(other)) == (held, ("", NOON, None))


@pytest.mark.parametrize("turned", [False, True])
async def test_after_a_merge_and_its_undoing_every_table_is_as_it_was(database, pair, turned):
    before = await database.read(lambda store: everything(store, *UNLIKE))
    kept, gone, owner = pair
    pair = (gone, kept, owner) if turned else pair
    merged = await joined(database, pair)
    assert await database.read(lambda store: everything(store, *UNLIKE)) != before
    assert isinstance(await parted(database, merged), Undone)
    assert await database.read(lambda store: everything(store, *UNLIKE)) == before


async def test_a_merge_with_somebody_whom_only_a_chat_knows_goes_there_and_back_too(database, pair):
    stranger = await database.write(lambda store: store.customers.add("vk:2", "9", "", Language.EN, NOON))
    before = await database.read(lambda store: everything(store, *UNLIKE))
    for other in ((pair[0], stranger.id, pair[2]), (stranger.id, pair[0], pair[2])):
        await parted(database, await joined(database, other))
        assert await database.read(lambda store: everything(store, *UNLIKE)) == before


async def test_nothing_knows_the_gone_record_any_more_and_no_row_is_lost(database, pair):
    before = await database.read(everything)
    await joined(database, pair)
    after = await database.read(everything)
    gone = pair[1]
    one_each = (
        *("customer", "membership", "topic_choice", "profile_question", "second_channel"),
        *("entry_join", "referral_code", "referral", "customer_tag", "till_alert"),
    )
    set_aside = dict.fromkeys((*one_each, "customer_stats", "today_action", "duplicate_pair"), 1)
    set_aside["customer_field"] = 2  # a name and a city
    set_aside["promo_counter"] = 1  # both used one campaign: it is one customer's count now
    for name, rows in before.items():
        more = {"customer_key": 2, "audit_entry": 1, "customer_merge": 1}.get(name, 0)  # a card and a code for friends
        assert len(after[name]) == len(rows) - set_aside.get(name, 0) + more, name
    for name, rows in after.items():
        if name not in HISTORY:
            assert not any(gone in row.values() for row in rows), name


async def test_the_steps_are_forgotten_when_they_can_serve_no_more(database, pair):
    merged = await joined(database, pair)
    assert await database.write(lambda store: store.people.forget_old_steps(NOON + 30 * DAY)) == 0
    assert await database.write(lambda store: store.people.forget_old_steps(NOON + 31 * DAY)) == 1
    assert await database.write(lambda store: store.people.forget_old_steps(NOON + 31 * DAY)) == 0
    assert (await database.read(lambda store: store.people.merge(merged.merge_id))).moved == []


# --- what wins


async def test_points_add_up_and_both_cards_work(database, pair):
    kept, _gone, _ = pair
    await joined(database, pair)
    assert await database.read(lambda store: store.points.balance(kept, NOON).available) == 10
    for number in ("123456782", "876543219"):
        assert await database.read(lambda store, number=number: store.directory.by_card(number)) == kept
    member = await database.read(lambda store: store.points.membership(kept))
    assert (member.card_number, member.joined_at) == ("123456782", NOON - 30 * DAY)


async def test_a_proven_phone_beats_a_typed_one_and_something_beats_nothing(database, pair):
    kept, gone, _ = pair

    def prove(store):
        other = store.customers.get(gone)
        other.is_phone_verified = True
        mine = store.customers.get(kept)
        mine.city, mine.birthday_month, mine.birthday_day = None, None, None
        overwrite(store, other)
        overwrite(store, mine)

    await database.write(prove)
    seen = await database.read(lambda store: preview(store, kept, gone, NOON))
    merged = await joined(database, pair)
    assert merged.kept == seen.result
    assert (merged.kept.name, merged.kept.phone, merged.kept.city) == ("name one", "+7two", "city two")
    assert merged.kept.is_phone_verified and merged.kept.birthday_month == 3
    assert {"phone", "city", "birthday_month"} <= seen.taken and "name" not in seen.taken


async def test_who_told_a_field_goes_with_the_value_that_stays(database):
    """The gone record was told everything later, but its name and phone are not what the one record is called by."""

    def unit(store):
        kept, gone = (store.customers.add("telegram:1", user, "Olga", Language.RU, NOON) for user in "12")
        kept.phone, kept.is_phone_verified, gone.phone, gone.city = "+79160000001", True, "+79160000002", "Казань"
        gone.name, gone.birthday_month, gone.birthday_day = "Ольга П.", 3, 2
        for one, origin, at in ((kept, FieldOrigin.MESSENGER, NOON), (gone, FieldOrigin.IMPORT, NOON + DAY)):
            overwrite(store, one)
            for field in ("name", "phone", "city", "birthday"):
                if one is gone or field in ("name", "phone"):
                    store.fields.note(one.id, field, origin, at)
        assert isinstance(merge(store, kept.id, gone.id, None, NOON + DAY), Merged)
        return store.fields.of(kept.id)

    await database.write(lambda store: store.bots.register(Bot(id="telegram:1", channel=Channel.TELEGRAM)))
    fields = await database.write(unit)
    assert {name: one.origin for name, one in fields.items()} == {
        "name": FieldOrigin.MESSENGER,
        "phone": FieldOrigin.MESSENGER,
        "city": FieldOrigin.IMPORT,
        "birthday": FieldOrigin.IMPORT,
    }


async def test_a_look_says_what_there_is_and_changes_nothing(database, pair):
    kept, gone, _ = pair
    before = await database.read(everything)
    seen = await database.read(lambda store: preview(store, kept, gone, NOON))
    assert (seen.conflict, seen.balance, seen.kept.balance) == (None, 10, 5)
    assert seen.gone.counts["purchase"] == 1 and seen.gone.has_open_case
    assert seen.gone.cards == ["876543219"]
    assert await database.read(everything) == before
    assert await database.read(lambda store: preview(store, kept, new_id(), NOON)) is None


async def test_one_open_case_is_left_and_has_both_ones_unread_words(database, pair):
    kept, *_ = pair
    await joined(database, pair)
    found = await database.read(lambda store: store.cases.of_customer(kept, 9))
    assert [one.closed_at is None for one in found] == [False, True]
    assert (found[1].unread, found[1].due_at) == (2, NOON - 29 * DAY)
    alerts = await database.read(lambda store: everything(store)["outbox_message"])
    assert {row["case_id"] for row in alerts if row["case_id"]} == {found[1].id}


async def test_the_case_that_a_person_has_stays_open(database, pair):
    kept, gone, owner = pair

    def take(store):
        cases.take(store, store.cases.open_for(gone).id, owner, NOON)

    await database.write(take)
    await joined(database, pair)
    assert (await database.read(lambda store: store.cases.open_for(kept))).taken_by == owner.id


async def test_whoever_waited_longer_goes_on_waiting_since_then(database, pair):
    kept, gone, _ = pair
    moments = {kept: NOON - DAY, gone: NOON - 2 * DAY}

    def wait(store):
        for customer_id, since in moments.items():
            case = store.cases.open_for(customer_id)
            case.waiting_since, case.next_due_at, case.resolve_due_at = since, since + DAY, None
            store.cases.save(case)

    await database.write(wait)
    await joined(database, pair)
    case = await database.read(lambda store: store.cases.open_for(kept))
    assert (case.waiting_since, case.next_due_at, case.resolve_due_at) == (NOON - 2 * DAY, NOON - DAY, None)


async def test_one_question_is_open_at_the_most(database, pair):
    kept, gone, _ = pair

    def ask(store):
        store.preferences.ask(kept, ProfileField.CITY, NOON)
        store.preferences.ask(gone, ProfileField.BIRTHDAY, NOON)

    await database.write(ask)
    before = await database.read(lambda store: everything(store, *UNLIKE))
    merged = await joined(database, pair)
    assert (await database.read(lambda store: store.preferences.open_question(kept))).field is ProfileField.CITY
    questions = await database.read(lambda store: store.preferences.questions(kept))
    assert questions[ProfileField.BIRTHDAY].answer is ProfileAnswer.SKIPPED
    await parted(database, merged)
    assert await database.read(lambda store: everything(store, *UNLIKE)) == before


async def test_the_newer_survey_waits_on_and_the_older_is_over(database, pair):
    kept, *_ = pair
    await joined(database, pair)
    found = await database.read(lambda store: store.surveys.of_customer(kept, 9))
    assert [(one.comment, one.closed_at) for one in found] == [("comment two", None), ("comment one", NOON)]


async def test_a_flag_that_stands_in_both_stands_once_with_all_its_words(database, pair):
    kept, *_ = pair
    await joined(database, pair)
    standing = await database.read(lambda store: store.flags.standing(kept, FlagKind.TOXIC))
    assert [one["text"] for one in standing.evidence] == ["evidence one", "evidence two"]
    found = await database.read(lambda store: store.flags.of_customer(kept))
    assert [one.state for one in found] == [FlagState.CANDIDATE, FlagState.DISMISSED]


async def test_a_birthday_is_greeted_once(database, pair):
    """I10: both greetings waited, one of them still does."""
    kept, *_ = pair
    await joined(database, pair)
    waiting = await database.read(lambda store: store.outbox.of_customer(kept, 99))
    assert [row.state for row in waiting] == [DeliveryState.QUEUED, DeliveryState.CANCELLED]
    occasions = await database.read(lambda store: store.occasions.of_customer(kept, 9))
    assert sorted(one.occurrence[:5] for one in occasions) == ["2026", "2026 "]


async def test_a_greeting_that_has_left_stops_the_other(database, pair):
    kept, gone, _ = pair

    def send(store):
        out = METADATA.tables["outbox_message"]
        sent = out.update().where(out.c.id == message(store, gone).id).values(state=DeliveryState.SENT)
        store.connection.execute(sent)

    await database.write(send)
    await joined(database, pair)
    states = [row.state for row in await database.read(lambda store: store.outbox.of_customer(kept, 99))]
    assert states == [DeliveryState.CANCELLED, DeliveryState.SENT]


async def test_the_newer_word_about_a_topic_counts_and_at_one_moment_the_no(database, pair):
    kept, _gone, _ = pair
    await joined(database, pair)
    (choice,) = await database.read(lambda store: store.preferences.choices(kept))
    assert choice.is_on is False  # «two» switched it off ten days after «one» had switched it on


# --- consents


def says(customer_id, action: ConsentAction, at) -> Consent:
    return Consent(
        customer_id=customer_id,
        purpose=ConsentPurpose.ADVERTISING,
        action=action,
        text_version="1" * 16,
        language=Language.RU,
        bot_id="vk:2",
        evidence="event",
        at=at,
    )


@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("action", [ConsentAction.REFUSED, ConsentAction.WITHDRAWN])
async def test_a_no_in_either_is_not_overridden_by_an_older_yes(database, pair, who, action):
    kept, _gone, _ = pair
    no = says(pair[who], action, NOON - DAY)
    yes = says(pair[1 - who], ConsentAction.GIVEN, NOON - 2 * DAY)  # written down later than the «no»
    await database.write(lambda store: [store.consents.add(one) for one in (no, yes)])
    before = await database.read(lambda store: everything(store, *UNLIKE))
    merged = await joined(database, pair)
    latest = await database.read(lambda store: store.consents.latest(kept))
    assert latest[ConsentPurpose.ADVERTISING] is action
    assert len(await database.read(lambda store: store.consents.history(kept))) == 5
    await parted(database, merged)
    assert await database.read(lambda store: everything(store, *UNLIKE)) == before


@pytest.mark.parametrize("who", [0, 1])
async def test_a_merge_wakes_no_advertising_where_personal_data_were_withdrawn(database, pair, who):
    kept, *_ = pair
    chats = [("telegram:1", "user-one"), ("vk:2", "user-two")]

    def decide(store):
        for customer_id, action in ((pair[who], ConsentAction.WITHDRAWN), (pair[1 - who], ConsentAction.GIVEN)):
            at = NOON - (2 * DAY if action is ConsentAction.WITHDRAWN else DAY)
            word = says(customer_id, action, at).model_copy(update={"purpose": ConsentPurpose.PERSONAL_DATA})
            store.consents.add(word)

    await database.write(decide)
    before = await database.read(lambda store: everything(store, *UNLIKE))
    merged = await joined(database, pair)
    for bot_id, user_id in chats:
        facts = await database.read(lambda store, b=bot_id, u=user_id: store.consents.facts(b, [u])[u])
        assert facts.customer_id == kept and facts.advertising is ConsentAction.WITHDRAWN
    await parted(database, merged)
    assert await database.read(lambda store: everything(store, *UNLIKE)) == before


async def test_a_newer_yes_counts(database, pair):
    kept, gone, _ = pair
    words = [says(kept, ConsentAction.WITHDRAWN, NOON - 2 * DAY), says(gone, ConsentAction.GIVEN, NOON - DAY)]
    await database.write(lambda store: [store.consents.add(one) for one in words])
    await joined(database, pair)
    latest = await database.read(lambda store: store.consents.latest(kept))
    assert latest[ConsentPurpose.ADVERTISING] is ConsentAction.GIVEN


# --- what is refused


def customer(**fields) -> Customer:
    return Customer(created_at=NOON, **fields)


def number(value: str, kind: str = "customer") -> CustomerKey:
    return CustomerKey(kind=kind, value=value, customer_id=new_id())


@pytest.mark.parametrize(
    ("a", "b", "keys", "expected"),
    [
        ({"phone": "1", "is_phone_verified": True}, {"phone": "2", "is_phone_verified": True}, "", Conflict.PHONES),
        ({"phone": "1", "is_phone_verified": True}, {"phone": "1", "is_phone_verified": True}, "", None),
        ({"phone": "1", "is_phone_verified": True}, {"phone": "2"}, "", None),
        ({"phone": "1"}, {}, "", None),
        ({}, {}, "customer", Conflict.NUMBERS),
        ({}, {}, "card", None),
        ({}, {"erased_at": NOON}, "", Conflict.ERASED),
    ],
)
def test_two_proofs_that_differ_are_two_people(a, b, keys, expected):
    theirs = ([number("1", keys)], [number("2", keys)]) if keys else ([], [number("2")])
    assert judge(customer(**a), customer(**b), *theirs) is expected


def test_nobody_is_merged_with_themselves():
    one = customer()
    assert judge(one, one, [], []) is Conflict.SAME


async def test_a_refusal_changes_nothing(database, pair):
    kept, gone, owner = pair

    def prove(store):
        for one in (kept, gone):
            found = store.customers.get(one)
            found.is_phone_verified = True
            overwrite(store, found)

    await database.write(prove)
    before = await database.read(everything)
    for a, b, why in ((kept, gone, Conflict.PHONES), (kept, kept, Conflict.SAME), (kept, new_id(), Conflict.GONE)):
        refused = await database.write(lambda store, a=a, b=b: merge(store, a, b, owner, NOON))
        assert refused == Refused(why)
    assert await database.read(everything) == before


async def test_merged_twice_and_undone_twice_is_refused_with_the_reason(database, pair):
    kept, gone, owner = pair
    merged = await joined(database, pair)
    assert await database.write(lambda store: merge(store, kept, gone, owner, NOON)) == Refused(Conflict.GONE)
    assert await database.read(lambda store: store.people.merged_into(gone)) == kept
    await parted(database, merged)
    assert await parted(database, merged) == Refused(Conflict.UNDONE)
    assert await database.read(lambda store: store.people.merged_into(gone)) is None


async def test_after_thirty_days_it_stays_as_it_is(database, pair):
    merged = await joined(database, pair)
    assert await parted(database, merged, NOON + 30 * DAY + timedelta(seconds=1)) == Refused(Conflict.TOO_LATE)
    assert isinstance(await parted(database, merged, NOON + 30 * DAY), Undone)


async def test_the_last_merge_is_undone_first(database, pair):
    kept, _gone, owner = pair
    first = await joined(database, pair)
    third = await database.write(lambda store: live(store, "three", "telegram:1", NOON, "555555555"))
    second = await joined(database, (third.id, kept, owner))
    assert await parted(database, first) == Refused(Conflict.LATER_MERGE)
    assert isinstance(await parted(database, second), Undone)
    assert isinstance(await parted(database, first), Undone)


# --- what came later


async def test_a_merge_can_be_undone_when_somebody_whom_the_gone_one_resembled_is_there_no_more(database, pair):
    kept, gone, owner = pair

    def resemble(store):
        third = store.customers.add("vk:2", "9", "", Language.EN, NOON)
        first, second = sorted((gone, third.id))
        pairs = METADATA.tables["duplicate_pair"]
        row = DuplicatePair(first_id=first, second_id=second, reasons=["phone"], found_at=NOON)
        store.connection.execute(pairs.insert().values(row_of(row)))
        return third

    third = await database.write(resemble)
    merged = await joined(database, pair)
    await joined(database, (kept, third.id, owner), NOON + DAY)
    [second] = [
        one for one in await database.read(lambda store: store.people.merges_of(kept)) if one.id != merged.merge_id
    ]

    def lose(store):
        """As an import's undoing does; the merge of the third one is not in the way then."""
        merges = METADATA.tables["customer_merge"]
        store.connection.execute(merges.delete().where(merges.c.id == second.id))

    await database.write(lose)
    assert isinstance(await parted(database, merged, NOON + 2 * DAY), Undone)
    assert await database.read(lambda store: store.customers.get(gone)) is not None


async def test_who_bought_for_the_first_time_after_the_merge_is_counted_after_its_undoing(database, pair):
    _, gone, owner = pair
    stranger = await database.write(lambda store: store.customers.add("vk:2", "9", "", Language.EN, NOON))
    merged = await joined(database, (stranger.id, gone, owner))
    bought = Purchase(customer_id=stranger.id, at=NOON + DAY, amount_minor=500, source=PurchaseSource.CONSOLE)
    await database.write(lambda store: store.purchases.add(bought))
    await parted(database, merged, NOON + 2 * DAY)
    for one in (stranger.id, gone):
        row = await database.read(lambda store, one=one: store.stats.of(one))
        assert row is not None and row.is_stale


async def test_what_came_after_the_merge_stays_with_the_kept_one(database, pair):
    kept, gone, _ = pair
    merged = await joined(database, pair)

    def go_on(store):
        one = store.customers.get(kept)
        one.name, one.city = "renamed", "moved"
        overwrite(store, one)
        store.consents.add(says(kept, ConsentAction.WITHDRAWN, NOON + DAY))

    await database.write(go_on)
    await parted(database, merged, NOON + 2 * DAY)
    one = await database.read(lambda store: store.customers.get(kept))
    assert (one.name, one.city) == ("renamed", "moved")
    assert len(await database.read(lambda store: store.consents.history(kept))) == 2
    assert len(await database.read(lambda store: store.consents.history(gone))) == 2  # the «no» counts for both


async def test_a_greeting_is_not_said_weeks_late(database, pair):
    _kept, gone, _ = pair
    merged = await joined(database, pair)
    await parted(database, merged, NOON + 2 * DAY)
    assert (await database.read(lambda store: message(store, gone))).state is DeliveryState.CANCELLED


async def test_a_case_that_was_closed_for_both_stays_closed_and_hinders_no_new_one(database, pair):
    kept, gone, owner = pair
    merged = await joined(database, pair)

    def close_and_open(store):
        case = store.cases.open_for(kept)
        cases.close(store, case.id, owner, CaseCause.WAITING, "called", NOON)
        again = store.customers.get(kept)
        chat = Address("telegram:1", "user-one")
        cases.open_case(store, again, chat, Urgency.NOW, CaseOrigin.ANGRY_MESSAGE, "!", NOON, Desk())

    await database.write(close_and_open)
    assert isinstance(await parted(database, merged), Undone)
    assert await database.read(lambda store: store.cases.open_for(gone)) is None
    assert (await database.read(lambda store: store.cases.open_for(kept))).summary == "!"


# --- the audit


async def test_who_merged_and_who_undid_it_is_written_down(database, pair):
    merged = await joined(database, pair)
    await parted(database, merged)
    undone, made = await database.read(lambda store: store.audit.of_customer(pair[0]))
    assert (made.action, made.staff_id) == (AuditAction.MERGED, pair[2].id)
    assert made.details == {"merge": merged.merge_id.hex, "gone": pair[1].hex}
    assert undone.action is AuditAction.UNMERGED


@pytest.mark.parametrize("change", ["update", "delete"])
async def test_the_database_itself_refuses_to_change_the_audit(database, pair, change):
    await joined(database, pair)
    audit = METADATA.tables["audit_entry"]
    statement = audit.update().values(details={}) if change == "update" else audit.delete()
    with pytest.raises(Exception, match="append-only"):
        await database.write(lambda store: store.connection.execute(statement))
    assert await database.read(lambda store: len(store.connection.execute(select(audit)).all())) == 1


async def test_the_lives_of_these_tests_know_every_table_that_can_be_merged(database, pair):
    """A new table with a customer's id belongs into them: else nobody tries its merge."""
    counts = await database.read(lambda store: store.people.counts(pair[0]))
    assert {name for name, rows in counts.items() if not rows} == set(HISTORY)
