"""What every file of the repository keeps to: it says what it holds, and it is ours to read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import files, name

# Words, not hosts: the addresses of registries and of script hosts do not stand in the tree, this file included.
REGISTRY = re.compile(r"\b(pypi|pythonhosted|npmjs|jsdelivr|unpkg|cdnjs|cloudflare|yarnpkg)\.(org|com|net)\b")

# One line of a stylesheet or a script that a person wrote is shorter than this.
LONGEST_WRITTEN_LINE = 400

OPENINGS = {
    (".js", ".mjs"): ("//", "/*"),
    (".css",): ("/*",),
    (".yaml", ".yml", ".toml", ".example", "Makefile", "Dockerfile"): ("#", "["),
}


def text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""  # a picture or a font


def first_sentence(path: Path) -> str:
    return (ast.get_docstring(ast.parse(text(path))) or "").partition("\n")[0]


def test_every_module_opens_with_a_line_that_says_what_the_reader_finds():
    assert [name(path) for path in files(".py") if not first_sentence(path).endswith((".", "?"))] == []


def silent(suffixes: tuple[str, ...], openings: tuple[str, ...]) -> Iterator[str]:
    return (name(path) for path in files(*suffixes) if not text(path).startswith(openings))


def test_every_script_style_and_configuration_opens_with_a_comment():
    assert [path for suffixes, openings in OPENINGS.items() for path in silent(suffixes, openings)] == []


def test_no_file_names_a_registry_or_a_script_host():
    assert [name(path) for path in files() if REGISTRY.search(text(path))] == []


def test_no_file_was_squeezed_by_a_machine():
    written = files(".js", ".mjs", ".css", ".html")
    assert [name(path) for path in written if ".min." in path.name] == []
    assert [
        name(path) for path in written if max(map(len, text(path).splitlines()), default=0) > LONGEST_WRITTEN_LINE
    ] == []


def test_nothing_compiled_is_committed():
    assert [name(path) for path in files(".mo", ".pyc", ".so", ".whl", ".db", ".sqlite", ".map")] == []


def test_no_folder_of_other_peoples_code_is_committed():
    strangers = {"node_modules", "vendor", "third_party", "site-packages"}
    assert [name(path) for path in files() if strangers & set(path.parts)] == []
