"""How many visits to expect of a customer: in the days to come, and of those gone by without one."""

from itertools import count, zip_longest
from math import erfc, exp, expm1, log, log1p, sqrt
from typing import Final, NamedTuple

from insights.purchase_interval import NORMAL, Expected, GapSums, Prior, as_student, expected
from insights.tallies import YEAR_DAYS

NODES: Final = 5  # points at which the day of the next visit is tried
NEGLIGIBLE: Final = 1e-3
NEVER: Final = 1e-9  # the weight of stopping, of one who never does
LEAST_CHANCE: Final = 1e-300  # smaller ones have no digits left to divide by
TAIL: Final = 0.1  # left out below and above the range: it holds four of five


class Visits(NamedTuple):
    """A number of visits: its mean, the range that holds it four times of five, and its variance.

    Sums over many customers add means and variances; their ranges do not add. `any` is the chance of at least one,
    `active` that of coming again at all, however late.
    """

    mean: float
    low: int
    high: int
    variance: float
    any: float
    active: float


class Missed(NamedTuple):
    """Visits that did not happen.

    `mean`, `low`, `high` and `variance` allow for those who would have stopped anyway, as some always do. `if_kept` is
    the mean had the customer kept the rhythm for certain: nobody has lost more. Sums are those of `Visits`.
    """

    mean: float
    low: int
    high: int
    variance: float
    if_kept: float


def active(own: GapSums | None, prior: Prior, today: int) -> float:
    """Chance (0..1) that a customer comes again, given the silence until today (P(alive) of the literature)."""
    law = expected(own, prior)
    return _active(law, _silence(own, today))


def expected_visits(own: GapSums | None, prior: Prior, today: int, next_days: int) -> Visits:
    """Visits from tomorrow on, for `next_days` days. Who has never come counts as one who came today."""
    law = expected(own, prior)
    silence = _silence(own, today)
    chance = _active(law, silence)
    chances = [chance * at_least for at_least in _at_least(law, silence, next_days)]
    return Visits(*_summed(chances), chances[0] if chances else 0.0, chance)


def missed_visits(own: GapSums, prior: Prior, today: int, within_days: int = YEAR_DAYS) -> Missed:
    """Visits that one expected, on the last one, until today; of these, those in the last `within_days` days.

    Means something of customers who are late or lost only: of others it counts visits that are not due yet.
    """
    law = expected(own, prior)
    kept = law._replace(stop=NEVER)
    silence = _silence(own, today)
    before = silence - within_days
    stay = law.stay / (law.stop + law.stay)
    chances = [stay * at_least for at_least in _at_least(law, 0, silence)]
    if_kept = sum(_at_least(kept, 0, silence))
    if before > 0:
        # Who still came when the window began had come so often by then; as many did as its mean asks for.
        kept_before = sum(_at_least(kept, 0, before))
        mean = sum(chances) - stay * sum(_at_least(law, 0, before))
        active_then = _at_least(law._replace(stay=law.stay + kept_before), 0, within_days)
        share = min(1.0, max(mean, 0.0) / (sum(active_then) or 1.0))
        chances = [share * at_least for at_least in active_then]
        if_kept = max(if_kept - kept_before, sum(chances))
    return Missed(*_summed(chances), if_kept)


def after_visit(law: Expected, days: int) -> tuple[float, float]:
    """Mean and variance of the visits in the `days` after a visit, the chance to have stopped with it included."""
    stay = law.stay / (law.stop + law.stay)
    mean, _, _, variance = _summed([stay * at_least for at_least in _at_least(law, 0, days)])
    return mean, variance


def _silence(own: GapSums | None, today: int) -> int:
    return max(today - own.last_day, 0) if own else 0


def _active(law: Expected, silence: int) -> float:
    staying = law.stay * law.longer_than(silence)
    return staying / (law.stop + staying)


def _summed(at_least: list[float]) -> tuple[float, int, int, float]:
    """Mean, low, high and variance of a count from the chances of at least 1, 2, ..."""
    mean = sum(at_least)
    second = sum((2 * k - 1) * chance for k, chance in enumerate(at_least, 1))
    low = sum(chance > 1 - TAIL for chance in at_least)
    high = sum(chance > TAIL for chance in at_least)
    return mean, low, high, max(second - mean * mean, 0.0)


def _at_least(law: Expected, silence: int, days: int) -> list[float]:
    """Chances of at least 1, 2, ... visits in `days`, of one who is active and has been silent so long.

    The next visit's day is taken at `NODES` quantiles; the further ones follow after gaps around a mean that the first
    gap has told something of. A sum of k log-normal gaps is nearly log-normal with its mean and variance (Fenton 1960).
    """
    if days <= 0:
        return []
    beyond, later = law.longer_than(silence), law.longer_than(silence + days)
    if beyond < LEAST_CHANCE:
        return []
    first = (beyond - later) / beyond
    if first < NEGLIGIBLE:
        return []
    further = []
    for node in range(NODES):
        # From the far side: after a long silence 1 - share would have no digits left.
        share = beyond - (beyond - later) * (node + 0.5) / NODES
        z = -as_student(NORMAL.inv_cdf(share), law.freedom)
        left = silence + days + 0.5 - exp(law.mean + law.spread * z)
        further.append(_further(law, z, left))
    at_least = [first, *(first * sum(nodes) / NODES for nodes in zip_longest(*further, fillvalue=0.0))]
    stays = 1.0
    for k in range(1, len(at_least)):
        stays *= (law.stay + k) / (law.stop + law.stay + k)
        at_least[k] *= stays
    return at_least[:days]  # a visit is a day: there are no more than days


def _further(law: Expected, z: float, days: float) -> list[float]:
    """Chances that 1, 2, ... further gaps fit into the days, after a first gap at z spreads from the mean."""
    chances: list[float] = []
    if days <= 0:
        return chances
    learnt = law.unknown / (law.unknown + law.within)
    mean, unknown = law.mean + learnt * law.spread * z, law.unknown * (1 - learnt)
    squared_variation = expm1(law.within)
    ln_gaps = mean + law.within / 2 - log(days)  # against the days, of one gap
    for k in count(1):
        spread = log1p(squared_variation / k)
        # The normal's distribution function, spelt out: this line is where the time goes.
        chance = erfc((ln_gaps + log(k) - spread / 2) / sqrt(2 * (spread + unknown))) / 2
        if chance < NEGLIGIBLE:
            break
        chances.append(chance)
    return chances
