"""Where a guest may be asked for a public review: which pages, how rarely, in which order. A score is no part of it.

Asking only the content («review gating») and paying for reviews are forbidden by the sites, so neither can be set up
here: nothing in this file, nor in what calls it, takes a score (features RV1, RV2).
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from storage.kinds import ReviewPlace

ASKED_EVERY: Final = timedelta(days=180)
"""One link to one site, for one person (feature RV3)."""
PER_DAY: Final = 5
"""How many people a day are sent to one branch's pages, unless the business says otherwise (feature RV6)."""
MOST_PER_DAY: Final = 100
SETTING: Final = "reviews.per_day"
RATED_WITHIN: Final = timedelta(days=365)
"""Older stars do not say how a page stands now."""

USUAL_STARS: Final = 4.5
USUAL_WEIGHT: Final = 5
"""What a page without stars is taken for, and how many reviews that guess is worth."""

LONGEST_URL: Final = 500
HOSTS: Final[Mapping[ReviewPlace, tuple[str, ...]]] = {
    ReviewPlace.YANDEX: ("yandex.ru", "yandex.com", "yandex.kz", "yandex.by", "yandex.uz", "ya.ru"),
    ReviewPlace.TWO_GIS: ("2gis.ru", "2gis.com", "2gis.kz", "2gis.kg", "2gis.uz", "2gis.ae"),
    ReviewPlace.GOOGLE: ("google.com", "google.ru", "google.kz", "g.page", "goo.gl", "g.co"),
    ReviewPlace.VK: ("vk.com", "vk.ru"),
}
"""Whose page an address is; one of these, or a name below it. `OTHER` may be any."""


class UrlProblem(StrEnum):
    """Why an address cannot be a page of ours. Each has its sentence in the console's catalogues."""

    EMPTY = "empty"
    LONG = "long"
    NOT_HTTPS = "not_https"
    NO_SITE = "no_site"
    FOREIGN = "foreign"


def checked_url(text: str, place: ReviewPlace) -> str | UrlProblem:
    """The address as it is kept. Only https, only a named host without a sign-in or a port, only the place's own."""
    text = text.strip()
    if not text:
        return UrlProblem.EMPTY
    if len(text) > LONGEST_URL:
        return UrlProblem.LONG
    if not text.isprintable() or any(sign.isspace() or sign in '\\"<>' for sign in text):
        return UrlProblem.NO_SITE
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return UrlProblem.NO_SITE
    if parts.scheme.lower() != "https":
        return UrlProblem.NOT_HTTPS
    if "@" in parts.netloc or port not in (None, 443) or not _is_public(host):
        return UrlProblem.NO_SITE
    if not _is_of(host, HOSTS.get(place, (host,))):
        return UrlProblem.FOREIGN
    return urlunsplit(("https", host, parts.path or "/", parts.query, parts.fragment))


def place_of(url: str) -> ReviewPlace:
    """Whose page it is, by its address."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return next((place for place, hosts in HOSTS.items() if _is_of(host, hosts)), ReviewPlace.OTHER)


def per_day(setting: Any) -> int:
    """The setting as a number that makes sense; 0 asks nobody."""
    is_number = isinstance(setting, int) and not isinstance(setting, bool)
    return min(max(setting, 0), MOST_PER_DAY) if is_number else PER_DAY


def standing(reviews: int, stars: int) -> float:
    """Mean stars of a page, drawn towards the usual while there are few reviews (a Bayesian mean)."""
    return (stars + USUAL_STARS * USUAL_WEIGHT) / (reviews + USUAL_WEIGHT)


def turn_of(reviews: int, stars: int, asked: int) -> tuple[float, int]:
    """A page's place in the row of buttons, smallest first: where the rating is weak, then who was asked for least
    (feature RV4). To a tenth of a star: less than that is chance."""
    return round(standing(reviews, stars), 1), asked


def _is_of(host: str, sites: tuple[str, ...]) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in sites)


def _is_public(host: str) -> bool:
    """A name with a dot that is no number of a machine."""
    try:
        ip_address(host)
    except ValueError:
        labels = host.split(".")
        return len(labels) > 1 and all(labels) and not host.endswith((".local", ".localhost", ".internal"))
    return False
