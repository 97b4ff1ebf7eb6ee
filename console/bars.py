"""Columns over time as SVG drawn on the server, like `console.chart`: coloured by classes, a title for each column."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from console.chart import BOTTOM, HEIGHT, RIGHT, TOP, WIDTH, round_up

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

    pieces = [_mark(y(top * share), told(top * share)) for share in (0, 0.5, 1)]
    for index, column in enumerate(columns):
        left = LEFT + room * (index + GAP / 2)
        pieces.append(_column(left, room * (1 - GAP), y(column.value), y(0), column))
        pieces.append(_label(LEFT + room * (index + 0.5), column.label))
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, label, Markup("").join(pieces)
    )


def _column(x: float, width: float, top: float, bottom: float, column: Bar) -> Markup:
    return Markup(
        '<g class="{}"><title>{}</title><rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"/></g>'
    ).format("bar faint" if column.is_faint else "bar", column.title, x, top, width, bottom - top)


def _mark(y: float, text: str) -> Markup:
    return Markup(
        '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
    ).format(LEFT, WIDTH - RIGHT, y, y, LEFT - 8, y + 4, text)


def _label(x: float, text: str) -> Markup:
    return Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(x, HEIGHT - 6, text)
