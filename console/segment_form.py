"""The form of a segment's rules: what was typed, half-finished as it may be, and the rules that come of it.

Every node of the tree has a path, «r» for the whole and «r.0.2» below it, and its fields are named by it: «r.0.field».
A group says in one word what a reader wants of it: all, any, none of them, or not all of them at once.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from loyalty.amounts import Wrong as WrongAmount
from loyalty.amounts import minor_units
from messaging.segment_fields import FIELDS, LARGEST_MINOR, SHAPES, Field, Kind, Shape
from messaging.segments import DEEPEST, MOST_RULES, AllOf, AnyOf, Leaf, Not, Problem, Rule

ROOT: Final = "r"
JOINS: Final = ("all", "any", "none", "not_all")
_PATH: Final = re.compile(r"(r(?:\.[0-9]{1,3}){0,8})\.(join|field|was|is|value|days)")


@dataclass(slots=True)
class DraftRule:
    """One condition as it stands in the form; `key` names its field, and is empty until one is chosen."""

    path: str = ""
    key: str = ""
    operator: str = ""
    values: list[str] = field(default_factory=list)
    days: str = ""
    wrong: str = ""
    is_focused: bool = False

    @property
    def known(self) -> Field | None:
        return FIELDS.get(self.key)

    @property
    def shape(self) -> Shape:
        operators = self.known.operators if self.known else ()
        return next((SHAPES[one] for one in operators if one == self.operator), Shape.NOTHING)


@dataclass(slots=True)
class DraftGroup:
    path: str = ROOT
    join: str = "all"
    items: "list[DraftRule | DraftGroup]" = field(default_factory=list)
    wrong: str = ""
    is_focused: bool = False

    @property
    def may_grow_deeper(self) -> bool:
        return self.path.count(".") < DEEPEST - 1


# --- from what was sent


def read(sent: Iterable[tuple[str, str]]) -> DraftGroup:
    """The tree of a form's fields. What is too deep or too much is left out."""
    nodes: dict[str, dict[str, list[str]]] = {}
    for name, value in sent:
        if found := _PATH.fullmatch(name):
            nodes.setdefault(found[1], {}).setdefault(found[2], []).append(value)
    root = DraftGroup(ROOT, _join(nodes.get(ROOT, {})))
    groups = {ROOT: root}
    for path in sorted(nodes, key=lambda one: [int(number) for number in one.split(".")[1:]]):
        parent = groups.get(path.rpartition(".")[0])
        if parent is None or len(nodes) > 4 * MOST_RULES:
            continue
        if "join" in nodes[path]:
            groups[path] = DraftGroup(path, _join(nodes[path]))
            parent.items.append(groups[path])
        else:
            parent.items.append(_rule(path, nodes[path]))
    return _numbered(root)


def _join(node: dict[str, list[str]]) -> str:
    join = node.get("join", ["all"])[0]
    return join if join in JOINS else "all"


def _rule(path: str, node: dict[str, list[str]]) -> DraftRule:
    """What was typed for another field does not count for a new one."""
    key = node.get("field", [""])[0]
    known = FIELDS.get(key)
    if known is None:
        return DraftRule(path)
    if node.get("was", [""])[0] != key:
        return DraftRule(path, key, known.operators[0].value)
    operator = next((one for one in known.operators if one == node.get("is", [""])[0]), known.operators[0])
    values = [value for value in node.get("value", []) if value.strip()]
    if SHAPES[operator] is Shape.RANGE:
        values = [*node.get("value", []), "", ""][:2]
    return DraftRule(path, key, operator.value, values, node.get("days", [""])[0])


def blank() -> DraftGroup:
    """One condition that is still to be chosen."""
    return _numbered(DraftGroup(items=[DraftRule()]))


# --- from rules


def of_rules(rule: Rule) -> DraftGroup:
    """The form of rules that are fine; a single condition stands in a group of its own."""
    draft = _of(rule)
    return _numbered(draft if isinstance(draft, DraftGroup) else DraftGroup(items=[draft]))


def _of(rule: Rule) -> DraftRule | DraftGroup:
    match rule:
        case Leaf():
            return _of_leaf(rule)
        case AllOf(items):
            return DraftGroup(join="all", items=[_of(item) for item in items])
        case AnyOf(items):
            return DraftGroup(join="any", items=[_of(item) for item in items])
        case Not(Not(item)):
            return _of(item)
        case Not(AllOf(items)):
            return DraftGroup(join="not_all", items=[_of(item) for item in items])
        case Not(AnyOf(items)):
            return DraftGroup(join="none", items=[_of(item) for item in items])
        case Not(item):
            return DraftGroup(join="none", items=[_of(item)])


def _of_leaf(leaf: Leaf) -> DraftRule:
    known, value = FIELDS[leaf.field], leaf.value
    given = () if value is None else (value,) if isinstance(value, int) else value
    texts = [_typed(known, one) if isinstance(one, int) else one for one in given]
    return DraftRule("", leaf.field, leaf.operator.value, texts, "" if leaf.days is None else str(leaf.days))


def _typed(known: Field, number: int) -> str:
    """A number as one would type it; money in whole units."""
    if known.kind is not Kind.MONEY:
        return str(number)
    whole, rest = divmod(number, 100)
    return str(whole) if rest == 0 else f"{whole},{rest:02}"


# --- changed by a button


def change(draft: DraftGroup, order: str) -> None:
    """«add:PATH», «group:PATH» and «drop:PATH»; any other order changes nothing."""
    word, _, path = order.partition(":")
    group, number = _place(draft, path)
    if group is None:
        return
    if word == "drop" and number is not None:
        del group.items[number]
        group.is_focused = True
    if word in ("add", "group"):
        target = group if number is None else group.items[number]
        if isinstance(target, DraftGroup):
            new = DraftRule(is_focused=True)
            target.items.append(new if word == "add" else DraftGroup(join="any", items=[new]))
    _numbered(draft)


def _place(draft: DraftGroup, path: str) -> tuple[DraftGroup | None, int | None]:
    """The group in which a node stands, and its number there; of the whole, itself and none."""
    if path == ROOT:
        return draft, None
    above, _, number = path.rpartition(".")
    stack = [draft]
    while stack:
        group = stack.pop()
        if group.path == above and number.isdecimal() and int(number) < len(group.items):
            return group, int(number)
        stack += [item for item in group.items if isinstance(item, DraftGroup)]
    return None, None


def _numbered(group: DraftGroup, path: str = ROOT) -> DraftGroup:
    group.path = path
    for number, item in enumerate(group.items):
        if isinstance(item, DraftGroup):
            _numbered(item, f"{path}.{number}")
        else:
            item.path = f"{path}.{number}"
    return group


# --- to rules


def as_json(draft: DraftRule | DraftGroup) -> dict[str, Any]:
    """The JSON that `messaging.segments.parse` reads; what is missing or unreadable stays so, and it says where."""
    if isinstance(draft, DraftRule):
        return _leaf_json(draft)
    items = [as_json(item) for item in draft.items]
    if not items and draft.path == ROOT:
        return {"all": []}
    joined = {"any" if draft.join in ("any", "none") else "all": items}
    return {"not": joined} if draft.join in ("none", "not_all") else joined


def _leaf_json(draft: DraftRule) -> dict[str, Any]:
    told: dict[str, Any] = {"field": draft.key, "is": draft.operator}
    known = draft.known
    if known is None or draft.shape is Shape.NOTHING:
        return told
    if draft.shape is Shape.NUMBER:
        told["value"] = _number(known, draft.values[0]) if draft.values else None
    elif draft.shape is Shape.RANGE:
        told["value"] = [_number(known, text) for text in draft.values]
    else:
        told["value"] = [text.strip() for text in draft.values]
    if draft.shape is Shape.LIST_AND_DAYS:
        told["days"] = _number(None, draft.days)
    return told


def _number(known: Field | None, text: str) -> int | str | None:
    """Minor units for money; an unreadable text as it is, nothing for an empty one."""
    bare = text.strip()
    if known is not None and known.kind is Kind.MONEY and bare.strip("0,. "):
        amount = minor_units(bare)
        if amount is WrongAmount.TOO_LARGE:
            return LARGEST_MINOR + 1
        return bare if isinstance(amount, WrongAmount) else amount
    if not bare:
        return None
    digits = bare.replace(" ", "").replace("\u00a0", "")
    return int(digits) if re.fullmatch(r"[0-9]{1,15}", digits) else bare


def mark(draft: DraftGroup, problems: Iterable[Problem]) -> None:
    """Write beside each node what is wrong with it."""
    for problem in problems:
        group, number = _place(draft, ".".join([ROOT, *map(str, problem.path)]))
        node = group if group is None or number is None else group.items[number]
        if node is not None and not node.wrong:
            node.wrong = problem.wrong.value
