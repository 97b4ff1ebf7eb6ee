"""Inviting a friend: the code with its links, and the welcome of who comes by a link or types a code."""

from dataclasses import replace

import pytest

from loyalty.programme import rules_now, save_rules
from loyalty.referral_rules import shown
from loyalty.referrals import code_of
from loyalty.rules import Referral as Terms
from messaging.doors import Door
from messaging.messages import Address, Author
from messaging.phrases import say
from storage.kinds import EntryPurpose, Language, PromoKind, ReferralState, Role
from storage.models import EntryLink, PromoCampaign, PromoCode, Staff
from tests.conversations.walks import agrees, joins, labels
from tests.talk import NOON

RU = Language.RU
TERMS = Terms(friend_points=200, advocate_points=300, min_order_minor=50_000, hold_days=14)
DOORS = (
    Door("telegram:1", "https://t.me/korica_bot"),
    Door("vk:2", "https://vk.me/korica"),
    Door("webchat:main", "https://shop.example/chat"),
)


@pytest.fixture
async def shop(talk):
    """A talk with a shop that has points for friends, and a way in by every channel."""
    talk.business = replace(talk.business, doors=DOORS)
    owner = Staff(login="owner", name="Olga", role=Role.OWNER, created_at=talk.now)

    def unit(store) -> None:
        store.staff.add(owner)
        save_rules(store, replace(rules_now(store), referral=TERMS), owner, talk.now)

    await talk.database.write(unit)
    return talk


async def test_the_invitation_has_the_code_what_both_get_and_a_link_for_every_channel(shop):
    await joins(shop)
    await shop.say("/menu")
    own, words = await shop.press("👥 Пригласить друга")
    code = await _code(shop)
    assert shown(code) in own and "пока никто не пришёл" in own
    assert "Другу — 200 баллов, вам — 300 баллов" in own
    assert "от 500\u00a0₽, когда пройдут 14 дней на возврат." in own
    assert f"https://t.me/korica_bot?start={code}" in words
    assert f"https://vk.me/korica?ref={code}" in words
    assert f"https://shop.example/chat?start={code}" in words


async def test_it_is_the_same_code_the_next_time(shop):
    await joins(shop)
    first, second = await shop.say("/invite"), await shop.say("/invite")
    assert first == second


async def test_who_did_not_agree_is_asked_first(shop):
    await shop.start()
    (question,) = await shop.say("/invite")
    assert question.startswith("Чтобы отличать ваших друзей")


async def test_a_friend_by_the_link_reads_who_invited_and_what_they_get(shop):
    code = await _advocate(shop, "Анна Петрова")
    (hello,) = await shop.start(code)
    assert "Вас приглашает Анна!" in hello and "Петрова" not in hello
    assert "после вашей первой покупки от 500\u00a0₽ вам достанется 200 баллов" in hello
    assert "персональных данных" in hello
    assert (await shop.customer()).source == "Приглашение друга"
    assert (await _referral(shop)).state is ReferralState.JOINED


async def test_a_link_opened_again_is_the_same_friend(shop):
    code = await _advocate(shop, "Анна")
    await shop.start(code)
    await shop.press("Согласен")
    (again,) = await shop.start(code)
    assert again.startswith("Вас приглашает Анна!")


async def test_a_code_that_was_heard_is_typed_in_any_letters(shop):
    code = await _advocate(shop, "Анна")
    await joins(shop)
    typed = f"{code[:4]} {code[4:]}".lower().translate(str.maketrans("kmtae", "кмтае"))
    (answer,) = await shop.say(typed)
    assert answer.startswith("Вас приглашает Анна!")
    assert (await _referral(shop)).state is ReferralState.JOINED


async def test_ones_own_code_is_for_friends(shop):
    await joins(shop)
    await shop.say("/invite")
    assert await shop.say(await _code(shop)) == [say(RU, "friends.own_code")]


async def test_who_is_with_us_for_long_was_not_brought(shop):
    code = await _advocate(shop, "Анна")
    await joins(shop)
    shop.passes(days=31)
    assert await shop.say(code) == [say(RU, "friends.with_us_already")]


async def test_a_code_of_that_shape_that_is_nobodys_is_a_promo_code(shop):
    await joins(shop)
    assert await shop.say("MAKE-2749") == [say(RU, "promo.does_not_fit")]


async def test_how_many_came_is_told(shop):
    code = await _advocate(shop, "Анна", user="42")
    await shop.say("/start", payload=code, chat=Address(shop.bot_id, "43"), author=Author("43", "Борис", RU))
    await agrees(shop)
    own, _ = await shop.say("/invite")
    assert "пришли: 1 друг, из них купили: 0" in own


async def test_without_points_a_friend_is_welcome_all_the_same(talk):
    code = await _advocate(talk, "Анна")
    (hello,) = await talk.start(code)
    assert "Вас приглашает Анна!" in hello and "балл" not in hello


async def test_the_menu_has_the_button_in_every_channel(talk):
    await agrees(talk)
    await talk.say("/menu")
    assert "👥 Пригласить друга" in labels(talk)


async def _advocate(talk, name: str, user: str = "77") -> str:
    """Somebody of this name who asked for their code."""
    chat = Address(talk.bot_id, user)
    await talk.say("/start", chat=chat, author=Author(user, name, RU))

    def unit(store) -> str:
        identity = store.customers.identity(talk.bot_id, user)
        return code_of(store, identity.customer_id, talk.now)

    return await talk.database.write(unit)


async def _code(talk) -> str:
    customer = await talk.customer()
    return (await talk.database.read(lambda store: store.referrals.code_of(customer.id))).code


async def _referral(talk):
    customer = await talk.customer()
    return await talk.database.read(lambda store: store.referrals.get(customer.id))


# --- other words that a link may bring


async def test_a_promo_code_of_a_site_is_told_in_the_first_hello(talk):
    await _site_code(talk)
    (hello,) = await talk.start("site-10")
    assert "SITE10 — скидка 10 %" in hello and "персональных данных" in hello
    assert (await talk.customer()).source == "SITE10"


async def test_an_entry_link_brings_its_promo_code_and_is_counted_once(talk):
    await _site_code(talk)
    link = EntryLink(code="till2", source="Касса", purpose=EntryPurpose.PROMO, promo_code="SITE10", created_at=talk.now)
    await talk.database.write(lambda store: store.entries.add(link))
    (hello,) = await talk.start("till2")
    await talk.start("till2")
    assert "SITE10" in hello
    assert (await talk.customer()).source == "Касса"
    assert (await talk.database.read(lambda store: store.entries.reach(NOON, 0)))["till2"].joins == 1
    customer = await talk.customer()
    assert (await talk.database.read(lambda store: store.entries.join_of(customer.id))).code == "till2"


async def test_who_has_been_with_us_does_not_join_by_a_link(talk):
    await agrees(talk)
    talk.passes(days=3)
    link = EntryLink(code="till2", source="Касса", created_at=talk.now)
    await talk.database.write(lambda store: store.entries.add(link))
    await talk.start("till2")
    customer = await talk.customer()
    assert await talk.database.read(lambda store: store.entries.join_of(customer.id)) is None


async def test_a_link_to_give_feedback_asks_at_once(talk):
    link = EntryLink(code="table5", source="Столик", purpose=EntryPurpose.FEEDBACK, created_at=talk.now)
    await talk.database.write(lambda store: store.entries.add(link))
    _, question = await talk.start("table5")
    assert question.startswith("Корица: насколько вероятно")


async def _site_code(talk) -> None:
    campaign = PromoCampaign(slug="site", name="Сайт", kind=PromoKind.PERCENT, value=10, created_at=talk.now)

    def unit(store) -> None:
        store.promos.add_campaign(campaign)
        store.promos.add_code(PromoCode(code="SITE10", campaign_id=campaign.id, max_uses=99, issued_at=talk.now))

    await talk.database.write(unit)
