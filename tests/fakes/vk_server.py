"""The fake VK as a process of its own, driven from outside over HTTP under /control/.

`python -m tests.fakes.vk_server --port 0` prints one JSON line with its address, token and group_id. Bodies and
answers are JSON; a message is named by its number in the dialog (cmid):

POST   /control/users                 {id, first_name?, last_name?, started?, count?}: one or `count` people
POST   /control/users/ID/ACTION       says {text, reply_to?, forwards?, ref?, ref_source?, payload?,
                                      geo?, attachments?}
                                      starts {ref?, ref_source?} | presses {button, taps?} | edits {cmid, text}
                                      allows | denies | blocks | unblocks | gets_banned | hides
                                      leaves_vk | joins | leaves
                                      comments {text, post_id?, edits?, deletes?} | mentions {text, where?}
POST   /control/chats                 {number, title?, members?: [ids]}: a group chat
POST   /control/chats/NUMBER/ACTION   says {user, text, reply_to?, mention?} | presses {user, button, taps?}
                                      edits {cmid, text} | removes_bot {user} | adds_bot {user}
POST   /control/traffic               {says: [[user, text], ...]}: many messages in one call
GET    /control/chats/PEER_ID         ?after=CMID&contains=TEXT&wait=SECONDS: what the dialog shows
GET    /control/events                how many events were raised and are not taken; ?wait=SECONDS waits until all are
POST   /control/faults                {kind, method?, peer_id?, times?, probability?, seconds?, code?}
DELETE /control/faults
POST   /control/limits                {per_second?, latency_ms?}
GET    /control/counters              calls, errors by code, sends, deduplicated, concurrency, deliveries, violations
GET    /control/sends                 ?after=INDEX: [at, peer_id, text, cmid, method, random_id] of accepted messages
GET    /control/deliveries            ?after=INDEX: every Callback attempt
GET    /control/violations
POST   /control/rotate_key            Long Poll answers failed 2 to the old key
POST   /control/forget_history        Long Poll answers failed 1 to a ts from before now
POST   /control/lose_session          Long Poll answers failed 3 until it is asked for a new server
GET    /control/callback              {code}: what the next confirmation must be answered with
POST   /control/callback              {url, secret?, kinds?, suspend_after?}: sets up delivery and has it confirmed
POST   /control/clock                 {seconds}: moves VK's clock forward
POST   /control/reset                 forgets counters, sends, deliveries and violations; dialogs stay
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import signal
import sys
from typing import Any

from aiohttp import web

from tests.fakes.telegram import dumped
from tests.fakes.telegram_server import fast_loop
from tests.fakes.vk import GROUP, TOKEN, FakeVk, GroupChat, Message, User
from tests.fakes.vk_chats import CHATS

Json = dict[str, Any]
OF_A_PERSON = {
    *(
        "says",
        "starts",
        "presses",
        "edits",
        "allows",
        "denies",
        "blocks",
        "unblocks",
        "hides",
        "leaves_vk",
        "gets_banned",
    ),
    *("joins", "leaves", "comments", "mentions"),
}
OF_A_CHAT = {"says", "presses", "edits", "removes_bot", "adds_bot"}


class Control:
    """Translates control requests into what a test would do in-process."""

    def __init__(self, vk: FakeVk) -> None:
        self.vk = vk

    async def handle(self, request: web.BaseRequest) -> web.Response:
        body = await request.content.read()
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
        match verb, parts:
            case "POST", ["users"]:
                return self._add_users(**body)
            case "POST", ["chats"]:
                members = [self.vk.user(id=member) for member in body.pop("members", [])]
                chat = self.vk.group_chat(members=members, **body)
                return {"peer_id": chat.id, "title": chat.title}
            case "POST", [("users" | "chats") as kind, number, action]:
                return await self._act(kind, int(number), action, body)
            case "POST", ["traffic"]:
                for user_id, text in body["says"]:
                    await self.vk.user(id=user_id).says(text)
                return {"said": len(body["says"])}
            case "GET", ["chats", number]:
                return await self._show(int(number), int(query.get("after", 0)), query)
            case "GET", _:
                return await self._look(parts, query)
            case (("POST" | "DELETE"), [setting]):
                return await self._set(verb, setting, body)
        raise LookupError(f"{verb} {'/'.join(parts)}")

    async def _look(self, parts: list[str], query: dict[str, str]) -> Any:
        vk, after = self.vk, int(query.get("after", 0))
        match parts:
            case ["events"]:
                if "wait" in query:
                    await vk.drained(float(query["wait"]))
                untaken = vk.long_poll.ts - vk.long_poll.taken
                return {"raised": vk.world.events.posted, "unpolled": untaken, "undelivered": len(vk.callbacks.open)}
            case ["callback"]:
                return {"code": vk.callbacks.code}
            case ["counters"]:
                return self._counters()
            case ["sends"]:
                return vk.sends[after:]
            case ["deliveries"]:
                return [delivery._asdict() for delivery in vk.deliveries[after:]]
            case ["violations"]:
                return [violation._asdict() for violation in vk.violations]
        raise LookupError("/".join(parts))

    async def _set(self, verb: str, setting: str, body: Json) -> Any:
        vk = self.vk
        match verb, setting:
            case "POST", "faults":
                vk.faults.add(**body)
                return {"planned": len(vk.faults.planned)}
            case "DELETE", "faults":
                vk.faults.clear()
                return {"planned": 0}
            case "POST", "limits":
                for name, value in body.items():
                    if not hasattr(vk.limits, name):
                        raise LookupError(name)
                    setattr(vk.limits, name, value)
                return vars(vk.limits)
            case "POST", ("rotate_key" | "forget_history" | "lose_session"):
                getattr(vk.long_poll, setting)()
                return {"ts": vk.long_poll.ts}
            case "POST", "callback":
                vk.callbacks.suspend_after = body.get("suspend_after")
                kinds = set(body["kinds"]) if "kinds" in body else None
                server = await vk.connect_callback(body["url"], body.get("secret", ""), kinds)
                return {"server_id": server.id, "status": server.status}
            case "POST", "clock":
                vk.clock.forward(float(body["seconds"]))
                return {"now": vk.clock.now()}
            case "POST", "reset":
                vk.reset_counters()
                return {}
        raise LookupError(f"{verb} {setting}")

    def _add_users(self, id: int, count: int = 1, **traits: Any) -> Json:  # noqa: A002
        for number in range(id, id + count):
            self.vk.user(id=number, **traits)
        return {"first": id, "count": count}

    async def _act(self, kind: str, number: int, action: str, body: Json) -> Any:
        if kind == "chats":
            chat = self.vk.world.chats[number if number > CHATS else number + CHATS]
            assert isinstance(chat, GroupChat), f"{number} is no group chat"
            if "user" in body:
                body["user"] = self.vk.user(id=body["user"])
        else:
            chat = self.vk.world.chats[number]
            assert isinstance(chat, User), f"{number} is no person"
        if action not in (OF_A_CHAT if kind == "chats" else OF_A_PERSON):
            raise LookupError(action)
        found = getattr(chat, action)(**body)
        if inspect.isawaitable(found):
            found = await found
        return found.view() if isinstance(found, Message) else found

    async def _show(self, number: int, after: int, query: dict[str, str]) -> Json:
        chat = self.vk.world.chats[number]
        if "wait" in query:
            await chat.hears(query.get("contains", ""), after=after, timeout=float(query["wait"]))
        return {
            "messages": [message.view() for message in chat.messages if message.cmid > after],
            "received": chat.received,
            "buttons": chat.buttons(),
            "keyboard": chat.keyboard,
            "toasts": getattr(chat, "toasts", []),
            "actions": chat.actions,
        }

    def _counters(self) -> Json:
        vk = self.vk
        return {
            "http": vk.http,
            "calls": vk.calls,
            "errors": vk.errors,
            "sends": len(vk.sends),
            "deduplicated": vk.deduplicated,
            "too_many": vk.too_many,
            "max_concurrency": vk.max_concurrency,
            "deliveries": len(vk.deliveries),
            "lost_events": len(vk.callbacks.lost),
            "suspended": any(server.suspended for server in vk.callbacks.servers.values()),
            "unanswered": len(vk.unanswered),
            "violations": len(vk.violations),
        }


async def serve(options: argparse.Namespace) -> None:
    vk = FakeVk(
        token=options.token,
        group_id=options.group_id,
        port=options.port,
        check=options.check,
        specs=options.specs,
        seed=options.seed,
        retry_scale=options.retry_scale,
    )
    vk.control = Control(vk).handle
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with vk:
        line = {"url": vk.url, "control": f"{vk.url}/control", "token": vk.token, "group_id": vk.group_id}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A stateful fake of the VK API")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--group-id", type=int, default=GROUP)
    parser.add_argument("--specs", help="the folder of the schema, or the one above it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--retry-scale", type=float, default=1.0, help="shortens the Callback's retry delays")
    parser.add_argument("--no-check", dest="check", action="store_false", help="no validation: fast")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        runner.run(serve(options))


if __name__ == "__main__":
    main()
