"""The fake Telegram as a process of its own, driven from outside over HTTP under /control/.

`python -m tests.fakes.telegram_server --port 0` prints one JSON line with its address. Bodies and answers are JSON:

POST   /control/users                 {id, first_name?, language_code?, started?, count?}: one or `count` people
POST   /control/users/ID/ACTION       says {text, reply_to?} | starts {payload?} | presses {button, taps?}
                                      shares_contact {phone?, user_id?} | edits {message_id, text} | blocks | unblocks
POST   /control/groups                {id, title?, members?: [ids], forum?}
POST   /control/groups/ID/ACTION      says {user, text, reply_to?, thread_id?} | presses {user, button, taps?}
                                      edits {user, message_id, text} | deletes_topic {user, thread_id}
POST   /control/traffic               {says: [[user, text], ...]}: many messages in one call
GET    /control/chats/ID              ?after=MESSAGE_ID&contains=TEXT&wait=SECONDS: what the chat shows
GET    /control/updates               what the bot has not taken yet; ?wait=SECONDS waits until that is nothing
POST   /control/faults                {kind, method?, chat_id?, times?, probability?, seconds?, code?}
DELETE /control/faults
POST   /control/limits                {per_second?, per_chat?, per_group_minute?}
GET    /control/counters              calls, answers by code, sends, 429s, concurrency, deliveries, violations
GET    /control/sends                 ?after=INDEX: [at, chat_id, text, message_id, method] of every accepted message
GET    /control/deliveries            ?after=INDEX: [update_id, attempt, status, at] of every webhook attempt
GET    /control/violations
POST   /control/expire_callbacks
POST   /control/reset                 forgets counters, sends, deliveries and violations; chats stay
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.fakes.telegram import TOKEN, FakeTelegram, Group, User, dumped
from tests.fakes.telegram_updates import Json


class Control:
    """Translates control requests into what a test would do in-process."""

    def __init__(self, telegram: FakeTelegram) -> None:
        self.telegram = telegram

    async def handle(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        try:
            parts = request.path.strip("/").split("/")[1:]
            answer = await self._do(request.method, parts, json.loads(body) if body else {}, dict(request.query))
        except AssertionError as impossible:
            return self._reply(409, {"error": str(impossible)})
        except LookupError as missing:
            return self._reply(404, {"error": f"nothing like {missing}"})
        except (TypeError, ValueError) as wrong:
            return self._reply(400, {"error": str(wrong)})
        return self._reply(200, answer)

    @staticmethod
    def _reply(status: int, answer: Any) -> web.Response:
        return web.Response(status=status, body=dumped(answer), content_type="application/json")

    async def _do(self, verb: str, parts: list[str], body: Json, query: dict[str, str]) -> Any:
        telegram = self.telegram
        after = int(query.get("after", 0))
        match verb, parts:
            case "POST", ["users"]:
                return self._add_users(**body)
            case "POST", ["groups"]:
                members = [telegram.user(id=member) for member in body.pop("members", [])]
                return telegram.group(members=members, **body).public
            case "POST", [("users" | "groups") as kind, number, action]:
                return await self._act(kind, int(number), action, body)
            case "POST", ["traffic"]:
                for user_id, text in body["says"]:
                    await telegram.user(id=user_id).says(text)
                return {"said": len(body["says"])}
            case "GET", ["chats", number]:
                return await self._show(int(number), after, query)
            case "GET", ["updates"]:
                if "wait" in query:
                    await telegram.drained(float(query["wait"]))
                return telegram.pending
            case "POST", ["faults"]:
                telegram.faults.add(**body)
                return {"planned": len(telegram.faults.planned)}
            case "DELETE", ["faults"]:
                telegram.faults.clear()
                return {"planned": 0}
            case "POST", ["limits"]:
                for name, most in body.items():
                    if not hasattr(telegram.limits, name):
                        raise LookupError(name)
                    setattr(telegram.limits, name, most)
                return vars(telegram.limits)
            case "GET", ["counters"]:
                return self._counters()
            case "GET", ["sends"]:
                return telegram.sends[after:]
            case "GET", ["deliveries"]:
                return telegram.deliveries[after:]
            case "GET", ["violations"]:
                return [violation._asdict() for violation in telegram.violations]
            case "POST", ["expire_callbacks"]:
                telegram.expire_callbacks()
                return {}
            case "POST", ["reset"]:
                telegram.reset_counters()
                return {}
        raise LookupError(f"{verb} {'/'.join(parts)}")

    def _add_users(self, id: int, count: int = 1, **traits: Any) -> Json:  # noqa: A002
        for number in range(id, id + count):
            self.telegram.user(id=number, **traits)
        return {"first": id, "count": count}

    async def _act(self, kind: str, number: int, action: str, body: Json) -> Any:
        chat = self.telegram.world.chats[number]
        if kind == "groups":
            assert isinstance(chat, Group), f"{number} is no group"
            person = self.telegram.user(id=body.pop("user"))
            match action:
                case "edits":
                    return await chat.edits(**body)
                case "deletes_topic":
                    return chat.deletes_topic(**body)
            actions: dict[str, Callable[..., Awaitable[Any]]] = {"says": chat.says, "presses": chat.presses}
            return await actions[action](user=person, **body)
        assert isinstance(chat, User), f"{number} is no user"
        actions = {
            "says": chat.says,
            "starts": chat.starts,
            "presses": chat.presses,
            "shares_contact": chat.shares_contact,
            "edits": chat.edits,
            "blocks": chat.blocks,
            "unblocks": chat.unblocks,
        }
        return await actions[action](**body)

    async def _show(self, number: int, after: int, query: dict[str, str]) -> Json:
        chat = self.telegram.world.chats[number]
        if "wait" in query:
            await chat.hears(query.get("contains", ""), after=after, timeout=float(query["wait"]))
        return {
            "messages": [message for message in chat.messages if message["message_id"] > after],
            "received": chat.received,
            "buttons": chat.buttons(),
            "toasts": getattr(chat, "toasts", []),
            "actions": chat.actions,
        }

    def _counters(self) -> Json:
        telegram = self.telegram
        return {
            "calls": telegram.calls,
            "answers": telegram.answers,
            "sends": len(telegram.sends),
            "too_many": telegram.too_many,
            "max_concurrency": telegram.max_concurrency,
            "deliveries": len(telegram.deliveries),
            "pending": len(telegram.pending),
            "violations": len(telegram.violations),
        }


async def serve(options: argparse.Namespace) -> None:
    telegram = FakeTelegram(
        token=options.token,
        port=options.port,
        check=options.check,
        specs=options.specs,
        seed=options.seed,
        retry_scale=options.retry_scale,
    )
    telegram.control = Control(telegram).handle
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with telegram:
        line = {"url": telegram.url, "control": f"{telegram.url}/control", "token": telegram.token}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A stateful fake of the Telegram Bot API")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--specs", help="the specification file or its folder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--retry-scale", type=float, default=1.0, help="shortens the webhook's retry delays")
    parser.add_argument("--no-check", dest="check", action="store_false", help="no validation: fast, starts at once")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        runner.run(serve(options))


def fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one: the fake must not be the bottleneck of a benchmark."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


if __name__ == "__main__":
    main()
