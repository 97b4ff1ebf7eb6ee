"""What may be there once and is there twice: how a merge settles it, table by table, before the rest simply moves."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from messaging import merge_programme
from messaging.merge_steps import Merging, Rows, choose
from storage.columns import new_id, row_of
from storage.declared import PEOPLE, Merge, TableModel
from storage.kinds import ConsentAction, ConsentPurpose, DeliveryState, FlagState, ProfileAnswer, RunEnding, Urgency
from storage.models import (
    Case,
    Consent,
    Customer,
    CustomerField,
    CustomerStats,
    DeskTopic,
    DuplicatePair,
    Flag,
    InboundEvent,
    Occasion,
    OutboxMessage,
    ProfileQuestion,
    SecondChannel,
    SurveyRun,
    TodayAction,
    TopicChoice,
)
from storage.people import WAITING

SAID_ONCE: Final = "said once after a merge"


def move_everything(merging: Merging) -> None:
    """All but the customer's own row: settled first, then moved, each step written down."""
    withdrawn = _withdrawn(merging)
    for settle in SETTLED.values():
        settle(merging)
    for one in PEOPLE:
        if one.merge in (Merge.MOVE, Merge.RESOLVE, Merge.ONE_EACH):
            merging.steps.extend(merging.store.people.move(one.model, one.owner, merging.gone_id, merging.kept_id))
    for model in (InboundEvent, OutboxMessage):
        merging.steps.extend(merging.store.people.move(model, "about_id", merging.gone_id, merging.kept_id))
    merging.store.promos.recount_customers([merging.kept_id, merging.gone_id])
    _keep_the_last_no(merging)
    if withdrawn is not None:
        _keep_silence(merging, withdrawn)


# --- the customer's own row


_TOGETHER: Final = (
    ("name",),
    ("email",),
    ("gender",),
    ("birthday_month", "birthday_day", "birth_year", "birthday_set_at"),
    ("city", "time_zone"),
    ("quiet_from", "quiet_until"),
    ("source",),
)
"""What belongs together comes from one of the two."""


def combined(kept: Customer, gone: Customer) -> dict[str, Any]:
    """The fields of the one record: proven beats typed, something beats nothing, the kept one's else."""
    values: dict[str, Any] = {}
    for names in _TOGETHER:
        is_empty = all(getattr(kept, name) in (None, "") for name in names)
        values |= {name: getattr(gone if is_empty else kept, name) for name in names}
    is_better = not kept.phone or (gone.is_phone_verified and not kept.is_phone_verified)
    phone = gone if gone.phone and is_better else kept
    values |= {"phone": phone.phone, "is_phone_verified": phone.is_phone_verified}
    pauses = [one.paused_until for one in (kept, gone) if one.paused_until]
    values["paused_until"] = max(pauses, default=None)
    asked = [one.review_asked_at for one in (kept, gone) if one.review_asked_at]
    values["review_asked_at"] = max(asked, default=None)
    values["birthday_changes"] = max(kept.birthday_changes, gone.birthday_changes)
    values["created_at"] = min(kept.created_at, gone.created_at)
    return values


# --- one of each


def _topics(merging: Merging) -> None:
    """The newest decision counts; of two at one moment, the «no»."""
    choose(merging, TopicChoice, lambda row: (row["changed_at"], not row["is_on"]))


def _questions(merging: Merging) -> None:
    """An answer is better than none, and one question is open at the most."""
    ranks = [ProfileAnswer.OPEN, ProfileAnswer.SKIPPED, ProfileAnswer.GIVEN]
    choose(merging, ProfileQuestion, lambda row: ranks.index(row["answer"]))
    kept, gone = merging.rows(ProfileQuestion)
    waiting = [[row for row in rows if row["answer"] is ProfileAnswer.OPEN] for rows in (kept, gone)]
    if all(waiting):
        skipped = {"answer": ProfileAnswer.SKIPPED, "answered_at": merging.now}
        merging.change(ProfileQuestion, waiting[1][0], skipped, guard=(waiting[0][0], "answer"))


def _second_channels(merging: Merging) -> None:
    """Who was invited last stays so; no link is open any more when two records become one."""
    choose(merging, SecondChannel, lambda row: row["invited_at"].timestamp() if row["invited_at"] else 0.0)


def _fields(merging: Merging) -> None:
    """Who told us goes with what they told: of each field one side's value stays, and only its teller."""
    kept, gone = merging.store.customers.get(merging.kept_id), merging.store.customers.get(merging.gone_id)
    assert kept is not None
    assert gone is not None
    result = combined(kept, gone)
    mine, theirs = ({row["field"]: row for row in rows} for rows in merging.rows(CustomerField))
    for field in sorted(mine.keys() | theirs.keys()):
        columns = ("birthday_month", "birthday_day", "birth_year") if field == "birthday" else (field,)
        from_kept, from_gone = (all(getattr(one, name) == result[name] for name in columns) for one in (kept, gone))
        told = [rows[field] for rows, is_from in ((mine, from_kept), (theirs, from_gone)) if is_from and field in rows]
        stays = max(told, key=lambda row: row["at"], default=None)  # both said the same: who did last
        for row in (rows[field] for rows in (mine, theirs) if field in rows):
            if row is not stays:
                merging.put_aside(CustomerField, row)


def _actions(merging: Merging) -> None:
    """What somebody has dealt with already is not asked for again."""
    choose(merging, TodayAction, lambda row: row["decided_at"] is not None)


# --- made of other rows


def _stats(merging: Merging) -> None:
    """Sums are counted again, of the one record now and of both after an undoing."""
    kept, gone = merging.rows(CustomerStats)
    if gone and not kept:
        merging.steps.extend(merging.store.people.add(CustomerStats(customer_id=merging.kept_id, is_stale=True)))
    merging.store.stats.mark_stale([merging.kept_id])
    for row in gone:
        merging.put_aside(CustomerStats, {**row, "is_stale": True})


def _pairs(merging: Merging) -> None:
    """No step: by an undoing the third one of a pair may be gone, and the job finds what is alike again."""
    for row in merging.rows(DuplicatePair)[1]:
        merging.store.people.put_aside(DuplicatePair, row)


# --- one at a time


def _cases(merging: Merging) -> None:
    """Two open cases become the one that a person has, or that burns more, or that is older."""
    kept, gone = (_open(rows) for rows in merging.rows(Case))
    if not (kept and gone):
        return
    stays, goes = sorted((kept[0], gone[0]), key=_case_rank)
    joined = {
        "unread": stays["unread"] + goes["unread"],
        "urgency": Urgency.NOW if Urgency.NOW in (stays["urgency"], goes["urgency"]) else stays["urgency"],
        "due_at": min(stays["due_at"], goes["due_at"]),
        "is_key": stays["is_key"] or goes["is_key"],
        **{clock: _sooner(stays[clock], goes[clock]) for clock in ("waiting_since", "next_due_at", "resolve_due_at")},
    }
    merging.change(Case, stays, joined)
    over = {"waiting_since": None, "next_due_at": None, "unread": 0}
    closed = {"closed_at": merging.now, "closed_by": merging.by.id if merging.by else None, **over}
    # Once the one that is left was closed, both were: the other does not come back with an undoing.
    merging.change(Case, goes, closed, guard=(stays, "closed_at"))
    # Whoever answers an old alert in the operators' group reaches the case that is left.
    merging.steps.extend(merging.store.people.move(OutboxMessage, "case_id", goes["id"], stays["id"]))


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def _case_rank(row: Mapping[str, Any]) -> tuple[Any, ...]:
    is_human = row["taken_by"] is not None or row["replied_at"] is not None
    return not is_human, row["urgency"] is not Urgency.NOW, row["opened_at"], row["id"]


def _surveys(merging: Merging) -> None:
    """A new question ends the older ones, whoever they were put to."""
    kept, gone = (_open(rows) for rows in merging.rows(SurveyRun))
    if not (kept and gone):
        return
    newest = max((*kept, *gone), key=lambda row: (row["asked_at"], row["id"]))
    for row in (*kept, *gone):
        if row["id"] != newest["id"]:
            merging.change(SurveyRun, row, {"closed_at": merging.now, "ending": RunEnding.REPLACED})


def _open(rows: Rows) -> Rows:
    return [row for row in rows if row["closed_at"] is None]


def _flags(merging: Merging) -> None:
    """A flag that stands in both: a confirmed one, else the older, gets the other's evidence."""
    kept, gone = ([row for row in rows if row["state"] is not FlagState.DISMISSED] for rows in merging.rows(Flag))
    for mine in kept:
        for other in (row for row in gone if row["kind"] is mine["kind"]):
            stays, goes = sorted((mine, other), key=lambda row: (row["decided_at"] is None, row["found_at"], row["id"]))
            evidence = sorted((*stays["evidence"], *goes["evidence"]), key=lambda one: str(one.get("at", "")))
            merging.change(Flag, stays, {"evidence": evidence})
            by = merging.by.id if merging.by else None
            dismissed = {"state": FlagState.DISMISSED, "decided_by": by, "decided_at": merging.now}
            merging.change(Flag, goes, dismissed, guard=(stays, "state"))


def _occasions(merging: Merging) -> None:
    """One moment of one journey: the gone one's keeps its story under a name of its own, and nothing is said twice."""
    kept, gone = merging.rows(Occasion)
    known = {(row["journey"], row["occurrence"]): row for row in kept}
    for row in gone:
        rival = known.get((row["journey"], row["occurrence"]))
        if rival is not None:
            _say_once(merging, rival["outbox_id"], row["outbox_id"])
            merging.change(Occasion, row, {"occurrence": f"{row['occurrence']} {merging.gone_id.hex}"})


def _say_once(merging: Merging, kept: UUID | None, gone: UUID | None) -> None:
    """Of two messages about one thing the one that has left counts, else the kept one's."""
    messages = {row.id: row for row in merging.store.outbox.some([one for one in (kept, gone) if one])}
    if len(messages) < 2:
        return
    for mine, other in ((gone, kept), (kept, gone)):
        row = messages[mine] if mine else None
        rival = messages[other] if other else None
        if row is None or rival is None or row.state not in WAITING or rival.state in _NEVER_SAID:
            continue
        cancelled = {"state": DeliveryState.CANCELLED, "reason": SAID_ONCE, "token": None, "lease_until": None}
        merging.change(OutboxMessage, row_of(row), cancelled, kind="cancel")
        return


_NEVER_SAID: Final = (DeliveryState.FAILED, DeliveryState.CANCELLED)


# --- consents


def last_words(history: Sequence[Consent]) -> dict[ConsentPurpose, Consent]:
    """The newest decision about each purpose by its own moment; of two at one moment, the «no»."""
    found: dict[ConsentPurpose, Consent] = {}
    for one in sorted(history, key=lambda one: (one.at, one.action is not ConsentAction.GIVEN, one.id)):
        found[one.purpose] = one
    return found


def _keep_the_last_no(merging: Merging) -> None:
    """The tables read the newest row as the decision. Where an older «yes» was written later (a history that was
    brought in afterwards), the «no» is said again, so that it stays."""
    history = merging.store.consents.history(merging.kept_id)
    newest_rows = {one.purpose: one for one in history}
    for purpose, word in last_words(history).items():
        if word.action is not ConsentAction.GIVEN and newest_rows[purpose].action is ConsentAction.GIVEN:
            again = Consent(**{**word.model_dump(), "id": new_id(), "at": merging.now})
            merging.steps.extend(merging.store.people.add(again))


def _withdrawn(merging: Merging) -> Consent | None:
    """The standing withdrawal of the consent to personal data, if one of the two records has one."""
    for one in (merging.kept_id, merging.gone_id):
        word = last_words(merging.store.consents.history(one)).get(ConsentPurpose.PERSONAL_DATA)
        if word is not None and word.action is ConsentAction.WITHDRAWN:
            return word
    return None


def _keep_silence(merging: Merging, withdrawn: Consent) -> None:
    """The other side's consent may make the one record known again: no old «yes» to advertising wakes up with it, in
    the chat that withdrew least of all."""
    values = {"id": new_id(), "customer_id": merging.kept_id, "purpose": ConsentPurpose.ADVERTISING, "at": merging.now}
    merging.steps.extend(merging.store.people.add(Consent(**{**withdrawn.model_dump(), **values})))


def _desk_topics(merging: Merging) -> None:
    """One topic in each operators' forum is written to, the kept one's; the other is still listened to."""
    kept, gone = ([row for row in rows if row["is_current"]] for rows in merging.rows(DeskTopic))
    forums = {(row["bot_id"], row["chat_id"]) for row in kept}
    for row in gone:
        if (row["bot_id"], row["chat_id"]) in forums:
            merging.change(DeskTopic, row, {"is_current": False})


SETTLED: Final[dict[TableModel, Callable[[Merging], None]]] = {
    TopicChoice: _topics,
    ProfileQuestion: _questions,
    SecondChannel: _second_channels,
    CustomerField: _fields,
    CustomerStats: _stats,
    TodayAction: _actions,
    DuplicatePair: _pairs,
    Case: _cases,
    SurveyRun: _surveys,
    Flag: _flags,
    Occasion: _occasions,
    DeskTopic: _desk_topics,
    **merge_programme.SETTLED,
}
"""Consents and messages are settled too, each in its place above: after the move, and with the occasions."""
