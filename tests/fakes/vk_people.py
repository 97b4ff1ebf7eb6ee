"""The people behind the fake VK: what one person, or the members of a group chat, do to the community."""

from __future__ import annotations

from typing import Any, cast

from tests.fakes.vk_chats import BLACKLISTED, CHATS, DELETED, DENIED, NO_ACCESS, PRIVATE, Chat, Json, Message, World
from tests.fakes.vk_text import parse_text


class User(Chat):
    """A person, and the dialog between this person and the community."""

    def __init__(
        self, world: World, user_id: int, first_name: str, last_name: str = "Иванова", started: bool = True, **more: Any
    ) -> None:
        super().__init__(world, user_id)
        self.profile: Json = {"id": user_id, "first_name": first_name, "last_name": last_name, **more}
        self.profile |= {"can_access_closed": True, "is_closed": False}
        self.refusal = None if started else DENIED
        self.toasts: list[Json] = []  # what messages.sendMessageEventAnswer showed

    async def says(self, text: str = "", *, reply_to: int | None = None, **more: Any) -> Message:
        """Writes, and so allows to be answered; more are ref, ref_source, payload, geo, forwards (cmids), attachments.

        An attachment is an object of VK's or the name of a sample: photo, sticker, doc, audio_message.
        """
        assert self.refusal in (None, DENIED), f"user {self.id} cannot write: {self.refusal}"
        self.refusal = None
        return self._say(self, text, reply_to, **more)

    async def starts(self, ref: str = "", ref_source: str = "") -> Message:
        """Presses the community's own start button, perhaps after a link with a ref."""
        more = {name: value for name, value in (("ref", ref), ("ref_source", ref_source)) if value}
        return await self.says("Начать", payload={"command": "start"}, **more)

    async def presses(self, button: str, *, taps: int = 1) -> Json:
        """Presses the newest button with this label or payload: the event's object or the message it caused."""
        return self._press(self, button, taps)

    async def edits(self, cmid: int, text: str) -> Message:
        return self._edit(cmid, text)

    async def allows(self, key: str = "") -> None:
        self.refusal = None
        self._tell("message_allow", user_id=self.id, key=key)

    async def denies(self) -> None:
        self.refusal = DENIED
        self._tell("message_deny", user_id=self.id)

    async def blocks(self) -> None:
        """Puts the community on the own blacklist: the bot learns of it as of a denial, and by error 900."""
        await self.denies()
        self.refusal = BLACKLISTED

    async def gets_banned(self) -> None:
        """The community puts the person on its blacklist."""
        self.refusal = BLACKLISTED
        self._tell("user_block", admin_id=1, user_id=self.id, unblock_date=0, reason=0, comment="")

    async def unblocks(self) -> None:
        await self.allows()

    def hides(self) -> None:
        """Privacy settings forbid messages; VK tells the bot only when it writes."""
        self.refusal = PRIVATE

    def leaves_vk(self) -> None:
        """The account is gone; VK tells the bot only when it writes."""
        self.refusal = DELETED

    async def joins(self, how: str = "join") -> None:
        self._tell("group_join", user_id=self.id, join_type=how)

    async def leaves(self) -> None:
        self._tell("group_leave", user_id=self.id, self=1)

    async def comments(
        self,
        text: str = "",
        *,
        post_id: int = 1,
        edits: int | None = None,
        deletes: int | None = None,
        restores: int | None = None,
    ) -> Json:
        """Comments on a post of the community's wall, or edits, deletes or restores the own comment of this number."""
        wall = {"owner_id": -self.world.group_id, "post_id": post_id}
        if deletes is not None:
            return self._tell("wall_reply_delete", **wall, id=deletes, user_id=self.id)
        number = edits or restores or self.world.next_number()
        comment = self._piece(number, text) | wall | {"post_owner_id": -self.world.group_id}
        return self._tell(f"wall_reply_{_verb(edits, restores)}", **comment)

    async def discusses(
        self,
        text: str = "",
        *,
        topic_id: int = 1,
        edits: int | None = None,
        deletes: int | None = None,
        restores: int | None = None,
    ) -> Json:
        """The same in a topic of the community's discussions. Of a deletion the schema has the owner above zero."""
        if deletes is not None:
            topic = {"topic_owner_id": self.world.group_id, "topic_id": topic_id}
            return self._tell("board_post_delete", **topic, id=deletes)
        number = edits or restores or self.world.next_number()
        topic = {"topic_owner_id": -self.world.group_id, "topic_id": topic_id}
        return self._tell(f"board_post_{_verb(edits, restores)}", **self._piece(number, text), **topic)

    async def mentions(self, text: str, *, where: str = "post") -> Json:
        """Names the community on its wall (`post`), below a post (`comment`) or in its discussions (`board`).

        VK has no event of its own for a mention, and tells nothing of one outside the community: the text has it.
        """
        text, owner = f"{self.world.mention} {text}", -self.world.group_id
        if where == "comment":
            return await self.comments(text)
        if where == "board":
            return await self.discusses(text)
        piece = self._piece(self.world.next_number(), text)
        return self._tell("wall_post_new", **piece, owner_id=owner, post_type="post", created_by=self.id)

    def _piece(self, number: int, text: str) -> Json:
        moment = int(self.world.clock.now())
        return {"id": number, "from_id": self.id, "date": moment, "text": parse_text(text).stored}

    def _tell(self, kind: str, /, **subject: Any) -> Json:
        return cast(Json, self.world.events.post(kind, subject, self.id)["object"])


class GroupChat(Chat):
    """A chat of several people with the community in it; its peer_id is 2000000000 and its number."""

    def __init__(self, world: World, number: int, title: str, members: list[User]) -> None:
        super().__init__(world, CHATS + number)
        self.title = title
        self.members = {user.id: user for user in members}

    async def says(self, user: User, text: str, *, mention: bool = False, **more: Any) -> Message:
        """Writes; more are reply_to (a cmid), forwards, attachments, payload. A mention calls the community by name."""
        self.members.setdefault(user.id, user)
        return self._say(user, f"{self.world.mention} {text}" if mention else text, **more)

    async def presses(self, user: User, button: str, *, taps: int = 1) -> Json:
        return self._press(user, button, taps)

    async def edits(self, cmid: int, text: str) -> Message:
        return self._edit(cmid, text)

    async def removes_bot(self, user: User) -> None:
        self.refusal = NO_ACCESS
        self._action(user, "chat_kick_user")

    async def adds_bot(self, user: User) -> None:
        self.refusal = None
        self._action(user, "chat_invite_user")

    def _action(self, user: User, kind: str) -> None:
        self._say(user, "", action={"type": kind, "member_id": -self.world.group_id})


def _verb(edits: int | None, restores: int | None) -> str:
    return "edit" if edits else "restore" if restores else "new"
