"""Whose work a case is: in turn, or who has least; only who is there, of that branch, and not beyond the cap."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from messaging.flaws import Flaw, Unfit, table, whole
from storage.kinds import Role, Urgency

KEY: Final = "assignment"
"""The setting's."""
SEEN_WITHIN: Final = timedelta(minutes=5)
"""Whose console was open so recently is there."""
MOST_RETURNS: Final = 2
"""After so many who did not answer, the supervisors hear of it."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class Mode(StrEnum):
    ROUND_ROBIN = "round_robin"
    LEAST_OPEN = "least_open"


@dataclass(frozen=True, slots=True)
class Rules:
    """`cap`: open cases of one operator, above which nothing is given to them (they may still take more).
    `return_minutes`: open minutes without an answer, after which the case goes to the next."""

    mode: Mode = Mode.ROUND_ROBIN
    cap: int = 10
    return_minutes: int = 15


class Operator(NamedTuple):
    """Somebody who may answer. `branch` "" is all of them. `open_cases` are theirs, taken or given."""

    id: UUID
    role: Role
    branch: str
    is_online: bool
    open_cases: int
    given_at: datetime | None
    """When they got a case last."""


class Waiting(NamedTuple):
    """A case that is nobody's work. `since`: how long the customer waits. `had_by`: whose it was in this wait."""

    id: UUID
    branch: str
    urgency: Urgency
    is_key: bool
    since: datetime
    had_by: Collection[UUID] = ()


def choose(case: Waiting, operators: Iterable[Operator], rules: Rules) -> UUID | None:
    """Who gets the case; nobody: it stays in the pool.

    Owners and admins come after the operators: with the console open they look at the business, not at the desk.
    """
    able = [one for one in operators if _may_have(one, case, rules)]
    if not able:
        return None
    return min(able, key=lambda one: (one.role is not Role.OPERATOR, *_turn(one, rules.mode), one.id)).id


def in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """An urgent case of a key customer, then an urgent one or a key customer's, then the others; each by its wait."""
    return sorted(waiting, key=lambda case: (-(case.is_key + (case.urgency is Urgency.NOW)), case.since, case.id))


def _may_have(one: Operator, case: Waiting, rules: Rules) -> bool:
    is_of_branch = not one.branch or not case.branch or one.branch == case.branch
    return one.is_online and is_of_branch and one.open_cases < rules.cap and one.id not in case.had_by


def _turn(one: Operator, mode: Mode) -> tuple[Any, ...]:
    given_at = one.given_at or _LONG_AGO
    return (one.open_cases, given_at) if mode is Mode.LEAST_OPEN else (given_at,)


# --- as it is kept: {"mode": "round_robin", "cap": 10, "return_minutes": 15}


def parse(document: Any) -> Rules:
    """What is left out has its default. Raises Unfit with every flaw, by field."""
    values, read = table(document), Rules()
    flaws: dict[str, Flaw] = {}
    if (mode := values.get("mode", read.mode)) in set(Mode):
        read = replace(read, mode=Mode(mode))
    else:
        flaws["mode"] = Flaw.NO_SUCH_CHOICE
    try:
        read = replace(read, cap=whole(values.get("cap", read.cap), "cap", 1, 1000))
    except Unfit as unfit:
        flaws.update(unfit.flaws)
    try:
        minutes = whole(values.get("return_minutes", read.return_minutes), "return_minutes", 1, 24 * 60)
        read = replace(read, return_minutes=minutes)
    except Unfit as unfit:
        flaws.update(unfit.flaws)
    if flaws:
        raise Unfit(flaws)
    return read


def as_json(rules: Rules) -> dict[str, Any]:
    return {"mode": rules.mode.value, "cap": rules.cap, "return_minutes": rules.return_minutes}
