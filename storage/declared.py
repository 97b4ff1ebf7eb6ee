"""Whose each row is, on one page: how every table with a customer's id merges, exports and erases.

Un-merging is the same for all: a merge writes down each step in `customer_merge.moved`, and its undoing plays them
backwards. What came after the merge stays with the record that was kept, but for the other's chats and every «no».
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from sqlmodel import SQLModel

from storage import models as tables

TableModel = type[SQLModel]
"""What declares a table."""


class Merge(StrEnum):
    """What becomes of a gone record's rows."""

    MOVE = "move"
    """They become the kept one's, all of them."""
    RESOLVE = "resolve"
    """The same, after what may be there once has been settled (`messaging.merging` says how for each)."""
    ONE_EACH = "one_each"
    """One for each customer (and `per`): the better of two stays, the other is set aside in the merge's own row."""
    FIELDS = "fields"
    """Field by field (`messaging.merging.combined`)."""
    STAY = "stay"
    """Untouched: what happened under the old id happened under the old id."""


NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One table. After an erasure its rows are gone; or, with `blanks`, they stay with these columns overwritten.

    Then each column that holds text, JSON or a number is in `blanks` or in `keeps`: a test asks for a decision.
    """

    model: TableModel
    owner: str = "customer_id"
    also: tuple[str, ...] = ()
    """Further columns that name a customer: such a row is theirs too."""
    merge: Merge = Merge.MOVE
    per: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    """Columns that go back together when a merge is undone: half a birthday is none."""
    withheld: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """What an export leaves out, and why."""
    blanks: Mapping[str, Any] | None = None
    keeps: tuple[str, ...] = ()
    """What stays after an erasure: nobody can tell from it who it was."""
    why: str = ""
    """The reason, where the lines do not say it themselves."""


_INSIDE: Final = "it steers the delivery and says nothing about the person"
_STAFF: Final = "it is about the staff"
_OPENS: Final = "it opens the way into another channel"

PEOPLE: Final = (
    # --- who they are
    Declared(
        model=tables.Customer,
        owner="id",
        merge=Merge.FIELDS,
        together=(
            ("birthday_month", "birthday_day", "birth_year", "birthday_set_at", "birthday_changes"),
            ("city", "time_zone"),
            ("quiet_from", "quiet_until"),
            ("phone", "is_phone_verified"),
        ),
        blanks={
            "name": "",
            "source": None,
            "phone": None,
            "is_phone_verified": False,
            "email": None,
            "gender": None,
            "birthday_month": None,
            "birthday_day": None,
            "birth_year": None,
            "birthday_set_at": None,
            "birthday_changes": 0,
            "city": None,
            "time_zone": None,
            "quiet_from": None,
            "quiet_until": None,
            "paused_until": None,
            "review_asked_at": None,
        },
        why="a nameless row stays: purchases and points belong to somebody",
    ),
    Declared(
        model=tables.CustomerField,
        merge=Merge.ONE_EACH,
        per=("field",),
        why="who told us, and when; it goes with what they told",
    ),
    Declared(model=tables.Identity, why="the next message of that account is a stranger's"),
    Declared(model=tables.CustomerKey),
    Declared(
        model=tables.SecondChannel,
        merge=Merge.ONE_EACH,
        withheld={"offer_id": _OPENS, "token_hash": _OPENS, "code_hash": _OPENS, "taken_by": _OPENS},
    ),
    Declared(
        model=tables.LinkAttempt,
        blanks={},
        why="only moments; deleted, they would give new tries to who guesses, is erased and comes back",
    ),
    Declared(model=tables.TopicChoice, merge=Merge.ONE_EACH, per=("topic", "channel")),
    Declared(model=tables.ProfileQuestion, merge=Merge.ONE_EACH, per=("field",)),
    Declared(
        model=tables.Consent,
        merge=Merge.RESOLVE,
        blanks={"evidence": ""},
        keeps=("text_version", "bot_id"),
        why="that somebody agreed to which text stays provable, not who; merged, the newest decision counts",
    ),
    # --- what they have
    Declared(
        model=tables.Purchase,
        blanks={"key": None},
        keeps=(
            "order_key",
            "amount_minor",
            "currency",
            "discount_minor",
            "points_minor",
            "returned_minor",
            "product",
            "quantity_milli",
            "branch",
            "seller",
        ),
        withheld={"key": "it names a line of the business's own file", "seller": _STAFF, "recorded_by": _STAFF},
        why="the books stay; the key of an imported row is a digest that a phone is part of; the order's "
        "is the business's own receipt number: it names nobody, and without it each line would count as an order",
    ),
    Declared(
        model=tables.CustomerStats,
        merge=Merge.ONE_EACH,
        blanks={"key_parts": None},
        keeps=(
            "visits",
            "orders",
            "revenue_minor",
            "returned_minor",
            "first_day",
            "last_day",
            "sum_ln_gap",
            "sum_ln_gap_sq",
            "last_product",
            "last_branch",
            "year_visits",
            "year_orders",
            "year_revenue_minor",
            "stage_reason",
            "typical_days",
            "recency_score",
            "frequency_score",
            "monetary_score",
            "key_score",
        ),
        why="sums of the purchases, which stay; after a merge they are counted again",
    ),
    Declared(
        model=tables.StatusMove,
        blanks={},
        keeps=("before", "after", "reason"),
        why="numbers and dates of purchases; the reports on moves go on counting",
    ),
    Declared(
        model=tables.TodayAction,
        merge=Merge.ONE_EACH,
        per=("day",),
        withheld={"decided_by": _STAFF},
    ),
    Declared(
        model=tables.Membership,
        merge=Merge.ONE_EACH,
        together=(("tier", "tier_since", "tier_until"),),
        why="the other card's number goes on working: it becomes a key of the kept one",
    ),
    Declared(
        model=tables.PointsOperation,
        blanks={"reason": ""},
        keeps=("key", "charity"),
        withheld={"key": "it only keeps the same cause from having its effect twice", "staff_id": _STAFF},
        why="a balance is a sum: it adds up; its transfers are without a name and stay as they are",
    ),
    Declared(model=tables.PointsBatch, blanks={}, keeps=("granted", "points_left")),
    Declared(model=tables.PointsDebt, blanks={}, keeps=("owed", "points_left")),
    Declared(model=tables.PointsAdjustment, withheld={"asked_by": _STAFF, "decided_by": _STAFF}),
    Declared(
        model=tables.PromoCode,
        blanks={"advocate_id": None},
        keeps=("issue_key", "max_uses", "used"),
        withheld={
            "issue_key": "it only keeps the same reason from giving a second code",
            "advocate_id": "the other's id",
        },
    ),
    Declared(
        model=tables.Redemption,
        blanks={},
        keeps=("key", "code", "scopes", "order_minor", "discount_minor", "branch"),
        withheld={"staff_id": _STAFF, "key": _INSIDE, "scopes": _INSIDE},
    ),
    Declared(model=tables.CodeAttempt, blanks={}, why="only moments; deleted, they would give who guesses new tries"),
    Declared(
        model=tables.PurchaseReturn,
        blanks={"reason": ""},
        keeps=("key", "amount_minor", "points_back", "points_taken"),
        withheld={"key": _INSIDE, "staff_id": _STAFF},
        why="the books stay",
    ),
    Declared(model=tables.ReturnRequest, withheld={"decided_by": _STAFF}),
    Declared(
        model=tables.SpendRequest, withheld={"key": _INSIDE, "staff_id": _STAFF, "bot_id": _STAFF, "user_id": _STAFF}
    ),
    Declared(model=tables.CardScan, withheld={"code_hash": _INSIDE, "sale_key": _INSIDE, "staff_id": _STAFF}),
    Declared(model=tables.TillForm, withheld={"bot_id": _STAFF, "user_id": _STAFF, "staff_id": _STAFF, "data": _STAFF}),
    Declared(
        model=tables.TillAlert,
        merge=Merge.RESOLVE,
        withheld={"staff_id": _STAFF, "details": _STAFF, "seen_by": _STAFF},
        why="unique for each cashier and day: of two the kept one's stays",
    ),
    # --- how they came, whom they brought, what they like
    Declared(model=tables.EntryJoin, merge=Merge.ONE_EACH),
    Declared(model=tables.ReferralCode, merge=Merge.RESOLVE, why="both codes go on working: the other becomes a key"),
    Declared(
        model=tables.Referral,
        owner="friend_id",
        also=("advocate_id",),
        merge=Merge.RESOLVE,
        blanks={},
        keeps=("reason", "signals"),
        withheld={
            "friend_id": "the other's id",
            "advocate_id": "the other's id",
            "signals": _INSIDE,
            "decided_by": _STAFF,
        },
        why="whoever was brought is brought once; nobody brings themselves",
    ),
    Declared(model=tables.CustomerTag, merge=Merge.ONE_EACH, per=("slug",)),
    # --- what happened
    Declared(
        model=tables.Occasion,
        merge=Merge.RESOLVE,
        blanks={},
        keeps=("occurrence", "reason", "survey"),
        why="unique for each moment: the gone one's copy keeps its place in the story under a name of its own",
    ),
    Declared(model=tables.Flag, merge=Merge.RESOLVE, withheld={"decided_by": _STAFF}),
    Declared(
        model=tables.SurveyRun,
        merge=Merge.RESOLVE,
        blanks={"comment": None},
        keeps=("survey", "version", "bot_id", "branch", "seller", "step", "score", "first_score", "topics"),
        withheld={"seller": _STAFF, "staff_id": _STAFF},
        why="the scores go on counting in the reports; topics are our own words for what a comment is about",
    ),
    Declared(model=tables.SurveyAnswer, why="of an erased customer the run's score is left"),
    Declared(
        model=tables.ReviewRequest,
        blanks={},
        why="how often a link was given and followed goes on counting",
    ),
    Declared(
        model=tables.FeedbackItem,
        blanks={"customer_id": None, "text": "", "media_ids": None, "author": "", "url": ""},
        keeps=("topics", "branch", "seller", "rating", "key"),
        withheld={"seller": _STAFF, "answered_by": _STAFF, "key": _INSIDE},
        why="that a branch was complained of goes on counting; what is said anonymously names nobody from the start",
    ),
    Declared(
        model=tables.Case,
        merge=Merge.RESOLVE,
        blanks={"chat_id": "", "summary": "", "action": "", "unread": 0},
        keeps=("number", "bot_id", "branch", "service", "reopened"),
        withheld={"assigned_to": _STAFF, "taken_by": _STAFF, "replied_by": _STAFF, "closed_by": _STAFF},
        why="one is open at the most: the other is closed into it",
    ),
    Declared(
        model=tables.CaseEvent,
        blanks={"text": ""},
        withheld={"staff_id": _STAFF, "to_staff_id": _STAFF},
        why="how fast somebody answered goes on counting; notes are words about the customer, and theirs to see",
    ),
    Declared(
        model=tables.DialogueReview,
        blanks={"comment": ""},
        keeps=("marks",),
        withheld={"operator_id": _STAFF, "reviewer_id": _STAFF, "marks": _STAFF, "comment": _STAFF},
        why="marks of who answered, not of the customer",
    ),
    Declared(
        model=tables.InboundEvent,
        blanks={
            "chat_id": "",
            "text": "",
            "file_id": None,
            "incoming": {},
            "classification": None,
            "earlier": None,
        },
        keeps=("bot_id", "event_id", "message_id", "album", "attempts"),
        withheld={"due_at": _INSIDE, "attempts": _INSIDE, "about_id": "it is about the staff's own words"},
        why="the row stays so that the platform's repeating the event wakes nobody up",
    ),
    Declared(
        model=tables.OutboxMessage,
        merge=Merge.RESOLVE,
        blanks={"user_id": "", "body": {"text": ""}, "provider_id": None, "dedupe_key": None},
        keeps=("bot_id", "priority", "nonce", "attempts", "lease_epoch", "random_id", "reason"),
        withheld={
            "nonce": "a secret of its buttons",
            "token": _INSIDE,
            "lease_until": _INSIDE,
            "lease_epoch": _INSIDE,
            "random_id": _INSIDE,
            "random_id_at": _INSIDE,
            "dedupe_key": _INSIDE,
            "about_id": "it is about the operators' own chats",
            "staff_id": _STAFF,
        },
        why="counts of deliveries stay; what waits for both and says the same is said once (I10)",
    ),
    Declared(
        model=tables.DeskTopic,
        merge=Merge.RESOLVE,
        withheld={"title": "it repeats the name", "thread_id": "the operators' own room"},
        why="of two topics in one forum the kept one's is written to; the topic itself stays at the messenger",
    ),
    Declared(
        model=tables.Media,
        owner="owner_id",
        withheld={"source": _INSIDE, "due_at": _INSIDE, "attempts": _INSIDE},
        why="what was sent without a name is nobody's, and stays",
    ),
    Declared(model=tables.FeedEntry, withheld={"seq": _INSIDE}, why="only about now; nothing in it but ids"),
    # --- what was done about them
    Declared(
        model=tables.ImportChange,
        withheld={"row_key": "it names a line of the business's own file"},
        why="values as they were before an import; without them it can be undone for the others only",
    ),
    Declared(
        model=tables.DuplicatePair,
        owner="first_id",
        also=("second_id",),
        merge=Merge.RESOLVE,
        withheld={"first_id": "the other's id", "second_id": "the other's id", "decided_by": _STAFF},
        why="a record that is gone resembles nobody; the job finds whom the kept one resembles",
    ),
    Declared(
        model=tables.CustomerMerge,
        owner="kept_id",
        merge=Merge.STAY,
        blanks={"moved": []},
        withheld={"moved": "it repeats what the other tables say", "by": _STAFF},
        why="without its steps it only says that there was a merge",
    ),
    Declared(
        model=tables.AuditEntry,
        owner="subject_id",
        merge=Merge.STAY,
        blanks={},
        keeps=("details",),
        withheld={"staff_id": _STAFF},
        why="append-only, and without a person's data from the start",
    ),
)

ALSO_PEOPLE: Final = {
    tables.InboundEvent: "words that wait for their answer have no customer yet: found by their chat; the staff's own "
    "words about a customer: found by `about_id`",
    tables.OutboxMessage: "alerts to the operators carry a customer's words: found by `about_id` and case; others by "
    "their chat",
    tables.ChatPace: "an account's own number: found by it, and deleted",
    tables.CustomerMerge: "the gone one's id, beside the kept one's",
}
"""Where an erasure looks besides the customer's id (`messaging.erasure`)."""

NOBODY: Final = {
    tables.Bot: "our own accounts",
    tables.EntryLink: "what a link means, whoever comes by it",
    tables.EntryScan: "how often a link was opened, by whomever",
    tables.Survey: "what we ask",
    tables.SurveyVersion: "what we ask",
    tables.SurveyTally: "sums over all",
    tables.CannedReply: "the staff's ready answers",
    tables.CaseLabel: "our own words for cases, chosen from a list",
    tables.ReviewSite: "our pages at others",
    tables.Charity: "whom points may be given to",
    tables.PointsTransfer: "points between accounts; whose they are, its operation says",
    tables.PreferenceTag: "what the business asks about",
    tables.PromoCampaign: "what codes are worth",
    tables.CodeGeneration: "how many codes were made",
    tables.PromoCounter: "how often codes were used; of its scopes those of customers are their ids without a name",
    tables.PromoRollback: "why a use was given back; whose it was, its redemption says",
    tables.NamelessMark: "digests of what nobody said, under a key that is elsewhere; gone in days",
    tables.ButtonPress: "a message's random nonce and our own button's value",
    tables.JobRun: "how jobs fare; an error in it names no values",
    tables.RateLimit: "a bot's own pace",
    tables.ChatPace: "no customer's id: see above",
    tables.BotLease: "a process",
    tables.Staff: "the staff, who are no customers",
    tables.StaffSession: "the staff",
    tables.StaffAccount: "the staff",
    tables.OneTimeLink: "the staff",
    tables.SignInFailure: "the staff",
    tables.BusinessSetting: "the business",
    tables.Service: "what the business sells",
    tables.BaseReport: "sums over all; whom to call is in today_action",
    tables.Segment: "rules, not who meets them",
    tables.Goal: "the business",
    tables.ImportRun: "a file's name and counts",
    tables.ColumnMapping: "headers of files",
    tables.Heartbeat: "parts of the program",
    tables.Tombstone: "hashes of who was erased, so that they stay so",
}
"""Tables that know no customer, and what they are about instead."""
