"""The card about a service: only what is known well enough is on it (feature B3)."""

import pytest

from insights.briefing import ServiceFacts, briefing
from insights.sequences import Link, PairCount, also_bought, sequences

FACTS = ServiceFacts(
    "lashes", 40, 10, 25, 50, 125_000, 30, (14.0, 21.0, 30.0), 5, 50, (("price", 1), ("waiting", 3), ("staff", 1))
)


def links(b: str, both: int = 40, rest_b: int = 40) -> list[Link]:
    return sequences([PairCount("lashes", b, 100, both + rest_b, both, 500, 20)], 60)


def test_a_card_says_who_buys_it_when_they_return_and_what_they_mind() -> None:
    card = briefing(FACTS, also_bought([PairCount("brows", "lashes", 100, 100, 40, 500, 0)]), links("care"))
    assert (card.service, card.people, card.average_check_minor) == ("lashes", 40, 2500)
    assert card.newcomers is not None
    assert card.regulars is not None
    assert card.complaints is not None
    assert (card.newcomers.share, card.regulars.share, card.complaints.share) == (0.25, 0.625, 0.1)
    assert card.return_days == (14.0, 21.0, 30.0)
    assert [link.b for link in card.goes_with] == ["brows"]
    assert [link.b for link in card.bought_next] == ["care"]
    assert card.topics == (("waiting", 3), ("price", 1), ("staff", 1))


def test_links_of_other_services_and_unproven_ones_are_not_on_it() -> None:
    others = sequences([PairCount("nails", "care", 100, 80, 40, 500, 20)], 60)
    card = briefing(FACTS, [], [*others, *links("hat", both=80, rest_b=320)])
    assert card.bought_next == ()


def test_a_card_has_three_lines_of_each() -> None:
    found = [link for number in range(5) for link in links(f"b{number}")]
    topics = tuple((f"t{number}", number) for number in range(5))
    card = briefing(FACTS._replace(topics=topics), found, found)
    assert (len(card.goes_with), len(card.bought_next)) == (3, 3)
    assert card.topics == (("t4", 4), ("t3", 3), ("t2", 2))


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (FACTS._replace(people=19, newcomers=5, regulars=5), "newcomers"),
        (FACTS._replace(people=19, newcomers=5, regulars=5), "regulars"),
        (FACTS._replace(returned=19), "return_days"),
        (FACTS._replace(answers=4, complaints=1), "complaints"),
        (FACTS._replace(orders=0, complaints=0), "average_check_minor"),
    ],
)
def test_what_is_known_from_too_few_is_left_off(facts: ServiceFacts, missing: str) -> None:
    assert getattr(briefing(facts, [], []), missing) is None
    assert getattr(briefing(FACTS, [], []), missing) is not None
