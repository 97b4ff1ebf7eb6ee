"""Who may do what, and how somebody proves who they are: roles, passwords, sessions, one-time links."""

import asyncio
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from storage.kinds import LinkPurpose, Role
from storage.models import OneTimeLink, SignInFailure, Staff, StaffSession
from storage.staff import token_hash
from storage.store import Store

EVERYONE: Final = frozenset(Role)
DIALOGS: Final = frozenset({Role.OWNER, Role.ADMIN, Role.OPERATOR})
OWNERS: Final = frozenset({Role.OWNER})
"""Who sees complaints by the people they work with (feature B7)."""
MANAGERS: Final = frozenset({Role.OWNER, Role.ADMIN})
READERS: Final = DIALOGS | {Role.MARKETER}
"""Who reads what customers said. The till needs purchases and cards, an analyst numbers: not the words."""
SELLERS: Final = EVERYONE - {Role.ANALYST}
"""Who records purchases, and so sees phones whole."""
ADVISERS: Final = MANAGERS | {Role.MARKETER}
"""Who decides whom to write to today, and sees their phones for it."""
COUNTERS: Final = MANAGERS | {Role.MARKETER, Role.ANALYST}
"""Who reads the business in numbers."""
MARKETERS: Final = MANAGERS | {Role.MARKETER}
"""Who decides whom the business writes to."""
BIRTHDAY_KEEPERS: Final = DIALOGS | {Role.CASHIER}

IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=7)
TOUCHED_EVERY: Final = timedelta(minutes=1)

TRIES: Final = 5
TRIES_WITHIN: Final = timedelta(minutes=15)

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 1000

LIFETIMES: Final = {
    LinkPurpose.FIRST_OWNER: timedelta(hours=24),
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.LINK_MESSENGER: timedelta(minutes=10),
}


# --- one-time links


def new_link(
    store: Store, purpose: LinkPurpose, staff_id: UUID | None, now: datetime, lifetime: timedelta | None = None
) -> str:
    """Make a link that works once; its token is kept nowhere. It lives as LIFETIMES says, or `lifetime`."""
    token = secrets.token_urlsafe(24)
    expires_at = now + (lifetime or LIFETIMES[purpose])
    store.staff.add_link(
        OneTimeLink(token_hash=token_hash(token), purpose=purpose, staff_id=staff_id, expires_at=expires_at)
    )
    return token


# --- passwords


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    """An argon2id hash. It takes a tenth of a second: not for the event loop."""
    return _hasher().hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether it fits. An unknown person costs the same time as a known one."""
    try:
        _hasher().verify(password_hash or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


class Passwords:
    """Hashing away from the event loop, two at a time: each takes 64 MB."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(2)

    async def hash(self, password: str) -> str:
        async with self._places:
            return await asyncio.to_thread(hash_password, password)

    async def fits(self, password_hash: str | None, password: str) -> bool:
        async with self._places:
            return await asyncio.to_thread(is_password, password_hash, password[:LONGEST_PASSWORD])


def may_try(store: Store, keys: list[str], now: datetime) -> bool:
    """Whether these (a login, an address) are still allowed to try, and this try counted: a right one is forgotten."""
    since = now - TRIES_WITHIN
    if any(store.staff.count_failures(key, since) >= TRIES for key in keys):
        return False
    for key in keys:
        store.staff.add_failure(SignInFailure(key=key, at=now))
    return True


# --- sessions


def start_session(store: Store, staff: Staff, now: datetime, replaces: str | None = None) -> str:
    """Sign a browser in; the token goes into its cookie. What it had before ends."""
    if replaces:
        store.staff.end_session(token_hash(replaces))
    token = secrets.token_urlsafe(32)
    store.staff.add_session(
        StaffSession(id_hash=token_hash(token), staff_id=staff.id, created_at=now, seen_at=now),
    )
    return token


def who_is(store: Store, token: str | None, now: datetime) -> tuple[Staff, StaffSession] | None:
    """The active member of staff behind a cookie."""
    session = store.staff.session(token_hash(token)) if token else None
    if session is None or now - session.seen_at > IDLE or now - session.created_at > LONGEST:
        return None
    staff = store.staff.get(session.staff_id)
    return (staff, session) if staff is not None and staff.is_active else None
