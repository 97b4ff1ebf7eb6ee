"""What the fake VK makes of keyboards, texts and scripts, in VK's own words where they are known."""

import json
from typing import Any

import pytest

from tests.fakes.vk_execute import Script
from tests.fakes.vk_faults import Refusal
from tests.fakes.vk_text import parse_keyboard, parse_text


def many(count: int, per_row: int = 1, **more: Any) -> dict:
    buttons = [{"action": {"type": "text", "label": str(number)}} for number in range(count)]
    return {"buttons": [buttons[at : at + per_row] for at in range(0, count, per_row)], **more}


def one(**action: Any) -> dict:
    return {"buttons": [[{"action": action}]]}


@pytest.mark.parametrize(
    ("board", "why"),
    [
        (many(11), "too much rows"),
        (many(6, 6), "row 0 contains too much columns"),
        (many(41, 5), "too much buttons"),
        (many(11, 2, inline=True), "too much buttons"),
        (many(7, inline=True), "too much rows"),
        (one(type="text", label=""), "at least 1 letters"),
        (one(type="text", label="ы" * 41), "40"),
        (one(type="text", label="а", payload="x" * 256), "255"),
        (one(type="text", label="а", payload="{"), "valid json"),
        (one(type="text", label="а", payload=None), "valid json"),
        (one(type="pigeon", label="а"), "action type"),
        (one(type="open_link", label="а", link="{link}"), "invalid link"),
        (many(1, inline="true"), "inline property should be boolean"),
        (many(1, inline=True, one_time=True), "one_time"),
        ({"buttons": [{"action": {"type": "text", "label": "а"}}]}, "row 0"),
        ("{", "Keyboard format is invalid"),
    ],
)
def test_bad_keyboards_are_error_911(board, why):
    with pytest.raises(Refusal, match=why) as refused:
        parse_keyboard(board if isinstance(board, str) else json.dumps(board))
    assert refused.value.code == 911


def test_good_keyboards_are_accepted():
    for board in (many(40, 5), many(10), many(10, 5, inline=True), one(type="location"), {"buttons": []}):
        assert parse_keyboard(json.dumps(board))["buttons"] == board["buttons"]
    assert parse_keyboard(json.dumps(one(type="vkpay", hash="action=x")))


@pytest.mark.parametrize(
    ("raw", "shown", "mentions"),
    [
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2", ()),
        ("&#128512; &#x1F600; &laquo;да&raquo;", "😀 😀 «да»", ()),
        ("&amp;lt;", "&lt;", ()),
        ("AT&T &notanentity; &#0;", "AT&T &notanentity; &#0;", ()),
        ("[id1|Павел] и [club2|мы]", "Павел и мы", (1, -2)),
        ("@id1 (Павел), *club2 (мы)", "Павел, мы", (1, -2)),
        ("@id5", "@id5", (5,)),
        ("&#91;id1|Павел]", "Павел", (1,)),
        ("[id\u2060" + "1|Павел]", "[id\u2060" + "1|Павел]", ()),
        ("[пусто] a@b.ru *звезда*", "[пусто] a@b.ru *звезда*", ()),
    ],
)
def test_texts_are_shown_as_vk_shows_them(raw, shown, mentions):
    assert parse_text(raw)[1:] == (shown, mentions)


def run(code: str) -> tuple[Any, list]:
    """The value of a script whose calls return their own name."""
    calls: list = []
    return Script(code).run(lambda name, params: calls.append((name, params)) or name, {"a": "1"}), calls


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("return 1 + 2 * 3 - -1;", 8),
        ("var a = [1, 2], b = {x: a.length}; a.push('й\\'s'); return [a, b.x, a[2] + 1];", [[1, 2, "й's"], 2, "й's1"]),
        ("if (Args.a == '1') { return true; } else return false;", True),
        ("var i = 0; while (i < 3 && !(i == 2)) { i = i + 1; } return i; // the end", 2),
        ('var l = [{"id": 1}, {"id": 2}]; return l@.id;', [1, 2]),
        ('return parseInt("4") % 3;', 1),
        ("var x;", None),
    ],
)
def test_scripts_run(code, value):
    assert run(code)[0] == value


def test_scripts_call_with_parameters_as_a_form_has_them():
    value, calls = run(
        'return [API.messages.send({"peer_ids": [1, 2], "a": true, "k": {"b": []}, "t": "\\u0439\\n"})];'
    )
    assert value == ["messages.send"]
    assert calls == [("messages.send", {"peer_ids": "1,2", "a": "1", "k": '{"b": []}', "t": "й\n"})]
