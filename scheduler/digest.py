"""Once a week, five numbers, three risks, three things to do: what the owner reads on Monday (feature C17)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from babel.numbers import format_currency

from insights.metrics import ENOUGH, by_group, nps
from messaging.phrases import count, say
from scheduler.work import Shop
from storage.actions import Shown
from storage.kinds import Language, LifecycleStage, MoveKind, ScoreGroup, SurveyKind
from storage.store import Store
from storage.week import WeekSums

WEEK: Final = timedelta(days=7)
NPS_PERIOD: Final = timedelta(days=90)
RISKS: Final = 3
ACTIONS: Final = 3
_GONE = {LifecycleStage.AT_RISK.value, LifecycleStage.LOST.value}


@dataclass(frozen=True, slots=True)
class Digest:
    """One week beside the one before; `scores` are counts of NPS answers of the last 90 days and of those before."""

    now: WeekSums
    before: WeekSums
    currency: str
    left: tuple[int, int]
    scores: tuple[dict[ScoreGroup, int], dict[ScoreGroup, int]]
    key_late: int
    lost: int
    late_cases: int
    key_moves: tuple[int, int]
    actions: Sequence[Shown]

    @property
    def is_worth_telling(self) -> bool:
        return bool(self.now.orders or self.before.orders or self.actions)


def look_back(store: Store, until: datetime, actions: Sequence[Shown]) -> Digest:
    """The seven days before `until`, the midnight with which a business day began."""
    since, earlier = until - WEEK, until - 2 * WEEK
    moves = store.moves.counts(MoveKind.STAGE, since, until)
    moves_before = store.moves.counts(MoveKind.STAGE, earlier, since)
    keys = store.moves.counts(MoveKind.KEY, since, until)
    return Digest(
        store.week.sums(since, until),
        store.week.sums(earlier, since),
        store.whole_base.currency(),
        (_left(moves), _left(moves_before)),
        (
            store.surveys.group_counts(SurveyKind.NPS, until - NPS_PERIOD, until),
            store.surveys.group_counts(SurveyKind.NPS, until - 2 * NPS_PERIOD, until - NPS_PERIOD),
        ),
        store.week.key_late(),
        sum(people for (_, after), people in moves.items() if after == LifecycleStage.LOST.value),
        store.cases.count_late(until),
        (keys.get(("", "key"), 0), keys.get(("key", ""), 0)),
        actions,
    )


def _left(moves: dict[tuple[str, str], int]) -> int:
    """Who was here, and is late or lost now."""
    return sum(people for (before, after), people in moves.items() if after in _GONE and before not in _GONE)


def told(digest: Digest, shop: Shop, language: Language, actions: Sequence[str]) -> str:
    """The whole message. `actions`: lines already in words."""
    lines = [say(language, "digest.title", business=shop.name), "", *_numbers(digest, language)]
    if risks := list(_risks(digest, language))[:RISKS]:
        lines += ["", say(language, "digest.risks"), *(f"• {risk}" for risk in risks)]
    if actions:
        lines += ["", say(language, "digest.actions"), *(f"• {line}" for line in actions[:ACTIONS])]
    return "\n".join(lines)


def _numbers(digest: Digest, language: Language) -> Iterator[str]:
    now, before = digest.now, digest.before
    few = min(now.orders, before.orders) < ENOUGH
    money = [_money(sums.revenue_minor, digest.currency, language) for sums in (now, before)]
    yield _number(language, "digest.revenue", *money, few=few)
    yield _number(language, "digest.orders", now.orders, before.orders, few=few)
    yield _number(language, "digest.newcomers", now.newcomers, before.newcomers, few=few)
    yield _number(language, "digest.left", *digest.left, few=few)
    yield _nps(digest, language)


def _number(language: Language, key: str, value: object, before: object, *, few: bool) -> str:
    compared = say(language, "digest.few") if few else say(language, "digest.before", before=before)
    return f"{say(language, key, value=value)} ({compared})"


def _nps(digest: Digest, language: Language) -> str:
    """Its interval stands beside it; below thirty answers it is no number at all."""
    score, before = (nps(*by_group(groups)) for groups in digest.scores)
    if score is None or not score.is_enough:
        return say(language, "digest.nps.few", n=score.n if score else 0)
    text = say(language, "digest.nps", value=f"{score.score:+.0f}", margin=f"{score.margin:.0f}", n=score.n)
    return f"{text}, {say(language, 'digest.before', before=f'{before.score:+.0f}')}" if before else text


def _risks(digest: Digest, language: Language) -> Iterator[str]:
    """The worst first; what is well is not told."""
    if digest.key_late:
        yield count(language, "digest.risk.key_late", digest.key_late)
    if digest.late_cases:
        yield count(language, "digest.risk.cases", digest.late_cases)
    if digest.lost:
        yield count(language, "digest.risk.lost", digest.lost)
    entered, left = digest.key_moves
    if entered or left:
        yield say(language, "digest.risk.key_moves", entered=entered, left=left)


def _money(minor: int, currency: str, language: Language) -> str:
    return format_currency(minor / 100, currency, "#,##0\u00a0¤", language.value, currency_digits=False)
