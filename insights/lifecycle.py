"""Where a customer stands, why, and since which day: potential, new, regular, loyal, at risk, lost."""

from enum import StrEnum
from typing import Final, NamedTuple

from insights.purchase_interval import GapSums, Rhythm
from storage.kinds import LifecycleStage

LOYAL_VISITS: Final = 5
"""Even at CDNOW, where half of the buyers never come twice, three of four who are on time with five visits come again
within 39 weeks, and more with each visit; with two it is one of two (docs/rhythm.md)."""
STEADY: Final = 0.8
"""The prior is learnt anew every night. A silence that was too long yesterday stays too long, unless the limit moves so
far that it is under four fifths of it: nobody goes to and fro at the limit."""

SILENT: Final = frozenset({LifecycleStage.AT_RISK, LifecycleStage.LOST})


class ReasonCode(StrEnum):
    """Why a customer has their stage; the values that go with it are in `Reason`."""

    NO_VISIT = "no_visit"
    FIRST_VISIT = "first_visit"
    COMES_AGAIN = "comes_again"
    COMES_OFTEN = "comes_often"
    LATE = "late"
    SILENT_TOO_LONG = "silent_too_long"


class Reason(NamedTuple):
    """`visits` made, `days` since the last one, one expected every `typical_days`, `limit_days` of silence that are
    too many (None for who is on time); `basis`, of a `purchase_interval.Basis`, says whose gaps tell so."""

    code: ReasonCode
    visits: int
    days: int
    typical_days: int
    limit_days: int | None
    basis: str


class Held(NamedTuple):
    """A stage that a customer had when last looked at, and the day (`date.toordinal()`) on which they entered it."""

    name: LifecycleStage
    since_day: int


class Stage(NamedTuple):
    """`since_day` is the day (`date.toordinal()`) on which the customer entered the stage."""

    name: LifecycleStage
    reason: Reason
    since_day: int


def stage(own: GapSums | None, rhythm: Rhythm, today: int, *, known_since: int, before: Held | None = None) -> Stage:
    """The one stage of a customer; `own` is None for who never came.

    `known_since` is the day we learnt of them. `before` keeps the day of a stage that lasts; without it the day is the
    last visit's (regular, loyal) or the one on which the limit was passed (at risk, lost).
    """
    if own is None:
        since = before.since_day if before and before.name is LifecycleStage.POTENTIAL else known_since
        reason = Reason(ReasonCode.NO_VISIT, 0, 0, _whole(rhythm.typical_days), None, rhythm.basis.value)
        return Stage(LifecycleStage.POTENTIAL, reason, since)
    if before is not None and before.name in SILENT and before.since_day <= own.last_day:
        before = None  # came since: whatever silence begins now is a new one
    name, code, limit = _named(own, rhythm, today, before)
    reason = Reason(
        code, own.visits, max(today - own.last_day, 0), _whole(rhythm.typical_days), limit, rhythm.basis.value
    )
    return Stage(name, reason, _since(own, name, limit, today, before))


def _named(
    own: GapSums, rhythm: Rhythm, today: int, before: Held | None
) -> tuple[LifecycleStage, ReasonCode, int | None]:
    silence = today - own.last_day
    lost_after = _steady(rhythm.lost_after_days, own, before, frozenset({LifecycleStage.LOST}))
    if silence > lost_after:
        return LifecycleStage.LOST, ReasonCode.SILENT_TOO_LONG, lost_after
    late_after = _steady(rhythm.late_after_days, own, before, SILENT)
    if silence > late_after:
        return LifecycleStage.AT_RISK, ReasonCode.LATE, late_after
    name = on_time(own.visits)
    return name, _ON_TIME[name], None


def on_time(visits: int) -> LifecycleStage:
    """The stage of who made so many visits, at least one, and is not late."""
    if visits == 1:
        return LifecycleStage.NEW
    return LifecycleStage.REGULAR if visits < LOYAL_VISITS else LifecycleStage.LOYAL


_ON_TIME: Final = {
    LifecycleStage.NEW: ReasonCode.FIRST_VISIT,
    LifecycleStage.REGULAR: ReasonCode.COMES_AGAIN,
    LifecycleStage.LOYAL: ReasonCode.COMES_OFTEN,
}


def _steady(limit: int, own: GapSums, before: Held | None, passed: frozenset[LifecycleStage]) -> int:
    """The limit, or the lower one that this silence has passed already (`STEADY`)."""
    if before is None or before.name not in passed:
        return limit
    passed_limit = before.since_day - own.last_day - 1
    return min(limit, max(passed_limit, round(STEADY * limit)))


def _since(own: GapSums, name: LifecycleStage, limit: int | None, today: int, before: Held | None) -> int:
    if before is not None and before.name is name:
        return before.since_day
    since = own.last_day if limit is None else own.last_day + limit + 1
    # A stage cannot have begun before the one it follows: then it is the limit that moved, tonight.
    return today if before is not None and before.since_day > since else since


def _whole(days: float) -> int:
    return max(1, round(days))
