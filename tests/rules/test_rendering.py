"""What every channel makes of a message: nothing lost, no word cut, each limit kept."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.capabilities import CAPABILITIES
from messaging.messages import Button, Message
from messaging.rendering import TooManyButtons, cut, keyboard_of, pieces, units
from storage.kinds import Channel

CHANNELS = pytest.mark.parametrize("channel", list(Channel), ids=str)


def buttons(count: int) -> tuple[Button, ...]:
    return tuple(Button(str(number), f"v:{number}") for number in range(count))


def widths(message: Message, channel: Channel) -> list[int]:
    keyboard = keyboard_of(message, channel)
    assert keyboard is not None
    return [len(row) for row in keyboard.rows]


def test_an_nps_scale_is_six_and_five_in_telegram_and_four_four_three_plain_ones_in_vk():
    scale = Message("?", buttons(11), columns=6)
    assert widths(scale, Channel.TELEGRAM) == [6, 5]
    assert widths(scale, Channel.VK) == [4, 4, 3]
    assert keyboard_of(scale, Channel.TELEGRAM).is_inline
    assert not keyboard_of(scale, Channel.VK).is_inline


@CHANNELS
def test_every_channel_has_room_for_the_longest_scale_and_the_menu(channel):
    assert sum(widths(Message("?", buttons(11), columns=6), channel)) == 11


@CHANNELS
def test_white_space_at_the_end_makes_no_message_too_long(channel):
    can = CAPABILITIES[channel]
    (part,) = pieces(Message("Да" + " " * (can.text + 10)), channel)
    assert part.text == "Да"


def test_ten_buttons_in_one_column_become_two_in_vk_where_six_rows_are_all_there_is():
    assert widths(Message("?", buttons(10)), Channel.VK) == [2, 2, 2, 2, 2]


def test_more_buttons_than_a_channel_has_room_for_are_refused_not_dropped():
    with pytest.raises(TooManyButtons):
        keyboard_of(Message("?", buttons(41)), Channel.VK)


@CHANNELS
@given(count=st.integers(1, 40), columns=st.integers(1, 12))
def test_every_button_stands_in_a_row_within_the_limits(channel, count, columns):
    keyboard = keyboard_of(Message("?", buttons(count), columns=columns), channel)
    can = CAPABILITIES[channel]
    keys = can.inline if keyboard.is_inline else can.plain
    assert [button.value for row in keyboard.rows for button in row] == [f"v:{number}" for number in range(count)]
    assert len(keyboard.rows) <= keys.rows
    assert all(0 < len(row) <= keys.columns for row in keyboard.rows)


def test_a_long_label_ends_at_a_word():
    label = "Пригласите меня на день рождения кофейни в воскресенье"
    shown = keyboard_of(Message("?", (Button(label, "a"),)), Channel.VK).rows[0][0].label
    assert shown == "Пригласите меня на день рождения…"


@CHANNELS
def test_a_long_text_is_cut_between_paragraphs_and_the_buttons_come_last(channel):
    paragraphs = [f"{number} " + "слово " * 99 + "конец." for number in range(60)]
    parts = pieces(Message("\n\n".join(paragraphs), buttons(2)), channel)
    assert "\n\n".join(part.text for part in parts) == "\n\n".join(paragraphs)
    assert [bool(part.buttons) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert all(part.text.endswith("конец.") for part in parts)


@CHANNELS
@given(text=st.text(st.sampled_from("ab я😀&;[|]@*\n1"), max_size=30).map(lambda text: (text + " ") * 900))
def test_no_piece_is_too_long_and_none_of_the_text_is_lost(channel, text):
    can = CAPABILITIES[channel]
    parts = pieces(Message(text), channel)
    assert all(units(can.escape(part.text)) <= can.text for part in parts)
    assert "".join("".join(part.text for part in parts).split()) == "".join(text.split())


def test_a_word_longer_than_a_message_is_the_only_one_that_is_cut():
    parts = pieces(Message("у" * 5000), Channel.TELEGRAM)
    assert [len(part.text) for part in parts] == [4096, 904]


def test_a_caption_that_is_too_long_follows_its_photo():
    parts = pieces(Message("слово " * 300, buttons(1), photo="hash"), Channel.TELEGRAM)
    assert [(part.photo, bool(part.text), bool(part.buttons)) for part in parts] == [
        ("hash", False, False),
        (None, True, True),
    ]
    assert len(pieces(Message("слово " * 300, photo="hash"), Channel.VK)) == 1


def test_a_short_message_stays_as_it_is():
    message = Message("Здравствуйте", buttons(3), photo="hash")
    assert all(pieces(message, channel) == [message] for channel in Channel)


@pytest.mark.parametrize(
    "text",
    ["[id1|Анна]", "[club1|мы] и *id5 (он)", "@durov (Павел)", "5 &lt; 6 &#128512; &amp;", "a & b; c&d", "[x](y)"],
)
def test_vk_shows_a_text_as_it_is_written(text):
    escaped = CAPABILITIES[Channel.VK].escape(text)
    assert html.unescape(escaped).replace("⁠", "") == text
    assert not re.search(r"\[[\w.]+\||(^|\W)[@*](id\d|\w+ \()", html.unescape(escaped))


def test_an_address_of_mail_can_still_be_copied_out_of_vk():
    assert CAPABILITIES[Channel.VK].escape("пишите: hello@shop.example") == "пишите: hello@shop.example"


def test_what_fits_is_not_cut():
    assert cut("ровно", 5) == "ровно"
