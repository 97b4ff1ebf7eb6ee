"""The form of a segment's rules: there and back, what buttons do to it, and what is typed wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console import segment_form
from console.segment_form import DraftGroup, DraftRule
from messaging.segments import AllOf, AnyOf, Leaf, Not, Wrong, WrongRules, as_json, parse
from tests.rules.test_segment_rules import every_leaf


def sent(draft: DraftGroup) -> list[tuple[str, str]]:
    """What a browser sends of the form as it is drawn."""
    fields = [(f"{draft.path}.join", draft.join)]
    for item in draft.items:
        if isinstance(item, DraftGroup):
            fields += sent(item)
            continue
        fields += [(f"{item.path}.was", item.key), (f"{item.path}.field", item.key), (f"{item.path}.is", item.operator)]
        fields += [(f"{item.path}.value", value) for value in item.values]
        fields += [(f"{item.path}.days", item.days)] if item.days else []
    return fields


_trees = st.recursive(
    st.sampled_from(every_leaf()),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=12).map(lambda items: {"all": items})
        | st.lists(inner, min_size=1, max_size=3).map(lambda items: {"any": items})
        | inner.map(lambda item: {"not": item})
    ),
    max_leaves=14,
)


def _may_be_asked(raw) -> bool:
    """Who served them and what they said do not stand in one tree: such rules are refused."""
    try:
        parse(raw)
    except WrongRules as wrong:
        return any(one.wrong is not Wrong.EMPLOYEE for one in wrong.problems)
    return True


@settings(max_examples=50)
@given(_trees.filter(_may_be_asked))
def test_rules_go_into_the_form_and_come_back_saying_the_same(raw):
    rule = parse(raw)
    draft = segment_form.of_rules(rule)
    back = segment_form.as_json(segment_form.read(sent(draft)))
    assert back == segment_form.as_json(draft)
    assert plainer(parse(back)) == plainer(rule)


def plainer(rule):
    """Without groups of one and without a «not» of a «not»: they say nothing."""
    match rule:
        case Leaf():
            return rule
        case Not(item):
            inner = plainer(item)
            return inner.item if isinstance(inner, Not) else Not(inner)
        case AllOf((item,)) | AnyOf((item,)):
            return plainer(item)
    return type(rule)(tuple(plainer(item) for item in rule.items))


def test_the_buttons_add_a_condition_a_group_and_take_either_away():
    draft = DraftGroup(items=[DraftRule(key="visits", operator="at_least", values=["2"])])
    for order in ("group:r", "add:r.1", "add:r"):
        segment_form.change(draft, order)
    shape = [item.path if isinstance(item, DraftRule) else [one.path for one in item.items] for item in draft.items]
    assert shape == ["r.0", ["r.1.0", "r.1.1"], "r.2"]
    segment_form.change(draft, "drop:r.0")
    segment_form.change(draft, "drop:r.0.1")
    assert [len(item.items) for item in draft.items if isinstance(item, DraftGroup)] == [1]
    assert draft.items[1].path == "r.1"


@pytest.mark.parametrize("order", ["", "drop:r", "drop:r.9", "drop:", "add:r.0", "add:r.0.0", "fly:r", "add:r.x"])
def test_an_order_that_makes_no_sense_changes_nothing(order):
    draft = DraftGroup(items=[DraftRule(key="visits", operator="at_least", values=["2"])])
    before = segment_form.as_json(draft)
    segment_form.change(draft, order)
    assert segment_form.as_json(draft) == before


def read_one(*fields: tuple[str, str]) -> DraftRule:
    (rule,) = segment_form.read([("r.join", "all"), *((f"r.0.{name}", value) for name, value in fields)]).items
    assert isinstance(rule, DraftRule)
    return rule


def test_what_was_typed_for_another_field_is_forgotten():
    rule = read_one(("was", "visits"), ("field", "city"), ("is", "at_least"), ("value", "2"))
    assert (rule.operator, rule.values) == ("any_of", [])


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("visits", " 1 000 ", 1000),
        ("revenue", "5 000", 5000_00),
        ("revenue", "12,50 ₽", 12_50),
        ("revenue", "0", 0),
        ("revenue", "10 000 000", 10_000_000_00),
        ("revenue", "10 000 001", 10_000_000_01),
        ("visits", "2.5", "2.5"),
        ("visits", "много", "много"),
        ("visits", "-1", "-1"),
    ],
)
def test_numbers_are_read_as_people_type_them(key, typed, value):
    rule = read_one(("was", key), ("field", key), ("is", "at_least"), ("value", typed))
    assert segment_form.as_json(rule)["value"] == value


def test_each_mistake_stands_beside_its_condition():
    fields = [
        ("r.join", "any"),
        ("r.0.was", "visits"),
        ("r.0.field", "visits"),
        ("r.0.is", "at_least"),
        ("r.1.join", "none"),
    ]
    draft = segment_form.read(fields)
    with pytest.raises(WrongRules) as caught:
        parse(segment_form.as_json(draft))
    segment_form.mark(draft, caught.value.problems)
    assert [item.wrong for item in draft.items] == ["no_value", "empty_group"]


def test_an_empty_form_is_everyone():
    assert as_json(parse(segment_form.as_json(segment_form.read([])))) == {"all": []}


@pytest.mark.parametrize("name", ["r.0", "r..field", "r.0.1.field", "x.0.field", "r.0.field.is", "r.1234.field"])
def test_fields_that_belong_to_no_form_are_passed_over(name):
    assert segment_form.read([("r.join", "all"), (name, "visits")]).items == []
