"""`otklik doctor`: one finding a line, each with what to do. It only looks, so it works while the program runs."""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bot import machine, wire
from bot.keys import FILE_NAME, NoSecret, load_secret
from storage.look import Seen, look, sqlite_file

if TYPE_CHECKING:
    from bot.settings import Settings

OK, WARN, FAIL = "ok", "warn", "fail"

LEAST_DISK_MB, LITTLE_DISK_MB = 200, 1024
WAL_RESET_BUG = ((3, 7, 0), (3, 51, 2))  # https://sqlite.org/wal.html: needs two writers, and we have one
OLDEST_POSTGRES = 14
CLOCK_WARN_SECONDS, CLOCK_FAIL_SECONDS = 5, 60  # a minute off: one-time links and Telegram's dates stop making sense

Text = Callable[..., str]
"""Looks a sentence up in the catalogue: (key, **values)."""


class Finding(NamedTuple):
    """One line: `check` is its stable name, `says` what is, `advice` what to do (empty when it is well)."""

    check: str
    state: str
    says: str
    advice: str = ""


def lines(findings: Iterable[Finding], text: Text) -> list[str]:
    """The report: a mark, a sentence, and under it the advice."""
    marks = {OK: text("doctor.ok"), WARN: text("doctor.warn"), FAIL: text("doctor.fail")}
    width = max(map(len, marks.values()))
    report = []
    for finding in findings:
        report.append(f"{marks[finding.state]:<{width}}  {finding.says}")
        if finding.advice:
            report.append(f"{'':<{width}}    {finding.advice}")
    return report


def wrong_settings(problem: str, text: Text) -> Finding:
    return Finding("settings", FAIL, problem, text("doctor.settings.advice"))


async def examine(settings: "Settings", data_dir: Path, unknown: Sequence[str], text: Text) -> list[Finding]:
    """Every check, in the order of the report. `unknown`: sentences about variables that are no settings."""
    seen, heard, community, home = await asyncio.gather(
        look(settings.database_url),
        _ask_telegram(settings),
        asyncio.to_thread(_ask_vk, settings),
        asyncio.to_thread(wire.our_health, settings),
    )
    return [
        *(Finding("settings", WARN, sentence) for sentence in unknown),
        Finding("settings", OK, text("doctor.settings.ok")),
        _secret(settings, data_dir, text),
        *_database(settings, seen, text),
        *(_place(data_dir, text) if sqlite_file(settings.database_url) else []),
        _passwords(text),
        _time_zone(settings, text),
        _clock(heard.me if heard else None, text),
        *_telegram(settings, heard, text),
        _vk(community, text),
        _port(settings, home, text),
    ]


def _secret(settings: "Settings", data_dir: Path, text: Text) -> Finding:
    try:
        secret = load_secret(settings, data_dir)
    except NoSecret as none:
        return Finding("secret_key", FAIL, text(f"secret.{none.problem}", file=none.file))
    if secret.file is None:
        return Finding("secret_key", OK, text("doctor.secret.given"))
    if machine.is_open_to_others(secret.file):
        return Finding(
            "secret_key", WARN, text("doctor.secret.open", file=secret.file), f"chmod 600 {data_dir / FILE_NAME}"
        )
    return Finding("secret_key", OK, text("doctor.secret.file", file=secret.file))


# --- the database and where it lies


def _database(settings: "Settings", seen: Seen, text: Text) -> Iterable[Finding]:
    if seen.trouble:
        advice = "doctor.database.make" if sqlite_file(settings.database_url) else "doctor.database.connect"
        yield Finding("database", FAIL, text("doctor.database.trouble", trouble=seen.trouble), text(advice))
    else:
        yield _revision(seen, text)
    if seen.engine_version:
        yield _sqlite(seen, text) if sqlite_file(settings.database_url) else _postgres(seen, text)


def _revision(seen: Seen, text: Text) -> Finding:
    from storage.migrate import newest_revision

    newest = newest_revision()
    if seen.revision == newest:
        return Finding("database", OK, text("doctor.database.ok", revision=newest))
    old = text("doctor.database.old", revision=seen.revision or "-", newest=newest)
    return Finding("database", FAIL, old, text("doctor.database.migrate"))


def _sqlite(seen: Seen, text: Text) -> Finding:
    first, last = WAL_RESET_BUG
    if first <= _numbers(seen.engine_version) <= last:
        return Finding(
            "sqlite",
            WARN,
            text("doctor.sqlite.wal_bug", version=seen.engine_version),
            text("doctor.sqlite.wal_bug.advice"),
        )
    return Finding("sqlite", OK, text("doctor.sqlite.ok", version=seen.engine_version))


def _postgres(seen: Seen, text: Text) -> Finding:
    if _numbers(seen.engine_version) < (OLDEST_POSTGRES,):
        old = text("doctor.postgres.old", version=seen.engine_version)
        return Finding("postgres", FAIL, old, text("doctor.postgres.advice", oldest=OLDEST_POSTGRES))
    return Finding("postgres", OK, text("doctor.postgres.ok", version=seen.engine_version))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _place(data_dir: Path, text: Text) -> Iterable[Finding]:
    free = machine.free_mb(data_dir)
    state = FAIL if free < LEAST_DISK_MB else WARN if free < LITTLE_DISK_MB else OK
    advice = "" if state == OK else text("doctor.disk.advice", least=LEAST_DISK_MB)
    yield Finding("disk", state, text("doctor.disk", free=free, folder=data_dir), advice)
    kind = machine.file_system(data_dir)
    if kind in machine.NETWORK_FILE_SYSTEMS:
        yield Finding(
            "file_system",
            WARN,
            text("doctor.file_system", kind=kind, folder=data_dir),
            text("doctor.file_system.advice"),
        )


# --- the machine


def _passwords(text: Text) -> Finding:
    if machine.has_argon2():
        return Finding("argon2", OK, text("doctor.argon2.ok"))
    return Finding("argon2", FAIL, text("doctor.argon2.missing"), text("doctor.argon2.advice"))


def _time_zone(settings: "Settings", text: Text) -> Finding:
    local = datetime.now(settings.time_zone)
    return Finding(
        "time_zone", OK, text("doctor.time_zone", zone=settings.time_zone.key, local=f"{local:%d.%m.%Y %H:%M}")
    )


def _clock(heard: wire.Answer | None, text: Text) -> Finding:
    if heard is None or heard.date is None or heard.received_at is None:
        return Finding("clock", OK, text("doctor.clock.alone", utc=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"))
    off = round(abs((heard.received_at - heard.date).total_seconds()))
    state = FAIL if off > CLOCK_FAIL_SECONDS else WARN if off > CLOCK_WARN_SECONDS else OK
    advice = "" if state == OK else text("doctor.clock.advice")
    return Finding("clock", state, text("doctor.clock", seconds=off), advice)


def _port(settings: "Settings", home: wire.Home, text: Text) -> Finding:
    says = text(f"doctor.port.{home.value}", port=settings.port)
    if home is wire.Home.STRANGER:
        return Finding("port", FAIL, says, text("doctor.port.advice"))
    return Finding("port", WARN if home is wire.Home.SICK else OK, says)


# --- Telegram


class _Heard(NamedTuple):
    """What Telegram said about the bot, and about its webhook."""

    me: wire.Answer
    webhook: wire.Answer


async def _ask_telegram(settings: "Settings") -> _Heard | None:
    if settings.telegram_token is None:
        return None
    answers = (asyncio.to_thread(wire.telegram, settings, method) for method in ("getMe", "getWebhookInfo"))
    return _Heard(*await asyncio.gather(*answers))


def _telegram(settings: "Settings", heard: _Heard | None, text: Text) -> Iterable[Finding]:
    if heard is None:
        yield Finding("telegram", OK, text("doctor.telegram.none"))
        return
    me = heard.me
    if me.trouble:
        yield Finding(
            "telegram", FAIL, text("doctor.telegram.unreachable", trouble=me.trouble), text("doctor.telegram.way")
        )
        return
    if not me.is_ok:
        yield Finding(
            "telegram", FAIL, text("doctor.telegram.refused", status=me.status), text("doctor.telegram.token")
        )
        return
    yield Finding("telegram", OK, text("doctor.telegram.ok", username=me.result.get("username", "?")))
    yield from _webhook(settings, heard.webhook, text)


def _webhook(settings: "Settings", info: wire.Answer, text: Text) -> Iterable[Finding]:
    """In webhook mode it must stand at our address; while polling there must be none."""
    url = str(info.result.get("url", ""))
    if settings.telegram_mode != "webhook":
        if url:
            yield Finding("webhook", WARN, text("doctor.webhook.left"), text("doctor.webhook.left.advice"))
        return
    if url != f"{settings.public_url}/telegram/webhook":
        yield Finding("webhook", WARN, text("doctor.webhook.elsewhere"), text("doctor.webhook.elsewhere.advice"))
        return
    waiting, error = info.result.get("pending_update_count", 0), info.result.get("last_error_message")
    if error:
        yield Finding("webhook", WARN, text("doctor.webhook.error", error=error), text("doctor.webhook.error.advice"))
    else:
        yield Finding("webhook", OK, text("doctor.webhook.ok", waiting=waiting))


# --- VK


def _ask_vk(settings: "Settings") -> wire.Community | None:
    return wire.vk(settings) if settings.vk_token else None


def _vk(community: wire.Community | None, text: Text) -> Finding:
    if community is None:
        return Finding("vk", OK, text("doctor.vk.none"))
    if community.trouble:
        return Finding("vk", FAIL, text("doctor.vk.unreachable", trouble=community.trouble), text("doctor.vk.way"))
    if community.refusal is not None:
        return Finding("vk", FAIL, text("doctor.vk.refused", code=community.refusal), text("doctor.vk.token"))
    return Finding("vk", OK, text("doctor.vk.ok", name=community.name))
