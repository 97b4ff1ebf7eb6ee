"""The scales we ask on, NPS 0-10, CSAT 1-5 and CES 1-7, and what a score on them says."""

from typing import Final, NamedTuple

from storage.kinds import ScoreGroup, SurveyKind


class Scale(NamedTuple):
    """Both ends can be chosen."""

    lowest: int
    highest: int

    @property
    def rows(self) -> range:
        """Every score, ascending. How many fit in one row of buttons is the transport's business."""
        return range(self.lowest, self.highest + 1)

    @property
    def has_stars(self) -> bool:
        """Five steps from one: people give them as stars."""
        return self == Scale(1, 5)


SCALES: Final = {
    SurveyKind.NPS: Scale(0, 10),
    SurveyKind.CSAT: Scale(1, 5),
    SurveyKind.CES: Scale(1, 7),
}
"""Own questions have none of their own: each says its own."""
KNOWN: Final = (*SCALES.values(), Scale(1, 10))
"""What a question may be asked on: the ones whose words we can read."""
_PASSIVE_FROM: Final = {SurveyKind.NPS: 7, SurveyKind.CSAT: 3, SurveyKind.CES: 4}
_PROMOTER_FROM: Final = {SurveyKind.NPS: 9, SurveyKind.CSAT: 4, SurveyKind.CES: 5}


def rows(kind: SurveyKind) -> range:
    """Every score of the kind's scale; own questions have none."""
    return SCALES[kind].rows if kind in SCALES else range(0)


def is_on_scale(kind: SurveyKind, score: int) -> bool:
    return score in rows(kind)


def lowest(kind: SurveyKind) -> int:
    return SCALES[kind].lowest


def highest(kind: SurveyKind) -> int:
    return SCALES[kind].highest


def group_of(kind: SurveyKind, score: int) -> ScoreGroup:
    """NPS: promoter 9-10, passive 7-8, detractor 0-6 (feature NP1). CSAT: satisfied (promoter) 4-5, passive 3,
    detractor 1-2 (features CS1, ES7). CES, «it was easy», agreed with from 1 to 7: easy (promoter) 5-7, passive 4,
    detractor 1-3 (Gartner's CES 2.0). A score off the scale is a bug of the caller: ValueError."""
    if not is_on_scale(kind, score):
        raise ValueError(f"{score} is not on the {kind} scale")
    if score >= _PROMOTER_FROM[kind]:
        return ScoreGroup.PROMOTER
    return ScoreGroup.PASSIVE if score >= _PASSIVE_FROM[kind] else ScoreGroup.DETRACTOR


def is_detractor(kind: SurveyKind, score: int) -> bool:
    return group_of(kind, score) is ScoreGroup.DETRACTOR
