"""What the bot says is complete: the same keys and places in both languages, each used, each known."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from messaging.catalogue import Catalogue, MissingText
from messaging.phrases import CATALOGUE
from storage.kinds import Language, ScoreGroup
from surveys.scales import SCALES

ROOT = Path(__file__).parents[2]
SPEAKERS = ("messaging", "handlers", "surveys", "loyalty", "scheduler", "bot/messengers.py")
_SAID = re.compile(r"""(?:say|count|_note)\(\s*(?:[\w.]+,\s*)?(f?)"([\w.{}]+)\"""")
_PLACE = re.compile(r"\{(\w+)\}")


def _entries(language: Language) -> dict[str, str]:
    with (ROOT / f"messaging/catalogues/{language}.po").open("rb") as source:
        return dict(_entry(message) for message in read_po(source) if message.id)


def _entry(message) -> tuple[str, str]:
    """Of a text with plural forms, all of them: each needs the same places."""
    if isinstance(message.id, tuple):
        return message.id[0], " ".join(message.string)
    return message.id, message.string


def _sources() -> str:
    files = [
        file
        for place in SPEAKERS
        for file in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    ]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_both_languages_have_the_same_keys_and_places():
    ru, en = _entries(Language.RU), _entries(Language.EN)
    assert ru.keys() == en.keys()
    assert {key: set(_PLACE.findall(ru[key])) for key in ru} == {key: set(_PLACE.findall(en[key])) for key in en}


def test_every_key_that_is_said_exists():
    known = _entries(Language.RU)
    said = {key for is_built, key in _SAID.findall(_sources()) if not is_built}
    assert said, "the pattern finds nothing any more"
    assert said - known.keys() == set()


def test_every_key_is_said_somewhere():
    source = _sources()
    built = {re.sub(r"\\\{.*?\\\}", "[a-z_]+", re.escape(key)) for is_built, key in _SAID.findall(source) if is_built}
    unused = [
        key
        for key in _entries(Language.RU)
        if f'"{key}"' not in source and not any(re.fullmatch(pattern, key) for pattern in built)
    ]
    assert not [key for key in unused if not key.endswith((".question", ".again", ".score_please"))]


@pytest.mark.parametrize("kind", list(SCALES))
@pytest.mark.parametrize("group", list(ScoreGroup))
def test_every_answer_has_its_question_and_thanks(kind, group):
    for language in Language:
        assert CATALOGUE.say(language, f"survey.{kind}.{group}.why")
        assert CATALOGUE.say(language, f"survey.thanks.{group}")
        for wording in ("question", "again", "score_please"):
            assert CATALOGUE.say(language, f"survey.{kind}.{wording}", business="Корица")


def test_a_text_that_does_not_exist_is_an_error_and_not_its_key():
    with pytest.raises(MissingText):
        CATALOGUE.say(Language.RU, "no.such.text")


@pytest.mark.parametrize(("n", "text"), [(1, "1 балл"), (2, "2 балла"), (5, "5 баллов"), (21, "21 балл")])
def test_russian_counts_in_three_forms(tmp_path, n, text):
    head = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals={}; plural={};\\n"\n\nmsgid "points"\nmsgid_plural "points"\n'
    rule = "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)"
    forms = ["{n} балл", "{n} балла", "{n} баллов"]
    lines = "".join(f'msgstr[{place}] "{form}"\n' for place, form in enumerate(forms))
    (tmp_path / "ru.po").write_text(head.format(3, rule) + lines, encoding="utf-8")
    (tmp_path / "en.po").write_text(head.format(2, "(n != 1)") + 'msgstr[0] "1"\nmsgstr[1] "2"\n', encoding="utf-8")
    assert Catalogue(tmp_path).count(Language.RU, "points", n) == text
