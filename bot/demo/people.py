"""The customers: who they are, how often they come, and when some of them stop."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.demo.dice import Dice
from bot.demo.names import (
    BRANCHES,
    ENGLISH,
    ENGLISH_SURNAMES,
    LINKS,
    MEN,
    PRODUCTS,
    SURNAMES,
    WOMEN,
    Branch,
    Product,
)
from storage.kinds import Gender, Language, ReachStatus
from storage.models import Customer, Identity

BOT_ID = "webchat:sample"
HISTORY = timedelta(days=730)
CHANNELS = (("telegram", 50), ("vk", 25), ("webchat", 25))


@dataclass(slots=True)
class Person:
    """One customer with what drives them. `leaves_at`: the last day they come; `blocks_at`: then they blocked us."""

    customer: Customer
    identity: Identity
    rhythm_days: float
    spread: float
    mood: float
    favourite: Product
    home: Branch
    leaves_at: datetime | None
    blocks_at: datetime | None
    dice: Dice

    def has_left(self, at: datetime) -> bool:
        return self.leaves_at is not None and at > self.leaves_at


def person(number: int, now: datetime, language: Language) -> Person:
    """The customer of this number: always the same one, and always as long before `now`."""
    dice = Dice(f"customer {number}")
    joined = now - _joined_ago(number, dice)
    is_english = dice.happens(0.12 if language is Language.RU else 0.3)
    name, gender = _english_name(dice) if is_english else _russian_name(dice)
    customer = Customer(
        id=dice.id_at(joined),
        name=name,
        gender=gender,
        language=Language.EN if is_english else Language.RU,
        source=_source(dice, language),
        created_at=joined,
    )
    blocks_at = now - timedelta(days=dice.uniform(2, 120)) if dice.happens(0.04) else None
    channel = dice.choices([name for name, _ in CHANNELS], [weight for _, weight in CHANNELS])[0]
    identity = Identity(
        bot_id=BOT_ID,
        user_id=f"{channel}-{1_000_000_000 + number}",
        customer_id=customer.id,
        reach=ReachStatus.BLOCKED if blocks_at and blocks_at > joined else ReachStatus.ACTIVE,
        display_name=name,
        seen_at=joined,
    )
    return Person(
        customer=customer,
        identity=identity,
        rhythm_days=min(max(dice.around(12, 0.55), 3.0), 60.0),
        spread=dice.uniform(0.2, 0.5),
        mood=dice.gauss(0, 0.8),
        favourite=dice.choices(PRODUCTS, [product.weight for product in PRODUCTS])[0],
        home=Dice(f"home {number}").choices(BRANCHES, [branch.share for branch in BRANCHES])[0],
        leaves_at=_leaves_at(dice, joined, now),
        blocks_at=blocks_at if blocks_at and blocks_at > joined else None,
        dice=dice,
    )


def _joined_ago(number: int, dice: Dice) -> timedelta:
    """A seventh were there from the start; since then each month brings a few more than the one before."""
    elapsed = dice.uniform(0, 0.04) if number % 7 == 0 else dice.random() ** 0.7
    return HISTORY * (1 - min(elapsed, 0.999)) + timedelta(minutes=dice.randrange(1440))


def _leaves_at(dice: Dice, joined: datetime, now: datetime) -> datetime | None:
    """A quarter lapsed at some point; one in twelve came once or twice and was not seen again."""
    fate = dice.random()
    if fate < 0.25:
        return joined + (now - joined) * dice.uniform(0.2, 0.85)
    return joined + timedelta(days=dice.uniform(0, 12)) if fate < 0.33 else None


def _source(dice: Dice, language: Language) -> str | None:
    at = dice.uniform(0, 100)
    for _, ru, en, share in LINKS:
        at -= share
        if at < 0:
            return ru if language is Language.RU else en
    return None


def _russian_name(dice: Dice) -> tuple[str, Gender | None]:
    surname = dice.choice(SURNAMES)
    if dice.happens(0.62):
        return f"{dice.choice(WOMEN)} {surname}а", Gender.FEMALE
    return f"{dice.choice(MEN)} {surname}", Gender.MALE


def _english_name(dice: Dice) -> tuple[str, Gender | None]:
    """Nobody asked them."""
    return f"{dice.choice(ENGLISH)} {dice.choice(ENGLISH_SURNAMES)}", None
