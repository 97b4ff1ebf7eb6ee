"""Any list of customers opens as a segment: the link, and the sets that are offered ready-made."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from storage.kinds import LifecycleStage, RfmSegment


def segment_link(path: Callable[..., str], rules: Mapping[str, Any], name: str = "") -> str:
    """The address of the builder with these rules in it; `path` is `Visit.path`. Templates have it as well."""
    return path("/segments/new", rules=json.dumps(rules, ensure_ascii=False, separators=(",", ":")), name=name)


@dataclass(frozen=True, slots=True)
class Ready:
    """A set that is offered; its name is the phrase `ready.<key>`."""

    key: str
    rules: Mapping[str, Any]


def _is(field: str, operator: str, value: object = None) -> dict[str, Any]:
    return {"field": field, "is": operator} | ({} if value is None else {"value": value})


ACTIONS: Final = (
    Ready("late", _is("stage", "any_of", [LifecycleStage.AT_RISK.value])),
    Ready("key_late", {"all": [_is("key_customer", "yes"), _is("stage", "any_of", [LifecycleStage.AT_RISK.value])]}),
    Ready("key", _is("key_customer", "yes")),
    Ready("newcomers", {"all": [_is("visits", "equals", 1), _is("last_visit", "longer_ago", 14)]}),
    Ready("birthdays", _is("birthday", "within_next", 7)),
    Ready("expected", _is("expected", "within_next", 7)),
    Ready("detractors", _is("nps", "at_most", 6)),
    Ready("lost_reachable", {"all": [_is("stage", "any_of", [LifecycleStage.LOST.value]), _is("reachable", "yes")]}),
)
STAGES: Final = tuple(Ready(f"stage.{one.value}", _is("stage", "any_of", [one.value])) for one in LifecycleStage)
RFM: Final = tuple(Ready(f"rfm.{one.value}", _is("rfm", "any_of", [one.value])) for one in RfmSegment)
