"""Goals are open until somebody ends them; the report nearest to a moment is found, and none that is too far."""

from datetime import UTC, datetime, timedelta

from storage.models import BaseReport, Goal

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def goal(days: int) -> Goal:
    return Goal(metric="crr", started_from=50.0, target=60.0, since=NOW, deadline=NOW + days * DAY)


def report(days_ago: float) -> BaseReport:
    return BaseReport(made_at=NOW - days_ago * DAY, data={}, prior={}, purchases=0, seconds=0.0, engine="plain")


async def test_the_nearest_deadline_comes_first_and_a_goal_ends_once(database):
    later, sooner = goal(90), goal(30)

    def unit(store):
        store.goals.add(later)
        store.goals.add(sooner)
        first = [one.id for one in store.goals.open()]
        ended = [store.goals.end(sooner.id, NOW), store.goals.end(sooner.id, NOW + DAY)]
        return first, ended, store.goals.open()

    first, ended, left = await database.write(unit)
    assert first == [sooner.id, later.id]
    assert ended == [True, False]
    assert left == [later]


async def test_the_report_nearest_to_a_moment_is_found_within_bounds(database):
    def unit(store):
        for days_ago in (0, 21, 27, 29.5, 36):
            store.reports.add(report(days_ago), 60)
        near = store.reports.nearest(NOW - 28 * DAY, 7 * DAY)
        far = store.reports.nearest(NOW - 60 * DAY, 7 * DAY)
        return near, far

    near, far = await database.write(unit)
    assert near.made_at == NOW - 27 * DAY
    assert far is None
