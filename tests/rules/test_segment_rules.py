"""The rules of a segment: what is refused and where, what is told of them, and why somebody is in."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.segment_fields import FIELDS, SHAPES, Kind, Operator, Shape
from messaging.segment_words import describe, field_name, saw, value_name
from messaging.segments import (
    EVERYONE,
    MOST_RULES,
    AllOf,
    AnyOf,
    Leaf,
    Not,
    Wrong,
    WrongRules,
    as_json,
    leaves,
    parse,
    reasons,
)
from storage.kinds import Language

TWICE = {"field": "visits", "is": "at_least", "value": 2}
KAZAN = {
    "all": [
        {"field": "gender", "is": "any_of", "value": ["female"]},
        {"field": "age", "is": "between", "value": [25, 40]},
        TWICE,
        {"field": "last_visit", "is": "longer_ago", "value": 45},
        {"field": "city", "is": "any_of", "value": ["Казань"]},
    ]
}


def leaf(key: str, operator: str, value=None, **more) -> dict:
    return {"field": key, "is": operator, **({} if value is None else {"value": value}), **more}


def a_value(field, operator):
    """Some value that fits."""
    low, high = field.range_of(operator)
    listed = [field.choices[0]] if field.choices else ["Казань"]
    return {
        Shape.NOTHING: None,
        Shape.NUMBER: max(low, min(high, 7)),
        Shape.RANGE: [low, high],
        Shape.LIST: listed,
        Shape.LIST_AND_DAYS: listed,
    }[SHAPES[operator]]


def every_leaf() -> list[dict]:
    """One of each field with each of its operators."""
    found = []
    for field in FIELDS.values():
        for operator in field.operators:
            days = {"days": 30} if SHAPES[operator] is Shape.LIST_AND_DAYS else {}
            found.append(leaf(field.key, operator.value, a_value(field, operator), **days))
    return found


@pytest.mark.parametrize("raw", every_leaf(), ids=lambda raw: f"{raw['field']}-{raw['is']}")
def test_every_field_can_be_asked_read_back_and_told_in_both_languages(raw):
    rule = parse(raw)
    assert as_json(rule) == raw
    assert all(describe(rule, language) for language in Language)


def test_a_marketers_words_become_rules_and_words_again():
    assert describe(parse(KAZAN), Language.RU) == (
        "Женщины, возраст 25–40, визитов от 2, последний визит больше 45 дней назад, город Казань"
    )
    assert describe(parse(KAZAN), Language.EN) == (
        "Women, age 25–40, visits at least 2, last visit more than 45 days ago, city Казань"
    )


@pytest.mark.parametrize(
    ("raw", "place", "wrong"),
    [
        ([], "", Wrong.NO_RULE),
        ({}, "", Wrong.NO_RULE),
        ({"all": [], "any": []}, "", Wrong.NO_RULE),
        ({"sql": "1=1"}, "", Wrong.NO_RULE),
        ({"any": []}, "", Wrong.EMPTY_GROUP),
        ({"not": {"all": []}}, "not", Wrong.EMPTY_GROUP),
        ({"all": [TWICE, {"any": []}]}, "all[1]", Wrong.EMPTY_GROUP),
        (
            {"all": [TWICE, {"not": {"any": [{"field": "shoe_size", "is": "at_least"}]}}]},
            "all[1].not.any[0]",
            Wrong.FIELD,
        ),
        ({"all": "visits"}, "", Wrong.NO_RULE),
        ({**TWICE, "or": 1}, "", Wrong.NO_RULE),
        ({"field": ["visits"], "is": "at_least", "value": 2}, "", Wrong.FIELD),
        (leaf("visits", "any_of", ["2"]), "", Wrong.OPERATOR),
        (leaf("visits", "known"), "", Wrong.OPERATOR),
        (leaf("visits", "at_least"), "", Wrong.NO_VALUE),
        (leaf("visits", "at_least", "2"), "", Wrong.NOT_A_NUMBER),
        (leaf("visits", "at_least", True), "", Wrong.NOT_A_NUMBER),
        (leaf("visits", "at_least", 2.5), "", Wrong.NOT_A_NUMBER),
        (leaf("visits", "at_least", -1), "", Wrong.OUT_OF_RANGE),
        (leaf("nps", "at_least", 11), "", Wrong.OUT_OF_RANGE),
        (leaf("recency_score", "equals", 0), "", Wrong.OUT_OF_RANGE),
        (leaf("birthday", "in_month", 13), "", Wrong.OUT_OF_RANGE),
        (leaf("age", "between", [40, 25]), "", Wrong.WRONG_WAY_ROUND),
        (leaf("age", "between", [25]), "", Wrong.NO_VALUE),
        (leaf("stage", "any_of", []), "", Wrong.NO_VALUE),
        (leaf("stage", "any_of", ["asleep"]), "", Wrong.VALUE),
        (leaf("city", "any_of", [1]), "", Wrong.VALUE),
        (leaf("city", "any_of", ["  "]), "", Wrong.VALUE),
        (leaf("city", "any_of", ["a\0b"]), "", Wrong.VALUE),
        (leaf("city", "any_of", ["a" * 201]), "", Wrong.VALUE),
        (leaf("city", "any_of", [str(n) for n in range(101)]), "", Wrong.TOO_MANY),
        (leaf("member", "yes", 1), "", Wrong.VALUE),
        (leaf("product", "recently", ["Латте"]), "", Wrong.DAYS),
        (leaf("product", "recently", ["Латте"], days=0), "", Wrong.DAYS),
        (leaf("product", "ever", ["Латте"], days=3), "", Wrong.DAYS),
        ({"all": [TWICE] * (MOST_RULES + 1)}, "", Wrong.TOO_MANY),
        ({"all": [{"any": [TWICE] * 21}] * 2}, "", Wrong.TOO_MANY),
        *(
            ({"all": [{"any": [leaf("seller", "ever", ["Ира"]), TWICE]}, {"not": said}]}, "", Wrong.EMPLOYEE)
            for said in (leaf("nps", "at_most", 6), leaf("flag", "known"), leaf("open_case", "yes"))
        ),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(raw, place, wrong):
    with pytest.raises(WrongRules) as caught:
        parse(raw)
    assert [(one.place, one.wrong) for one in caught.value.problems] == [(place, wrong)]


def test_all_mistakes_are_told_at_once_with_the_numbers_of_their_path():
    with pytest.raises(WrongRules) as caught:
        parse({"all": [leaf("visits", "at_least"), TWICE, {"not": {"any": [TWICE, leaf("x", "y")]}}]})
    assert [one.path for one in caught.value.problems] == [(0,), (2, 1)]
    assert str(caught.value) == "all[0]: no_value; all[2].not.any[1]: field"


@pytest.mark.parametrize("word", ["all", "any", "not"])
def test_groups_within_groups_end_somewhere(word):
    raw = TWICE
    for _ in range(500):
        raw = {word: raw if word == "not" else [raw]}
    with pytest.raises(WrongRules) as caught:
        parse(raw)
    assert caught.value.problems[0].wrong is Wrong.TOO_DEEP


def test_five_groups_deep_is_read():
    raw = TWICE
    for _ in range(5):
        raw = {"any": [raw]}
    assert as_json(parse(raw)) == raw


def test_the_same_value_twice_is_one():
    assert parse(leaf("city", "any_of", ["Уфа", "Уфа"])) == Leaf("city", Operator.ANY_OF, ("Уфа",))


_trees = st.recursive(
    st.sampled_from(every_leaf()),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda items: {"all": items})
        | st.lists(inner, min_size=1, max_size=3).map(lambda items: {"any": items})
        | inner.map(lambda item: {"not": item})
    ),
    max_leaves=4,
)


@settings(max_examples=50)
@given(_trees, st.data())
def test_the_reasons_are_enough(raw, data):
    """Whatever the other conditions find, those that are named as reasons keep the person in."""
    rule = parse(raw)
    number = len(leaves(rule))
    met = data.draw(st.lists(st.booleans(), min_size=number, max_size=number))
    places = reasons(rule, met)
    assert bool(places) == _holds(rule, iter(met))
    if places:
        other = [one if place in places else data.draw(st.booleans()) for place, one in enumerate(met)]
        assert _holds(rule, iter(other))


def _holds(rule, met) -> bool:
    match rule:
        case Leaf():
            return next(met)
        case Not(item):
            return not _holds(item, met)
        case AllOf(items):
            answers = [_holds(item, met) for item in items]
            return all(answers)
        case AnyOf(items):
            answers = [_holds(item, met) for item in items]
            return any(answers)


def test_of_any_only_what_is_met_is_a_reason():
    rule = parse({"any": [TWICE, leaf("member", "yes"), {"not": leaf("open_case", "yes")}]})
    assert reasons(rule, [True, False, False]) == [0, 2]


@pytest.mark.parametrize(
    ("raw", "value", "told"),
    [
        (TWICE, 3, "визитов: 3"),
        (leaf("revenue", "at_least", 100), 1_350_00, "куплено на сумму: 1 350 ₽"),
        (leaf("last_visit", "longer_ago", 45), date(2026, 1, 1), "последний визит: 1 января 2026, 60 дней назад"),
        (leaf("expected", "within_next", 7), date(2026, 3, 3), "ждём снова: 3 марта 2026, через 1 день"),
        (leaf("last_visit", "within", 1), date(2026, 3, 2), "последний визит: 2 марта 2026, сегодня"),
        (leaf("birthday", "in_month", 2), 229, "день рождения: 29 февраля"),
        (leaf("city", "none_of", ["Уфа"]), None, "город: неизвестно"),
        (leaf("stage", "any_of", ["lost"]), "lost", "потерянные"),
        (leaf("channel", "any_of", ["vk"]), ("telegram", "vk"), "можно написать в: Telegram, ВКонтакте"),
        (leaf("product", "never", ["Латте"]), None, "покупка Латте: ни разу"),
        (leaf("product", "ever", ["Латте"]), date(2026, 2, 28), "покупка Латте: 28 февраля 2026, 2 дня назад"),
        (leaf("member", "no"), False, "без карты программы"),
    ],
)
def test_what_a_condition_saw_is_told(raw, value, told):
    text = saw(parse(raw), value, Language.RU, date(2026, 3, 2))
    assert text.replace("\xa0", " ") == told


def test_groups_and_their_opposites_read_as_sentences():
    raw = {"any": [leaf("stage", "any_of", ["at_risk"]), {"not": {"all": [TWICE, leaf("member", "yes")]}}]}
    assert describe(parse(raw), Language.RU) == "Опаздывают или все, кроме (визитов от 2, с картой программы)"
    assert describe(EVERYONE, Language.RU) == "Все клиенты"


def test_ids_are_told_by_their_names_and_long_lists_are_cut():
    raw = leaf("import", "any_of", ["a1"])
    assert describe(parse(raw), Language.RU, {"a1": "клиенты.xlsx"}) == "Загружены файлом клиенты.xlsx"
    raw = leaf("city", "any_of", list("абвгде"))
    assert describe(parse(raw), Language.RU) == "Город а или б или в или г и ещё 2"


def test_every_field_and_choice_has_its_name():
    for language in Language:
        for field in FIELDS.values():
            assert field_name(field.key, language)
            assert all(value_name(field, choice, language) for choice in field.choices)
            assert bool(field.choices) == (field.kind is Kind.CHOICE)
