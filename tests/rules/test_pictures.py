"""What is kept of what customers send, known by its first bytes; and a nameless picture tells of nobody."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging import pictures
from messaging.files import LARGEST, Fetched, checked
from messaging.pictures import Unreadable, kind_of, without_traces
from storage.kinds import FileTrouble
from tests.samples import GIF, GPS, MP3, OGG, jpeg, png, webp

CLEANED = {pictures.JPEG: jpeg, pictures.PNG: png, pictures.WEBP: webp}
SAMPLES = {**{kind: make() for kind, make in CLEANED.items()}, "image/gif": GIF, "audio/ogg": OGG, "audio/mpeg": MP3}


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_first_bytes_say_what_it_is(kind):
    assert kind_of(SAMPLES[kind]) == kind
    assert kind in pictures.SUFFIXES


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg onload=alert(1)>", b"<!doctype html>", b"%PDF-1.7", b"PK\3\4", b"RIFF\0\0\0\0WAVEfmt ", b"\xff\xd8"],
)
def test_whatever_else_it_is_it_is_not_kept(content):
    assert kind_of(content) is None
    assert checked(content, is_nameless=False) is FileTrouble.WRONG_TYPE


def test_what_is_too_large_is_not_kept():
    assert checked(jpeg() + bytes(LARGEST), is_nameless=False) is FileTrouble.TOO_LARGE


@pytest.mark.parametrize("kind", CLEANED)
def test_a_nameless_picture_loses_what_was_written_beside_it_and_nothing_else(kind):
    make = CLEANED[kind]
    assert GPS in make()
    assert without_traces(make(), kind) == make(traces=False)
    assert checked(make(), is_nameless=True) == Fetched(make(traces=False), kind)


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_has_a_name_stays_as_it_was_sent(kind):
    assert checked(SAMPLES[kind], is_nameless=False) == Fetched(SAMPLES[kind], kind)


@pytest.mark.parametrize("content", [OGG, MP3])
def test_a_voice_stays_as_it_is(content):
    assert without_traces(content, kind_of(content)) == content


@pytest.mark.parametrize("content", [GIF, *(make()[:-20] for make in (webp,)), png()[:60], jpeg(traces=False)[:-2]])
def test_a_nameless_picture_that_cannot_be_read_through_is_not_kept(content):
    assert checked(content, is_nameless=True) is FileTrouble.WRONG_TYPE


def test_a_thumbnail_is_a_trace():
    thumbnail = b"\xff\xe0\x00\x0aJFXX\0" + GPS[:3]
    content = jpeg(traces=False)
    assert without_traces(content[:2] + thumbnail + content[2:], pictures.JPEG) == content


@pytest.mark.parametrize("kind", CLEANED)
@settings(max_examples=50, deadline=None)
@given(st.data())
def test_no_damage_lets_a_trace_through_or_breaks_the_reader(kind, data):
    """Cut, and with some bytes changed: it is either refused, or what is left reads as a picture again."""
    content = bytearray(CLEANED[kind]())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(12, len(content)))]
    try:
        cleaned = without_traces(bytes(content), kind)
    except Unreadable:
        return
    assert without_traces(cleaned, kind) == cleaned
