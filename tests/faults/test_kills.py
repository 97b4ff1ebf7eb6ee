"""kill -9 at seeded points of the walk: nothing lost, nothing answered twice beyond what T8 allows."""

import random
import time

import pytest

from tests.process import walk
from tests.program import FAKES, WAYS, program

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("process")]

POINTS = range(10)


@pytest.mark.parametrize(("messenger", "mode"), WAYS)
@pytest.mark.parametrize("seed", [pytest.param(seed, marks=[pytest.mark.slow] if seed else []) for seed in POINTS])
def test_a_killed_process_loses_nothing(tmp_path, messenger, mode, seed):
    chance = random.Random(f"{seed} {messenger} {mode}")
    fake = FAKES[messenger]("--seed", str(seed))
    with fake as platform, program(tmp_path, platform, mode) as otklik:
        walk.people(platform)
        otklik.start()
        platform.connect(mode, otklik.address)
        walk.hire(otklik, platform)
        steps = list(walk.steps(platform))
        deeds = range(0, len(steps), 2)
        doomed = deeds[(seed + WAYS.index((messenger, mode))) % len(deeds)]
        for number, step in enumerate(steps):
            step()
            if number == doomed:
                time.sleep(chance.uniform(0, 0.06))  # the point of the kill is a moment, not a condition
                otklik.kill()
                otklik.start()
        lost, doubled, allowed = walk.account(otklik, platform)
        told = f"seed {seed} {messenger} {mode}: 1 kill at step {doomed}"
        print(f"\n{told}, lost {len(lost)}, doubled {len(doubled)}, doubled by T8 {allowed}")  # noqa: T201  # its product
        assert (lost, doubled) == ([], [])
        assert allowed <= (0 if platform.knows_repetitions else 1)
