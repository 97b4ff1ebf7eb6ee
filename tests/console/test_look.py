"""Whether everybody can read it: the contrast of the colours that meet, in both themes (WCAG 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "console" / "static" / "app.css").read_text(encoding="utf-8")
TOKENS = dict(re.findall(r"--([a-z-]+): light-dark\(([^)]*)\)", CSS))
FACES = re.findall(r"\.f\d \{ background: light-dark\(([^)]*)\)", CSS)

TEXT = [
    *((ink, paper) for ink in ("ink", "muted", "accent") for paper in ("bg", "panel", "soft")),
    *((ink, "panel") for ink in ("bad", "warn", "ok")),
    *((one, f"{one}-soft") for one in ("bad", "warn", "ok")),
    *(("muted", f"{one}-soft") for one in ("ok",)),
    *(("ink", f"{one}-soft") for one in ("bad", "warn", "ok")),
    ("on-accent", "accent"),
    ("bg", "ink"),
]
EDGES = [("edge", "panel"), ("edge", "bg"), ("accent", "panel"), ("accent", "bg"), ("accent", "soft")]


def rgb(colour: str) -> tuple[float, ...]:
    digits = colour.strip().removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    return tuple(int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))


def luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), TEXT)
def test_text_can_be_read(ink, paper, theme):
    assert contrast(TOKENS[ink].split(",")[theme], TOKENS[paper].split(",")[theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "paper"), EDGES)
def test_edges_and_focus_rings_can_be_seen(edge, paper, theme):
    assert contrast(TOKENS[edge].split(",")[theme], TOKENS[paper].split(",")[theme]) >= 3


@pytest.mark.parametrize("face", FACES)
def test_the_first_letter_of_a_name_can_be_read_on_its_face(face):
    for theme in (0, 1):
        assert contrast(TOKENS["ink"].split(",")[theme], face.split(",")[theme]) >= 4.5
