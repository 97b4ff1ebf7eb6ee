"""The sample café: the same seed gives the same rows, its patterns are true, and nothing in it can be sent."""

import hashlib
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import mean
from uuid import UUID

import pytest

from bot import demo
from bot.demo import words
from bot.demo.names import FOLLOWS, LEADS, NEW_SELLER, WEAK_ENTRY
from bot.demo.visits import ZONE, is_bad
from insights.metrics import nps
from loyalty.promo_rules import looks_like_code
from storage.columns import row_of
from storage.database import Database
from storage.kinds import (
    ConsentAction,
    ConsentPurpose,
    DeliveryState,
    Journey,
    Language,
    PointsAccount,
    ReachStatus,
    ScoreGroup,
    SurveyKind,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DRINKS_OF_SUMMER = {"Айс-латте", "Эспрессо-тоник"}


@pytest.fixture(scope="module")
def cafe() -> demo.Sample:
    return demo.sample(NOW, Language.RU, "hash")


def fingerprint(sample: demo.Sample) -> str:
    digest = hashlib.sha256()
    for model, rows in sample.tables():
        digest.update(model.__name__.encode())
        for row in rows:
            digest.update(repr(sorted((key, str(value)) for key, value in row.items())).encode())
    return digest.hexdigest()


def answers(sample: demo.Sample, kind: SurveyKind):
    return [run for run in sample.runs if run.kind is kind and run.score is not None]


def nps_of(runs) -> float:
    groups = Counter(run.score_group for run in runs)
    result = nps(*(groups[group] for group in (ScoreGroup.PROMOTER, ScoreGroup.PASSIVE, ScoreGroup.DETRACTOR)))
    assert result is not None
    return result.score


def per_month(moments) -> Counter[int]:
    return Counter((NOW - at).days // 30 for at in moments)


# --- the same every time


def test_the_same_seed_and_moment_give_the_same_rows(cafe):
    assert fingerprint(demo.sample(NOW, Language.RU, "hash")) == fingerprint(cafe)


def test_a_week_later_the_customers_are_the_same_people(cafe):
    later = demo.sample(NOW + timedelta(days=7), Language.RU, "hash")
    assert [one.customer.name for one in later.people] == [one.customer.name for one in cafe.people]
    assert [one.identity.user_id for one in later.people] == [one.identity.user_id for one in cafe.people]


@pytest.mark.parametrize("hour", [0, 12])
def test_at_any_hour_nothing_lies_in_the_future(hour):
    now = NOW.replace(hour=hour)
    sample = demo.sample(now, Language.EN, "hash")
    moments = [
        value
        for model, rows in sample.tables()
        for row in rows
        for key, value in row.items()
        if isinstance(value, datetime)
        and not key.endswith("due_at")
        and key not in {"expires_at", "closed_at", "opens_at", "tier_until"}
    ]
    assert max(moments) <= now
    assert all(case.closed_at is None or case.closed_at < now for case in sample.cases)


# --- the size


def test_it_is_a_cafe_of_two_years(cafe):
    assert len(cafe.people) == 400
    assert 10_000 < len(cafe.purchases) < 20_000
    assert NOW - min(row["at"] for row in cafe.purchases) > timedelta(days=700)
    assert sum(case.closed_at is None for case in cafe.cases) == 12
    assert 60 <= sum(case.closed_at is not None for case in cafe.cases) <= 100


def test_there_are_words_enough():
    said = [text for causes in words.COMMENTS.values() for texts in causes.values() for text in texts]
    assert len(said) == len(set(said)) >= 60
    assert {language for language, _ in words.COMMENTS} == set(Language)


# --- the patterns of the docstring


def test_the_bad_month_shows_in_the_score(cafe):
    scores = answers(cafe, SurveyKind.NPS)
    bad = [run for run in scores if is_bad(run.asked_at, NOW)]
    good = [run for run in scores if not is_bad(run.asked_at, NOW)]
    assert nps_of(good) > 25
    assert nps_of(bad) < nps_of(good) - 30


def test_about_a_third_answer(cafe):
    asked = [run for run in cafe.runs if run.asked_at < NOW - timedelta(days=14)]
    assert 0.30 < mean(run.score is not None for run in asked) < 0.42


def test_every_detractor_wrote_words_that_fit_and_became_a_case(cafe):
    hurt = [run for run in cafe.runs if run.score_group is ScoreGroup.DETRACTOR]
    said = {
        text
        for (_, group), causes in words.COMMENTS.items()
        if group is ScoreGroup.DETRACTOR
        for texts in causes.values()
        for text in texts
    }
    assert all(run.comment in said for run in hurt)
    assert {run.customer_id for run in hurt} <= {case.customer_id for case in cafe.cases}


def test_nobody_praises_in_a_detractors_words(cafe):
    for run in cafe.runs:
        if run.comment and run.score_group is ScoreGroup.PROMOTER:
            language = next(one.customer.language for one in cafe.people if one.customer.id == run.customer_id)
            assert any(run.comment in texts for texts in words.COMMENTS[language, ScoreGroup.PROMOTER].values())


def test_the_cafe_grows(cafe):
    bought = per_month(row["at"] for row in cafe.purchases)
    assert mean(bought[month] for month in range(3)) > 2 * mean(bought[month] for month in range(21, 24))


def test_the_end_of_the_week_is_fuller(cafe):
    days = Counter(row["at"].astimezone(ZONE).weekday() for row in cafe.purchases)
    assert days[5] > 1.2 * days[0]


def test_cold_drinks_sell_in_summer_only(cafe):
    cold = Counter(row["at"].month for row in cafe.purchases if row["product"] in DRINKS_OF_SUMMER)
    assert cold[7] > 20
    assert cold[1] == cold[12] == 0


def test_a_quarter_of_the_customers_stopped_coming(cafe):
    last = {row["customer_id"]: row["at"] for row in sorted(cafe.purchases, key=lambda row: row["at"])}
    gone = sum(at < NOW - timedelta(days=75) for at in last.values())
    assert 80 < gone < 200


def visits_of(cafe) -> dict[UUID, list[list[dict]]]:
    """Each customer's orders in time, each with its lines."""
    orders: dict[UUID, dict[str, list[dict]]] = {}
    for row in sorted(cafe.purchases, key=lambda row: row["at"]):
        orders.setdefault(row["customer_id"], {}).setdefault(row["order_key"], []).append(row)
    return {customer: list(each.values()) for customer, each in orders.items()}


def test_who_begins_with_the_sandwich_seldom_comes_again(cafe):
    began = {True: Counter(), False: Counter()}
    for orders in visits_of(cafe).values():
        weak = any(row["product"] == WEAK_ENTRY for row in orders[0])
        began[weak][len(orders) > 1] += 1
    shares = {weak: counts[True] / counts.total() for weak, counts in began.items()}
    assert shares[True] < 0.6 < 0.85 < shares[False]


def test_the_raf_leads_to_cheesecake_within_weeks(cafe):
    followed = []
    for orders in visits_of(cafe).values():
        tasted = [order[0]["at"] for order in orders if any(row["product"] == LEADS for row in order)]
        if tasted and orders[-1][0]["at"] > tasted[0] + timedelta(days=25):
            within = (order for order in orders if timedelta(0) < order[0]["at"] - tasted[0] < timedelta(days=26))
            followed.append(any(row["product"] == FOLLOWS for order in within for row in order))
    assert mean(followed) > 0.6


def test_little_is_given_back(cafe):
    assert 0.002 < mean(row["returned_minor"] > 0 for row in cafe.purchases) < 0.012


def test_the_new_barista_served_in_the_bad_month_alone(cafe):
    served = [row["at"] for row in cafe.purchases if row["seller"] == NEW_SELLER[0]]
    assert len(served) > 50
    assert all(is_bad(at, NOW) for at in served)


def test_some_are_in_the_tills_file_a_second_time(cafe):
    phones = {one.customer.phone for one in cafe.people} - {None}
    assert len(cafe.twins) == 6
    assert {twin.phone for twin in cafe.twins} <= phones


def test_seven_in_ten_want_offers(cafe):
    newest = {
        row["customer_id"]: row["action"] for row in cafe.talk.consents if row["purpose"] is ConsentPurpose.ADVERTISING
    }
    assert 0.62 < sum(action is ConsentAction.GIVEN for action in newest.values()) / 400 < 0.78


# --- nothing can be sent, nothing contradicts


def test_nothing_waits_to_be_sent_and_everything_undelivered_has_its_reason(cafe):
    states = Counter(row["state"] for row in cafe.talk.messages)
    ended = {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.CANCELLED}
    assert set(states) == ended
    assert all(row["reason"] for row in cafe.talk.messages if row["state"] is not DeliveryState.SENT)


def test_every_chat_is_on_the_bot_without_a_wire(cafe):
    chats = {row["bot_id"] for row in [*cafe.talk.messages, *cafe.talk.events, *map(row_of, cafe.cases)]}
    assert chats == {"webchat:sample"}
    assert {one.identity.bot_id for one in cafe.people} == {"webchat:sample"}


def test_whoever_blocked_us_received_nothing_since(cafe):
    blocked = [one for one in cafe.people if one.identity.reach is ReachStatus.BLOCKED]
    since = {one.customer.id: one.blocks_at for one in blocked}
    late = [row for row in cafe.talk.messages if row["created_at"] > since.get(row["customer_id"], NOW)]
    assert blocked
    assert {row["state"] for row in late} <= {DeliveryState.FAILED, DeliveryState.CANCELLED, DeliveryState.UNKNOWN}


def test_a_customer_has_one_open_case_at_the_most_and_each_is_different(cafe):
    still_open = [case for case in cafe.cases if case.closed_at is None]
    assert len({case.customer_id for case in still_open}) == 12
    assert len({case.urgency for case in still_open}) == 2
    assert len({case.taken_by for case in still_open}) == 3
    assert any(case.replied_at is None and case.due_at < NOW for case in still_open)


def test_a_closed_case_has_cause_action_and_an_answer_in_the_conversation(cafe):
    replied = {row["case_id"] for row in cafe.talk.messages}
    for case in cafe.cases:
        if case.closed_at is not None:
            assert case.cause and case.action and case.id in replied
            assert case.opened_at < case.replied_at < case.closed_at


# --- in the database


@pytest.fixture
async def filled(database: Database, cafe: demo.Sample) -> Database:
    started = time.monotonic()
    await database.write(lambda store: demo.fill(store, cafe))
    print(f"\nfilled in {time.monotonic() - started:.1f} s")  # noqa: T201 - a figure to look at, not to fail by
    return database


async def test_it_is_written_whole_and_found_again(filled, cafe):
    assert await filled.read(demo.is_filled)
    counted = await filled.read(lambda store: (store.cases.count_open(), len(store.bots.all()), len(store.staff.all())))
    assert counted == (12, 2, 5)
    asked, answered = await filled.read(
        lambda store: store.surveys.asked_and_answered(SurveyKind.NPS, NOW - timedelta(days=500), NOW)
    )
    assert (asked, answered) == (
        sum(run.kind is SurveyKind.NPS for run in cafe.runs),
        len(answers(cafe, SurveyKind.NPS)),
    )


async def test_the_entry_links_lead_to_the_surveys(filled):
    nps_link, table = await filled.read(lambda store: (store.entries.link("nps"), store.entries.link("table")))
    assert (nps_link.source, nps_link.survey) == ("Оценка кофейни", SurveyKind.NPS)
    assert (table.source, table.survey) == ("QR на столике", None)


async def test_an_interrupted_filling_leaves_no_half_a_cafe(database, cafe):
    def stop_half_way(done: int, total: int) -> None:
        if done > total / 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await database.write(lambda store: demo.fill(store, cafe, stop_half_way))
    assert not await database.read(demo.is_filled)


# --- the programme


def test_two_in_three_have_a_card_and_points_for_what_they_bought_since(cafe):
    joined = {row["customer_id"]: row["joined_at"] for row in cafe.programme.members}
    assert 230 < len(joined) < 290
    since = {row["id"]: row for row in cafe.purchases if row["at"] >= joined.get(row["customer_id"], NOW)}
    batches = cafe.programme.points.batches  # those without a purchase are presents for friends
    granted = {row["purchase_id"]: row["granted"] for row in batches if row["purchase_id"]}
    assert granted.keys() == since.keys()
    rates = {
        one: granted[one] / row["amount_minor"] * 100 for one, row in since.items() if row["amount_minor"] >= 20_000
    }
    assert {round(rate * 100) for rate in rates.values()} <= {5, 6, 7, 8, 10, 11}, "of three tiers, each rounded up"


def test_points_are_given_spent_and_gone_as_a_ledger_says(cafe):
    left = {row["id"]: 0 for row in cafe.programme.points.batches}
    own = {PointsAccount.AVAILABLE, PointsAccount.PENDING}
    for row in cafe.programme.points.transfers:
        left[row["batch_id"]] += row["points"] * ((row["target"] in own) - (row["source"] in own))
    assert left == {row["id"]: row["points_left"] for row in cafe.programme.points.batches}
    assert {row["target"] for row in cafe.programme.points.transfers} == own | {
        PointsAccount.REDEEMED,
        PointsAccount.EXPIRED,
    }
    paid = sum(row.get("points_minor", 0) for row in cafe.purchases)
    redeemed = [row for row in cafe.programme.points.transfers if row["target"] is PointsAccount.REDEEMED]
    assert paid == 100 * sum(row["points"] for row in redeemed) > 0


def test_each_tier_has_its_members(cafe):
    tiers = Counter(row["tier"] for row in cafe.programme.members)
    assert tiers.keys() == {"", "silver", "gold"}
    assert tiers[""] > tiers["silver"] > tiers["gold"] > 5


def test_every_use_of_a_code_belongs_to_a_purchase_within_its_life(cafe):
    codes = {row["code"]: row for row in cafe.programme.codes}
    assert all(looks_like_code(code) for code in codes)
    bought = {row["id"]: row for row in cafe.purchases}
    for use in cafe.programme.uses:
        code, purchase = codes[use["code"]], bought[use["purchase_id"]]
        assert code["customer_id"] == purchase["customer_id"] == use["customer_id"]
        assert code["issued_at"] < use["at"] < code["expires_at"]
    assert sum(row["used"] for row in codes.values()) == len(cafe.programme.uses) > 100


def test_the_journeys_were_lived_once_each_and_only_those_who_agreed_heard_of_them(cafe):
    occasions = cafe.programme.occasions
    names = [(row["journey"], row["customer_id"], row["occurrence"]) for row in occasions]
    assert len(names) == len(set(names))
    told = {row["id"]: row for row in cafe.talk.messages if row["journey"]}
    assert {row["outbox_id"] for row in occasions if row["outbox_id"]} == set(told)
    assert {row["reason"] for row in occasions if not row["outbox_id"]} <= {"no_consent", "unreachable"}


def test_nobody_silent_for_ninety_days_was_overlooked(cafe):
    last = {row["customer_id"]: row for row in sorted(cafe.purchases, key=lambda row: row["at"])}
    spoken = {row["occurrence"] for row in cafe.programme.occasions if row["journey"] is Journey.WIN_BACK}
    chatting = {one.customer.id for one in cafe.people}
    silent = {
        row["id"].hex
        for row in last.values()
        if row["at"] < NOW - timedelta(days=92) and row["customer_id"] in chatting
    }
    assert silent <= spoken
    assert sum(row["code"].startswith("BACK") and row["used"] for row in cafe.programme.codes) > 5


def test_many_birthdays_are_known_and_none_before_its_customer(cafe):
    known = [one.customer for one in cafe.people if one.customer.birthday_month]
    assert 180 < len(known) < 300
    assert {one.id for one in known} <= {row["customer_id"] for row in cafe.programme.members}
    assert all(one.created_at <= one.birthday_set_at < NOW for one in known)
    assert {one.birth_year is None for one in known} == {True, False}
