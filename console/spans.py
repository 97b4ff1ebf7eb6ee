"""A share with its interval as one small line of SVG, read beside its number: coloured by classes, no inline style."""

from markupsafe import Markup

WIDTH, HEIGHT, EDGE = 140, 18, 5


def span(share: float, low: float, high: float, others: float | None, top: float = 1.0) -> Markup:
    """The interval as a bar, the share as a dot, the share of the others as an upright line; `top` is the right end."""

    def x(value: float) -> float:
        return EDGE + min(max(value / top, 0.0), 1.0) * (WIDTH - 2 * EDGE)

    middle = HEIGHT / 2
    pieces = [
        Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(EDGE, WIDTH - EDGE, middle, middle),
        Markup('<rect class="span" x="{:.1f}" y="{}" width="{:.1f}" height="8" rx="4"/>').format(
            x(low), middle - 4, max(x(high) - x(low), 1)
        ),
        Markup('<circle cx="{:.1f}" cy="{}" r="4"/>').format(x(share), middle),
    ]
    if others is not None:
        pieces.insert(
            1,
            Markup('<line class="others" x1="{:.1f}" x2="{:.1f}" y1="1" y2="{}"/>').format(
                x(others), x(others), HEIGHT - 1
            ),
        )
    return Markup(
        '<svg class="span-line" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true">{}</svg>'
    ).format(WIDTH, HEIGHT, WIDTH, HEIGHT, Markup("").join(pieces))
