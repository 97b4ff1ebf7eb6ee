"""What the café's people write for each other, and their ready answers: in the language they work in."""

from typing import Final

from storage.kinds import CaseCause, Language

_RU, _EN = Language.RU, Language.EN

ACTIONS: Final[dict[Language, dict[CaseCause, tuple[str, ...]]]] = {
    _RU: {
        CaseCause.WAITING: (
            "Извинились, подарили капучино, поставили второго человека на утро",
            "Объяснили задержку, пригласили на кофе за наш счёт",
        ),
        CaseCause.STAFF: ("Поговорили с бариста, извинились, подарили напиток", "Разобрали смену, гость вернулся"),
        CaseCause.PRODUCT: ("Вернули деньги, проверили партию молока", "Пригласили переделать, настроили помол заново"),
        CaseCause.PRICE: ("Проверили чек, вернули разницу", "Объяснили цены, дали карту гостя"),
        CaseCause.CLEANLINESS: ("Ввели уборку зала каждый час, извинились",),
        CaseCause.QUESTION: ("Ответили на вопрос",),
        CaseCause.PROGRAMME: ("Рассказали о карте гостя, проверили чек",),
        CaseCause.MISTAKE: ("Извинились, подарили напиток, на стаканах теперь пишем имена",),
    },
    _EN: {
        CaseCause.WAITING: (
            "Apologised, gave a cappuccino, put a second person on the mornings",
            "Explained the delay, invited for a coffee on us",
        ),
        CaseCause.STAFF: (
            "Talked to the barista, apologised, gave a drink",
            "Went through the shift, the guest is back",
        ),
        CaseCause.PRODUCT: ("Gave the money back, checked the milk", "Made it again, set the grinder anew"),
        CaseCause.PRICE: ("Checked the receipt, gave the difference back", "Explained the prices, gave a guest card"),
        CaseCause.CLEANLINESS: ("The room is cleaned every hour now; apologised",),
        CaseCause.QUESTION: ("Answered the question",),
        CaseCause.PROGRAMME: ("Told them about the guest card, checked the receipt",),
        CaseCause.MISTAKE: ("Apologised, gave a drink; names are written on the cups now",),
    },
}
ACTIONS_AGAIN: Final[dict[Language, tuple[str, ...]]] = {
    _RU: ("Управляющая поговорила с гостем, пригласили на завтрак", "Поменяли график утренней смены, написали гостю"),
    _EN: ("The manager talked to the guest and invited them for breakfast", "Changed the morning rota, told the guest"),
}
LABELS: Final[dict[Language, dict[CaseCause, str]]] = {
    _RU: {
        CaseCause.WAITING: "очередь",
        CaseCause.STAFF: "грубость",
        CaseCause.PRODUCT: "качество",
        CaseCause.PRICE: "возврат денег",
        CaseCause.CLEANLINESS: "чистота",
        CaseCause.QUESTION: "вопрос",
        CaseCause.MISTAKE: "ошибка в заказе",
        CaseCause.PROGRAMME: "карта гостя",
    },
    _EN: {
        CaseCause.WAITING: "queue",
        CaseCause.STAFF: "rudeness",
        CaseCause.PRODUCT: "quality",
        CaseCause.PRICE: "refund",
        CaseCause.CLEANLINESS: "cleanliness",
        CaseCause.QUESTION: "question",
        CaseCause.MISTAKE: "wrong order",
        CaseCause.PROGRAMME: "guest card",
    },
}
NOTES: Final[dict[Language, tuple[str, ...]]] = {
    _RU: (
        "Спросила смену: в тот час работала одна касса.",
        "Постоянный гость, раньше не жаловался. Позвонить, если не ответит до вечера.",
        "По чеку всё верно, но извиниться всё равно стоит.",
    ),
    _EN: (
        "Asked the shift: only one till was open at that hour.",
        "A regular who never complained before. Call if there is no answer by the evening.",
        "The receipt is right, but an apology is due all the same.",
    ),
}
HANDED_OVER: Final[dict[Language, tuple[str, ...]]] = {
    _RU: ("Моя смена кончилась, гость ждёт ответа про чек", "Ты была в тот день на точке, ответь, пожалуйста"),
    _EN: (
        "My shift is over, the guest waits for word of the receipt",
        "You were there that day, please answer",
    ),
}
MARKS_GOOD: Final[dict[Language, tuple[str, ...]]] = {
    _RU: ("Тепло и по делу. Так и надо.", "Хорошо, что сразу предложили решение.", ""),
    _EN: ("Warm and to the point.", "Good that a way out was offered at once.", ""),
}
MARKS_LATE: Final[dict[Language, tuple[str, ...]]] = {
    _RU: ("Ответили поздно: гость ждал дольше обещанного. Тон хороший.",),
    _EN: ("Too late: the guest waited longer than promised. The tone is good.",),
}
CANNED: Final = (  # shortcut, in both languages
    (
        {_RU: "привет", _EN: "hello"},
        "{name}, здравствуйте! Это {operator}, {business}. Сейчас разберусь и напишу вам здесь.",
        "Hello {name}! This is {operator}, {business}. Let me look into it, I will write to you here.",
    ),
    (
        {_RU: "извинения", _EN: "sorry"},
        "{name}, простите нас, так быть не должно. Следующий кофе за наш счёт: назовите обращение № {case}.",
        "{name}, we are sorry, this should not have happened. Your next coffee is on us: name case {case} at the till.",
    ),
    (
        {_RU: "возврат", _EN: "refund"},
        "{name}, деньги вернём сегодня. Пришлите, пожалуйста, фото чека или время покупки.",
        "{name}, you will have the money back today. Please send a photo of the receipt, or the time of the purchase.",
    ),
    (
        {_RU: "часы", _EN: "hours"},
        "Мы открыты каждый день с 8:00 до 21:00.",
        "We are open every day from 8 am to 9 pm.",
    ),
)
