"""How the café's customers came, whom they brought, what they like: links with scans, friends, tastes, a good deed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bot.demo.dice import Dice
from bot.demo.people import Person
from bot.demo.programme import Points
from bot.demo.visits import ZONE
from loyalty.referral_rules import new_code
from messaging.local_time import local_date
from storage.columns import row_of
from storage.kinds import FieldOrigin, Language, PointsKind, ReferralState
from storage.models import (
    Charity,
    CustomerTag,
    EntryJoin,
    EntryLink,
    EntryScan,
    PreferenceTag,
    Referral,
    ReferralCode,
)

Line = dict[str, Any]

LATELY = timedelta(days=120)
BROUGHT = 0.3
TOLD_TASTES = 0.4
SCANS_A_JOIN = (2, 3, 4)
TAGS = (  # slug, in both languages; one question
    ("strong", "Покрепче", "Strong"),
    ("milky", "С молоком", "With milk"),
    ("plant", "Растительное молоко", "Plant milk"),
    ("sweet", "Сладкое к кофе", "Something sweet"),
)
QUESTION = {Language.RU: "Что вам ближе?", Language.EN: "What do you like?"}
SHELTER = {
    Language.RU: ("Приют «Дружок»", "Корм и прививки для собак нашего района."),
    Language.EN: ("Buddy Shelter", "Food and vaccines for the dogs of our district."),
}


@dataclass
class Circle:
    """Rows about how people came and what they like."""

    codes: list[Line] = field(default_factory=list)
    referrals: list[Line] = field(default_factory=list)
    joins: list[Line] = field(default_factory=list)
    scans: list[Line] = field(default_factory=list)
    tags: list[Line] = field(default_factory=list)
    liked: list[Line] = field(default_factory=list)
    charities: list[Line] = field(default_factory=list)


def circle(
    people: Sequence[Person],
    members: Sequence[Line],
    purchases: Iterable[Mapping[str, Any]],
    links: Sequence[EntryLink],
    points: Points,
    now: datetime,
    language: Language,
) -> Circle:
    """All of it. Rewards for friends go into the ledger of `points`."""
    made, dice = Circle(), Dice("friends")
    first_bought: dict[UUID, Mapping[str, Any]] = {}
    for purchase in purchases:
        if purchase["customer_id"] not in first_bought or purchase["at"] < first_bought[purchase["customer_id"]]["at"]:
            first_bought[purchase["customer_id"]] = purchase
    _bring(made, dice, people, members, first_bought, points, now)
    _join(made, dice, people, links)
    _taste(made, dice, members, now, language)
    name, about = SHELTER[language]
    made.charities.append(row_of(Charity(slug="shelter", name=name, about=about, created_at=now - LATELY)))
    return made


def _bring(
    made: Circle,
    dice: Dice,
    people: Sequence[Person],
    members: Sequence[Line],
    first_bought: Mapping[UUID, Mapping[str, Any]],
    points: Points,
    now: datetime,
) -> None:
    """Some of the last months' newcomers came by a friend's code; who bought and kept it has the points for it."""
    terms = points.rules.referral
    window = timedelta(days=terms.hold_days)
    joined = {member["customer_id"]: member["joined_at"] for member in members}
    advocates = dice.sample([one for one, at in joined.items() if at < now - LATELY], 12)
    taken: set[str] = set()
    for advocate in advocates:
        while (code := new_code(dice.choice, 0)) in taken:
            pass
        taken.add(code)
        made.codes.append(row_of(ReferralCode(customer_id=advocate, code=code, created_at=joined[advocate])))
    for person in people:
        friend = person.customer
        if friend.id not in joined or friend.created_at < now - LATELY or not dice.happens(BROUGHT):
            continue
        referral = Referral(friend_id=friend.id, advocate_id=dice.choice(advocates), joined_at=friend.created_at)
        bought = first_bought.get(friend.id)
        if bought is not None:
            referral.purchase_id, referral.due_at = bought["id"], bought["at"] + window
            referral.state = ReferralState.EARNED
            if referral.due_at <= now:
                referral.state, referral.rewarded_at = ReferralState.REWARDED, referral.due_at
                for role, owner, worth in (
                    ("friend", referral.friend_id, terms.friend_points),
                    ("advocate", referral.advocate_id, terms.advocate_points),
                ):
                    key = f"referral:{friend.id.hex}:{role}"
                    points.give(dice, owner, worth, PointsKind.REFERRAL, key, referral.due_at)
        made.referrals.append(row_of(referral))


def _join(made: Circle, dice: Dice, people: Sequence[Person], links: Sequence[EntryLink]) -> None:
    codes = {link.source: link.code for link in links}
    scans: dict[tuple[str, int], int] = {}
    for person in people:
        code = codes.get(person.customer.source or "")
        if code is None:
            continue
        at = person.customer.created_at
        made.joins.append(row_of(EntryJoin(customer_id=person.customer.id, code=code, at=at)))
        day = local_date(at, ZONE).toordinal()
        scans[code, day] = scans.get((code, day), 0) + dice.choice(SCANS_A_JOIN)
    made.scans = [row_of(EntryScan(code=code, day=day, scans=count)) for (code, day), count in scans.items()]


def _taste(made: Circle, dice: Dice, members: Sequence[Line], now: datetime, language: Language) -> None:
    for position, (slug, russian, english) in enumerate(TAGS):
        label = russian if language is Language.RU else english
        made.tags.append(row_of(PreferenceTag(slug=slug, label=label, question=QUESTION[language], position=position)))
    for member in members:
        if dice.happens(TOLD_TASTES):
            for slug, *_ in dice.sample(TAGS, dice.choice((1, 1, 2))):
                at = min(member["joined_at"] + timedelta(minutes=2), now)
                liked = CustomerTag(customer_id=member["customer_id"], slug=slug, origin=FieldOrigin.CUSTOMER, at=at)
                made.liked.append(row_of(liked))
