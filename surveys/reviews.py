"""The links to review sites after a finished survey: the same for everybody, whatever they answered (feature RV1)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from messaging.local_time import at_local, local_date
from messaging.messages import Button, Message
from messaging.phrases import say
from storage.kinds import Language, ReviewPlace
from storage.models import Customer, ReviewRequest, ReviewSite, SurveyRun
from storage.store import Store
from surveys.review_rules import ASKED_EVERY, RATED_WITHIN, SETTING, per_day, turn_of

LEFT: Final = "left:"
"""A button's value: «I left a review», and the run whose links these are."""
LEFT_AT: Final = "left_at:"
"""The same of one of them, where several were given."""


def links(
    store: Store, customer: Customer, run: SurveyRun, address: str, now: datetime, zone: ZoneInfo
) -> list[Message]:
    """The message with the links, or none where it is nobody's turn. The run's score is never looked at.

    `address` is where our own pages are; without https messengers open no button of ours, and the sites are linked
    to directly, uncounted.
    """
    sites = store.reviews.sites_on(run.branch)
    if not sites:
        return []
    branch = sites[0].branch
    store.reviews.hold(branch)
    done = store.reviews.done_with(customer.id, [site.id for site in sites], now - ASKED_EVERY)
    left = [site for site in sites if site.id not in done]
    if not left or not _is_room(store, branch, now, zone):
        return []
    requests = [
        ReviewRequest(customer_id=customer.id, site_id=site.id, run_id=run.id, at=now)
        for site in _in_turn(store, left, now)
    ]
    store.reviews.add(*requests)
    by_id = {site.id: site for site in left}
    buttons = [
        Button(named(customer.language, by_id[one.site_id]), url=_link(one, by_id[one.site_id], address))
        for one in requests
    ]
    buttons.append(Button(say(customer.language, "reviews.left"), f"{LEFT}{run.id.hex}"))
    return [Message(say(customer.language, "reviews.ask"), tuple(buttons))]


def say_left(store: Store, customer: Customer, run_id: UUID, now: datetime) -> Message:
    """Which of the links it was is clear when one was given, or one opened; else it is asked."""
    given = store.reviews.of_run(customer.id, run_id)
    opened = [one for one in given if one.clicked_at is not None] or given
    if len(opened) == 1:
        return say_left_at(store, customer, opened[0].id, now)
    if not opened:
        return Message(say(customer.language, "reviews.unknown"))
    sites = {site.id: site for site in store.reviews.sites()}
    buttons = tuple(
        Button(named(customer.language, sites[one.site_id]), f"{LEFT_AT}{one.id.hex}")
        for one in opened
        if one.site_id in sites
    )
    return Message(say(customer.language, "reviews.where"), buttons)


def say_left_at(store: Store, customer: Customer, request_id: UUID, now: datetime) -> Message:
    """Their word is kept as their word: whether a review was published only the site knows."""
    is_theirs = store.reviews.say_left(customer.id, request_id, now)
    return Message(say(customer.language, "reviews.thanks" if is_theirs else "reviews.unknown"))


def named(language: Language, site: ReviewSite) -> str:
    """What its button says; a site we have no name for goes by its address."""
    if site.place is ReviewPlace.OTHER:
        return (urlsplit(site.url).hostname or site.url).removeprefix("www.")[:40]
    return say(language, f"reviews.place.{site.place.value}")


def _is_room(store: Store, branch: str, now: datetime, zone: ZoneInfo) -> bool:
    """Reviews that come in bursts look bought: a branch's pages get so many guests a day (feature RV6)."""
    setting = store.business.setting(SETTING)
    most = per_day(setting.value if setting else None)
    return store.reviews.people_asked(branch, at_local(local_date(now, zone), 0, zone)) < most


def _in_turn(store: Store, sites: list[ReviewSite], now: datetime) -> Iterable[ReviewSite]:
    if len(sites) == 1:
        return sites
    stars = store.feedback.stars(now - RATED_WITHIN)
    counts = store.reviews.counts(now - ASKED_EVERY)

    def turn(site: ReviewSite) -> tuple[float, int]:
        asked = counts[site.id].asked if site.id in counts else 0
        return turn_of(*stars.get((site.branch, site.place), (0, 0)), asked)

    return sorted(sites, key=turn)


def _link(request: ReviewRequest, site: ReviewSite, address: str) -> str:
    return f"{address}/r/{request.id.hex}" if address.startswith("https://") else site.url
