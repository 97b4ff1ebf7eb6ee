"""«Is all well now?»: what the answer to it says of the case that was closed (features ES9, B12)."""

from datetime import datetime, timedelta

from insights.metrics import Proportion, proportion
from messaging import cases
from messaging.desk import Desk
from storage.kinds import ScoreGroup, SurveyKind, Touchpoint
from storage.models import Case, SurveyRun
from storage.store import Store
from surveys.cadence import usual
from surveys.decision import Why
from surveys.sampling import cadence_of


def why_not(store: Store, case: Case, now: datetime) -> Why | None:
    """The check was promised, and still comes on top of no other question: the cool-down is that of visits (feature
    NP5). What was asked about this very case, or opened it, is no other."""
    asked_at, cadence = store.recoveries.asked_beside(case), cadence_of(store, SurveyKind.CSAT)
    rules = cadence.rules if cadence else {}
    rule = rules.get(Touchpoint.VISIT) or usual(SurveyKind.CSAT)[Touchpoint.VISIT]
    is_early = asked_at is not None and now - asked_at < timedelta(days=rule.cool_down_days)
    return Why.SURVEYED_RECENTLY if is_early else None


def note(store: Store, run: SurveyRun) -> None:
    """A score was given, or changed: whether the case is repaired. Only a satisfied customer is a repaired one."""
    if run.touchpoint is not Touchpoint.RECOVERY or run.case_id is None or run.score_group is None:
        return
    case = store.cases.locked(run.case_id)
    if case is not None:
        case.is_recovered = run.score_group is ScoreGroup.PROMOTER
        store.cases.save(case)


def reopen(store: Store, run: SurveyRun, words: str, now: datetime, desk: Desk) -> bool:
    """Open the case again that the run asked about; False for any other run."""
    if run.touchpoint is not Touchpoint.RECOVERY or run.case_id is None:
        return False
    case = cases.reopen(store, run.case_id, words, now, desk)
    note(store, run)
    return case is not None


def rate(store: Store, since: datetime, until: datetime) -> Proportion | None:
    """Recovered of all who were asked in this time, with its interval: silence is no recovery. None when nobody was."""
    found = store.recoveries.rate(since, until)
    return proportion(found.recovered, found.asked)
