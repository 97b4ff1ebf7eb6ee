"""What people say of the café outside surveys, written by hand: from the menu, without a name, on its wall, on maps."""

from typing import Final, NamedTuple

from storage.kinds import CaseCause, FeedbackKind, Language, ReviewPlace

_RU, _EN = Language.RU, Language.EN
_BAD, _GOOD, _ASKS = FeedbackKind.COMPLAINT, FeedbackKind.PRAISE, FeedbackKind.QUESTION


class FromMenu(NamedTuple):
    """`is_done`: the staff said that it is dealt with. A complaint and a question are a case, which is closed."""

    days_ago: float
    kind: FeedbackKind
    words: dict[Language, str]
    cause: CaseCause = CaseCause.QUESTION
    is_done: bool = True


FROM_MENU: Final = (
    FromMenu(
        0.6,
        _GOOD,
        {_RU: "Соня сегодня спасла моё утро, передайте ей спасибо!", _EN: "Sonya made my morning, thank her please!"},
        is_done=False,
    ),
    FromMenu(
        2.3,
        _GOOD,
        {_RU: "Новый раф с корицей просто восторг", _EN: "The new cinnamon raf is a delight"},
        is_done=False,
    ),
    FromMenu(
        4.2,
        _BAD,
        {
            _RU: "Заказал с собой, дали чужой стакан. Заметил уже на остановке",
            _EN: "Got somebody else's cup to go, noticed it at the bus stop",
        },
        CaseCause.MISTAKE,
    ),
    FromMenu(
        9,
        _ASKS,
        {
            _RU: "Можно ли у вас провести детский день рождения в воскресенье?",
            _EN: "Can we have a children's birthday at your place on Sunday?",
        },
    ),
    FromMenu(
        13,
        _BAD,
        {
            _RU: "На Вокзале второй раз нет овсяного молока, хотя в меню оно есть",
            _EN: "Twice no oat milk at the Station although the menu has it",
        },
        CaseCause.PRODUCT,
    ),
    FromMenu(
        18,
        _GOOD,
        {_RU: "Спасибо, что вернули сырники!", _EN: "Thank you for bringing the syrniki back!"},
    ),
    FromMenu(
        26,
        _BAD,
        {
            _RU: "Столик у окна весь в крошках, убрали только когда я попросил",
            _EN: "The table by the window was full of crumbs until I asked",
        },
        CaseCause.CLEANLINESS,
    ),
    FromMenu(
        33,
        _ASKS,
        {_RU: "Когда откроете летнюю веранду?", _EN: "When will the terrace be open?"},
    ),
    FromMenu(
        41,
        _GOOD,
        {_RU: "Лёша рисует лучшие сердечки на латте", _EN: "Lyosha draws the best hearts on a latte"},
    ),
    FromMenu(
        58,
        _BAD,
        {
            _RU: "Списали баллы, а на чеке скидки нет",
            _EN: "My points are gone but the receipt shows no discount",
        },
        CaseCause.PROGRAMME,
    ),
)


class WithoutName(NamedTuple):
    days_ago: int
    words: dict[Language, str]
    is_done: bool = True


WITHOUT_NAME: Final = (
    WithoutName(
        1,
        {
            _RU: "На Баумана утром один человек и на кассе, и за машиной. Ему тяжело, и нам долго",
            _EN: "In the morning one person does both the till and the machine. Hard for him, slow for us",
        },
        is_done=False,
    ),
    WithoutName(
        6,
        {
            _RU: "Слышала, как старший смены кричал на новенькую при гостях. Очень неприятно",
            _EN: "Heard the shift lead shout at the new girl in front of guests. Not nice",
        },
        is_done=False,
    ),
    WithoutName(24, {_RU: "Музыка такая громкая, что не поговорить", _EN: "The music is too loud to talk"}),
    WithoutName(
        47, {_RU: "Чаевые по QR-коду не доходят до смены, ребята жаловались", _EN: "Tips by QR do not reach the shift"}
    ),
)


class OnTheWall(NamedTuple):
    days_ago: float
    author: str
    words: str
    is_topic: bool = False
    is_done: bool = True


ON_THE_WALL: Final = (  # a community in VK: people there write Russian
    OnTheWall(0.9, "Рамиля Гарипова", "А в новогодние праздники работаете?", is_done=False),
    OnTheWall(
        2.4,
        "Игорь Лаптев",
        "Вчера на Баумана ждал капучино двадцать минут, и ещё нагрубили. Ужасно.",
        is_done=False,
    ),
    OnTheWall(8, "Алсу Хакимова", "Лучшие булочки в городе, спасибо вам!"),
    OnTheWall(15, "Денис Рожков", "Обсуждение: верните айс-латте, пожалуйста, он и зимой хорош", is_topic=True),
    OnTheWall(29, "Мария Чернова", "Очень уютно стало после ремонта, молодцы"),
)


class OnAMap(NamedTuple):
    days_ago: float
    place: ReviewPlace
    branch: int
    stars: int
    author: str
    words: str


ON_MAPS: Final = (
    OnAMap(1.8, ReviewPlace.YANDEX, 0, 5, "Камила", "Захожу каждое утро. Капучино всегда одинаково хороший."),
    OnAMap(
        3.5,
        ReviewPlace.TWO_GIS,
        0,
        2,
        "Артём В.",
        "Кофе вкусный, но очередь на полчаса, на кассе один человек.",
    ),
    OnAMap(9, ReviewPlace.YANDEX, 1, 5, "Ника", "Лучший вид и лучший раф. Соня и Марк приветливые."),
    OnAMap(16, ReviewPlace.TWO_GIS, 1, 4, "Олег", "Хорошо, но дороговато."),
    OnAMap(22, ReviewPlace.YANDEX, 2, 3, "Ильдар", "Удобно перед поездом, но десерты к вечеру несвежие."),
    OnAMap(38, ReviewPlace.GOOGLE, 0, 5, "Julia K.", "Great coffee and very friendly staff."),
    OnAMap(55, ReviewPlace.YANDEX, 0, 5, "Ольга Т.", "Уютно, чисто, сырники выше всяких похвал."),
    OnAMap(71, ReviewPlace.TWO_GIS, 2, 4, "Равиль", "Быстро и вкусно, мало места."),
    OnAMap(96, ReviewPlace.YANDEX, 1, 5, "Настя", "Работаю тут с ноутбуком, никто не гонит. Спасибо!"),
    OnAMap(124, ReviewPlace.YANDEX, 0, 2, "Сергей", "Сменилась бариста, и кофе стал горький. Жаль."),
    OnAMap(133, ReviewPlace.TWO_GIS, 0, 1, "Гость", "Нагрубили и не извинились. Больше не приду."),
    OnAMap(190, ReviewPlace.GOOGLE, 1, 5, "Timur", "Лучший флэт уайт на Набережной."),
)

PAGES: Final[tuple[tuple[ReviewPlace, int | None, str], ...]] = (  # place, branch, address
    (ReviewPlace.VK, None, "https://vk.com/reviews-210000000"),
    (ReviewPlace.YANDEX, 0, "https://yandex.ru/maps/org/koritsa_baumana/"),
    (ReviewPlace.TWO_GIS, 0, "https://2gis.ru/kazan/search/koritsa"),
    (ReviewPlace.YANDEX, 1, "https://yandex.ru/maps/org/koritsa_naberezhnaya/"),
    (ReviewPlace.TWO_GIS, 1, "https://2gis.ru/kazan/search/koritsa"),
    (ReviewPlace.YANDEX, 2, "https://yandex.ru/maps/org/koritsa_vokzal/"),
)

AUTUMN: Final = {  # the café's own questionnaire, in both languages
    "kind": "own",
    "questions": [
        {
            "id": "tried",
            "kind": "single",
            "text": {_RU.value: "Пробовали наше осеннее меню?", _EN.value: "Did you try our autumn menu?"},
            "options": [
                {"id": "yes", _RU.value: "Да", _EN.value: "Yes"},
                {"id": "no", _RU.value: "Ещё нет", _EN.value: "Not yet"},
            ],
            "branches": [{"if": {"options": ["no"]}, "to": "end"}],
        },
        {
            "id": "liked",
            "kind": "multiple",
            "text": {_RU.value: "Что понравилось?", _EN.value: "What did you like?"},
            "options": [
                {"id": "raf", _RU.value: "Тыквенный раф", _EN.value: "Pumpkin raf"},
                {"id": "tea", _RU.value: "Облепиховый чай", _EN.value: "Sea buckthorn tea"},
                {"id": "pie", _RU.value: "Сливовый пирог", _EN.value: "Plum pie"},
            ],
        },
        {
            "id": "more",
            "kind": "text",
            "text": {_RU.value: "Чего не хватило?", _EN.value: "What was missing?"},
            "is_optional": True,
        },
    ],
}
AUTUMN_TITLE: Final = {_RU: "Осеннее меню", _EN: "Autumn menu"}
MISSING: Final = {
    _RU: ("Чего-нибудь без сахара", "Тыквенного супа", "Всё было", "Кокосового молока в раф"),
    _EN: ("Something without sugar", "Coconut milk for the raf"),
}
