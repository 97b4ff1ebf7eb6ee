"""How a customer came to their stage: the moves that their visits and silences made, told afterwards. Pure.

A base that was just brought in has no moves on record, and a table of moves that begins today says nothing for a year.
"""

from collections.abc import Sequence
from typing import NamedTuple

from insights.lifecycle import Held, Reason, on_time, stage
from insights.purchase_interval import GapSums, Prior, after_visit, expected, rhythm_by
from storage.kinds import LifecycleStage


class StageMove(NamedTuple):
    """On `day` (an ordinal) a customer went from one stage to another."""

    day: int
    before: LifecycleStage
    after: LifecycleStage
    reason: Reason


def moves(days: Sequence[int], prior: Prior, today: int, since: int = 0) -> list[StageMove]:
    """Every move of a customer from the day `since` up to `today`, from their days of visit (distinct, ascending).

    Each moment is judged by the visits before it, but by the prior of today: nobody kept what the base was like then.
    The last move leads to the stage that `lifecycle.stage` finds today.
    """
    found: list[StageMove] = []
    own: GapSums | None = None
    held: Held | None = Held(LifecycleStage.POTENTIAL, days[0] if days else today)
    for place, day in enumerate(days):
        own = after_visit(own, day)
        until = days[place + 1] - 1 if place + 1 < len(days) else today
        if until + 1 < since:  # whatever happened until the next visit, which forgets it, is not asked for
            held = None
            continue
        law = expected(own, prior)
        late, lost = law.limits()
        if held is not None and held.name is on_time(own.visits) and until <= day + late:
            continue  # as most visits are: on time as before, and never late
        theirs = rhythm_by(law, own, prior)
        # The days on which a stage can change: that of the visit, and the two limits of the silence after it.
        for moment in (moment for moment in (day, day + late + 1, day + lost + 1) if moment <= until):
            now = stage(own, theirs, moment, known_since=days[0], before=held)
            if held is not None and now.name is not held.name and moment >= since:
                found.append(StageMove(moment, held.name, now.name, now.reason))
            held = Held(now.name, now.since_day)
    return found
