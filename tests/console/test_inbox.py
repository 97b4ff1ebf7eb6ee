"""Dialogs: lists, a conversation, and what an operator may do with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from messaging.desk import Desk
from messaging.messages import Address
from storage.kinds import CaseCause, DeliveryState, Role, Touchpoint
from storage.models import OutboxMessage
from tests.console.shop import sign_in

LIVE = {"x-live": "1"}


@pytest.fixture
async def olga(shop):
    return await shop.complaint("Olga", "The soup was cold")


async def outbox(shop, case) -> list[OutboxMessage]:
    return await shop.database.read(lambda store: store.outbox.of_customer(case.customer_id, 20))


async def test_a_case_stands_in_the_list_with_its_last_words(shop, browse, olga):
    async with browse() as browser:
        await sign_in(browser, "operator")
        page = (await browser.get("/console/inbox")).text
    assert f'id="row-{olga.id}"' in page
    assert "The soup was cold" in page
    assert "Срочно" in page


@pytest.mark.parametrize(
    ("view", "holder", "is_shown"),
    [
        ("mine", None, False),
        ("mine", "operator", True),
        ("mine", "admin", False),
        ("unassigned", None, True),
        ("unassigned", "operator", False),
        ("all", "admin", True),
    ],
)
async def test_each_list_holds_its_own_cases(shop, browse, olga, view, holder, is_shown):
    async with browse() as browser:
        if holder:
            await sign_in(browser, holder)
            await browser.post(f"/console/inbox/{olga.id}/take", data={})
        await sign_in(browser, "operator")
        page = (await browser.get(f"/console/inbox?view={view}")).text
    assert (f'id="row-{olga.id}"' in page) is is_shown


async def test_an_answer_is_queued_and_the_case_becomes_the_operators(shop, browse, olga):
    async with browse() as browser:
        await sign_in(browser, "operator")
        answer = await browser.post(f"/console/inbox/{olga.id}/reply", data={"text": "So sorry!"}, headers=LIVE)
    assert answer.status_code == 200
    assert "So sorry!" in answer.text
    assert (await shop.case(olga.id)).taken_by == shop.staff[Role.OPERATOR].id
    assert [row.body["text"] for row in await outbox(shop, olga)] == ["So sorry!"]


async def test_an_answer_sent_twice_leaves_once(shop, browse, olga):
    async with browse() as browser:
        await sign_in(browser, "operator")
        for _ in range(2):
            answer = await browser.post(
                f"/console/inbox/{olga.id}/reply", data={"text": "Sorry", "key": "k1"}, headers=LIVE
            )
            assert answer.status_code == 200
    assert len(await outbox(shop, olga)) == 1


async def test_a_colleagues_case_is_not_answered_blindly(shop, browse, olga):
    async with browse() as browser:
        await sign_in(browser, "admin")
        await browser.post(f"/console/inbox/{olga.id}/take", data={})
        await sign_in(browser, "operator")
        assert "Admin" in (await browser.get(f"/console/inbox/{olga.id}")).text
        answer = await browser.post(f"/console/inbox/{olga.id}/reply", data={"text": "Hi", "key": "k"}, headers=LIVE)
        assert answer.status_code == 409
        assert "коллега" in answer.text
        assert await outbox(shop, olga) == []
        # After taking over, the same text with the same key goes out: the refusal did not use the key up.
        await browser.post(f"/console/inbox/{olga.id}/take", data={"even_from_colleague": "yes"})
        assert (await shop.case(olga.id)).taken_by == shop.staff[Role.OPERATOR].id
        await browser.post(f"/console/inbox/{olga.id}/reply", data={"text": "Hi", "key": "k"}, headers=LIVE)
    assert len(await outbox(shop, olga)) == 1


async def test_taking_a_colleagues_case_needs_a_plain_yes(shop, browse, olga):
    async with browse() as browser:
        await sign_in(browser, "admin")
        await browser.post(f"/console/inbox/{olga.id}/take", data={})
        await sign_in(browser, "operator")
        answer = await browser.post(f"/console/inbox/{olga.id}/take", data={}, headers=LIVE)
    assert answer.status_code == 409
    assert (await shop.case(olga.id)).taken_by == shop.staff[Role.ADMIN].id


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"cause": "", "action": "Apologised"}, "в чём было дело"),
        ({"cause": "aliens", "action": "Apologised"}, "в чём было дело"),
        ({"cause": "waiting", "action": "  "}, "что сделали"),
    ],
)
async def test_a_case_is_not_closed_without_cause_and_action(shop, browse, olga, form, says):
    async with browse() as browser:
        await sign_in(browser, "operator")
        answer = await browser.post(f"/console/inbox/{olga.id}/close", data=form, headers=LIVE)
    assert answer.status_code == 422
    assert says in answer.text
    assert (await shop.case(olga.id)).closed_at is None


async def test_a_closed_case_keeps_its_cause_and_moves_to_the_closed_list(shop, browse, olga):
    async with browse() as browser:
        await sign_in(browser, "operator")
        form = {"cause": "waiting", "action": "Brought a new soup"}
        answer = await browser.post(f"/console/inbox/{olga.id}/close", data=form, headers=LIVE)
        assert 'data-state="closed"' in answer.text
        assert f'id="row-{olga.id}"' in (await browser.get("/console/inbox?status=closed")).text
        late = await browser.post(f"/console/inbox/{olga.id}/reply", data={"text": "One more"}, headers=LIVE)
    case = await shop.case(olga.id)
    assert (case.cause, case.action) == (CaseCause.WAITING, "Brought a new soup")
    assert late.status_code == 410


async def test_looking_at_the_page_alone_does_not_mark_it_read(shop, browse, olga):
    async with browse() as browser:
        await sign_in(browser, "operator")
        await browser.get(f"/console/inbox/{olga.id}")
        assert (await shop.case(olga.id)).unread == 1
        await browser.post(f"/console/inbox/{olga.id}/read", data={}, headers=LIVE)
    assert (await shop.case(olga.id)).unread == 0


async def test_a_look_over_a_colleagues_shoulder_leaves_it_unread(shop, browse, olga):
    async with browse() as browser:
        await sign_in(browser, "admin")
        await browser.post(f"/console/inbox/{olga.id}/take", data={})
        await sign_in(browser, "operator")
        await browser.post(f"/console/inbox/{olga.id}/read", data={}, headers=LIVE)
    assert (await shop.case(olga.id)).unread == 1


async def test_without_script_a_form_leads_back_to_the_conversation(shop, browse, olga):
    async with browse() as browser:
        await sign_in(browser, "operator")
        answer = await browser.post(f"/console/inbox/{olga.id}/reply", data={"text": "So sorry!"})
        assert answer.headers["location"].startswith(f"/console/inbox/{olga.id}")
        page = (await browser.get(answer.headers["location"])).text
        assert "So sorry!" in page
        closing = (await browser.get(f"/console/inbox/{olga.id}?dialog=close")).text
    assert '<dialog id="close" aria-labelledby="close-title" open>' in closing


async def test_what_customers_type_stays_text(shop, browse):
    case = await shop.complaint("<b>Bob</b>", "<script>alert(1)</script>")
    async with browse() as browser:
        await sign_in(browser, "operator")
        page = (await browser.get(f"/console/inbox/{case.id}")).text
        seen = (await browser.get("/console/live/missed?after=0")).text
    for html in (page, seen):
        assert "<script>alert" not in html
        assert "<b>Bob" not in html
        assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (DeliveryState.QUEUED, "отправляется"),
        (DeliveryState.SENT, "доставлено"),
        (DeliveryState.FAILED, "не доставлено"),
        (DeliveryState.UNKNOWN, "могло и дойти"),
        (DeliveryState.CANCELLED, "отменено"),
    ],
)
def test_each_state_of_delivery_has_its_words(visit, olga_bubble, state, says):
    html = visit.macro("bubble", replace(olga_bubble, mark=state, reason="bot was blocked"))
    assert says in html
    assert ("bot was blocked" in html) is (state in {"failed", "unknown", "cancelled"})


def test_a_possible_duplicate_is_said(visit, olga_bubble):
    assert "дважды" in visit.macro("bubble", replace(olga_bubble, is_possible_duplicate=True))


@pytest.fixture
def olga_bubble(shop, olga):
    from console.threads import Bubble

    return Bubble(olga.id, olga.customer_id, "operator", "Ivan", "Hello", shop.now, DeliveryState.SENT)


@pytest.fixture
def visit(shop):
    from starlette.requests import Request

    from console.pages import Visit

    console = shop.app.routes[0].app.state.console
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [(b"accept-language", b"ru")],
        "query_string": b"",
    }
    return Visit(console, Request(scope), None)


async def test_the_customer_pane_tells_who_it_is(shop, browse, olga):
    from storage.kinds import ScoreGroup, SurveyKind
    from storage.models import Purchase, SurveyRun

    def remember(store) -> None:
        run = SurveyRun(
            customer_id=olga.customer_id,
            survey=SurveyKind.NPS.value,
            kind=SurveyKind.NPS,
            touchpoint=Touchpoint.MENU,
            bot_id=olga.bot_id,
            asked_at=shop.now,
            expires_at=shop.now,
            score=3,
            score_group=ScoreGroup.DETRACTOR,
            comment="rude",
            answered_at=shop.now,
        )
        store.surveys.add(run)
        bought = {"customer_id": olga.customer_id, "at": shop.now, "currency": "RUB", "product": ""}
        store.bulk.insert(Purchase, [{**bought, "id": run.id, "amount_minor": 125_000}])

    await shop.database.write(remember)
    async with browse() as browser:
        await sign_in(browser, "operator")
        page = (await browser.get(f"/console/inbox/{olga.id}/customer")).text
    for words in ("1 покупка", "1 250 ₽", "rude", "detractor", "Это первое обращение"):
        assert words in page.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


async def test_a_case_that_is_not_there_is_a_calm_404(shop, browse, olga):
    async with browse() as browser:
        await sign_in(browser, "operator")
        answer = await browser.get(f"/console/inbox/{olga.customer_id}")
    assert answer.status_code == 404
    assert "Такого диалога нет" in answer.text


async def test_open_cases_stand_by_their_promise(shop, browse):
    later = await shop.complaint("Later", "x")
    shop.pass_time(timedelta(minutes=-10))
    sooner = await shop.complaint("Sooner", "y")
    async with browse() as browser:
        await sign_in(browser, "operator")
        page = (await browser.get("/console/inbox")).text
    assert page.index(f"row-{sooner.id}") < page.index(f"row-{later.id}")


async def test_words_that_a_customer_changed_stand_with_what_they_were(shop, browse, olga):
    customer = await shop.database.read(lambda store: store.customers.get(olga.customer_id))
    said = await shop.says(customer, "Soop")
    await shop.database.write(lambda store: store.inbox.reword(said, "Soup <b>", ["Soop"], "5"))
    async with browse() as browser:
        await sign_in(browser, "operator")
        page = (await browser.get(f"/console/inbox/{olga.id}")).text
    bubble = page.split(f'id="m-{said}"')[1].split("</article>")[0]
    assert "<del>Soop</del>" in bubble and "Soup &lt;b&gt;" in bubble and "изменено" in bubble


async def test_what_is_done_here_is_told_where_the_operators_sit(shop, browse, olga):
    shop.desk = Desk((Address("telegram:1", "-1001"), Address("vk:1", "2000000001")))
    async with browse() as browser:
        await sign_in(browser, "operator")
        await browser.post(f"/console/inbox/{olga.id}/take", data={})
        await browser.post(f"/console/inbox/{olga.id}/reply", data={"text": "So sorry!"})
        await browser.post(f"/console/inbox/{olga.id}/close", data={"cause": "product", "action": "a new soup"})
    told = [
        await shop.database.read(lambda store, chat=chat: store.outbox.last_waiting(chat.bot_id, chat.user_id))
        for chat in shop.desk.chats
    ]
    lines = [row.body["text"].splitlines() for row in told]
    assert lines[0] == lines[1]
    assert [part in line for part, line in zip(("Olga", "So sorry!", "a new soup"), lines[0], strict=True)] == [
        True
    ] * 3
