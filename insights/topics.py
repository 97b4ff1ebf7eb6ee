"""What a comment is about: staff, waiting, price and so on, by the words that name it."""

from functools import cache
from typing import Final

from insights.lexicon import stem
from insights.normalisation import normalise, tokenise
from storage.kinds import CaseCause

WORDS: Final = {
    CaseCause.STAFF: "персонал официант официантка бариста мастер администратор администраторша кассир продавец "
    "продавщица врач доктор медсестра курьер менеджер консультант парикмахер сотрудник сотрудница обслуживание "
    "обслужить обслужили сервис вежливый вежливо приветливый внимательный грубый грубо грубить грубят хамство хамить "
    "хамят хамка нахамили улыбка улыбчивый staff waiter waitress barista master manager cashier doctor courier "
    "service polite rude friendly attentive",
    CaseCause.WAITING: "ждать ждал ждала ждали ожидание ожидать очередь долго долгий медленно быстро быстрый скорость "
    "задержка задержали опоздать опоздали опоздал wait waited waiting queue line slow slowly fast quick quickly late "
    "delay delayed",
    CaseCause.PRICE: "цена ценник дорого дорогой дороговато дешево дешевый недорого стоимость скидка переплата "
    "переплатить деньги price prices pricey expensive cheap cost overpriced discount money",
    CaseCause.PRODUCT: "вкус вкусно вкусный невкусно невкусный кофе чай еда блюдо десерт торт пирог выпечка завтрак "
    "обед порция свежий несвежий холодный качество качественный некачественный товар брак стрижка покраска окраска "
    "маникюр лечение уборка ассортимент меню taste tasty coffee tea food dish dessert cake breakfast lunch portion "
    "fresh stale quality product haircut manicure treatment menu assortment delicious",
    CaseCause.DELIVERY: "доставка доставить доставили привезти привезли везли упаковка посылка delivery delivered "
    "package packaging parcel",
    CaseCause.CLEANLINESS: "чисто чистый чистота грязно грязный грязь туалет запах вонь воняет пыль мусор столик "
    "уютно уютный шумно шум музыка тесно зал интерьер clean dirty dirt toilet smell dust cosy cozy noisy noise music "
    "interior",
    CaseCause.PROGRAMME: "бонус бонусы балл баллы карта лояльность промокод акция кешбэк кэшбэк bonus points loyalty "
    "card promo cashback",
}
"""The causes of a case that a customer names themselves; `stem` brings the forms of a word together."""


def topics_of(text: str) -> list[CaseCause]:
    """In the order of CaseCause; none where no word of ours stands in it."""
    known = _by_stem()
    found = {known[stemmed] for token in tokenise(normalise(text)) if (stemmed := stem(token)) in known}
    return [cause for cause in CaseCause if cause in found]


@cache
def _by_stem() -> dict[str, CaseCause]:
    return {stem(word): cause for cause, words in WORDS.items() for word in words.split()}
