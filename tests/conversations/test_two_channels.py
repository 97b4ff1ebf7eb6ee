"""Two channels of one customer: where answers go, where advertising may, what a closed channel hands on."""

from messaging import cases
from messaging.decisions import remember
from messaging.messages import Contact, Message
from messaging.outbox import enqueue
from messaging.reaching import address_for
from messaging.transport import Undeliverable
from storage.kinds import ConsentAction, ConsentPurpose, DeliveryState, Language, MessageKind, ReachStatus, Topic
from storage.models import Customer, CustomerKey, TopicChoice
from tests.conversations.walks import agrees, deliver, joins

BLOCKED = "the customer blocked the bot"
JOURNEY, RECEIPT, SURVEY, OPERATOR_REPLY = (
    MessageKind.JOURNEY,
    MessageKind.RECEIPT,
    MessageKind.SURVEY,
    MessageKind.OPERATOR_REPLY,
)


async def place_for(pair, kind: MessageKind):
    customer = await pair.customer()
    return await pair.database.read(lambda store: address_for(store, customer.id, kind, pair.now))


async def tell(pair, kind: MessageKind, chat=None) -> None:
    customer = await pair.customer()
    message = Message("Само", kind=kind)
    await pair.database.write(
        lambda store: enqueue(store, chat or pair.me, [message], pair.now, customer_id=customer.id)
    )


async def rows(pair) -> list[tuple]:
    """(chat, state, reason) of what `tell` queued and what came of it."""
    found = [row for row in await pair.rows() if row.body["text"] == "Само"]
    return [(row.user_id, row.state, row.reason) for row in found]


def closes(pair) -> None:
    pair.transport.failures.append(Undeliverable(BLOCKED, is_blocked=True))


# --- answers follow the customer


async def test_a_receipt_goes_where_they_wrote_last(pair):
    await agrees(pair)
    await pair.links()
    assert await place_for(pair, RECEIPT) == pair.there
    pair.passes(seconds=5)
    await pair.say("/menu")
    assert await place_for(pair, RECEIPT) == pair.me
    pair.passes(seconds=5)
    await pair.says_there("/menu")
    assert await place_for(pair, RECEIPT) == pair.there


async def test_an_operator_answers_where_the_customer_is_now(pair):
    await agrees(pair)
    await pair.links()
    pair.passes(minutes=2)
    await pair.say("Где мой заказ?")
    pair.passes(minutes=2)
    await pair.says_there("/menu")
    staff = await pair.hire()
    case = await pair.case()
    await pair.database.write(lambda store: cases.reply(store, case.id, staff, "Уже едет", pair.now))
    await deliver(pair)
    assert pair.transport.texts(pair.there)[-1] == "Уже едет"


async def test_being_seen_is_noted_once_a_minute_while_the_channel_stays(one):
    await agrees(one)
    noted = await _seen_at(one)
    one.passes(seconds=50)
    await one.say("/menu")
    assert await _seen_at(one) == noted
    one.passes(seconds=20)
    await one.say("/menu")
    assert await _seen_at(one) == one.now


async def test_that_the_bot_was_blocked_is_not_being_seen(one):
    await agrees(one)
    noted = await _seen_at(one)
    one.passes(hours=1)
    await one.hand_in(one.event(reach=ReachStatus.BLOCKED))
    assert await _seen_at(one) == noted


async def test_who_writes_has_not_closed_the_channel(one):
    await agrees(one)
    await one.hand_in(one.event(reach=ReachStatus.BLOCKED))
    await one.say("/menu")
    assert await place_for(one, RECEIPT) == one.me


async def _seen_at(pair):
    return (await pair.database.read(lambda store: store.customers.identity(pair.bot_id, pair.me.user_id))).seen_at


# --- advertising, where it was agreed to


async def test_a_yes_here_is_no_yes_there(pair):
    await agrees(pair)
    await pair.links()
    assert await place_for(pair, JOURNEY) == pair.me
    assert await place_for(pair, RECEIPT) == pair.there


async def test_who_gets_offers_here_is_asked_about_them_there(pair):
    await agrees(pair)
    _, question = await pair.links()
    assert "Можно иногда присылать вам акции" in question
    await pair.presses_there("Да, присылайте")
    assert await place_for(pair, JOURNEY) == pair.there


async def test_who_wants_no_offers_is_not_asked_again(pair):
    await agrees(pair, offers=False)
    assert len(await pair.links()) == 1


async def test_a_no_there_leaves_the_yes_here(pair):
    await agrees(pair)
    await pair.links()
    await pair.presses_there("Нет, спасибо")
    assert await place_for(pair, JOURNEY) == pair.me


async def test_a_stop_there_counts_everywhere(pair):
    await agrees(pair)
    await pair.links()
    await pair.presses_there("Да, присылайте")
    await tell(pair, JOURNEY)
    await pair.says_there("стоп")
    await deliver(pair)
    assert await rows(pair) == [(pair.me.user_id, DeliveryState.CANCELLED, "the customer said stop")]
    await tell(pair, JOURNEY)
    await deliver(pair)
    assert (await rows(pair))[-1][1:] == (DeliveryState.CANCELLED, "no_consent")


async def test_after_a_stop_a_new_yes_counts_where_it_was_said(one):
    await agrees(one)
    await one.links()
    await one.presses_there("Да, присылайте")
    await one.says_there("стоп")
    await _decides(one, one.there, ConsentAction.GIVEN)
    assert await place_for(one, JOURNEY) == one.there
    await tell(one, JOURNEY)
    await deliver(one)
    assert (await rows(one))[-1][1:] == (DeliveryState.CANCELLED, "no_consent")


async def test_an_advertisement_queued_for_the_other_channel_is_stopped_there(one):
    await agrees(one)
    await one.links()
    await tell(one, JOURNEY, one.there)
    await deliver(one)
    assert await rows(one) == [(one.there.user_id, DeliveryState.CANCELLED, "no_consent")]


async def test_a_blocked_channel_ends_the_advertising_of_that_channel_alone(one):
    await agrees(one)
    await one.links()
    await one.presses_there("Да, присылайте")
    await tell(one, JOURNEY)
    await tell(one, JOURNEY, one.there)
    await one.intake.receive(one.event(reach=ReachStatus.BLOCKED))
    await deliver(one)
    assert [row[1] for row in await rows(one)] == [DeliveryState.CANCELLED, DeliveryState.SENT]


async def _decides(pair, chat, action: ConsentAction) -> None:
    customer = await pair.customer()
    event = pair.event("слово", chat=chat)
    purpose = ConsentPurpose.ADVERTISING
    await pair.database.write(lambda store: remember(store, customer, purpose, action, event, None, pair.now))


# --- a closed channel hands on


async def test_a_receipt_that_a_closed_channel_refused_arrives_in_the_other(pair):
    await joins(pair)
    await pair.links()
    await tell(pair, RECEIPT)
    closes(pair)
    await deliver(pair)
    assert await rows(pair) == [
        (pair.me.user_id, DeliveryState.FAILED, f"sent on by {pair.there.channel.value}"),
        (pair.there.user_id, DeliveryState.SENT, None),
    ]


async def test_an_operators_answer_is_handed_on_with_its_case_and_its_author(pair):
    await agrees(pair)
    await pair.links()
    await pair.says_there("Где мой заказ?")
    staff, case = await pair.hire(), await pair.case()
    await pair.database.write(lambda store: cases.reply(store, case.id, staff, "Само", pair.now))
    closes(pair)
    await deliver(pair)
    sent = [row for row in await pair.rows() if row.body["text"] == "Само"]
    assert [(row.user_id, row.case_id, row.staff_id) for row in sent][-1] == (pair.me.user_id, case.id, staff.id)
    assert len(sent) == 2 and sent[-1].state is DeliveryState.SENT


async def test_a_message_is_handed_on_once_and_not_round_in_circles(one):
    await joins(one)
    await one.links()
    await tell(one, RECEIPT)
    closes(one)
    closes(one)
    await deliver(one)
    assert [row[1] for row in await rows(one)] == [DeliveryState.FAILED] * 2
    await deliver(one)
    assert len(await rows(one)) == 2


async def test_advertising_and_surveys_are_not_handed_on(one):
    await agrees(one)
    await one.links()
    await one.presses_there("Да, присылайте")
    for kind in (JOURNEY, SURVEY):
        await tell(one, kind)
        closes(one)
        await deliver(one)
    assert all(row[0] == one.me.user_id for row in await rows(one))


async def test_who_switched_points_off_there_gets_no_receipt_there(one):
    await joins(one)
    await one.links()
    customer = await one.customer()
    off = TopicChoice(
        customer_id=customer.id, topic=Topic.POINTS, channel=one.there.channel, is_on=False, changed_at=one.now
    )
    await one.database.write(lambda store: store.preferences.switch(off))
    await tell(one, RECEIPT)
    closes(one)
    await deliver(one)
    assert await rows(one) == [(one.me.user_id, DeliveryState.FAILED, BLOCKED)]


async def test_with_one_channel_nothing_is_handed_on(one):
    await joins(one)
    await tell(one, RECEIPT)
    closes(one)
    await deliver(one)
    assert await rows(one) == [(one.me.user_id, DeliveryState.FAILED, BLOCKED)]


# --- a phone that a messenger vouches for


async def test_who_was_known_by_the_phone_alone_is_the_same_person(pair):
    await joins(pair)
    known = await _on_file(pair, "+79161234567", number="C-17")
    await _shares(pair, "+7 916 123-45-67")
    customer = await pair.customer()
    keys = await pair.database.read(lambda store: store.directory.keys_of(customer.id))
    assert customer.phone == "+79161234567" and customer.is_phone_verified
    assert "C-17" in {key.value for key in keys}
    assert await pair.database.read(lambda store: store.customers.only_on_file("+79161234567", 9)) == []
    assert known.id == customer.id or await _is_gone(pair, known)


async def test_a_typed_phone_joins_nobody(one):
    await joins(one)
    await _on_file(one, "+79161234567")
    await _shares(one, "+79161234567", is_own=False)
    assert len(await one.database.read(lambda store: store.customers.only_on_file("+79161234567", 9))) == 1


async def test_two_people_of_one_phone_are_left_to_the_staff(one):
    await joins(one)
    for number in ("C-1", "C-2"):
        await _on_file(one, "+79161234567", number=number)
    await _shares(one, "+79161234567")
    assert len(await one.database.read(lambda store: store.customers.only_on_file("+79161234567", 9))) == 2


async def test_another_customer_number_is_another_person(one):
    await joins(one)
    customer = await one.customer()
    await one.database.write(
        lambda store: store.connection.execute(
            CustomerKey.__table__.insert().values(kind="customer", value="C-9", customer_id=customer.id)
        )
    )
    await _on_file(one, "+79161234567", number="C-1")
    await _shares(one, "+79161234567")
    assert len(await one.database.read(lambda store: store.customers.only_on_file("+79161234567", 9))) == 1


async def _on_file(pair, phone: str, number: str = "") -> Customer:
    """Somebody whom an import brought."""
    customer = Customer(name="Анна", language=Language.RU, phone=phone, created_at=pair.now)
    keys = [("phone", phone)] if not number else [("customer", number)]

    def unit(store) -> None:
        store.connection.execute(Customer.__table__.insert().values(**customer.model_dump()))
        for kind, value in keys:
            row = {"kind": kind, "value": value, "customer_id": customer.id}
            store.connection.execute(CustomerKey.__table__.insert().values(row))

    await pair.database.write(unit)
    return customer


async def _shares(pair, phone: str, *, is_own: bool = True) -> None:
    await pair.hand_in(pair.event(phone, contact=Contact(phone, is_own=is_own)))


async def _is_gone(pair, customer: Customer) -> bool:
    return await pair.database.read(lambda store: store.customers.get(customer.id)) is None


# --- the invitation


async def test_the_card_mentions_a_second_channel_once_a_month(pair):
    await joins(pair)
    assert "Свяжите второй канал" in (await pair.say("/card"))[0]
    pair.passes(days=29)
    assert "Свяжите второй канал" not in (await pair.say("/card"))[0]
    pair.passes(days=2)
    assert "Свяжите второй канал" in (await pair.say("/card"))[0]
    (screen,) = await pair.press("🔗 Второй канал")
    assert "пришлите там код" in screen


async def test_who_has_two_channels_is_not_invited(pair):
    await joins(pair)
    await pair.links()
    assert "Свяжите второй канал" not in (await pair.say("/card"))[0]


async def test_a_business_of_one_channel_invites_nobody(talk):
    await joins(talk)
    assert "второй канал" not in (await talk.say("/card"))[0].lower()
