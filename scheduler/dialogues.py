"""Dialogues by the clock: each week some of every operator's are drawn for a supervisor to read (feature C11)."""

from messaging import dialogue_quality
from scheduler.work import Work


async def sample_dialogues(work: Work) -> int:
    """Of the last whole week. Looked at every hour; what was drawn already is not drawn again."""
    now, zone = work.clock(), work.shop().zone
    return await work.database.write(lambda store: dialogue_quality.sample(store, now, zone))
