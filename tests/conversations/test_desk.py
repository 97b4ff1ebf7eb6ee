"""Operators at several desks: topics, a chat in VK, somebody on duty; edits of both sides; albums and forwards."""

import json
from datetime import timedelta

import pytest

from console.threads import thread
from messaging import cases
from messaging.desk import Desk
from messaging.messages import FORWARDED, Address, Author
from messaging.people import erase
from messaging.phrases import say
from messaging.relay import Outlet, Relay
from storage.kinds import CaseCause, CaseEventKind, Channel, DeliveryState, Language, LinkPurpose, MessageKind, Role
from storage.models import Bot, CannedReply, DeskTopic, OneTimeLink, StaffAccount
from storage.staff import token_hash
from tests.people.lives import everything

RU = Language.RU
APOLOGY = "Простите нас, уже разбираемся."
ANGER = "Ужас, хамство"
OLGA, IVAN = Author("7", "Ольга"), Author("8", "Иван")
VK_DESK = Address("vk:1", "2000000001")
TOPIC = "77"


@pytest.fixture
async def talk(talk):
    """Operators sit in a Telegram group and in a VK chat."""
    talk.business = type(talk.business)("Корица", Desk((talk.desk, VK_DESK), RU, "https://shop.example/console"))
    await talk.database.write(lambda store: store.bots.register(Bot(id="vk:1", channel=Channel.VK)))
    outlet = Outlet(talk.transport, talk.pace)
    bots = {talk.bot_id, "telegram:1", "vk:1"}
    talk.relay = Relay(talk.database, dict.fromkeys(bots, outlet), lambda: talk.now, talk.zone)
    return talk


async def hire_in_vk(talk, account="70", login="ivan", role=Role.OPERATOR):
    staff = await talk.hire(role, login=login, account=None)
    linked = StaffAccount(bot_id="vk:1", user_id=account, staff_id=staff.id, linked_at=talk.now)
    await talk.database.write(lambda store: store.staff.link_account(linked))
    return staff


def newest_id(talk, chat):
    places = [number for number, one in enumerate(talk.transport.carried, 1) if one.to == chat]
    return f"m{places[-1]}"


async def operator_says(talk, text, chat=None, author=OLGA, **more):
    return await talk.hand_in(talk.event(text, chat=chat or talk.desk, author=author, is_group=True, **more))


async def answer(talk, text=APOLOGY, message_id="500", **more):
    return await operator_says(talk, text, reply_to=talk.alert_id_of_first(), message_id=message_id, **more)


async def bubbles(talk):
    customer = await talk.customer()
    return await talk.database.read(lambda store: thread(store, customer.id))


# Several desks


async def test_every_desk_hears_a_case_and_any_of_them_may_answer_it(talk):
    await hire_in_vk(talk)
    await talk.say(ANGER)
    alert = talk.transport.texts(VK_DESK)[-1]
    assert alert == talk.alerts()[-1]

    reply_to = newest_id(talk, VK_DESK)
    notes = await operator_says(talk, APOLOGY, VK_DESK, Author("70", "Иван"), reply_to=reply_to)

    assert notes == [say(RU, "alert.answered")]
    assert talk.transport.texts(talk.me)[-1] == APOLOGY
    assert talk.alerts()[-1] == say(RU, "alert.replied", name="Ivan", customer="Анна", text=APOLOGY)


async def test_a_case_taken_at_one_desk_is_not_answered_from_another(talk):
    await talk.hire()
    await hire_in_vk(talk)
    await talk.say(ANGER)
    await talk.operator(press="Взять")
    assert talk.transport.texts(VK_DESK)[-1] == say(RU, "alert.taken_by", name="Olga", customer="Анна")
    reply_to = newest_id(talk, VK_DESK)
    assert await operator_says(talk, "И я!", VK_DESK, Author("70", "Иван"), reply_to=reply_to) == [
        say(RU, "alert.not_sent_taken", name="Olga")
    ]
    assert "И я!" not in talk.transport.texts(talk.me)


async def test_what_is_done_in_the_console_is_heard_at_every_desk_and_what_is_said_there_is_seen_here(talk):
    staff = await talk.hire()
    await talk.say(ANGER)
    case, desk = await talk.case(), talk.business.desk
    await talk.database.write(lambda store: cases.reply(store, case.id, staff, "Мы тут", talk.now, desk))
    await talk.relay.deliver_due()
    told = say(RU, "alert.replied", name="Olga", customer="Анна", text="Мы тут")
    assert talk.alerts()[-1] == talk.transport.texts(VK_DESK)[-1] == told

    await answer(talk)
    assert [(one.who, one.text) for one in await bubbles(talk)][-2:] == [("operator", "Мы тут"), ("operator", APOLOGY)]

    await talk.database.write(
        lambda store: cases.close(store, case.id, staff, CaseCause.STAFF, "вернули деньги", talk.now, desk)
    )
    await talk.relay.deliver_due()
    assert talk.alerts()[-1] == say(RU, "alert.closed_by", name="Olga", customer="Анна", text="вернули деньги")


async def test_words_of_the_desks_group_that_answer_nothing_are_nobodys(talk):
    await talk.hire()
    await talk.say(ANGER)
    before = len(talk.transport.carried)
    assert await operator_says(talk, "обедаем?", VK_DESK, Author("70", "Иван")) == []
    assert len(talk.transport.carried) == before


# On duty


async def test_an_operator_on_duty_hears_cases_in_private_and_answers_by_a_reply(talk):
    await hire_in_vk(talk, role=Role.OPERATOR)
    private = Address("vk:1", "70")
    ivan = Author("70", "Иван")
    assert await talk.hand_in(talk.event("Дежурю!", chat=private, author=ivan)) == [say(RU, "duty.on")]
    await talk.say(ANGER)
    assert talk.transport.texts(private)[-1] == talk.alerts()[-1]

    reply_to = newest_id(talk, private)
    notes = await talk.hand_in(talk.event(APOLOGY, chat=private, author=ivan, reply_to=reply_to))
    assert notes == [say(RU, "alert.answered")]
    assert talk.transport.texts(talk.me)[-1] == APOLOGY

    assert await talk.hand_in(talk.event("не дежурю", chat=private, author=ivan)) == [say(RU, "duty.off")]
    before = len(talk.transport.texts(private))
    await talk.say("ау?")
    assert len(talk.transport.texts(private)) == before


async def test_an_account_is_linked_by_the_code_itself_where_a_link_brings_none(talk):
    staff = await talk.hire(account=None)
    expires_at = talk.now + timedelta(minutes=10)
    link = OneTimeLink(
        token_hash=token_hash("abc"), purpose=LinkPurpose.LINK_MESSENGER, staff_id=staff.id, expires_at=expires_at
    )
    await talk.database.write(lambda store: store.staff.add_link(link))
    assert await talk.say("staff_abc") == [say(RU, "staff.linked", name="Olga")]
    assert await talk.say("staff_abc") == [say(RU, "staff.link_is_old")]


async def test_on_duty_means_nothing_from_a_customer_and_ends_with_the_rights(talk):
    staff = await hire_in_vk(talk)
    private = Address("vk:1", "70")
    assert say(RU, "duty.on") not in await talk.say("дежурю")
    await talk.hand_in(talk.event("дежурю", chat=private, author=Author("70", "Иван")))
    staff.is_active = False
    await talk.database.write(lambda store: store.staff.save(staff))
    before = len(talk.transport.texts(private))
    await talk.say(ANGER)
    assert len(talk.transport.texts(private)) == before


async def test_an_operator_of_another_branch_on_duty_hears_no_case_but_their_own(talk):
    """Feature ES14: in private chats; a group is for all who sit in it."""
    staff = await hire_in_vk(talk)
    private, ivan = Address("vk:1", "70"), Author("70", "Иван")
    await talk.hand_in(talk.event("дежурю", chat=private, author=ivan))
    staff.branch = "Арбат"
    await talk.database.write(lambda store: store.staff.save(staff))
    await talk.say(ANGER)
    case = await talk.case()

    async def hears(branch, holder=None):
        def move(store):
            fresh = store.cases.get(case.id)
            fresh.branch, fresh.assigned_to, fresh.taken_by = branch, holder, None
            store.cases.save(fresh)

        await talk.database.write(move)
        before = len(talk.transport.texts(private))
        await talk.say("ау?")
        talk.passes(minutes=1)
        await talk.relay.deliver_due()
        return len(talk.transport.texts(private)) > before

    assert not await hears("Тверская")
    assert await hears("Тверская", staff.id)
    assert await hears("Арбат")
    assert await hears("")


# Words for colleagues, and ready answers


async def notes_of(talk):
    case = await talk.case()
    events = await talk.database.read(lambda store: store.case_work.events(case.id))
    return [event.text for event in events if event.kind is CaseEventKind.NOTE]


@pytest.mark.parametrize("typed", ["/note Опять она", "/note@korica_bot Опять она", "/NOTE\nОпять она"])
async def test_a_note_at_the_desk_is_kept_and_goes_to_nobody(talk, typed):
    await talk.hire()
    await talk.say(ANGER)
    heard, there = list(talk.transport.texts(talk.me)), list(talk.transport.texts(VK_DESK))
    assert await answer(talk, typed) == [say(RU, "alert.noted")]
    assert await notes_of(talk) == ["Опять она"]
    assert talk.transport.texts(talk.me) == heard
    assert talk.transport.texts(VK_DESK) == there
    assert (await talk.case()).replied_at is None


async def test_a_note_without_words_and_one_of_a_stranger_are_not_kept(talk):
    await talk.say(ANGER)
    assert await answer(talk, "/note тайна") == [say(RU, "staff.not_linked")]
    await talk.hire()
    assert await answer(talk, "/note", message_id="501") == [say(RU, "alert.note_empty")]
    assert await notes_of(talk) == []


async def test_words_that_only_begin_like_a_note_are_an_answer(talk):
    await talk.hire()
    await talk.say(ANGER)
    assert await answer(talk, "/notebook в подарок!") == [say(RU, "alert.answered")]
    assert talk.transport.texts(talk.me)[-1] == "/notebook в подарок!"


async def test_a_shortcut_at_the_desk_leaves_as_its_answer(talk):
    await talk.hire()
    await talk.say(ANGER)
    reply = CannedReply(
        shortcut="sorry", text_ru="{name}, простите! «{business}»", text_en="Sorry", changed_at=talk.now
    )
    await talk.database.write(lambda store: store.case_pages.add_reply(reply))
    await answer(talk, "/sorry")
    assert talk.transport.texts(talk.me)[-1] == "Анна, простите! «Корица»"


# A topic for each customer


async def test_what_concerns_a_customer_names_their_topic(talk):
    await talk.hire()
    await talk.say(ANGER)
    await answer(talk)
    customer = await talk.customer()
    at_the_desk = [one.message.thread for one in talk.transport.carried if one.to == talk.desk]
    assert {one.customer_id for one in at_the_desk} == {customer.id}
    assert at_the_desk[0].title == f"Анна · {customer.id.hex[-6:]}"


async def in_topic(talk):
    """The customer has a case and a topic."""
    await talk.say(ANGER)
    customer = await talk.customer()
    place = {"bot_id": talk.desk.bot_id, "chat_id": talk.desk.user_id, "thread_id": TOPIC}
    topic = DeskTopic(**place, customer_id=customer.id, title="Анна", created_at=talk.now)
    await talk.database.write(lambda store: store.desk.keep(topic))


async def test_in_a_topic_no_reply_is_needed_to_answer(talk):
    await talk.hire()
    await in_topic(talk)
    assert await operator_says(talk, APOLOGY, thread=TOPIC) == [say(RU, "alert.answered")]
    assert talk.transport.texts(talk.me)[-1] == APOLOGY
    assert await operator_says(talk, "не клиенту", thread="78") == []


async def test_in_a_topic_strangers_are_refused_and_a_closed_case_is_said_to_be_one(talk):
    staff = await talk.hire()
    await in_topic(talk)
    assert await operator_says(talk, "я тут проходил", author=IVAN, thread=TOPIC) == [say(RU, "staff.not_sent")]
    case = await talk.case()
    await talk.database.write(lambda store: cases.close(store, case.id, staff, CaseCause.STAFF, "вернули", talk.now))
    assert await operator_says(talk, APOLOGY, thread=TOPIC) == [say(RU, "alert.not_sent_closed")]
    assert APOLOGY not in talk.transport.texts(talk.me)


async def test_a_topic_that_was_given_up_still_leads_to_its_customer(talk):
    await talk.hire()
    await in_topic(talk)
    await talk.database.write(lambda store: store.desk.give_up(talk.desk.bot_id, talk.desk.user_id, TOPIC))
    assert await operator_says(talk, APOLOGY, thread=TOPIC) == [say(RU, "alert.answered")]


# Edits


async def test_a_customers_edit_shows_the_new_words_keeps_the_old_and_is_heard(talk):
    await talk.say(ANGER, message_id="5")
    (said, *_) = await bubbles(talk)
    assert await talk.say("Ужас, кошмар", message_id="5", edits=True) == []
    await talk.say("Ужас, обман", message_id="5", edits=True)
    (edited,) = [one for one in await bubbles(talk) if one.who == "customer"]
    assert (edited.id, edited.text, edited.earlier) == (said.id, "Ужас, обман", (ANGER, "Ужас, кошмар"))
    assert talk.alerts()[-1] == say(RU, "alert.edited", name="Анна", text="Ужас, обман")
    assert (await talk.case()).unread == 3


async def test_new_words_under_a_picture_leave_the_picture_where_it_is(talk):
    await talk.say(ANGER, message_id="5", attachment="photo")
    await talk.say("Ужас, обман", message_id="5", attachment="photo", edits=True)
    event = await talk.database.read(lambda store: store.inbox.by_message(talk.bot_id, talk.me.user_id, "5"))
    assert (event.text, event.earlier, event.incoming["attachment"]) == ("Ужас, обман", [ANGER], "photo")


async def test_an_edit_that_changes_nothing_is_none(talk):
    await talk.say(ANGER, message_id="5")
    await talk.say(ANGER, message_id="5", edits=True)
    assert (await talk.case()).unread == 1
    assert [one.is_edited for one in await bubbles(talk) if one.who == "customer"] == [False]


async def test_no_flow_hears_an_edit(talk):
    await talk.start()
    await talk.say("привет", message_id="5")
    rows = len(await talk.rows())
    for text in ("стоп", "9", "позовите человека"):
        assert await talk.say(text, message_id="5", edits=True) == []
    assert len(await talk.rows()) == rows
    assert await talk.case() is None


async def test_an_edit_of_words_we_never_heard_is_kept_as_words(talk):
    await talk.say(ANGER)
    await talk.say("и верните деньги", message_id="4", edits=True)
    await talk.say("и верните всё", message_id="4", edits=True)
    said = [(one.text, one.earlier) for one in await bubbles(talk) if one.who == "customer"]
    assert said == [(ANGER, ()), ("и верните всё", ("и верните деньги",))]


async def test_an_operators_edit_edits_the_delivered_answer(talk):
    await talk.hire()
    await talk.say(ANGER)
    await answer(talk, "Простити")
    delivered = newest_id(talk, talk.me)

    assert await answer(talk, "Простите", edits=True) == [say(RU, "alert.corrected_there")]

    (edit,) = [one for one in talk.transport.carried if one.to == talk.me and one.edits]
    assert (edit.message.text, edit.edits) == ("Простите", delivered)
    (shown,) = [one for one in await bubbles(talk) if one.who == "operator"]
    assert (shown.text, shown.earlier, shown.is_edited) == ("Простите", ("Простити",), True)
    told = say(RU, "alert.corrected", name="Olga", customer="Анна", text="Простите")
    assert talk.transport.texts(VK_DESK)[-1].endswith(told)


async def test_only_the_author_edits_an_answer_and_only_what_was_sent(talk):
    await talk.hire()
    await talk.hire(login="ivan", account="8")
    await talk.say(ANGER)
    await answer(talk)
    before = len(talk.transport.texts(talk.me))
    assert await answer(talk, "Враньё", edits=True, author=IVAN) == []
    assert await answer(talk, "Не о том", edits=True, message_id="499") == []
    assert len(talk.transport.texts(talk.me)) == before


# Albums, forwards, bursts


async def test_an_album_is_answered_once_and_heard_once(talk):
    first = await talk.say("вот что принесли, кошмар", attachment="photo", album="a1")
    assert first == [say(RU, "support.sorry")]
    for _ in range(9):
        assert await talk.say("", attachment="photo", album="a1") == []
    assert (await talk.case()).unread == 1
    assert len(talk.alerts()) == 1


async def test_forwards_are_one_line_that_holds_all_their_words(talk):
    assert await talk.say("Ужас, хамство", album=FORWARDED) == [say(RU, "support.sorry")]
    for text in ("кофе холодный", "ждал час"):
        assert await talk.say(text, album=FORWARDED) == []
    lines = [one for one in talk.transport.carried if one.to == talk.desk]
    assert [one.edits for one in lines] == [None, talk.alert_id_of_first(), talk.alert_id_of_first()]
    assert lines[-1].message.text.endswith("«кофе холодный»\n«ждал час»")
    assert [button.value for button in lines[-1].message.buttons] == ["case:take", ""]
    assert (await talk.case()).unread == 1
    assert [one.text for one in await bubbles(talk) if one.who == "customer"][1:] == ["кофе холодный", "ждал час"]


async def test_a_case_may_still_be_taken_after_its_alert_grew(talk):
    await talk.hire()
    await talk.say(ANGER, album=FORWARDED)
    await talk.say("ждал час", album=FORWARDED)
    (changed,) = await talk.operator(press="Взять")
    assert "«ждал час»" in changed and changed.endswith("Взял(а): Olga")
    edits = [one.edits for one in talk.transport.carried if one.to == talk.desk]
    assert edits[-1] == talk.alert_id_of_first()


async def test_forwards_an_hour_later_are_new_ones(talk):
    await talk.say(ANGER, album=FORWARDED)
    talk.passes(hours=1)
    await talk.say("и ещё", album=FORWARDED)
    assert (await talk.case()).unread == 2


async def test_an_angry_forward_behind_a_hello_is_not_lost(talk):
    assert await talk.say("привет", album=FORWARDED) == [say(RU, "menu.title")]
    assert await talk.say(ANGER, album=FORWARDED) == [say(RU, "support.sorry")]
    assert await talk.case() is not None


async def test_what_is_written_in_a_row_waits_as_one_line(talk):
    """The first line leaves at once; what comes while the next waits for its turn is added to it."""
    await talk.say(ANGER)
    for number in range(5):
        await talk.intake.receive(talk.event(f"и {number}"))
    await talk.relay.deliver_due()
    assert len(talk.alerts()) == 2
    assert talk.alerts()[-1].splitlines() == [f"Анна: «и {number}»" for number in range(5)]
    assert (await talk.case()).unread == 6


async def test_a_line_that_is_on_its_way_is_left_alone(talk):
    await talk.say(ANGER)
    await talk.intake.receive(talk.event("раз"))

    def begin(store):
        row = store.outbox.last_waiting(talk.desk.bot_id, talk.desk.user_id)
        store.outbox.begin([row.id], row.id, 1, talk.now, talk.now + timedelta(seconds=30))
        return row.id

    begun = await talk.database.write(begin)
    await talk.intake.receive(talk.event("два"))
    row = await talk.database.read(lambda store: store.outbox.get(begun))
    assert (row.state, row.body["text"]) == (DeliveryState.SENDING, "Анна: «раз»")
    waiting = await talk.database.read(lambda store: store.outbox.last_waiting(talk.desk.bot_id, talk.desk.user_id))
    assert (waiting.kind, waiting.body["text"]) == (MessageKind.OPERATOR_ALERT, "Анна: «два»")


# Forgotten


async def test_what_operators_said_goes_with_the_customers_data(talk):
    staff = await talk.hire()
    await in_topic(talk)
    await operator_says(talk, "Анна, простите", thread=TOPIC)
    case, customer = await talk.case(), await talk.customer()
    await talk.database.write(lambda store: cases.close(store, case.id, staff, CaseCause.STAFF, "ок", talk.now))
    await operator_says(talk, "Анна, вы ещё тут?", thread=TOPIC)
    await talk.database.write(lambda store: erase(store, customer.id, None, talk.now))
    await operator_says(talk, "Анна просила забыть", reply_to=talk.alert_id_of_first())
    kept = await talk.database.read(lambda store: json.dumps(everything(store), default=str, ensure_ascii=False))
    assert "Анна" not in kept
