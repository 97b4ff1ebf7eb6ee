"""When a human is needed: the case, the operators' group, the silence of the bot."""

from messaging import cases
from messaging.messages import Author
from messaging.phrases import say
from storage.kinds import CaseCause, CaseOrigin, DeliveryState, Language, MessageKind, Role, Urgency

RU = Language.RU
APOLOGY = "Простите нас, уже разбираемся."
OLGA = Author("7", "Ольга")


async def test_anger_out_of_the_blue_opens_an_urgent_case(talk):
    assert await talk.say("Ужас! Хамство, кофе холодный, больше не приду") == [say(RU, "support.sorry")]
    case = await talk.case()
    assert (case.urgency, case.origin) == (Urgency.NOW, CaseOrigin.ANGRY_MESSAGE)


async def test_a_customer_has_one_case_however_much_they_write(talk):
    for text in ("Ужас, хамство", "и кофе холодный, кошмар", "позовите человека"):
        await talk.say(text)
    customer = await talk.customer()
    found = await talk.database.read(lambda store: store.cases.of_customer(customer.id, 10))
    assert [case.unread for case in found] == [3]
    assert len(talk.alerts()) == 3


async def test_asking_for_a_person_gets_one(talk):
    await talk.start()
    assert await talk.say("позовите человека") == [say(RU, "support.person_comes")]
    assert (await talk.case()).origin is CaseOrigin.ASKED_FOR_PERSON


async def test_a_kind_word_and_a_hello_open_no_case(talk):
    assert await talk.say("спасибо, очень вкусно!") == [say(RU, "support.glad")]
    assert await talk.say("привет") == [say(RU, "menu.title")]
    assert await talk.case() is None


async def test_what_nobody_understands_goes_to_a_person(talk):
    assert await talk.say("можно ли у вас отметить день рождения на двадцать человек?") == [
        say(RU, "support.passed_on")
    ]
    assert (await talk.case()).origin is CaseOrigin.UNANSWERED_QUESTION


async def test_a_photo_without_words_goes_to_a_person(talk):
    await talk.say("", attachment="photo")
    assert (await talk.case()).summary == say(RU, "support.no_words")


async def test_a_linked_operator_answers_the_customer_from_the_group(talk):
    await talk.hire()
    await talk.say("Ужас, хамство")
    before = len(talk.transport.texts(talk.me))

    notes = await talk.operator(APOLOGY, reply_to=talk.alert_id())

    assert notes == [say(RU, "alert.answered")]
    assert talk.transport.texts(talk.me)[before:] == [APOLOGY]
    assert (await talk.case()).replied_at == talk.now


async def test_an_unlinked_member_of_the_group_reads_but_does_not_act(talk):
    await talk.hire(account=None)
    await talk.say("Ужас, хамство")
    before = talk.transport.texts(talk.me)
    assert await talk.operator(APOLOGY, reply_to=talk.alert_id()) == [say(RU, "staff.not_sent")]
    assert await talk.operator(press="Взять") == [say(RU, "staff.not_linked")]
    assert talk.transport.texts(talk.me) == before
    assert (await talk.case()).taken_by is None


async def test_rights_that_were_taken_away_end_at_once(talk):
    staff = await talk.hire()
    await talk.say("Ужас, хамство")
    staff.is_active = False
    await talk.database.write(lambda store: store.staff.save(staff))
    assert await talk.operator(APOLOGY, reply_to=talk.alert_id()) == [say(RU, "staff.not_sent")]


async def test_a_marketer_may_not_answer_customers(talk):
    await talk.hire(Role.MARKETER)
    await talk.say("Ужас, хамство")
    assert await talk.operator(APOLOGY, reply_to=talk.alert_id()) == [say(RU, "staff.not_sent")]


async def test_taking_a_case_by_its_button_changes_the_alert_itself(talk):
    await talk.hire()
    await talk.say("Ужас, хамство")
    (changed,) = await talk.operator(press="Взять")
    assert changed.endswith("Взял(а): Olga")
    assert talk.transport.carried[-1].edits == talk.alert_id_of_first()
    assert (await talk.case()).taken_at == talk.now


async def test_a_colleagues_case_is_not_answered_blindly(talk):
    first, second = await talk.hire(), await talk.hire(login="ivan", account="8")
    await talk.say("Ужас, хамство")
    await talk.operator(APOLOGY, reply_to=talk.alert_id())
    case = await talk.case()
    outcome = await talk.database.write(lambda store: cases.reply(store, case.id, second, "И я!", talk.now))
    assert outcome == cases.AlreadyTaken(first.name)


async def test_the_bot_is_silent_while_a_human_talks_and_speaks_again_after(talk):
    staff = await talk.hire()
    await talk.say("Ужас, хамство")
    await talk.operator(APOLOGY, reply_to=talk.alert_id())
    assert await talk.say("а деньги вернёте?") == []
    assert await talk.say("9") == []

    case = await talk.case()
    unit = lambda store: cases.close(store, case.id, staff, CaseCause.STAFF, "вернули деньги", talk.now)  # noqa: E731
    await talk.database.write(unit)
    assert await talk.say("привет") == [say(RU, "menu.title")]


async def test_a_case_is_not_closed_without_saying_what_was_done(talk):
    staff = await talk.hire()
    await talk.say("Ужас, хамство")
    case = await talk.case()
    outcome = await talk.database.write(
        lambda store: cases.close(store, case.id, staff, CaseCause.STAFF, "  ", talk.now)
    )
    assert outcome == cases.NeedsAction()
    assert await talk.case() is not None


async def test_a_stop_word_is_obeyed_even_while_a_human_talks(talk):
    await talk.hire()
    await talk.say("Ужас, хамство")
    await talk.operator(APOLOGY, reply_to=talk.alert_id())
    assert await talk.say("стоп") == [say(RU, "consent.stopped")]


async def test_the_operators_answer_is_a_row_of_the_outbox_like_any_other(talk):
    await talk.hire()
    await talk.say("Ужас, хамство")
    await talk.operator(APOLOGY, reply_to=talk.alert_id())
    (row,) = [row for row in await talk.rows() if row.kind is MessageKind.OPERATOR_REPLY]
    assert (row.state, row.user_id, row.staff_id is not None) == (DeliveryState.SENT, talk.me.user_id, True)


async def test_a_strangers_tap_does_not_use_the_button_up(talk):
    await talk.hire()
    await talk.say("Ужас, хамство")
    assert await talk.operator(press="Взять", staff_account="99") == [say(RU, "staff.not_linked")]
    await talk.operator(press="Взять")
    assert (await talk.case()).taken_by is not None


async def test_a_message_does_not_undo_a_close_that_happened_meanwhile(talk):
    staff = await talk.hire()
    await talk.say("Ужас, хамство")
    stale = await talk.case()
    customer = await talk.customer()

    def meanwhile(store):
        cases.close(store, stale.id, staff, CaseCause.STAFF, "вернули деньги", talk.now)
        cases.hear(store, stale, customer, talk.me, "ау?", talk.now, talk.business.desk)

    await talk.database.write(meanwhile)
    old = await talk.database.read(lambda store: store.cases.get(stale.id))
    assert old.closed_at is not None
    assert (await talk.case()).id != stale.id


async def test_a_picture_in_the_group_is_not_silently_dropped(talk):
    await talk.hire()
    await talk.say("Ужас, хамство")
    note = await talk.hand_in(
        talk.event("", chat=talk.desk, reply_to=talk.alert_id(), is_group=True, attachment="photo", author=OLGA)
    )
    assert note == [say(RU, "alert.not_sent_attachment")]
