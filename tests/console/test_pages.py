"""Today, the profile, the settings and the staff."""

from datetime import timedelta

import pytest

from console.chart import Point, trend
from console.dashboard import Week
from storage.kinds import DeliveryState, LinkPurpose, Role, ScoreGroup, SurveyKind, Touchpoint
from storage.models import OutboxMessage, Staff, StaffAccount, SurveyRun
from storage.staff import token_hash
from tests.console.shop import BOT, PASSWORD, sign_in


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


# --- today


async def test_an_empty_shop_is_told_what_to_do_next(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "owner")
        page = (await browser.get("/console/")).text
    for sentence in ("Никто не ждёт ответа", "Отправьте первый опрос", "За неделю ничего не отправляли"):
        assert sentence in page


async def answered(shop, groups: dict[ScoreGroup, int], unanswered: int = 0) -> None:
    customer = await shop.customer("Olga")

    def add(store) -> None:
        for group, count in {**groups, None: unanswered}.items():
            for _ in range(count):
                run = SurveyRun(
                    customer_id=customer.id,
                    survey=SurveyKind.NPS.value,
                    kind=SurveyKind.NPS,
                    touchpoint=Touchpoint.MENU,
                    bot_id=BOT,
                    asked_at=shop.now - timedelta(days=1),
                    expires_at=shop.now,
                    score=5 if group else None,
                    score_group=group,
                    answered_at=shop.now - timedelta(hours=1) if group else None,
                    closed_at=shop.now,
                )
                store.surveys.add(run)

    await shop.database.write(add)


async def test_the_score_comes_with_its_interval_and_its_share_of_answers(shop, browse):
    await answered(shop, {ScoreGroup.PROMOTER: 60, ScoreGroup.PASSIVE: 20, ScoreGroup.DETRACTOR: 20}, unanswered=100)
    async with browse() as browser:
        await sign_in(browser, "analyst")
        page = plain((await browser.get("/console/")).text)
    assert "+40" in page
    assert "от +24 до +56" in page
    assert "50 %" in page
    assert "спросили 200 раз" in page


async def test_few_answers_are_called_few(shop, browse):
    await answered(shop, {ScoreGroup.PROMOTER: 3})
    async with browse() as browser:
        await sign_in(browser, "owner")
        page = (await browser.get("/console/")).text
    assert "Пока мало: 3 ответа" in page


async def test_late_cases_are_counted_aloud(shop, browse):
    await shop.complaint("Olga", "x")
    shop.pass_time(timedelta(hours=1))
    async with browse() as browser:
        await sign_in(browser, "operator")
        page = (await browser.get("/console/")).text
    assert "1 просрочен" in page


async def test_deliveries_are_counted_by_channel_and_fate(shop, browse):
    def add(store) -> None:
        rows = [
            {"state": state, "bot_id": BOT, "user_id": "1", "kind": "reply", "priority": 1, "body": {"text": "x"}}
            for state in (DeliveryState.SENT, DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN)
        ]
        base = {"not_before": shop.now, "created_at": shop.now}
        from storage.columns import new_id

        store.bulk.insert(
            OutboxMessage, [{**row, **base, "id": new_id(), "nonce": str(number)} for number, row in enumerate(rows)]
        )

    await shop.database.write(add)
    async with browse() as browser:
        await sign_in(browser, "owner")
        page = plain((await browser.get("/console/")).text)
    assert "Telegram" in page
    assert "50 %" in page


def test_a_trend_draws_a_title_for_each_week_and_breaks_where_nobody_answered():
    drawn = trend([Point("1", "first", 10, 0, 20), Point("2", "", None), Point("3", "<third>", -5, -20, 9)], "NPS")
    assert drawn.count("<title>") == 2
    assert drawn.count('class="line"') == 2
    assert "&lt;third&gt;" in drawn


def test_three_happy_guests_do_not_prove_a_hundred(shop):
    from collections import Counter

    low, high = Week(shop.now.date(), Counter({ScoreGroup.PROMOTER: 3})).interval
    assert low < 50
    assert high <= 100


# --- the profile


async def test_a_language_is_kept_and_spoken(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "operator")
        await browser.post("/console/profile", data={"name": "Emma", "language": "en", "theme": "dark"})
        page = (await browser.get("/console/")).text
    assert 'lang="en"' in page
    assert 'data-theme="dark"' in page
    assert 'data-shortcuts="off"' in page
    assert "Emma" in page


async def test_a_messenger_is_linked_by_a_link_of_ten_minutes(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "operator")
        page = (await browser.post("/console/profile/link", data={"bot": BOT})).text
    token = page.split("https://t.me/korica_bot?start=staff_")[1].split('"')[0]
    link = await shop.database.read(lambda store: store.staff.link(token_hash(token), shop.now))
    assert link.purpose is LinkPurpose.LINK_MESSENGER
    assert link.staff_id == shop.staff[Role.OPERATOR].id
    assert link.expires_at - shop.now == timedelta(minutes=10)
    assert len("staff_" + token) <= 64  # all that Telegram lets through


async def test_an_account_in_vk_is_linked_by_a_link_that_brings_the_token_as_its_ref(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "operator")
        page = (await browser.post("/console/profile/link", data={"bot": "vk:1"})).text
    token = page.split("https://vk.me/korica?ref=staff_")[1].split('"')[0]
    assert await shop.database.read(lambda store: store.staff.link(token_hash(token), shop.now))


async def test_only_ones_own_messenger_can_be_unlinked(shop, browse):
    account = StaffAccount(bot_id=BOT, user_id="7", staff_id=shop.staff[Role.OPERATOR].id, linked_at=shop.now)
    await shop.database.write(lambda store: store.staff.link_account(account))
    async with browse() as browser:
        for login, left in (("admin", 1), ("operator", 0)):
            await sign_in(browser, login)
            await browser.post("/console/profile/unlink", data={"bot": BOT, "user": "7"})
            accounts = await shop.database.read(lambda store: store.staff.accounts_of(account.staff_id))
            assert len(accounts) == left


# --- the settings


async def test_a_setting_is_a_new_version_with_its_author(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "admin")
        for name in ("Корица", "Ваниль", "Ваниль"):
            await browser.post("/console/settings", data={"business.name": name, "business.greeting": ""})
        page = (await browser.get("/console/settings")).text
    setting = await shop.database.read(lambda store: store.business.setting("business.name"))
    assert (setting.value, setting.version, setting.changed_by) == ("Ваниль", 2, shop.staff[Role.ADMIN].id)
    assert "Admin" in page
    assert shop.changed_channels == []


async def test_a_token_is_sealed_never_shown_and_restarts_its_channel(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "owner")
        await browser.post(
            "/console/settings", data={"channels.telegram.token": "123456789:AAsecret-of-the-bot-0123456789012"}
        )
        page = (await browser.get("/console/settings")).text
        setting = await shop.database.read(lambda store: store.business.setting("channels.telegram.token"))
        assert setting.value == "sealed(43)"
        assert "secret" not in page
        assert "sealed" not in page
        await browser.post("/console/settings", data={"channels.telegram.token": "", "forget_token": "yes"})
    setting = await shop.database.read(lambda store: store.business.setting("channels.telegram.token"))
    assert setting.value == ""
    assert shop.changed_channels == ["telegram", "telegram"]


async def test_a_business_is_never_nameless(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "owner")
        await browser.post("/console/settings", data={"business.name": "  "})
    assert await shop.database.read(lambda store: store.business.setting("business.name")) is None


# --- the staff


async def invited(browser, role: str = "operator") -> str:
    page = await browser.post("/console/staff/invite", data={"name": "New", "login": "New", "role": role})
    return page.text.split('value="http://localhost')[1].split('"')[0] if "/console/setup/" in page.text else ""


async def test_an_invited_colleague_chooses_a_password_and_comes_in(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "admin")
        link = await invited(browser)
    async with browse() as browser:
        new = {"password": "новый пароль", "again": "новый пароль"}
        assert (await browser.post(link, data=new)).status_code == 303
        assert (await browser.get("/console/inbox")).status_code == 200
        assert (await browser.post(link, data=new)).status_code == 404
        assert (await sign_in(browser, "new", "новый пароль")).status_code == 303


async def test_nobody_signs_in_before_choosing_a_password(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "admin")
        await invited(browser)
        assert (await sign_in(browser, "new", "")).status_code == 403


async def test_a_login_is_given_once(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "admin")
        assert await invited(browser)
        assert not await invited(browser)


async def them(shop, role: Role) -> Staff:
    return await shop.database.read(lambda store: store.staff.get(shop.staff[role].id))


async def test_a_new_role_signs_its_holder_out(shop, browse):
    async with browse() as boss, browse() as operator:
        await sign_in(operator, "operator")
        await sign_in(boss, "admin")
        operator_id = shop.staff[Role.OPERATOR].id
        await boss.post(f"/console/staff/{operator_id}/role", data={"role": "cashier"})
        assert (await operator.get("/console/")).status_code == 303
    assert (await them(shop, Role.OPERATOR)).role is Role.CASHIER


async def test_a_dismissed_colleague_is_out_at_once_and_cannot_come_back(shop, browse):
    async with browse() as boss, browse() as operator:
        await sign_in(operator, "operator")
        await sign_in(boss, "owner")
        operator_id = shop.staff[Role.OPERATOR].id
        await boss.post(f"/console/staff/{operator_id}/active", data={"active": "no"})
        assert (await operator.get("/console/")).status_code == 303
        assert (await sign_in(operator, "operator")).status_code == 403


@pytest.mark.parametrize(("path", "form"), [("role", {"role": "admin"}), ("active", {"active": "no"})])
async def test_the_last_owner_stays(shop, browse, path, form):
    async with browse() as browser:
        await sign_in(browser, "owner")
        answer = await browser.post(f"/console/staff/{shop.staff[Role.OWNER].id}/{path}", data=form)
        assert "last_owner" in answer.headers["location"]
        assert (await browser.get("/console/")).status_code == 200
    owner = await them(shop, Role.OWNER)
    assert owner.is_active
    assert owner.role is Role.OWNER


async def test_an_admin_neither_makes_nor_unmakes_owners(shop, browse):
    owner, operator = shop.staff[Role.OWNER].id, shop.staff[Role.OPERATOR].id
    async with browse() as browser:
        await sign_in(browser, "admin")
        assert not await invited(browser, "owner")
        await browser.post(f"/console/staff/{operator}/role", data={"role": "owner"})
        await browser.post(f"/console/staff/{owner}/active", data={"active": "no"})
        # A new link is a new password: it would be the owner's account.
        await browser.post(f"/console/staff/{owner}/link", data={})
        assert (await sign_in(browser, "owner", PASSWORD)).status_code == 303
    assert (await them(shop, Role.OPERATOR)).role is Role.OPERATOR


async def test_a_text_that_is_no_token_is_refused_with_a_sentence_and_kept_nowhere(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "owner")
        answer = await browser.post("/console/settings", data={"channels.telegram.token": "abc"})
        assert answer.headers["location"].endswith("notice=token_wrong")
    assert await shop.database.read(lambda store: store.business.setting("channels.telegram.token")) is None
    assert shop.changed_channels == []
