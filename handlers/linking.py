"""A second channel: a link and a code to go there with, and the question «is it you?» for who comes with them."""

from uuid import UUID

from handlers.turn import Turn
from messaging import cases, linking
from messaging.menu import LINK, PERSON, consent_question, menu
from messaging.messages import Address, Button, Message
from messaging.outbox import enqueue
from messaging.phrases import say
from messaging.settings import AGREE_AGAIN, HOME, LINK_HERE, TYPE_CODE
from storage.kinds import CaseOrigin, ConsentAction, ConsentPurpose, Language, Urgency
from storage.models import Customer, SecondChannel

_YES, _NO = "link:y:", "link:n:"
_SHOWN_LETTERS = 2
_LOOKED_BACK_AT = 8


# --- where they are known


def wants_link(turn: Turn) -> bool:
    return turn.pressed in (LINK, LINK_HERE)


def show(turn: Turn) -> list[Message]:
    """The other channels, each behind one button, and the code for who types it there instead."""
    if not turn.has_given(ConsentPurpose.PERSONAL_DATA):
        hello = turn.say("linking.needs_data")
        purpose = ConsentPurpose.PERSONAL_DATA
        return [consent_question(turn.customer.language, purpose, hello=hello, business=turn.business.name)]
    message = _ways(turn)
    return [turn.in_place(message) if turn.pressed == LINK_HERE else message]


def _ways(turn: Turn) -> Message:
    doors = linking.other_doors(turn.store, turn.customer.id, turn.business.doors)
    ends = (Button(turn.say("linking.type_code"), TYPE_CODE), Button(turn.say("settings.back"), HOME))
    if not doors:
        return Message(turn.say("linking.all_linked"), ends)
    made = linking.offer(turn.store, turn.customer.id, turn.incoming.chat, turn.now)
    opens = [Button(_open(turn, door.channel), url=door.link(made.word)) for door in doors]
    return Message(turn.say("linking.shown", code=made.code, minutes=_minutes()), (*opens, *ends))


def _open(turn: Turn, channel: str) -> str:
    return turn.say("linking.open", channel=turn.say(f"channel.{channel}"))


def _minutes() -> int:
    return int(linking.LIVES.total_seconds() // 60)


# --- where they come to: a link, or a code


def opens_link(turn: Turn) -> bool:
    """VK repeats a link's word with what is written after it: only an open link takes words for its own."""
    word = turn.incoming.payload or ""
    if not word.startswith(linking.WORD):
        return False
    is_bare = turn.incoming.text in ("", "/start")
    return is_bare or linking.by_word(turn.store, word, turn.now) is not None


def ask_who_came(turn: Turn) -> list[Message]:
    way = linking.by_word(turn.store, turn.incoming.payload or "", turn.now)
    return [menu(turn.customer.language, turn.say("linking.old"))] if way is None else _ask(turn, way)


def wants_to_type(turn: Turn) -> bool:
    return turn.pressed == TYPE_CODE


def ask_for_code(turn: Turn) -> list[Message]:
    return [Message(turn.say("linking.send_code"))]


def types_code(turn: Turn) -> bool:
    """Six digits that are somebody's code now, or that we asked for. Any other six digits are for the other flows.

    To look is to try: it is counted here, once a turn, also where another flow answers then.
    """
    code = linking.code_in(turn.incoming.text)
    if code is None or turn.pressed is not None:
        return False
    linking.note_try(turn.store, turn.customer.id, turn.now)
    return _was_asked(turn) or (linking.by_code(turn.store, code, turn.now) is not None and not _is_guessing(turn))


def take_code(turn: Turn) -> list[Message]:
    """Right and wrong ones are answered alike once there were too many, so that nothing is learned by guessing."""
    if _is_guessing(turn):
        return [menu(turn.customer.language, turn.say("linking.too_many"))]
    way = linking.by_code(turn.store, linking.code_in(turn.incoming.text) or "", turn.now)
    return [Message(turn.say("linking.wrong_code"))] if way is None else _ask(turn, way)


def _is_guessing(turn: Turn) -> bool:
    return linking.is_guessing(turn.store, turn.customer.id, turn.now)


def _was_asked(turn: Turn) -> bool:
    """Whether the last thing before these digits, other digits apart, was the wish to type a code."""
    said = turn.store.inbox.of_customer(turn.customer.id, _LOOKED_BACK_AT)
    for event in reversed(said):
        if event.event_id == turn.incoming.event_id or linking.code_in(event.text):
            continue
        pressed = event.incoming.get("pressed")
        is_wish = pressed is not None and pressed["value"] == TYPE_CODE
        return is_wish and turn.now - event.received_at <= linking.LIVES
    return False


# --- is it you?


def _ask(turn: Turn, way: SecondChannel) -> list[Message]:
    """One question before it, because links are sent on; it says whose account it is, but not more than they know."""
    language, chat = turn.customer.language, turn.incoming.chat
    if way.customer_id == turn.customer.id:
        is_same_chat = (way.bot_id, way.user_id) == (chat.bot_id, chat.user_id)
        return [menu(language, turn.say("linking.same_chat" if is_same_chat else "linking.already"))]
    if turn.consents.get(ConsentPurpose.PERSONAL_DATA) is ConsentAction.WITHDRAWN:
        back = Button(turn.say("data.agree_again"), AGREE_AGAIN)
        return [Message(turn.say("linking.needs_data"), (back,))]
    other = turn.store.customers.get(way.customer_id)
    offer_id = linking.take(turn.store, way, chat, turn.now)
    if other is None or offer_id is None:
        return [menu(language, turn.say("linking.old"))]
    text = turn.say("linking.question", name=_shown(other.name, language), channel=_channel_of(way, language))
    buttons = (
        Button(turn.say("linking.yes"), f"{_YES}{offer_id.hex}"),
        Button(turn.say("linking.no"), f"{_NO}{offer_id.hex}"),
    )
    return [Message(text, buttons, columns=2)]


def answers(turn: Turn) -> bool:
    return (turn.pressed or "").startswith((_YES, _NO))


def take_answer(turn: Turn) -> list[Message]:
    way = _answered(turn)
    if way is None:
        return [menu(turn.customer.language, turn.say("linking.old"))]
    if (turn.pressed or "").startswith(_NO):
        return [menu(turn.customer.language, turn.say("linking.not_me")), *_first_consent(turn)]
    other = turn.store.customers.get(way.customer_id)
    if other is None:
        return [menu(turn.customer.language, turn.say("linking.old"))]
    newcomer = turn.customer.model_copy()
    one = linking.make_one(turn.store, other, turn.customer, turn.now)
    if one is None:
        return _call_staff(turn, other, way)
    turn.become(one)
    _tell_the_other_chat(turn, way, one, "linking.notice", name=_shown(newcomer.name, one.language))
    done = menu(one.language, turn.say("linking.done", channel=_channel_of(way, one.language)))
    return [done, *_ask_about_offers(turn)]


def _answered(turn: Turn) -> SecondChannel | None:
    try:
        offer_id = UUID((turn.pressed or "").removeprefix(_YES).removeprefix(_NO))
    except ValueError:
        return None  # a button of ours never says that
    return linking.answered(turn.store, offer_id, turn.incoming.chat, turn.now)


def _first_consent(turn: Turn) -> list[Message]:
    """Who came by the link alone was not greeted yet."""
    if ConsentPurpose.PERSONAL_DATA in turn.consents:
        return []
    hello = turn.say("welcome.hello", business=turn.business.name)
    purpose = ConsentPurpose.PERSONAL_DATA
    return [consent_question(turn.customer.language, purpose, hello=hello, business=turn.business.name)]


def _ask_about_offers(turn: Turn) -> list[Message]:
    """A yes to advertising counts where it was said (decision 8): who gets it elsewhere is asked here, once."""
    elsewhere = turn.store.consents.latest(turn.customer.id).get(ConsentPurpose.ADVERTISING)
    if elsewhere is not ConsentAction.GIVEN or ConsentPurpose.ADVERTISING in turn.consents:
        return []
    lead = turn.say("linking.offers_here")
    return [consent_question(turn.customer.language, ConsentPurpose.ADVERTISING, lead=lead)]


# --- two records that contradict each other


def _call_staff(turn: Turn, other: Customer, way: SecondChannel) -> list[Message]:
    """Both hear that a person will look; the person reads what contradicts what. Nothing was changed."""
    desk = turn.business.desk
    here = say(desk.language, f"channel.{turn.incoming.chat.channel.value}")
    words = say(
        desk.language,
        "linking.dispute",
        here=here,
        there=_channel_of(way, desk.language),
        name=turn.customer.name or say(desk.language, "customer.nameless"),
        other=other.name or say(desk.language, "customer.nameless"),
        page=f"{desk.console_url}/customers/{other.id}",
    )
    chat, origin = turn.incoming.chat, CaseOrigin.TWO_RECORDS
    cases.open_case(turn.store, turn.customer, chat, Urgency.TODAY, origin, words, turn.now, desk)
    _tell_the_other_chat(turn, way, other, "linking.staff_looks")
    return [menu(turn.customer.language, turn.say("linking.staff_looks"))]


# --- small things


def _tell_the_other_chat(turn: Turn, way: SecondChannel, to: Customer, key: str, **values: object) -> None:
    """Whoever showed the link or the code hears what came of it, with a way to object."""
    assert way.bot_id is not None and way.user_id is not None
    here = say(to.language, f"channel.{turn.incoming.chat.channel.value}")
    person = Button(say(to.language, "menu.person"), PERSON)
    message = Message(say(to.language, key, channel=here, **values), (person,))
    enqueue(turn.store, Address(way.bot_id, way.user_id), [message], turn.now, customer_id=to.id)


def _channel_of(way: SecondChannel, language: Language) -> str:
    assert way.bot_id is not None
    return say(language, f"channel.{Address(way.bot_id, '').channel.value}")


def _shown(name: str, language: Language) -> str:
    """Enough of a name to know oneself by."""
    return f"{name[:_SHOWN_LETTERS]}•••" if name else say(language, "linking.nameless")
