"""What the page itself says, and in which language."""

from pathlib import Path

from starlette.requests import Request

from messaging.catalogue import Catalogue
from storage.kinds import Language

CATALOGUE = Catalogue(Path(__file__).with_name("catalogues"))
COOKIE = "otklik_lang"


def asked_language(request: Request) -> Language | None:
    """The language somebody chose: in the address, or earlier."""
    return _language(request.query_params.get("lang")) or _language(request.cookies.get(COOKIE))


def language_of(request: Request, default: Language) -> Language:
    """Chosen, or else the first one of the browser's that we speak."""
    if asked := asked_language(request):
        return asked
    for tag in _by_preference(request.headers.get("accept-language", "")):
        if language := _language(tag):
            return language
    return default


def _language(tag: str | None) -> Language | None:
    try:
        return Language((tag or "").strip().partition("-")[0].lower())
    except ValueError:
        return None


def _by_preference(header: str) -> list[str]:
    """The tags of an Accept-Language header, the most wanted first."""
    wanted = []
    for part in header[:200].split(","):
        tag, _, quality = part.partition(";q=")
        try:
            wanted.append((-float(quality or 1), tag))
        except ValueError:
            continue
    return [tag for _, tag in sorted(wanted, key=lambda pair: pair[0])]
