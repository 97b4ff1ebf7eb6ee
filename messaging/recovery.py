"""Was a complaint repaired: which cases are complaints, and when their customers are asked (features ES9, B12)."""

from dataclasses import dataclass
from typing import Any, Final

from messaging.flaws import Flaw, Unfit, table, whole
from storage.kinds import CaseOrigin

KEY: Final = "recovery"
"""The setting's."""
COMPLAINTS: Final = frozenset(
    {
        CaseOrigin.ANGRY_MESSAGE,
        CaseOrigin.LOW_SCORE,
        CaseOrigin.KEYWORD,
        CaseOrigin.COMPLAINT,
        CaseOrigin.PUBLIC,
        CaseOrigin.NOT_RECOVERED,
    }
)


@dataclass(frozen=True, slots=True)
class Rules:
    """`after_days`: from the closing to the question."""

    is_on: bool = True
    after_days: int = 7


def parse(document: Any) -> Rules:
    """`{"is_on": true, "after_days": 7}`; what is left out has its default. Raises Unfit."""
    values, usual = table(document), Rules()
    is_on = values.get("is_on", usual.is_on)
    if not isinstance(is_on, bool):
        raise Unfit({"is_on": Flaw.NO_SUCH_CHOICE})
    return Rules(is_on, whole(values.get("after_days", usual.after_days), "after_days", 1, 90))


def as_json(rules: Rules) -> dict[str, Any]:
    return {"is_on": rules.is_on, "after_days": rules.after_days}
