"""A customer's two years: visits in their own rhythm, what they buy, what they are asked and answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.demo import words
from bot.demo.dice import Dice
from bot.demo.names import BRANCHES, FOLLOWS, LEADS, NEW_SELLER, PRODUCTS, WEAK_ENTRY, Branch, Product
from bot.demo.people import BOT_ID, Person
from storage.bulk import Row
from storage.kinds import CaseCause, Language, RunEnding, ScoreGroup, SurveyKind, Touchpoint
from storage.models import SurveyRun
from surveys import answering
from surveys.asking import ANSWERABLE_FOR
from surveys.scales import highest, lowest

ZONE = ZoneInfo("Europe/Moscow")
ASKING_SINCE = timedelta(days=425)
ASKED_AFTER = timedelta(hours=2)
QUIET_BEFORE_NOW = timedelta(hours=36)  # the last day and a half belong to the open cases
BAD_FROM, BAD_UNTIL = timedelta(days=150), timedelta(days=118)
"""So long ago began and ended the bad month: the good barista had left, and the new one was not there yet."""

RESPONSE_RATE = 0.36
GIVEN_BACK = 0.006
LEAVES_AFTER_WEAK_ENTRY = 0.6
FOLLOWS_WITHIN, FOLLOWS_OFTEN = (timedelta(days=4), timedelta(days=25)), 0.75
BY_NAME = {product.ru: product for product in PRODUCTS}
SEASON = (0.85, 0.9, 1.0, 1.0, 1.0, 0.95, 0.85, 0.85, 1.05, 1.1, 1.1, 1.25)  # January to December
WEEKDAY = (0.75, 0.8, 0.9, 1.0, 1.3, 1.5, 1.2)  # Monday to Sunday
HOURS = {8: 9, 9: 10, 10: 6, 11: 4, 12: 6, 13: 8, 14: 5, 15: 4, 16: 4, 17: 6, 18: 7, 19: 5, 20: 2}
RAISED = timedelta(days=365)  # prices went up by a tenth a year ago


@dataclass(frozen=True, slots=True)
class Answered:
    """One question put to a customer, and their answer if they gave one."""

    run: SurveyRun
    cause: CaseCause


@dataclass(frozen=True, slots=True)
class Life:
    purchases: list[Row]
    questions: list[Answered]


def is_bad(at: datetime, now: datetime) -> bool:
    return BAD_FROM > now - at >= BAD_UNTIL


def life(person: Person, now: datetime, language: Language) -> Life:
    """All visits from the first to the last. One detractor in three never comes back: that is what a score is for."""
    lived, tastes = Life([], []), _Tastes()
    asked: dict[SurveyKind, datetime] = {}
    for count, at in enumerate(_visits(person, now)):
        if person.has_left(at):
            break
        basket = _basket(person, at, tastes)
        lived.purchases.extend(_bought(person, basket, at, now, language))
        if kind := _due(person, count, at, now, asked):
            asked[kind] = at
            answer = _question(person, kind, at, now, lived.purchases[-1])
            lived.questions.append(answer)
            is_hurt = answer.run.score_group is ScoreGroup.DETRACTOR
            if is_hurt and person.dice.happens(1 / 3):
                person.leaves_at = at
        is_weak = count == 0 and any(product.ru == WEAK_ENTRY for product in basket)
        if is_weak and Dice(f"weak {person.identity.user_id}").happens(LEAVES_AFTER_WEAK_ENTRY):
            person.leaves_at = at
    return lived


@dataclass(slots=True)
class _Tastes:
    """When the leading product was first tasted, until the one that follows from it was bought."""

    tasted_at: datetime | None = None
    is_over: bool = False


def _visits(person: Person, now: datetime) -> Iterator[datetime]:
    """Log-normal intervals around the customer's own; shorter in the season, moved towards the end of the week."""
    dice, day, last = person.dice, person.customer.created_at, person.customer.created_at
    while True:
        at = max(_at_opening_hours(dice, day), last + timedelta(hours=1))
        if at >= now:
            return
        last = at
        yield at
        day += timedelta(days=dice.around(person.rhythm_days, person.spread) / SEASON[day.month - 1])


def _at_opening_hours(dice: Dice, day: datetime) -> datetime:
    local = day.astimezone(ZONE)
    days = [local + timedelta(days=offset) for offset in (-1, 0, 1)]
    chosen = dice.choices(days, [WEEKDAY[one.weekday()] * weight for one, weight in zip(days, (1, 2, 1), strict=True)])[
        0
    ]
    hour = dice.choices(list(HOURS), list(HOURS.values()))[0]
    return chosen.replace(hour=hour, minute=dice.randrange(60), second=dice.randrange(60)).astimezone(day.tzinfo)


def _basket(person: Person, at: datetime, tastes: _Tastes) -> list[Product]:
    dice = person.dice
    basket = [person.favourite if dice.happens(0.55) and _is_sold(person.favourite, at) else _chosen(dice, at, True)]
    if dice.happens(0.4):
        basket.append(_chosen(dice, at, False))
    follows = BY_NAME[FOLLOWS]
    first, last = FOLLOWS_WITHIN
    if tastes.tasted_at and not tastes.is_over and first <= at - tastes.tasted_at <= last:
        tastes.is_over = True
        if follows not in basket and Dice(f"follows {person.identity.user_id}").happens(FOLLOWS_OFTEN):
            basket.append(follows)
    if tastes.tasted_at is None and any(product.ru == LEADS for product in basket):
        tastes.tasted_at = at
    return basket


def _bought(person: Person, basket: list[Product], at: datetime, now: datetime, language: Language) -> Iterator[Row]:
    till = Dice(f"till {person.identity.user_id} {(now - at).total_seconds():.0f}")
    order = order_at(till, person, at, now, language)
    for place, product in enumerate(basket):
        price = product.price if now - at < RAISED else product.price * 9 // 1000 * 100
        moment = at + timedelta(seconds=place)
        yield {
            "id": person.dice.id_at(moment),
            "customer_id": person.customer.id,
            "at": moment,
            "amount_minor": price,
            "returned_minor": price if till.happens(GIVEN_BACK) else 0,
            "product": product.name(language),
            **order,
        }


def order_at(dice: Dice, person: Person, at: datetime, now: datetime, language: Language) -> Row:
    """What all lines of one order share: its key, the branch, and who served."""
    branch = _branch(dice, person, at, now)
    seller = NEW_SELLER if branch is BRANCHES[0] and is_bad(at, now) else dice.choice(branch.sellers)
    is_russian = language is Language.RU
    return {
        "order_key": dice.token(),
        "branch": branch.ru if is_russian else branch.en,
        "seller": seller[0] if is_russian else seller[1],
    }


def _branch(dice: Dice, person: Person, at: datetime, now: datetime) -> Branch:
    """Four times out of five the one near home; where that is not open yet, the first."""
    branch = person.home if dice.happens(0.8) else dice.choice(BRANCHES)
    return branch if at > now - timedelta(days=branch.since_days_ago) else BRANCHES[0]


def _is_sold(product: Product, at: datetime) -> bool:
    return not product.months or at.month in product.months


def _chosen(dice: Dice, at: datetime, drink: bool) -> Product:
    sold = [product for product in PRODUCTS if product.is_drink is drink and _is_sold(product, at)]
    return dice.choices(sold, [product.weight for product in sold])[0]


def _due(
    person: Person, count: int, at: datetime, now: datetime, asked: dict[SurveyKind, datetime]
) -> SurveyKind | None:
    """NPS from the third visit on, every eleven weeks; CSAT after some visits, every six."""
    if not now - ASKING_SINCE < at < now - ASKED_AFTER or (person.blocks_at and at > person.blocks_at):
        return None

    def rested(kind: SurveyKind, days: int) -> bool:
        return kind not in asked or at - asked[kind] > timedelta(days=days)

    if count >= 2 and rested(SurveyKind.NPS, 77) and rested(SurveyKind.CSAT, 7):
        return SurveyKind.NPS
    if person.dice.happens(0.5) and rested(SurveyKind.CSAT, 42) and rested(SurveyKind.NPS, 7):
        return SurveyKind.CSAT
    return None


def _is_about(run: SurveyRun, bought: Row) -> None:
    """The visit; whether people recommend us nobody at the till answers for, so no seller is noted for that."""
    run.purchase_id, run.branch = bought["id"], bought["branch"]
    run.seller = bought["seller"] if run.kind is SurveyKind.CSAT else ""


def _question(person: Person, kind: SurveyKind, visit: datetime, now: datetime, bought: Row) -> Answered:
    dice = person.dice
    asked_at = visit + ASKED_AFTER
    run = SurveyRun(
        id=dice.id_at(asked_at),
        customer_id=person.customer.id,
        survey=kind.value,
        kind=kind,
        touchpoint=Touchpoint.RELATION if kind is SurveyKind.NPS else Touchpoint.VISIT,
        bot_id=BOT_ID,
        language=person.customer.language,
        asked_at=asked_at,
        expires_at=asked_at + ANSWERABLE_FOR,
    )
    if run.expires_at < now:
        answering.close(run, run.expires_at, RunEnding.EXPIRED)
    _is_about(run, bought)
    answered_at = asked_at + timedelta(minutes=min(dice.around(35, 1.2), 5000))
    waited, cause = _experience(dice, visit, is_bad(visit, now))
    if not dice.happens(RESPONSE_RATE) or answered_at > now - QUIET_BEFORE_NOW:
        return Answered(run, cause)
    answering.record(run, _score(person, kind, waited, is_bad(visit, now), run.seller in NEW_SELLER), answered_at)
    assert run.score_group is not None
    answering.close(run, answered_at + timedelta(minutes=1))
    if dice.happens({ScoreGroup.DETRACTOR: 1.0, ScoreGroup.PASSIVE: 0.5}.get(run.score_group, 0.4)):
        cause, said = words.comment(dice, person.customer.language, run.score_group, cause)
        answering.add_comment(run, said)
    return Answered(run, cause)


def _experience(dice: Dice, visit: datetime, bad: bool) -> tuple[float, CaseCause]:
    """Minutes waited, and what the customer would speak of."""
    local = visit.astimezone(ZONE)
    mean = 7.0 if local.weekday() >= 5 or local.hour in (9, 13) else 4.0
    waited = dice.expovariate(1 / (mean * (1.8 if bad else 1)))
    if waited > 15:
        return waited, CaseCause.WAITING
    causes = (CaseCause.PRODUCT, CaseCause.STAFF, CaseCause.PRICE, CaseCause.CLEANLINESS, CaseCause.QUESTION)
    return waited, dice.choices(causes, (4, 5, 1, 1, 0) if bad else (4, 2, 2, 1, 4))[0]


def _score(person: Person, kind: SurveyKind, waited: float, bad: bool, rude: bool) -> int:
    """Out of five, then stretched to the scale: their mood, the wait beyond five minutes, the month, the barista."""
    felt = 4.72 + 0.35 * person.mood - 0.06 * max(0.0, waited - 5) - (0.8 if bad else 0) + person.dice.gauss(0, 0.35)
    if rude:
        felt -= 1.2
    if person.dice.happens(0.03):
        felt -= 2.5  # something simply went wrong that day
    low, high = lowest(kind), highest(kind)
    return min(max(round(low + (felt - 1) / 4 * (high - low)), low), high)


def by_day(at: datetime) -> datetime:
    """That moment, or where it is night at the café the evening before it: nobody writes then, and nobody is asked."""
    local = at.astimezone(ZONE)
    if 9 <= local.hour < 21:
        return at
    evening = local if local.hour >= 21 else local - timedelta(days=1)
    return evening.replace(hour=20, minute=local.minute // 2).astimezone(at.tzinfo)
