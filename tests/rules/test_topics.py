"""What a comment is about, by the words that name it."""

import pytest

from insights.lexicon import stem
from insights.topics import WORDS, topics_of
from storage.kinds import CaseCause


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Долго ждали заказ, но кофе вкусный", [CaseCause.PRODUCT, CaseCause.WAITING]),
        ("Официантка нахамила, в зале грязно", [CaseCause.STAFF, CaseCause.CLEANLINESS]),
        ("Цены конские", [CaseCause.PRICE]),
        ("Баллы так и не начислили", [CaseCause.PROGRAMME]),
        (
            "курьер опоздал, коробка мятая, доставкой недовольны",
            [CaseCause.STAFF, CaseCause.WAITING, CaseCause.DELIVERY],
        ),
        ("The waiter was rude and it was slow", [CaseCause.STAFF, CaseCause.WAITING]),
        ("Спасибо, всё супер!", []),
        ("", []),
    ],
)
def test_a_comment_is_about_what_it_names(text: str, topics: list[CaseCause]) -> None:
    assert topics_of(text) == topics


def test_no_word_stands_for_two_topics() -> None:
    stems = [(stem(word), cause) for cause, words in WORDS.items() for word in words.split()]
    assert len(set(stems)) == len({stemmed for stemmed, _ in stems})
