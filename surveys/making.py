"""Make a survey, change it (each change is a version), switch it on and off."""

from collections.abc import Iterable
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from storage.kinds import SurveyKind
from storage.models import Survey, SurveyVersion
from storage.store import Store
from surveys.builtin import builtin
from surveys.definitions import parse


def make(
    store: Store,
    document: dict[str, Any],
    now: datetime,
    *,
    by: UUID | None = None,
    slug: str = "",
    cadence: dict[str, Any] | None = None,
) -> Survey:
    """A new survey, off until somebody switches it on. Raises WrongQuestionnaire.

    `slug`: its name; else one is made. One that is named as a kind takes the place of what is built in, and is on.
    """
    found = parse(document)
    name = slug or free_slug(found.kind, (one.slug for one in store.questionnaires.all()))
    is_in_place = builtin(name) is not None
    survey = Survey(
        slug=name,
        kind=found.kind,
        title=found.title,
        is_on=is_in_place,
        version=2 if is_in_place else 1,  # runs of what is built in say that their version is the first
        cadence=cadence or {},
        created_at=now,
    )
    store.questionnaires.add(survey)
    _keep(store, survey, document, by, now)
    return survey


def change(
    store: Store, slug: str, document: dict[str, Any], now: datetime, *, by: UUID | None = None
) -> Survey | None:
    """Another version, for the runs that begin from now on; the same questions again are none. None where there is no
    such survey. Raises WrongQuestionnaire; a survey keeps its kind, or its numbers would no longer compare."""
    survey = store.questionnaires.locked(slug)
    if survey is None:
        return None
    found = parse({**document, "kind": survey.kind.value})
    before = store.questionnaires.version(slug, survey.version)
    if before is not None and before.definition == {**document, "kind": survey.kind.value}:
        return survey
    survey.version, survey.title = survey.version + 1, found.title
    store.questionnaires.save(survey)
    _keep(store, survey, {**document, "kind": survey.kind.value}, by, now)
    return survey


def switch(store: Store, slug: str, *, is_on: bool) -> Survey | None:
    survey = store.questionnaires.locked(slug)
    if survey is not None:
        survey.is_on = is_on
        store.questionnaires.save(survey)
    return survey


def free_slug(kind: SurveyKind, taken: Iterable[str]) -> str:
    """«csat-1», «own-3»: short, for it stands in addresses and beside every run."""
    used = set(taken)
    return next(name for number in count(1) if (name := f"{kind.value}-{number}") not in used)


def _keep(store: Store, survey: Survey, document: dict[str, Any], by: UUID | None, now: datetime) -> None:
    version = SurveyVersion(
        slug=survey.slug, version=survey.version, definition=document, created_by=by, created_at=now
    )
    store.questionnaires.add_version(version)
