"""The pages of the desk's work: hours, promises, rules, who answers; operators' numbers; dialogues for review."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.case_rules import USUAL, When
from messaging.dialogue_quality import sample
from storage.kinds import CaseCause, Role, SurveyKind, Touchpoint
from storage.models import SurveyRun
from tests.console.shop import BOT, sign_in
from tests.console.test_pages import plain

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest.fixture
async def admin(browse):
    async with browse() as browser:
        await sign_in(browser, "admin")
        yield browser


async def kept(shop, key):
    setting = await shop.database.read(lambda store: store.business.setting(key))
    return setting.value if setting else None


# --- hours


async def test_a_week_with_lunch_and_holidays_is_kept_and_shown_again(shop, admin):
    form = dict.fromkeys(WEEK[:5], "9:00-13:00, 14:00-18:00")
    form |= {"branch": "Арбат", "special": "01.01.2027\n31.12.2026 9:00-15:00", "zone": "Asia/Yekaterinburg"}
    assert (await admin.post("/console/desk/hours", data=form)).status_code == 303
    document = (await kept(shop, "hours"))["Арбат"]
    assert document["week"]["mon"] == ["9:00-13:00", "14:00-18:00"]
    assert document["week"]["sun"] == []
    assert document["holidays"] == {"2027-01-01": [], "2026-12-31": ["9:00-15:00"]}
    page = (await admin.get("/console/desk/hours?branch=Арбат")).text
    assert 'value="9:00-13:00, 14:00-18:00"' in page
    assert "31.12.2026 9:00-15:00\n01.01.2027" in page
    assert "Asia/Yekaterinburg" in page
    # Monday noon in Moscow is two in the afternoon there; the business itself has no hours and is always open.
    assert "Сейчас открыто" in page
    shop.pass_time(timedelta(hours=9))
    assert "Сейчас закрыто" in (await admin.get("/console/desk/hours?branch=Арбат")).text


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"mon": "с девяти"}, "Часы не разобрать"),
        ({"mon": "9:00-13:00, 12:00-18:00"}, "заходят друг на друга"),
        ({}, "Хотя бы в один день"),
        ({"mon": "9:00-18:00", "zone": "Moscow"}, "Такого часового пояса нет"),
        ({"mon": "9:00-18:00", "special": "вчера"}, "Такого дня нет"),
        ({"mon": "9:00-18:00", "special": "31.02.2026"}, "Такого дня нет"),
    ],
)
async def test_hours_that_cannot_be_read_are_shown_again_with_what_is_wrong(shop, admin, form, says):
    page = await admin.post("/console/desk/hours", data={"branch": "", **form})
    assert page.status_code == 422
    assert says in page.text
    assert form.get("mon", "") in page.text
    assert await kept(shop, "hours") is None


async def test_a_branch_without_hours_of_its_own_goes_by_the_business(shop, admin):
    for branch, hours in (("", "10:00-20:00"), ("Арбат", "9:00-18:00")):
        await admin.post("/console/desk/hours", data={"branch": branch, "mon": hours})
    await admin.post("/console/desk/hours", data={"branch": "Арбат", "forget": "yes"})
    assert list(await kept(shop, "hours")) == [""]
    assert "часы всего бизнеса" in (await admin.get("/console/desk/hours?branch=Арбат")).text


# --- promises, and who answers


async def test_promises_are_typed_in_hours_and_minutes(shop, admin):
    page = (await admin.get("/console/desk/promises")).text
    assert 'name="now.first.minutes" value="15"' in page
    form = {"now.first.hours": "1", "now.first.minutes": "30", "now.next.hours": "2", "now.resolution.hours": "8"}
    form |= {f"today.{what}.hours": "5" for what in ("first", "next", "resolution")}
    await admin.post("/console/desk/promises", data={**form, "key_percent": "40", "warn_percent": "70"})
    document = await kept(shop, "promises")
    assert document["now"] == {"first": 90, "next": 120, "resolution": 480}
    assert (document["key_percent"], document["warn_percent"]) == (40, 70)


@pytest.mark.parametrize(("value", "says"), [("0", "слишком мало"), ("скоро", "целое число"), ("-5", "целое число")])
async def test_a_promise_nobody_can_keep_is_refused(shop, admin, value, says):
    form = {f"{urgency}.{what}.hours": "1" for urgency in ("now", "today") for what in ("first", "next", "resolution")}
    form |= {"now.first.hours": value, "key_percent": "50", "warn_percent": "80"}
    page = await admin.post("/console/desk/promises", data=form)
    assert page.status_code == 422
    assert says in page.text
    assert await kept(shop, "promises") is None


async def test_who_answers_and_the_labels_are_kept_and_who_is_there_is_seen(shop, admin):
    form = {"mode": "least_open", "cap": "4", "return_minutes": "20", "labels": "возврат\n\nвозврат\nаллергия"}
    await admin.post("/console/desk/assignment", data={**form, "recovery": "yes", "after_days": "3"})
    assert await kept(shop, "assignment") == {"mode": "least_open", "cap": 4, "return_minutes": 20}
    assert await kept(shop, "labels") == ["возврат", "аллергия"]
    assert await kept(shop, "recovery") == {"is_on": True, "after_days": 3}
    page = (await admin.get("/console/desk/assignment")).text
    assert '<span class="state on"><bdi>Admin</bdi>' in page
    assert '<span class="state "><bdi>Operator</bdi>' in page


async def test_one_wrong_field_keeps_nothing_of_the_form(shop, admin):
    form = {"mode": "least_open", "cap": "many", "return_minutes": "20", "labels": "x", "after_days": "0"}
    page = await admin.post("/console/desk/assignment", data=form)
    assert page.status_code == 422
    assert "целое число" in page.text
    assert [await kept(shop, key) for key in ("assignment", "labels", "recovery")] == [None, None, None]


# --- rules


def rule(**more):
    return {"when": "words", "urgency": "now", "words": "шерсть, аллергия", "is_on": "yes", "version": "0", **more}


async def test_a_rule_is_added_moved_switched_off_and_deleted(shop, admin):
    last = len(USUAL)
    await admin.post(f"/console/desk/rules/{last}", data=rule(label="аллергия"))
    assert (await kept(shop, "case_rules"))[last]["words"] == ["шерсть", "аллергия"]
    await admin.post(f"/console/desk/rules/{last}/move", data={"version": "1", "to": "up"})
    rules = await kept(shop, "case_rules")
    assert (rules[last - 1]["label"], rules[last]["when"]) == ("аллергия", USUAL[-1].when.value)
    off = {"when": "toxic", "urgency": "now", "version": "2"}
    await admin.post("/console/desk/rules/0", data=off)
    assert (await kept(shop, "case_rules"))[0]["is_on"] is False
    await admin.post(f"/console/desk/rules/{last - 1}/delete", data={"version": "3"})
    assert [one["when"] for one in await kept(shop, "case_rules")] == [one.when.value for one in USUAL]


async def test_a_page_that_is_old_changes_no_rule(shop, admin):
    await admin.post(f"/console/desk/rules/{len(USUAL)}", data=rule())
    answer = await admin.post("/console/desk/rules/0/delete", data={"version": "0"})
    assert "rules_stale" in answer.headers["location"]
    assert len(await kept(shop, "case_rules")) == len(USUAL) + 1


async def test_a_rule_without_its_words_is_shown_again(shop, admin):
    page = await admin.post(f"/console/desk/rules/{len(USUAL)}", data=rule(words=" , ", label="пусто"))
    assert page.status_code == 422
    assert "Напишите слова" in page.text
    assert 'value="пусто"' in page.text
    assert await kept(shop, "case_rules") is None


async def test_the_usual_rules_come_back(shop, admin):
    await admin.post("/console/desk/rules/0/delete", data={"version": "0"})
    await admin.post("/console/desk/rules/restore", data={})
    assert len(await kept(shop, "case_rules")) == len(USUAL)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("phrase=возврат за торт", f"Правило {[one.when for one in USUAL].index(When.WORDS) + 1}"),
        ("phrase=позовите человека", f"Правило {[one.when for one in USUAL].index(When.PERSON) + 1}"),
        ("phrase=во сколько вы открываетесь", "бот справится сам"),
        ("phrase=нормально&score=nps:3", f"Правило {[one.when for one in USUAL].index(When.DETRACTOR) + 1}"),
        ("phrase=нормально&score=nps:9", "бот справится сам"),
        ("phrase=нормально&score=csat:2", f"Правило {[one.when for one in USUAL].index(When.LOW_CSAT) + 1}"),
        ("phrase=нормально&score=csat:99", "бот справится сам"),
    ],
)
async def test_a_phrase_is_tried_on_the_rules(admin, query, says):
    page = (await admin.get(f"/console/desk/rules?{query}")).text
    assert says in page.split('role="status">')[1].split("</p>")[0]


async def test_of_two_rules_that_fit_the_upper_one_works(shop, admin):
    await admin.post(f"/console/desk/rules/{len(USUAL)}", data=rule(words="деньги", branch="Офис"))
    await admin.post(f"/console/desk/rules/{len(USUAL)}/move", data={"version": "1", "to": "up"})
    page = (await admin.get("/console/desk/rules?phrase=верните деньги, это возврат")).text
    assert "Офис" not in page.split('role="status">')[1].split("</p>")[0]


# --- operators' numbers


async def answered(shop, minutes, *, score=None, is_key=False):
    """A case that the operator answered so late, and what its customer gave for it."""
    case = await shop.complaint("Olga", "x")

    def answer(store) -> None:
        fresh = store.cases.get(case.id)
        fresh.assigned_to = fresh.replied_by = shop.staff[Role.OPERATOR].id
        fresh.replied_at, fresh.is_key = shop.now + timedelta(minutes=minutes), is_key
        fresh.closed_at, fresh.cause = fresh.replied_at, CaseCause.STAFF
        store.cases.save(fresh)
        if score:
            run = SurveyRun(
                customer_id=fresh.customer_id,
                survey="csat",
                kind=SurveyKind.CSAT,
                touchpoint=Touchpoint.CASE,
                bot_id=BOT,
                case_id=fresh.id,
                asked_at=shop.now,
                expires_at=shop.now + timedelta(days=1),
                score=score,
                answered_at=shop.now,
            )
            store.surveys.add(run)

    await shop.database.write(answer)
    return case


async def numbers(shop, browser, query=""):
    """Each row's cells, in words; days may have passed since anybody signed in."""
    await shop.let_in(browser, Role.ADMIN)
    page = (await browser.get(f"/console/desk/numbers{query}")).text
    found = {}
    for row in page.split("<tr>")[1:]:
        if '<th scope="row">' in row:
            name = re.search(r"<bdi>(.*?)</bdi>", row)[1]
            cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)
            found[name] = [plain(re.sub(r"<[^>]*>", "", cell)).strip() for cell in cells]
    return found


async def test_numbers_of_an_operator_come_with_their_intervals(shop, admin):
    for place in range(10):
        await answered(shop, 30 if place == 9 else 5, score=5 if place < 8 else 1, is_key=place < 6)
    shop.pass_time(timedelta(days=1))
    found = await numbers(shop, admin)
    cases, usual, p90, within, csat, reopened, recovered = found["Operator"]
    assert (cases, usual, p90) == ("10", "5 мин n = 10", "5 мин")
    assert within.startswith("90 %")
    assert "60 % – 98 %, n = 10" in within
    assert csat.startswith("80 %")
    assert (reopened.startswith("0 %"), recovered) == (True, "–")
    assert found["Все обращения"][0] == "10"
    assert found["Ключевые клиенты"][0] == "6"
    assert found["Остальные"][1] == "мало данных, n = 4"


async def test_the_first_answer_is_timed_in_open_hours(shop, admin):
    hours = {"": {"week": {"mon": ["9:00-12:30", "14:00-18:00"]}}}
    await shop.database.write(lambda store: store.business.change("hours", hours, None, shop.now))
    for _ in range(5):
        await answered(shop, 120)  # from noon to two in Moscow, with lunch from half past twelve
    shop.pass_time(timedelta(days=1))
    assert (await numbers(shop, admin))["Operator"][1].startswith("30 мин")


async def test_a_case_that_nobody_answered_in_time_counts_and_one_that_has_time_does_not(shop, admin):
    for _ in range(5):
        await shop.complaint("Olga", "x")
    shop.pass_time(timedelta(minutes=5))
    assert (await numbers(shop, admin))["Все обращения"][3] == "–"
    shop.pass_time(timedelta(hours=1))
    assert (await numbers(shop, admin))["Все обращения"][3].startswith("0 %")


async def test_older_cases_are_in_the_longer_period_alone(shop, admin):
    await answered(shop, 5)
    shop.pass_time(timedelta(days=10))
    assert "Operator" not in await numbers(shop, admin, "?days=7")
    assert "Operator" in await numbers(shop, admin, "?days=90")


# --- dialogues for review


@pytest.fixture
async def drawn(shop):
    """One dialogue of the operator, closed last week."""
    case = await answered(shop, 5)
    shop.pass_time(timedelta(days=7))
    await shop.database.write(lambda store: sample(store, shop.now, ZoneInfo("Europe/Moscow")))
    [one] = await shop.database.read(
        lambda store: store.dialogues.listed(operator_id=None, is_reviewed=False, since=shop.now - timedelta(days=1))
    )
    assert one.review.case_id == case.id
    return one.review


FULL = {f"mark_{place}": "4" for place in range(5)}


async def test_a_dialogue_is_read_and_gets_its_marks_and_its_operator_sees_them(shop, browse, drawn):
    async with browse() as boss, browse() as operator:
        await sign_in(boss, "admin")
        await sign_in(operator, "operator")
        card = f"/console/quality/dialogues/{drawn.id}"
        assert (await operator.get(card)).status_code == 404  # not before it has marks
        assert f'action="{card}/marks"' in (await boss.get(card)).text
        form = {**FULL, "mark_0": "5", "comment": "Тепло и по делу"}
        assert (await boss.post(f"{card}/marks", data=form)).status_code == 303
        mine = (await operator.get("/console/quality/dialogues")).text
        assert "Тепло и по делу" in mine
        assert "disabled" in (await operator.get(card)).text
        averages = plain((await boss.get("/console/quality/dialogues")).text)
    assert "мало данных, n = 1" in averages
    review = await shop.database.read(lambda store: store.dialogues.get(drawn.id))
    assert review.marks == {"greeting": 5, "understood": 4, "solved": 4, "tone": 4, "followed_up": 4}


@pytest.mark.parametrize("wrong", ["", "6", "x"])
async def test_half_a_card_is_no_card(shop, admin, drawn, wrong):
    await shop.let_in(admin, Role.ADMIN)
    answer = await admin.post(f"/console/quality/dialogues/{drawn.id}/marks", data={**FULL, "mark_2": wrong})
    assert answer.status_code == 422
    assert "каждому критерию" in answer.text
    assert (await shop.database.read(lambda store: store.dialogues.get(drawn.id))).marks is None


async def test_an_operator_sees_nobody_elses_reviews(shop, browse, drawn):
    await shop.hire("other", Role.OPERATOR)
    async with browse() as boss, browse() as other:
        await sign_in(boss, "admin")
        await boss.post(f"/console/quality/dialogues/{drawn.id}/marks", data={**FULL, "comment": "secret"})
        await sign_in(other, "other")
        assert "secret" not in (await other.get("/console/quality/dialogues")).text
        assert (await other.get(f"/console/quality/dialogues/{drawn.id}")).status_code == 404


async def test_the_usual_criteria_keep_their_names_in_both_languages_and_own_ones_are_kept_as_typed(shop, admin):
    await admin.post(
        "/console/quality/dialogues/rules", data={"per_operator": "5", "criteria": "Тон\n\nПредложил ещё\n"}
    )
    assert await kept(shop, "dialogue_quality") == {"per_operator": 5, "criteria": ["tone", "Предложил ещё"]}
    answer = await admin.post("/console/quality/dialogues/rules", data={"per_operator": "99", "criteria": "Тон"})
    assert "criteria_wrong" in answer.headers["location"]
