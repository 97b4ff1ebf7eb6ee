"""What happened, told: each entry of a customer's timeline as one plain sentence with its source and its reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from console.rhythm import because
from console.words import Words
from loyalty.promo_rules import shown
from messaging.messages import Address
from storage.files import FileFacts
from storage.kinds import (
    FROM_FILE,
    DeliveryState,
    FlagState,
    LifecycleStage,
    MessageKind,
    MoveKind,
    OccasionOutcome,
    PromoKind,
    PurchaseSource,
)
from storage.timeline import Entry, Kind, What

ICONS: Final = {
    Kind.PURCHASE: "bag",
    Kind.POINTS: "coin",
    Kind.PROMO: "ticket",
    Kind.MESSAGE: "inbox",
    Kind.SURVEY: "star",
    Kind.CASE: "alert",
    Kind.JOURNEY: "clock",
    Kind.FLAG: "flag",
    Kind.CONSENT: "check",
    Kind.PROFILE: "me",
    Kind.STATUS: "pulse",
}
SHORT_VERSION: Final = 8


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of evidence, when they were said, and what about them."""

    text: str
    at: datetime | None
    about: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is read. `mark` and `reason` tell how far a message of ours came; `tone` is ok, bad or empty."""

    entry: Entry
    text: str
    quote: str = ""
    quotes: tuple[Quote, ...] = ()
    source: str = ""
    note: str = ""
    tone: str = ""
    mark: DeliveryState | None = None
    reason: str = ""
    is_possible_duplicate: bool = False
    file: FileFacts | None = None

    @property
    def at(self) -> datetime:
        return self.entry.at

    @property
    def icon(self) -> str:
        return ICONS[self.entry.kind]


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells entries to one person: in their language, and with the customer's words only if they may read them."""

    words: Words
    staff: Mapping[UUID, str]
    reads: bool
    now: datetime
    files: Mapping[str, FileFacts]

    def tell(self, entry: Entry) -> Line:
        return _TOLD[entry.what](self, entry, entry.values)

    # --- small things

    def heard(self, text: str | None) -> str:
        return (text or "").strip() if self.reads else ""

    def channel(self, bot_id: str) -> str:
        if bot_id == FROM_FILE:
            return self.words.t("channel.import")
        return self.words.t(f"channel.{Address(bot_id, '').channel.value}")

    def name(self, staff_id: UUID | None) -> str:
        return (self.staff.get(staff_id) if staff_id else "") or self.words.t("who.operator")

    def code(self, values: Mapping[str, Any]) -> dict[str, str]:
        return {"code": shown(values["code"], values["prefix"]), "worth": self.worth(values)}

    def worth(self, values: Mapping[str, Any]) -> str:
        kind, value = values["promo"], values["value"]
        amount = self.words.money(value, "RUB") if kind is PromoKind.FIXED else self.words.number(value)
        return self.words.t(f"worth.{kind.value}", value=amount, name=values["campaign"])


def quotes(evidence: Sequence[Mapping[str, Any]], words: Words) -> tuple[Quote, ...]:
    """A flag's evidence, newest first."""
    return tuple(_quote(one, words) for one in reversed(evidence))


def _quote(one: Mapping[str, Any], words: Words) -> Quote:
    what, text, at = str(one.get("what", "")), str(one.get("text", "")), _moment(str(one.get("at", "")))
    if what == "purchases" and text.isdecimal():
        return Quote("", at, words.n("purchases", int(text)))
    return Quote(text, at, words.t(f"evidence.{what}") if what in EVIDENCE else what)


EVIDENCE: Final = ("abuse", "promoter", "praise")


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


# --- one function for each thing that happens


def _first_seen(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    source = to.words.t("line.by_link", link=values["entry"]) if values["entry"] else ""
    return Line(entry, to.words.t("line.first_seen"), source=source)


def _birthday(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    if not (values["birthday_month"] and values["birthday_day"]):
        return Line(entry, to.words.t("line.birthday_gone"))
    day = to.words.birthday(values["birthday_month"], values["birthday_day"], values["birth_year"])
    return Line(entry, to.words.t("line.birthday", day=day))


def _question(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    field = to.words.t(f"profile_field.{values['field'].value}")
    return Line(entry, to.words.t("line.question", field=field, answer=to.words.t(f"asked.{values['answer'].value}")))


def _consent(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    action = values["action"].value
    text = to.words.t(
        "line.consent", purpose=to.words.t(f"purpose.{values['purpose'].value}"), action=to.words.t(f"consent.{action}")
    )
    version = to.words.t(
        "line.text_version",
        version=values["text_version"][:SHORT_VERSION],
        lang=to.words.t(f"language.{values['language'].value}"),
    )
    place = to.channel(values["bot_id"])
    source = f"{place} · {version}" if values["text_version"] else place
    return Line(entry, text, source=source, tone="ok" if action == "given" else "bad")


def _topic(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    topic = to.words.t(f"topic.{values['topic'].value}")
    key = "line.topic_on" if values["is_on"] else "line.topic_off"
    return Line(entry, to.words.t(key, topic=topic), source=to.words.t(f"channel.{values['channel'].value}"))


def _card(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    return Line(entry, to.words.t("line.card", number=values["card_number"]), tone="ok")


def _points(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    points = values["points"]
    key = "line.points_taken" if points < 0 else "line.points_given"
    return Line(entry, to.words.t(key, points=to.words.n("points", abs(points))), tone="bad" if points < 0 else "ok")


def _purchase(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    amount = to.words.money(values["amount_minor"], values["currency"])
    key = "line.purchase_of" if values["product"] else "line.purchase"
    source = to.words.t(f"source.{values['source'].value}")
    if values["source"] is PurchaseSource.CONSOLE and values["recorded_by"]:
        source = f"{source} · {to.name(values['recorded_by'])}"
    return Line(entry, to.words.t(key, amount=amount, product=values["product"]), source=source)


def _code_issued(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    used, expires = values["used"] >= values["max_uses"], values["expires_at"]
    note = ""
    if used:
        note = to.words.t("line.code_spent")
    elif expires is not None:
        key = "line.code_until" if expires > to.now else "line.code_over"
        note = to.words.t(key, day=to.words.day(expires))
    return Line(entry, to.words.t("line.code_issued", **to.code(values)), source=values["campaign"], note=note)


def _code_used(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    source = to.name(values["staff_id"]) if values["staff_id"] else values["campaign"]
    return Line(entry, to.words.t("line.code_used", **to.code(values)), source=source, tone="ok")


def _said(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    before = [to.words.t("line.was", text=text) for text in map(to.heard, values["earlier"] or ()) if text]
    edited = [to.words.t("mark.edited")] if values["earlier"] else []
    return Line(
        entry,
        to.words.t("line.said"),
        quote=to.heard(values["text"]),
        source=to.channel(values["bot_id"]),
        note=" · ".join([*edited, *before]),
        file=to.files.get(values["file_id"] or "") if to.reads else None,
    )


def _told(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    kind, state = values["kind"], values["state"]
    if kind is MessageKind.OPERATOR_REPLY:
        text = to.words.t("line.answered_by", name=to.name(values["staff_id"]))
    else:
        text = to.words.t(f"told.{kind.value}")
    source = to.channel(values["bot_id"])
    if values["journey"]:
        source = f"{source} · {to.words.t('journey.' + values['journey'].value)}"
    notes = [to.words.t("mark.edited")] if values["body"].get("edits") else []
    if state is DeliveryState.QUEUED and values["not_before"] > to.now:
        notes.append(to.words.t("line.goes_at", at=to.words.moment(values["not_before"])))
    return Line(
        entry,
        text,
        quote=to.heard(str(values["body"].get("text", ""))),
        source=source,
        note=" · ".join(notes),
        mark=state,
        reason=values["reason"] or "",
        is_possible_duplicate=values["is_possible_duplicate"],
    )


def _survey_asked(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    note = to.words.t("line.unanswered") if values["score"] is None else ""
    kind = to.words.t(f"survey.{values['kind'].value}")
    return Line(entry, to.words.t("line.survey_asked", survey=kind), source=to.channel(values["bot_id"]), note=note)


def _survey_answered(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    group = values["score_group"].value if values["score_group"] else ""
    text = to.words.t(
        "line.survey_answered", score=values["score"], survey=to.words.t(f"survey.{values['kind'].value}")
    )
    tone = {"promoter": "ok", "detractor": "bad"}.get(group, "")
    return Line(entry, text, quote=to.heard(values["comment"]), source=to.channel(values["bot_id"]), tone=tone)


def _case_opened(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    origin = to.words.t(f"origin.{values['origin'].value}")
    urgency = to.words.t(f"urgency.{values['urgency'].value}")
    text = to.words.t("line.case_opened", origin=origin, urgency=urgency)
    return Line(entry, text, quote=to.heard(values["summary"]), source=to.channel(values["bot_id"]), tone="bad")


def _case_closed(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    cause = to.words.t(f"cause.{values['cause'].value}") if values["cause"] else to.words.t("case.closed")
    text = to.words.t("line.case_closed", cause=cause)
    return Line(entry, text, quote=to.heard(values["action"]), source=to.name(values["closed_by"]), tone="ok")


def _occasion(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    is_queued = values["outcome"] is OccasionOutcome.QUEUED
    journey = to.words.t(f"journey.{values['journey'].value}")
    key = "line.journey_queued" if is_queued else "line.journey_skipped"
    return Line(entry, to.words.t(key, journey=journey), reason=values["reason"], tone="ok" if is_queued else "")


def _flag_found(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    kind = to.words.t(f"flag.{values['kind'].value}")
    told = quotes(values["evidence"], to.words) if to.reads else ()
    return Line(entry, to.words.t("line.flag_found", flag=kind), quotes=told)


def _flag_decided(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    kind = to.words.t(f"flag.{values['kind'].value}")
    if values["state"] is FlagState.CONFIRMED:
        note = to.words.t("flag.until", day=to.words.day(values["expires_at"])) if values["expires_at"] else ""
        text = to.words.t("line.flag_confirmed", flag=kind)
    else:
        # Only a flag that was confirmed ever had a last day.
        key = "line.flag_undone" if values["expires_at"] else "line.flag_dismissed"
        text, note = to.words.t(key, flag=kind), ""
    return Line(entry, text, source=to.name(values["decided_by"]), note=note)


def _moved(to: Teller, entry: Entry, values: Mapping[str, Any]) -> Line:
    if values["kind"] is MoveKind.KEY:
        became = bool(values["after"])
        return Line(entry, to.words.t("line.key" if became else "line.key_no_more"), tone="ok" if became else "bad")
    if values["kind"] is MoveKind.TIER:
        return _tier_moved(to, entry, values["reason"])
    before, after = (to.words.t(f"stage.{values[side]}") for side in ("before", "after"))
    return Line(
        entry,
        to.words.t("line.stage", before=before, after=after),
        note=because(to.words, values["reason"]),
        source=to.words.t("line.told_afterwards") if values["reason"].get("told_afterwards") else "",
        tone="bad" if values["after"] in SILENT else "ok" if values["before"] in SILENT else "",
    )


def _tier_moved(to: Teller, entry: Entry, reason: Mapping[str, Any]) -> Line:
    name = reason["after_name"] or to.words.t("tier.lowest")
    is_up = reason["code"] == "reached"
    note = to.words.t(f"line.tier.{reason['code']}")
    return Line(entry, to.words.t("line.tier", tier=name), note=note, tone="ok" if is_up else "bad")


SILENT: Final = frozenset({LifecycleStage.AT_RISK.value, LifecycleStage.LOST.value})

_TOLD: Final[dict[What, Callable[[Teller, Entry, Mapping[str, Any]], Line]]] = {
    What.FIRST_SEEN: _first_seen,
    What.CONSENT: _consent,
    What.TOPIC: _topic,
    What.QUESTION: _question,
    What.BIRTHDAY: _birthday,
    What.CARD: _card,
    What.SAID: _said,
    What.CASE_OPENED: _case_opened,
    What.PURCHASE: _purchase,
    What.CODE_USED: _code_used,
    What.POINTS: _points,
    What.MOVED: _moved,
    What.OCCASION: _occasion,
    What.CODE_ISSUED: _code_issued,
    What.SURVEY_ASKED: _survey_asked,
    What.SURVEY_ANSWERED: _survey_answered,
    What.TOLD: _told,
    What.CASE_CLOSED: _case_closed,
    What.FLAG_FOUND: _flag_found,
    What.FLAG_DECIDED: _flag_decided,
}
