"""«Delete everything about me»: a question first, a last word after, and a stranger from then on."""

from messaging.phrases import say
from storage.kinds import AuditAction, AuditActor, Language, MessageKind
from tests.conversations.walks import ENGLISH, agrees, deliver, joins, labels, last, queue

RU, EN = Language.RU, Language.EN


async def test_one_question_says_what_goes_and_what_stays(talk):
    await joins(talk)
    await _opens(talk)
    assert await talk.press("Удалить всё обо мне") == [say(RU, "data.delete.question", business="Корица")]
    assert labels(talk) == ["Да, удалить навсегда", "Оставить как есть"]
    await talk.press("Оставить как есть")
    assert last(talk).message.text.startswith("⚙️ Настройки")
    assert (await talk.customer()).erased_at is None


async def test_after_it_nobody_knows_them_and_the_last_word_arrives(talk):
    await joins(talk)
    before = await talk.customer()
    await _deletes(talk)
    gone = await talk.database.read(lambda store: store.customers.get(before.id))
    assert (gone.name, gone.erased_at) == ("", talk.now)
    assert await talk.database.read(lambda store: store.customers.identities_of(before.id)) == []
    (entry,) = await talk.database.read(lambda store: store.audit.of_customer(before.id))
    assert (entry.action, entry.actor, entry.details) == (AuditAction.ERASED, AuditActor.CUSTOMER, {})


async def test_the_command_asks_the_same_even_a_stranger_may_use_it(talk):
    assert await talk.say("/delete_me") == [say(RU, "data.delete.question", business="Корица")]
    assert await talk.press("Да, удалить навсегда") == [say(RU, "data.deleted")]


async def test_what_waited_for_them_is_never_sent(talk):
    await joins(talk)
    await _opens(talk)
    await talk.press("Удалить всё обо мне")
    await queue(talk, MessageKind.RECEIPT, MessageKind.JOURNEY)
    await talk.intake.receive(talk.event(pressed=talk.button("Да, удалить навсегда")))
    await deliver(talk)
    assert last(talk).message.text == say(RU, "data.deleted")
    assert not await talk.database.read(lambda store: store.outbox.is_busy(talk.now))


async def test_who_comes_back_is_met_anew(talk):
    await joins(talk)
    before = await talk.customer()
    await _deletes(talk)
    await talk.start()
    assert "Согласен" in labels(talk)
    assert (await talk.customer()).id != before.id


async def test_an_open_case_ends_with_it(talk):
    await agrees(talk)
    await talk.press("💬 Позвать человека")
    await talk.say("/delete_me")
    await talk.press("Да, удалить навсегда")
    assert await talk.database.read(lambda store: store.cases.count_open()) == 0


async def test_in_english_too(talk):
    await talk.say("/start", author=ENGLISH)
    await talk.say("/delete_me", author=ENGLISH)
    assert await talk.press("Yes, delete for ever") == [say(EN, "data.deleted")]


async def _opens(talk) -> None:
    await talk.say("/settings")
    await talk.press("🔒 Мои данные")


async def _deletes(talk) -> None:
    await _opens(talk)
    await talk.press("Удалить всё обо мне")
    assert await talk.press("Да, удалить навсегда") == [say(RU, "data.deleted")]
