"""How far apart two groups' means are, with an interval that does not suppose equal spreads (Welch): pure rules."""

from collections.abc import Sequence
from math import fsum, sqrt
from typing import Final, NamedTuple

Z_95: Final = 1.959963984540054
Z_99: Final = 2.5758293035489004


class MeanDifference(NamedTuple):
    """`mean` less `base_mean`, and its interval; sizes of both groups."""

    mean: float
    base_mean: float
    low: float
    high: float
    n: int
    base_n: int

    @property
    def value(self) -> float:
        return self.mean - self.base_mean


def mean_difference(values: Sequence[float], base: Sequence[float], z: float = Z_95) -> MeanDifference | None:
    """Welch's interval (B. L. Welch, Biometrika 34, 1947): difference +- t sqrt(s1^2/n1 + s2^2/n2), with the degrees
    of freedom of Satterthwaite. `z`: the normal quantile of the level. None where a group has fewer than two."""
    n, base_n = len(values), len(base)
    if n < 2 or base_n < 2:
        return None
    mean, base_mean = fsum(values) / n, fsum(base) / base_n
    own, other = _variance(values, mean) / n, _variance(base, base_mean) / base_n
    error = own + other
    if error == 0:
        return MeanDifference(mean, base_mean, mean - base_mean, mean - base_mean, n, base_n)
    freedom = error**2 / (own**2 / (n - 1) + other**2 / (base_n - 1))
    half = student(z, freedom) * sqrt(error)
    return MeanDifference(mean, base_mean, mean - base_mean - half, mean - base_mean + half, n, base_n)


def student(z: float, freedom: float) -> float:
    """The quantile of Student's t for the normal quantile `z` (Abramowitz & Stegun, 1964, 26.7.5): right to a
    thousandth from eight degrees of freedom on."""
    z2 = z * z
    first = z * (z2 + 1) / 4
    second = z * (5 * z2**2 + 16 * z2 + 3) / 96
    third = z * (3 * z2**3 + 19 * z2**2 + 17 * z2 - 15) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def _variance(values: Sequence[float], mean: float) -> float:
    return fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
