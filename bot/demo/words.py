"""What customers of the café say and hear, written by hand: by language, by the score, and by what it is about."""

from bot.demo.dice import Dice
from storage.kinds import CaseCause, Language, ScoreGroup

_RU, _EN = Language.RU, Language.EN
_P, _N, _D = ScoreGroup.PROMOTER, ScoreGroup.PASSIVE, ScoreGroup.DETRACTOR
_ANY = CaseCause.QUESTION

COMMENTS: dict[tuple[Language, ScoreGroup], dict[CaseCause, tuple[str, ...]]] = {
    (_RU, _P): {
        CaseCause.PRODUCT: (
            "Лучший капучино в районе, беру каждое утро",
            "Булочки с корицей просто сказка",
            "Очень вкусный раф, спасибо!",
            "Всё свежее, кофе отличный",
            "Сырники как у бабушки, обожаю",
            "Айс-латте летом спасает, супер",
        ),
        CaseCause.STAFF: (
            "Бариста помнит, что я пью. Очень приятно",
            "Маша всегда улыбается, с ней день начинается хорошо",
            "Приветливые ребята, спасибо вам",
            "Помогли выбрать зерно домой, объяснили всё по делу",
        ),
        _ANY: (
            "Уютно, хорошо работается с ноутбуком",
            "Всё отлично, так держать!",
            "Любимое место, советую всем друзьям",
            "Тихая музыка, чисто, приятно сидеть",
            "Быстро и вкусно",
        ),
    },
    (_RU, _N): {
        CaseCause.WAITING: (
            "Кофе хороший, но утром приходится подождать",
            "В обед долго стояли в очереди, остальное хорошо",
            "Вкусно, но медленно",
        ),
        CaseCause.PRICE: (
            "Всё нравится, но стало дороговато",
            "Хорошо, но цены выше, чем у соседей",
        ),
        CaseCause.PRODUCT: (
            "Кофе вкусный, а круассан был вчерашний",
            "Неплохо, хотелось бы больше десертов без сахара",
            "Латте сегодня был чуть тёплый",
        ),
        _ANY: (
            "Нормально, но мало розеток",
            "Хорошо, но шумно по выходным",
            "В целом неплохо",
        ),
    },
    (_RU, _D): {
        CaseCause.WAITING: (
            "Ждал капучино полчаса, при этом людей почти не было",
            "Опять очередь, одна касса работает, опоздала на работу",
            "Заказ забыли, пришлось подходить три раза",
            "25 минут на два американо. Серьёзно?",
            "Долго, очень долго. Ушёл без кофе",
        ),
        CaseCause.STAFF: (
            "Бариста нахамил, когда я попросила переделать",
            "Новый сотрудник смотрит сквозь тебя и не здоровается",
            "Со мной разговаривали так, будто я мешаю",
            "Ужасное обслуживание, раньше было иначе",
            "Просила без сахара, в ответ закатили глаза",
        ),
        CaseCause.PRODUCT: (
            "Кофе горький и холодный, раньше такого не было",
            "Молоко было кислое, вылил",
            "После ухода прежней баристы кофе испортился",
            "Чизкейк сухой, явно не сегодняшний",
            "В сэндвиче был волос, отвратительно",
        ),
        CaseCause.PRICE: (
            "Подняли цены, а порция стала меньше",
            "Пробили лишнюю позицию и не хотели возвращать деньги",
        ),
        CaseCause.CLEANLINESS: (
            "Столы липкие, никто не убирает",
            "В туалете грязно, и мыла нет",
        ),
    },
    (_EN, _P): {
        CaseCause.PRODUCT: (
            "Best flat white in town",
            "The cinnamon rolls are amazing",
            "Great coffee every single time",
            "Love the raf, never had it before",
        ),
        CaseCause.STAFF: (
            "The baristas are so friendly and speak English",
            "They remember my order, lovely people",
        ),
        _ANY: (
            "Cosy place to work from",
            "My favourite spot near the office",
            "Clean, quiet, fast wifi",
        ),
    },
    (_EN, _N): {
        CaseCause.WAITING: ("Good coffee, but the queue in the morning is long", "Nice, just a bit slow at lunch"),
        CaseCause.PRICE: ("Good but getting pricey",),
        CaseCause.PRODUCT: ("Coffee is fine, the croissant was yesterday's", "Decent, wish there were oat milk"),
        _ANY: ("Fine overall, few sockets", "Okay, a little noisy on weekends"),
    },
    (_EN, _D): {
        CaseCause.WAITING: (
            "Waited 30 minutes for a cappuccino",
            "They forgot my order twice",
            "Left without my coffee, nobody came to the till",
        ),
        CaseCause.STAFF: (
            "The new barista was rude to me",
            "Nobody said hello, felt unwelcome",
            "Terrible service today",
        ),
        CaseCause.PRODUCT: ("Coffee was cold and bitter", "The milk was sour, had to throw it away"),
        CaseCause.PRICE: ("Charged me twice and would not refund",),
        CaseCause.CLEANLINESS: ("Sticky tables and a dirty toilet",),
    },
}

QUESTIONS: dict[Language, tuple[str, ...]] = {
    _RU: (
        "Позовите человека, пожалуйста",
        "Можно забронировать стол на восемь человек в субботу?",
        "Вы варите кофе без кофеина?",
        "Оставила у вас шарф вчера вечером, не находили?",
        "Можно ли заказать торт к пятнице?",
        "До скольки вы работаете в праздники?",
    ),
    _EN: ("Can I talk to a person?", "Do you have oat milk?", "I left my umbrella yesterday, have you found it?"),
}

OPERATOR_SAYS: dict[Language, dict[bool, tuple[str, ...]]] = {  # by whether it was a complaint
    _RU: {
        True: (
            "Здравствуйте! Нам очень жаль. Расскажите, пожалуйста, во сколько это было?",
            "Добрый день! Простите нас. Уже разбираемся со сменой. Кофе в следующий раз за наш счёт.",
            "Здравствуйте! Спасибо, что написали. Вернём деньги сегодня, назовите удобный способ.",
        ),
        False: ("Здравствуйте! Да, конечно, сейчас всё подскажу.", "Добрый день! Уточнила: да, это возможно."),
    },
    _EN: {
        True: ("Hello! We are very sorry. What time was it, please?", "Sorry about that. Your next coffee is on us."),
        False: ("Hello! Yes, of course, let me check.",),
    },
}

OPERATOR_SAYS_AGAIN: dict[Language, tuple[str, ...]] = {
    _RU: (
        "Спасибо за честный ответ: значит, мы не дожали. Теперь за это взялась управляющая.",
        "Простите ещё раз. Разобрались: дело было в графике утренней смены, с понедельника он другой.",
    ),
    _EN: ("Thank you for being honest. We had not fixed it after all: the manager takes it over today.",),
}

ABOUT_HELP: dict[Language, dict[ScoreGroup, tuple[str, ...]]] = {  # after a case, or a week later
    _RU: {
        _P: (
            "Спасибо, всё решили быстро",
            "Приятно, что ответил живой человек",
            "Всё хорошо, снова хожу к вам",
        ),
        _N: ("Вроде лучше, посмотрим", "Ответили, но не сразу"),
    },
    _EN: {_P: ("All good now, thank you", "Sorted out quickly"), _N: ("Better, let us see", "It took a while")},
}

CUSTOMER_THANKS: dict[Language, tuple[str, ...]] = {
    _RU: ("Спасибо, что ответили", "Хорошо, спасибо. Зайду ещё раз", "Спасибо, приятно, что вам не всё равно", "Ок"),
    _EN: ("Thanks for getting back to me", "Okay, thank you, will come again"),
}


def comment(dice: Dice, language: Language, group: ScoreGroup, cause: CaseCause) -> tuple[CaseCause, str]:
    """Words that fit the score; about the cause if anybody ever said something about it, else about something else."""
    known = COMMENTS[language, group]
    about = cause if cause in known else dice.choice(sorted(known))
    return about, dice.choice(known[about])
