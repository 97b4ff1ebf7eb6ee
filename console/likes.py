"""What customers may like: the questions with their answers as the business words them, and how many said so."""

import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console.customers import tidy
from console.pages import Visit
from storage.kinds import FieldOrigin
from storage.models import CustomerTag, PreferenceTag
from storage.store import Store

LONGEST_LABEL: Final = 30
"""A button of VK holds forty signs, and the mark is one of them."""
LONGEST_QUESTION: Final = 120
FIELD: Final = "like."
"""What the boxes on a customer's page are called, before the tag."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its answers; each with how many customers like it."""

    question: str
    tags: tuple[tuple[PreferenceTag, int], ...]


@dataclass(frozen=True, slots=True)
class Liked:
    """One tag on a customer's page; `said` is nothing for what they do not like."""

    tag: PreferenceTag
    said: CustomerTag | None


async def show(visit: Visit) -> Response:
    asked, archived = await visit.read(_look)
    return visit.page(
        "likes.html", asked=asked, archived=archived, longest_label=LONGEST_LABEL, longest_question=LONGEST_QUESTION
    )


async def add(visit: Visit) -> Response:
    """Several answers at once, one a line."""
    form = await visit.form()
    question = tidy(form.get("question", ""), LONGEST_QUESTION)
    labels = [label for line in form.get("labels", "").splitlines() if (label := tidy(line, LONGEST_LABEL))]
    if not question or not labels:
        return visit.go("/likes", notice="like.empty")

    def apply(store: Store) -> None:
        known = {(one.question, one.label.lower()) for one in store.likes.tags(with_archived=True)}
        for label in labels:
            if (question, label.lower()) not in known:
                known.add((question, label.lower()))
                position = store.likes.next_position()
                slug = secrets.token_hex(4)
                store.likes.add(PreferenceTag(slug=slug, label=label, question=question, position=position))

    await visit.write(apply)
    return visit.go("/likes", notice="saved")


async def change(visit: Visit) -> Response:
    """Its word, or whether it is still asked about; who likes it stays known."""
    form, slug = await visit.form(), visit.request.path_params["slug"]
    label = tidy(form.get("label", ""), LONGEST_LABEL)

    def apply(store: Store) -> str:
        tag = store.likes.tag(slug)
        if tag is None:
            return "gone"
        if "archived" in form:
            tag.is_archived = form["archived"] == "yes"
        elif not label:
            return "like.empty"
        else:
            tag.label = label
        store.likes.save(tag)
        return "saved"

    return visit.go("/likes", notice=await visit.write(apply))


async def note(visit: Visit) -> Response:
    """Staff say what a customer likes; what somebody else had said before stays theirs."""
    customer_id = visit.path_id("customer_id")
    form = await visit.form()

    def apply(store: Store) -> bool:
        customer = store.customers.held(customer_id)
        if customer is None or customer.erased_at is not None:
            return False
        offered = {tag.slug for tag in store.likes.tags()}
        wanted = {name.removeprefix(FIELD) for name in form if name.startswith(FIELD)} & offered
        for slug in sorted(wanted):
            store.likes.like(customer_id, slug, FieldOrigin.STAFF, visit.now)
        store.likes.unlike(customer_id, offered - wanted)
        return True

    if not await visit.write(apply):
        return visit.page("missing.html", 404)
    return visit.go(f"/customers/{customer_id}", notice="saved")


def liked(store: Store, customer_id: UUID) -> list[Liked]:
    """Every tag that is asked about, and whether this customer likes it."""
    said = store.likes.of(customer_id)
    return [Liked(tag, said.get(tag.slug)) for tag in store.likes.tags()]


def _look(store: Store) -> tuple[list[Asked], list[tuple[PreferenceTag, int]]]:
    counts = store.likes.counts()
    groups: dict[str, list[tuple[PreferenceTag, int]]] = {}
    archived = []
    for tag in store.likes.tags(with_archived=True):
        counted = (tag, counts.get(tag.slug, 0))
        if tag.is_archived:
            archived.append(counted)
        else:
            groups.setdefault(tag.question, []).append(counted)
    return [Asked(question, tuple(tags)) for question, tags in groups.items()], archived
