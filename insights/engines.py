"""Which engine counts: Polars where it is installed, else plain Python. Both give the same tallies."""

from collections.abc import Callable
from importlib.util import find_spec

from insights.plain_engine import PlainEngine
from insights.tallies import Engine, Lines


def fastest() -> str:
    """Its name in reports: a key of ENGINES."""
    return "polars" if find_spec("polars") else "plain"


def _polars(lines: Lines, today: int) -> Engine:
    from insights.polars_engine import PolarsEngine

    return PolarsEngine.of(lines, today)


ENGINES: dict[str, Callable[[Lines, int], Engine]] = {"plain": PlainEngine, "polars": _polars}
