"""Strictness: requests are held against the Bot API specification and aiogram's types, answers against aiogram's."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]
SPEC_NAME = "telegram-bot-api-10.3.json"
# The file says nothing about lengths; these are the ones our bot can run into.
LENGTHS = {
    ("sendPhoto", "caption"): (0, 1024),
    ("answerCallbackQuery", "text"): (0, 200),
    ("setWebhook", "secret_token"): (1, 256),
    ("createForumTopic", "name"): (1, 128),
    ("sendMessage", "text"): (1, 4096),
    ("editMessageText", "text"): (1, 4096),
}
NATIVE = {"String": str, "Integer": int, "Boolean": bool}


class Violation(NamedTuple):
    """A request Telegram would not expect, or an answer of the fake that aiogram does not understand."""

    method: str
    problem: str
    params: Json


def find_spec(specs: str | Path | None = None) -> Path | None:
    """The specification file when this machine has one: the fake works without it, only less strictly."""
    root = Path(__file__).resolve().parents[2]
    places = [Path(place) for place in (specs, os.environ.get("OTKLIK_SPECS")) if place]
    places.append(root.parent / "shared" / "specs")
    for place in places:
        file = place if place.suffix == ".json" else place / SPEC_NAME
        if file.is_file():
            return file
    return None


class SpecCheck:
    """Unknown, missing and mistyped parameters by the specification file."""

    def __init__(self, file: Path) -> None:
        spec = json.loads(file.read_text(encoding="utf-8"))
        self._types: Json = spec["types"]
        self._methods = {name: method.get("fields", []) for name, method in spec["methods"].items()}

    def problems(self, method: str, params: Json, files: dict[str, bytes]) -> list[str]:
        fields = self._methods.get(method)
        if fields is None:
            return [f"{method} is not in the specification"]
        return self._check_fields(method, fields, params, files, from_form=True)

    def _check_fields(
        self, where: str, fields: list[Json], given: Json, files: dict[str, bytes], from_form: bool
    ) -> list[str]:
        known = {field["name"]: field for field in fields}
        found = [f"{where} has no parameter {name!r}" for name in given if name not in known]
        found += [
            f"{where} needs {name!r}"
            for name, field in known.items()
            if field["required"] and name not in given and name not in files
        ]
        for name, value in given.items():
            if name in known and not self._fits_any(value, known[name]["types"], files, from_form):
                found.append(f"{where}.{name}: {value!r:.200} is no {' or '.join(known[name]['types'])}")
        return found

    def _fits_any(self, value: Any, kinds: list[str], files: dict[str, bytes], from_form: bool) -> bool:
        # "Any" stands beside the exact types where the file's source had a helper class of its own.
        exact = [kind for kind in kinds if kind != "Any"]
        return not exact or any(self._fits(value, kind, files, from_form) for kind in exact)

    def _fits(self, value: Any, kind: str, files: dict[str, bytes], from_form: bool) -> bool:
        if kind in NATIVE:
            return self._fits_native(value, kind, from_form)
        if kind == "InputFile":
            return isinstance(value, str) and value.removeprefix("attach://") in files
        described = self._types.get(kind)
        structured = kind.startswith("Array of ") or (described is not None and described.get("subtypes") != ["String"])
        if from_form and structured and isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                return False
        if kind.startswith("Array of "):
            inner = kind.removeprefix("Array of ")
            return isinstance(value, list) and all(self._fits(item, inner, files, False) for item in value)
        if described is None:
            return True  # an enumeration whose members the file leaves out
        if "subtypes" in described:
            return any(self._fits(value, subtype, files, False) for subtype in described["subtypes"])
        return isinstance(value, dict) and not self._check_fields(kind, described["fields"], value, files, False)

    @staticmethod
    def _fits_native(value: Any, kind: str, from_form: bool) -> bool:
        if from_form and isinstance(value, str) and kind != "String":
            pattern = r"-?\d+" if kind == "Integer" else r"(?i)true|false|0|1"
            return re.fullmatch(pattern, value) is not None
        return isinstance(value, NATIVE[kind]) and not (kind == "Integer" and isinstance(value, bool))


class AiogramCheck:
    """aiogram's own models as a second opinion; made only when asked for, because importing aiogram takes seconds."""

    def __init__(self) -> None:
        from aiogram import methods, types
        from pydantic import TypeAdapter

        self._adapter = TypeAdapter
        self._file = types.BufferedInputFile
        self._update = types.Update
        self._methods: dict[str, Any] = {}
        for kind in (getattr(methods, name) for name in methods.__all__):
            if isinstance(name := getattr(kind, "__api_method__", None), str):
                self._methods[name] = kind
        self._answers: dict[str, Any] = {}

    def problems(self, method: str, params: Json, files: dict[str, bytes]) -> list[str]:
        kind = self._methods.get(method)
        if kind is None:
            return [f"aiogram has no method {method}"]
        values = {name: self._native(value, files) for name, value in params.items()}
        values |= {name: self._file(body, name) for name, body in files.items() if name in kind.model_fields}
        found = [f"{method} has no parameter {name!r} in aiogram" for name in params if name not in kind.model_fields]
        return found + self._errors(kind.model_validate, values)

    def answer_problems(self, method: str, result: Any) -> list[str]:
        if method not in self._answers:
            self._answers[method] = self._adapter(self._methods[method].__returning__)
        return self._errors(self._answers[method].validate_python, result)

    def update_problems(self, update: Json) -> list[str]:
        return self._errors(self._update.model_validate, update)

    def _native(self, value: Any, files: dict[str, bytes]) -> Any:
        if not isinstance(value, str):
            return value
        if value.startswith("attach://"):
            name = value.removeprefix("attach://")
            return self._file(files.get(name, b""), name)
        if value[:1] in ("{", "["):
            try:
                return json.loads(value)
            except ValueError:
                return value
        return value

    @staticmethod
    def _errors(validate: Any, value: Any) -> list[str]:
        from pydantic import ValidationError

        try:
            validate(value)
        except ValidationError as error:
            return [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        return []


def length_problems(method: str, params: Json) -> list[str]:
    """Length limits, counted before parsing: markup makes a text longer, so such a text is left to the method."""
    found = []
    for (wanted, name), (least, most) in LENGTHS.items():
        value = params.get(name)
        if (
            wanted == method
            and isinstance(value, str)
            and not params.get("parse_mode")
            and not (least <= len(value) <= most)
        ):
            found.append(f"{method}.{name} has {len(value)} characters, allowed are {least}-{most}")
    markup = params.get("reply_markup")
    try:
        markup = json.loads(markup) if isinstance(markup, str) else markup
    except ValueError:
        return found
    rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    for data in (button.get("callback_data", " ") for row in rows for button in row):
        if not 1 <= (size := len(data.encode())) <= 64:
            found += [f"callback_data {data!r} has {size} bytes, allowed are 1-64"]
    return found
