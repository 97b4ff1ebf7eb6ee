"""Lines of purchases drawn by hypothesis, small and full of the cases that matter, and the engines that count them."""

from collections.abc import Callable
from datetime import date

from hypothesis import strategies as st

from insights.plain_engine import PlainEngine
from insights.polars_engine import PolarsEngine
from insights.tallies import NONE, Engine, Lines

TODAY = date(2026, 3, 1).toordinal()
_EPOCH = date(1970, 1, 1).toordinal()

ENGINES: dict[str, Callable[[Lines, int], Engine]] = {"plain": PlainEngine, "polars": PolarsEngine.of}

Line = tuple[int, int, int, int, int, int, int, int, int]
"""As the columns of `Lines`."""


@st.composite
def _line(draw: st.DrawFn) -> Line:
    day = TODAY - draw(st.one_of(st.integers(0, 12), st.integers(360, 370), st.integers(725, 800)))
    amount = draw(st.sampled_from([0, 1, 5, 100, 250, -100, -40]))
    return (
        draw(st.integers(0, 3)),
        (day - _EPOCH) * 86400 + draw(st.integers(0, 3)) * 3600,
        day,
        draw(st.sampled_from([NONE, NONE, 0, 1, 2])),
        amount,
        draw(st.sampled_from([0, 0, 0, max(amount, 0), max(amount, 0) // 2])),
        draw(st.integers(NONE, 3)),
        draw(st.integers(NONE, 1)),
        draw(st.integers(NONE, 1)),
    )


lines_of_purchases = st.lists(_line(), max_size=30)


def columns(lines: list[Line]) -> Lines:
    return Lines(*([line[place] for line in lines] for place in range(9)))
