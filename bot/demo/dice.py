"""Chance that repeats: one seed, the same café. Ids are time-ordered like real ones, for moments long past too."""

import math
import random
from datetime import datetime
from uuid import UUID

SEED = 2026


class Dice(random.Random):
    """The dice of one part of the sample. Each customer throws their own: a change to one leaves the others alone."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{SEED} {name}")

    def id_at(self, at: datetime) -> UUID:
        """A UUID of version 7 for that moment (RFC 9562): 48 bits of milliseconds, the rest chance."""
        milliseconds = int(at.timestamp() * 1000)
        return UUID(
            int=milliseconds << 80 | 7 << 76 | self.getrandbits(12) << 64 | 2 << 62 | self.getrandbits(62),
        )

    def around(self, median: float, spread: float) -> float:
        """A log-normal draw: half of them below `median`; `spread` is the deviation of the logarithm."""
        return median * math.exp(self.gauss(0, spread))

    def happens(self, probability: float) -> bool:
        return self.random() < probability

    def token(self) -> str:
        return f"{self.getrandbits(72):018x}"
