"""The rules of a segment as one SQL condition over a customer and their sums.

Rules are what `messaging.segments.as_json` writes, so nothing is checked again here; every value is a bound parameter.
In SQL a condition over NULL is neither true nor false. Within «and» and «or» that is as good as false, so it is said
only where it matters: `not` turns over `coalesce(condition, false)`. The answers are then those of two-valued logic.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from sqlalchemy import and_, false, not_, or_, true

from storage.segments.fields import FIELDS, Condition, Leaf, Moment, surely

Rules: TypeAlias = Mapping[str, Any]


def condition(rules: Rules, moment: Moment) -> Condition:
    """True for who is in; NULL counts as false."""
    match rules:
        case {"all": items}:
            return and_(true(), *(condition(item, moment) for item in items))
        case {"any": items}:
            return or_(false(), *(condition(item, moment) for item in items))
        case {"not": item}:
            return not_(surely(condition(item, moment)))
    return FIELDS[rules["field"]].meets(rules, moment)


def leaves(rules: Rules) -> list[Leaf]:
    """The conditions in the order of reading."""
    match rules:
        case {"all": items} | {"any": items}:
            return [leaf for item in items for leaf in leaves(item)]
        case {"not": item}:
            return leaves(item)
    return [rules]
