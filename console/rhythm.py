"""A customer's own rhythm in words: how often they come, when they are awaited, where they stand and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from console.words import Words
from insights.key_customers import WEIGHTS, Part
from insights.lifecycle import SILENT, ReasonCode
from insights.purchase_interval import Basis
from storage.kinds import LifecycleStage, RfmSegment
from storage.models import CustomerStats

_COMING: Final = frozenset({LifecycleStage.REGULAR, LifecycleStage.LOYAL})
_FADING: Final = frozenset({RfmSegment.LOST, RfmSegment.AT_RISK, RfmSegment.CANT_LOSE, RfmSegment.ABOUT_TO_SLEEP})


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One part of the key score: its value and its weight, 0 to 1; None where the customer never told it."""

    part: Part
    value: float | None
    weight: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What the customer's page says. `pace` is empty for who never came."""

    stats: CustomerStats
    pace: str
    expected: str
    is_late: bool
    why: str
    parts: list[KeyPart]

    @property
    def is_advised(self) -> bool:
        """The advice of the RFM name ranks among others; it is left out where the customer's own rhythm denies it."""
        return not (self.stats.stage in _COMING and self.stats.rfm in _FADING)


def rhythm_of(words: Words, stats: CustomerStats | None, today: int) -> Rhythm | None:
    """None for who has not been looked at yet. `today` is the ordinal of the business's day."""
    if stats is None or stats.stage_since is None:
        return None
    days = None if stats.last_day is None else max(today - stats.last_day, 0)
    expected, is_late = _expected(words, stats, today)
    return Rhythm(
        stats,
        _pace(words, stats),
        expected,
        is_late,
        because(words, {**stats.stage_reason, "days": days or 0}),
        key_parts(stats.key_parts),
    )


def because(words: Words, reason: Mapping[str, Any]) -> str:
    """The reason of a stage (`insights.lifecycle.Reason` as JSON); empty for one that this program does not know."""
    try:
        code = ReasonCode(reason["code"])
        return words.t(
            f"because.{code.value}",
            visits=words.n("rhythm.visits", int(reason["visits"])),
            days=words.n("rhythm.days", int(reason["days"])),
            every=words.n("rhythm.every", int(reason["typical_days"])),
            limit=words.n("rhythm.days", int(reason["limit_days"] or 0)),
        )
    except (KeyError, ValueError, TypeError):
        return ""


def key_parts(parts: Mapping[str, Any] | None) -> list[KeyPart]:
    """Every part in the order of its weight, those without a value too; nothing for who has no score."""
    if not parts:
        return []
    order = sorted(WEIGHTS, key=lambda part: -WEIGHTS[part])
    return [KeyPart(part, *parts.get(part.value, (None, 0.0))) for part in order]


def _pace(words: Words, stats: CustomerStats) -> str:
    if not stats.visits or stats.typical_days is None:
        return ""
    basis, every = Basis(stats.stage_reason["basis"]), words.n("rhythm.every", max(1, round(stats.typical_days)))
    if basis is Basis.OWN:
        return words.t("rhythm.own", every=every, visits=words.n("rhythm.own_visits", stats.visits))
    return words.t(f"rhythm.{basis.value}", every=every, visits=words.n("rhythm.visits", stats.visits))


def _expected(words: Words, stats: CustomerStats, today: int) -> tuple[str, bool]:
    if stats.expected_at is None:
        return "", False
    day = words.local(stats.expected_at).date()
    late = today - day.toordinal()
    if late > 0 and stats.stage in SILENT:
        return words.t("rhythm.late", day=words.day(day), days=words.n("rhythm.days", late)), True
    if late > 0:  # half of all visits come after their median day: nothing to worry about yet
        return words.t("rhythm.was_awaited", day=words.day(day)), False
    return (words.t("rhythm.awaited", day=words.day(day)), False) if late else (words.t("rhythm.awaited_today"), False)
