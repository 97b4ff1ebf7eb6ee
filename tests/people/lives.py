"""Two busy lives: every table that knows a customer has a row of each, and the two meet wherever they can."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from loyalty import ledger
from messaging.messages import Address, Message, Thread
from messaging.outbox import enqueue
from storage.columns import new_id, row_of, table_of
from storage.kinds import (
    AlertKind,
    CaseEventKind,
    CaseOrigin,
    Channel,
    ConsentAction,
    ConsentPurpose,
    FeedbackKind,
    FeedbackSource,
    FeedKind,
    FieldOrigin,
    FlagKind,
    Gender,
    ImportKind,
    Journey,
    Language,
    LifecycleStage,
    MessageKind,
    MoveKind,
    OccasionOutcome,
    PointsKind,
    ProfileAnswer,
    ProfileField,
    PromoKind,
    PurchaseSource,
    ReviewPlace,
    Role,
    SurveyKind,
    Topic,
    Touchpoint,
    Urgency,
)
from storage.models import (
    METADATA,
    Bot,
    CardScan,
    Case,
    CaseEvent,
    CodeAttempt,
    Consent,
    Customer,
    CustomerField,
    CustomerKey,
    CustomerStats,
    CustomerTag,
    DeskTopic,
    DialogueReview,
    DuplicatePair,
    EntryJoin,
    EntryLink,
    FeedbackItem,
    Flag,
    ImportChange,
    ImportRun,
    InboundEvent,
    LinkAttempt,
    Media,
    Membership,
    Occasion,
    OutboxMessage,
    PointsAdjustment,
    PointsDebt,
    PreferenceTag,
    ProfileQuestion,
    PromoCampaign,
    PromoCode,
    Purchase,
    PurchaseReturn,
    Redemption,
    Referral,
    ReferralCode,
    ReturnRequest,
    ReviewRequest,
    ReviewSite,
    SecondChannel,
    SpendRequest,
    Staff,
    StatusMove,
    SurveyAnswer,
    SurveyRun,
    TillAlert,
    TillForm,
    TodayAction,
    TopicChoice,
)
from storage.promos import customer_scope
from storage.store import Store
from tests.rows import overwrite

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
BOTS = {"telegram:1": Channel.TELEGRAM, "vk:2": Channel.VK}
FILE = UUID(int=5)
SITE = UUID(int=6)
OFFICE = Address("telegram:1", "-100")


def open_shop(store: Store) -> Staff:
    for bot_id, channel in BOTS.items():
        store.bots.register(Bot(id=bot_id, channel=channel))
    owner = Staff(login="owner", name="Olga", role=Role.OWNER, created_at=NOON)
    store.staff.add(owner)
    campaign = PromoCampaign(slug="gift", name="Gift", kind=PromoKind.GIFT, value=0, created_at=NOON)
    store.promos.add_campaign(campaign)
    _insert(
        store,
        ImportRun(id=FILE, kind=ImportKind.CUSTOMERS, file_name="customers.csv", mapping={}, started_at=NOON),
        ReviewSite(id=SITE, place=ReviewPlace.YANDEX, url="https://maps.example/1", created_at=NOON),
        EntryLink(code="table", source="a table"),
        PreferenceTag(slug="tea", label="Tea", question="What do you like?"),
    )
    return owner


def live(store: Store, mark: str, bot_id: str, at: datetime, card: str) -> Customer:
    """A customer with everything; each text that is personal holds the mark."""
    user = f"user-{mark}"
    customer = store.customers.add(bot_id, user, f"name {mark}", Language.RU, at)
    customer.phone, customer.city, customer.birthday_month, customer.birthday_day = f"+7{mark}", f"city {mark}", 3, 2
    customer.email, customer.gender = f"{mark}@example.com", Gender.FEMALE
    overwrite(store, customer)
    own = {"customer_id": customer.id}
    _insert(
        store,
        CustomerField(field="city", origin=FieldOrigin.IMPORT, at=at, **own),
        CustomerStats(visits=1, is_stale=True, stage=LifecycleStage.NEW, **own),
        StatusMove(kind=MoveKind.STAGE, before="potential", after="new", reason={}, at=at, **own),
        TodayAction(day=NOON.toordinal(), kind="late", reason={"days": 40}, **own),
        ImportChange(
            import_id=FILE, changed_table="customer", row_key={"id": mark}, before={"name": f"before {mark}"}, **own
        ),
        CustomerKey(kind="phone", value=f"key {mark}", **own),
        SecondChannel(invited_at=at, token_hash=f"token of {mark}", bot_id=bot_id, user_id=user, expires_at=at, **own),
        LinkAttempt(at=at, **own),
        TopicChoice(topic=Topic.OFFERS, channel=Channel.TELEGRAM, is_on=mark == "one", changed_at=at, **own),
        ProfileQuestion(field=ProfileField.NAME, answer=ProfileAnswer.GIVEN, asked_at=at, answered_at=at, **own),
        Consent(
            purpose=ConsentPurpose.ADVERTISING,
            action=ConsentAction.GIVEN,
            text_version="0" * 16,
            language=Language.RU,
            bot_id=bot_id,
            evidence=f"event {mark}",
            at=at,
            **own,
        ),
        Membership(card_number=card, joined_at=at, **own),
        Media(
            hash=f"hash {mark}",
            content_type="image/png",
            size=3,
            content=mark.encode(),
            created_at=at,
            owner_id=customer.id,
        ),
    )
    purchase = Purchase(
        at=at, amount_minor=10_000, product="tea", source=PurchaseSource.CONSOLE, key=f"import:{mark}", **own
    )
    store.purchases.add(purchase)
    earning = ledger.Cause(
        key=f"purchase:{purchase.id.hex}", kind=PointsKind.ACCRUAL, purchase_id=purchase.id, reason=mark, **own
    )
    ledger.grant(store, earning, 5, at, opens_at=at, expires_at=None)
    campaign = store.promos.campaign("gift")
    assert campaign
    code = PromoCode(code=f"CODE{customer.id.hex}", campaign_id=campaign.id, issued_at=at, used=1, **own)
    store.promos.add_code(code)
    used = Redemption(key=f"console:{customer.id.hex}", code=code.code, campaign_id=campaign.id, at=at, **own)
    store.promos.claim(used)
    store.promos.count_use(campaign.id, customer_scope(customer.id), None)
    _take_part(store, mark, customer, purchase, at)
    evidence = [{"what": "abuse", "text": f"evidence {mark}", "at": at.isoformat()}]
    store.flags.add(Flag(kind=FlagKind.TOXIC, evidence=evidence, found_at=at, **own))
    case = Case(
        bot_id=bot_id,
        chat_id=user,
        urgency=Urgency.TODAY,
        origin=CaseOrigin.ASKED_FOR_PERSON,
        summary=f"summary {mark}",
        action=f"action {mark}",
        opened_at=at,
        due_at=at + DAY,
        **own,
    )
    store.cases.add(case)
    _insert(store, CaseEvent(case_id=case.id, kind=CaseEventKind.NOTE, text=f"a note on {mark}", at=at, **own))
    operator = store.staff.by_login("owner")
    assert operator
    marks = DialogueReview(case_id=case.id, operator_id=operator.id, sampled_at=at, comment=f"well {mark}", **own)
    _insert(store, marks)
    run = SurveyRun(
        survey=SurveyKind.NPS.value,
        kind=SurveyKind.NPS,
        touchpoint=Touchpoint.MENU,
        bot_id=bot_id,
        asked_at=at,
        expires_at=at + DAY,
        score=9,
        comment=f"comment {mark}",
        **own,
    )
    store.surveys.add(run)
    _insert(store, SurveyAnswer(run_id=run.id, question="why", value=f"because {mark}", shown_at=at, **own))
    _insert(store, ReviewRequest(site_id=SITE, run_id=run.id, at=at, **own))
    said = {"source": FeedbackSource.MENU, "kind": FeedbackKind.COMPLAINT, "key": f"menu:{customer.id.hex}", "at": at}
    _insert(store, FeedbackItem(text=f"said {mark}", author=f"author {mark}", **said, **own))
    topic = DeskTopic(bot_id="telegram:1", chat_id="-100", thread_id=mark, title=f"name {mark}", created_at=at, **own)
    _insert(store, topic)
    _speak(store, customer, mark, Address(bot_id, user), at, case)
    return customer


def _speak(store: Store, customer: Customer, mark: str, chat: Address, at: datetime, case: Case) -> None:
    for answered_by in (customer.id, None):
        event = InboundEvent(
            bot_id=chat.bot_id,
            event_id=new_id().hex,
            chat_id=chat.user_id,
            customer_id=answered_by,
            text=f"words {mark}",
            incoming={"text": f"words {mark}"},
            classification={"topic": mark},
            received_at=at,
            due_at=at,
            answered_at=at if answered_by else None,
            message_id="5",
            earlier=[f"words before {mark}"],
        )
        _insert(store, event)
        store.feed.tell(FeedKind.MESSAGE_IN, event.id, customer.id, at)
    said = Message(f"greeting {mark}", kind=MessageKind.JOURNEY)
    sent = enqueue(store, chat, [said], at, customer_id=customer.id, journey=Journey.BIRTHDAY)
    store.occasions.add(
        Occasion(
            journey=Journey.BIRTHDAY,
            customer_id=customer.id,
            occurrence="2026",
            outcome=OccasionOutcome.QUEUED,
            reason="due",
            outbox_id=sent[0].id,
            at=at,
        )
    )
    alert = Message(f"alert {mark}", kind=MessageKind.OPERATOR_ALERT)
    enqueue(store, OFFICE, [alert], at, case_id=case.id)
    note = Message(f"note {mark}", kind=MessageKind.OPERATOR_ALERT, thread=Thread(customer.id, f"name {mark} · 1"))
    enqueue(store, OFFICE, [note], at)
    answer = InboundEvent(
        bot_id=OFFICE.bot_id,
        event_id=new_id().hex,
        chat_id=OFFICE.user_id,
        about_id=customer.id,
        text=f"dear {mark}",
        incoming={"text": f"dear {mark}"},
        received_at=at,
        due_at=at,
        answered_at=at,
    )
    _insert(store, answer)
    store.outbox.rest_chats(chat.bot_id, {chat.user_id: 1.0})


def two_lives(store: Store) -> tuple[UUID, UUID, Staff]:
    owner = open_shop(store)
    one = live(store, "one", "telegram:1", NOON - 30 * DAY, "123456782")
    two = live(store, "two", "vk:2", NOON - 20 * DAY, "876543219")
    first, second = sorted((one.id, two.id))
    _insert(store, DuplicatePair(first_id=first, second_id=second, reasons=["phone"], found_at=NOON))
    return one.id, two.id, owner


def _take_part(store: Store, mark: str, customer: Customer, purchase: Purchase, at: datetime) -> None:
    """What the programme and the till know of them, besides points and codes."""
    own = {"customer_id": customer.id}
    cashier = store.staff.by_login("owner")
    assert cashier
    advocate = Customer(name="Somebody else", created_at=at)
    earned = store.points.operation(f"purchase:{purchase.id.hex}")
    assert earned
    given_back = PurchaseReturn(
        key=f"return:{customer.id.hex}", purchase_id=purchase.id, amount_minor=1, reason=f"cold {mark}", at=at, **own
    )
    _insert(
        store,
        advocate,
        PointsDebt(operation_id=earned.id, owed=2, points_left=2, **own),
        PointsAdjustment(points=5, reason=f"sorry {mark}", asked_by=cashier.id, asked_at=at, **own),
        CodeAttempt(channel=Channel.TELEGRAM, at=at, **own),
        given_back,
        ReturnRequest(purchase_id=purchase.id, words=f"too cold {mark}", asked_at=at, **own),
        SpendRequest(
            key=f"spend:{customer.id.hex}", sale={}, points=1, staff_id=cashier.id, asked_at=at, expires_at=at, **own
        ),
        CardScan(code_hash=f"hash of {customer.id.hex}", at=at, **own),
        TillForm(bot_id="telegram:1", user_id=f"cashier {mark}", staff_id=cashier.id, step="sum", expires_at=at, **own),
        TillAlert(kind=AlertKind.SAME_CARD, staff_id=cashier.id, day=NOON.toordinal(), details={}, at=at, **own),
        EntryJoin(code="table", at=at, **own),
        ReferralCode(code=f"FRIEND{mark}", created_at=at, **own),
        # After all that they bought: nothing of it is their first order.
        Referral(friend_id=customer.id, advocate_id=advocate.id, joined_at=at + DAY),
        CustomerTag(slug="tea", origin=FieldOrigin.CUSTOMER, at=at, **own),
    )


def everything(store: Store, *but: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in the order of their keys."""
    found = {}
    for table in METADATA.sorted_tables:
        if table.name not in but:
            rows = store.connection.execute(select(table).order_by(*table.primary_key)).mappings()
            found[table.name] = [dict(row) for row in rows]
    return found


def message(store: Store, customer_id: UUID, kind: MessageKind = MessageKind.JOURNEY) -> OutboxMessage:
    (found,) = (row for row in store.outbox.of_customer(customer_id, 100) if row.kind is kind)
    return found


def _insert(store: Store, *rows: Any) -> None:
    for row in rows:
        store.connection.execute(table_of(type(row)).insert().values(row_of(row)))
