"""Make a survey, change it (each change is a version), switch it on and off."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from storage.models import Survey, SurveyVersion
from storage.store import Store
from surveys.builtin import builtin
from surveys.definitions import parse

_LATIN: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "h",
            "c",
            "ch",
            "sh",
            "sch",
            "",
            "y",
            "",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)
LONGEST_SLUG: Final = 40


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

    `slug`: its name; else one is made of its title. One that is named as a kind takes the place of what is built in.
    """
    found = parse(document)
    name = slug or free_slug(found.title, (one.slug for one in store.questionnaires.all()))
    first = 2 if builtin(name) is not None else 1  # runs of what is built in say that their version is the first
    survey = Survey(
        slug=name,
        kind=found.kind,
        title=found.title,
        is_on=False,
        version=first,
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


def free_slug(title: str, taken: Iterable[str]) -> str:
    """«После визита» → posle-vizita, with a number where that is taken."""
    letters = "".join(_LATIN.get(letter, letter) for letter in title.lower())
    base = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:LONGEST_SLUG] or "survey"
    used = set(taken)
    names = (base if number == 1 else f"{base}-{number}" for number in range(1, len(used) + 3))
    return next(name for name in names if name not in used and builtin(name) is None)


def _keep(store: Store, survey: Survey, document: dict[str, Any], by: UUID | None, now: datetime) -> None:
    version = SurveyVersion(
        slug=survey.slug, version=survey.version, definition=document, created_by=by, created_at=now
    )
    store.questionnaires.add_version(version)
