"""What execute does: runs a script of variables, loops, lists and API calls, with VK's limits and errors."""

from __future__ import annotations

import json
import operator as op
from collections.abc import Callable
from typing import Any

from tests.fakes.vk_faults import Refusal
from tests.fakes.vk_script import Node, compiled

Call = Callable[[str, dict[str, str]], Any]
MOST_CALLS = 25
MOST_STEPS = 10_000


class Return(Exception):
    """Ends the script with a value."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Script:
    """A script, compiled when made (error 12) and then run (error 13)."""

    def __init__(self, source: str) -> None:
        self._body = compiled(source)
        self._steps = self._calls = 0
        self._names: dict[str, Any] = {}
        self._outside = False

    def run(self, call: Call, arguments: dict[str, str]) -> Any:
        """The value of `return`; what was called before a runtime error stays done."""
        self._call = call
        self._names = {"Args": dict(arguments)}
        try:
            for statement in self._body:
                self._eval(statement)
        except Return as done:
            return done.value
        except (TypeError, ValueError, KeyError, IndexError, AttributeError) as problem:
            if self._outside:  # a bug of the fake, not of the script
                raise
            raise Refusal(13, str(problem)) from None
        return None

    def _eval(self, node: Node) -> Any:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise Refusal(13, "Too many operations")
        return getattr(self, f"_do_{node[0]}")(node)

    def _do_value(self, node: Node) -> Any:
        return node[1]

    def _do_name(self, node: Node) -> Any:
        return self._names.get(node[1])

    def _do_list(self, node: Node) -> Any:
        return [self._eval(item) for item in node[1]]

    def _do_object(self, node: Node) -> Any:
        return {key: self._eval(value) for key, value in node[1]}

    def _do_block(self, node: Node) -> Any:
        for statement in node[1]:
            self._eval(statement)

    def _do_return(self, node: Node) -> Any:
        raise Return(self._eval(node[1]))

    def _do_if(self, node: Node) -> Any:
        self._eval(node[2] if self._eval(node[1]) else node[3])

    def _do_while(self, node: Node) -> Any:
        while self._eval(node[1]):
            self._eval(node[2])

    def _do_assign(self, node: Node) -> Any:
        target, value = node[1], self._eval(node[2])
        if target[0] == "name":
            self._names[target[1]] = value
        elif target[0] == "member":
            self._eval(target[1])[self._eval(target[2])] = value
        else:
            raise Refusal(13, "Can't assign to this")

    def _do_unary(self, node: Node) -> Any:
        value = self._eval(node[2])
        return not value if node[1] == "!" else -value

    def _do_pair(self, node: Node) -> Any:
        mark, left = node[1], self._eval(node[2])
        if mark in ("||", "&&"):
            return left if bool(left) == (mark == "||") else self._eval(node[3])
        right = self._eval(node[3])
        if mark == "+" and isinstance(left, str) != isinstance(right, str):
            return f"{left}{right}"
        return PAIRS[mark](left, right)

    def _do_member(self, node: Node) -> Any:
        owner, key = self._eval(node[1]), self._eval(node[2])
        if key == "length":
            return len(owner)
        if isinstance(owner, dict):
            return owner.get(str(key))
        return owner[key] if isinstance(owner, list) and isinstance(key, int) and 0 <= key < len(owner) else None

    def _do_pluck(self, node: Node) -> Any:
        return [item.get(node[2]) for item in self._eval(node[1])]

    def _do_call(self, node: Node) -> Any:
        target, given = node[1], node[2]
        if target[0] == "name" and target[1] == "parseInt":
            return int(self._eval(given[0]))
        if target[0] != "member":
            raise Refusal(13, "Unknown function")
        owner = target[1]
        if owner[0] == "member" and owner[1] == ("name", "API"):
            return self._do_api(("api", f"{owner[2][1]}.{target[2][1]}", self._eval(given[0]) if given else {}))
        value, values = self._eval(owner), [self._eval(item) for item in given]
        method = METHODS.get(target[2][1])
        if method is None:
            raise Refusal(13, f"Unknown method {target[2][1]}")
        return method(value, *values)

    def _do_api(self, node: Node) -> Any:
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise Refusal(13, "Too many api calls")
        values = {key: _form(value) for key, value in node[2].items() if value is not None}
        self._outside = True
        found = self._call(node[1], values)
        self._outside = False
        return found


PAIRS: dict[str, Callable[[Any, Any], Any]] = {
    **{"==": op.eq, "!=": op.ne, "<": op.lt, ">": op.gt, "<=": op.le, ">=": op.ge},
    **{"+": op.add, "-": op.sub, "*": op.mul, "/": op.truediv, "%": op.mod},
}
METHODS: dict[str, Callable[..., Any]] = {
    "push": lambda items, item: items.append(item),
    "pop": lambda items: items.pop() if items else None,
    "shift": lambda items: items.pop(0) if items else None,
    "slice": lambda items, start=0, end=None: items[start:end],
    "indexOf": lambda items, item: items.index(item) if item in items else -1,
    "split": lambda text, mark: text.split(mark),
}


def _form(value: Any) -> str:
    """A value as a form would carry it: lists by commas, truth as 1 or 0."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, list):
        return ",".join(map(_form, value))
    return json.dumps(value, ensure_ascii=False)
