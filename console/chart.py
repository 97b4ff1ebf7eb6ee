"""Charts as SVG drawn on the server: coloured by CSS classes, a title for each point, no script and no inline style."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

WIDTH, HEIGHT = 760, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 16, 12, 28


@dataclass(frozen=True, slots=True)
class Point:
    """One week: its value and the ends of its interval, None where there is none; `title` says it in words."""

    label: str
    title: str
    value: float | None
    low: float = 0.0
    high: float = 0.0


def trend(points: Sequence[Point], label: str, lowest: int = -100) -> Markup:
    """A line with its 95 % band on a scale from `lowest` (that of the NPS) to 100, clipped to the data, broken where
    nobody answered."""
    known = [point for point in points if point.value is not None]
    least = min([0.0, *(point.value or 0.0 for point in known)])
    most = max([0.0, *(point.value or 0.0 for point in known)])
    low, high = max(lowest, _step(least - 15)), min(100, _step(most + 15, up=True))
    x = [LEFT + index * (WIDTH - LEFT - RIGHT) / max(1, len(points) - 1) for index in range(len(points))]

    def y(value: float) -> float:
        value = min(max(value, low), high)
        return TOP + (high - value) * (HEIGHT - TOP - BOTTOM) / (high - low)

    pieces = [
        grid(str(tick).replace("-", "−"), y(tick), LEFT, is_zero=tick == 0)
        for tick in range(low, high + 1, 25 if high - low <= 150 else 50)
    ]
    for is_known, run in groupby(range(len(points)), key=lambda index: points[index].value is not None):
        if is_known:
            pieces += _run([(x[index], points[index]) for index in run], y)
    pieces += [label_at(x[index], points[index].label, is_alternate=index % 2 == 1) for index in range(len(points))]
    pieces += [_dot(x[index], y(point.value), point) for index, point in enumerate(points) if point.value is not None]
    return drawing(pieces, label)


def outlook(past: Sequence[Point], ahead: Sequence[Point], label: str, told: Callable[[float], str]) -> Markup:
    """What was, as a line from nought, and after it what is expected, broken and with its band. `told` writes the marks
    of the scale; every point has a value."""
    points = [*past, *ahead]
    top = round_up(max((max(point.value or 0.0, point.high) for point in points), default=0.0))
    left = LEFT + 32  # sums of money are wider than scores
    x = [left + index * (WIDTH - left - RIGHT) / max(1, len(points) - 1) for index in range(len(points))]

    def y(value: float) -> float:
        return TOP + (top - value) * (HEIGHT - TOP - BOTTOM) / top

    pieces = [grid(told(mark), y(mark), left, is_zero=mark == 0) for mark in (0.0, top / 2, top)]
    if past and ahead:  # the band opens from the last known week
        last = Point("", "", past[-1].value, past[-1].value or 0.0, past[-1].value or 0.0)
        run = list(zip(x[len(past) - 1 :], [last, *ahead], strict=True))
        pieces += _run(run, y, "line ahead")
    line = [(at, y(point.value or 0.0)) for at, point in zip(x, past, strict=False)]
    pieces.append(Markup('<path class="line" d="{}"/>').format(_path(line)) if line else Markup(""))
    step = 4
    pieces += [
        label_at(x[index], point.label, is_alternate=(index // step) % 2 == 1)
        for index, point in enumerate(points)
        if index % step == 0
    ]
    pieces += [_dot(at, y(point.value or 0.0), point) for at, point in zip(x, points, strict=True)]
    return drawing(pieces, label)


def _run(run: list[tuple[float, Point]], y: Callable[[float], float], kind: str = "line") -> list[Markup]:
    upper = [(at, y(point.high)) for at, point in run]
    lower = [(at, y(point.low)) for at, point in run]
    line = [(at, y(point.value or 0)) for at, point in run]
    band = Markup('<path class="band" d="{}Z"/>').format(_path([*upper, *reversed(lower)]))
    return [band, Markup('<path class="{}" d="{}"/>').format(kind, _path(line))]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def drawing(pieces: Iterable[Markup], label: str) -> Markup:
    """A whole chart; `label` says what it shows."""
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, label, Markup("").join(pieces)
    )


def grid(text: str, y: float, left: int, *, is_zero: bool = False) -> Markup:
    """A line across, with its mark of the scale."""
    kind = "zero" if is_zero else "grid"
    return Markup(
        '<line class="{}" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
    ).format(kind, left, WIDTH - RIGHT, y, y, left - 8, y + 4, text)


def label_at(x: float, text: str, *, is_alternate: bool = False) -> Markup:
    """Below the chart; alternate ones make room on a phone."""
    kind = "tick alt" if is_alternate else "tick"
    return Markup('<text class="{}" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(kind, x, HEIGHT - 6, text)


def _dot(x: float, y: float, point: Point) -> Markup:
    return Markup(
        '<g class="dot"><title>{}</title><circle cx="{:.1f}" cy="{:.1f}" r="4"/>'
        '<circle class="hit" cx="{:.1f}" cy="{:.1f}" r="16"/></g>'
    ).format(point.title, x, y, x, y)


def _step(value: float, *, up: bool = False) -> int:
    """The next mark of the scale outside a value."""
    return -int(-value // 25) * 25 if up else int(value // 25) * 25


def round_up(value: float) -> float:
    """The next of 2, 3, 4, 5, 6, 8, 10 times a power of ten, so that half of it is a round number too."""
    if value <= 0:
        return 2
    power = 1.0
    while power * 10 <= value:
        power *= 10
    steps = (2, 4, 6, 8, 10) if power < 10 else (2, 3, 4, 5, 6, 8, 10)  # half a person is none
    return next((step * power for step in steps if step * power >= value), 20 * power)
