"""The files of the repository, for the tests that read them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def files(*suffixes: str) -> tuple[Path, ...]:
    """Every file that is, or would be, committed; with suffixes, only those that end so."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = (ROOT / name for name in sorted(listed.stdout.split("\0")) if name)
    return tuple(path for path in found if path.is_file() and (not suffixes or path.name.endswith(suffixes)))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
