"""Who is left out of a programme on purpose, so that its effect can be measured: one stable hash for all programmes.

A programme is a broadcast, a journey or a promo campaign, by a name of its own that never changes («journey:win_back»).
The place of a customer in it is a number from 0 to 9999:

    BLAKE2b(key = SHA-256 of the programme's name in UTF-8, message = the 16 bytes of the customer's id, 8 bytes long),
    read as a big-endian number, modulo 10 000

Held out are the places below the share. So a larger share keeps all who were out already; two programmes have nothing
to do with each other; and the answer is the same on every machine, in every process and next year. It must never
change: a customer who moved from one group to the other in the middle would spoil every measurement that runs.
(2**64 modulo 10 000 favours some places by less than one part in 10**15.)
"""

from hashlib import blake2b, sha256
from typing import Final
from uuid import UUID

PLACES: Final = 10_000


def place_of(programme: str, customer_id: UUID) -> int:
    """0 to 9999, the same for ever."""
    key = sha256(programme.encode()).digest()
    digest = blake2b(customer_id.bytes, key=key, digest_size=8).digest()
    return int.from_bytes(digest, "big") % PLACES


def is_held_out(programme: str, customer_id: UUID, share: float) -> bool:
    """Whether this customer gets nothing from this programme. `share` is from 0 to 1, in steps of a ten-thousandth.

    Raises ValueError for any other share.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share is from 0 to 1, not {share}")
    return place_of(programme, customer_id) < round(share * PLACES)
