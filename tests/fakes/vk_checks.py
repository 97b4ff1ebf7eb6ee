"""Strictness: requests, answers and events are held against VK's published API schema when this machine has it."""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]
FOLDER = "vk-api-schema"
# Any method takes these besides its own.
COMMON = {"access_token", "v", "lang", "test_mode", "captcha_sid", "captcha_key", "success_token", "https"}
# What the documentation has and the schema does not.
UNLISTED = {
    "execute": {"code"},
    "messages.edit": {"conversation_message_id"},
    "messages.setActivity": {"group_id"},
    "photos.saveMessagesPhoto": set(),
}
EVENTS = {
    "message_new": "callback_message_new",
    "message_reply": "callback_message",
    "message_edit": "callback_message",
    "wall_reply_delete": "callback_wall_comment_delete",
    "user_unblock": "callback_user_unblock",
}
NATIVE: dict[str, type | tuple[type, ...]] = {
    "integer": int,
    "number": (int, float),
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
}
FORMS = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": r"(?i)0|1|true|false"}


class Violation(NamedTuple):
    """A request VK would not expect, or an answer or an event of the fake that breaks the schema."""

    method: str
    problem: str
    params: Any


def find_schema(specs: str | Path | None = None) -> Path | None:
    """The schema's folder when this machine has one: the fake works without it, only less strictly."""
    root = Path(__file__).resolve().parents[2]
    places = [Path(place) for place in (specs, os.environ.get("OTKLIK_SPECS")) if place]
    places.append(root.parent / "shared" / "specs")
    for place in places:
        folder = place if place.name == FOLDER else place / FOLDER
        if (folder / "errors.json").is_file():
            return folder
    return None


@lru_cache(maxsize=2)
def load(folder: Path) -> SchemaCheck:
    """Read once for all fakes of a process: six hundred kilobytes."""
    return SchemaCheck(folder)


class SchemaCheck:
    """VK's dialect of JSON Schema: `required` is a boolean of the property, references name files."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.json")}
        self._read: dict[str, Json] = {}
        self._methods: Json = {}
        for name in self._files:
            if name.endswith("methods.json"):
                self._methods |= {method["name"]: method for method in self._file(name)["methods"]}
        self._codes = {error["code"] for error in self._file("errors.json")["errors"].values()}
        self._mend()

    def _mend(self) -> None:
        """Where the schema is known to be wrong about the real VK."""
        messages = self._file("messages/objects.json")["definitions"]
        messages["messages_keyboard_button"]["properties"]["color"]["enum"].append("secondary")
        # A client may leave one_time out.
        messages["messages_keyboard"]["properties"]["one_time"].pop("required", None)
        callbacks = self._file("callback/objects.json")["definitions"]
        # The payload of a pressed button comes as the object it was, not as text.
        callbacks["callback_message_event"]["properties"]["payload"] = {}
        # Events that have an object, or a switch in setLongPollSettings, and are missing here.
        missing = ["message_event", "like_add", "like_remove"]
        callbacks["callback_type"]["enum"] += missing
        switches = self._file("groups/objects.json")["definitions"]["groups_long_poll_events"]["properties"]
        switches |= {name: {} for name in missing}

    # What the fake asks

    def problems(self, method: str, params: dict[str, str]) -> list[str]:
        """Unknown, missing and mistyped parameters of a request."""
        described = self._methods.get(method)
        if described is None:
            return [f"{method} is not in the schema"]
        known = {parameter["name"]: parameter for parameter in described.get("parameters", [])}
        allowed = known.keys() | COMMON | UNLISTED.get(method, set())
        found = [f"{method} has no parameter {name!r}" for name in params if name not in allowed]
        found += [f"{method} needs {name!r}" for name, p in known.items() if p.get("required") and name not in params]
        for name, value in params.items():
            if name in known and value:
                found += [f"{method}.{name}: {problem}" for problem in self._parameter(value, known[name])]
        return found

    def answer_problems(self, method: str, result: Any) -> list[str]:
        described = self._methods.get(method, {})
        attempts = [
            self._fit({"response": result}, response, method) for response in described.get("responses", {}).values()
        ]
        return min(attempts, key=len, default=[])

    def event_problems(self, event: Json) -> list[str]:
        kind = event["type"]
        definition = EVENTS.get(kind, f"callback_{kind}")
        base = {name: value for name, value in event.items() if name != "object"}
        found = self._fit(base, {"$ref": "callback/objects.json#/definitions/callback_base"}, "event")
        if definition not in self._file("callback/objects.json")["definitions"]:
            return [*found, f"{kind} is not in the schema"]
        return found + self._fit(event["object"], {"$ref": f"callback/objects.json#/definitions/{definition}"}, kind)

    def knows_error(self, code: int) -> bool:
        return code in self._codes

    # Parameters: text in a form

    def _parameter(self, value: str, schema: Json) -> list[str]:
        kind = schema.get("type")
        if "$ref" in schema and kind == "string":
            return self._json_parameter(value, schema)
        if kind == "array":
            items = value.split(",")
            found = [problem for item in items for problem in self._parameter(item, schema["items"])]
            most = schema.get("maxItems", len(items))
            return found + ([f"{len(items)} items, at most {most}"] if len(items) > most else [])
        if isinstance(kind, list):
            return []
        if kind in FORMS and not re.fullmatch(FORMS[kind], value.strip()):
            return [f"{value!r:.80} is no {kind}"]
        if kind == "integer":
            return self._range(int(value), schema)
        return self._limits(value, schema) if kind == "string" else []

    def _json_parameter(self, value: str, schema: Json) -> list[str]:
        target = self._resolve(schema)
        if target is None or "properties" not in target:
            return self._limits(value, target or schema)
        try:
            return self._fit(json.loads(value), target, "")
        except ValueError:
            return [f"{value!r:.80} is no JSON"]

    @staticmethod
    def _range(value: int, schema: Json) -> list[str]:
        found = [f"{value} is less than {schema['minimum']}"] if value < schema.get("minimum", value) else []
        return found + ([f"{value} is more than {schema['maximum']}"] if value > schema.get("maximum", value) else [])

    @staticmethod
    def _limits(value: str, schema: Json) -> list[str]:
        if len(value) > schema.get("maxLength", len(value)):
            return [f"{len(value)} characters, at most {schema['maxLength']}"]
        if value not in schema.get("enum", (value,)):
            return [f"{value!r} is none of {schema['enum']}"]
        return []

    # Values: JSON

    def _file(self, name: str) -> Json:
        if name not in self._read:
            self._read[name] = json.loads(self._files[name].read_text(encoding="utf-8"))
        return self._read[name]

    def _resolve(self, schema: Json) -> Json | None:
        """What a reference means; None when its file is not here, so that anything fits."""
        while "$ref" in schema:
            file, _, path = schema["$ref"].partition("#/")
            name = file.removeprefix("../")
            if name not in self._files:
                return None
            target: Any = self._file(name)
            for step in path.split("/"):
                target = target.get(step)
                if target is None:
                    return None
            schema = target
        return schema

    def _fit(self, value: Any, schema: Json, where: str) -> list[str]:
        resolved = self._resolve(schema)
        if resolved is None:
            return []
        if "oneOf" in resolved:
            attempts = [self._fit(value, one, where) for one in self._candidates(value, resolved)]
            return min(attempts, key=len, default=[f"{where}: nothing fits"])
        kind = resolved.get("type")
        if kind is None and "allOf" not in resolved and "properties" not in resolved:
            return []
        if isinstance(kind, str) and (not isinstance(value, NATIVE[kind]) or (kind != "boolean" and value is True)):
            return [f"{where}: {value!r:.80} is no {kind}"]
        if isinstance(value, dict):
            return self._fit_object(value, resolved, where)
        if isinstance(value, list):
            items = resolved.get("items", {})
            return [problem for n, item in enumerate(value) for problem in self._fit(item, items, f"{where}[{n}]")]
        if isinstance(value, str):
            return [f"{where}: {problem}" for problem in self._limits(value, resolved)]
        if isinstance(value, int) and "enum" in resolved and value not in resolved["enum"]:
            return [f"{where}: {value} is none of {resolved['enum']}"]
        return [f"{where}: {problem}" for problem in self._range(value, resolved)] if isinstance(value, int) else []

    @staticmethod
    def _candidates(value: Any, schema: Json) -> list[Json]:
        mapping = schema.get("discriminator", {}).get("mapping", {})
        kind = value.get("type") if isinstance(value, dict) else None
        return [{"$ref": mapping[kind]}] if kind in mapping else schema["oneOf"]

    def _fit_object(self, value: Json, schema: Json, where: str) -> list[str]:
        known, complete = self._properties(schema)
        found = [f"{where}.{name} is missing" for name, p in known.items() if p.get("required") and name not in value]
        if complete and known:
            found += [f"{where}.{name} is not in the schema" for name in value if name not in known]
        for name, item in value.items():
            if name in known:
                found += self._fit(item, known[name], f"{where}.{name}")
        return found

    def _properties(self, schema: Json) -> tuple[Json, bool]:
        """All properties with those of allOf, and whether none of them lies in a file that is not here."""
        known, complete = {}, True
        for part in schema.get("allOf", []):
            resolved = self._resolve(part)
            if resolved is None:
                complete = False
                continue
            more, whole = self._properties(resolved)
            known |= more
            complete = complete and whole
        return known | schema.get("properties", {}), complete
