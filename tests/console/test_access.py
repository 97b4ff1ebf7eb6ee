"""Who comes in, who stays out, and what each role may open."""

import re
from datetime import timedelta

import pytest

from console.access import EVERYONE, new_link
from console.pages import safe_next
from console.routes import PAGES
from storage.columns import new_id
from storage.kinds import LinkPurpose, Role
from tests.console.shop import PASSWORD, sign_in

DIALOG_ROLES = {Role.OWNER, Role.ADMIN, Role.OPERATOR}
MANAGER_ROLES = {Role.OWNER, Role.ADMIN}
READER_ROLES = DIALOG_ROLES | {Role.MARKETER}
MARKETER_ROLES = MANAGER_ROLES | {Role.MARKETER}
COUNTER_ROLES = MARKETER_ROLES | {Role.ANALYST}
SELLER_ROLES = set(Role) - {Role.ANALYST}
EXPECTED = {
    "/logout": EVERYONE,
    "/": EVERYONE,
    "/profile": EVERYONE,
    "/profile/password": EVERYONE,
    "/profile/link": EVERYONE,
    "/profile/unlink": EVERYONE,
    "/settings": MANAGER_ROLES,
    "/staff": MANAGER_ROLES,
    "/staff/invite": MANAGER_ROLES,
    "/staff/{staff_id:uuid}/link": MANAGER_ROLES,
    "/staff/{staff_id:uuid}/role": MANAGER_ROLES,
    "/staff/{staff_id:uuid}/active": MANAGER_ROLES,
    "/staff/{staff_id:uuid}/branch": MANAGER_ROLES,
    "/till": SELLER_ROLES,
    "/till/find": SELLER_ROLES,
    "/till/{customer_id:uuid}": SELLER_ROLES,
    "/till/{customer_id:uuid}/sale": SELLER_ROLES,
    "/till/waits/{request_id:uuid}": SELLER_ROLES,
    "/till/waits/{request_id:uuid}/cash": SELLER_ROLES,
    "/till/purchases/{purchase_id:uuid}": SELLER_ROLES,
    "/till/purchases/{purchase_id:uuid}/return": SELLER_ROLES,
    "/till/returns/{request_id:uuid}/refuse": SELLER_ROLES,
    "/alerts": MANAGER_ROLES,
    "/alerts/{alert_id:uuid}/seen": MANAGER_ROLES,
    "/inbox": DIALOG_ROLES,
    "/inbox/{case_id:uuid}": DIALOG_ROLES,
    "/inbox/{case_id:uuid}/customer": DIALOG_ROLES,
    "/inbox/{case_id:uuid}/reply": DIALOG_ROLES,
    "/inbox/{case_id:uuid}/take": DIALOG_ROLES,
    "/inbox/{case_id:uuid}/close": DIALOG_ROLES,
    "/inbox/{case_id:uuid}/read": DIALOG_ROLES,
    "/inbox/{case_id:uuid}/note": DIALOG_ROLES,
    "/inbox/{case_id:uuid}/label": DIALOG_ROLES,
    "/inbox/{case_id:uuid}/unlabel": DIALOG_ROLES,
    "/inbox/{case_id:uuid}/transfer": DIALOG_ROLES,
    "/replies": DIALOG_ROLES,
    "/replies/add": MANAGER_ROLES,
    "/replies/{reply_id:uuid}": MANAGER_ROLES,
    "/replies/{reply_id:uuid}/archive": MANAGER_ROLES,
    "/desk/numbers": COUNTER_ROLES,
    "/desk/hours": MANAGER_ROLES,
    "/desk/promises": MANAGER_ROLES,
    "/desk/assignment": MANAGER_ROLES,
    "/desk/rules": MANAGER_ROLES,
    "/desk/rules/restore": MANAGER_ROLES,
    "/desk/rules/{place:str}": MANAGER_ROLES,
    "/desk/rules/{place:str}/move": MANAGER_ROLES,
    "/desk/rules/{place:str}/delete": MANAGER_ROLES,
    "/quality/dialogues": DIALOG_ROLES,
    "/quality/dialogues/rules": MANAGER_ROLES,
    "/quality/dialogues/{review_id:uuid}": DIALOG_ROLES,
    "/quality/dialogues/{review_id:uuid}/marks": MANAGER_ROLES,
    "/customers": EVERYONE,
    "/customers/{customer_id:uuid}": EVERYONE,
    "/customers/{customer_id:uuid}/purchases": set(Role) - {Role.ANALYST},
    "/customers/{customer_id:uuid}/birthday": DIALOG_ROLES | {Role.CASHIER},
    "/customers/{customer_id:uuid}/merge": MANAGER_ROLES,
    "/customers/{customer_id:uuid}/unmerge": MANAGER_ROLES,
    "/customers/{customer_id:uuid}/export": MANAGER_ROLES,
    "/customers/{customer_id:uuid}/erase": MANAGER_ROLES,
    "/duplicates": MANAGER_ROLES,
    "/quality": MANAGER_ROLES | {Role.MARKETER, Role.ANALYST},
    "/audit": MANAGER_ROLES,
    "/base": MANAGER_ROLES | {Role.MARKETER, Role.ANALYST},
    "/reach": MANAGER_ROLES | {Role.MARKETER, Role.ANALYST},
    "/numbers": MANAGER_ROLES | {Role.MARKETER, Role.ANALYST},
    "/numbers/goals": MANAGER_ROLES,
    "/numbers/goals/{goal_id:uuid}/end": MANAGER_ROLES,
    "/loyalty": COUNTER_ROLES,
    "/loyalty/rules": COUNTER_ROLES,
    "/loyalty/rules/save": MARKETER_ROLES,
    "/loyalty/rules/check": MARKETER_ROLES,
    "/loyalty/tiers": COUNTER_ROLES,
    "/loyalty/tiers/save": MARKETER_ROLES,
    "/loyalty/tiers/check": MARKETER_ROLES,
    "/loyalty/points": MARKETER_ROLES,
    "/loyalty/points/{adjustment_id:uuid}/confirm": MARKETER_ROLES,
    "/loyalty/points/{adjustment_id:uuid}/refuse": MARKETER_ROLES,
    "/losses": MANAGER_ROLES | {Role.MARKETER, Role.ANALYST},
    "/services": MANAGER_ROLES | {Role.MARKETER, Role.ANALYST},
    "/services/{key:path}": MANAGER_ROLES | {Role.MARKETER, Role.ANALYST},
    "/services/{key:path}/offer": MANAGER_ROLES,
    "/complaints": {Role.OWNER},
    "/surveys": COUNTER_ROLES,
    "/surveys/new": MARKETER_ROLES,
    "/surveys/save": MARKETER_ROLES,
    "/surveys/draft": COUNTER_ROLES,
    "/surveys/{slug}": COUNTER_ROLES,
    "/surveys/{slug}/save": MARKETER_ROLES,
    "/surveys/{slug}/switch": MARKETER_ROLES,
    "/surveys/{slug}/cadence": COUNTER_ROLES,
    "/surveys/{slug}/cadence/save": MARKETER_ROLES,
    "/feedback": READER_ROLES,
    "/feedback/{item_id:uuid}/done": READER_ROLES,
    "/feedback/reviews": READER_ROLES,
    "/feedback/reviews/file": MARKETER_ROLES,
    "/reviews": MARKETER_ROLES,
    "/reviews/pace": MARKETER_ROLES,
    "/reviews/{site_id:uuid}": MARKETER_ROLES,
    "/surveys/results": COUNTER_ROLES,
    "/surveys/results.csv": COUNTER_ROLES,
    "/segments": COUNTER_ROLES,
    "/segments/new": COUNTER_ROLES,
    "/segments/draft": COUNTER_ROLES,
    "/segments/save": MARKETER_ROLES,
    "/segments/{segment_id:uuid}": COUNTER_ROLES,
    "/segments/{segment_id:uuid}/save": MARKETER_ROLES,
    "/segments/{segment_id:uuid}/customers": COUNTER_ROLES,
    "/segments/{segment_id:uuid}/archive": MARKETER_ROLES,
    "/segments/{segment_id:uuid}/restore": MARKETER_ROLES,
    "/files/{file_id:str}": READER_ROLES,
    "/flags": READER_ROLES,
    "/flags/{flag_id:uuid}/confirm": READER_ROLES,
    "/flags/{flag_id:uuid}/dismiss": READER_ROLES,
    "/customers/{customer_id:uuid}/likes": set(Role) - {Role.ANALYST},
    "/promos": MARKETER_ROLES,
    "/promos/new": MARKETER_ROLES,
    "/promos/{campaign_id:uuid}": MARKETER_ROLES,
    "/promos/{campaign_id:uuid}/edit": MARKETER_ROLES,
    "/promos/{campaign_id:uuid}/step": MARKETER_ROLES,
    "/promos/{campaign_id:uuid}/codes": MARKETER_ROLES,
    "/promos/{campaign_id:uuid}/codes/{generation_id:uuid}": MARKETER_ROLES,
    "/promos/{campaign_id:uuid}/undo": MARKETER_ROLES,
    "/friends": COUNTER_ROLES,
    "/friends/{friend_id:uuid}/reward": MARKETER_ROLES,
    "/friends/{friend_id:uuid}/refuse": MARKETER_ROLES,
    "/links": COUNTER_ROLES,
    "/links/add": MARKETER_ROLES,
    "/links/{code:str}/archive": MARKETER_ROLES,
    "/links/{code:str}/print": COUNTER_ROLES,
    "/links/{code:str}/qr.svg": COUNTER_ROLES,
    "/likes": COUNTER_ROLES,
    "/likes/add": MARKETER_ROLES,
    "/likes/{slug:str}": MARKETER_ROLES,
    "/charity": COUNTER_ROLES,
    "/charity/add": MARKETER_ROLES,
    "/charity/{slug:str}": MARKETER_ROLES,
    "/status": MANAGER_ROLES,
    "/today/{action_id:uuid}/done": MARKETER_ROLES,
    "/today/{action_id:uuid}/dismiss": MARKETER_ROLES,
    "/status/rate": MANAGER_ROLES,
    "/imports": MANAGER_ROLES,
    "/imports/{import_id:uuid}": MANAGER_ROLES,
    "/imports/{import_id:uuid}/columns": MANAGER_ROLES,
    "/imports/{import_id:uuid}/start": MANAGER_ROLES,
    "/imports/{import_id:uuid}/forget": MANAGER_ROLES,
    "/imports/{import_id:uuid}/undo": MANAGER_ROLES,
    "/imports/{import_id:uuid}/refused": MANAGER_ROLES,
    "/live": DIALOG_ROLES,
    "/live/missed": DIALOG_ROLES,
}
PUBLIC = {"/login", "/setup/{token:str}", "/c/{token:str}"}
GUARDED = [page for page in PAGES if page.who is not None]


def address(path: str) -> str:
    return "/console" + re.sub(r"\{\w+:\w+\}", str(new_id()), path)


def test_every_route_is_in_the_table_of_this_test():
    assert {page.path for page in PAGES} == set(EXPECTED) | PUBLIC
    assert {page.path for page in PAGES if page.who is None} == PUBLIC


@pytest.mark.parametrize("page", GUARDED, ids=lambda page: f"{page.method} {page.path}")
async def test_each_route_opens_for_its_roles_alone(shop, browse, page):
    for role in Role:
        async with browse() as browser:
            await shop.let_in(browser, role)
            if page.path == "/live" and role in EXPECTED[page.path]:
                continue  # endless; test_live.py reads it
            answer = await browser.request(page.method, address(page.path), data={} if page.method == "POST" else None)
        assert (answer.status_code == 403) == (role not in EXPECTED[page.path]), (role, answer.status_code)
        assert answer.status_code < 500


@pytest.mark.parametrize("page", GUARDED, ids=lambda page: f"{page.method} {page.path}")
async def test_who_is_not_signed_in_gets_nothing(shop, browse, page):
    async with browse() as browser:
        answer = await browser.request(page.method, address(page.path), data={} if page.method == "POST" else None)
    if page.method == "POST" or page.path.startswith("/live"):
        assert answer.status_code == 401
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/login")


async def test_a_form_of_another_site_is_refused(shop, browse):
    case = await shop.complaint("Olga", "bad")
    async with browse() as browser:
        await sign_in(browser, "operator")
        for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
            answer = await browser.post(f"/console/inbox/{case.id}/take", data={}, headers=headers)
            assert answer.status_code == 403
    assert (await shop.case(case.id)).taken_by is None


async def test_an_old_browser_is_known_by_its_origin(shop, browse):
    async with browse() as browser:
        del browser.headers["sec-fetch-site"]
        assert (await sign_in(browser, "owner")).status_code == 403
        browser.headers["origin"] = "http://evil.example"
        assert (await sign_in(browser, "owner")).status_code == 403
        browser.headers["origin"] = "http://localhost"
        assert (await sign_in(browser, "owner")).status_code == 303


@pytest.mark.parametrize(
    "wish", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "/\n/evil", ""]
)
def test_signing_in_never_leads_to_another_site(wish):
    assert safe_next(wish) == "/"


async def test_signing_in_leads_to_the_page_that_was_wanted(shop, browse):
    async with browse() as browser:
        asked = await browser.get("/console/inbox?view=mine")
        assert asked.headers["location"] == "/console/login?next=/inbox%3Fview%3Dmine"
        entered = await sign_in(browser, "operator", next="/inbox?view=mine")
    assert entered.headers["location"] == "/console/inbox?view=mine"


async def test_five_wrong_passwords_close_the_door_for_the_right_one_too(shop, browse):
    async with browse() as browser:
        wrong = [(await sign_in(browser, "owner", "wrong")).status_code for _ in range(5)]
        assert wrong == [403] * 5
        late = await sign_in(browser, "owner")
        assert late.status_code == 429
        assert "15 минут" in late.text
        shop.pass_time(timedelta(minutes=16))
        assert (await sign_in(browser, "owner")).status_code == 303


async def test_one_address_may_not_try_many_logins(shop, browse):
    async with browse() as browser:
        for number in range(5):
            await sign_in(browser, f"guess{number}", "wrong")
        assert (await sign_in(browser, "owner")).status_code == 429


async def test_a_right_password_clears_the_count(shop, browse):
    async with browse() as browser:
        for _ in range(3):
            for _ in range(4):
                await sign_in(browser, "owner", "wrong")
            assert (await sign_in(browser, "owner")).status_code == 303


async def test_an_unknown_login_and_a_wrong_password_look_the_same(shop, browse):
    async with browse() as browser:
        known, unknown = await sign_in(browser, "owner", "x"), await sign_in(browser, "nobody", "x")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


async def test_a_session_is_new_at_each_sign_in_and_the_old_one_ends(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "owner")
        first = browser.cookies["sid"]
        await sign_in(browser, "owner")
        assert browser.cookies["sid"] != first
        browser.cookies.clear()
        answer = await browser.get("/console/", headers={"cookie": f"sid={first}"})
    assert answer.status_code == 303


async def test_a_session_ends_after_twelve_idle_hours_and_after_seven_days(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "owner")
        for _ in range(13):
            shop.pass_time(timedelta(hours=11))
            assert (await browser.get("/console/")).status_code == 200
        shop.pass_time(timedelta(hours=11) * 3)
        assert (await browser.get("/console/")).status_code == 303
        await sign_in(browser, "owner")
        for _ in range(16):
            shop.pass_time(timedelta(hours=11))
            answer = await browser.get("/console/")
    assert answer.status_code == 303


async def test_signing_out_ends_the_session(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "owner")
        cookie = f"sid={browser.cookies['sid']}"
        await browser.post("/console/logout", data={})
        assert (await browser.get("/console/", headers={"cookie": cookie})).status_code == 303


async def test_over_https_the_cookie_is_secure_and_bound_to_the_host(shop, browse):
    async with browse("https://shop.example") as browser:
        answer = await sign_in(browser, "owner")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-sid=")
        for mark in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
            assert mark in cookie
        assert (await browser.get("/console/")).headers["strict-transport-security"]


async def test_plain_http_from_elsewhere_is_refused_with_a_sentence(shop, browse):
    async with browse("http://192.168.0.7:8080") as browser:
        page, answer = await browser.get("/console/login"), await sign_in(browser, "owner")
    assert "https" in page.text
    assert "<form" not in page.text
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_every_answer_carries_the_safe_headers(shop, browse):
    async with browse() as browser:
        for path in ("/login", "/nothing-here", "/"):
            answer = await browser.get("/console" + path)
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"


async def test_a_huge_form_is_refused_before_it_is_read(shop, browse):
    async with browse() as browser:
        answer = await browser.post("/console/login", data={"login": "x" * 300_000})
    assert answer.status_code == 413


# --- one-time links


async def owner_link(shop) -> str:
    token = await shop.database.write(lambda store: new_link(store, LinkPurpose.FIRST_OWNER, None, shop.now))
    return f"/console/setup/{token}"


FORM = {"name": "Анна", "login": " Anna ", "password": "долгий пароль", "again": "долгий пароль"}


async def test_the_first_owner_comes_by_a_link_that_works_once(shop, browse):
    link = await owner_link(shop)
    async with browse() as browser:
        assert "Вы владелец" in (await browser.get(link)).text
        assert (await browser.post(link, data=FORM)).status_code == 303
        assert "Анна" in (await browser.get("/console/")).text
    async with browse() as browser:
        assert (await browser.post(link, data={**FORM, "login": "eve"})).status_code == 404
        assert (await sign_in(browser, "anna", FORM["password"])).status_code == 303


async def test_an_owners_link_is_over_after_a_day(shop, browse):
    link = await owner_link(shop)
    shop.pass_time(timedelta(hours=25))
    async with browse() as browser:
        assert (await browser.get(link)).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"password": "коротко", "again": "коротко"}, "короче 10"),
        ({"again": "другой пароль"}, "не совпали"),
        ({"name": " "}, "Заполните"),
        ({"login": "owner"}, "уже есть"),
    ],
)
async def test_a_wrong_setup_form_says_why_and_keeps_the_link(shop, browse, wrong, says):
    link = await owner_link(shop)
    async with browse() as browser:
        answer = await browser.post(link, data={**FORM, **wrong})
        assert answer.status_code == 422
        assert says in answer.text
        assert (await browser.post(link, data=FORM)).status_code == 303


async def test_a_changed_password_signs_every_other_browser_out(shop, browse):
    async with browse() as here, browse() as there:
        await sign_in(here, "operator")
        await sign_in(there, "operator")
        new = {"current": PASSWORD, "password": "новый пароль!", "again": "новый пароль!"}
        assert (await here.post("/console/profile/password", data=new)).status_code == 303
        assert (await here.get("/console/profile")).status_code == 200
        assert (await there.get("/console/profile")).status_code == 303


async def test_a_password_is_not_changed_without_the_current_one(shop, browse):
    async with browse() as browser:
        await sign_in(browser, "operator")
        form = {"current": "nope", "password": "новый пароль!", "again": "новый пароль!"}
        answer = await browser.post("/console/profile/password", data=form)
        assert answer.status_code == 422
        assert (await sign_in(browser, "operator")).status_code == 303
