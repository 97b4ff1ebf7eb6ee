"""The business's settings: each change a version, and a unit that changes one goes by the new one."""

from datetime import UTC, datetime

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_a_unit_sees_what_it_has_changed_itself(database):
    def unit(store) -> list[object]:
        told = [store.business.setting("a")]
        store.business.change("a", 1, None, NOW)
        told.append(store.business.setting("a").value)
        store.business.change("a", 2, None, NOW)
        told.append((store.business.setting("a").value, store.business.setting("a").version))
        store.business.keep_value("b", "x", NOW)
        told.append(store.business.setting("b").value)
        store.business.keep_value("b", "y", NOW)
        return [*told, store.business.setting("b").value]

    assert await database.write(unit) == [None, 1, (2, 2), "x", "y"]
    assert await database.read(lambda store: store.business.setting("a").value) == 2
