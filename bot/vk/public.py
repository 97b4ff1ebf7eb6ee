"""What is said on the community's pages: posts and comments, and where they stand."""

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


KINDS = {
    "wall_post_new": _Kind("wall_post", "owner_id", "id", "wall{thing}"),
    "wall_reply_new": _Kind("wall_comment", "post_owner_id", "post_id", "wall{thing}?reply={id}"),
    "wall_reply_edit": _Kind("wall_comment_edit", "post_owner_id", "post_id", "wall{thing}?reply={id}"),
    "board_post_new": _Kind("topic_comment", "topic_owner_id", "topic_id", "topic{thing}?post={id}"),
    "market_comment_new": _Kind("product_comment", "market_owner_id", "item_id", "market{owner}?w=product{thing}"),
    "photo_comment_new": _Kind("photo_comment", "photo_owner_id", "photo_id", "photo{thing}"),
    "video_comment_new": _Kind("video_comment", "video_owner_id", "video_id", "video{thing}"),
}


def read(raw: Mapping[str, Any], community: int) -> tuple[shapes.Comment, Public]:
    """The words and their place; `community` is ours, below zero. Raises for another shape what pydantic raises.

    The published schema leaves out some of the numbers of what was commented; then the page is the community's.
    """
    kind, said = KINDS[raw["type"]], raw["object"]
    place = {"owner_id": said.get(kind.owner) or community, "thing_id": said.get(kind.number)}
    comment = shapes.Comment.model_validate({**said, **place})
    if comment.thing_id is None:
        return comment, Public(kind.name, str(comment.owner_id), f"{SITE}/club{-community}")
    thing = f"{comment.owner_id}_{comment.thing_id}"
    page = kind.page.format(thing=thing, owner=comment.owner_id, id=comment.id)
    return comment, Public(kind.name, thing, f"{SITE}/{page}")


def community_of(bot_id: str) -> int:
    """The community as an author: below zero, as VK counts communities."""
    return -int(bot_id.partition(":")[2])
