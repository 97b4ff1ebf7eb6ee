"""Which words and scores call a person: the first rule that fits, and by default what the policy always said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.case_rules import USUAL, Call, Flaw, Heard, Rule, Unfit, When, as_json, call, parse
from insights.classification import ABUSIVE, Classification
from insights.policy import needs_person
from storage.kinds import CaseOrigin, ScoreGroup, Sentiment, SurveyKind, Urgency

LOW = ScoreGroup.DETRACTOR
WORDLESS = tuple(rule for rule in USUAL if rule.when is not When.WORDS)
readings = st.one_of(
    st.none(),
    st.builds(
        Classification,
        st.sampled_from(Sentiment),
        st.just(0.0),
        st.sampled_from([0.4, 0.6, 0.9]),
        st.integers(0, 3),
        st.booleans(),
        st.just(()),
        st.just("test"),
    ),
)


@given(readings, st.one_of(st.none(), st.sampled_from(ScoreGroup)), st.sampled_from([SurveyKind.NPS, SurveyKind.CSAT]))
@settings(max_examples=50)
def test_by_default_it_is_what_the_policy_says(reading, group, kind):
    found = call(WORDLESS, Heard("", reading, group, kind))
    expected = needs_person(reading, group)
    assert (found and (found.urgency, found.origin)) == (expected and tuple(expected))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("Сделайте возврат", True),
        ("хочу ВОЗВРАТА!", True),
        ("верните мне мои деньги", True),
        ("верните мне деньги", True),
        ("верните мне сейчас же все деньги", False),
        ("деньги мне верните", False),
        ("верните", False),
        ("Верните деньги", True),
        ("верни деньги", True),
        ("I want a refund", True),
        ("refunds?", True),
        ("возвратный механизм кофемашины", False),
        ("спасибо, деньги верните себе", False),
    ],
)
def test_a_word_is_found_in_any_of_its_forms_and_a_phrase_in_its_order(text, fits):
    found = call(USUAL, Heard(text, None))
    assert found == (Call(Urgency.TODAY, CaseOrigin.KEYWORD) if fits else None)


@pytest.mark.parametrize("word", ["таракан", "таракана", "тараканы", "тараканов", "ТАРАКАНАМИ"])
@pytest.mark.parametrize("written", ["таракан", "тараканы", "тараканов"])
def test_whatever_form_the_rule_is_written_in_finds_every_form(written, word):
    rule = Rule(When.WORDS, Urgency.NOW, (written,))
    assert call([rule], Heard(f"в зале {word}!", None)) is not None


WORDS = st.lists(st.sampled_from(["верните", "деньги", "мне", "суп", "таракан", "долго"]), min_size=1, max_size=5)


@given(WORDS, WORDS, WORDS)
@settings(max_examples=50)
def test_a_phrase_that_stands_there_word_for_word_is_found(phrase, before, after):
    rule = Rule(When.WORDS, Urgency.NOW, (" ".join(phrase),))
    assert call([rule], Heard(" ".join([*before, *phrase, *after]), None)) is not None


@given(WORDS, st.data())
@settings(max_examples=50)
def test_two_other_words_between_are_as_if_they_were_not_there_and_three_are_not(phrase, data):
    rule = Rule(When.WORDS, Urgency.NOW, (" ".join(phrase),))
    between = st.integers(0, 2) if data.draw(st.booleans()) or len(phrase) == 1 else st.just(3)
    gaps = [data.draw(between) for _ in phrase[1:]]
    said = " ".join([phrase[0], *(f"{'ещё ' * gap}{word}" for gap, word in zip(gaps, phrase[1:], strict=True))])
    assert (call([rule], Heard(said, None)) is not None) == all(gap <= 2 for gap in gaps)


def test_the_first_rule_that_fits_decides():
    first = Rule(When.WORDS, Urgency.NOW, ("таракан",), branch="Арбат", label="санитария")
    second = Rule(When.DETRACTOR, Urgency.TODAY)
    heard = Heard("у вас тараканы", None, LOW, SurveyKind.NPS)
    assert call([first, second], heard) == Call(Urgency.NOW, CaseOrigin.KEYWORD, "Арбат", "санитария")
    assert call([second, first], heard) == Call(Urgency.TODAY, CaseOrigin.LOW_SCORE)
    assert call([first._replace(is_on=False), second], heard) == Call(Urgency.TODAY, CaseOrigin.LOW_SCORE)


def test_abuse_calls_a_person_even_where_no_rule_is_left():
    abuse = Classification(Sentiment.NEGATIVE, -1, 0.9, ABUSIVE, False, (), "test")
    assert call([], Heard("…", abuse)) == Call(Urgency.NOW, CaseOrigin.ANGRY_MESSAGE)
    assert call([], Heard("…", None, LOW, SurveyKind.NPS)) is None


def test_a_low_csat_and_a_detractor_have_rules_of_their_own():
    csat_only = [Rule(When.LOW_CSAT, Urgency.NOW)]
    assert call(csat_only, Heard("", None, LOW, SurveyKind.CSAT)) == Call(Urgency.NOW, CaseOrigin.LOW_SCORE)
    assert call(csat_only, Heard("", None, LOW, SurveyKind.NPS)) is None


def test_kept_rules_come_back_the_same_and_wrong_ones_are_said():
    assert parse(as_json(USUAL)) == USUAL
    with pytest.raises(Unfit) as refused:
        parse([{"when": "moon"}, {"when": "words", "urgency": "now"}, {"when": "angry", "urgency": "soon"}, 5])
    assert refused.value.flaws == {
        0: Flaw.UNKNOWN_WHEN,
        1: Flaw.NO_WORDS,
        2: Flaw.UNKNOWN_URGENCY,
        3: Flaw.NO_RULE,
    }
    with pytest.raises(Unfit):
        parse({})
