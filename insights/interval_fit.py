"""Learns from a whole base, or from one category of it, what to expect of a customer who has few gaps of their own."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from math import erfc, exp, lgamma, log, sqrt
from typing import Final, NamedTuple

from insights.purchase_interval import DEFAULT, WITHIN_WEIGHT, Basis, GapSums, Prior, as_normal

ENOUGH_GAPS: Final = 30  # fewer say nothing of a base (as insights.metrics.ENOUGH of answers)
CELL: Final = 0.15  # width in ln days of a cell of customers who are alike
MOST_GAPS: Final = 40  # from here on customers' counts are rounded: their own gaps decide anyway
DOUBT: Final = 1.0  # spread of ln parameters of businesses: a base is by a factor of e unlike what one thought of it
LEAST_WITHIN: Final = 0.05  # nobody's gaps are so alike that a day does not matter
STEP: Final = 0.4  # how wide the search of the simplex begins, in ln
ROOT_OF_TWO: Final = sqrt(2)
STEPS: Final = 400  # after which it ends wherever it is; some 150 are usual


class Pile(NamedTuple):
    """Customers with the same number of gaps: how many, and the sums of their mean ln gap and of its square."""

    customers: int
    means: float
    squares: float


class Cell(NamedTuple):
    """Customers alike in gaps, in their mean ln gap and in ln days since the last visit."""

    customers: int
    mean: float
    silence: float


class Gathered(NamedTuple):
    """A base as its likelihood needs it, `within` (pooled spread of ln gap) known already. Piles and cells by the
    number of gaps."""

    piles: dict[int, Pile]
    cells: dict[int, list[Cell]]
    gaps: int
    within: float


def fit(customers: Iterable[GapSums], today: int, otherwise: Prior = DEFAULT, basis: Basis = Basis.BASE) -> Prior:
    """The prior of a base as it stands on `today`; `otherwise` when it has fewer than `ENOUGH_GAPS` gaps.

    Maximum likelihood of the model in docs/rhythm.md: ln gaps are normal around each customer's own mean, the means are
    normal among customers, and before each next visit a customer stops for good with a chance that is beta distributed
    among customers (Batislam et al. 2007, MBG/NBD). The silence since the last visit counts: who has not come again yet
    may have stopped, or have a long gap. For a category give the base's prior as `otherwise`.
    """
    gathered = _gather(customers, today, otherwise)
    if gathered.gaps < ENOUGH_GAPS:
        return otherwise
    centre = [otherwise.mean, log(otherwise.between), log(otherwise.stop), log(otherwise.stay)]

    def loss(point: list[float]) -> float:
        # Where the base says little (nobody stops, all are alike), it stays where the prior of the prior is.
        strange = sum(((x - c) / DOUBT) ** 2 for x, c in zip(point, centre, strict=True)) / 2
        return strange - _likelihood(gathered, *point)

    mean, ln_between, ln_stop, ln_stay = nelder_mead(loss, centre)
    return Prior(mean, exp(ln_between), gathered.within, exp(ln_stop), exp(ln_stay), basis, gathered.gaps)


def _gather(customers: Iterable[GapSums], today: int, otherwise: Prior) -> Gathered:
    piles: dict[int, list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    cells: dict[tuple[int, int, int], list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    gaps = freedom = 0
    squares = 0.0
    for one in customers:
        n = one.gaps
        mean = 0.0
        if n:
            mean = one.sum_ln_gap / n
            pile = piles[n]
            pile[0] += 1
            pile[1] += mean
            pile[2] += mean * mean
            gaps += n
            freedom += n - 1
            squares += one.sum_ln_gap_sq - one.sum_ln_gap * mean
        silence = log(max(today - one.last_day, 0) + 0.5)
        cell = cells[_rounded(n), int(mean / CELL), int(silence / CELL)]
        cell[0] += 1
        cell[1] += mean
        cell[2] += silence
    by_gaps: dict[int, list[Cell]] = defaultdict(list)
    for (n, _, _), (alike, means, silences) in cells.items():
        by_gaps[n].append(Cell(int(alike), means / alike, silences / alike))
    pooled = (squares + WITHIN_WEIGHT * otherwise.within**2) / (freedom + WITHIN_WEIGHT)
    return Gathered(
        {n: Pile(int(pile[0]), pile[1], pile[2]) for n, pile in piles.items()},
        by_gaps,
        gaps,
        sqrt(max(pooled, LEAST_WITHIN**2)),
    )


def _rounded(n: int) -> int:
    return n if n <= MOST_GAPS else MOST_GAPS * round(n / MOST_GAPS)


def _likelihood(gathered: Gathered, mean: float, ln_between: float, ln_stop: float, ln_stay: float) -> float:
    between, within = exp(2 * ln_between), gathered.within**2
    stop, stay = exp(ln_stop), exp(ln_stay)
    total = 0.0
    for n, pile in gathered.piles.items():
        variance = between + within / n
        total -= (
            pile.customers * log(variance)
            + (pile.squares - 2 * mean * pile.means + pile.customers * mean**2) / variance
        ) / 2
        came_again = lgamma(stay + n) - lgamma(stay) - lgamma(stop + stay + n) + lgamma(stop + stay)
        total += pile.customers * came_again
    for n, cells in gathered.cells.items():
        weight = n * between / (n * between + within)
        spread = sqrt(between * (1 - weight) + within)
        freedom = WITHIN_WEIGHT + max(n - 1, 0)
        staying = stay + n
        for cell in cells:
            z = (cell.silence - mean - weight * (cell.mean - mean)) / spread
            longer = erfc(as_normal(z, freedom) / ROOT_OF_TWO) / 2  # the normal's far tail
            total += cell.customers * log((stop + staying * longer) / (stop + staying))
    return total


def nelder_mead(loss: Callable[[list[float]], float], start: list[float], enough: float = 1e-3) -> list[float]:
    """The point of least loss near `start` (Nelder and Mead, Computer Journal 7, 1965); `enough` is the difference in
    loss that does not matter."""
    points = [start] + [[x + STEP * (i == j) for j, x in enumerate(start)] for i in range(len(start))]
    simplex = sorted((loss(point), point) for point in points)
    for _ in range(STEPS):
        best, worst = simplex[0], simplex[-1]
        if worst[0] - best[0] < enough:
            break
        centre = [sum(column) / len(start) for column in zip(*(point for _, point in simplex[:-1]), strict=True)]
        new = _moved(loss, centre, worst[1], -1.0)
        if new[0] < best[0]:
            new = min(new, _moved(loss, centre, worst[1], -2.0))
        elif new[0] >= simplex[-2][0]:
            new = min(new, _moved(loss, centre, worst[1], -0.5 if new[0] < worst[0] else 0.5))
        if new[0] < worst[0]:
            simplex[-1] = new
        else:
            simplex[1:] = [_moved(loss, best[1], point, 0.5) for _, point in simplex[1:]]
        simplex.sort()
    return simplex[0][1]


def _moved(
    loss: Callable[[list[float]], float], centre: list[float], point: list[float], far: float
) -> tuple[float, list[float]]:
    """The point so many times as far from the centre, and on its other side if `far` is negative; with its loss."""
    moved = [c + far * (x - c) for c, x in zip(centre, point, strict=True)]
    return loss(moved), moved
