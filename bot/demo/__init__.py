"""A sample café with 400 customers and two years of purchases, answers and cases. Nothing of it can reach anybody.

The patterns in it are put there on purpose, so that what the program shows can be checked against what is true:
- growth: each month a few more customers join than the month before, and prices rose by a tenth a year ago;
- everybody has a rhythm of their own (log-normal intervals, three days to two months); a quarter lapsed at some point,
  one in twelve came once or twice and never again;
- the end of the week is fuller than its beginning, December fuller than July; iced drinks sell in summer, cocoa in
  winter;
- about 37 % answer a question; a score falls with the minutes waited and with the customer's temper;
- in one month, 150 to 118 days ago, the good barista had left: scores fall, and people speak of staff and coffee;
- every detractor wrote why and became a case; one in three of them never came back;
- 70 % want offers; 4 % blocked the bot, and their messages failed;
- the new barista of that month stood at the first branch's till; a third branch opened ten months ago;
- who begins with the turkey sandwich seldom comes again; the cinnamon raf makes one want cheesecake a week or so later;
- one line in a hundred and sixty was given back; six people are in the till's file a second time;
- whoever complained was asked later how we helped and whether all is well; some came again, some were not content and
  their case was opened again; what is said from the menu, without a name, on the wall and on maps is all there;
- two in three have a card, and points for what they bought since; birthdays brought codes, and ninety days of silence
  too: about one in five of those came back.

All chats lie on the bot `webchat:sample`: its transport has no wire. The same seed and the same `now` give the same
rows.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bot.demo.aftermath import Aftermath, look_back, past
from bot.demo.arrangements import arrange
from bot.demo.cases import QUESTIONS_ASKED, closed_from_answer, closed_question, open_cases
from bot.demo.dice import Dice
from bot.demo.feedback import said_from_menu, said_without_name, tell_number
from bot.demo.friends import Circle, circle
from bot.demo.mail import broadcast
from bot.demo.names import BUSINESS, CATEGORIES, LINKS, PRODUCTS, STAFF, SURVEY_LINKS
from bot.demo.people import BOT_ID, HISTORY, Person, person
from bot.demo.programme import Programme, live_with_it, rules_of
from bot.demo.talk import Talk
from bot.demo.visits import life
from loyalty.programme import KEY as RULES
from loyalty.rules import as_json
from loyalty.services import service_key
from storage.bulk import Row
from storage.columns import chunks, row_of
from storage.kinds import Channel, ConsentAction, EntryPurpose, Language, Role, ScoreGroup
from storage.models import (
    Bot,
    BusinessSetting,
    Case,
    CaseEvent,
    CaseLabel,
    Charity,
    Consent,
    Customer,
    CustomerField,
    CustomerKey,
    CustomerStats,
    CustomerTag,
    DialogueReview,
    EntryJoin,
    EntryLink,
    EntryScan,
    FeedbackItem,
    Identity,
    InboundEvent,
    Membership,
    Occasion,
    OutboxMessage,
    PointsBatch,
    PointsOperation,
    PointsTransfer,
    PreferenceTag,
    PromoCampaign,
    PromoCode,
    Purchase,
    Redemption,
    Referral,
    ReferralCode,
    Service,
    Staff,
    SurveyAnswer,
    SurveyRun,
)
from storage.models.row import Row as Table
from storage.store import Store

OWNER = "olga"
PASSWORD = "demo-cinnamon"  # noqa: S105 - printed for everybody to read, on purpose
CUSTOMERS = 400
MAIN_BOT_ID = "webchat:main"
PAGE = 2000

Progress = Callable[[int, int], None]
"""Told (done, all) while rows are written."""


@dataclass(slots=True)
class Sample:
    """All rows of the café, by table; what its people arranged themselves is written after them (`fill`)."""

    now: datetime
    language: Language
    talk: Talk
    programme: Programme
    staff: list[Staff]
    bots: list[Bot]
    settings: list[BusinessSetting]
    links: list[EntryLink]
    services: list[Service]
    people: list[Person] = field(default_factory=list)
    twins: list[Customer] = field(default_factory=list)
    purchases: list[Row] = field(default_factory=list)
    runs: list[SurveyRun] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    aftermath: Aftermath = field(default_factory=Aftermath)
    said: list[FeedbackItem] = field(default_factory=list)
    circle: Circle = field(default_factory=Circle)

    def tables(self) -> list[tuple[type[Table], Sequence[Row]]]:
        """Every table with its rows, parents before their children."""
        return [
            (Bot, _rows(self.bots)),
            (Staff, _rows(self.staff)),
            (BusinessSetting, _rows(self.settings)),
            (EntryLink, _rows(self.links)),
            (EntryScan, self.circle.scans),
            (PreferenceTag, self.circle.tags),
            (Charity, self.circle.charities),
            (Service, _rows(self.services)),
            (Customer, _rows([*(one.customer for one in self.people), *self.twins])),
            (Identity, _rows(one.identity for one in self.people)),
            (CustomerKey, self.programme.keys),
            (CustomerField, self.programme.fields),
            (Consent, self.talk.consents),
            (Purchase, self.purchases),
            (CustomerStats, self._to_count()),
            (Membership, self.programme.members),
            (PointsOperation, self.programme.points.operations),
            (PointsBatch, self.programme.points.batches),
            (PointsTransfer, self.programme.points.transfers),
            (PromoCampaign, _rows(self.programme.campaigns.values())),
            (PromoCode, self.programme.codes),
            (Redemption, self.programme.uses),
            (EntryJoin, self.circle.joins),
            (ReferralCode, self.circle.codes),
            (Referral, self.circle.referrals),
            (CustomerTag, self.circle.liked),
            (Occasion, self.programme.occasions),
            (SurveyRun, _rows([*self.runs, *self.aftermath.runs])),
            (SurveyAnswer, self.talk.answers),
            (Case, _rows(self.cases)),
            (CaseEvent, _rows(self.aftermath.events)),
            (CaseLabel, _rows(self.aftermath.labels)),
            (DialogueReview, _rows(self.aftermath.reviews)),
            (FeedbackItem, _rows(self.said)),
            (InboundEvent, self.talk.events),
            (OutboxMessage, self.talk.messages),
        ]

    def _to_count(self) -> list[Row]:
        """A row for each who bought something, to be counted like after an import."""
        buyers = dict.fromkeys(row["customer_id"] for row in self.purchases)
        return [row_of(CustomerStats(customer_id=one, is_stale=True)) for one in buyers]


def is_filled(store: Store) -> bool:
    return store.staff.by_login(OWNER) is not None


def fill(store: Store, sample: Sample, progress: Progress = lambda done, total: None) -> None:
    """Write it all: a unit, so that a demo that was interrupted is empty, not half a café."""
    tables = sample.tables()
    done, total = 0, sum(len(rows) for _, rows in tables)
    for model, rows in tables:
        for page in chunks(rows, PAGE):
            store.bulk.insert(model, page)
            done += len(page)
            progress(done, total)
    arrange(store, sample.people, sample.runs, sample.staff[0], sample.now, sample.language)


def sample(now: datetime, language: Language, password_hash: str) -> Sample:
    """Make the café as it stands at `now`. `language` is that of staff and products."""
    staff = list(_staff(now, language, password_hash))
    talk = Talk(BUSINESS[language], now)
    made = Sample(
        now,
        language,
        talk,
        Programme(talk, now, language, BUSINESS[language]),
        staff,
        bots=[Bot(id=bot_id, channel=Channel.WEBCHAT) for bot_id in (MAIN_BOT_ID, BOT_ID)],
        settings=[
            BusinessSetting(key="business.name", version=1, value=BUSINESS[language], changed_at=now - HISTORY),
            BusinessSetting(key=RULES, version=1, value=as_json(rules_of(language)), changed_at=now - HISTORY),
        ],
        links=list(_links(language)),
        services=list(_services(now, language)),
    )
    advertising: dict[str, ConsentAction | None] = {}
    for number in range(CUSTOMERS):
        one = person(number, now, language)
        made.people.append(one)
        advertising[one.identity.user_id] = made.talk.agree(one)
        _live(made, one, now, language)
    _ask_questions(made, now)
    _open_cases(made, now)
    broadcast(made.people, advertising, now, made.talk)
    _take_part(made, advertising)
    programme = made.programme
    made.circle = circle(made.people, programme.members, made.purchases, made.links, programme.points, now, language)
    _be_there_twice(made, now)
    _speak_up(made)
    return made


def _rows(models: Iterable[Table]) -> list[Row]:
    return [row_of(model) for model in models]


def _live(made: Sample, one: Person, now: datetime, language: Language) -> None:
    lived = life(one, now, language)
    made.purchases.extend(lived.purchases)
    if lived.purchases:
        one.identity.seen_at = max(one.identity.seen_at, lived.purchases[-1]["at"])
    for answered in lived.questions:
        made.runs.append(answered.run)
        made.talk.ask(one, answered.run)
        if answered.run.score_group is ScoreGroup.DETRACTOR:
            made.cases.append(closed_from_answer(one, answered, _operators(made), made.talk))


def _take_part(made: Sample, advertising: dict[str, ConsentAction | None]) -> None:
    """After all else, so that it changes nothing of it."""
    bought: dict[UUID, list[dict[str, Any]]] = {one.customer.id: [] for one in made.people}
    for purchase in made.purchases:
        bought[purchase["customer_id"]].append(dict(purchase))
    for number, one in enumerate(made.people):
        live_with_it(made.programme, number, one, bought[one.customer.id], advertising[one.identity.user_id])
    made.purchases = [purchase for purchases in bought.values() for purchase in purchases]


def _ask_questions(made: Sample, now: datetime) -> None:
    dice = Dice("questions")
    here = [one for one in made.people if _is_around(one, now)]
    for one in dice.sample(here, QUESTIONS_ASKED):
        at = now - timedelta(days=dice.uniform(5, 30))
        made.cases.append(closed_question(one, at, _operators(made), made.talk))


def _open_cases(made: Sample, now: datetime) -> None:
    """Of people who were here lately and have no other case of these days."""
    recently = {case.customer_id for case in made.cases if now - case.opened_at < timedelta(days=40)}
    calm = [one for one in made.people if _is_around(one, now) and one.customer.id not in recently]
    for case, run in open_cases(calm, now, _operators(made), made.talk):
        made.cases.append(case)
        if run:
            made.runs.append(run)


def _speak_up(made: Sample) -> None:
    """What was said outside surveys; with it the cases are all there, get their numbers, and are looked back at."""
    owner, operators, now = made.staff[0], _operators(made), made.now
    troubled = {case.customer_id for case in made.cases}
    calm = [one for one in made.people if _is_around(one, now) and one.customer.id not in troubled]
    spoken = list(said_from_menu(calm, now, owner, operators, made.talk))
    made.cases.extend(case for _, _, case in spoken if case is not None)
    made.cases.sort(key=lambda case: case.opened_at)
    for number, case in enumerate(made.cases, 1):
        case.number = number
    for one, item, opened in spoken:
        tell_number(one, item, opened, made.talk)
        made.said.append(item)
    made.said.extend(said_without_name(now, made.language, owner))
    looking = past(made.people, made.purchases, made.staff, operators, made.talk, now, made.language)
    made.aftermath = look_back(made.cases, looking)


def _is_around(one: Person, now: datetime) -> bool:
    is_regular = one.leaves_at is None and one.blocks_at is None
    return is_regular and one.customer.created_at < now - timedelta(days=45)


def _operators(made: Sample) -> list[Staff]:
    return [one for one in made.staff if one.role is Role.OPERATOR]


def _staff(now: datetime, language: Language, password_hash: str) -> Iterator[Staff]:
    dice = Dice("staff")
    since = now - HISTORY
    for login, russian, english, role in STAFF:
        yield Staff(
            id=dice.id_at(since),
            login=login,
            name=russian if language is Language.RU else english,
            role=role,
            language=language,
            password_hash=password_hash,
            created_at=since,
        )


def _services(now: datetime, language: Language) -> Iterator[Service]:
    food, drinks = CATEGORIES[language]
    for product in PRODUCTS:
        name = product.name(language)
        yield Service(
            key=service_key(name),
            name=name,
            category=drinks if product.is_drink else food,
            price_minor=product.price,
            margin_percent=product.margin_percent,
            changed_at=now - HISTORY,
        )


TWINS = 6


def _be_there_twice(made: Sample, now: datetime) -> None:
    """Some of those who left a phone were known to the till before: under the same phone, with a purchase of then."""
    known = [one.customer for one in made.people if one.customer.phone]
    dice = Dice("twins")
    first_of = {row["customer_id"]: row for row in reversed(made.purchases)}
    for customer in dice.sample([one for one in known if one.id in first_of], TWINS):
        at = customer.created_at - timedelta(days=dice.uniform(5, 60))
        twin = Customer(id=dice.id_at(at), name=customer.name.split()[0], phone=customer.phone, created_at=at)
        made.twins.append(twin)
        bought = {"id": dice.id_at(at), "customer_id": twin.id, "at": at, "order_key": dice.token()}
        made.purchases.append({**first_of[customer.id], **bought})


def _links(language: Language) -> Iterator[EntryLink]:
    for code, russian, english, _ in LINKS:
        yield EntryLink(code=code, source=russian if language is Language.RU else english)
    for kind, (russian, english) in SURVEY_LINKS.items():
        source = russian if language is Language.RU else english
        yield EntryLink(code=kind.value, source=source, survey=kind, purpose=EntryPurpose.FEEDBACK)
