"""The secret key: what is derived from it, where it lies, and what is said when it is wrong."""

import stat

import pytest

from bot.keys import KeyChanged, Keys, NoSecret, load_or_make_secret, load_secret
from bot.settings import Settings

SECRET = "s" * 40


def test_each_purpose_has_a_key_of_its_own_and_the_same_one_at_each_start():
    assert Keys(SECRET).signing("cookies") == Keys(SECRET).signing("cookies")
    assert Keys(SECRET).signing("cookies") != Keys(SECRET).signing("links")
    assert Keys(SECRET).signing("cookies") != Keys("t" * 40).signing("cookies")


def test_what_is_sealed_can_be_opened_and_does_not_show_itself():
    sealed = Keys(SECRET).seal("123456789:AAE-token")
    assert "AAE" not in sealed
    assert Keys(SECRET).open(sealed) == "123456789:AAE-token"


def test_another_key_opens_nothing_and_says_what_to_do():
    sealed = Keys(SECRET).seal("token")
    with pytest.raises(KeyChanged, match="OTKLIK_SECRET_KEY"):
        Keys("t" * 40).open(sealed)


def test_the_configured_key_wins_over_the_file(tmp_path):
    load_or_make_secret(Settings(), tmp_path)
    secret = load_secret(Settings(secret_key=SECRET), tmp_path)
    assert (secret.value, secret.file) == (SECRET, None)


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    made = load_or_make_secret(Settings(), tmp_path / "data")
    again = load_or_make_secret(Settings(), tmp_path / "data")
    assert made.is_new and not again.is_new
    assert made.value == again.value
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["secret.key"]


def test_nothing_is_made_where_a_key_is_only_asked_for(tmp_path):
    with pytest.raises(NoSecret) as none:
        load_secret(Settings(), tmp_path)
    assert none.value.problem == "missing"
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_key_is_not_replaced_by_a_new_one(tmp_path):
    (tmp_path / "secret.key").write_text("half")
    with pytest.raises(NoSecret) as none:
        load_or_make_secret(Settings(), tmp_path)
    assert none.value.problem == "short"


def test_a_secret_does_not_print_itself(tmp_path):
    made = load_or_make_secret(Settings(), tmp_path)
    assert made.value not in repr(made)
