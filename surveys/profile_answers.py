"""Reads what customers answer about themselves: a name, a birthday, a city. What is no answer is None."""

import re
from calendar import isleap
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from surveys.cities import known

OLDEST, YOUNGEST = 110, 5
"""Years; beyond them a year of birth is a slip of the finger."""


class Birthday(NamedTuple):
    """`year` is None where people prefer not to say."""

    day: int
    month: int
    year: int | None = None


class Impossible(StrEnum):
    """It is a date, but nobody's birthday. The values are phrases: `profile.birthday.<value>`."""

    NO_SUCH_DAY = "no_such_day"
    NO_SUCH_YEAR = "no_such_year"


_MONTHS: Final = (
    "янв(?:ар[ья])?|jan(?:uary)?",
    "фев(?:р(?:ал[ья])?)?|feb(?:ruary)?",
    "март?а?|mar(?:ch)?",
    "апр(?:ел[ья])?|apr(?:il)?",
    "ма[йя]|may",
    "июн[ья]?|june?",
    "июл[ья]?|july?",
    "авг(?:уста?)?|aug(?:ust)?",
    "сен(?:т(?:ябр[ья])?)?|sept?(?:ember)?",
    "окт(?:ябр[ья])?|oct(?:ober)?",
    "ноя(?:б(?:р[ья])?)?|nov(?:ember)?",
    "дек(?:абр[ья])?|dec(?:ember)?",
)
_MONTH: Final = rf"(?P<name>{'|'.join(_MONTHS)})\.?"
_DAY: Final = r"(?P<day>[0-9]{1,2})(?:-?(?:го|е|st|nd|rd|th))?"
_YEAR: Final = r"(?:[,\s]\s*(?P<year>[0-9]{4})(?:\s*(?:г(?:\.|ода?)?|year))?)?"
_LEAD: Final = (
    r"(?:(?:(?:мой|my)\s+)?(?:день\s+рождения|д\.?\s?р\.?|birthday|b-?day)(?:\s+(?:is|у\s+меня))?[\s:–—-]+"
    r"|(?:я\s+)?родил(?:ся|ась)\s+|(?:i\s+was\s+)?born\s+(?:on\s+)?)?"
)
_FORMS: Final = tuple(
    re.compile(_LEAD + form + r"[\s.!)]*", re.IGNORECASE)
    for form in (
        rf"{_DAY}\s+(?:of\s+)?{_MONTH}{_YEAR}",
        rf"{_MONTH}\s+(?:the\s+)?{_DAY}{_YEAR}",
        r"(?P<day>[0-9]{1,2})(?P<sign>[./-])(?P<month>[0-9]{1,2})(?:(?P=sign)(?P<year>[0-9]{4}|[0-9]{2})(?:\s*г\.?)?)?",
        r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})",
    )
)


def read_birthday(text: str, today: date) -> Birthday | Impossible | None:
    """Day before month, as in Europe; «5/25» can only be the other way round. None for what is no date at all."""
    matches = (form.fullmatch(text.strip()) for form in _FORMS)
    found = next((match.groupdict() for match in matches if match), None)
    if found is None:
        return None
    day, month, year = int(found["day"]), _month(found), _year(found.get("year"), today)
    if found.get("sign") == "/" and month > 12 >= day:
        day, month = month, day
    if month > 12 and not year:
        return None  # «12.30» is a time
    if not _exists(day, month, year):
        return Impossible.NO_SUCH_DAY
    if year is not None and not today.year - OLDEST <= year <= today.year - YOUNGEST:
        return Impossible.NO_SUCH_YEAR
    return Birthday(day, month, year)


def _month(found: dict[str, str | None]) -> int:
    if name := found.get("name"):
        return next(place for place, names in enumerate(_MONTHS, 1) if re.fullmatch(names, name, re.IGNORECASE))
    return int(found["month"] or 0)


def _year(written: str | None, today: date) -> int | None:
    """«90» is 1990 and «05» 2005: of the two centuries the one that is not in the future."""
    if written is None or len(written) == 4:
        return int(written) if written else None
    year = today.year // 100 * 100 + int(written)
    return year if year <= today.year else year - 100


def _exists(day: int, month: int, year: int | None) -> bool:
    if not (1 <= month <= 12 and day >= 1):
        return False
    if (day, month) == (29, 2):
        return year is None or isleap(year)
    return day <= (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


# --- names and cities: any word may be one, so what people say otherwise is left out

_NO_ANSWER_WORDS: Final = """
    да нет не ни ага угу неа ок окей хорошо ладно понятно ясно спасибо благодарю пожалуйста привет здравствуйте
    здравствуй добрый доброе доброго день вечер утро дня пока зачем почему кто что где когда как какой сколько можно
    нельзя нужно надо хочу буду потом позже пропустить пропусти меню стоп старт оператор человек человека менеджер вы
    ты я мы он она они это вам вас мне меня тебя ваш все всё уже ещё еще тут там никак никто секрет аноним карта код
    баллы скидка скидки заказ доставка цена настройки помощь тест
    yes no not nope yeah ok okay fine thanks thank hello hi hey bye later skip why who what where when how menu stop
    start operator person human please good morning evening the you me it is this that want need maybe none nobody
    secret card code points discount order delivery price settings help test
"""
_NO_ANSWER: Final = frozenset(_NO_ANSWER_WORDS.split())
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*\.?")
_NAME_LEAD: Final = re.compile(
    r"(?:меня зовут|зовите меня|моё имя|мое имя|имя|my name is|i am|i'm|i’m|call me)[\s:–—-]+", re.IGNORECASE
)
_CITY_LEAD: Final = re.compile(r"(?:(?:(?:мой )?город|my city is|city|i live in)[\s:–—-]+|г\.\s*)", re.IGNORECASE)
_LONGEST: Final = 60
_MOST_WORDS: Final = 3


def read_name(text: str) -> str | None:
    """«Анна», «анна», «меня зовут Анна»; several words only as names are written, with capitals."""
    text = text.strip(" .!\n")
    lead = _NAME_LEAD.match(text)
    return _proper(text[lead.end() :] if lead else text, shortest=2)


def read_city(text: str) -> tuple[str, str | None] | None:
    """(name, zone): a city of our table under its one name, another as it was written, without a zone."""
    text = text.strip(" .!\n")
    lead = _CITY_LEAD.match(text)
    text = text[lead.end() :] if lead else text
    if city := known(text):
        return city.name, city.zone
    name = _proper(text, shortest=2)
    return (name, None) if name else None


def _proper(text: str, shortest: int) -> str | None:
    """The words of a proper name, with capitals; None for anything that does not look like one."""
    words = text.split()
    is_short = 0 < len(words) <= _MOST_WORDS and shortest <= len(text) <= _LONGEST
    if not is_short or not all(_WORD.fullmatch(word) for word in words):
        return None
    if any(word.lower().strip(".") in _NO_ANSWER for word in words):
        return None
    if len(words) > 1 and not all(word[0].isupper() for word in words):
        return None
    return " ".join(word[0].upper() + word[1:] for word in words)
