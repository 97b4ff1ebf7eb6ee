"""The demo as a process in a folder of its own, and a browser to look at it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import ROOT, Program, free_port, wait_for

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


class Demo(Program):
    """`otklik demo` in a folder of its own."""

    def start(self) -> None:
        command = [sys.executable, "-m", "bot", "demo", "--port", str(self.port), "--data", str(self.folder)]
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "LANG": "ru_RU.UTF-8",
            "PYTHONPATH": str(ROOT),
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        wait_for(self._is_well, f"the demo; see {self.log}", 150)


@pytest.fixture
def demo(tmp_path):
    demo = Demo(tmp_path, {}, free_port())
    demo.start()
    yield demo
    demo.kill()


@pytest.fixture
def browser():
    if not CHROMIUM.exists():
        pytest.skip("No Chromium here. On Debian: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()
