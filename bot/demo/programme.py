"""The loyalty programme of the sample café: cards and points, birthdays, codes, and those who were called back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from babel.dates import format_date

from bot.demo.dice import Dice
from bot.demo.names import CITIES
from bot.demo.people import HISTORY, Person
from bot.demo.talk import Talk
from bot.demo.visits import ZONE, order_at
from loyalty import campaigns
from loyalty.gifts import JOINED as JOINED_FOR
from loyalty.points import MINOR_PER_POINT, card_number, earned, life, most_payable
from loyalty.promo_rules import ALPHABET, RANDOM_LENGTH, normalised, shown
from loyalty.rules import Referral, Rules, Tier
from loyalty.tiers import LOWEST, PERIOD, Held, Year, judge
from messaging.consent import Refusal
from messaging.journeys import GIFT_NEEDS_DAYS, SILENT_AFTER, birthday_in
from messaging.local_time import at_local, local_date
from messaging.messages import Message
from messaging.phrases import say
from storage.columns import row_of
from storage.kinds import (
    BatchState,
    Channel,
    ConsentAction,
    FieldOrigin,
    Journey,
    Language,
    MessageKind,
    OccasionOutcome,
    PointsAccount,
    PointsKind,
)
from storage.models import PointsBatch, PointsOperation, PointsTransfer, PromoCampaign, Redemption

Line = dict[str, Any]
"""A row of a table, column by column."""

TIERS = (
    ("silver", {Language.RU: "Серебро", Language.EN: "Silver"}, 7.0, 700_000, 100),
    ("gold", {Language.RU: "Золото", Language.EN: "Gold"}, 10.0, 1_500_000, 300),
)
"""Above the basic one: slug, name, percent, from so much in twelve months, points as a gift."""
JOINED = 0.65
TOLD_BIRTHDAY, TOLD_YEAR = 0.9, 0.6
TOLD_CITY = 0.7
LEFT_PHONE, KNOWN_AT_THE_TILL = 0.6, 0.5
WELCOME_USED, GIFT_USED, CAME_BACK = 0.55, 0.4, 0.22
PAYS_WITH_POINTS, LEAST_SPENT = 0.07, 20
GREETED_AT = 10 * 60
CALLED_BACK_AT = 12 * 60
LATELY = timedelta(hours=1)
"""What would have happened within the last hour has not happened yet: nothing of a sample is newer than the sample."""


@dataclass
class Points:
    """The ledger as the purchases filled it by the programme's first rules, and as time opened and expired it."""

    now: datetime
    rules: Rules
    operations: list[Line] = field(default_factory=list)
    batches: list[Line] = field(default_factory=list)
    transfers: list[Line] = field(default_factory=list)

    def earn(self, dice: Dice, purchase: Line, tier: str) -> PointsBatch | None:
        """What a purchase earned, as it was when it opened."""
        at, product = purchase["at"], purchase.get("product", "")
        weekday = local_date(at, ZONE).weekday()
        paid = purchase["amount_minor"]
        points = earned(self.rules, paid, service=product, category="", tier=tier, weekday=weekday)
        if points <= 0:
            return None
        opens_at, expires_at = life(self.rules, at, ZONE)
        key = f"purchase:{purchase['id'].hex}"
        earning = self._operation(dice, purchase, key, PointsKind.ACCRUAL, at)
        earning.purchase_id = purchase["id"]
        batch = PointsBatch(
            id=dice.id_at(at),
            customer_id=earning.customer_id,
            operation_id=earning.id,
            purchase_id=earning.purchase_id,
            state=BatchState.PENDING,
            granted=points,
            points_left=points,
            opens_at=opens_at,
            expires_at=expires_at,
        )
        self._write(earning, [(batch, points)], PointsAccount.ISSUED, PointsAccount.PENDING)
        if opens_at <= self.now:
            opening = self._operation(dice, purchase, f"open:{batch.id.hex}", PointsKind.OPENING, opens_at)
            self._write(opening, [(batch, points)], PointsAccount.PENDING, PointsAccount.AVAILABLE)
            batch.state = BatchState.OPEN
        return batch

    def pay(self, dice: Dice, purchase: Line, batches: list[PointsBatch]) -> None:
        """A part of a purchase, with what was open then: nearest expiry first, as much as the rules let."""
        at = purchase["at"]
        usable = [one for one in batches if one.opens_at <= at < _end(one) and one.points_left]
        left = most_payable(
            self.rules, purchase["amount_minor"], sum(one.points_left for one in usable), service="", category=""
        )
        if left < LEAST_SPENT:
            return
        purchase["amount_minor"] -= left * MINOR_PER_POINT
        purchase["points_minor"] = left * MINOR_PER_POINT
        drawn = []
        for batch in sorted(usable, key=_end):
            taken = min(left, batch.points_left)
            batch.points_left -= taken
            left -= taken
            if taken:
                drawn.append((batch, taken))
        spending = self._operation(dice, purchase, f"paid:{purchase['id'].hex}", PointsKind.REDEMPTION, at)
        spending.purchase_id = purchase["id"]
        self._write(spending, drawn, PointsAccount.AVAILABLE, PointsAccount.REDEEMED)

    def give(self, dice: Dice, customer_id: UUID, points: int, kind: PointsKind, key: str, at: datetime) -> None:
        """A present that could be spent at once, and lived as long as presents do."""
        given = self._operation(dice, {"customer_id": customer_id}, key, kind, at)
        batch = PointsBatch(
            id=dice.id_at(at),
            customer_id=customer_id,
            operation_id=given.id,
            state=BatchState.OPEN,
            granted=points,
            points_left=points,
            opens_at=at,
            expires_at=at + timedelta(days=self.rules.gift_lives_days),
        )
        self._write(given, [(batch, points)], PointsAccount.ISSUED, PointsAccount.AVAILABLE)
        self.end(dice, [batch])

    def end(self, dice: Dice, batches: list[PointsBatch]) -> None:
        """What nobody spent in time is gone."""
        for batch in batches:
            if _end(batch) <= self.now:
                if batch.points_left:
                    owner = {"customer_id": batch.customer_id}
                    expiry = self._operation(dice, owner, f"expire:{batch.id.hex}", PointsKind.EXPIRY, _end(batch))
                    gone = [(batch, batch.points_left)]
                    self._write(expiry, gone, PointsAccount.AVAILABLE, PointsAccount.EXPIRED)
                batch.state, batch.points_left = BatchState.EXPIRED, 0
            self.batches.append(row_of(batch))

    def _operation(self, dice: Dice, purchase: Line, key: str, kind: PointsKind, at: datetime) -> PointsOperation:
        return PointsOperation(key=key, id=dice.id_at(at), customer_id=purchase["customer_id"], kind=kind, at=at)

    def _write(
        self,
        operation: PointsOperation,
        moved: list[tuple[PointsBatch, int]],
        source: PointsAccount,
        target: PointsAccount,
    ) -> None:
        self.operations.append(row_of(operation))
        self.transfers.extend(
            row_of(
                PointsTransfer(
                    operation_id=operation.id,
                    position=position,
                    batch_id=batch.id,
                    source=source,
                    target=target,
                    points=points,
                )
            )
            for position, (batch, points) in enumerate(moved)
        )


def _end(batch: PointsBatch) -> datetime:
    assert batch.expires_at is not None  # the café's points all end
    return batch.expires_at


@dataclass(slots=True)
class Programme:
    """Collects the rows of everybody's part in it."""

    talk: Talk
    now: datetime
    language: Language
    business: str
    keys: list[Line] = field(default_factory=list)
    fields: list[Line] = field(default_factory=list)
    members: list[Line] = field(default_factory=list)
    points: Points = field(init=False)
    campaigns: dict[str, PromoCampaign] = field(default_factory=dict)
    codes: list[Line] = field(default_factory=list)
    uses: list[Line] = field(default_factory=list)
    occasions: list[Line] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    """Codes and card numbers that somebody has."""

    def __post_init__(self) -> None:
        self.points = Points(self.now, rules_of(self.language))
        since, dice = self.now - HISTORY, Dice("campaigns")
        for slug in (campaigns.WELCOME, campaigns.BIRTHDAY, campaigns.WIN_BACK):
            self.campaigns[slug] = campaigns.starter(slug, self.language, since)
            self.campaigns[slug].id = dice.id_at(since)


def rules_of(language: Language) -> Rules:
    """As the café has set them: three tiers, and presents for joining and birthdays from now on."""
    tiers = tuple(
        Tier(slug=slug, name=names[language], percent=percent, from_minor=from_minor, gift_points=gift)
        for slug, names, percent, from_minor, gift in TIERS
    )
    friends = Referral(friend_points=50, advocate_points=100)
    return Rules(tiers=tiers, welcome_points=50, birthday_points=200, referral=friends)


def live_with_it(
    programme: Programme, number: int, person: Person, purchases: list[Line], advertising: ConsentAction | None
) -> None:
    """One customer's part. `purchases` are theirs, in order; one who comes back buys once more."""
    dice, more = Dice(f"programme {number}"), Dice(f"more {number}")
    one = _Life(programme, person, dice, more, purchases, advertising is ConsentAction.GIVEN)
    if one.dice.happens(KNOWN_AT_THE_TILL):
        programme.keys.append({"kind": "customer", "value": str(1000 + number), "customer_id": person.customer.id})
    one.note("name", person.customer.created_at, FieldOrigin.MESSENGER)
    joined_at = one.join()
    if joined_at:
        one.tell_about_themselves(joined_at)
        one.keep_birthdays()
    one.be_called_back()
    if joined_at:
        one.earn_points(joined_at)


@dataclass(slots=True)
class _Life:
    programme: Programme
    person: Person
    dice: Dice
    more: Dice
    purchases: list[Line]
    wants_offers: bool
    reduced: set[UUID] = field(default_factory=set)
    """Purchases that a code was used for."""

    @property
    def _id(self) -> UUID:
        return self.person.customer.id

    # --- the card

    def join(self) -> datetime | None:
        """Two in three take the card, with its first gift; since when they have it."""
        at = self.person.customer.created_at + timedelta(days=self.dice.uniform(0, 45))
        is_gone = self.person.blocks_at is not None and at > self.person.blocks_at
        if not self.dice.happens(JOINED) or is_gone or at > self.programme.now - LATELY:
            return None
        number = self._free(lambda: card_number(self.dice.randrange(10**8)))
        row = {"customer_id": self._id, "card_number": number, "joined_at": at}
        self.programme.members.append({**row, "tier": LOWEST, "tier_since": None, "tier_until": None})
        self.programme.talk.join(self.person, at, number)
        self._issue(campaigns.WELCOME, JOINED_FOR, at, used=WELCOME_USED)
        return at

    def tell_about_themselves(self, joined_at: datetime) -> None:
        """A phone and a birthday: only members are asked for them."""
        customer, dice = self.person.customer, self.dice
        if dice.happens(LEFT_PHONE):
            customer.phone = f"+7900{dice.randrange(10**7):07d}"
            # Telegram has a button for it, and vouches for the number; elsewhere it is typed.
            customer.is_phone_verified = self.person.identity.user_id.startswith(Channel.TELEGRAM)
            origin = FieldOrigin.MESSENGER if customer.is_phone_verified else FieldOrigin.CUSTOMER
            self.note("phone", joined_at + timedelta(minutes=1), origin)
        if self.more.happens(TOLD_CITY):
            customer.city = self.more.choices([name for name, _ in CITIES], [weight for _, weight in CITIES])[0]
            self.note("city", joined_at + timedelta(minutes=1))
        if not dice.happens(TOLD_BIRTHDAY):
            return
        born = date(2000, 1, 1) + timedelta(days=dice.randrange(366)) - timedelta(days=366 * dice.randrange(35))
        customer.birthday_month, customer.birthday_day = born.month, born.day
        customer.birth_year = born.year if dice.happens(TOLD_YEAR) else None
        customer.birthday_set_at = joined_at + timedelta(minutes=1)
        self.note("birthday", joined_at + timedelta(minutes=1))

    def note(self, field: str, at: datetime, origin: FieldOrigin = FieldOrigin.CUSTOMER) -> None:
        """Who told us a field, and when."""
        self.programme.fields.append({"customer_id": self._id, "field": field, "origin": origin, "at": at})

    def earn_points(self, joined_at: datetime) -> None:
        """For what they bought since, at the rate of the tier that they had then; now and then points pay a part."""
        points, member = self.programme.points, self.programme.members[-1]
        held, since, dice = Held(LOWEST, None), None, Dice(f"points {self._id.hex}")
        batches: list[PointsBatch] = []
        for place, purchase in enumerate(self.purchases):
            if purchase["at"] < joined_at:
                continue
            if dice.happens(PAYS_WITH_POINTS) and not purchase["returned_minor"]:
                points.pay(dice, purchase, batches)
            if batch := points.earn(self.dice, purchase, held.slug):
                batches.append(batch)
            if step := judge(points.rules, held, _year(self.purchases[: place + 1], purchase["at"]), purchase["at"]):
                held, since = step.held, purchase["at"]
        if step := judge(points.rules, held, _year(self.purchases, self.programme.now), self.programme.now):
            held, since = step.held, self.programme.now - LATELY
        points.end(dice, batches)
        member.update(tier=held.slug, tier_since=since, tier_until=held.until)

    # --- what the clock did in these two years

    def keep_birthdays(self) -> None:
        for kept, at in self._birthdays():
            occurrence = str(kept.year)
            if reason := self._why_silent(at):
                self._note(Journey.BIRTHDAY, occurrence, at, reason, None)
                continue
            code = self._issue(campaigns.BIRTHDAY, occurrence, at, used=GIFT_USED)
            greeting = self._say("birthday.greeting", name=self.person.customer.name)
            text = self._say("birthday.gift", greeting=greeting, **self._offer(campaigns.BIRTHDAY, code))
            self._note(Journey.BIRTHDAY, occurrence, at, "due", self._advertise(text, at, Journey.BIRTHDAY))

    def _birthdays(self) -> Iterator[tuple[date, datetime]]:
        """Those that were known in time for a present."""
        customer, now = self.person.customer, self.programme.now
        if customer.birthday_month is None or customer.birthday_day is None or customer.birthday_set_at is None:
            return
        for year in range(customer.created_at.year, now.year + 1):
            kept = birthday_in(year, customer.birthday_month, customer.birthday_day)
            at = at_local(kept, GREETED_AT, ZONE)
            if customer.birthday_set_at + timedelta(days=GIFT_NEEDS_DAYS + 1) < at < now - LATELY:
                yield kept, at

    def be_called_back(self) -> None:
        """Ninety days after the last visit; about one in five comes and uses the code, and some are lost once more."""
        while self.purchases:
            last = self.purchases[-1]
            at = at_local(local_date(last["at"] + SILENT_AFTER, ZONE) + timedelta(days=1), CALLED_BACK_AT, ZONE)
            if at > self.programme.now - LATELY:
                return
            occurrence = last["id"].hex
            if reason := self._why_silent(at):
                self._note(Journey.WIN_BACK, occurrence, at, reason, None)
                return
            code = self._issue(campaigns.WIN_BACK, occurrence, at, used=0)
            since = _day(self.person.customer.language, local_date(last["at"], ZONE))
            text = self._say("win_back.text", since=since, **self._offer(campaigns.WIN_BACK, code))
            self._note(Journey.WIN_BACK, occurrence, at, "due", self._advertise(text, at, Journey.WIN_BACK))
            back_at = at + timedelta(days=self.dice.uniform(1, 20))
            if not self.dice.happens(CAME_BACK) or back_at > self.programme.now - LATELY:
                return
            order = order_at(self.more, self.person, back_at, self.programme.now, self.programme.language)
            back = {"id": self.dice.id_at(back_at), "at": back_at, "returned_minor": 0, **order}
            self.purchases.append({**last, **back})
            self._use(code, self.purchases[-1])

    # --- codes

    def _issue(self, slug: str, reason: str, at: datetime, *, used: float) -> Line:
        """A code of their own; with this probability the next visit uses it."""
        campaign = self.programme.campaigns[slug]
        code = self._free(
            lambda: normalised(campaign.code_prefix) + "".join(self.dice.choices(ALPHABET, k=RANDOM_LENGTH))
        )
        row = {
            "code": code,
            "campaign_id": campaign.id,
            "customer_id": self._id,
            "issue_key": f"{slug}:{self._id.hex}:{reason}",
            "used": 0,
            "issued_at": at,
            "expires_at": at + timedelta(days=campaign.code_lives_days),
        }
        self.programme.codes.append(row)
        visits = (one for one in self.purchases if at < one["at"] < row["expires_at"] and one["id"] not in self.reduced)
        visit = next(visits, None)
        if visit and self.dice.happens(used):
            self._use(row, visit)
        return row

    def _use(self, code: Line, purchase: Line) -> None:
        code["used"] = 1
        self.reduced.add(purchase["id"])
        self.programme.uses.append(
            row_of(
                Redemption(
                    key=f"sample:{code['code']}",
                    code=code["code"],
                    campaign_id=code["campaign_id"],
                    customer_id=self._id,
                    purchase_id=purchase["id"],
                    at=purchase["at"],
                )
            )
        )

    # --- what is said and noted

    def _why_silent(self, at: datetime) -> str:
        """The reason why nothing was said; empty when it was."""
        if self.person.blocks_at and at > self.person.blocks_at:
            return Refusal.UNREACHABLE.value
        return "" if self.wants_offers else Refusal.NO_CONSENT.value

    def _advertise(self, text: str, at: datetime, journey: Journey) -> UUID:
        return self.programme.talk.tell(self.person, Message(text, kind=MessageKind.JOURNEY), at, journey=journey)

    def _note(self, journey: Journey, occurrence: str, at: datetime, reason: str, outbox_id: UUID | None) -> None:
        self.programme.occasions.append(
            {
                "id": self.dice.id_at(at),
                "journey": journey,
                "customer_id": self._id,
                "occurrence": occurrence,
                "outcome": OccasionOutcome.QUEUED if outbox_id else OccasionOutcome.SKIPPED,
                "reason": reason,
                "outbox_id": outbox_id,
                "at": at,
            }
        )

    def _say(self, key: str, **values: str) -> str:
        return say(self.person.customer.language, key, business=self.programme.business, **values)

    def _offer(self, slug: str, code: Line) -> dict[str, str]:
        language, campaign = self.person.customer.language, self.programme.campaigns[slug]
        return {
            "worth": campaigns.worth(language, campaign),
            "code": shown(code["code"], campaign.code_prefix),
            "until": _day(language, local_date(code["expires_at"], ZONE)),
        }

    def _free(self, draw: Callable[[], str]) -> str:
        """What nobody has yet; with a digit, so that the chat knows a code for one."""
        while (drawn := draw()) in self.programme.taken or not any(sign.isdigit() for sign in drawn):
            pass
        self.programme.taken.add(drawn)
        return drawn


def _year(purchases: list[Line], now: datetime) -> Year:
    """Of these purchases, in order, those of the twelve months before `now`."""
    kept = [
        (purchase["at"], purchase["amount_minor"] - purchase["returned_minor"])
        for purchase in purchases
        if purchase["at"] > now - PERIOD
    ]
    return Year(sum(minor for _, minor in kept), len({local_date(at, ZONE) for at, minor in kept if minor > 0}))


def _day(language: Language, day: date) -> str:
    return format_date(day, "d MMMM", locale=language.value)
