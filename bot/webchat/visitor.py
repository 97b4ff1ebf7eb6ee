"""Who looks at the page: a random id in a signed cookie, or the same in a token where a browser refuses the cookie."""

import hashlib
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, Signer
from starlette.requests import Request
from starlette.responses import Response

COOKIE = "otklik_visitor"
TOKEN_HEADER = "x-otklik-visitor"  # noqa: S105  # the name of a header
YEAR_SECONDS = 365 * 24 * 3600
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """`token` is set when the request proved itself by it, not by a cookie: links to media must carry it too."""

    id: str
    token: str | None = None

    @property
    def mark(self) -> str:
        """Tells visitors apart in a browser's own storage, and proves nothing."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:12]


class Visitors:
    """Makes, knows and remembers visitors. A forged or broken mark is nobody's."""

    def __init__(self, key: str, *, is_https: bool) -> None:
        self._signer = Signer(key, salt="otklik.webchat.visitor")
        self._is_https = is_https

    def known(self, request: Request) -> Visitor | None:
        """The visitor behind a request. A token wins: only a page whose cookie was refused sends one."""
        token = request.headers.get(TOKEN_HEADER) or request.query_params.get("token")
        if token:
            visitor_id = self._opened(token)
            return Visitor(visitor_id, token) if visitor_id else None
        visitor_id = self._opened(request.cookies.get(COOKIE, ""))
        return Visitor(visitor_id) if visitor_id else None

    def new(self) -> Visitor:
        return Visitor(secrets.token_urlsafe(16))

    def token(self, visitor: Visitor) -> str:
        return self._signer.sign(visitor.id).decode()

    def remember(self, response: Response, visitor: Visitor, path: str, *, is_embedded: bool) -> None:
        """Set the cookie for a year. On another site's page it must be marked as meant for there, and kept apart
        for each such site; browsers take that over https alone. Starlette cannot say Partitioned before Python 3.14."""
        kind = "Lax"
        if self._is_https:
            kind = "None; Secure; Partitioned" if is_embedded else "Lax; Secure"
        response.headers.append(
            "set-cookie",
            f"{COOKIE}={self.token(visitor)}; Path={path}; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite={kind}",
        )

    def _opened(self, signed: str) -> str | None:
        if not signed or len(signed) > LONGEST:
            return None
        try:
            return self._signer.unsign(signed).decode()
        except (BadSignature, UnicodeDecodeError):
            return None
