"""Replies a café gets, read by the word list: the feeling, the abuse, the wish for a person."""

import pytest

from insights.classification import ABUSIVE, CIVIL, RUDE, THREAT
from insights.classifier import classify_text
from storage.kinds import Sentiment

GOOD, BAD, SO_SO, BOTH = Sentiment.POSITIVE, Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.MIXED

FEELINGS = [
    ("Спасибо, всё было очень вкусно!", GOOD),
    ("отлично", GOOD),
    ("Приду ещё!", GOOD),
    ("спасибо))", GOOD),
    ("🔥🔥🔥", GOOD),
    ("❤️", GOOD),
    ("супеееер", GOOD),
    ("не плохо", GOOD),
    ("неплохо", GOOD),
    ("нет претензий", GOOD),
    ("без нареканий", GOOD),
    ("не только вкусно, но и уютно", GOOD),
    ("долго не ждали", GOOD),
    ("Бариста очень приветливый, кофе огонь", GOOD),
    ("охренительно вкусно", GOOD),
    ("сука, как вкусно", GOOD),
    ("Пиздато, приду ещё", GOOD),
    ("всем рекомендую", GOOD),
    ("Great coffee, thanks!", GOOD),
    ("Not bad at all", GOOD),
    ("I loved it", GOOD),
    ("Lovely place, friendly staff", GOOD),
    ("не очень хорошо", BAD),
    ("не очень", BAD),
    ("не понравилось", BAD),
    ("ничего не понравилось", BAD),
    ("невкусно", BAD),
    ("Ждал час", BAD),
    ("ждали 40 минут, кофе холодный", BAD),
    ("хамство и ужас", BAD),
    ("почему так долго?", BAD),
    ("не вернусь", BAD),
    ("Бариста нагрубила", BAD),
    ("на столах грязно", BAD),
    ("Обсчитали на 200 рублей", BAD),
    ("я отравился вашей шаурмой", BAD),
    ("верните деньги", BAD),
    ("УЖАААААСНО", BAD),
    ("кошмaр", BAD),  # with a Latin 'a'
    ("больше не приду", BAD),
    ("не советую", BAD),
    ("оставляет желать лучшего", BAD),
    ("волос в супе", BAD),
    ("((", BAD),
    ("😡", BAD),
    ("нет слов, ужас", BAD),
    ("связь говно", BAD),
    ("The staff was rude and the coffee was cold", BAD),
    ("I didn't like it", BAD),
    ("waited 40 minutes, terrible", BAD),
    ("never coming back", BAD),
    ("нормально", SO_SO),
    ("ок", SO_SO),
    ("Здравствуйте!", SO_SO),
    ("а кофе у вас вкусный?", SO_SO),
    ("долго ждать?", SO_SO),
    ("Кофе вкусный, но персонал хамит", BAD),
    ("вкусно, но дорого", BOTH),
    ("tasty but slow", BOTH),
]

NOTHING_TO_TELL = [
    "",
    "  ",
    "9",
    "9/10",
    "...",
    "буду в 9",
    "а вы до 9 работаете?",
    "латте с собой",
    "see you at 9",
    "👽",
]

SEVERITIES = [
    ("ждал час, хамство и ужас", CIVIL),
    ("официант нахамил и ушёл", CIVIL),
    ("меня обозвали дурой", CIVIL),
    ("охренительно вкусно, блять", CIVIL),
    ("можно страхуйте нас от дождя", CIVIL),
    ("потребляйте меньше", CIVIL),
    ("тупой бот", CIVIL),
    ("убью время у вас в кафе", CIVIL),
    ("кофе говно", RUDE),
    ("официант хам", RUDE),
    ("блять", RUDE),
    ("wtf, this is crap", RUDE),
    ("вы уроды", ABUSIVE),
    ("у6людки", ABUSIVE),
    ("идиоты, научитесь варить кофе", ABUSIVE),
    ("you are idiots", ABUSIVE),
    ("приду и ноги переломаю", THREAT),
    ("я вас найду", THREAT),
    ("сожгу вашу контору", THREAT),
    ("I will kill you", THREAT),
]

WANTS_A_PERSON = [
    "позовите человека",
    "Оператор!",
    "хочу поговорить с менеджером",
    "есть тут живой человек?",
    "верните деньги",
    "Верните мне деньги!!!",
    "talk to a human",
    "I want to talk to an agent",
    "refund please",
]
WANTS_NOBODY = ["спасибо", "хороший человек ваш бариста", "ждал час", "the manager was great"]


@pytest.mark.parametrize(("text", "feeling"), FEELINGS)
def test_the_feeling_of_a_reply(text: str, feeling: Sentiment) -> None:
    found = classify_text(text)
    assert found is not None
    assert found.sentiment is feeling, found


@pytest.mark.parametrize("text", NOTHING_TO_TELL)
def test_a_text_without_evidence_is_left_unread(text: str) -> None:
    assert classify_text(text) is None


@pytest.mark.parametrize(("text", "severity"), SEVERITIES)
def test_abuse_is_told_from_plain_speaking(text: str, severity: int) -> None:
    found = classify_text(text)
    assert (found.severity if found else CIVIL) == severity, found


@pytest.mark.parametrize("text", WANTS_A_PERSON)
def test_a_wish_for_a_person_is_heard(text: str) -> None:
    found = classify_text(text)
    assert found is not None
    assert found.wants_person


@pytest.mark.parametrize("text", WANTS_NOBODY)
def test_a_mention_of_people_is_no_wish_for_one(text: str) -> None:
    found = classify_text(text)
    assert found is None or not found.wants_person


def test_anger_is_surer_than_a_grumble() -> None:
    angry, grumbling = classify_text("3, ждал час, хамство и ужас"), classify_text("ждал час")
    assert angry is not None
    assert grumbling is not None
    assert angry.confidence >= 0.6 > grumbling.confidence


def test_the_evidence_quotes_the_text_heaviest_first() -> None:
    found = classify_text("Ждал час, хамство")
    assert found is not None
    assert found.evidence == ("хамство", "ждал")


def test_the_evidence_keeps_its_negation() -> None:
    found = classify_text("мне не очень понравилось")
    assert found is not None
    assert found.evidence == ("не очень понравилось",)
