"""The Dockerfile and compose.yaml, read as data: no engine runs here, so what can be held is held this way.

`make check` also runs hadolint over the Dockerfile. What only an engine can tell (that the image builds and starts) is
not tested; docs/deployment.md says so.
"""

import re
import tomllib
from typing import Any

import jsonschema
import yaml

from bot.settings import FROM_FILE, PREFIX, Settings
from tests.architecture.tree import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
KNOWN = {PREFIX + field.upper() for field in Settings.model_fields}
KNOWN |= {f"{PREFIX}{field.upper()}_FILE" for field in FROM_FILE}

# The words of the compose specification that this file uses, with the shape of each: a misspelt word is refused.
TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
WORDS = {"type": "object", "additionalProperties": {"type": "string"}}
SERVICE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "build": {"const": "."},
        "image": {"type": "string", "pattern": r"^[a-z/]+:[0-9][\w.-]*$"},
        "restart": {"enum": ["unless-stopped"]},
        "init": {"type": "boolean"},
        "profiles": TEXTS,
        "env_file": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"path": {"type": "string"}, "required": {"type": "boolean"}},
            },
        },
        "environment": WORDS,
        "ports": {"type": "array", "items": {"type": "string", "pattern": r"^127\.0\.0\.1:\d+:\d+$"}},
        "volumes": TEXTS,
        "secrets": TEXTS,
        "read_only": {"type": "boolean"},
        "tmpfs": TEXTS,
        "cap_drop": TEXTS,
        "security_opt": TEXTS,
        "stop_grace_period": {"type": "string", "pattern": r"^\d+s$"},
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "condition": {"enum": ["service_started", "service_healthy"]},
                    "required": {"type": "boolean"},
                },
            },
        },
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "required": ["test"],
            "properties": {
                "test": TEXTS,
                "interval": {"type": "string", "pattern": r"^\d+s$"},
                "timeout": {"type": "string", "pattern": r"^\d+s$"},
                "retries": {"type": "integer"},
            },
        },
    },
    "oneOf": [{"required": ["build"]}, {"required": ["image"]}],
}


def test_compose_uses_only_words_of_its_language():
    top = {"type": "object", "additionalProperties": False, "required": ["services"]}
    parts = {"name": {"type": "string"}, "services": {"type": "object", "additionalProperties": SERVICE}}
    declared = {"volumes": {"type": "object"}, "secrets": {"type": "object"}}
    jsonschema.validate(COMPOSE, {**top, "properties": {**parts, **declared}})


def test_every_volume_secret_and_service_that_is_used_is_declared():
    for service in SERVICES.values():
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_postgres_starts_only_when_its_profile_is_asked_for():
    assert SERVICES["postgres"]["profiles"] == ["postgres"]
    assert SERVICES["otklik"]["depends_on"]["postgres"]["required"] is False


def test_the_containers_are_told_only_settings_that_exist():
    told = set(re.findall(rf"{PREFIX}[A-Z_]+", DOCKERFILE)) | set(SERVICES["otklik"]["environment"])
    assert told <= KNOWN


def test_the_image_keeps_its_data_where_compose_mounts_the_volume():
    assert "VOLUME /data" in DOCKERFILE
    assert SERVICES["otklik"]["volumes"] == ["data:/data"]
    assert f"{PREFIX}DATABASE_URL=sqlite:////data/" in DOCKERFILE


def test_the_port_is_the_same_everywhere():
    port = str(Settings.model_fields["port"].default)
    assert f"EXPOSE {port}\n" in DOCKERFILE
    assert SERVICES["otklik"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert SERVICES["otklik"]["environment"][f"{PREFIX}PORT"] == port


def test_the_image_does_not_run_as_root_and_installs_only_what_is_pinned():
    assert re.search(r"^USER [1-9][0-9]*:[1-9][0-9]*$", DOCKERFILE, re.MULTILINE)
    assert "--require-hashes -r requirements.txt" in DOCKERFILE


def test_the_build_sees_every_room_and_neither_secrets_nor_data():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "*" in lines
    assert {f"!{room}" for room in config["tool"]["importlinter"]["root_packages"]} <= set(lines)
    assert not {"!.env", "!data", "!secrets", "!.git"} & set(lines)
