"""Prints every benchmark: ours, its floor, their ratio, and the aim."""

import asyncio
import os
import platform
import statistics
import sys
from collections.abc import Callable

from messaging.pacing import Pace
from tests.benchmarks import (
    imports,
    losses,
    night,
    promos,
    results,
    sends,
    survey_answers,
    telegram_limits,
    turns,
    vk_sends,
)
from tests.benchmarks.vk_sends import CALLS, PEERS

ROUNDS = 3
PAID_RATE = 1000.0


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


def report_limit() -> None:
    rounds = [telegram_limits.measure() for _ in range(ROUNDS)]
    rate = statistics.median(rate for rate, _ in rounds)
    used = rate / telegram_limits.LIMIT
    print(  # noqa: T201
        f"Telegram at a limit of {telegram_limits.LIMIT}/s: {rate:.1f}/s, {used:.1%} of it, "
        f"{sum(refused for _, refused in rounds)} answers 429; aim 98%, none",
        flush=True,
    )


def report_vk(name: str, per_request: int, aim: float, *, is_personal: bool) -> None:
    rounds = [vk_sends.measure(is_personal=is_personal) for _ in range(ROUNDS)]
    rate, floor = (statistics.median(column) for column in list(zip(*rounds, strict=True))[:2])
    print(  # noqa: T201
        f"{name}: {rate:.0f}/s (aim {aim}) against {floor:.0f}/s of bare requests, ratio {rate / floor:.2f}; the "
        f"window's ceiling {vk_sends.CEILING * per_request:.0f}/s; {sum(one[2] for one in rounds)} errors 6 (aim 0)",
        flush=True,
    )


def report_night(one: night.Night) -> None:
    print(  # noqa: T201
        f"{one.name} of {night.CUSTOMERS:,} customers and {night.PURCHASES:,} purchases: {one.seconds:.1f} s (aim 60), "
        f"{one.rows:,} rows written, {one.child_mb:.0f} MB and {one.child_cpu:.0f} s of a core in its own process; "
        f"a turn's p99 {one.night_p99:.0f} ms of {one.turns} beside it, {one.idle_p99:.0f} ms idle: "
        f"{one.night_p99 / one.idle_p99:.1f} x (aim 2); load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def report_losses() -> None:
    rounds = [losses.measure() for _ in range(ROUNDS)]
    for way, aim in (("audit", "3"), ("plain", "none")):
        ratio = statistics.median(one[way].seconds / one["floor"].seconds for one in rounds)
        seconds = statistics.median(one[way].seconds for one in rounds)
        peak = max(one[way].peak_mib for one in rounds)
        print(  # noqa: T201
            f"the audit of {losses.PURCHASES:,} purchases ({'with Polars' if way == 'audit' else 'plain Python'}): "
            f"{seconds:.1f} s, {ratio:.1f} times bare Polars (aim {aim}), peak {peak:.0f} MiB (aim 1536)",
            flush=True,
        )


def report_codes() -> None:
    """Once: it takes a minute."""
    one = promos.generation()
    print(  # noqa: T201
        f"{promos.CODES:,} promo codes made and stored: {one.ours:.1f} s, {one.ours / one.floor:.2f} times a bare "
        "insert of the same rows (aim 3)",
        flush=True,
    )


def report_results() -> None:
    """Once: to fill the tables takes minutes."""
    for measure in (results.sqlite_results, results.postgres_results):
        one = measure()
        print(  # noqa: T201
            f"results of a survey with {results.ANSWERS:,} answers on {one.engine}: {one.page:.2f} s (aim 2) against "
            f"{one.floor:.2f} s of one bare GROUP BY over the runs; adding a day of them up {one.day * 1000:.0f} ms; "
            f"load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


def report_answers() -> None:
    one = survey_answers.measure()
    print(  # noqa: T201
        f"an answer to a survey: {one.answer:.1f} ms of CPU against {one.plain:.1f} ms of a plain turn: "
        f"{one.ratio:.2f} times ({one.lower:.2f}–{one.upper:.2f}, quartiles of {survey_answers.PAIRS} pairs; aim 1.3)",
        flush=True,
    )


def main() -> None:
    if sys.argv[1:] == ["night"]:
        asyncio.run(night.measure(report_night))
        return
    if sys.argv[1:] == ["results"]:
        report_answers()
        report_results()
        return
    machine = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {platform.machine()}"
    print(f"machine: {machine}", flush=True)  # noqa: T201
    report("turns through the webhook / bare aiogram echo", 0.5, turns.measure)
    report("relay sends / bare aiogram send loop", 0.8, lambda: asyncio.run(sends.measure()))
    paid = Pace.telegram(PAID_RATE)
    report("relay sends at the paid rate of 1,000/s / the same loop", 0.8, lambda: asyncio.run(sends.measure(paid)))
    report_limit()
    report_vk("a text of one's own to each through VK", CALLS, 430, is_personal=True)
    report_vk("one text to all through VK", PEERS, 1700, is_personal=False)
    report("purchases imported / bare sqlite3 bulk insert", 0.3, lambda: asyncio.run(imports.measure()))
    report("redemptions of a promo code / bare sqlite3 with the same statements", 0.3, promos.redemptions)
    report_codes()
    report_losses()
    report_answers()
    report_results()
    asyncio.run(night.measure(report_night))


if __name__ == "__main__":
    main()
