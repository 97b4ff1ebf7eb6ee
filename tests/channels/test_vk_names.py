"""The names of people who write from VK: asked for together, remembered, and never in the way."""

import asyncio

import pytest

from bot.vk.names import Names
from messaging.transport import NotSent, TryLater
from tests.fakes.vk_call import FakeCall


@pytest.fixture
def call() -> FakeCall:
    people = {number: (f"Имя{number}", "Фамилия") for number in range(100, 2000)}
    return FakeCall(people | {7: ("Анна", "Ким"), 8: ("Борис", ""), 9: ("DELETED", "")})


async def test_a_person_has_a_first_and_a_last_name(call):
    names = Names(call)
    assert [await names.of("7"), await names.of("8")] == ["Анна Ким", "Борис"]


async def test_a_name_is_asked_for_once(call):
    names = Names(call)
    for _ in range(3):
        await names.of("7")
    assert call.made("users.get") == [{"user_ids": "7"}]


async def test_people_who_speak_at_once_are_asked_about_in_one_call(call):
    names = Names(call)
    people = [str(number) for number in range(100, 150)]
    assert await asyncio.gather(*map(names.of, people)) == [f"Имя{one} Фамилия" for one in people]
    assert len(call.made("users.get")) == 1


async def test_more_than_a_thousand_are_asked_about_in_turns(call):
    names = Names(call, within_seconds=10)
    found = await asyncio.gather(*map(names.of, map(str, range(100, 1300))))
    assert "" not in found
    assert [params["user_ids"].count(",") + 1 for params in call.made("users.get")] == [1000, 200]


@pytest.mark.parametrize("stranger", ["9", "55", "-123", "", "0x7"])
async def test_who_has_no_name_has_none(call, stranger):
    assert await Names(call).of(stranger) == ""


async def test_communities_are_not_asked_about(call):
    await Names(call).of("-123")
    assert call.calls == []


async def test_the_least_recently_used_is_forgotten_first(call):
    names = Names(call, most_kept=2)
    for person in ("7", "8", "7", "100", "7"):
        await names.of(person)
    assert [params["user_ids"] for params in call.made("users.get")] == ["7", "8", "100"]
    await names.of("8")
    assert len(call.made("users.get")) == 4


async def test_nobody_waits_long_and_a_late_answer_is_kept(call):
    call.slow.add("users.get")
    names = Names(call, within_seconds=0.01)
    assert await names.of("7") == ""
    call.go.set()
    patient = Names(call, within_seconds=5.0)
    patient._asked = names._asked  # the question that is still open
    assert await patient.of("7") == "Анна Ким"
    assert (await names.of("7"), len(call.made("users.get"))) == ("Анна Ким", 1)


@pytest.mark.parametrize("trouble", [NotSent("no connection"), TryLater(3.0), RuntimeError("тайна")])
async def test_trouble_of_vks_means_no_name_this_time(call, trouble, caplog):
    call.failures["users.get"] = [trouble]
    names = Names(call)
    assert await asyncio.gather(names.of("7"), names.of("8")) == ["", ""]
    assert await names.of("7") == "Анна Ким"
    assert "тайна" not in caplog.text


@pytest.mark.parametrize("nonsense", [None, 5, {"id": 7}, [None], [{"first_name": "Анна"}], [{"id": 7}]])
async def test_an_answer_nobody_understands_is_no_name(nonsense):
    async def call(method, params):
        return nonsense

    assert await Names(call).of("7") == ""
