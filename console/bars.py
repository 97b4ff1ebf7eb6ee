"""Columns over time as SVG drawn on the server, like `console.chart`: coloured by classes, a title for each column."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from console.chart import BOTTOM, HEIGHT, RIGHT, TOP, WIDTH, drawing, grid, label_at, round_up

LEFT = 76  # sums of money are wider than scores
GAP = 0.28  # of a column's room


class Bar(NamedTuple):
    """One column; `title` says it in words. `is_faint`: it is not over yet."""

    label: str
    title: str
    value: float
    is_faint: bool = False


def bars(columns: Sequence[Bar], label: str, told: Callable[[float], str]) -> Markup:
    """Columns from nought; below it is drawn as nought, and its title tells. `told` writes the marks of the scale."""
    top = round_up(max((column.value for column in columns), default=0))
    room = (WIDTH - LEFT - RIGHT) / max(len(columns), 1)

    def y(value: float) -> float:
        return TOP + (top - max(value, 0)) * (HEIGHT - TOP - BOTTOM) / top

    pieces = [grid(told(top * share), y(top * share), LEFT) for share in (0, 0.5, 1)]
    for index, column in enumerate(columns):
        left = LEFT + room * (index + GAP / 2)
        pieces.append(_column(left, room * (1 - GAP), y(column.value), y(0), column))
        pieces.append(label_at(LEFT + room * (index + 0.5), column.label))
    return drawing(pieces, label)


def _column(x: float, width: float, top: float, bottom: float, column: Bar) -> Markup:
    return Markup(
        '<g class="{}"><title>{}</title><rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"/></g>'
    ).format("bar faint" if column.is_faint else "bar", column.title, x, top, width, bottom - top)
