"""BG/NBD of Fader, Hardie and Lee (Marketing Science 24, 2005), in plain Python, to compare our own rhythm with."""

from collections import Counter
from collections.abc import Iterable
from math import exp, lgamma, log, log1p
from typing import NamedTuple

from insights.interval_fit import nelder_mead


class Bought(NamedTuple):
    """Purchases after the first, and weeks from the first to the last and to the end of the window."""

    repeats: int
    recency: float
    age: float


class BgNbd(NamedTuple):
    """Rates are Gamma(r, alpha) among customers, the chance to stop after a repeat purchase is Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    def ln_likelihood(self, one: Bought) -> float:
        """Equation 6."""
        r, alpha, a, b = self
        x, t_x, age = one
        common = lgamma(r + x) - lgamma(r) + r * log(alpha) + _ln_beta(a, b + x) - _ln_beta(a, b)
        never_stopped = -(r + x) * log(alpha + age)
        if x == 0:
            return common + never_stopped
        stopped = log(a / (b + x - 1)) - (r + x) * log(alpha + t_x)
        return common + max(stopped, never_stopped) + log1p(exp(-abs(stopped - never_stopped)))

    def active(self, one: Bought) -> float:
        r, alpha, a, b = self
        x, t_x, age = one
        if x == 0:
            return 1.0
        return 1 / (1 + a / (b + x - 1) * exp((r + x) * log((alpha + age) / (alpha + t_x))))

    def expected(self, one: Bought, weeks: float) -> float:
        """Purchases in the weeks to come: equation 10."""
        r, alpha, a, b = self
        x, _, age = one
        z = weeks / (alpha + age + weeks)
        series = ((alpha + age) / (alpha + age + weeks)) ** (r + x) * _hypergeometric(r + x, b + x, a + b + x - 1, z)
        return (a + b + x - 1) / (a - 1) * (1 - series) * self.active(one)

    def buys(self, one: Bought, weeks: float) -> float:
        """Chance of at least one purchase in the weeks to come."""
        still = ((self.alpha + one.age) / (self.alpha + one.age + weeks)) ** (self.r + one.repeats)
        return self.active(one) * (1 - still)


def fit(customers: Iterable[Bought]) -> BgNbd:
    alike = Counter(customers)

    def loss(point: list[float]) -> float:
        model = BgNbd(*(exp(x) for x in point))
        return -sum(n * model.ln_likelihood(one) for one, n in alike.items()) / alike.total()

    point = [0.0, 1.0, 0.0, 0.0]
    for _ in range(2):  # started again from where it ended, the simplex leaves a ridge it has shrunk on
        point = nelder_mead(loss, point, enough=1e-9)
    return BgNbd(*(exp(x) for x in point))


def _ln_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _hypergeometric(a: float, b: float, c: float, z: float) -> float:
    """2F1 by its series, for 0 <= z < 1."""
    term = total = 1.0
    for n in range(5000):
        term *= (a + n) * (b + n) / (c + n) * z / (n + 1)
        total += term
        if term < total * 1e-12:
            break
    return total
