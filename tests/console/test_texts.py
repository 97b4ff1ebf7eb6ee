"""The console's words: every key in both languages, the same places in both, none unused, none in the code."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from console.dashboard import ScoreGroup
from console.friends import SIGNALS
from console.import_jobs import ENDINGS
from console.inbox import VIEWS
from console.lists import LISTS
from console.numbers import VIEWS as VIEWS_OF_COHORTS
from console.pages import NOTICES
from console.profile import THEMES
from console.promo_form import LIMITS
from console.reasons import CODES
from console.rule_fields import INPUTS, SECTIONS
from console.segment_form import JOINS
from console.segment_links import ACTIONS, RFM, STAGES
from console.status import JOBS, PARTS
from console.stories import EVIDENCE
from console.survey_cadence import HOURS as CADENCE_HOURS
from console.survey_cadence import NUMBERS as CADENCE_NUMBERS
from console.survey_results import PERIODS
from insights.case_rules import Flaw as RuleFlaw
from insights.case_rules import When
from insights.demand import Basis as EarnBasis
from insights.demand import EarnReason, IdleReason
from insights.figures import METRICS
from insights.funnel import Position
from insights.goals import GoalState
from insights.key_customers import Part
from insights.lifecycle import SILENT, ReasonCode
from insights.purchase_interval import Basis
from insights.services import Judgement
from loyalty.adjustments import Refusal as PointsRefusal
from loyalty.amounts import Wrong
from loyalty.campaign_changes import State as CampaignState
from loyalty.campaign_changes import Step
from loyalty.card_codes import Wrong as WrongCode
from loyalty.cells import DateOrder, Problem
from loyalty.code_generation import Unmakeable
from loyalty.headers import NAMES
from loyalty.offers import NOT_OFFERED
from loyalty.promo_refusals import Refusal as CodeRefusal
from loyalty.purchases import NoPoints
from loyalty.referral_rules import Unfit
from loyalty.referrals import OVER_THE_CAP, REFUSED
from loyalty.returns import NoReturn
from loyalty.review_file import ReviewProblem
from loyalty.rules import Expiry, Flaw, Rounding, TierBasis
from loyalty.tier_moves import Why
from loyalty.till import NotFound, Proof
from loyalty.till_rules import Beyond
from loyalty.workbook import TROUBLES
from messaging.assignment import Mode
from messaging.business_hours import DAYS
from messaging.canned import VARIABLES
from messaging.canned import Flaw as ReplyFlaw
from messaging.consent import Refusal
from messaging.dialogue_samples import USUAL_CRITERIA
from messaging.flaws import Flaw as DeskFlaw
from messaging.likeness import Reason
from messaging.people import Conflict
from messaging.promises import State as PromiseState
from messaging.promises import What
from messaging.segment_fields import Group, Operator
from messaging.segments import Wrong as WrongRule
from storage.kinds import (
    AlertKind,
    AuditAction,
    AuditActor,
    CaseCause,
    CaseEventKind,
    CaseOrigin,
    Channel,
    ConsentAction,
    ConsentPurpose,
    DeliveryState,
    EntryPurpose,
    FeedbackKind,
    FeedbackSource,
    FieldOrigin,
    FileTrouble,
    FlagKind,
    FlagState,
    Gender,
    GenerationState,
    ImportKind,
    ImportState,
    Journey,
    Language,
    LifecycleStage,
    MessageKind,
    ProfileAnswer,
    ProfileField,
    PromoKind,
    PurchaseSource,
    ReachStatus,
    RedemptionState,
    ReferralState,
    ReviewPlace,
    RfmSegment,
    Role,
    Sentiment,
    SpendState,
    SurveyKind,
    Topic,
    Touchpoint,
    Urgency,
)
from storage.quality import GOOD, Mark, Side
from storage.reach import NOWHERE, SEVERAL
from storage.timeline import Kind
from surveys.cadence import ASKED_BY_CLOCK
from surveys.cadence import Problem as WrongCadenceField
from surveys.definitions import Wrong as WrongQuestion
from surveys.influence import Sign
from surveys.questionnaire import QuestionKind
from surveys.results import PLAIN, Hint
from surveys.review_rules import SETTING as REVIEWS_PER_DAY
from surveys.review_rules import UrlProblem

ROOT = Path(__file__).parents[2]
HOME = ROOT / "console"
TEMPLATES = sorted((HOME / "templates").glob("*.html"))
CODE = sorted(HOME.glob("*.py"))
CATALOGUES = sorted(ROOT.glob("[a-z]*/**/catalogues/*.po"))
SCRIPTS = sorted((HOME / "static").glob("*.js"))

ON_THEIR_WAY = {DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING}
FAMILIES = {
    "cadence": (*CADENCE_NUMBERS, *CADENCE_HOURS),
    "cadence.branches": ("all", "delivery"),
    "cadence.moment": (*ASKED_BY_CLOCK, *(f"{one.value}.hint" for one in ASKED_BY_CLOCK)),
    "cadence.wrong": WrongCadenceField,
    "feedback": (),
    "feedback.by": ("source", "kind", "sentiment", "topic", "branch"),
    "feedback.kind": FeedbackKind,
    "feedback.sentiment": Sentiment,
    "feedback.source": FeedbackSource,
    "file": ("sent", "picture", "voice", "awaited", "ask_again"),
    "file.trouble": FileTrouble,
    "pasted.file": ("empty", "large", "workbook", "not_a_table", "no_text", "no_date"),
    "pasted.problem": ReviewProblem,
    "reviews.place": ReviewPlace,
    "reviews.url": UrlProblem,
    "promise": What,
    "promise.state": PromiseState,
    "promises": ("key_percent", "warn_percent", "key_percent.hint", "warn_percent.hint"),
    "assignment": ("cap", "return_minutes", "after_days"),
    "assignment.mode": Mode,
    "case_rule_flaw": RuleFlaw,
    "criterion": USUAL_CRITERIA,
    "desk.column": ("cases", "median", "p90", "within", "csat", "reopened", "recovered"),
    "desk.tab": ("hours", "promises", "rules", "assignment"),
    "desk_flaw": DeskFlaw,
    "hours.day": DAYS,
    "replies.variable": VARIABLES,
    "reply_flaw": ReplyFlaw,
    "rules.when": When,
    "promo.count": ("issued", "seen", "redeemed"),
    "promo.generation": GenerationState,
    "promo.kind": PromoKind,
    "promo.limit": LIMITS,
    "promo.state": CampaignState,
    "promo.step": Step,
    "promo.unmakeable": [one for one in Unmakeable if one is not Unmakeable.NO_CAMPAIGN],
    "promo.use": RedemptionState,
    "promo.value": (PromoKind.PERCENT, PromoKind.FIXED, PromoKind.POINTS),
    "promo.weekday": range(7),
    "promo.wrong": ("empty", "unknown", "number", "amount", "moment", "order", "pair", "pattern", "guard"),
    "act": (),
    "adjust": PointsRefusal,
    "actor": (AuditActor.CUSTOMER, AuditActor.SYSTEM),
    "audited": AuditAction,
    "conflict": Conflict,
    "amount": Wrong,
    "alike": Reason,
    "asked": ProfileAnswer,
    "because": ReasonCode,
    "by": ("bot", "operator"),
    "cause": CaseCause,
    "reach.group": (*Channel, SEVERAL, NOWHERE),
    "reach.only": Channel,
    "channel": (*Channel, "import"),
    "channel.short": Channel,
    "code": CodeRefusal,
    "consent": (*ConsentAction, "unasked"),
    "evidence": EVIDENCE,
    "flag": FlagKind,
    "flaw": Flaw,
    "flag.effect": FlagKind,
    "friends.reason": {*Unfit, OVER_THE_CAP, REFUSED},
    "friends.signal": SIGNALS,
    "friends.state": ReferralState,
    "links.purpose": EntryPurpose,
    "sheet": EntryPurpose,
    "flag.state": (FlagState.CANDIDATE, FlagState.CONFIRMED),
    "flags.confirm": FlagKind,
    "goal": GoalState,
    "group": ScoreGroup,
    "happened": (set(CaseEventKind) - {CaseEventKind.NOTE, CaseEventKind.REPLIED}),
    "help": ("j", "k", "r", "a", "e", "esc", "help"),
    "gender": Gender,
    "import.column": {role for names in NAMES.values() for role in names} | {"who"},
    "import.count.new": ImportKind,
    "import.dates": DateOrder,
    "import.error": ENDINGS,
    "import.kind": ImportKind,
    "import.look": ImportKind,
    "import.not_a_table": (*TROUBLES, "workbook", "binary"),
    "import.problem": Problem,
    "import.read_as": ("text", "workbook"),
    "import.start": ImportKind,
    "import.state": ImportState,
    "import.undo": ImportKind,
    "import.undone": ("purchases", "points", "customers", "changes", "customers_kept", "changes_kept"),
    "inbox.empty": (*(f"open.{view}" for view in VIEWS), "closed.mine", "closed.all"),
    "inbox.status": ("open", "closed"),
    "inbox.view": VIEWS,
    "job": JOBS,
    "journey": Journey,
    "key.part": Part,
    "key.silent": SILENT,
    "kind": Kind,
    "language": Language,
    "metric": [f"{key}.{text}" for key in METRICS for text in ("title", "definition")],
    "line.tier": Why,
    "loyalty.tab": ("overview", "rules", "tiers"),
    "losses.column": ("service", "branch"),
    "losses.group": ("lost", "late", "once"),
    "losses.judged": Judgement,
    "mark": (set(DeliveryState) - ON_THEIR_WAY) - {DeliveryState.SENT},
    "notice": NOTICES,
    "origin": CaseOrigin,
    "numbers.change": ("same", "better", "worse", "moved"),
    "numbers.cohorts": VIEWS_OF_COHORTS,
    "numbers.forecast": ("visits", "revenue"),
    "numbers.of": ("people", "orders", "answers"),
    "part": PARTS,
    "profile_field": ProfileField,
    "profile.link": [channel for channel in Channel if channel is not Channel.WEBCHAT],
    "purpose": ConsentPurpose,
    "quality.by": Side,
    "quality.do": (*LISTS, "duplicates"),
    "quality.has": (*GOOD, Mark.BLOCKED),
    "quality.list": (*LISTS, "duplicates"),
    "quality.no": Side,
    "quality.short": (*GOOD, Mark.BLOCKED),
    "quality.table": Side,
    "reach": ReachStatus,
    "rfm": [f"{segment}{text}" for segment in RfmSegment for text in ("", ".advice")],
    "rhythm": Basis,
    "rhythm.since": LifecycleStage,
    "stage": LifecycleStage,
    "stages": [f"{stage}{text}" for stage in LifecycleStage for text in ("", ".who")],
    "reason": CODES.values(),
    "refusal": Refusal,
    "role": (*Role, *(f"{role}.may" for role in Role)),
    "ready": [one.key for one in (*ACTIONS, *STAGES, *RFM)],
    "rules.choice": (*Rounding, *Expiry),
    "rules.field": [one.name for one in INPUTS],
    "rules.help": [one.name for one in INPUTS if not one.name.startswith("weekday")],
    "rules.section": SECTIONS,
    "rules.unit": {one.unit for one in INPUTS if one.unit},
    "segment_group": Group,
    "segment_join": JOINS,
    "segment_op": Operator,
    "complaints": Position,
    "complaints.by": ("seller", "branch", "service", "topic"),
    "complaints.column": ("seller", "branch", "service", "topic"),
    "complaints.none": ("seller", "branch", "service", "topic"),
    "results.by": ("branch", "seller", "month", *PLAIN),
    "results.change": ("none", "too_few", "up", "down", "not_proven"),
    "results.days": PERIODS,
    "results.found": Hint,
    "results.group": ScoreGroup,
    "results.measure": SurveyKind,
    "results.position": Position,
    "results.sign": Sign,
    "results.table": ("by", "name", "score", "low", "high", "answers", "response", "all"),
    "touchpoint": Touchpoint,
    "services": ("entry", "exit"),
    "services.column": ("entry", "exit", *EarnBasis),
    "services.earning": (*EarnBasis, *EarnReason),
    "services.entry": Judgement,
    "services.exit": Judgement,
    "services.found": ("entry", "exit"),
    "services.idle": IdleReason,
    "setting": (
        "business.name",
        "business.greeting",
        "business.phone_region",
        "channels.telegram.token",
        NOT_OFFERED,
        REVIEWS_PER_DAY,
    ),
    "source": PurchaseSource,
    "survey": SurveyKind,
    "survey.in": Language,
    "survey.kind": SurveyKind,
    "survey.kind.about": SurveyKind,
    "survey.question": QuestionKind,
    "survey.state": ("on", "off", "idle"),
    "survey.typed": QuestionKind,
    "survey.way": ("low", "high"),
    "survey.wrong": WrongQuestion,
    "theme": THEMES,
    "alerts.kind": AlertKind,
    "back": NoReturn,
    "back.reason": ("quality", "wrong", "mistake"),
    "till": (*NotFound, *WrongCode),
    "till.beyond": Beyond,
    "till.no_points": NoPoints,
    "till.proof": Proof,
    "till.wait": SpendState,
    "told": set(MessageKind)
    - {MessageKind.OPERATOR_REPLY, MessageKind.OPERATOR_ALERT, MessageKind.NAMELESS},  # the last stands on no page
    "tiers.basis": TierBasis,
    "tiers.threshold": TierBasis,
    "today.hello": ("night", "morning", "day", "evening"),
    "today.state": ("done", "dismissed"),
    "told_by": (*FieldOrigin, "nobody"),
    "topic": Topic,
    "urgency": Urgency,
    "who": ("customer", "bot", "operator"),
    "worth": PromoKind,
    "wrong_rule": WrongRule,
}
"""Keys that are put together from a first part and a value."""


def catalogue(language: str) -> Catalog:
    with (HOME / "catalogues" / f"{language}.po").open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


@cache  # there is a test for each key
def texts(language: str) -> dict[str, tuple[str, ...]]:
    entries = [message for message in catalogue(language) if message.id]
    return {
        (one.id[0] if one.pluralizable else one.id): (tuple(one.string) if one.pluralizable else (one.string,))
        for one in entries
    }


def written() -> set[str]:
    """Every key that stands whole in a template or in the code."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (*TEMPLATES, *CODE))
    called = set(re.findall(r"\b[tn]\(\s*[\"']([a-z_.]+)[\"'][,)]", sources))
    quoted = set(re.findall(r"[\"']([a-z_]+(?:\.[a-z_]+)+)[\"']", sources)) & set(texts("ru"))
    return called | quoted


def families() -> set[str]:
    return {f"{first}.{value}" for first, values in FAMILIES.items() for value in values}


def test_both_languages_have_the_same_keys():
    assert set(texts("ru")) == set(texts("en"))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_is_written_twice(path):
    """A merge that keeps both sides of a text leaves a file that its reader joins without a word."""
    text = path.read_text(encoding="utf-8")
    keys = Counter(re.findall(r'^msgid "(.*)"$', text, re.MULTILINE))
    assert [key for key, times in keys.items() if times > 1] == []
    assert re.findall(r"^msgstr .*\nmsgstr .*", text, re.MULTILINE) == []


def test_every_key_that_is_used_is_written_down():
    assert written() | families() <= set(texts("ru"))


def test_no_text_is_unused():
    assert set(texts("ru")) - written() - families() == set()


def test_every_first_part_of_a_key_is_known_here():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (*TEMPLATES, *CODE))
    firsts = set(re.findall(r"\bt\([\"']([a-z_.]+)\.[\"'] ~", sources)) | set(
        re.findall(r"\bt\(f[\"']([a-z_.]+)\.\{", sources)
    )
    assert firsts <= set(FAMILIES)


@pytest.mark.parametrize("key", sorted(texts("ru")))
def test_a_text_has_the_same_places_in_both_languages(key):
    places = {
        language: {name for text in texts(language)[key] for _, name, _, _ in Formatter().parse(text) if name}
        for language in ("ru", "en")
    }
    assert places["ru"] == places["en"]
    assert all(all(forms) for forms in (texts("ru")[key], texts("en")[key]))


def test_russian_counts_in_three_forms_and_english_in_two():
    assert {len(forms) for forms in texts("ru").values()} == {1, 3}
    assert {len(forms) for forms in texts("en").values()} == {1, 2}


@pytest.mark.parametrize("path", [*TEMPLATES, *CODE, *SCRIPTS], ids=lambda path: path.name)
def test_no_russian_stands_outside_the_catalogues(path):
    assert not re.search("[а-яёА-ЯЁ]", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_sentence_of_their_own(path):
    text = re.sub(
        r"\{% block kind %\}.*?\{% endblock %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>",
        " ",
        path.read_text(encoding="utf-8"),
        flags=re.S,
    )
    assert set(re.findall(r"[A-Za-z]{3,}", text)) <= {"doctype", "Enter", "Shift"}


# A report lies on its owner's disk with its style inside; no server sends it.
SERVED = [path for path in TEMPLATES if path.name != "losses_file.html"]


@pytest.mark.parametrize("path", SERVED, ids=lambda path: path.name)
def test_templates_obey_the_strict_content_policy(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*src=)|\|\s*safe", text)
