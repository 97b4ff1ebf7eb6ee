"""Who comes to the café, what it sells, and who works there."""

from dataclasses import dataclass

from storage.kinds import Language, Role, SurveyKind

BUSINESS = {Language.RU: "Кофейня «Корица»", Language.EN: "Cinnamon Café"}

STAFF = (
    ("olga", "Ольга", "Olga", Role.OWNER),
    ("ivan", "Иван", "Ivan", Role.OPERATOR),
    ("masha", "Маша", "Masha", Role.OPERATOR),
    ("lena", "Лена", "Lena", Role.MARKETER),
    ("nadia", "Надя", "Nadia", Role.CASHIER),
)


def _each(text: str) -> list[str]:
    return text.split()


WOMEN = _each(
    "Анна Мария Елена Ольга Наталья Екатерина Ирина Татьяна Светлана Юлия Дарья Алина Полина Ксения Вера Людмила "
    "Галина Софья Алиса Виктория Надежда Марина Евгения Вероника Кристина Оксана Тамара Лилия Яна Жанна"
)
MEN = _each(
    "Александр Дмитрий Сергей Андрей Алексей Максим Евгений Иван Михаил Николай Артём Павел Роман Кирилл Егор Илья "
    "Денис Константин Олег Тимур Глеб Фёдор Степан Борис Руслан Виктор Георгий Матвей Ярослав Лев"
)
SURNAMES = _each(
    "Смирнов Иванов Кузнецов Попов Соколов Лебедев Козлов Новиков Морозов Петров Волков Соловьёв Васильев Зайцев "
    "Павлов Семёнов Голубев Виноградов Богданов Воробьёв Фёдоров Михайлов Беляев Тарасов Белов Комаров Орлов Киселёв "
    "Макаров Андреев Ковалёв Ильин Гусев Титов Кузьмин Баранов Куликов Жуков Филиппов Медведев"
)
ENGLISH = _each(
    "Emma Oliver Charlotte James Amelia Henry Sophie Jack Grace Thomas Lucy William Chloe Daniel Alice Samuel Hannah "
    "Adam Nora Peter"
)
ENGLISH_SURNAMES = _each("Brown Taylor Wilson Clarke Hughes Walker Green Hall Wood Turner Baker Hill Moore Cooper Ward")


@dataclass(frozen=True, slots=True)
class Product:
    """`price` in kopecks today; `months` when it is sold (empty: always); `weight` how often, next to others."""

    ru: str
    en: str
    price: int
    weight: float
    is_drink: bool = True
    months: tuple[int, ...] = ()
    margin_percent: float = 70

    def name(self, language: Language) -> str:
        return self.ru if language is Language.RU else self.en


SUMMER, WINTER = (5, 6, 7, 8, 9), (11, 12, 1, 2)
PRODUCTS = (
    Product("Капучино", "Cappuccino", 29000, 10),
    Product("Латте", "Latte", 32000, 7),
    Product("Американо", "Americano", 22000, 6),
    Product("Эспрессо", "Espresso", 18000, 3),
    Product("Флэт уайт", "Flat white", 31000, 4),
    Product("Раф с корицей", "Cinnamon raf", 37000, 5),
    Product("Фильтр", "Filter coffee", 25000, 3),
    Product("Чай облепиховый", "Sea buckthorn tea", 34000, 3, months=WINTER),
    Product("Какао", "Cocoa", 30000, 2, months=WINTER),
    Product("Айс-латте", "Iced latte", 34000, 7, months=SUMMER),
    Product("Эспрессо-тоник", "Espresso tonic", 36000, 5, months=SUMMER),
    Product("Булочка с корицей", "Cinnamon roll", 24000, 8, is_drink=False, margin_percent=60),
    Product("Круассан", "Croissant", 21000, 6, is_drink=False, margin_percent=52),
    Product("Чизкейк", "Cheesecake", 35000, 3, is_drink=False, margin_percent=38),
    Product("Сырники", "Syrniki", 42000, 3, is_drink=False, margin_percent=45),
    Product("Сэндвич с индейкой", "Turkey sandwich", 44000, 3, is_drink=False, margin_percent=31),
)

CATEGORIES = {Language.RU: ("Еда", "Напитки"), Language.EN: ("Food", "Drinks")}
WEAK_ENTRY = "Сэндвич с индейкой"
"""Whoever begins with it seldom comes again."""
LEADS, FOLLOWS = "Раф с корицей", "Чизкейк"
"""The second is often bought a week or so after the first taste of the first."""

CITIES = (("Казань", 86), ("Иннополис", 8), ("Зеленодольск", 6))


@dataclass(frozen=True, slots=True)
class Branch:
    """`since_days_ago` it is open; who stands at its till; `share` of those who live nearer to it."""

    ru: str
    en: str
    share: float
    sellers: tuple[tuple[str, str], ...]
    since_days_ago: int = 10_000


BRANCHES = (
    Branch("Баумана", "Bauman Street", 55, (("Аня", "Anya"), ("Лёша", "Lyosha"))),
    Branch("Набережная", "Riverside", 30, (("Соня", "Sonya"), ("Марк", "Mark"))),
    Branch("Вокзал", "Station", 15, (("Дина", "Dina"),), since_days_ago=300),
)
NEW_SELLER = ("Глеб", "Gleb")
"""Stood at the first branch's till in the bad month, for the good barista who had left."""

LINKS = (  # code, source in both languages, how often a customer came by it
    ("table", "QR на столике", "QR on the table", 45),
    ("receipt", "QR на чеке", "QR on the receipt", 20),
    ("community", "Сообщество ВКонтакте", "VK community", 15),
)
SURVEY_LINKS = {  # by the survey they open: source in both languages
    SurveyKind.NPS: ("Оценка кофейни", "How you like the café"),
    SurveyKind.CSAT: ("Оценка визита", "How the visit was"),
}
