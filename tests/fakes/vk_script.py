"""The compiler of the part of VKScript that clients send to execute: text in, a tree of tuples out."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.fakes.vk_faults import Refusal

Node = tuple[Any, ...]
BLANK = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
NAME = re.compile(r"[A-Za-z_$][\w$]*")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
TEXT = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
OPERATOR = re.compile(r"\|\||&&|[=!<>]=|[<>+\-*/%]")
BINDS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<=": 4, ">=": 4, "<": 4, ">": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
API = re.compile(r"API\.(\w+\.\w+)\(\s*(?=\{)")
CLOSED = re.compile(r"\s*\)")
DECODE = json.JSONDecoder(strict=False).raw_decode


def compiled(source: str) -> list[Node]:
    """The statements of a script; what is no VKScript is error 12."""
    if not source.strip():
        raise Refusal(100, "code is undefined")
    return Compiler(source).statements()


class Compiler:
    """Recursive descent; reads whole JSON values with the library, because most of a script is JSON."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0

    def statements(self) -> list[Node]:
        found = []
        while self._at < len(self._source) and not self._done():
            found.append(self._statement())
        return found

    def _done(self) -> bool:
        if self._source[self._at : self._at + 1] not in " \t\r\n/":  # an empty end is "in" as well
            return False
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

    def _expression(self, least: int = 1) -> Node:
        left = self._unary()
        while not self._done():
            found = OPERATOR.match(self._source, self._at)
            if not found or BINDS[found[0]] < least:
                break
            self._at = found.end()
            left = ("pair", found[0], left, self._expression(BINDS[found[0]] + 1))
        return left

    def _unary(self) -> Node:
        for mark in ("!", "-"):
            if self._takes(mark):
                return ("unary", mark, self._unary())
        return self._tail(self._atom())

    def _tail(self, node: Node) -> Node:
        while not self._done() and self._source[self._at] in "@.[(":
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
                break
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
        if mark == "A" and (ready := self._ready_call()):
            return ready
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

    def _ready_call(self) -> Node | None:
        """An API call whose parameters are plain JSON: nearly all of what a benchmark sends."""
        found = API.match(self._source, self._at)
        if not found:
            return None
        try:
            values, end = DECODE(self._source, found.end())
        except ValueError:
            return None
        closed = CLOSED.match(self._source, end)
        if not closed:
            return None
        self._at = closed.end()
        return ("api", found[1], values)

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


def _literal(source: str) -> Any:
    if source[0] != "'":
        return float(source) if "." in source else int(source)
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), source[1:-1])
