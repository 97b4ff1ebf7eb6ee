"""Queries: who was erased, as keyed hashes of their phones, cards, numbers and accounts.

The key is a random value kept beside them as a setting. Who has only this table cannot try out all phones there are;
who has the whole database can, as a deployment's secret would not prevent either once the program runs. It does not
come from the environment because an import reads it too, and a lost secret must not bring erased people back.
"""

import hmac
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from storage.columns import Queries, chunks, table_of
from storage.models import BusinessSetting, Tombstone

_STONE = table_of(Tombstone)
_SETTING = table_of(BusinessSetting)
_SALT = "privacy.tombstone_salt"
AT_ONCE = 500

Key = tuple[str, str]
"""(kind, value), as in CustomerKey; `account` is a bot's id, a space and the account's."""
ACCOUNT = "account"
BOUGHT = "purchase"
"""A purchase's own key: it is in the books, and is not to be there twice when its owner comes back."""


class Tombstones(Queries):
    def bury(self, keys: Iterable[Key], now: datetime) -> None:
        """These are not to come back by an import."""
        salt = self._salt() or self._new_salt(now)
        self._insert_new(*(Tombstone(hash=_hash(salt, key), at=now) for key in sorted(set(keys))))

    def among(self, keys: Collection[Key]) -> set[Key]:
        """Which of these belonged to somebody who was erased."""
        salt = self._salt() if keys else ""
        if not salt:
            return set()
        hashed = {_hash(salt, key): key for key in keys}
        found: set[Key] = set()
        for some in chunks(hashed, AT_ONCE):
            rows = self._connection.execute(select(_STONE.c.hash).where(_STONE.c.hash.in_(some)))
            found |= {hashed[row[0]] for row in rows}
        return found

    def _salt(self) -> str:
        """Empty as long as nobody was erased."""
        kept = self._connection.execute(select(_SETTING.c.value).where(_SETTING.c.key == _SALT)).scalar_one_or_none()
        return str(kept or "")

    def _new_salt(self, now: datetime) -> str:
        self._insert_new(BusinessSetting(key=_SALT, version=1, value=secrets.token_hex(32), changed_at=now))
        return self._salt()


def _hash(salt: str, key: Key) -> str:
    return hmac.new(salt.encode(), "\x1f".join(key).encode(), sha256).hexdigest()
