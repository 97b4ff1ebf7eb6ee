"""A case's page: notes, labels, ready answers, handing over, promises, and what an operator of one branch may see."""

from dataclasses import replace
from datetime import timedelta

import pytest

from messaging import cases
from messaging.desk import Desk
from storage.kinds import CaseEventKind, FeedKind, Language, Role
from storage.models import CannedReply
from tests.console.shop import sign_in

LIVE = {"x-live": "1"}


@pytest.fixture
async def olga(shop):
    return await shop.complaint("Olga", "The soup was cold")


@pytest.fixture
async def operator(browse):
    async with browse() as browser:
        await sign_in(browser, "operator")
        yield browser


async def history(shop, case):
    return await shop.database.read(lambda store: store.case_work.events(case.id))


async def written(shop, case):
    rows = await shop.database.read(lambda store: store.outbox.of_customer(case.customer_id, 20))
    return [row.body["text"] for row in rows]


async def labels_are(shop, *words):
    await shop.database.write(lambda store: store.business.change("labels", list(words), None, shop.now))


async def reply_is(shop, shortcut, ru, en="In English", **more):
    reply = CannedReply(shortcut=shortcut, text_ru=ru, text_en=en, changed_at=shop.now, **more)
    await shop.database.write(lambda store: store.case_pages.add_reply(reply))
    return reply


async def in_branch(shop, case, branch):
    """It is that branch's, and nobody's work yet."""

    def move(store) -> None:
        fresh = store.cases.get(case.id)
        fresh.branch, fresh.assigned_to = branch, None
        store.cases.save(fresh)

    await shop.database.write(move)


async def works_in(shop, branch, role=Role.OPERATOR):
    shop.staff[role].branch = branch
    await shop.database.write(lambda store: store.staff.save(shop.staff[role]))


# --- notes


async def test_a_note_stands_in_the_conversation_and_goes_to_nobody(shop, operator, olga):
    answer = await operator.post(f"/console/inbox/{olga.id}/note", data={"text": "Already rude in May"}, headers=LIVE)
    assert answer.status_code == 200
    assert "Already rude in May" in answer.text
    assert 'class="bubble note"' in (await operator.get(f"/console/inbox/{olga.id}")).text
    assert await written(shop, olga) == []
    note = (await history(shop, olga))[-1]
    assert (note.kind, note.staff_id) == (CaseEventKind.NOTE, shop.staff[Role.OPERATOR].id)
    assert (await shop.case(olga.id)).taken_by is None


async def test_a_note_is_no_answer_and_its_promise_goes_on(shop, operator, olga):
    due = (await shop.case(olga.id)).next_due_at
    await operator.post(f"/console/inbox/{olga.id}/note", data={"text": "Looking into it"}, headers=LIVE)
    case = await shop.case(olga.id)
    assert (case.next_due_at, case.replied_at) == (due, None)


async def test_the_groups_hear_no_note(shop, operator, olga):
    shop.desk = replace(Desk(), chats=(_group(),))
    await operator.post(f"/console/inbox/{olga.id}/note", data={"text": "A secret"}, headers=LIVE)
    heard = await shop.database.read(lambda store: store.outbox.newest_in(_group().bot_id, _group().user_id, olga.id))
    assert heard is None


def _group():
    from messaging.messages import Address

    return Address("telegram:1", "-100")


async def test_an_empty_note_is_refused(operator, olga):
    answer = await operator.post(f"/console/inbox/{olga.id}/note", data={"text": "  "}, headers=LIVE)
    assert answer.status_code == 422


# --- labels


async def test_a_label_of_the_list_is_put_on_and_taken_off_and_the_inbox_can_be_asked_for_it(shop, operator, olga):
    other = await shop.complaint("Ivan", "Rude")
    await labels_are(shop, "возврат", 'a "quoted" one')
    await operator.post(f"/console/inbox/{olga.id}/label", data={"label": "возврат"}, headers=LIVE)
    found = (await operator.get("/console/inbox?label=возврат")).text
    assert f'id="row-{olga.id}"' in found
    assert f'id="row-{other.id}"' not in found
    assert 'data-labels="|возврат|"' in found
    await operator.post(f"/console/inbox/{olga.id}/unlabel", data={"label": "возврат"}, headers=LIVE)
    assert f'id="row-{olga.id}"' not in (await operator.get("/console/inbox?label=возврат")).text


async def test_a_label_that_is_on_no_list_is_not_put_on(shop, operator, olga):
    await labels_are(shop, "возврат")
    await operator.post(f"/console/inbox/{olga.id}/label", data={"label": "<b>"}, headers=LIVE)
    assert await shop.database.read(lambda store: store.case_pages.labels_of([olga.id])) == {}


async def test_a_row_finds_its_labelled_list_by_a_selector_that_holds_any_label():
    from console.fragments import list_rule

    assert list_rule("all", "open", 'a "b\\') == '[data-state=open][data-labels*="|a \\"b\\\\|"]'
    assert list_rule("unassigned", "open", "") == "[data-state=open][data-holder='']"
    assert list_rule("unassigned", "closed", "") == "[data-state=closed]"


# --- ready answers


async def test_a_ready_answer_stands_in_the_box_filled_in_for_this_customer(shop, operator, olga):
    reply = await reply_is(shop, "sorry", "{name}, простите! Обращение {case}. {operator}, «{business}»")
    page = (await operator.get(f"/console/inbox/{olga.id}?ready={reply.id}")).text
    words = f"Olga, простите! Обращение {olga.number}. Operator, «Корица»"
    assert f">{words}</textarea>" in page
    assert f'data-insert="{words}"' in page
    assert 'data-shortcut="sorry"' in page


async def test_a_customer_who_speaks_english_gets_the_english_text(shop, operator, olga):
    def speak(store) -> None:
        customer = store.customers.get(olga.customer_id)
        customer.language = Language.EN
        store.customers.save(customer, "language")

    await shop.database.write(speak)
    reply = await reply_is(shop, "sorry", "Простите", "So sorry, {name}")
    assert ">So sorry, Olga</textarea>" in (await operator.get(f"/console/inbox/{olga.id}?ready={reply.id}")).text


async def test_a_shortcut_that_is_sent_as_it_is_leaves_as_its_answer(shop, operator, olga):
    await reply_is(shop, "sorry", "{name}, простите!")
    await operator.post(f"/console/inbox/{olga.id}/reply", data={"text": "/Sorry"}, headers=LIVE)
    await operator.post(f"/console/inbox/{olga.id}/reply", data={"text": "/unknown"}, headers=LIVE)
    assert sorted(await written(shop, olga)) == ["/unknown", "Olga, простите!"]


async def test_an_archived_answer_is_offered_no_more_and_its_word_stays_taken(shop, browse, operator, olga):
    reply = await reply_is(shop, "sorry", "Простите")
    async with browse() as manager:
        await sign_in(manager, "admin")
        await manager.post(f"/console/replies/{reply.id}/archive", data={"archived": "yes"})
        assert 'data-shortcut="sorry"' not in (await operator.get(f"/console/inbox/{olga.id}")).text
        texts = {"text_ru": "Простите", "text_en": "Sorry"}
        taken = await manager.post("/console/replies/add", data={"shortcut": "sorry", **texts})
        assert taken.status_code == 422
        assert "уже занято" in taken.text


@pytest.mark.parametrize(
    ("shortcut", "text", "says"),
    [
        ("", "Привет", "Слово нужно"),
        ("два слова", "Привет", "Слово нужно"),
        ("note", "Привет", "уже занято"),
        ("hi", " ", "на обоих языках"),
        ("hi", "Привет, {surname}", "переменная"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_shown_again_with_what_is_wrong(shop, browse, shortcut, text, says):
    async with browse() as manager:
        await sign_in(manager, "admin")
        form = {"shortcut": shortcut, "text_ru": text, "text_en": "Hello"}
        page = await manager.post("/console/replies/add", data=form)
    assert page.status_code == 422
    assert says in page.text
    assert "Hello" in page.text
    assert await shop.database.read(lambda store: store.case_pages.replies()) == []


async def test_an_answer_is_changed_in_place(shop, browse):
    reply = await reply_is(shop, "sorry", "Простите")
    async with browse() as manager:
        await sign_in(manager, "admin")
        form = {"shortcut": "/Pardon", "text_ru": "Извините", "text_en": "Pardon"}
        await manager.post(f"/console/replies/{reply.id}", data=form)
    [kept] = await shop.database.read(lambda store: store.case_pages.replies())
    assert (kept.id, kept.shortcut, kept.text_ru) == (reply.id, "pardon", "Извините")


# --- handing over


async def test_a_case_is_handed_to_a_colleague_with_a_reason_that_both_can_read(shop, browse, operator, olga):
    await operator.post(f"/console/inbox/{olga.id}/take", data={}, headers=LIVE)
    to = shop.staff[Role.ADMIN]
    form = {"to": str(to.id), "reason": "Needs a refund"}
    answer = await operator.post(f"/console/inbox/{olga.id}/transfer", data=form, headers=LIVE)
    assert answer.status_code == 200
    assert "Needs a refund" in answer.text
    case = await shop.case(olga.id)
    assert (case.assigned_to, case.taken_by, case.unread) == (to.id, None, 1)
    async with browse() as colleague:
        await sign_in(colleague, "admin")
        mine = (await colleague.get("/console/inbox?view=mine")).text
    assert f'id="row-{olga.id}"' in mine


async def test_a_case_goes_back_to_the_pool(shop, operator, olga):
    await operator.post(f"/console/inbox/{olga.id}/take", data={}, headers=LIVE)
    await operator.post(f"/console/inbox/{olga.id}/transfer", data={"to": "pool", "reason": "I go home"}, headers=LIVE)
    case = await shop.case(olga.id)
    assert (case.assigned_to, case.taken_by) == (None, None)
    assert f'id="row-{olga.id}"' in (await operator.get("/console/inbox?view=unassigned")).text


@pytest.mark.parametrize(
    ("to", "reason", "says"), [("pool", " ", "причину"), ("nobody", "x", "кому"), ("cashier", "x", "кому")]
)
async def test_a_case_is_not_handed_over_without_a_reason_or_to_who_cannot_answer(
    shop, operator, olga, to, reason, says
):
    before = (await shop.case(olga.id)).assigned_to
    whom = str(shop.staff[Role.CASHIER].id) if to == "cashier" else to
    answer = await operator.post(
        f"/console/inbox/{olga.id}/transfer", data={"to": whom, "reason": reason}, headers=LIVE
    )
    assert answer.status_code == 422
    assert says in answer.text
    assert (await shop.case(olga.id)).assigned_to == before


# --- the end


async def test_spam_is_closed_without_a_cause_and_asks_the_customer_nothing(shop, operator, olga):
    answer = await operator.post(f"/console/inbox/{olga.id}/close", data={"spam": "yes"}, headers=LIVE)
    assert answer.status_code == 200
    case = await shop.case(olga.id)
    assert (case.is_spam, case.asks_survey, case.cause, case.recovery_due_at) == (True, False, None, None)
    assert case.closed_at is not None
    assert "спам" in (await operator.get(f"/console/inbox/{olga.id}")).text


@pytest.mark.parametrize(("more", "asks"), [({}, True), ({"no_survey": "yes"}, False)])
async def test_a_case_is_closed_with_or_without_asking_for_a_rating(shop, operator, olga, more, asks):
    form = {"cause": "waiting", "action": "New soup", **more}
    await operator.post(f"/console/inbox/{olga.id}/close", data=form, headers=LIVE)
    assert (await shop.case(olga.id)).asks_survey is asks


# --- promises and history


@pytest.mark.parametrize(("minutes", "says"), [(0, "в срок"), (13, "срок подходит"), (16, "просрочено")])
async def test_a_promise_says_in_words_how_it_stands(shop, operator, olga, minutes, says):
    shop.pass_time(timedelta(minutes=minutes))
    page = (await operator.get(f"/console/inbox/{olga.id}")).text
    terms = page.split(f'id="terms-{olga.id}"')[1].split("</ul>")[0]
    assert says in terms.split("</li>")[0]
    assert f"№ {olga.number}" in page


async def test_what_happened_stands_between_the_messages(shop, operator, olga):
    await operator.post(f"/console/inbox/{olga.id}/take", data={}, headers=LIVE)
    page = (await operator.get(f"/console/inbox/{olga.id}")).text
    assert f"Открыто обращение № {olga.number}" in page
    assert "Operator берёт обращение" in page


# --- an operator of one branch (feature ES14)


async def test_an_operator_of_a_branch_sees_its_cases_and_those_of_none(shop, operator, olga):
    here, nowhere = await shop.complaint("Ivan", "Rude"), await shop.complaint("Anna", "Late")
    await works_in(shop, "Арбат")
    await in_branch(shop, olga, "Тверская")
    await in_branch(shop, here, "Арбат")
    page = (await operator.get("/console/inbox")).text
    seen = {case.id for case in (olga, here, nowhere) if f'id="row-{case.id}"' in page}
    assert seen == {here.id, nowhere.id}
    assert "<title>(2)" in page


async def test_another_branchs_case_is_not_there_at_all(shop, operator, olga):
    await works_in(shop, "Арбат")
    await in_branch(shop, olga, "Тверская")
    assert (await operator.get(f"/console/inbox/{olga.id}")).status_code == 404
    acts = {
        "reply": {"text": "x"},
        "take": {},
        "note": {"text": "x"},
        "transfer": {"to": "pool", "reason": "x"},
        "close": {"cause": "waiting", "action": "x"},
        "unlabel": {"label": "x"},
    }
    before = await history(shop, olga)
    for act, form in acts.items():
        answer = await operator.post(f"/console/inbox/{olga.id}/{act}", data=form, headers=LIVE)
        assert (act, answer.status_code) == (act, 410)
        assert "soup" not in answer.text
    assert len(await history(shop, olga)) == len(before)
    assert await written(shop, olga) == []


async def test_a_case_that_was_handed_to_somebody_of_another_branch_is_theirs_to_see(shop, operator, olga):
    await works_in(shop, "Арбат")
    await in_branch(shop, olga, "Тверская")
    boss, her = shop.staff[Role.ADMIN], shop.staff[Role.OPERATOR]
    await shop.database.write(lambda store: cases.transfer(store, olga.id, boss, her, "you know her", shop.now, Desk()))
    assert (await operator.get(f"/console/inbox/{olga.id}")).status_code == 200


async def test_the_stream_tells_nothing_of_another_branchs_case(shop, operator, olga):
    await works_in(shop, "Арбат")
    await in_branch(shop, olga, "Тверская")
    before = await shop.database.read(lambda store: store.feed.last_seq())
    customer = await shop.database.read(lambda store: store.customers.get(olga.customer_id))
    await shop.says(customer, "A secret of Tverskaya", olga)
    kinds = await shop.database.read(lambda store: {one.kind for one in store.feed.after(before)})
    assert FeedKind.MESSAGE_IN in kinds
    missed = await operator.get(f"/console/live/missed?after={before}")
    assert "secret" not in missed.text
    await works_in(shop, "")
    assert "secret" in (await operator.get(f"/console/live/missed?after={before}")).text


async def test_a_manager_sees_every_branch(shop, browse, olga):
    await works_in(shop, "Арбат", Role.ADMIN)
    await in_branch(shop, olga, "Тверская")
    async with browse() as browser:
        await sign_in(browser, "admin")
        assert (await browser.get(f"/console/inbox/{olga.id}")).status_code == 200
