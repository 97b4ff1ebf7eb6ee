"""Reads a score from what a customer typed: '3, ждал час' is the score 3 with the comment 'ждал час'.

The grammar, once:

    answer   = opening | closing | stars
    opening  = [lead] score [of] [unit] [of] [plus]  then nothing, or a separator and a comment
    closing  = comment, separator, the same score, end

A number in a message is usually not a score ('буду в 9', '10 минут жду'), and a score wrongly read is worse than one
asked for again: what the grammar does not name is not a score.
"""

import re
from typing import Final, NamedTuple

from storage.kinds import SurveyKind
from surveys.scales import SCALES, Scale


class ParsedAnswer(NamedTuple):
    """`comment` is the customer's own words without the score, '' when there are none."""

    score: int
    comment: str


_NUMERALS: Final = {
    0: "ноль|нуль|нолик|zero",
    1: "один|одна|единиц[ау]|единичк[ау]|one",
    2: "два|две|двойк[ау]|двоечк[ау]|two",
    3: "три|тройк[ау]|троечк[ау]|трояк|three",
    4: "четыре|четв[её]рк[ау]|четв[её]рочк[ау]|four",
    5: "пять|пят[её]рк[ау]|пят[её]рочк[ау]|five",
    6: "шесть|шест[её]рк[ау]|шест[её]рочк[ау]|six",
    7: "семь|сем[её]рк[ау]|сем[её]рочк[ау]|seven",
    8: "восемь|восьм[её]рк[ау]|восьм[её]рочк[ау]|eight",
    9: "девять|девятк[ау]|девяточк[ау]|nine",
    10: "десять|десятк[ау]|десяточк[ау]|ten",
}
_TOPS: Final = {5: "5|пяти|five", 7: "7|семи|seven", 10: "10|десяти|ten"}

_LEAD: Final = (
    r"(?:(?:ну|пожалуй|наверное|думаю|моя|мой|моей|оценка|оценку|оценю|оцениваю|ставлю|поставлю|поставил[аи]?|даю|дам"
    r"|балл|рейтинг|вам|это|скорее|максимум|тв[её]рд(?:ая|ую|ый|о)|крепк(?:ая|ую|ий)|честн(?:ая|ую)|чист(?:ая|ую)|на"
    r"|my|score|rating|is|i|i'd|i’d|i'll|i’ll|would|give|rate|say|it|you|a|an|solid|maybe)(?:\s*[:=–—-]\s*|\s+))"
)
_VERDICT_LEAD: Final = (
    r"(?:оценка|ставлю|поставлю|поставил[аи]?|моя оценка|my score|score|rating|rate it|i give|i'd give)"
)
_WORDS: Final = "|".join(_NUMERALS.values())
_SCORE: Final = rf"(?P<score>(?:10|[0-9])(?:-?о?ч?к[ау](?!\w))?|{_WORDS})(?!\w)"
_OF: Final = r"(?:\s*/\s*|\s+(?:из|of|out\s+of)\s+)(?P<{name}>[0-9]+|[а-яa-z]+)(?!\w)"
_UNIT: Final = (
    r"\s*(?:балл?(?:а|ов)?(?!\w)|points?(?!\w)|(?P<stars>зв[её]зд(?:а|ы|очек|очки)?(?!\w)|stars?(?!\w)|[⭐🌟★]))"
)
_PLUS: Final = r"\s*(?:\++|-|с\s+плюсом|с\s+минусом)(?=\s*(?:[,.!)]|\Z))"
_CORE: Final = f"{_SCORE}(?:{_OF.format(name='top')})?(?:{_UNIT})?(?:{_OF.format(name='late_top')})?(?:{_PLUS})?"

_EMOJI: Final = "\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff"
_FLAGS: Final = re.IGNORECASE
_OPENING: Final = re.compile(rf"(?P<lead>{_LEAD}{{0,4}}){_CORE}", _FLAGS)
_CLOSING: Final = re.compile(
    rf"(?P<comment>[^0-9?]*?[^0-9?\s,.;:!–—-])(?P<break>[\s,.;:!–—-]+)(?P<verdict>{_VERDICT_LEAD}[\s:–—-]+)?{_CORE}[\s.!)]*",
    _FLAGS,
)
_STARS: Final = re.compile(r"\s*((?:[⭐🌟★]\ufe0f?\s*)+)((?:☆\ufe0f?\s*)*)")

# A hyphen glued to both sides joins ('2-й', '7-8'); with a space on a side it separates.
_SEPARATOR: Final = re.compile(rf"\s*[,.;:!…()]+\s*|\s*[–—]\s*|\s+-\s*|-\s+|[^\S\n]*\n\s*|\s*(?=[{_EMOJI}])")
_ORNAMENT: Final = " \t\r\n.,;:!…()*\"'«»–—-+=\ufe0f\u200b\u200d"
_OPINION: Final = re.compile(
    r"(?:отличн|хорош|супер|класс|шикарн|прекрасн|замечательн|великолепн|идеальн|топ\b|норм|средне|так себе"
    r"|плох|ужас|кошмар|отврат|вкусн|невкусн|понрав|не понрав|спасибо|благодар|довол|недовол|рекоменд|обожаю|люблю|ждал"
    r"|долго|груб|грязн|хам"
    r"|все\b|вс[её]\s|очень|слишком|потому|так как|но\b|хотя"
    r"|great|good|excellent|perfect|awesome|amazing|nice|love|lovely|fine|bad|awful|terrible|poor|slow|thank|rude|dirty"
    r"|very|too\b|because|but\b|everything|waited)",
    _FLAGS,
)
# Said with a raised voice, not asked: the score before them stands.
_REPROACH: Final = re.compile(r"почему|зачем|за что|сколько можно|доколе|что за|why|how come|what the", _FLAGS)
_REQUEST: Final = re.compile(r"(?:пожалуйста|плиз|please|шт\b)", _FLAGS)
_KEYCAP: Final = re.compile("([0-9])\ufe0f?\u20e3")
_WORD_VALUES: Final = [(re.compile(words, _FLAGS), value) for value, words in _NUMERALS.items()]
_TOP_VALUES: Final = [(re.compile(words, _FLAGS), value) for value, words in _TOPS.items()]


def parse_answer(kind: SurveyKind, text: str) -> ParsedAnswer | None:
    """The score and comment in `text`, or None when it is not an answer on this scale. Never raises.

    A score on a scale that is not ours ('5/5' to an NPS question) is None too: to rescale it would be to invent it.
    """
    return read_score(SCALES[kind], text) if kind in SCALES else None


def read_score(scale: Scale, text: str) -> ParsedAnswer | None:
    """As `parse_answer`, on any scale we know."""
    text = _KEYCAP.sub(r"\1", text).replace("🔟", "10").strip(" \t\r\n\u200b\ufeff")
    answer = _stars(scale, text) or _opening(text, scale) or _closing(text, scale)
    return answer if answer and answer.score in scale.rows else None


def _opening(text: str, scale: Scale) -> ParsedAnswer | None:
    match = _OPENING.match(text)
    if not match or not _is_our_scale(match, scale):
        return None
    comment = _comment_after(text[match.end() :])
    if comment is None:
        return None
    is_time_or_table = match["lead"].strip().lower() == "на" and comment and not _OPINION.match(comment)
    return None if is_time_or_table else ParsedAnswer(_value(match["score"]), comment)


def _closing(text: str, scale: Scale) -> ParsedAnswer | None:
    match = _CLOSING.fullmatch(text)
    if not match or not _is_our_scale(match, scale):
        return None
    comment = match["comment"].strip(_ORNAMENT)
    is_apart = bool(match["break"].strip()) or "\n" in match["break"]
    is_opinion = bool(_OPINION.match(comment))
    is_scaled = bool(match["top"] or match["late_top"])
    # 'Ленина, 10' is an address, 'стол на 4' a table: without a scale or a verb of judging only an opinion may lead.
    is_score = bool(match["verdict"]) or (is_apart and (is_scaled or is_opinion)) or (is_opinion and " " not in comment)
    return ParsedAnswer(_value(match["score"]), comment) if is_score else None


def _stars(scale: Scale, text: str) -> ParsedAnswer | None:
    """'⭐⭐⭐⭐', '★★★★☆': only where the scale has five steps."""
    match = _STARS.match(text)
    if not match or not scale.has_stars:
        return None
    filled, empty = (sum(group.count(star) for star in "⭐🌟★☆") for group in match.groups())
    if empty and filled + empty != scale.highest:
        return None
    return ParsedAnswer(filled, text[match.end() :].strip(_ORNAMENT))


def _comment_after(rest: str) -> str | None:
    """The comment behind a score; '' when only ornament follows; None when the number was part of something else."""
    if not rest.strip(_ORNAMENT):
        return ""
    separator = _SEPARATOR.match(rest)
    comment = rest[separator.end() if separator else 0 :].strip()
    is_joined = not separator and not (rest[0].isspace() and _OPINION.match(comment))
    is_number = comment[:1].isdigit()  # '9:30', '3.5', '8 (900) 123', '7 - 8'
    is_list = re.search(r"(?:^|\s)2[.)]", comment) is not None
    is_question = "?" in comment and not _REPROACH.match(comment)
    if is_joined or is_number or is_list or is_question or _REQUEST.match(comment):
        return None
    return _without_brackets(rest, comment)


def _without_brackets(rest: str, comment: str) -> str:
    return comment.removesuffix(")") if rest.lstrip().startswith("(") else comment


def _is_our_scale(match: re.Match[str], scale: Scale) -> bool:
    if match["stars"] and not scale.has_stars:
        return False
    tops = [top for top in (match["top"], match["late_top"]) if top]
    return all(_top(top) == scale.highest for top in tops)


def _value(score: str) -> int:
    digits = re.match(r"[0-9]+", score)
    if digits:
        return int(digits[0])
    return next(value for words, value in _WORD_VALUES if words.fullmatch(score))


def _top(words: str) -> int | None:
    return next((value for pattern, value in _TOP_VALUES if pattern.fullmatch(words)), None)
