"""What can be wrong with a setting of the desk, field by field: its page says it beside the field."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Flaw(StrEnum):
    """The values are phrases of the console: `desk_flaw.<value>`."""

    NOT_A_TABLE = "not_a_table"
    NO_SUCH_ZONE = "no_such_zone"
    NO_SUCH_DAY = "no_such_day"
    NO_SUCH_HOURS = "no_such_hours"
    HOURS_OVERLAP = "hours_overlap"
    NEVER_OPEN = "never_open"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    NO_SUCH_CHOICE = "no_such_choice"


class Unfit(ValueError):
    """`flaws`: by the way to the field, `week.mon`; "" for the whole."""

    def __init__(self, flaws: Mapping[str, Flaw]) -> None:
        super().__init__(", ".join(f"{path or 'value'}: {flaw}" for path, flaw in flaws.items()))
        self.flaws = flaws


def table(value: Any, path: str = "") -> Mapping[str, Any]:
    """The value, where it has fields. Raises Unfit."""
    if not isinstance(value, Mapping):
        raise Unfit({path: Flaw.NOT_A_TABLE})
    return value


def whole(value: Any, path: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`, as JSON or a form has it. Raises Unfit."""
    try:
        number = int(str(value).strip())
    except ValueError:
        raise Unfit({path: Flaw.NOT_A_NUMBER}) from None
    if not low <= number <= high:
        raise Unfit({path: Flaw.OUT_OF_RANGE})
    return number
