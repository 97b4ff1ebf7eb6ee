"""What somebody likes: asked once, marked in place, changed in the profile, and kept as whoever said it first."""

import pytest

from messaging.phrases import say
from storage.kinds import FieldOrigin, Language
from storage.models import PreferenceTag
from surveys import likes
from tests.conversations.walks import agrees, joins, labels, last

RU = Language.RU
TAGS = (
    PreferenceTag(slug="coffee", label="Кофе", question="Что вам ближе?", position=1),
    PreferenceTag(slug="tea", label="Чай", question="Что вам ближе?", position=2),
    PreferenceTag(slug="morning", label="Утром", question="Когда вы обычно заходите?", position=3),
)


@pytest.fixture
async def shop(talk):
    await talk.database.write(lambda store: [store.likes.add(one.model_copy()) for one in TAGS])
    return talk


async def test_a_member_who_opens_the_menu_is_asked_once_and_never_again(shop):
    await joins(shop)
    await shop.press("Пропустить")
    _, asked = await shop.say("/menu")
    assert asked.startswith("Расскажите, что вам ближе") and "Что вам ближе?" in asked
    assert labels(shop) == ["▫️ Кофе", "▫️ Чай", "Дальше →", "Готово"]
    shop.passes(days=400)
    assert all("Что вам ближе?" not in text for text in await shop.say("/menu"))


async def test_who_is_no_member_is_not_asked(shop):
    await agrees(shop)
    assert len(await shop.say("/menu")) == 1


async def test_a_press_marks_in_place_and_another_takes_the_mark_away(shop):
    await _is_asked(shop)
    await shop.press("▫️ Кофе")
    assert last(shop).message.edits is not None and "✅ Кофе" in labels(shop)
    assert await _liked(shop) == {"coffee": FieldOrigin.CUSTOMER}
    await shop.press("✅ Кофе")
    assert await _liked(shop) == {}


async def test_the_groups_follow_each_other_and_at_the_end_all_is_told(shop):
    await _is_asked(shop)
    await shop.press("▫️ Кофе")
    await shop.press("▫️ Чай")
    (second,) = await shop.press("Дальше →")
    assert second.startswith("Когда вы обычно заходите?")
    await shop.press("▫️ Утром")
    assert await shop.press("Готово") == [say(RU, "likes.thanks", likes="Кофе, Чай и Утром")]


async def test_the_profile_shows_them_and_leads_to_them(shop):
    await _is_asked(shop)
    await shop.press("▫️ Чай")
    await shop.say("/settings")
    (profile,) = await shop.press("👤 О себе")
    assert "Что вам ближе: Чай" in profile
    await shop.press("Что мне ближе")
    assert "✅ Чай" in labels(shop)


async def test_what_an_import_said_stays_the_imports_until_it_is_taken_away(shop):
    await joins(shop)
    customer = await shop.customer()
    await shop.database.write(lambda store: store.likes.like(customer.id, "tea", FieldOrigin.IMPORT, shop.now))
    await shop.database.write(lambda store: store.likes.like(customer.id, "tea", FieldOrigin.STAFF, shop.now))
    assert await _liked(shop) == {"tea": FieldOrigin.IMPORT}
    await shop.press("Пропустить")
    assert len(await shop.say("/menu")) == 1  # something is known: nothing to ask


async def test_an_archived_tag_is_not_offered_and_not_forgotten(shop):
    await _is_asked(shop)
    await shop.press("▫️ Чай")

    def archive(store) -> None:
        tag = store.likes.tag("tea")
        tag.is_archived = True
        store.likes.save(tag)

    await shop.database.write(archive)
    await shop.press("✅ Чай")
    assert last(shop).message.text == say(RU, "menu.old_button")
    customer = await shop.customer()
    assert await shop.database.read(lambda store: likes.liked_by(store, customer.id)) == ["Чай"]


async def test_a_large_group_is_asked_in_parts_that_fit_every_channel(shop):
    many = [PreferenceTag(slug=f"t{n}", label=f"Т{n}", question="Что ещё?", position=10 + n) for n in range(20)]
    await shop.database.write(lambda store: [store.likes.add(one) for one in many])
    groups = await shop.database.read(likes.groups_of)
    assert [len(group.tags) for group in groups] == [2, 1, 8, 8, 4]


def test_words_are_joined_as_people_say_them():
    assert [likes.listed(some, RU) for some in ([], ["чай"], ["чай", "сок"], ["чай", "сок", "раф"])] == [
        "",
        "чай",
        "чай и сок",
        "чай, сок и раф",
    ]


async def _is_asked(talk) -> None:
    await joins(talk)
    await talk.press("Пропустить")
    await talk.say("/menu")


async def _liked(talk) -> dict:
    customer = await talk.customer()
    return {slug: one.origin for slug, one in (await talk.database.read(lambda s: s.likes.of(customer.id))).items()}
