"""The code on the screen: signed, short-lived, one customer's; the typed form is drawn from the same signature."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from loyalty.card_codes import LIVES, Wrong, code_hash, could_be_typed, read_token, screen_code, token_in, typed_of
from loyalty.promo_rules import ALPHABET

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = UUID(int=0x0195_7A00_0000_7000_8000_0000_0000_0001)


@settings(max_examples=50)
@given(some.uuids(), some.integers(min_value=0, max_value=59_999))
def test_a_code_is_read_back_for_one_minute(customer, later_ms):
    code = screen_code("key", customer, NOON)
    assert read_token("key", code.token, NOON + timedelta(milliseconds=later_ms)) == customer
    assert read_token("key", code.token, NOON + LIVES) is Wrong.OLD
    assert code.until == NOON + LIVES


def test_another_key_has_not_made_it():
    assert read_token("other", screen_code("key", ANNA, NOON).token, NOON) is Wrong.FORGED


@settings(max_examples=50)
@given(some.integers(min_value=0, max_value=36 * 8 - 1))
def test_each_bit_of_it_is_signed(bit):
    token = screen_code("key", ANNA, NOON).token
    whole = bytearray(base64.urlsafe_b64decode(token))
    whole[bit // 8] ^= 1 << bit % 8
    assert read_token("key", base64.urlsafe_b64encode(bytes(whole)).decode(), NOON) is Wrong.FORGED


@pytest.mark.parametrize("text", ["", "a", "=" * 48, "й" * 48, "A" * 47, "A" * 52])
def test_what_is_no_token_is_refused_like_a_forged_one(text):
    assert read_token("key", text, NOON) is Wrong.FORGED


def test_a_code_from_the_future_is_not_taken():
    token = screen_code("key", ANNA, NOON + timedelta(minutes=1)).token
    assert read_token("key", token, NOON) is Wrong.OLD


def test_it_fits_a_link_into_a_messenger():
    token = screen_code("key", ANNA, NOON).token
    assert len(f"c_{token}") <= 64 and set(token) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


@settings(max_examples=50)
@given(some.uuids(), some.integers(0, 10**9))
def test_the_typed_form_has_no_look_alikes_and_differs_each_time(customer, seconds):
    at = NOON + timedelta(seconds=seconds)
    first = screen_code("key", customer, at)
    second = screen_code("key", customer, at + timedelta(milliseconds=1))
    assert could_be_typed(first.typed) and set(first.typed.replace("-", "")) <= set(ALPHABET)
    assert typed_of("key", first.token) != typed_of("key", second.token)


def test_it_may_be_typed_small_spaced_and_with_russian_letters():
    kept = code_hash("key", "K7MH-9TXC")
    assert kept == code_hash("key", "k7mh 9txc") == code_hash("key", "К7МН9ТХС")
    assert kept != code_hash("other", "K7MH-9TXC")


@pytest.mark.parametrize(
    ("text", "is_token"),
    [
        ("c_{token}", True),
        ("https://shop.example/c/{token}", True),
        ("{token}", False),
        ("c_short", False),
        ("касса", False),
    ],
)
def test_a_token_is_known_by_its_mark(text, is_token):
    token = screen_code("key", ANNA, NOON).token
    assert token_in(text.format(token=token)) == (token if is_token else None)
