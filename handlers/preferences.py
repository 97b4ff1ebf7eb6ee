"""The settings: what is sent here, when it is quiet, and a pause. Each press changes the message it stands under."""

from datetime import timedelta

from handlers.turn import Turn
from messaging import quiet_hours
from messaging.local_time import QUIET_FROM, QUIET_UNTIL, QuietHours, local_date
from messaging.menu import LANGUAGE, SETTINGS, consent_question
from messaging.messages import Button, Message
from messaging.phrases import day
from messaging.settings import AGREE_AGAIN, DATA, HOME, LINK_HERE, PROFILE, QUIET
from storage.kinds import ConsentAction, ConsentPurpose, Topic
from storage.models import TopicChoice

PAUSE = timedelta(days=30)
TYPED_WITHIN = timedelta(minutes=15)
"""How long after the screen of quiet hours «22-8» means quiet hours: at other times it may be a booking."""

_TOPIC = "set:topic:"
_HOURS = "set:quiet:"
_PAUSE = "set:pause"
_RESUME = "set:resume"


def wants_settings(turn: Turn) -> bool:
    return turn.pressed in (SETTINGS, HOME) or turn.incoming.text.startswith("/settings")


def show(turn: Turn) -> list[Message]:
    """From the menu a message of its own; back from a screen of the settings, the same message."""
    return [turn.in_place(_home(turn)) if turn.pressed == HOME else _home(turn)]


def switches_topic(turn: Turn) -> bool:
    return (turn.pressed or "").startswith(_TOPIC)


def switch_topic(turn: Turn) -> list[Message]:
    """A button says what it sets, not «the other way round»: an old one, or one pressed twice, does no harm."""
    name, _, state = (turn.pressed or "").removeprefix(_TOPIC).partition(":")
    topic, is_on = Topic(name), state == "on"
    turn.store.preferences.switch(
        TopicChoice(
            customer_id=turn.customer.id,
            topic=topic,
            channel=turn.incoming.chat.channel,
            is_on=is_on,
            changed_at=turn.now,
        )
    )
    home = turn.in_place(_home(turn))
    if topic is Topic.OFFERS and is_on and not turn.has_given(ConsentPurpose.ADVERTISING):
        lead = turn.say("consent.advertising.is_off")
        return [home, consent_question(turn.customer.language, ConsentPurpose.ADVERTISING, lead=lead)]
    return [home]


# --- quiet hours


def wants_quiet_hours(turn: Turn) -> bool:
    return turn.pressed == QUIET


def ask_quiet_hours(turn: Turn) -> list[Message]:
    presets = [Button(quiet_hours.shown(one), f"{_HOURS}{one.start}-{one.end}") for one in quiet_hours.PRESETS]
    never = Button(turn.say("settings.quiet.never"), f"{_HOURS}{quiet_hours.NEVER.start}-{quiet_hours.NEVER.end}")
    buttons = (*presets, never, Button(turn.say("settings.back"), HOME))
    return [turn.in_place(Message(turn.say("settings.quiet.question", now=_quiet_line(turn)), buttons, columns=3))]


def chooses_quiet_hours(turn: Turn) -> bool:
    return (turn.pressed or "").startswith(_HOURS)


def set_quiet_hours(turn: Turn) -> list[Message]:
    start, _, end = (turn.pressed or "").removeprefix(_HOURS).partition("-")
    return [turn.in_place(_keep_quiet(turn, QuietHours(int(start), int(end))))]


def types_quiet_hours(turn: Turn) -> bool:
    """Only right after their screen."""
    return quiet_hours.parse(turn.incoming.text) is not None and _was_just_asked(turn)


def take_typed_hours(turn: Turn) -> list[Message]:
    hours = quiet_hours.parse(turn.incoming.text)
    assert hours is not None
    return [_keep_quiet(turn, hours)]


def _was_just_asked(turn: Turn) -> bool:
    said = turn.store.inbox.of_customer(turn.customer.id, 2)
    before = [event for event in said if event.event_id != turn.incoming.event_id]
    pressed = before[-1].incoming.get("pressed") if before else None
    is_fresh = bool(before) and turn.now - before[-1].received_at <= TYPED_WITHIN
    return is_fresh and pressed is not None and pressed["value"] == QUIET


def _keep_quiet(turn: Turn, hours: QuietHours) -> Message:
    turn.customer.quiet_from, turn.customer.quiet_until = hours.start, hours.end
    turn.store.customers.save(turn.customer, "quiet_from", "quiet_until")
    return _home(turn)


# --- a pause


def wants_pause(turn: Turn) -> bool:
    return turn.pressed in (_PAUSE, _RESUME)


def pause(turn: Turn) -> list[Message]:
    """Nothing unasked for thirty days, or again from now on; who writes to us is answered all the same."""
    turn.customer.paused_until = turn.now + PAUSE if turn.pressed == _PAUSE else None
    turn.store.customers.save(turn.customer, "paused_until")
    return [turn.in_place(_home(turn))]


# --- the first screen


def _home(turn: Turn) -> Message:
    if turn.consents.get(ConsentPurpose.PERSONAL_DATA) is ConsentAction.WITHDRAWN:
        buttons = (Button(turn.say("data.agree_again"), AGREE_AGAIN), Button(turn.say("menu.language"), LANGUAGE))
        return Message(turn.say("settings.withdrawn"), buttons, columns=1)
    on = _topics_on(turn)
    lines = [_title(turn), "", *(_topic_line(turn, topic, _state(topic in on)) for topic in Topic), _quiet_line(turn)]
    if _is_paused(turn):
        lines += ["", turn.say("settings.paused", until=_pause_ends(turn))]
    return Message("\n".join(lines), _buttons(turn, on), columns=2)


def _topics_on(turn: Turn) -> frozenset[Topic]:
    """What arrives here: switched on, and for offers also agreed to."""
    off = turn.store.preferences.switched_off(turn.customer.id, turn.incoming.chat.channel)
    on = frozenset(Topic) - off
    return on if turn.has_given(ConsentPurpose.ADVERTISING) else on - {Topic.OFFERS}


def _title(turn: Turn) -> str:
    """Which channel it is about, for who has several."""
    channels = {one.bot_id.partition(":")[0] for one in turn.store.customers.identities_of(turn.customer.id)}
    if len(channels) == 1:
        return turn.say("settings.title")
    return turn.say("settings.title_here", channel=turn.say(f"channel.{turn.incoming.chat.channel.value}"))


def _buttons(turn: Turn, on: frozenset[Topic]) -> tuple[Button, ...]:
    topics = [_topic_button(turn, topic, _state(topic not in on)) for topic in Topic]
    is_paused = _is_paused(turn)
    return (
        *topics,
        Button(turn.say("settings.quiet"), QUIET),
        Button(turn.say("menu.language"), LANGUAGE),
        Button(turn.say("settings.profile"), PROFILE),
        Button(turn.say("settings.resume" if is_paused else "settings.pause"), _RESUME if is_paused else _PAUSE),
        Button(turn.say("settings.data"), DATA),
        *_second_channel(turn),
    )


def _second_channel(turn: Turn) -> tuple[Button, ...]:
    here = turn.incoming.chat.channel
    if all(door.channel is here for door in turn.business.doors):
        return ()
    return (Button(turn.say("settings.link"), LINK_HERE),)


def _topic_line(turn: Turn, topic: Topic, state: str) -> str:
    return turn.say(f"settings.{topic.value}.{state}")


def _topic_button(turn: Turn, topic: Topic, other: str) -> Button:
    return Button(turn.say(f"settings.{topic.value}.turn_{other}"), f"{_TOPIC}{topic.value}:{other}")


def _state(is_on: bool) -> str:
    return "on" if is_on else "off"


def _is_paused(turn: Turn) -> bool:
    return turn.customer.paused_until is not None and turn.now < turn.customer.paused_until


def _pause_ends(turn: Turn) -> str:
    assert turn.customer.paused_until is not None
    ends = local_date(turn.customer.paused_until, turn.zone)
    return day(turn.customer.language, ends)


def _quiet_line(turn: Turn) -> str:
    start, end = turn.customer.quiet_from, turn.customer.quiet_until
    hours = QuietHours(QUIET_FROM if start is None else start, QUIET_UNTIL if end is None else end)
    if hours.start == hours.end:
        return turn.say("settings.quiet.is_off")
    return turn.say("settings.quiet.is_on", hours=quiet_hours.shown(hours))
