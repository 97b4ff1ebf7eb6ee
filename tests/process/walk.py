"""The walk of the spine: a greeting, an NPS of 2, an angry sentence, an operator's answer from the group."""

from collections.abc import Callable, Iterator
from pathlib import Path

from storage.columns import new_id
from tests.platforms import Platform, wait_for
from tests.program import Program

CUSTOMER = 1001
OPERATOR = 7
ANGER = "ждал час, хамство и ужас"
APOLOGY = "Ольга из кофейни: простите, вернём деньги."

Step = Callable[[], object]


def people(platform: Platform) -> None:
    platform.person(CUSTOMER)
    platform.person(OPERATOR, "Ольга")
    platform.group(CUSTOMER, OPERATOR)


def hire(program: Program, platform: Platform) -> None:
    """An operator whose account in the messenger is linked."""
    staff = new_id().hex
    at = "2026-01-01 00:00:00.000000"
    program.execute(
        "INSERT INTO staff (id, login, name, role, language, is_active, created_at) VALUES (?,?,?,?,?,1,?)",
        *(staff, "olga", "Ольга", "operator", "ru", at),
    )
    channel = platform.bot_id.partition(":")[0]
    program.execute(
        "INSERT INTO bot (id, channel, username, random_ids) VALUES (?, ?, 'otklik_bot', 0) ON CONFLICT DO NOTHING",
        *(platform.bot_id, channel),
    )
    program.execute(
        "INSERT INTO staff_account (bot_id, user_id, staff_id, display_name, linked_at) VALUES (?, ?, ?, 'Ольга', ?)",
        *(platform.bot_id, str(OPERATOR), staff, at),
    )


def steps(platform: Platform) -> Iterator[Step]:
    """Each step is done, then its answer is awaited: between the two is where a kill hurts."""
    yield lambda: platform.does(CUSTOMER, "starts")
    yield lambda: platform.hears(CUSTOMER, "персональных данных")
    yield lambda: platform.does(CUSTOMER, "presses", button="Согласен")
    yield lambda: platform.hears(CUSTOMER, "акции")
    yield lambda: platform.does(CUSTOMER, "presses", button="Нет, спасибо")
    yield lambda: platform.hears(CUSTOMER, "рекламы не будет")
    yield lambda: platform.does(CUSTOMER, "presses", button="⭐ Отзыв")
    yield lambda: platform.hears(CUSTOMER, "Что хотите сделать")
    yield lambda: platform.does(CUSTOMER, "presses", button="⭐ Оценить")
    yield lambda: platform.hears(CUSTOMER, "порекомендуете")
    yield lambda: platform.does(CUSTOMER, "presses", button="2")
    yield lambda: platform.hears(CUSTOMER, "Что пошло не так?")
    yield lambda: platform.does(CUSTOMER, "says", text=ANGER)
    yield lambda: platform.hears(CUSTOMER, "уже у человека")
    yield lambda: answer(platform)
    yield lambda: platform.hears(CUSTOMER, APOLOGY)


def answer(platform: Platform) -> None:
    alert = platform.hears(platform.desk, "Низкая оценка")
    number, *_ = platform.read(alert)
    platform.in_group(OPERATOR, "says", text=APOLOGY, reply_to=number)


def account(program: Program, platform: Platform) -> tuple[list[str], list[str], int]:
    """(lost, doubled beyond what is allowed, doubles that T8 allows) over all rows of the outbox."""
    waiting = "SELECT id FROM outbox_message WHERE state IN ('queued', 'claimed', 'sending')"
    wait_for(lambda: not program.rows(waiting), "an outbox at rest", 60)
    sent = platform.sends()
    rows = program.rows(
        "SELECT user_id, json_extract(body, '$.text'), state, is_possible_duplicate FROM outbox_message"
    )
    lost = [f"{text} ({state})" for chat, text, state, _ in rows if (int(chat), text) not in sent]
    doubled, allowed = [], 0
    for chat, text in {(int(chat), text) for chat, text, *_ in rows}:
        same = [row for row in rows if (int(row[0]), row[1]) == (chat, text)]
        extra = sent.count((chat, text)) - len(same)
        if extra > sum(row[3] for row in same):
            doubled.append(text)
        allowed += max(extra, 0)
    return lost, doubled, allowed


def folder_of(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder
