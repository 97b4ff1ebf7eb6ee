"""Where guests are asked for public reviews: our pages by branch, how many a day, and what came of the links."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from console.customers import tidy
from console.pages import Visit
from console.spans import span
from insights.metrics import Proportion, proportion
from storage.kinds import ReviewPlace
from storage.models import ReviewSite
from storage.reviews import Asked
from storage.store import Store
from surveys.review_rules import MOST_PER_DAY, SETTING, UrlProblem, checked_url, per_day

DAYS: Final = 180
LONGEST_BRANCH: Final = 60
MOST_ON: Final = 5
"""Pages of one branch that are on: as many buttons as a message takes well."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One page. `clicked`: the share of its links that were opened, None where none was given."""

    site: ReviewSite
    asked: Asked
    clicked: Proportion | None
    line: Markup | None


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def add(visit: Visit) -> Response:
    form = await visit.form()
    branch, wish = tidy(form.get("branch", ""), LONGEST_BRANCH), form.get("place", "")
    place = ReviewPlace(wish) if wish in set(ReviewPlace) else ReviewPlace.OTHER
    url = checked_url(form.get("url", ""), place)
    typed = {"branch": branch, "place": place.value, "url": form.get("url", "")[:500]}
    if isinstance(url, UrlProblem):
        return await _page(visit, typed, f"reviews.url.{url.value}")
    site = ReviewSite(branch=branch, place=place, url=url, created_at=visit.now)

    def unit(store: Store) -> str:
        known = store.reviews.sites()
        if any((one.branch, one.url) == (branch, url) for one in known):
            return "reviews.known"
        if _count_on(known, branch) >= MOST_ON:
            return "reviews.many"
        store.reviews.add_site(site)
        return ""

    problem = await visit.write(unit)
    return await _page(visit, typed, problem) if problem else visit.go("/reviews", notice="saved")


async def change(visit: Visit) -> Response:
    """Another address for the page, or off and on again."""
    site_id, form = visit.path_id("site_id"), await visit.form()

    def unit(store: Store) -> str:
        site = store.reviews.site(site_id)
        if site is None:
            return "gone"
        if "url" in form:
            url = checked_url(form["url"], site.place)
            if isinstance(url, UrlProblem):
                return f"reviews.url.{url.value}"
            site.url = url
        if "on" in form:
            is_on = form["on"] == "yes"
            if is_on and not site.is_on and _count_on(store.reviews.sites(), site.branch) >= MOST_ON:
                return "reviews.many"
            site.is_on = is_on
        store.reviews.save_site(site)
        return ""

    problem = await visit.write(unit)
    if problem == "gone":
        return visit.go("/reviews", notice="gone")
    return await _page(visit, None, problem) if problem else visit.go("/reviews", notice="saved")


async def pace(visit: Visit) -> Response:
    wish = (await visit.form()).get("per_day", "")
    if not (wish.isascii() and wish.isdecimal() and int(wish) <= MOST_PER_DAY):
        return await _page(visit, None, "reviews.pace.wrong")
    await visit.write(lambda store: store.business.change(SETTING, int(wish), visit.staff.id, visit.now))
    return visit.go("/reviews", notice="saved")


async def _page(visit: Visit, typed: dict[str, str] | None = None, problem: str = "") -> Response:
    def look(store: Store) -> tuple[list[Shown], int, list[str]]:
        counts = store.reviews.counts(visit.now - timedelta(days=DAYS))
        setting = store.business.setting(SETTING)
        sites = [_shown(site, counts.get(site.id, Asked())) for site in store.reviews.sites()]
        branches = [name for _, name in store.segments.known_values("branch", 50)]
        return sites, per_day(setting.value if setting else None), branches

    sites, most, branches = await visit.read(look)
    return visit.page(
        "reviews.html",
        422 if problem else 200,
        groups=[(branch, list(some)) for branch, some in groupby(sites, key=lambda one: one.site.branch)],
        per_day=most,
        most=MOST_PER_DAY,
        branches=branches,
        places=list(ReviewPlace),
        typed=typed or {"branch": "", "place": ReviewPlace.YANDEX.value, "url": ""},
        problem=problem,
        days=DAYS,
        has_address=visit.parts.public_url.startswith("https://"),
    )


def _shown(site: ReviewSite, asked: Asked) -> Shown:
    clicked = proportion(asked.clicked, asked.asked)
    is_told = clicked is not None and clicked.is_enough
    return Shown(
        site, asked, clicked, span(clicked.share, clicked.low, clicked.high, None) if is_told and clicked else None
    )


def _count_on(sites: list[ReviewSite], branch: str) -> int:
    return sum(site.is_on and site.branch == branch for site in sites)
