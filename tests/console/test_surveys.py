"""Surveys in the console: the list, packs, the editor with and without script, versions, where people stop."""

import re
from datetime import timedelta

import pytest

from storage.kinds import Language, Role, SurveyKind, Touchpoint
from storage.models import SurveyAnswer, SurveyRun
from surveys import making
from surveys.packs import NAMES, pack
from tests.console.test_pages import plain
from tests.console.test_segments import said, send

RU = Language.RU


def fields_of(page: str) -> list[tuple[str, str]]:
    """The editor's form as a browser would send it."""
    form = page[page.index("data-builder") :]
    found = []
    for tag in re.finditer(r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<(?:input|textarea|select)\b|\Z)", form, re.S):
        kind, attributes, rest = tag.groups()
        name = re.search(r'\bname="([^"]*)"', attributes)
        if name is None:
            continue
        if kind == "select":
            chosen = re.search(r'<option value="([^"]*)" selected', rest) or re.search(r'<option value="([^"]*)"', rest)
            value = chosen[1]
        elif kind == "textarea":
            value = rest.partition("</textarea>")[0]
        elif 'type="checkbox"' in attributes:
            if not attributes.rstrip().endswith("checked"):
                continue
            value = re.search(r'value="([^"]*)"', attributes)[1]
        else:
            value = re.search(r'value="([^"]*)"', attributes)[1]
        found.append((name[1], plain(value)))
    return found


def changed(fields, **values: str) -> list[tuple[str, str]]:
    kept = [(name, value) for name, value in fields if name not in values]
    return [*kept, *values.items()]


async def sent(browser, path, fields, **headers):
    from urllib.parse import urlencode

    form = {"content-type": "application/x-www-form-urlencoded"}
    return await browser.post(f"/console{path}", content=urlencode(fields).encode(), headers=form | headers)


async def test_what_is_built_in_stands_in_the_list(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.ANALYST)
        page = said(await browser.get("/console/surveys"))
        assert "Порекомендуете ли? 0–10" in page
        assert "Ещё никого не спрашивали" in page
        assert page.count("Включён") == 2
        assert "Не выбрано, когда спрашивать" in page.partition("CES")[2]
        assert "Новый опрос" not in page


@pytest.mark.parametrize("name", NAMES)
async def test_a_pack_opens_in_the_editor_and_is_saved_as_it_stands(shop, browse, name):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        page = (await browser.get(f"/console/surveys/new?pack={name}")).text
        assert "Ещё не готово" not in page
        reply = await sent(browser, "/surveys/save", fields_of(page))
        assert reply.headers["location"] == "/console/surveys/csat-1?notice=survey.saved"

        kept = await shop.database.read(lambda store: store.questionnaires.newest("csat-1"))
        assert kept.definition == pack(name, RU)
        assert kept.created_by == shop.staff[Role.MARKETER].id
        survey = await shop.database.read(lambda store: store.questionnaires.get("csat-1"))
        assert (survey.is_on, survey.version) == (False, 1)


async def test_the_form_grows_question_by_question(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        page = (await browser.get("/console/surveys/new?kind=own")).text
        page = (await sent(browser, "/surveys/draft", [*fields_of(page), ("do", "add")])).text
        fields = changed(fields_of(page), **{"q.1.kind": "single"})
        page = (await sent(browser, "/surveys/draft", [*fields, ("do", "refresh")])).text
        page = (await sent(browser, "/surveys/draft", [*fields_of(page), ("do", "option:1")])).text
        page = (await sent(browser, "/surveys/draft", [*fields_of(page), ("do", "branch:1")])).text
        texts = {f"q.{n}.{lang}": f"Вопрос {n}" for n in (0, 1) for lang in ("ru", "en")}
        texts |= {f"q.1.o.{n}.{lang}": f"Вариант {n}" for n in range(3) for lang in ("ru", "en")}
        fields = changed(fields_of(page), title="О меню", **texts, **{"q.1.b.0.about": "q2"})
        page = (await sent(browser, "/surveys/draft", [*fields, ("do", "refresh")])).text
        fields = [*fields_of(page), ("q.1.b.0.option", "a2")]
        reply = await sent(browser, "/surveys/save", fields)
        assert "own-1" in reply.headers["location"]
        kept = await shop.database.read(lambda store: store.questionnaires.newest("own-1"))
        asked = kept.definition["questions"]
        assert [one["kind"] for one in asked] == ["text", "single"]
        assert [one["ru"] for one in asked[1]["options"]] == ["Вариант 0", "Вариант 1", "Вариант 2"]
        assert asked[1]["branches"] == [{"if": {"options": ["a2"]}, "to": "end"}]


async def test_questions_change_places_and_go_with_the_ways_to_them(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        page = (await browser.get("/console/surveys/new?pack=cafe")).text
        page = (await sent(browser, "/surveys/draft", [*fields_of(page), ("do", "drop:3")])).text
        assert 'value="liked"' not in page
        page = (await sent(browser, "/surveys/draft", [*fields_of(page), ("do", "down:3")])).text
        fields = dict(reversed(fields_of(page)))
        assert [fields[f"q.{n}.id"] for n in range(5)] == ["score", "wrong", "story", "add", "usual"]


async def test_what_is_wrong_is_said_and_nothing_is_saved(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        page = (await browser.get("/console/surveys/new?kind=nps")).text
        assert "Нет текста вопроса: ru" in page
        reply = await sent(browser, "/surveys/save", fields_of(page))
        assert reply.status_code == 422
        assert "Не сохранено" in reply.text
        assert await shop.database.read(lambda store: store.questionnaires.all()) == []


async def test_a_script_gets_the_preview_of_the_channel_alone(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        fields = fields_of((await browser.get("/console/surveys/nps")).text)
        live = {"x-live": "1"}
        vk = await sent(browser, "/surveys/draft", changed(fields, channel="vk", do="count"), **live)
        assert vk.text.lstrip().startswith('<div id="preview"')
        assert "Кнопки — вместо клавиатуры" in vk.text
        assert [row.count("<span>") for row in vk.text.split("<div>")[1:4]] == [4, 4, 3]
        telegram = await sent(browser, "/surveys/draft", changed(fields, channel="telegram", do="count"), **live)
        assert [row.count("<span>") for row in telegram.text.split("<div>")[1:3]] == [6, 5]
        assert "Корица: насколько вероятно" in telegram.text
        english = await sent(browser, "/surveys/draft", changed(fields, language="en", do="count"), **live)
        assert "How likely" in english.text


async def test_what_is_built_in_gets_ones_own_words_as_its_second_version(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        page = (await browser.get("/console/surveys/nps")).text
        assert "Это встроенный опрос" in page
        words = {"q.0.ru": "Посоветуете нас, {name|друг}?", "q.0.en": "Would you recommend us?"}
        reply = await sent(browser, "/surveys/nps/save", changed(fields_of(page), **words))
        assert reply.status_code == 303
        survey = await shop.database.read(lambda store: store.questionnaires.get("nps"))
        assert (survey.kind, survey.is_on, survey.version) == (SurveyKind.NPS, True, 2)
        assert "Посоветуете нас, Анна?" in (await browser.get("/console/surveys/nps")).text


async def test_a_change_is_a_version_and_the_same_again_is_none(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        await shop.database.write(lambda store: making.make(store, pack("shop", RU), shop.now))
        page = (await browser.get("/console/surveys/csat-1")).text
        await sent(browser, "/surveys/csat-1/save", fields_of(page))
        await sent(browser, "/surveys/csat-1/save", changed(fields_of(page), title="Про покупку"))
        versions = await shop.database.read(lambda store: store.questionnaires.versions("csat-1"))
        assert [one.version for one in versions] == [2, 1]
        old = (await browser.get("/console/surveys/csat-1?version=1")).text
        assert "После покупки" in old
        await sent(browser, "/surveys/csat-1/switch", [("on", "yes")])
        survey = await shop.database.read(lambda store: store.questionnaires.get("csat-1"))
        assert (survey.is_on, survey.title) == (True, "Про покупку")


async def test_where_people_stop_is_counted_question_by_question(shop, browse):
    anna = await shop.customer("Анна")

    def live(store) -> None:
        making.make(store, pack("shop", RU), shop.now)
        for number, took in enumerate((4, 10, 40, None)):
            asked = shop.now - timedelta(days=number + 1)
            run = SurveyRun(
                customer_id=anna.id,
                survey="csat-1",
                kind=SurveyKind.CSAT,
                touchpoint=Touchpoint.VISIT,
                bot_id="telegram:1",
                asked_at=asked,
                expires_at=asked,
                answered_at=asked,
            )
            store.surveys.add(run)
            when = asked + timedelta(seconds=took) if took else None
            known = {"run_id": run.id, "customer_id": anna.id, "shown_at": asked}
            rows = [SurveyAnswer(question="score", value=5 if when else None, answered_at=when, **known)]
            if when:
                rows.append(SurveyAnswer(question="liked", **known))
            store.questionnaires.note(rows)

    await shop.database.write(live)
    shown = await shop.database.read(
        lambda store: store.questionnaires.drop_off("csat-1", 1, shop.now - timedelta(days=90))
    )
    counted = {one.question: (one.shown, one.answered, one.median_seconds) for one in shown}
    assert counted["liked"] == (3, 0, None)
    assert counted["score"][:2] == (4, 3)
    assert counted["score"][2] == pytest.approx(10, abs=0.01)
    async with browse() as browser:
        await shop.let_in(browser, Role.ANALYST)
        page = said(await browser.get("/console/surveys/csat-1"))
        assert re.search(r"от 1 до 5\. 4 3 75 % 10 с", page)
        assert "Сохранить новой версией" not in page


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CASHIER])
async def test_who_counts_nothing_sees_no_surveys(shop, browse, role):
    async with browse() as browser:
        await shop.let_in(browser, role)
        assert (await browser.get("/console/surveys")).status_code == 403
        assert (await send(browser, "/surveys/save", [("title", "x")])).status_code == 403


async def test_who_only_counts_changes_nothing(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.ANALYST)
        assert (await send(browser, "/surveys/nps/save", [("title", "x")])).status_code == 403
        assert (await send(browser, "/surveys/nps/switch", [("on", "no")])).status_code == 403
        assert (await browser.get("/console/surveys/nothing")).status_code == 404
