"""kill -9 among requests that move points and codes, each delivered again and again: each has its effect once (F6)."""

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import IO

import pytest
from sqlalchemy import text

from loyalty.ledger_check import check
from loyalty.points import MINOR_PER_POINT
from storage.kinds import PointsAccount
from storage.store import Store
from tests.faults import beside
from tests.faults import ledger_work as work
from tests.platforms import ROOT

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("process")]

KILLS = 10
"""Of each seed; four seeds make forty an engine."""
PROCESSES = {"sqlite": 1, "postgres": 3}
"""SQLite serves one process: its three workers are in there."""
WORKERS = {"sqlite": 3, "postgres": 1}
LONGEST_MOMENT = 1.5
DONE_WITHIN_SECONDS = 300


@dataclass
class Worker:
    process: "subprocess.Popen[str]"

    @classmethod
    def start(cls, url: str, workers: int, seed: str) -> "Worker":
        command = [sys.executable, "-m", "tests.faults.ledger_work", url, str(workers), seed]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}  # a process needs its surroundings
        worker = cls(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True))
        assert worker._out.readline() == "ready\n"
        return worker

    @property
    def _out(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def kill(self) -> bool:
        """False when it was done already."""
        is_running = self.process.poll() is None
        self.process.kill()
        self.end()
        return is_running

    def end(self) -> int:
        with self._out:
            return self.process.wait(DONE_WITHIN_SECONDS)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
@pytest.mark.parametrize("seed", [pytest.param(seed, marks=[pytest.mark.slow] if seed else []) for seed in range(4)])
def test_every_request_has_its_effect_once(request, engine, seed):
    url = beside.database_url(request, engine)
    beside.run(url, work.prepare)
    chance = random.Random(seed)
    names = [f"{seed} {number}" for number in range(PROCESSES[engine])]
    running = [Worker.start(url, WORKERS[engine], name) for name in names]
    kills = 0
    while kills < KILLS:
        time.sleep(chance.uniform(0, LONGEST_MOMENT))  # the point of the kill is a moment, not a condition
        doomed = chance.randrange(len(running))
        kills += running[doomed].kill()
        running[doomed] = Worker.start(url, WORKERS[engine], f"{names[doomed]} {kills}")
    assert [worker.end() for worker in running] == [0] * len(running)
    told, accounts, uses, loose = beside.run(url, _account)
    print(f"\nseed {seed} {engine}: {kills} kills of {len(running)} processes, {told}")  # noqa: T201  # its product
    assert told == _expected()
    assert sum(accounts.values()) == 0
    assert min(accounts.get(one, 0) for one in (PointsAccount.AVAILABLE, PointsAccount.PENDING)) >= 0
    assert uses == (work.LIMIT, work.LIMIT, work.LIMIT)
    assert loose == 0


def _expected() -> dict[str, int]:
    """What all requests come to when each has its effect once: the arithmetic of one till without any fault."""
    available, pending, redeemed = work.PEOPLE * work.WELCOME, 0, 0
    for sale in work.SALES:
        points = work.points_of(sale)
        earned = -(-(work.PRICE - points * MINOR_PER_POINT) * 5 // (100 * MINOR_PER_POINT))
        if sale % 2:  # the others came back whole
            available, redeemed, pending = available - points, redeemed + points, pending + earned
    coded = -(-(work.PRICE - work.OFF) * 5 // (100 * MINOR_PER_POINT))
    pending += work.LIMIT * coded
    available += len(work.GIFTS) * (5 - 2)
    return {"available": available, "pending": pending, "redeemed": redeemed, "purchases": 130, "returns": 100}


def _account(store: Store) -> tuple[dict[str, int], dict[PointsAccount, int], tuple[int, int, int], int]:
    check(store)
    accounts = store.points.accounts()
    code = store.promos.code(work.CODE)
    assert code is not None

    def count(sql: str) -> int:
        return int(store.connection.execute(text(sql)).scalar_one())

    told = {one.value: accounts.get(one, 0) for one in (PointsAccount.AVAILABLE, PointsAccount.PENDING)}
    told["redeemed"] = accounts.get(PointsAccount.REDEEMED, 0)
    told["purchases"], told["returns"] = (
        count("SELECT count(*) FROM purchase"),
        count("SELECT count(*) FROM purchase_return"),
    )
    uses = (
        code.used,
        count("SELECT count(*) FROM redemption WHERE state = 'redeemed'"),
        count("SELECT count(*) FROM purchase WHERE discount_minor > 0"),
    )
    loose = count(
        "SELECT count(*) FROM points_operation o "
        "WHERE NOT EXISTS (SELECT 1 FROM points_transfer t WHERE t.operation_id = o.id)"
    )
    return told, accounts, uses, loose
