"""What is said on the community's pages: posts and comments, and where they stand."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.vk import shapes
from messaging.messages import Public

SITE = "https://vk.com"


class _Kind(NamedTuple):
    """How one type of event names what was commented. `{thing}` is `<owner>_<number>`, `{id}` the comment's own."""

    name: str
    owner: str
    number: str
    page: str


_WALL = _Kind("wall_comment", "post_owner_id", "post_id", "wall{thing}?reply={id}")
_BOARD = _Kind("topic_comment", "topic_owner_id", "topic_id", "topic{thing}?post={id}")
_PRODUCT = _Kind("product_comment", "market_owner_id", "item_id", "market{owner}?w=product{thing}")
_PHOTO = _Kind("photo_comment", "photo_owner_id", "photo_id", "photo{thing}")
_VIDEO = _Kind("video_comment", "video_owner_id", "video_id", "video{thing}")
_FAMILIES = {
    "wall_reply": _WALL,
    "board_post": _BOARD,
    "market_comment": _PRODUCT,
    "photo_comment": _PHOTO,
    "video_comment": _VIDEO,
}

KINDS = {"wall_post_new": _Kind("wall_post", "owner_id", "id", "wall{thing}")} | {
    f"{family}_new": kind for family, kind in _FAMILIES.items()
}
CHANGED = {f"{family}_{verb}": kind for family, kind in _FAMILIES.items() for verb in ("edit", "restore")}
"""What brings words again that were received before: other words, or the same after a deletion."""
GONE = {f"{family}_delete": kind for family, kind in _FAMILIES.items()}
"""VK tells of no deleted post."""


def read(raw: Mapping[str, Any], community: int) -> tuple[shapes.Comment, Public]:
    """The words and their place; `community` is ours, below zero. Raises for another shape what pydantic raises.

    The published schema leaves out some of the numbers of what was commented; then the page is the community's.
    """
    kind, said = (KINDS | CHANGED)[raw["type"]], raw["object"]
    place = {"owner_id": said.get(kind.owner) or community, "thing_id": said.get(kind.number)}
    comment = shapes.Comment.model_validate({**said, **place})
    is_mention = re.search(rf"\[(?:club|public|event){-community}\|", comment.text) is not None
    thing, link = str(comment.owner_id), f"{SITE}/club{-community}"
    if comment.thing_id is not None:
        thing = f"{comment.owner_id}_{comment.thing_id}"
        link = f"{SITE}/{kind.page.format(thing=thing, owner=comment.owner_id, id=comment.id)}"
    return comment, Public(kind.name, thing, link, _key(kind, comment), is_mention)


def read_gone(raw: Mapping[str, Any], community: int) -> Public:
    """Which words are no more. The published schema has some owners above zero: there the community is meant, too."""
    kind, gone = GONE[raw["type"]], raw["object"]
    owner = gone.get(kind.owner) or gone.get("owner_id") or community
    owner = community if owner == -community else owner
    comment = shapes.Gone.model_validate({**gone, "owner_id": owner, "thing_id": gone.get(kind.number)})
    thing = str(owner) if comment.thing_id is None else f"{owner}_{comment.thing_id}"
    return Public(kind.name, thing, f"{SITE}/club{-community}", _key(kind, comment), is_gone=True)


def _key(kind: _Kind, comment: shapes.Gone) -> str:
    """Comments are numbered within their owner, in discussions within their topic; a post's comments as its posts."""
    within = f"{comment.owner_id}_{comment.thing_id}" if kind is _BOARD else str(comment.owner_id)
    return f"{kind.name}:{within}:{comment.id}"


def community_of(bot_id: str) -> int:
    """The community as an author: below zero, as VK counts communities."""
    return -int(bot_id.partition(":")[2])
