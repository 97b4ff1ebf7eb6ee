"""The ways to us that a conversation knows of: the bots that are on, by the names they have told."""

from zoneinfo import ZoneInfo

from bot.business import BusinessNow
from bot.keys import Keys
from storage.kinds import Language
from storage.models import Bot


async def doors(database, public_url: str, *bot_ids: str) -> list[str]:
    def register(store) -> None:
        for bot_id, username in (
            ("telegram:1", "korica_bot"),
            ("telegram:0", "old_bot"),
            ("vk:7", "korica"),
            ("webchat:main", ""),
        ):
            store.bots.register(Bot(id=bot_id, channel=bot_id.partition(":")[0], username=username))

    await database.write(register)
    keys = Keys("a secret of at least thirty-two characters")
    business = BusinessNow(database, keys, tuple, Language.RU, ZoneInfo("UTC"), public_url, lambda: bot_ids)
    await business.refresh()
    return [door.link("x") for door in business().doors]


async def test_each_bot_that_is_on_is_a_door(database):
    found = await doors(database, "https://shop.example", "telegram:1", "vk:7", "webchat:main")
    assert found == [
        "https://t.me/korica_bot?start=x",
        "https://vk.me/korica?ref=x",
        "https://shop.example/chat?start=x",
    ]


async def test_on_a_machine_of_ones_own_the_web_chat_is_none(database):
    assert await doors(database, "http://127.0.0.1:8080", "webchat:main") == []
