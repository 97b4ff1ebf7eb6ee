"""A file of public reviews, as sites and helpers export them: each row as one review, or as a refusal. Pure."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from loyalty.cells import Problem, folded, moment
from loyalty.headers import Names, guess, liking, places
from loyalty.spreadsheet import Record, Spreadsheet
from loyalty.table_file import Rules, tidy
from storage.kinds import ReviewPlace

NAMES: Final[Names] = {
    "text": ("текст", "отзыв", "текст отзыва", "комментарий", "содержание", "text", "review", "comment", "body"),
    "rating": ("оценка", "звезды", "рейтинг", "балл", "rating", "stars", "score", "star rating"),
    "date": ("дата", "дата отзыва", "опубликован", "дата публикации", "date", "published", "created at", "time"),
    "author": ("автор", "имя", "пользователь", "клиент", "author", "name", "user", "reviewer"),
    "place": ("площадка", "источник", "сайт", "где", "place", "source", "site", "platform"),
    "branch": ("филиал", "точка", "адрес", "магазин", "салон", "branch", "location", "store", "address"),
    "url": ("ссылка", "адрес отзыва", "url", "link"),
}
LONGEST_TEXT: Final = 10_000
LONGEST_NAME: Final = 100
LONGEST_URL: Final = 500
FUTURE_ALLOWED: Final = timedelta(days=1)

_STARS: Final = re.compile(r"([1-5])(?:[.,]0+)?(?: ?(?:/|из|of|out of) ?5)?(?: ?(?:звезд[аы]?|stars?|★|⭐))?")
_CALLED: Final = {
    ReviewPlace.YANDEX: ("яндекс", "yandex"),
    ReviewPlace.TWO_GIS: ("2гис", "2gis", "дубльгис"),
    ReviewPlace.GOOGLE: ("google", "гугл"),
    ReviewPlace.VK: ("vk", "вк", "вконтакте"),
}


class ReviewProblem(StrEnum):
    """Why a row is not taken. Each has its sentence in the console's catalogues."""

    UNREADABLE = "unreadable"
    MANY_CELLS = "many_cells"
    LONG = "long"
    EMPTY = "empty"
    STARS = "stars"
    NO_DATE = "no_date"
    DATE = "date"
    FUTURE = "future"
    URL = "url"


class ReviewRow(NamedTuple):
    """One review. `rating` is 1..5; no `place` where the file names none that we know; `at` is UTC."""

    line: int
    text: str
    rating: int | None
    at: datetime
    author: str
    place: ReviewPlace | None
    branch: str
    url: str


class RefusedReview(NamedTuple):
    """`column`: ours; '' when it is the whole row."""

    line: int
    problem: ReviewProblem
    column: str = ""
    value: str = ""


class NoReviews(Exception):
    """A header without a date, or with neither words nor stars. `missing`: our names of columns."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class ReviewFile:
    """Iterate to get the rows in the file's order. Raises NotATable and NoReviews before the first."""

    def __init__(self, pieces: Iterable[bytes], rules: Rules) -> None:
        self._table = Spreadsheet(pieces, lambda header: liking(header, NAMES))
        self._rules = rules
        self._places = places(self._table.header, guess(self._table.header, NAMES))
        missing = [] if self._places.keys() & {"text", "rating"} else ["text"]
        if "date" not in self._places:
            missing.append("date")
        if missing:
            raise NoReviews(missing)

    def __iter__(self) -> Iterator[ReviewRow | RefusedReview]:
        return map(self._row, self._table)

    def _row(self, record: Record) -> ReviewRow | RefusedReview:
        if record.problem:
            return RefusedReview(record.line, ReviewProblem.UNREADABLE)
        if any(cell.strip() for cell in record.cells[len(self._table.header) :]):
            return RefusedReview(record.line, ReviewProblem.MANY_CELLS)
        cells = {role: record.cells[at].strip() for role, at in self._places.items() if at < len(record.cells)}
        return read(cells, self._rules, record.line)


def read(cells: dict[str, str], rules: Rules, line: int = 1) -> ReviewRow | RefusedReview:
    """One review from its cells, by our names of columns; what is left out is empty. A form's fields are cells too."""

    def refused(problem: ReviewProblem, column: str = "") -> RefusedReview:
        return RefusedReview(line, problem, column, tidy(cells.get(column, ""))[:LONGEST_NAME])

    text, url = cells.get("text", "").strip(), cells.get("url", "").strip()
    rating = stars(cells.get("rating", ""))
    if len(text) > LONGEST_TEXT:
        return refused(ReviewProblem.LONG, "text")
    if rating == 0:
        return refused(ReviewProblem.STARS, "rating")
    if not text and rating is None:
        return refused(ReviewProblem.EMPTY)
    at = moment(tidy(cells.get("date", "")), rules.zone, rules.slashed)
    if isinstance(at, Problem):
        return refused(ReviewProblem.NO_DATE if at is Problem.NO_DATE else ReviewProblem.DATE, "date")
    if at > rules.now + FUTURE_ALLOWED:
        return refused(ReviewProblem.FUTURE, "date")
    if url and not _is_web(url):
        return refused(ReviewProblem.URL, "url")
    author, branch = (tidy(cells.get(role, ""))[:LONGEST_NAME] for role in ("author", "branch"))
    return ReviewRow(line, text, rating, min(at, rules.now), author, place_called(cells.get("place", "")), branch, url)


def stars(text: str) -> int | None:
    """1..5; None for an empty cell, 0 for what is no number of stars: «5», «4,0», «4 из 5», «★★★★☆»."""
    text = " ".join(text.split()).casefold()
    if not text:
        return None
    if set(text) <= set("★☆⭐ "):
        shining = text.count("★") + text.count("⭐")
        return shining if 1 <= shining <= 5 else 0
    found = _STARS.fullmatch(text)
    return int(found[1]) if found else 0


def place_called(text: str) -> ReviewPlace | None:
    """«Яндекс Карты», «2ГИС», …; None for a name we do not know."""
    name = folded(text)
    return next((place for place, names in _CALLED.items() if any(one in name.split(" ")[0] for one in names)), None)


def _is_web(url: str) -> bool:
    """An address that a page of ours may link to, and nothing that runs."""
    is_clean = url.isprintable() and not any(sign.isspace() for sign in url)
    return is_clean and len(url) <= LONGEST_URL and url.lower().startswith(("https://", "http://"))
