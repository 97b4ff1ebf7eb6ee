"""The rules as they are kept: each change a version with its line in the audit."""

from datetime import UTC, datetime

import pytest

from loyalty.programme import KEY, rules_now, save_rules
from loyalty.rules import Rules, Unfit
from storage.kinds import AuditAction, Role
from storage.models import Staff

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
async def marketer(database):
    staff = Staff(login="anna", name="Анна", role=Role.MARKETER, created_at=NOW)
    await database.write(lambda store: store.staff.add(staff))
    return staff


async def test_a_business_that_never_looked_has_the_defaults(database):
    assert await database.read(rules_now) == Rules()


async def test_a_change_is_a_version_and_a_line_of_audit_that_says_what(database, marketer):
    assert await database.write(lambda store: save_rules(store, Rules(percent=7), marketer, NOW))
    assert await database.write(lambda store: save_rules(store, Rules(percent=3), marketer, NOW))
    assert await database.read(rules_now) == Rules(percent=3)
    assert (await database.read(lambda store: store.business.setting(KEY))).version == 2
    newest, *_ = await database.read(lambda store: store.audit.page(2))
    assert newest.action is AuditAction.RULES_CHANGED
    assert newest.staff_id == marketer.id
    assert newest.details == {"changed": {"percent": [7.0, 3.0]}}


async def test_what_changes_nothing_writes_nothing(database, marketer):
    assert not await database.write(lambda store: save_rules(store, Rules(), marketer, NOW))
    assert await database.read(lambda store: store.audit.page(2)) == []


async def test_what_no_version_has_written_is_no_rules(database):
    await database.write(lambda store: store.business.change(KEY, {"percent": "five"}, None, NOW))
    with pytest.raises(Unfit, match="percent"):
        await database.read(rules_now)
