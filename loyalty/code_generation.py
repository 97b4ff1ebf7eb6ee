"""Make many unique codes that nobody can guess: a page a unit, so it goes on exactly where it stopped."""

import os
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from loyalty.campaigns import ends_of
from loyalty.promo_rules import ALPHABET, LONGEST_CODE, is_hard_to_guess, is_pattern, many_filled, pattern_of
from storage.kinds import GenerationState
from storage.models import CodeGeneration, PromoCampaign
from storage.store import Store

MOST: Final = 10_000_000
PAGE_BESIDE_CHATS: Final = 2000
"""A customer's turn waits no longer than for these."""
PAGE_ALONE: Final = 20_000
BULK_LENGTH: Final = 8
"""Random signs where the campaign has no pattern of its own: enough for 85 million."""
MOST_BARREN_PAGES: Final = 20

_EVEN = len(ALPHABET) * (256 // len(ALPHABET))
_TABLE = bytes(ord(ALPHABET[byte % len(ALPHABET)]) if byte < _EVEN else 0 for byte in range(256))
_UNEVEN = bytes(range(_EVEN, 256))


class Unmakeable(StrEnum):
    """Why codes cannot be made. The values are phrases of the console and of the terminal."""

    NO_CAMPAIGN = "no_campaign"
    HOW_MANY = "how_many"
    PATTERN = "pattern"
    TOO_FEW_PLACES = "too_few_places"


def bulk_pattern(campaign: PromoCampaign) -> str:
    return pattern_of(campaign.code_prefix, campaign.code_pattern, BULK_LENGTH)


def begin(
    store: Store, campaign: PromoCampaign | None, wanted: int, by: UUID | None, now: datetime
) -> CodeGeneration | Unmakeable:
    """Ask for so many codes, each for one use by anybody; `make_page` makes them, the clock's job goes on with it.

    The same person asking for as many while the first are being made means those: a form sent twice, or a command that
    was cut off and goes on.
    """
    if campaign is None:
        return Unmakeable.NO_CAMPAIGN
    if not 1 <= wanted <= MOST:
        return Unmakeable.HOW_MANY
    pattern = bulk_pattern(campaign)
    if not is_pattern(pattern):
        return Unmakeable.PATTERN
    if not is_hard_to_guess(pattern, wanted):
        return Unmakeable.TOO_FEW_PLACES
    for known in store.code_generations.of_campaign(campaign.id):
        if known.state is GenerationState.RUNNING and (known.by, known.wanted) == (by, wanted):
            return known
    generation = CodeGeneration(campaign_id=campaign.id, wanted=wanted, by=by, started_at=now)
    store.code_generations.add(generation)
    return generation


def named(store: Store, text: str) -> PromoCampaign | None:
    """The campaign that somebody means by its slug or its name; None where it is none, or not one alone."""
    wanted = " ".join(text.split()).casefold()
    found = [one for one in store.promos.campaigns() if wanted in (one.slug.casefold(), one.name.casefold())]
    return found[0] if len(found) == 1 else None


def make_page(store: Store, generation_id: UUID, at_most: int, now: datetime) -> CodeGeneration:
    """Make the next codes and say how far it came, in one unit: killed in the middle, none of them was made.

    Whoever does it at the same time waits, so never one too many. KeyError for no such generation.
    """
    generation = store.code_generations.held(generation_id)
    if generation is None:
        raise KeyError(generation_id)
    campaign = store.promos.campaign_by_id(generation.campaign_id)
    assert campaign is not None  # a foreign key says so
    if generation.state is not GenerationState.RUNNING:
        return generation
    left = min(at_most, generation.wanted - generation.made)
    pattern, made, barren = bulk_pattern(campaign), 0, 0
    while made < left and barren < MOST_BARREN_PAGES:
        new = store.code_generations.add_codes(
            generation, random_codes(pattern, left - made), now, ends_of(campaign, now)
        )
        barren = 0 if new else barren + 1
        made += new
    generation.made += made
    if generation.made == generation.wanted or made < left:
        is_whole = generation.made == generation.wanted
        generation.state = GenerationState.DONE if is_whole else GenerationState.FAILED
        generation.finished_at = now
    store.code_generations.save(generation)
    return generation


def random_codes(pattern: str, count: int) -> list[str]:
    """So many different codes of a pattern, from the operating system's randomness; each sign as likely as another.

    A byte above the last whole multiple of the alphabet's length is thrown away: else some signs would be likelier.
    """
    places = pattern.count("#")
    found: dict[str, None] = {}
    while len(found) < count:
        missing = count - len(found)
        noise = os.urandom(missing * places * 9 // 8 + LONGEST_CODE)
        signs = noise.translate(_TABLE, _UNEVEN).decode("ascii")
        for code in many_filled(pattern, signs):
            found[code] = None
            if len(found) == count:
                break
    return list(found)
