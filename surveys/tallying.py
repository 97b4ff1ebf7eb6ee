"""Runs of one survey asked on one day, added up: what the results of any period are put together from."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from storage.kinds import Language, TallyDimension, Touchpoint

SCORES: Final = 11
"""A score is 0 to 10; smaller scales leave some of them empty."""
QUICK: Final = timedelta(seconds=10)
"""Sooner nobody has read the question and thought about it (feature NP11)."""


class AskedRun(NamedTuple):
    """One run, as far as it is counted. `bot_id` is «channel:account»; `is_undelivered`: its question never left."""

    version: int
    touchpoint: Touchpoint
    bot_id: str
    language: Language
    branch: str
    seller: str
    score: int | None
    topics: list[str] | None
    asked_at: datetime
    answered_at: datetime | None
    is_undelivered: bool


class Cell(NamedTuple):
    """Where a run is counted."""

    dimension: TallyDimension
    branch: str
    value: str


@dataclass(slots=True)
class Counts:
    """`asked`: questions of ours that went out, `heard`: how many of them got a score. Who opens a survey from the
    menu was not asked: they are in `scores` alone, so a rate of answers is heard / asked.

    `quick`: scores within QUICK of a question of ours. `peak`: the most scores within one minute (of a whole branch).
    `scores`: how often 0, 1, … 10 was given. Of a topic, `asked` counts the comments about it, scored or not.
    """

    asked: int
    heard: int
    undelivered: int
    quick: int
    peak: int
    scores: list[int]

    @classmethod
    def nothing(cls) -> "Counts":
        return cls(0, 0, 0, 0, 0, [0] * SCORES)

    @property
    def answers(self) -> int:
        return sum(self.scores)

    def add(self, other: "Counts") -> None:
        """The same of more days or branches."""
        self.asked += other.asked
        self.heard += other.heard
        self.undelivered += other.undelivered
        self.quick += other.quick
        self.peak = max(self.peak, other.peak)
        self.scores = [one + another for one, another in zip(self.scores, other.scores, strict=True)]


def total(counts: Iterable[Counts]) -> Counts:
    whole = Counts.nothing()
    for one in counts:
        whole.add(one)
    return whole


def tally(runs: Iterable[AskedRun]) -> dict[Cell, Counts]:
    """A run counts once along each dimension that says something of it, and once for each topic of its comment."""
    cells: dict[Cell, Counts] = {}
    minutes: Counter[tuple[str, datetime]] = Counter()
    for run in runs:
        score = run.score if run.score is not None and 0 <= run.score < SCORES else None
        for cell in _cells(run):
            _count(cells.setdefault(cell, Counts.nothing()), run, score)
        for topic in run.topics or ():
            about = cells.setdefault(Cell(TallyDimension.TOPIC, run.branch, topic), Counts.nothing())
            about.asked += 1
            if score is not None:
                about.scores[score] += 1
        if score is not None and run.answered_at is not None:
            minutes[run.branch, run.answered_at.replace(second=0, microsecond=0)] += 1
    for (branch, _), answers in minutes.items():
        whole = cells[Cell(TallyDimension.WHOLE, branch, "")]
        whole.peak = max(whole.peak, answers)
    return cells


def _cells(run: AskedRun) -> Iterator[Cell]:
    yield Cell(TallyDimension.WHOLE, run.branch, "")
    yield Cell(TallyDimension.CHANNEL, run.branch, run.bot_id.partition(":")[0])
    yield Cell(TallyDimension.TOUCHPOINT, run.branch, run.touchpoint)
    yield Cell(TallyDimension.LANGUAGE, run.branch, run.language)
    yield Cell(TallyDimension.VERSION, run.branch, str(run.version))
    if run.seller:
        yield Cell(TallyDimension.SELLER, run.branch, run.seller)


def _count(counts: Counts, run: AskedRun, score: int | None) -> None:
    is_ours = run.touchpoint is not Touchpoint.MENU
    if score is not None:
        counts.scores[score] += 1
        counts.quick += is_ours and run.answered_at is not None and run.answered_at - run.asked_at < QUICK
    if not is_ours:
        return
    if run.is_undelivered and score is None:
        counts.undelivered += 1
    else:
        counts.asked += 1
        counts.heard += score is not None
