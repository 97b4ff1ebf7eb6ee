"""How long to wait after a failure, and what to say of it: for the loops that never give up."""

from collections.abc import Awaitable, Callable

from messaging.transport import Ambiguous, NotSent, TryLater, Undeliverable
from messaging.trouble import described

Pause = Callable[[float], Awaitable[object]]

TROUBLE = (Ambiguous, NotSent, TryLater, Undeliverable)
"""What a call to a messenger may raise. Their texts are our own words and may stand in a log."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0


def pause_seconds(error: BaseException, failures: int) -> float:
    """How long to wait after the n-th failure in a row (n from 1): as told, or doubling up to half a minute."""
    if isinstance(error, TryLater):
        return float(error.after_seconds)
    return growing_pause(failures)


def growing_pause(failures: int) -> float:
    """Seconds after the n-th failure in a row (n from 1): doubling up to half a minute."""
    return float(min(FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 16), LONGEST_PAUSE_SECONDS))


def reason_of(error: BaseException) -> str:
    """A few words for the log. Of an error that is not ours only its class and place: its text may hold a key."""
    return str(error) if isinstance(error, TROUBLE) and str(error) else described(error)
