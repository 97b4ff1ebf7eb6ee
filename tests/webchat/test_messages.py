"""What a visitor sends: taken once, safe before the 202, and only from the page itself."""

import pytest

from messaging.messages import Button, IncomingMessage, Message
from tests.webchat.conftest import Person, Shop
from tests.webchat.said import buttons_in, customers, events, say_to


class Recorder:
    def __init__(self) -> None:
        self.received: list[IncomingMessage] = []

    async def __call__(self, incoming: IncomingMessage) -> None:
        self.received.append(incoming)


async def test_a_message_is_stored_before_the_page_hears_that_it_is_taken(shop: Shop) -> None:
    person = await shop.person()
    answer = await person.write("Здравствуйте")
    assert answer.status_code == 202
    assert [event.text for event in await events(shop)] == ["Здравствуйте"]


async def test_what_cannot_be_kept_is_not_acknowledged(shop: Shop) -> None:
    async def broken(incoming: IncomingMessage) -> None:
        raise OSError("the disk is full")

    person = await shop.person(shop.app(receive=broken))
    assert (await person.write("Ау")).status_code == 500


async def test_the_same_message_sent_twice_is_one(shop: Shop) -> None:
    person = await shop.person()
    first, second = [await person.post(id="same", text="Раз") for _ in range(2)]
    assert (first.status_code, second.status_code) == (202, 202)
    assert len(await events(shop)) == 1


async def test_two_visitors_may_use_the_same_id(shop: Shop) -> None:
    for person in [await shop.person(), await shop.person()]:
        await person.post(id="same", text="Раз")
    assert len(await events(shop)) == 2


async def test_a_visitor_becomes_a_customer_when_they_write(shop: Shop) -> None:
    person = await shop.person()
    assert await customers(shop) == 0
    await person.write("Раз")
    await person.write("Два")
    assert await customers(shop) == 1


async def test_a_deep_link_greets_once_with_its_payload(shop: Shop) -> None:
    receive = Recorder()
    person = await shop.person(shop.app(receive=receive))
    await person.post(id="start-poster", kind="start", payload="poster")
    assert [(said.text, said.payload) for said in receive.received] == [("/start", "poster")]


async def test_a_typed_phone_number_is_vouched_for_by_nobody(shop: Shop) -> None:
    receive = Recorder()
    person = await shop.person(shop.app(receive=receive))
    await person.post(kind="contact", phone="+7 (900) 123-45-67")
    contact = receive.received[0].contact
    assert contact is not None
    assert (contact.phone, contact.is_own) == ("+79001234567", False)


async def test_the_language_of_the_browser_goes_along(shop: Shop) -> None:
    receive = Recorder()
    person = await shop.person(shop.app(receive=receive))
    person.client.headers["accept-language"] = "de;q=0.3, en-GB;q=0.9, ru;q=0.5"
    await person.write("Hello")
    assert receive.received[0].author.language == "en"


async def test_a_pressed_button_comes_in_as_its_value(shop: Shop) -> None:
    person = await shop.person()
    await say_to(shop, person, Message("Оцените", (Button("Пять", "score:5"),)))
    nonce, value = buttons_in(await person.history())[0]
    answer = await person.post(kind="press", press={"nonce": nonce, "value": value})
    assert answer.status_code == 202
    assert 'aria-pressed="true"' in await person.history()


async def test_nobody_presses_a_button_of_somebody_else(shop: Shop) -> None:
    person, stranger = await shop.person(), await shop.person()
    await say_to(shop, person, Message("Оцените", (Button("Пять", "score:5"),)))
    nonce, value = buttons_in(await person.history())[0]
    answer = await stranger.post(kind="press", press={"nonce": nonce, "value": value})
    assert (answer.status_code, answer.json()["error"]) == (404, "button")


async def test_a_button_that_was_never_offered_is_refused(shop: Shop) -> None:
    person = await shop.person()
    await say_to(shop, person, Message("Оцените", (Button("Пять", "score:5"),)))
    nonce, _ = buttons_in(await person.history())[0]
    assert (await person.post(kind="press", press={"nonce": nonce, "value": "score:6"})).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": ""},
        {"origin": "null"},
        {"origin": "http://localhost", "sec-fetch-site": "cross-site"},
    ],
)
async def test_another_site_cannot_write_in_a_visitors_name(shop: Shop, headers: dict[str, str]) -> None:
    person = await shop.person()
    person.client.headers.update(headers)
    answer = await person.write("Купите")
    assert (answer.status_code, answer.json()["error"]) == (403, "origin")
    assert await events(shop) == []


async def test_without_a_visitors_mark_nothing_is_taken(shop: Shop) -> None:
    person = await shop.person()
    person.client.cookies.clear()
    answer = await person.write("Раз")
    assert (answer.status_code, answer.json()["error"]) == (401, "visitor")


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"text": "я" * 4001}, 413, "too_long"),
        ({"text": "x", "payload": "y" * 20_000}, 413, "too_long"),
        ({"text": "  \n "}, 422, "empty"),
        ({"kind": "press"}, 422, "empty"),
        ({"kind": "contact", "phone": "позвоните"}, 422, "phone"),
        ({"kind": "start", "payload": "a b"}, 422, "format"),
        ({"text": "x", "id": "no:colons"}, 422, "format"),
        ({"text": "x", "admin": True}, 422, "format"),
    ],
)
async def test_a_wrong_message_is_refused_with_a_reason(
    shop: Shop, body: dict[str, object], status: int, error: str
) -> None:
    person = await shop.person()
    answer = await person.post(**body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["reason"]


async def test_only_json_is_read(shop: Shop) -> None:
    person = await shop.person()
    answer = await person.client.post("/chat/messages", data={"text": "форма"})
    assert answer.status_code == 415


async def test_the_21st_message_in_a_minute_waits(shop: Shop) -> None:
    person = await shop.person()
    answers = [await person.write(f"{n}") for n in range(21)]
    assert [answer.status_code for answer in answers] == [202] * 20 + [429]
    shop.clock.forward(seconds=int(answers[-1].headers["retry-after"]))
    assert (await person.write("снова")).status_code == 202


async def test_one_address_cannot_hide_behind_many_visitors(shop: Shop) -> None:
    app = shop.app(receive=Recorder())
    people = [await shop.person(app) for _ in range(7)]
    statuses = [await _status(person) for person in people for _ in range(20)]
    assert (statuses.count(202), statuses.count(429)) == (120, 20)
    assert await _status(await shop.person(app, address="10.0.0.2")) == 202


async def _status(person: Person) -> int:
    return (await person.write("раз")).status_code
