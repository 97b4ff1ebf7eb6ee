"""What a log may hold of an error: its class and its place, never its text (which may quote a customer)."""

import traceback
from pathlib import Path


def described(error: BaseException) -> str:
    """`ValueError at survey.py:30`."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
