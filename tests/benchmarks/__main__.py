"""Prints every benchmark: ours, its floor, their ratio, and the aim."""

import asyncio
import os
import platform
import statistics
import sys
from collections.abc import Callable

from tests.benchmarks import imports, sends, turns

ROUNDS = 3


def report(name: str, aim: float, measure: Callable[[], tuple[float, float]]) -> None:
    rounds = [measure() for _ in range(ROUNDS)]
    ours, floors = [one for one, _ in rounds], [floor for _, floor in rounds]
    ratio = statistics.median(one / floor for one, floor in rounds)
    spread = f"{min(one / floor for one, floor in rounds):.2f}-{max(one / floor for one, floor in rounds):.2f}"
    print(  # noqa: T201  # a benchmark's output is its product
        f"{name}: {statistics.median(ours):.0f}/s against {statistics.median(floors):.0f}/s; "
        f"ratio {ratio:.2f} ({spread} in {ROUNDS} rounds), aim {aim}",
        flush=True,
    )


def main() -> None:
    machine = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {platform.machine()}"
    print(f"machine: {machine}", flush=True)  # noqa: T201
    report("turns through the webhook / bare aiogram echo", 0.5, turns.measure)
    report("relay sends / bare aiogram send loop", 0.8, lambda: asyncio.run(sends.measure()))
    report("purchases imported / bare sqlite3 bulk insert", 0.3, lambda: asyncio.run(imports.measure()))


if __name__ == "__main__":
    main()
