"""Queries: the staff, their sessions, their messenger accounts, and the links that let them in."""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update

from storage.columns import Queries, table_of
from storage.kinds import Role
from storage.models import OneTimeLink, SignInFailure, Staff, StaffAccount, StaffSession

_STAFF = table_of(Staff)
_SESSION = table_of(StaffSession)
_ACCOUNT = table_of(StaffAccount)
_LINK = table_of(OneTimeLink)
_FAILURE = table_of(SignInFailure)


def token_hash(token: str) -> str:
    """What we keep of a one-time link's token or a session's cookie: who reads the table cannot use them."""
    return hashlib.sha256(token.encode()).hexdigest()


class StaffMembers(Queries):
    def add(self, staff: Staff) -> None:
        self._insert(staff)

    def save(self, staff: Staff) -> None:
        self._save(staff)

    def get(self, staff_id: UUID) -> Staff | None:
        return self._one(Staff, select(_STAFF).where(_STAFF.c.id == staff_id))

    def by_login(self, login: str) -> Staff | None:
        return self._one(Staff, select(_STAFF).where(_STAFF.c.login == login))

    def all(self) -> list[Staff]:
        return self._all(Staff, select(_STAFF).order_by(_STAFF.c.id))

    def names(self) -> dict[UUID, str]:
        """Of everybody who works or worked here."""
        return {staff.id: staff.name for staff in self.all()}

    # --- signed-in browsers

    def add_session(self, session: StaffSession) -> None:
        self._insert(session)

    def session(self, id_hash: str) -> StaffSession | None:
        return self._one(StaffSession, select(_SESSION).where(_SESSION.c.id_hash == id_hash))

    def touch_session(self, id_hash: str, now: datetime) -> None:
        self._connection.execute(update(_SESSION).where(_SESSION.c.id_hash == id_hash).values(seen_at=now))

    def end_session(self, id_hash: str) -> None:
        self._connection.execute(delete(_SESSION).where(_SESSION.c.id_hash == id_hash))

    def end_sessions_of(self, staff_id: UUID) -> None:
        """A changed password, role or a dismissal: every browser signs in anew."""
        self._connection.execute(delete(_SESSION).where(_SESSION.c.staff_id == staff_id))

    def shift_sessions(self, by: timedelta) -> None:
        """The clock of a demo jumped: nobody was idle for so long. One by one, because SQLite keeps moments as text."""
        for session in self._all(StaffSession, select(_SESSION)):
            session.created_at += by
            session.seen_at += by
            self._save(session)

    # --- messenger accounts

    def link_account(self, account: StaffAccount) -> None:
        """An account belongs to one staff member: a new link replaces the old one."""
        self.unlink_account(account.bot_id, account.user_id)
        self._insert(account)

    def unlink_account(self, bot_id: str, user_id: str) -> None:
        self._connection.execute(delete(_ACCOUNT).where(_ACCOUNT.c.bot_id == bot_id, _ACCOUNT.c.user_id == user_id))

    def accounts_of(self, staff_id: UUID) -> list[StaffAccount]:
        return self._all(StaffAccount, select(_ACCOUNT).where(_ACCOUNT.c.staff_id == staff_id))

    def set_duty(self, bot_id: str, user_id: str, is_on_duty: bool) -> None:
        mine = update(_ACCOUNT).where(_ACCOUNT.c.bot_id == bot_id, _ACCOUNT.c.user_id == user_id)
        self._connection.execute(mine.values(is_on_duty=is_on_duty))

    def on_duty(self, roles: Collection[Role], branch: str, holders: Collection[UUID] = ()) -> list[StaffAccount]:
        """The accounts whose private chats hear now of a case of this branch ("": of none) that these hold: of active
        staff in one of these roles. An operator of another branch does not (feature ES14)."""
        on = (
            select(_ACCOUNT)
            .join(_STAFF, _STAFF.c.id == _ACCOUNT.c.staff_id)
            .where(_ACCOUNT.c.is_on_duty, _STAFF.c.is_active, _STAFF.c.role.in_(roles))
        )
        if branch:
            is_its = or_(_STAFF.c.branch.in_(("", branch)), _STAFF.c.id.in_(holders))
            on = on.where(or_(_STAFF.c.role != Role.OPERATOR, is_its))
        return self._all(StaffAccount, on.order_by(_ACCOUNT.c.bot_id, _ACCOUNT.c.user_id))

    def accounts_in(self, roles: Collection[Role]) -> list[StaffAccount]:
        """Of active staff in one of these roles, on duty or not."""
        linked = select(_ACCOUNT).join(_STAFF, _STAFF.c.id == _ACCOUNT.c.staff_id)
        active = linked.where(_STAFF.c.is_active, _STAFF.c.role.in_(roles))
        return self._all(StaffAccount, active.order_by(_ACCOUNT.c.bot_id, _ACCOUNT.c.user_id))

    def by_account(self, bot_id: str, user_id: str) -> Staff | None:
        """The active staff member behind a messenger account: read at every press, so that rights end at once."""
        linked = (
            select(_STAFF)
            .join(_ACCOUNT, _ACCOUNT.c.staff_id == _STAFF.c.id)
            .where(_ACCOUNT.c.bot_id == bot_id, _ACCOUNT.c.user_id == user_id, _STAFF.c.is_active)
        )
        return self._one(Staff, linked)

    # --- one-time links

    def add_link(self, link: OneTimeLink) -> None:
        self._insert(link)

    def link(self, token_hash: str, now: datetime) -> OneTimeLink | None:
        """A link that still works."""
        return self._one(
            OneTimeLink,
            select(_LINK).where(_LINK.c.token_hash == token_hash, _LINK.c.used_at.is_(None), _LINK.c.expires_at > now),
        )

    def use_link(self, token_hash: str, now: datetime) -> bool:
        """True for the one who comes first and in time."""
        used = update(_LINK).where(
            _LINK.c.token_hash == token_hash, _LINK.c.used_at.is_(None), _LINK.c.expires_at > now
        )
        return self._connection.execute(used.values(used_at=now)).rowcount == 1

    # --- wrong passwords

    def add_failure(self, failure: SignInFailure) -> None:
        self._insert(failure)

    def count_failures(self, key: str, since: datetime) -> int:
        return self._count(select(func.count()).where(_FAILURE.c.key == key, _FAILURE.c.at >= since))

    def forget_failures(self, key: str) -> None:
        self._connection.execute(delete(_FAILURE).where(_FAILURE.c.key == key))
