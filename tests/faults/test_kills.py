"""kill -9 at seeded points of the walk: nothing lost, nothing answered twice beyond what T8 allows."""

import random
import time

import pytest

from tests.process import walk
from tests.program import fake_telegram, program

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("process")]

POINTS = range(10)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
@pytest.mark.parametrize("seed", [pytest.param(seed, marks=[pytest.mark.slow] if seed > 1 else []) for seed in POINTS])
def test_a_killed_process_loses_nothing(tmp_path, mode, seed):
    chance = random.Random(seed)
    with fake_telegram("--seed", str(seed)) as telegram, program(tmp_path, telegram, mode) as otklik:
        walk.people(telegram)
        otklik.start()
        walk.hire(otklik)
        steps = list(walk.steps(telegram))
        deeds = range(0, len(steps), 2)
        doomed = deeds[seed % len(deeds)]
        for number, step in enumerate(steps):
            step()
            if number == doomed:
                time.sleep(chance.uniform(0, 0.06))  # the point of the kill is a moment, not a condition
                otklik.kill()
                otklik.start()
        lost, doubled, allowed = walk.account(otklik, telegram)
        told = f"\nseed {seed} {mode}: 1 kill at step {doomed}, lost {len(lost)}, doubled by T8 {allowed}"
        print(told)  # noqa: T201  # the figures of a fault run are its product
        assert (lost, doubled) == ([], [])
        assert allowed <= 1
