"""The cities that most customers live in, and the time there."""

from typing import Final, NamedTuple


class City(NamedTuple):
    """A city under the one name we keep, with its IANA zone."""

    name: str
    zone: str


_ZONES: Final = {
    "Europe/Kaliningrad": ("Калининград/Kaliningrad",),
    "Europe/Moscow": (
        "Москва/Мск/Moscow",
        "Санкт-Петербург/Петербург/Питер/СПб/Saint Petersburg/St Petersburg/St. Petersburg/SPb",
        "Нижний Новгород/Нижний/Nizhny Novgorod",
        "Казань/Kazan",
        "Ростов-на-Дону/Ростов/Rostov-on-Don/Rostov",
        "Краснодар/Krasnodar",
        "Сочи/Sochi",
        "Воронеж/Voronezh",
        "Тула/Tula",
        "Рязань/Ryazan",
        "Тверь/Tver",
        "Ярославль/Yaroslavl",
        "Иваново/Ivanovo",
        "Липецк/Lipetsk",
        "Пенза/Penza",
        "Белгород/Belgorod",
        "Курск/Kursk",
        "Брянск/Bryansk",
        "Калуга/Kaluga",
        "Архангельск/Arkhangelsk",
        "Мурманск/Murmansk",
        "Махачкала/Makhachkala",
        "Ставрополь/Stavropol",
        "Чебоксары/Cheboksary",
        "Севастополь/Sevastopol",
        "Симферополь/Simferopol",
    ),
    "Europe/Kirov": ("Киров/Kirov",),
    "Europe/Volgograd": ("Волгоград/Volgograd",),
    "Europe/Astrakhan": ("Астрахань/Astrakhan",),
    "Europe/Saratov": ("Саратов/Saratov",),
    "Europe/Ulyanovsk": ("Ульяновск/Ulyanovsk",),
    "Europe/Samara": ("Самара/Samara", "Тольятти/Tolyatti/Togliatti", "Ижевск/Izhevsk"),
    "Asia/Yekaterinburg": (
        "Екатеринбург/Екб/Yekaterinburg/Ekaterinburg",
        "Челябинск/Chelyabinsk",
        "Уфа/Ufa",
        "Пермь/Perm",
        "Тюмень/Tyumen",
        "Оренбург/Orenburg",
        "Магнитогорск/Magnitogorsk",
        "Сургут/Surgut",
    ),
    "Asia/Omsk": ("Омск/Omsk",),
    "Asia/Novosibirsk": ("Новосибирск/Новосиб/Novosibirsk",),
    "Asia/Barnaul": ("Барнаул/Barnaul",),
    "Asia/Tomsk": ("Томск/Tomsk",),
    "Asia/Novokuznetsk": ("Кемерово/Kemerovo", "Новокузнецк/Novokuznetsk"),
    "Asia/Krasnoyarsk": ("Красноярск/Krasnoyarsk",),
    "Asia/Irkutsk": ("Иркутск/Irkutsk", "Улан-Удэ/Ulan-Ude"),
    "Asia/Chita": ("Чита/Chita",),
    "Asia/Yakutsk": ("Якутск/Yakutsk", "Благовещенск/Blagoveshchensk"),
    "Asia/Vladivostok": ("Владивосток/Vladivostok", "Хабаровск/Khabarovsk"),
    "Asia/Sakhalin": ("Южно-Сахалинск/Yuzhno-Sakhalinsk",),
    "Asia/Magadan": ("Магадан/Magadan",),
    "Asia/Kamchatka": ("Петропавловск-Камчатский/Petropavlovsk-Kamchatsky",),
}


def _key(name: str) -> str:
    return " ".join(name.lower().replace("ё", "е").replace("-", " ").split())


CITIES: Final = {
    _key(spelling): City(names.partition("/")[0], zone)
    for zone, cities in _ZONES.items()
    for names in cities
    for spelling in names.split("/")
}


def known(text: str) -> City | None:
    """The city of that name, in Russian or English, in full or as people shorten it."""
    return CITIES.get(_key(text.strip(" .,!")))
