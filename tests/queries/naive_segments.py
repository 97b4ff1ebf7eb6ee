"""The oracle of segments: people made up at random, and their rules answered one by one in plain Python."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from messaging.segment_fields import FIELDS, SHAPES, Kind, Operator, Shape
from storage.columns import new_id
from storage.kinds import (
    CLOSED_REACH,
    BatchState,
    CaseOrigin,
    Channel,
    ConsentAction,
    ConsentPurpose,
    FieldOrigin,
    FlagKind,
    FlagState,
    Gender,
    Language,
    LifecycleStage,
    PointsKind,
    ReachStatus,
    RfmSegment,
    SurveyKind,
    Touchpoint,
    Urgency,
)
from storage.models import (
    Bot,
    Case,
    Consent,
    Customer,
    CustomerStats,
    CustomerTag,
    Flag,
    Identity,
    ImportRun,
    Membership,
    PointsBatch,
    PointsOperation,
    PreferenceTag,
    Purchase,
    Service,
    SurveyRun,
)

_NUMBERS = count(1)
ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 2, 27, 21, 30, tzinfo=UTC)
TODAY = date(2026, 2, 28)  # half an hour old in Moscow, and not a leap year's
IMPORTS = (new_id(), new_id())
SERVICES = {"Латте": "Кофе", "Раф": "Кофе", "Торт": "Сладкое"}
TEXTS = {
    "city": ("Казань", "Уфа"),
    "source": ("qr", "vk"),
    "import": tuple(one.hex for one in IMPORTS),
    "likes": ("coffee", "tea"),
    "tier": ("silver", "gold"),
    "product": tuple(SERVICES),
    "category": ("Кофе", "Сладкое"),
    "branch": ("Центр", "Юг"),
    "seller": ("Ира", "Олег"),
}
BOTS = ("telegram:1", "telegram:2", "vk:1")


@dataclass
class Person:
    customer: Customer
    stats: CustomerStats | None
    purchases: list[Purchase] = field(default_factory=list)
    places: list[Identity] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    runs: list[SurveyRun] = field(default_factory=list)
    likes: list[CustomerTag] = field(default_factory=list)
    member: Membership | None = None
    operations: list[PointsOperation] = field(default_factory=list)
    batches: list[PointsBatch] = field(default_factory=list)

    def rows(self) -> list:
        others = [one for one in (self.stats, self.member) if one]
        return [
            self.customer,
            *others,
            *self.purchases,
            *self.places,
            *self.consents,
            *self.flags,
            *self.cases,
            *self.runs,
            *self.likes,
            *self.operations,
            *self.batches,
        ]


def common_rows() -> list:
    """What is there whoever the people are."""
    bots = [Bot(id=one, channel=one.partition(":")[0]) for one in BOTS]
    services = [Service(key=name.lower(), name=name, category=of, changed_at=NOW) for name, of in SERVICES.items()]
    runs = [ImportRun(id=one, kind="customers", file_name="f.csv", mapping={}, started_at=NOW) for one in IMPORTS]
    tags = [PreferenceTag(slug=one, label=one, question="?") for one in TEXTS["likes"]]
    return [*bots, *services, *runs, *tags]


# --- people

_moments = st.builds(lambda hours: NOW + timedelta(hours=hours), st.integers(-100, 100).map(lambda n: n * 7))
_past = st.builds(lambda hours: NOW - timedelta(hours=hours), st.integers(0, 100).map(lambda n: n * 7))
_days = st.integers(0, 40).map(lambda days: TODAY.toordinal() - days)
_minor = st.integers(0, 6).map(lambda n: n * 100)


def _maybe(strategy):
    return st.none() | strategy


@st.composite
def _stats(draw, customer_id):
    bought = draw(st.booleans())
    return CustomerStats(
        customer_id=customer_id,
        visits=draw(st.integers(0, 4)),
        orders=draw(st.integers(1, 4)) if bought else 0,
        revenue_minor=draw(st.integers(-1, 12).map(lambda n: n * 50)),
        returned_minor=draw(st.sampled_from([0, 100])),
        first_day=draw(_days) if bought else None,
        last_day=draw(_days) if bought else None,
        year_visits=draw(st.integers(0, 3)),
        year_revenue_minor=draw(_minor),
        stage=draw(st.sampled_from(LifecycleStage)),
        stage_since=draw(_maybe(_past)),
        expected_at=draw(_maybe(_moments)),
        recency_score=draw(_maybe(st.integers(1, 5))),
        frequency_score=draw(_maybe(st.integers(1, 5))),
        monetary_score=draw(_maybe(st.integers(1, 5))),
        rfm=draw(_maybe(st.sampled_from(RfmSegment))),
        is_key=draw(st.booleans()),
    )


@st.composite
def people(draw) -> Person:
    customer = Customer(
        language=draw(st.sampled_from(Language)),
        source=draw(_maybe(st.sampled_from(TEXTS["source"]))),
        is_phone_verified=draw(st.booleans()),
        email=draw(_maybe(st.just("a@example.com"))),
        gender=draw(_maybe(st.sampled_from(Gender))),
        birthday_month=draw(_maybe(st.just(2) | st.integers(1, 12))),
        birthday_day=draw(_maybe(st.just(29) | st.integers(1, 29))),
        birth_year=draw(_maybe(st.sampled_from([1996, 2000, 2020]))),
        city=draw(_maybe(st.sampled_from(TEXTS["city"]))),
        created_at=draw(_past),
        erased_at=draw(st.sampled_from([None, None, None, NOW])),
        import_id=draw(_maybe(st.sampled_from(IMPORTS))),
    )
    own = customer.id
    person = Person(customer, draw(_maybe(_stats(own))))
    person.purchases = [_purchase(draw, own) for _ in range(draw(st.integers(0, 3)))]
    person.places = [
        Identity(bot_id=bot, user_id=own.hex, customer_id=own, reach=draw(st.sampled_from(ReachStatus)), seen_at=NOW)
        for bot in draw(st.sets(st.sampled_from(BOTS)))
    ]
    person.consents = [_consent(draw, own) for _ in range(draw(st.integers(0, 3)))]
    person.flags = [
        Flag(customer_id=own, kind=kind, state=draw(st.sampled_from(FlagState)), evidence=[], found_at=NOW)
        for kind in draw(st.sets(st.sampled_from(FlagKind)))
    ]
    person.cases = [_case(own, closed) for closed in draw(st.sampled_from([(), (NOW,), (None,), (NOW, None)]))]
    person.runs = [_run(draw, own) for _ in range(draw(st.integers(0, 2)))]
    person.likes = [
        CustomerTag(customer_id=own, slug=slug, origin=draw(st.sampled_from(FieldOrigin)), at=NOW)
        for slug in draw(st.sets(st.sampled_from(TEXTS["likes"])))
    ]
    if draw(st.booleans()):
        tier = draw(st.sampled_from(["", *TEXTS["tier"]]))
        person.member = Membership(customer_id=own, card_number=own.hex, joined_at=NOW, tier=tier)
    for _ in range(draw(st.integers(0, 2))):
        _give(draw, person)
    return person


def _give(draw, person: Person) -> None:
    own = person.customer.id
    given = PointsOperation(key=new_id().hex, customer_id=own, kind=PointsKind.GIFT, at=NOW)
    person.operations.append(given)
    person.batches.append(
        PointsBatch(
            customer_id=own,
            operation_id=given.id,
            state=draw(st.sampled_from(BatchState)),
            granted=9,
            points_left=draw(st.integers(0, 9)),
            opens_at=draw(_moments),
            expires_at=draw(_maybe(_moments)),
        )
    )


def _usable(person: Person) -> list[PointsBatch]:
    return [
        one
        for one in person.batches
        if one.points_left
        and (one.state is BatchState.OPEN or (one.state is BatchState.PENDING and one.opens_at <= NOW))
        and (one.expires_at is None or one.expires_at > NOW)
    ]


def _purchase(draw, own) -> Purchase:
    amount = draw(st.sampled_from([-100, 0, 100]))
    return Purchase(
        customer_id=own,
        at=draw(_past),
        amount_minor=amount,
        returned_minor=draw(st.sampled_from([0, 100])) if amount > 0 else 0,
        product=draw(st.sampled_from(TEXTS["product"])),
        branch=draw(st.sampled_from(TEXTS["branch"])),
        seller=draw(st.sampled_from(TEXTS["seller"])),
    )


def _consent(draw, own) -> Consent:
    return Consent(
        customer_id=own,
        purpose=draw(st.sampled_from(ConsentPurpose)),
        action=draw(st.sampled_from(ConsentAction)),
        text_version="1",
        language=Language.RU,
        bot_id=draw(st.sampled_from(BOTS)),
        evidence="",
        at=NOW,
    )


def _case(own, closed_at) -> Case:
    return Case(
        number=next(_NUMBERS),
        customer_id=own,
        bot_id=BOTS[0],
        chat_id="1",
        urgency=Urgency.NOW,
        origin=CaseOrigin.LOW_SCORE,
        summary="",
        opened_at=NOW,
        due_at=NOW,
        closed_at=closed_at,
    )


def _run(draw, own) -> SurveyRun:
    return SurveyRun(
        customer_id=own,
        survey="nps",
        kind=draw(st.sampled_from(SurveyKind)),
        touchpoint=Touchpoint.MENU,
        bot_id=BOTS[0],
        asked_at=draw(_past),
        expires_at=NOW,
        score=(score := draw(_maybe(st.integers(0, 6)))),
        answered_at=None if score is None else NOW,
    )


# --- rules


@st.composite
def _leaves(draw) -> dict:
    one = FIELDS[draw(st.sampled_from(sorted(FIELDS)))]
    operator = draw(st.sampled_from(one.operators))
    leaf = {"field": one.key, "is": operator.value}
    scale = 100 if one.kind is Kind.MONEY else 1
    numbers = st.integers(0, 40) if one.kind in (Kind.PAST_DAY, Kind.COMING_DAY) or one.key == "age" else _small(one)
    if operator is Operator.IN_MONTH:
        numbers = st.integers(1, 12)
    match SHAPES[operator]:
        case Shape.NUMBER:
            leaf["value"] = draw(numbers) * scale
        case Shape.RANGE:
            leaf["value"] = sorted(draw(numbers) * scale for _ in range(2))
        case Shape.LIST | Shape.LIST_AND_DAYS:
            pool = one.choices or TEXTS[one.key]
            leaf["value"] = [str(text) for text in draw(st.lists(st.sampled_from(pool), min_size=1, unique=True))]
    if SHAPES[operator] is Shape.LIST_AND_DAYS:
        leaf["days"] = draw(st.integers(1, 40))
    return leaf


def _small(one):
    return st.integers(one.low, min(one.high, 6))


rules = st.recursive(
    _leaves(),
    lambda inner: (
        st.builds(lambda items: {"all": items}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda items: {"any": items}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda item: {"not": item}, inner)
    ),
    max_leaves=5,
)


# --- answers


def is_in(person: Person, rule: dict) -> bool:
    if person.customer.erased_at:
        return False
    return _answer(person, rule)


def _answer(person: Person, rule: dict) -> bool:
    if "all" in rule:
        return all(_answer(person, one) for one in rule["all"])
    if "any" in rule:
        return any(_answer(person, one) for one in rule["any"])
    if "not" in rule:
        return not _answer(person, rule["not"])
    kind = FIELDS[rule["field"]].kind
    if kind is Kind.BOUGHT:
        return _bought(person, rule)
    return _meets(kind, _value(person, rule["field"]), rule["is"], rule.get("value"))


def _meets(kind: Kind, value, operator: str, given) -> bool:
    if kind is Kind.YES_NO:
        return value is (operator == "yes")
    if isinstance(value, set):
        hit = bool(value & set(given)) if given else bool(value)
        return not hit if operator in ("none_of", "unknown") else hit
    if operator == "unknown":
        return value is None
    if operator == "none_of":
        return value not in given
    if value is None:
        return False
    if operator == "known":
        return True
    if kind is Kind.BIRTHDAY:
        month, day = value
        if operator == "in_month":
            return month == given
        coming = [TODAY + timedelta(n) for n in range(given + 1)]
        return any(one in coming for one in (_kept(year, month, day) for year in (TODAY.year, TODAY.year + 1)))
    if kind is Kind.PAST_DAY:
        value = (TODAY - value).days
    if kind is Kind.COMING_DAY:
        value = (value - TODAY).days
    return {
        "at_least": lambda: value >= given,
        "at_most": lambda: value <= given,
        "equals": lambda: value == given,
        "between": lambda: given[0] <= value <= given[1],
        "longer_ago": lambda: value > given,
        "within": lambda: 0 <= value <= given,
        "within_next": lambda: 0 <= value <= given,
        "any_of": lambda: value in given,
    }[operator]()


def _kept(year: int, month: int, day: int) -> date:
    """The 29th of February on the 28th, where there is none; as nobody is born on the 30th here, that is all."""
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, day - 1)


def _bought(person: Person, rule: dict) -> bool:
    hits = [
        (TODAY - _day(one.at)).days
        for one in person.purchases
        if one.amount_minor > one.returned_minor and _name(one, rule["field"]) in rule["value"]
    ]
    hit = any(ago <= rule.get("days", 10**6) for ago in hits)
    return not hit if rule["is"] in ("never", "not_recently") else hit


def _name(purchase: Purchase, key: str) -> str:
    return SERVICES[purchase.product] if key == "category" else getattr(purchase, key)


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(ZONE).date() if moment else None


def _value(person: Person, key: str):
    customer, stats = person.customer, person.stats or CustomerStats(customer_id=person.customer.id)
    born = (customer.birthday_month, customer.birthday_day)
    open_places = [] if _withdrew_data(person) else [p for p in person.places if p.reach not in CLOSED_REACH]
    expected = _day(stats.expected_at)
    values = {
        "visits": stats.visits,
        "orders": stats.orders,
        "revenue": stats.revenue_minor,
        "average_check": int(stats.revenue_minor / stats.orders) if stats.orders else None,
        "year_visits": stats.year_visits,
        "year_revenue": stats.year_revenue_minor,
        "last_visit": stats.last_day and date.fromordinal(stats.last_day),
        "first_visit": stats.first_day and date.fromordinal(stats.first_day),
        "returned": stats.returned_minor > 0,
        "stage": stats.stage,
        "stage_since": _day(stats.stage_since),
        "expected": expected,
        "late_by": expected if expected and expected < TODAY else None,
        "rfm": stats.rfm,
        "recency_score": stats.recency_score,
        "frequency_score": stats.frequency_score,
        "monetary_score": stats.monetary_score,
        "key_customer": stats.is_key,
        "gender": customer.gender,
        "age": _age(customer) if all(born) else None,
        "birthday": born if all(born) else None,
        "city": customer.city,
        "language": customer.language,
        "customer_since": _day(customer.created_at),
        "source": customer.source,
        "import": customer.import_id and customer.import_id.hex,
        "likes": {one.slug for one in person.likes},
        "channel": {Channel(p.bot_id.partition(":")[0]) for p in open_places},
        "reachable": bool(open_places),
        "advertising": _agrees(person),
        "phone_verified": customer.is_phone_verified,
        "email_known": customer.email is not None,
        "member": person.member is not None,
        "tier": (person.member.tier or None) if person.member else None,
        "points": sum(one.points_left for one in _usable(person)),
        "points_expire": _day(min((one.expires_at for one in _usable(person) if one.expires_at), default=None)),
        "flag": {flag.kind for flag in person.flags if flag.state is FlagState.CONFIRMED},
        "open_case": any(case.closed_at is None for case in person.cases),
        "nps": _last_nps(person),
    }
    return values[key]


def _age(customer: Customer) -> int | None:
    if customer.birth_year is None:
        return None
    had = (customer.birthday_month, customer.birthday_day) <= (TODAY.month, TODAY.day)
    return TODAY.year - customer.birth_year - (not had)


def _agrees(person: Person) -> bool:
    latest: dict[str, ConsentAction] = {}
    for one in sorted(person.consents, key=lambda consent: consent.id):
        if one.purpose is ConsentPurpose.ADVERTISING:
            said_on = [bot.partition(":")[0] for bot in BOTS]
            told = said_on if one.action is ConsentAction.WITHDRAWN else [one.bot_id.partition(":")[0]]
            latest.update(dict.fromkeys(told, one.action))
    return ConsentAction.GIVEN in latest.values()


def _withdrew_data(person: Person) -> bool:
    said = [one for one in person.consents if one.purpose is ConsentPurpose.PERSONAL_DATA]
    return bool(said) and max(said, key=lambda consent: consent.id).action is ConsentAction.WITHDRAWN


def _last_nps(person: Person) -> int | None:
    answers = [run for run in person.runs if run.kind is SurveyKind.NPS and run.score is not None]
    return max(answers, key=lambda run: (run.asked_at, run.id)).score if answers else None
