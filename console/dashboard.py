"""Today: what waits for us, and how customers rate us; each number with how far it may be trusted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from starlette.responses import Response

from console.access import ADVISERS, COUNTERS
from console.chart import Point, trend
from console.pages import Visit
from console.today import Card, cards
from console.words import Words
from insights.metrics import CsatResult, NpsResult, Proportion, by_group, csat, nps, proportion, small_nps_interval
from messaging.messages import Address
from storage.kinds import Channel, DeliveryState, ScoreGroup, SurveyKind
from storage.store import Store

PERIOD = timedelta(days=90)
DELIVERY_PERIOD = timedelta(days=7)
WEEKS = 12

ON_ITS_WAY = frozenset({DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING})


@dataclass(frozen=True)
class Week:
    """Answers of one week, Monday to Sunday."""

    start: date
    groups: Counter[ScoreGroup]

    @property
    def nps(self) -> NpsResult | None:
        return _nps(self.groups)

    @property
    def interval(self) -> tuple[float, float]:
        return small_nps_interval(*by_group(self.groups))


@dataclass(frozen=True)
class Delivery:
    """What became of one channel's messages."""

    channel: Channel
    sent: int
    on_its_way: int
    failed: int
    unknown: int

    @property
    def all(self) -> int:
        return self.sent + self.on_its_way + self.failed + self.unknown


@dataclass(frozen=True)
class Today:
    open: int
    late: int
    unassigned: int
    mine: int
    score: NpsResult | None
    groups: dict[ScoreGroup, int]
    response: Proportion | None
    satisfied: CsatResult | None
    weeks: list[Week]
    deliveries: list[Delivery]
    has_bots: bool
    actions: list[Card]
    loss: Mapping[str, Any] | None
    """What was not earned in twelve months (`insights.loss_audit`), where the last night could tell."""


async def show(visit: Visit) -> Response:
    today = await visit.read(lambda store: _today(store, visit))
    chart = trend([_point(week, visit.words) for week in today.weeks], visit.words.t("today.trend.label"))
    hour = visit.words.local(visit.now).hour
    part = "night" if hour < 5 else "morning" if hour < 12 else "day" if hour < 18 else "evening"
    return visit.page("dashboard.html", today=today, chart=chart, part_of_day=part, groups=list(ScoreGroup))


def _today(store: Store, visit: Visit) -> Today:
    assert visit.frame is not None
    now, since = visit.now, visit.now - PERIOD
    asked, answered = store.surveys.asked_and_answered(SurveyKind.NPS, since, now)
    groups = store.surveys.group_counts(SurveyKind.NPS, since, now)
    counts = visit.frame.counts
    return Today(
        open=counts.all,
        late=store.cases.count_late(now),
        unassigned=counts.unassigned,
        mine=counts.mine,
        score=_nps(Counter(groups)),
        groups=groups,
        response=proportion(answered, asked),
        satisfied=csat(store.surveys.score_counts(SurveyKind.CSAT, since, now)),
        weeks=_weeks(store, visit),
        deliveries=_deliveries(store.outbox.counts(now - DELIVERY_PERIOD)),
        has_bots=bool(visit.parts.bots()),
        actions=cards(store, visit) if visit.staff.role in ADVISERS else [],
        loss=_loss(store) if visit.staff.role in COUNTERS else None,
    )


def _loss(store: Store) -> Mapping[str, Any] | None:
    report = store.reports.newest()
    audit = report.data.get("losses") if report else None
    return {**audit["loss"]["money"], "currency": audit["currency"]} if audit and audit.get("is_enough") else None


def _nps(groups: Counter[ScoreGroup]) -> NpsResult | None:
    return nps(*by_group(groups))


def _weeks(store: Store, visit: Visit) -> list[Week]:
    zone = visit.words.zone
    today = visit.today
    monday = today - timedelta(days=today.weekday())
    starts = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    groups: dict[date, Counter[ScoreGroup]] = {start: Counter() for start in starts}
    first = datetime(starts[0].year, starts[0].month, starts[0].day, tzinfo=zone)
    for at, group in store.surveys.answers(SurveyKind.NPS, first, visit.now):
        day = at.astimezone(zone).date()
        start = day - timedelta(days=day.weekday())
        if start in groups and group is not None:
            groups[start][group] += 1
    return [Week(start, groups[start]) for start in starts]


def _point(week: Week, words: Words) -> Point:
    result, label = week.nps, words.short_day(week.start)
    if result is None:
        return Point(label, "", None)
    title = words.t(
        "today.trend.point", day=label, score=words.signed(result.score), answers=words.n("answers", result.n)
    )
    return Point(label, title, result.score, *week.interval)


def _deliveries(counts: list[tuple[str, DeliveryState, int]]) -> list[Delivery]:
    by_channel: dict[Channel, Counter[DeliveryState]] = {}
    for bot_id, state, rows in counts:
        by_channel.setdefault(Address(bot_id, "").channel, Counter())[state] += rows
    return [
        Delivery(
            channel,
            sent=states[DeliveryState.SENT],
            on_its_way=sum(states[state] for state in ON_ITS_WAY),
            failed=states[DeliveryState.FAILED],
            unknown=states[DeliveryState.UNKNOWN],
        )
        for channel, states in by_channel.items()
    ]
