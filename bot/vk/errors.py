"""What VK's refusals and broken connections mean to us, in our own words.

Nothing of the original error is passed on, neither its text nor as a cause: it quotes the parameters of the call.
"""

from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, RequestException
from urllib3.exceptions import MaxRetryError, NewConnectionError
from vk_api.exceptions import ApiError, ApiHttpError, Captcha, VkApiError

from messaging.transport import Ambiguous, NotSent, TryLater, Undeliverable

TROUBLE = (VkApiError, RequestException, OSError, ValueError, LookupError)
"""Everything a call to VK may raise: also an answer that is no JSON, or not of the shape vk_api expects."""

Outcome = Undeliverable | TryLater | NotSent | Ambiguous

BAD_TOKEN = frozenset({4, 5, 7, 20, 23, 27, 28})
"""The key is wrong, was taken back, or lacks the right to send messages."""
NEEDS_A_PERSON = frozenset({14, 17, 24, 25})
"""A captcha, or a confirmation: somebody must look into the community."""
COMPILE, RUNTIME = 12, 13
"""Of `execute` as a whole. After the first nothing has happened; after the second nobody knows."""

TOO_MANY, FLOOD, QUOTA = 6, 9, 29
_WAIT_SECONDS = {TOO_MANY: 1.0, QUOTA: 600.0}
_FLOOD_SECONDS = 60.0
_PERSON_SECONDS = 60.0
_AMBIGUOUS = frozenset({1, 10, RUNTIME})
# VK's number, our words, and whether nothing else will arrive either.
_REFUSALS = {
    18: ("the account no longer exists", True),
    900: ("the person is on the community's blacklist", True),
    901: ("the person does not allow the community to write", True),
    902: ("the person's privacy settings do not allow it", True),
    15: ("VK denies access to this chat", False),
    100: ("VK does not accept the message", False),
    113: ("there is no such person", False),
    910: ("it is too big", False),
    911: ("the keyboard is not one VK accepts", False),
    912: ("the community's settings do not allow bots", False),
    914: ("it is too long", False),
    917: ("the bot is not in this chat", False),
    922: ("the bot left this chat", False),
    925: ("the bot may not write in this chat", False),
    936: ("there is no such person", False),
    940: ("there are too many attachments", False),
    943: ("VK does not allow this kind of message here", False),
    944: ("VK's limit for this kind of message is used up", False),
    945: ("the chat is switched off", False),
    946: ("the chat is of a kind bots may not write in", False),
    950: ("VK allows no more answers to this person", False),
    962: ("only subscribers of the community get messages", True),
    983: ("writing is switched off in this chat", False),
}


class Refused(Exception):
    """VK says no to a call that sets the community up; trying again would not help."""


def ours(error: BaseException) -> Outcome:
    """Which of the four outcomes of `messaging.transport` an error of a whole request means."""
    match error:
        case Captcha():
            return TryLater(_PERSON_SECONDS)
        case ApiError():
            return of_code(error.code)
        case ApiHttpError() if error.response.status_code < 500:
            return NotSent(f"VK answers {error.response.status_code}")
    return NotSent("no connection to VK") if _never_left(error) else Ambiguous(name_of(error))


def of_code(code: int) -> Outcome:
    """What a refused call means: of a request, of one call in it, or for one of its recipients."""
    if code == FLOOD:
        return TryLater(_FLOOD_SECONDS, is_chat_only=True)
    if code in NEEDS_A_PERSON:
        return TryLater(_PERSON_SECONDS)
    if code in _WAIT_SECONDS:
        return TryLater(_WAIT_SECONDS[code])
    if code in BAD_TOKEN:
        return NotSent("VK does not accept the community's key")
    if code in _AMBIGUOUS:
        return Ambiguous(f"VK answers with error {code}")
    reason, is_blocked = _REFUSALS.get(code, (f"VK refuses it (error {code})", False))
    return Undeliverable(reason, is_blocked=is_blocked)


def name_of(error: BaseException) -> str:
    """The class of an error, and VK's number of it: they say enough and give nothing away."""
    return f"error {error.code}" if isinstance(error, ApiError) else type(error).__name__


def advice_about(error: BaseException) -> str:
    """A sentence for the log about a call that could not be made."""
    code = getattr(error, "code", None)
    if code in BAD_TOKEN:
        return "VK does not accept the community's key or it lacks a right: look at OTKLIK_VK_TOKEN"
    if code in NEEDS_A_PERSON:
        return "VK wants to see a person: open the community's page and confirm what it asks"
    return name_of(error)


def _never_left(error: BaseException) -> bool:
    """There was no connection, so not a byte of the request has left."""
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, NoConnection) and error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
