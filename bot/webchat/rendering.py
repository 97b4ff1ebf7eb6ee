"""Templates, static files and security headers of the web chat."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from bot.webchat.bubbles import Bubble
from bot.webchat.words import CATALOGUE
from storage.kinds import Language

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_JINJA = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)
FILE_POLICY = "default-src 'none'; sandbox"


def page(name: str, language: Language, **values: object) -> str:
    values |= {"say": _say(language), "lang": language.value, "version": static_version()}
    return _JINJA.get_template(name).render(bubble=_bubble_macro(language), **values)


def fragments(bubbles: Iterable[Bubble], language: Language, token: str | None = None) -> str:
    """Bubbles as HTML, by the same macro as on the page."""
    bubble = _bubble_macro(language)
    return "".join(bubble(one, token) for one in bubbles)


@lru_cache
def _bubble_macro(language: Language) -> Callable[..., Markup]:
    macros = _JINJA.get_template("bubble.html").make_module({"say": _say(language)})
    macro: Callable[..., Markup] = macros.bubble  # type: ignore[attr-defined]  # a module has its macros as attributes
    return macro


@lru_cache
def widget_script() -> tuple[bytes, bytes]:
    """The loader, plain and gzipped. Its few words are in it: on another site's page it may fetch nothing."""
    words = {language.value: CATALOGUE.say(language, "widget.title") for language in Language}
    source = (_HERE / "templates" / "widget.js").read_text(encoding="utf-8")
    script = source.replace("{/*words*/}", json.dumps(words, ensure_ascii=False, separators=(",", ":"))).encode()
    return script, gzip.compress(script, mtime=0)


@lru_cache
def static_version() -> str:
    """Changes with any of the static files, so that a browser may keep them for ever."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def page_headers(embed_origins: Sequence[str] | None) -> dict[str, str]:
    """`embed_origins`: the sites that may show the page in a frame; None for the page that nobody may."""
    ancestors = "'none'" if embed_origins is None else " ".join(["'self'", *embed_origins])
    headers = {
        "content-security-policy": _PAGE_POLICY.format(ancestors=ancestors),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    return headers if embed_origins is not None else {**headers, "x-frame-options": "DENY"}


def _say(language: Language) -> Callable[..., str]:
    def say(key: str, **values: object) -> str:
        return CATALOGUE.say(language, key, **values)

    return say
