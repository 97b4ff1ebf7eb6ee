"""The bar of a demo's page: only there, for its own page alone, one move at a time, and what it says."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from httpx import Response

from bot.webchat import BOT_ID
from bot.webchat.parts import Bought, Buyer, Step
from messaging.messages import Message
from tests.webchat.conftest import Person, Shop
from tests.webchat.said import say_to

ADDRESSES = ("buy", "move")


class HandPlay:
    """A till and a calendar that remember what was asked of them."""

    zone = ZoneInfo("Europe/Moscow")

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.is_moving = False
        self.asked: list[tuple[Buyer, bool]] = []
        self.steps: list[Step] = []
        self.answer: Bought | None = Bought("Капучино", 29000, 15, is_member=True)
        self.brings: Message | None = None
        self.whom: Person | None = None

    async def buy(self, buyer: Buyer, *, with_code: bool) -> Bought | None:
        self.asked.append((buyer, with_code))
        return self.answer

    async def move(self, step: Step) -> bool:
        if self.is_moving:
            return False
        self.steps.append(step)
        self.shop.clock.forward(days=1)
        if self.brings and self.whom:
            await say_to(self.shop, self.whom, self.brings)
        return True


@pytest.fixture
def play(shop: Shop) -> HandPlay:
    return HandPlay(shop)


@pytest.fixture
async def person(shop: Shop, play: HandPlay) -> Person:
    return await shop.person(shop.app(play=play))


async def press(person: Person, path: str, **body: object) -> Response:
    return await person.client.post(f"/chat/demo/{path}", json=body, params={"lang": "ru"})


# --- only in a demo


async def test_the_real_program_has_neither_bar_nor_addresses(shop: Shop) -> None:
    person = await shop.person()
    assert 'id="bar"' not in (await person.open()).text
    assert [(await press(person, path)).status_code for path in ADDRESSES] == [404, 404]
    assert (await person.client.get("/chat/demo/now")).status_code == 404


async def test_a_demo_shows_the_bar_on_its_page_and_not_in_a_sites_widget(person: Person) -> None:
    assert 'id="bar"' in (await person.open("?lang=ru")).text
    assert 'id="bar"' not in (await person.open("?embed=1")).text


async def test_the_days_of_the_page_are_the_cafes(shop: Shop, person: Person) -> None:
    page = (await person.open("?lang=en")).text
    assert 'data-zone="Europe/Moscow"' in page
    assert "22 November 2026" in page
    assert "12:00" in page


# --- who may press


@pytest.mark.parametrize("path", ADDRESSES)
async def test_looking_at_an_address_presses_nothing(person: Person, play: HandPlay, path: str) -> None:
    assert (await person.client.get(f"/chat/demo/{path}")).status_code == 405


@pytest.mark.parametrize(("path", "body"), [("buy", {"id": "a"}), ("move", {"step": "day"})])
async def test_another_sites_page_presses_nothing(shop: Shop, play: HandPlay, path: str, body: dict[str, str]) -> None:
    stranger = await shop.person(shop.app(play=play), origin="https://evil.example")
    assert (await press(stranger, path, **body)).status_code == 403
    assert (play.asked, play.steps) == ([], [])


@pytest.mark.parametrize(
    ("path", "body"), [("buy", {}), ("buy", {"id": "a b"}), ("move", {"step": "year"}), ("move", {})]
)
async def test_what_is_not_understood_is_refused(person: Person, play: HandPlay, path: str, body: object) -> None:
    answer = await person.client.post(f"/chat/demo/{path}", json=body)
    assert answer.status_code == 422
    assert (play.asked, play.steps) == ([], [])


async def test_somebody_without_a_cookie_is_told_so(person: Person) -> None:
    person.client.cookies.clear()
    assert (await press(person, "move", step="day")).status_code == 401


# --- buying


async def test_a_purchase_says_what_was_bought_and_earned(person: Person, play: HandPlay) -> None:
    answer = (await press(person, "buy", id="a")).json()
    assert answer["sentence"] == "Капучино, 290\xa0₽. Начислено 15 баллов."
    [(buyer, with_code)] = play.asked
    assert (buyer.bot_id, buyer.key, with_code) == (BOT_ID, "a", False)


async def test_who_is_no_member_is_told_how_to_become_one(person: Person, play: HandPlay) -> None:
    play.answer = Bought("Латте", 32000, 0, is_member=False)
    assert "Вступите" in (await press(person, "buy", id="a")).json()["sentence"]


async def test_a_code_says_what_it_brought(person: Person, play: HandPlay) -> None:
    play.answer = Bought("Латте", 28800, 15, is_member=True, worth="скидка 10 %")
    answer = (await press(person, "buy", id="a", with_code=True)).json()
    assert answer["sentence"].startswith("Латте, 288\xa0₽: скидка 10 %.")
    assert play.asked[0][1]


async def test_without_a_code_the_page_says_where_codes_come_from(person: Person, play: HandPlay) -> None:
    play.answer = None
    answer = await press(person, "buy", id="a", with_code=True)
    assert answer.status_code == 409
    assert "Промокода пока нет" in answer.json()["reason"]


async def test_nobody_buys_faster_than_they_may_write(person: Person, play: HandPlay) -> None:
    answers = [await press(person, "buy", id=f"b{number}") for number in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]


# --- time


async def test_a_move_says_where_the_calendar_stands_and_how_many_messages_came(
    shop: Shop, person: Person, play: HandPlay
) -> None:
    play.brings, play.whom = Message("С днём рождения!"), person
    answer = (await press(person, "move", step="day")).json()
    assert (answer["day"], answer["number"], answer["sentence"]) == ("23 ноября 2026", "23", "Пришло 1 сообщение.")
    assert play.steps == [Step.DAY]


async def test_what_came_before_the_move_is_not_counted(shop: Shop, person: Person, play: HandPlay) -> None:
    await say_to(shop, person, Message("Раньше"))
    shop.clock.forward(minutes=1)
    assert (await press(person, "move", step="day")).json()["sentence"] == "Новых сообщений нет."


async def test_at_night_the_page_says_what_waits_for_the_morning(shop: Shop, person: Person, play: HandPlay) -> None:
    shop.clock.now += timedelta(hours=11)
    assert "Тихие часы" in (await press(person, "move", step="half_hour")).json()["sentence"]


async def test_while_time_moves_a_second_press_is_refused_politely(person: Person, play: HandPlay) -> None:
    play.is_moving = True
    answer = await press(person, "move", step="month")
    assert (answer.status_code, play.steps) == (409, [])
    assert answer.json()["reason"] == "Время уже идёт. Подождите, пока оно остановится."
    assert (await person.client.get("/chat/demo/now")).json()["moving"] is True
