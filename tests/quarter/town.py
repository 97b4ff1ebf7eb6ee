"""Who lives in the simulated quarter: branches in three zones with their hours, operators, customers with habits."""

import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from storage.columns import new_id
from storage.kinds import Channel, ConsentAction, ConsentPurpose, Language, Role
from storage.models import Bot, Consent, Customer, Identity, Staff, StaffAccount
from storage.store import Store

BEGINS: Final = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday."""
DAYS: Final = 91
BUSINESS_ZONE: Final = ZoneInfo("Europe/Moscow")
ZONES: Final = {"Арбат": "Europe/Moscow", "Плотинка": "Asia/Yekaterinburg", "Светланская": "Asia/Vladivostok"}
LUNCH_WEEK: Final = {day: ["9:00-13:00", "14:00-20:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
HOURS: Final = {
    branch: {
        "zone": zone,
        "week": {**LUNCH_WEEK, "sat": ["10:00-18:00"]},
        "holidays": {"2026-03-09": [], "2026-05-01": [], "2026-05-11": ["12:00-16:00"]},
    }
    for branch, zone in ZONES.items()
}
QUOTAS: Final = {"Арбат": 2, "Плотинка": 3}
DAILY_LIMIT: Final = 7
CUSTOMERS_OF_AN_OPERATOR: Final = 250
CADENCE: Final = {"relation": {"daily_limit": DAILY_LIMIT, "quotas": QUOTAS}}
BOTS: Final = {"telegram:1": Channel.TELEGRAM, "vk:1": Channel.VK, "webchat:1": Channel.WEBCHAT}
WORDS: Final = ("Ждали целый час", "Всё хорошо, спасибо", "Кофе был холодный", "Верните деньги", "Ок", "Мастер опоздал")


@dataclass(frozen=True, slots=True)
class Habits:
    """How one customer lives. `gap_days` between visits; `pleased` is the mean score of ten; `answers` the chance to
    answer at all, `tells` to write why."""

    customer: Customer
    bot_id: str
    user_id: str
    branch: str
    gap_days: float
    pleased: float
    answers: float
    tells: float

    def next_visit(self, at: datetime, dice: random.Random) -> datetime:
        gap = timedelta(days=max(0.5, self.gap_days * math.exp(dice.gauss(0, 0.35))))
        day = (at + gap).astimezone(ZoneInfo(ZONES[self.branch]))
        return day.replace(hour=dice.randrange(9, 20), minute=dice.randrange(60), second=0, microsecond=0).astimezone(
            UTC
        )

    def score(self, highest: int, dice: random.Random) -> int:
        of_ten = min(max(round(dice.gauss(self.pleased, 1.8)), 0), 10)
        return of_ten if highest == 10 else min(max(round(of_ten / 2), 1), 5)


def people(many: int, dice: random.Random) -> list[Habits]:
    return [_person(number, dice) for number in range(many)]


def _person(number: int, dice: random.Random) -> Habits:
    branch = dice.choice(list(ZONES))
    customer = Customer(
        id=new_id(),
        name=f"Гость {number}",
        language=Language.RU,
        time_zone=ZONES[branch],
        created_at=BEGINS - timedelta(days=dice.randrange(1, 400)),
    )
    return Habits(
        customer=customer,
        bot_id=dice.choice(list(BOTS)),
        user_id=f"guest{number}",
        branch=branch,
        gap_days=dice.lognormvariate(3.4, 0.5),
        pleased=dice.choice((9.5, 9.5, 9.0, 9.0, 8.5, 8.5, 7.5, 4.0)),
        answers=dice.choice((0.0, 0.3, 0.6, 0.9)),
        tells=dice.random(),
    )


def settle(store: Store, town: list[Habits]) -> list[Staff]:
    """Write them all into an empty database; the operators are on duty. So many that none has more than they may."""
    for bot_id, channel in BOTS.items():
        store.bots.register(Bot(id=bot_id, channel=channel))
    for key, value in (("hours", HOURS), ("surveys.cadence.nps", CADENCE)):
        store.business.change(key, value, None, BEGINS)
    of_branch = range(1, 1 + max(2, len(town) // CUSTOMERS_OF_AN_OPERATOR))
    operators = [_hire(store, branch, number) for branch in ZONES for number in of_branch]
    store.bulk.insert(Customer, [one.customer.model_dump() for one in town])
    before = BEGINS - timedelta(days=1)
    identities = [
        Identity(bot_id=one.bot_id, user_id=one.user_id, customer_id=one.customer.id, seen_at=before) for one in town
    ]
    store.bulk.insert(Identity, [one.model_dump() for one in identities])
    purposes = (ConsentPurpose.PERSONAL_DATA, ConsentPurpose.PROGRAMME)
    consents = [
        Consent(
            customer_id=one.customer.id,
            purpose=purpose,
            action=ConsentAction.GIVEN,
            text_version="1",
            language=Language.RU,
            bot_id=one.bot_id,
            evidence="said so",
            at=before,
        )
        for one in town
        for purpose in purposes
    ]
    store.bulk.insert(Consent, [one.model_dump() for one in consents])
    return operators


def _hire(store: Store, branch: str, number: int) -> Staff:
    login = f"{branch}{number}"
    who = Staff(login=login, name=f"Оператор {number}", role=Role.OPERATOR, branch=branch, created_at=BEGINS)
    store.staff.add(who)
    account = StaffAccount(bot_id="telegram:1", user_id=login, staff_id=who.id, linked_at=BEGINS, is_on_duty=True)
    store.staff.link_account(account)
    return who


def is_morning_somewhere(at: datetime) -> bool:
    local = (at.astimezone(ZoneInfo(zone)) for zone in ZONES.values())
    return any(one.weekday() < 5 and 9 <= one.hour < 12 for one in local)


def is_open(branch: str, at: datetime) -> bool:
    """Whether a branch works in this minute, told by the wall clock alone."""
    local = at.astimezone(ZoneInfo(ZONES[branch]))
    hours = HOURS[branch]
    day = local.date()
    spans = _holidays(hours).get(day)
    if spans is None:
        spans = hours["week"].get(("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()], [])  # type: ignore[attr-defined]
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in map(_minutes, spans))


def _holidays(hours: dict[str, object]) -> dict[date, list[str]]:
    return {date.fromisoformat(day): spans for day, spans in hours["holidays"].items()}  # type: ignore[attr-defined]


def _minutes(span: str) -> tuple[int, int]:
    start, end = (60 * int(hour) + int(minute) for hour, minute in (one.split(":") for one in span.split("-")))
    return start, end
