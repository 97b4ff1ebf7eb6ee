"""«Is all well now?»: what the answer to it says of the case that was closed (features ES9, B12)."""

from datetime import datetime

from insights.metrics import Proportion, proportion
from messaging import cases
from messaging.desk import Desk
from storage.kinds import ScoreGroup, Touchpoint
from storage.models import SurveyRun
from storage.store import Store


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
