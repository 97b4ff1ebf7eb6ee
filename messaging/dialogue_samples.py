"""Which closed dialogues a supervisor reads, by lot that anybody can draw again, and the score card (feature C11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from messaging.flaws import Flaw, Unfit, table, whole

KEY: Final = "dialogue_quality"
"""The setting's."""
USUAL_CRITERIA: Final = ("greeting", "understood", "solved", "tone", "followed_up")
"""Their names are phrases of the console: `criterion.<value>`. The business's own are kept as they were typed."""
MARKS: Final = range(1, 6)
MOST_CRITERIA: Final = 12
LONGEST_CRITERION: Final = 60
MOST_DRAWN: Final = 20


@dataclass(frozen=True, slots=True)
class Rules:
    """`per_operator`: dialogues a week."""

    per_operator: int = 3
    criteria: tuple[str, ...] = USUAL_CRITERIA


def draw(cases: Mapping[UUID, Sequence[UUID]], wanted: Mapping[UUID, int], seed: str) -> list[tuple[UUID, UUID]]:
    """(operator, case): of each operator's cases so many as are wanted. Who knows the seed draws the same ones."""

    def lot(case_id: UUID) -> str:
        return sha256(f"{seed}:{case_id.hex}".encode()).hexdigest()

    return [
        (operator, case_id)
        for operator, own in sorted(cases.items())
        for case_id in sorted(own, key=lot)[: wanted.get(operator, 0)]
    ]


def parse(document: Any) -> Rules:
    """`{"per_operator": 3, "criteria": ["greeting", …]}`; what is left out has its default. Raises Unfit."""
    values, usual = table(document), Rules()
    per_operator = whole(values.get("per_operator", usual.per_operator), "per_operator", 0, MOST_DRAWN)
    criteria = values.get("criteria", list(usual.criteria))
    if not isinstance(criteria, list):
        raise Unfit({"criteria": Flaw.NOT_A_TABLE})
    cleaned = dict.fromkeys(" ".join(str(one).split())[:LONGEST_CRITERION] for one in criteria)
    named = tuple(one for one in cleaned if one)
    if not 1 <= len(named) <= MOST_CRITERIA:
        raise Unfit({"criteria": Flaw.OUT_OF_RANGE})
    return Rules(per_operator, named)


def as_json(rules: Rules) -> dict[str, Any]:
    return {"per_operator": rules.per_operator, "criteria": list(rules.criteria)}


def average(marks: Mapping[str, Any] | None) -> float | None:
    """Of one score card, 1 to 5; None for an empty one."""
    given = [mark for mark in (marks or {}).values() if mark in MARKS]
    return sum(given) / len(given) if given else None
