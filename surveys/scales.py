"""The two scales we ask on, NPS 0-10 and CSAT 1-5, and what a score on them says."""

from storage.kinds import ScoreGroup, SurveyKind

_BOUNDS = {SurveyKind.NPS: (0, 10), SurveyKind.CSAT: (1, 5)}
_PASSIVE_FROM = {SurveyKind.NPS: 7, SurveyKind.CSAT: 3}
_PROMOTER_FROM = {SurveyKind.NPS: 9, SurveyKind.CSAT: 4}


def lowest(kind: SurveyKind) -> int:
    return _BOUNDS[kind][0]


def highest(kind: SurveyKind) -> int:
    return _BOUNDS[kind][1]


def rows(kind: SurveyKind) -> range:
    """Every score of the scale, ascending. How many fit in one row of buttons is the transport's business."""
    return range(lowest(kind), highest(kind) + 1)


def is_on_scale(kind: SurveyKind, score: int) -> bool:
    return score in rows(kind)


def group_of(kind: SurveyKind, score: int) -> ScoreGroup:
    """NPS: promoter 9-10, passive 7-8, detractor 0-6 (feature NP1). CSAT: satisfied (promoter) 4-5, passive 3,
    detractor 1-2 (features CS1, ES7). A score off the scale is a bug of the caller: ValueError."""
    if not is_on_scale(kind, score):
        raise ValueError(f"{score} is not on the {kind} scale")
    if score >= _PROMOTER_FROM[kind]:
        return ScoreGroup.PROMOTER
    return ScoreGroup.PASSIVE if score >= _PASSIVE_FROM[kind] else ScoreGroup.DETRACTOR


def is_detractor(kind: SurveyKind, score: int) -> bool:
    return group_of(kind, score) is ScoreGroup.DETRACTOR
