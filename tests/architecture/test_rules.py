"""Rules are functions of values and `now`: what import contracts cannot see, these tests do."""

import ast
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = CONFIG["tool"]["importlinter"]["contracts"]
PURE = next(contract["source_modules"] for contract in CONTRACTS if contract["name"].startswith("5."))
CLOCK = {"now", "utcnow", "today"}


def file_of(module: str) -> Path:
    return ROOT / (module.replace(".", "/") + ".py")


@pytest.mark.parametrize("module", PURE)
def test_a_rule_is_given_the_time_and_never_looks_at_the_clock(module: str):
    tree = ast.parse(file_of(module).read_text(encoding="utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert [call.attr for call in calls if isinstance(call, ast.Attribute) and call.attr in CLOCK] == []


@pytest.mark.parametrize("module", PURE)
def test_a_rule_waits_for_nothing(module: str):
    tree = ast.parse(file_of(module).read_text(encoding="utf-8"))
    assert [node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)] == []


def test_every_room_is_under_contract_typed_and_shipped():
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert rooms == set(CONFIG["tool"]["importlinter"]["root_packages"])
    assert rooms == set(CONFIG["tool"]["mypy"]["packages"])
    assert rooms == {pattern.rstrip("*") for pattern in CONFIG["tool"]["setuptools"]["packages"]["find"]["include"]}


def test_no_folder_of_tests_takes_the_name_of_a_room():
    """With an `__init__.py`, pytest loads `tests/console` as the package `console`: its tests would then look at
    whichever console is installed, not at the one beside them."""
    rooms = CONFIG["tool"]["importlinter"]["root_packages"]
    assert [room for room in rooms if (ROOT / "tests" / room / "__init__.py").exists()] == []
