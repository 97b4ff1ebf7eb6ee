"""The part of VKScript that clients send to execute: variables, loops, lists, objects and API calls."""

from __future__ import annotations

import json
import operator as op
import re
from collections.abc import Callable
from typing import Any

from tests.fakes.vk_faults import Refusal

Node = tuple[Any, ...]
Call = Callable[[str, dict[str, str]], Any]
MOST_CALLS = 25
MOST_STEPS = 10_000
BLANK = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
NAME = re.compile(r"[A-Za-z_$][\w$]*")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
TEXT = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
LEVELS = (("||",), ("&&",), ("==", "!="), ("<=", ">=", "<", ">"), ("+", "-"), ("*", "/", "%"))
DECODE = json.JSONDecoder(strict=False).raw_decode


class Return(Exception):
    """Ends the script with a value."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Script:
    """A script, compiled when made (error 12) and then run (error 13)."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._steps = self._calls = 0
        self._names: dict[str, Any] = {}
        if not source.strip():
            raise Refusal(100, "code is undefined")
        self._body: list[Node] = []
        while not self._done():
            self._body.append(self._statement())

    # Compiling

    def _done(self) -> bool:
        self._at = BLANK.match(self._source, self._at).end()  # type: ignore[union-attr]
        return self._at >= len(self._source)

    def _ahead(self, mark: str) -> bool:
        return not self._done() and self._source.startswith(mark, self._at)

    def _takes(self, mark: str) -> bool:
        if not self._ahead(mark):
            return False
        self._at += len(mark)
        return True

    def _needs(self, mark: str) -> None:
        if not self._takes(mark):
            raise Refusal(12, f"{mark} expected at {self._at}: {self._source[self._at : self._at + 20]!r}")

    def _word(self) -> str:
        self._done()
        found = NAME.match(self._source, self._at)
        return found[0] if found else ""

    def _statement(self) -> Node:
        if self._takes("{"):
            return self._block()
        word = self._word()
        if word in ("var", "return", "if", "while"):
            self._at += len(word)
        if word == "var":
            return self._declaration()
        if word == "return":
            value = ("value", None) if self._ahead(";") or self._ahead("}") or self._done() else self._expression()
            self._takes(";")
            return ("return", value)
        if word in ("if", "while"):
            self._needs("(")
            condition = self._expression()
            self._needs(")")
            then = self._statement()
            otherwise: Node = ("block", [])
            if word == "if" and self._word() == "else":
                self._at += 4
                otherwise = self._statement()
            return (word, condition, then, otherwise)
        if self._takes(";"):
            return ("block", [])
        value = self._expression()
        if self._ahead("=") and not self._ahead("=="):
            self._needs("=")
            value = ("assign", value, self._expression())
        self._end()
        return value

    def _block(self) -> Node:
        body = []
        while not self._takes("}"):
            if self._done():
                raise Refusal(12, "} expected at the end")
            body.append(self._statement())
        return ("block", body)

    def _declaration(self) -> Node:
        body = []
        while True:
            name = self._word()
            if not name:
                raise Refusal(12, f"name expected at {self._at}")
            self._at += len(name)
            value = self._expression() if self._takes("=") else ("value", None)
            body.append(("assign", ("name", name), value))
            if not self._takes(","):
                self._end()
                return ("block", body)

    def _end(self) -> None:
        if not self._ahead("}") and not self._done():
            self._needs(";")

    def _expression(self, level: int = 0) -> Node:
        if level == len(LEVELS):
            return self._unary()
        left = self._expression(level + 1)
        while mark := next((mark for mark in LEVELS[level] if self._takes(mark)), ""):
            left = ("pair", mark, left, self._expression(level + 1))
        return left

    def _unary(self) -> Node:
        for mark in ("!", "-"):
            if self._takes(mark):
                return ("unary", mark, self._unary())
        return self._tail(self._atom())

    def _tail(self, node: Node) -> Node:
        while True:
            if self._takes("@."):
                node = ("pluck", node, self._name())
            elif self._takes("."):
                node = ("member", node, ("value", self._name()))
            elif self._takes("["):
                node = ("member", node, self._expression())
                self._needs("]")
            elif self._takes("("):
                node = ("call", node, self._list(")"))
            else:
                return node

    def _name(self) -> str:
        name = self._word()
        if not name:
            raise Refusal(12, f"name expected at {self._at}")
        self._at += len(name)
        return name

    def _list(self, end: str) -> list[Node]:
        items: list[Node] = []
        while not self._takes(end):
            if items:
                self._needs(",")
            items.append(self._expression())
        return items

    def _atom(self) -> Node:
        if self._done():
            raise Refusal(12, "unexpected end of code")
        mark = self._source[self._at]
        if mark in '{["':
            # Most of a script is plain JSON, and the library reads that a hundred times faster.
            try:
                value, self._at = DECODE(self._source, self._at)
                return ("value", value)
            except ValueError:
                if mark == '"':
                    raise Refusal(12, f"string expected at {self._at}") from None
        if self._takes("["):
            return ("list", self._list("]"))
        if self._takes("{"):
            return self._object()
        if self._takes("("):
            node = self._expression()
            self._needs(")")
            return node
        return self._plain()

    def _plain(self) -> Node:
        for pattern in (TEXT, NUMBER):
            if found := pattern.match(self._source, self._at):
                self._at = found.end()
                return ("value", _literal(found[0]))
        name = self._word()
        if not name or name in ("var", "return", "while", "if", "else"):
            raise Refusal(12, f"unexpected {self._source[self._at : self._at + 20]!r} at {self._at}")
        self._at += len(name)
        constants = {"true": True, "false": False, "null": None}
        return ("value", constants[name]) if name in constants else ("name", name)

    def _object(self) -> Node:
        items: list[tuple[str, Node]] = []
        while not self._takes("}"):
            if items:
                self._needs(",")
            key = self._atom()
            self._needs(":")
            items.append((str(key[1]), self._expression()))
        return ("object", items)

    # Running

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
            return self._api(f"{owner[2][1]}.{target[2][1]}", given)
        value, values = self._eval(owner), [self._eval(item) for item in given]
        method = METHODS.get(target[2][1])
        if method is None:
            raise Refusal(13, f"Unknown method {target[2][1]}")
        return method(value, *values)

    def _api(self, name: str, given: list[Node]) -> Any:
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise Refusal(13, "Too many api calls")
        values = self._eval(given[0]) if given else {}
        return self._call(name, {key: _form(value) for key, value in values.items() if value is not None})


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


def _literal(source: str) -> Any:
    if source[0] != "'":
        return float(source) if "." in source else int(source)
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), source[1:-1])


def _form(value: Any) -> str:
    """A value as a form would carry it: lists by commas, truth as 1 or 0."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list):
        return ",".join(map(_form, value))
    return json.dumps(value, ensure_ascii=False)
