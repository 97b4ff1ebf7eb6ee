"""Scores and the groups they fall into."""

import pytest

from storage.kinds import ScoreGroup, SurveyKind
from surveys import scales

DETRACTOR, PASSIVE, PROMOTER = ScoreGroup.DETRACTOR, ScoreGroup.PASSIVE, ScoreGroup.PROMOTER


def test_nps_has_eleven_steps_in_the_groups_of_np1() -> None:
    groups = [scales.group_of(SurveyKind.NPS, score) for score in scales.rows(SurveyKind.NPS)]
    assert groups == [DETRACTOR] * 7 + [PASSIVE] * 2 + [PROMOTER] * 2


def test_csat_has_five_steps_of_which_two_are_satisfied() -> None:
    groups = [scales.group_of(SurveyKind.CSAT, score) for score in scales.rows(SurveyKind.CSAT)]
    assert groups == [DETRACTOR] * 2 + [PASSIVE] + [PROMOTER] * 2


def test_ces_has_seven_steps_of_which_three_are_easy() -> None:
    groups = [scales.group_of(SurveyKind.CES, score) for score in scales.rows(SurveyKind.CES)]
    assert groups == [DETRACTOR] * 3 + [PASSIVE] + [PROMOTER] * 3


OFF = [(SurveyKind.NPS, -1), (SurveyKind.NPS, 11), (SurveyKind.CSAT, 0), (SurveyKind.CES, 8), (SurveyKind.OWN, 3)]


@pytest.mark.parametrize(("kind", "score"), OFF)
def test_a_score_off_the_scale_is_refused(kind: SurveyKind, score: int) -> None:
    assert not scales.is_on_scale(kind, score)
    with pytest.raises(ValueError, match="not on the"):
        scales.group_of(kind, score)


@pytest.mark.parametrize("kind", scales.SCALES)
def test_detractors_are_exactly_the_detractor_group(kind: SurveyKind) -> None:
    for score in scales.rows(kind):
        assert scales.is_detractor(kind, score) == (scales.group_of(kind, score) is DETRACTOR)
