"""Why something was sent or not: the short codes and sentences of the tables, in words for staff."""

from typing import Final, Protocol

from messaging.consent import Refusal
from storage.kinds import Channel
from surveys.decision import Why


class Speaks(Protocol):
    def t(self, key: str, **values: object) -> str: ...


CODES: Final = {
    "due": "due",
    **{reason.value: reason.value for reason in Why},
    "campaign_off": "campaign_off",
    "held_out": "held_out",
    "chat_active": "chat_active",
    "the customer came by themselves": "came_back",
    "the customer blocked the bot": "blocked",
    "the customer refused advertising": "refused_advertising",
    "the customer said stop": "said_stop",
    "confirmed by an answer": "confirmed",
    "the account no longer exists": "no_account",
    "there is no such chat for this bot": "no_chat",
    "the person has not started the bot": "not_started",
    **{f"sent on by {channel.value}": f"sent_on.{channel.value}" for channel in Channel},
    "the person is on the community's blacklist": "blacklisted",
    "the person does not allow the community to write": "not_allowed",
    "the person's privacy settings do not allow it": "privacy",
    "nobody knows whether it arrived, and it is too late to ask": "too_late_to_ask",
    "the sender died in the middle of the request": "interrupted",
    "said once after a merge": "said_once",
    "the customer's data were erased": "erased",
}
"""What jobs, flows, the relay and the transports write down, and the key of its phrase."""


def why(words: Speaks, reason: str) -> str:
    """A reason in the reader's language; one that we do not know stays as it is written."""
    if reason in set(Refusal):
        return words.t(f"refusal.{reason}")
    return words.t(f"reason.{CODES[reason]}") if reason in CODES else reason
