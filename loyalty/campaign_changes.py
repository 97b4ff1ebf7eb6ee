"""Make and change promo campaigns: each change is in the audit, and codes in people's hands stay what they are."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from loyalty.campaigns import is_on
from storage.columns import new_id
from storage.kinds import AuditAction
from storage.models import PromoCampaign, Staff
from storage.store import Store

BY_HAND: Final = "by_hand"
"""Why it was stopped, if not by the guard."""


class State(StrEnum):
    """Where a campaign stands. The values are phrases of the console: `promo.state.<value>`."""

    ARCHIVED = "archived"
    STOPPED = "stopped"
    PAUSED = "paused"
    ENDED = "ended"
    WAITING = "waiting"
    RUNNING = "running"


class Step(StrEnum):
    """What one can do with a campaign that is there."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    ARCHIVE = "archive"
    RESTORE = "restore"


def state_of(campaign: PromoCampaign, now: datetime) -> State:
    if campaign.archived_at is not None:
        return State.ARCHIVED
    if campaign.stopped_at is not None:
        return State.STOPPED
    if not campaign.is_active:
        return State.PAUSED
    if campaign.ends_at is not None and campaign.ends_at <= now:
        return State.ENDED
    return State.WAITING if campaign.starts_at is not None and campaign.starts_at > now else State.RUNNING


def create(
    store: Store, columns: Mapping[str, Any], by: Staff, now: datetime, campaign_id: UUID | None = None
) -> PromoCampaign:
    """A new campaign of these columns, running. The same id again is the same campaign, as it is by now."""
    campaign_id = campaign_id or new_id()
    campaign = PromoCampaign(**columns, id=campaign_id, slug=f"c-{campaign_id.hex}", created_by=by.id, created_at=now)
    if not store.promos.add_campaign(campaign):
        known = store.promos.campaign_by_id(campaign_id)
        assert known is not None
        return known
    _note(store, campaign, by, now, "created")
    return campaign


def change(
    store: Store, campaign_id: UUID, columns: Mapping[str, Any], by: Staff, now: datetime
) -> PromoCampaign | None:
    """Other conditions from now on; its kind stays. None: no such campaign; nothing is noted where nothing differs."""
    campaign = store.promos.held_campaign(campaign_id)
    if campaign is None:
        return None
    changed = sorted(name for name, value in columns.items() if getattr(campaign, name) != value and name != "kind")
    if changed:
        for name in changed:
            setattr(campaign, name, columns[name])
        store.promos.save_campaign(campaign)
        _note(store, campaign, by, now, "changed", columns=changed)
    return campaign


def take_step(store: Store, campaign_id: UUID, step: Step, by: Staff, now: datetime) -> PromoCampaign | None:
    """Pause, go on, stop, put away or bring back. None for no such campaign."""
    campaign = store.promos.held_campaign(campaign_id)
    if campaign is None:
        return None
    match step:
        case Step.PAUSE:
            campaign.is_active = False
        case Step.RESUME:
            campaign.is_active, campaign.stopped_at, campaign.stopped_because = True, None, None
        case Step.STOP if is_on(campaign):
            campaign.stopped_at, campaign.stopped_because = now, {"what": BY_HAND}
        case Step.ARCHIVE:
            campaign.archived_at = now
        case Step.RESTORE:
            campaign.archived_at = None
    store.promos.save_campaign(campaign)
    _note(store, campaign, by, now, step.value)
    return campaign


def _note(store: Store, campaign: PromoCampaign, by: Staff, now: datetime, what: str, **more: Any) -> None:
    store.audit.note(AuditAction.CAMPAIGN_CHANGED, by, now, campaign=campaign.id.hex, what=what, **more)
