"""Where a customer stands, why, and since which day: potential, new, regular, loyal, at risk, lost."""

from enum import StrEnum
from typing import Final, NamedTuple

from insights.purchase_interval import GapSums, Rhythm
from storage.kinds import LifecycleStage

LOYAL_VISITS: Final = 5
"""From the fifth visit on a customer comes again almost for certain; the table is in docs/rhythm.md."""

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
    """`visits` made, `days` since the last one, one expected every `typical_days`, the stage's `limit_days` if it has
    one; `basis` says on whose gaps the expectation rests."""

    code: ReasonCode
    visits: int
    days: int
    typical_days: int
    limit_days: int | None
    basis: str


class Stage(NamedTuple):
    """`since_day` is the day (`date.toordinal()`) on which the customer entered the stage."""

    name: LifecycleStage
    reason: Reason
    since_day: int


def stage(own: GapSums | None, rhythm: Rhythm, today: int, *, known_since: int, before: Stage | None = None) -> Stage:
    """The one stage of a customer. `known_since` is the day we learnt of them; `before` is the stage they had when last
    looked at: as long as it lasts, its day stays."""
    name, code, since, limit = _named(own, rhythm, today, known_since)
    if before is not None and before.name is name and not _has_come_since(own, before):
        since = before.since_day
    reason = Reason(
        code,
        own.visits if own else 0,
        max(today - own.last_day, 0) if own else 0,
        max(1, round(rhythm.typical_days)),
        limit,
        rhythm.basis.value,
    )
    return Stage(name, reason, since)


def _named(
    own: GapSums | None, rhythm: Rhythm, today: int, known_since: int
) -> tuple[LifecycleStage, ReasonCode, int, int | None]:
    if own is None:
        return LifecycleStage.POTENTIAL, ReasonCode.NO_VISIT, known_since, None
    silence = today - own.last_day
    if silence > rhythm.lost_after_days:
        limit = rhythm.lost_after_days
        return LifecycleStage.LOST, ReasonCode.SILENT_TOO_LONG, own.last_day + limit + 1, limit
    if silence > rhythm.late_after_days:
        limit = rhythm.late_after_days
        return LifecycleStage.AT_RISK, ReasonCode.LATE, own.last_day + limit + 1, limit
    if own.visits == 1:
        return LifecycleStage.NEW, ReasonCode.FIRST_VISIT, own.first_day, None
    if own.visits < LOYAL_VISITS:
        return LifecycleStage.REGULAR, ReasonCode.COMES_AGAIN, own.last_day, None
    return LifecycleStage.LOYAL, ReasonCode.COMES_OFTEN, own.last_day, None


def _has_come_since(own: GapSums | None, before: Stage) -> bool:
    """A new silence: late or lost before, and late or lost again after a visit in between."""
    return own is not None and before.name in SILENT and own.last_day >= before.since_day
