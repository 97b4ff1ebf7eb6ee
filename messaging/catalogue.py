"""Texts by key, in Russian and English, with plural forms: gettext catalogues that Babel reads at start-up."""

from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from storage.kinds import Language


class MissingText(KeyError):
    """A catalogue has no such key."""


class Catalogue:
    """One folder with `ru.po` and `en.po`; keys are dotted names, never sentences."""

    def __init__(self, folder: Path) -> None:
        self._languages = {language: _read(folder / f"{language}.po", language) for language in Language}

    def say(self, language: Language, key: str, **values: object) -> str:
        """The text of a key with its {places} filled. Raises MissingText."""
        text = self._languages[language].gettext(key)
        return _filled(text, key, values)

    def count(self, language: Language, key: str, n: int, **values: object) -> str:
        """The plural form for n, which also fills {n}. Raises MissingText."""
        text = self._languages[language].ngettext(key, key, n)
        return _filled(text, key, {"n": n, **values})


def _filled(text: str, key: str, values: dict[str, object]) -> str:
    if text == key:
        raise MissingText(key)
    return text.format_map(values) if values else text


def _read(path: Path, language: Language) -> GNUTranslations:
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language.value, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
