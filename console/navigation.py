"""The ways into the console: which pages stand under which heading, and who sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from console.access import COUNTERS, DIALOGS, EVERYONE, MANAGERS, MARKETERS, READERS, SELLERS
from storage.kinds import Role

MOST_ON_A_BAR: Final = 6
"""Links beside each other at the foot of a phone that can still be read and hit. More of them go into groups."""


@dataclass(frozen=True, slots=True)
class Link:
    """`path` is the page, `also` others that belong to it, each with all below it but for `but`. `badge` names what
    waits there."""

    path: str
    title: str
    icon: str
    roles: frozenset[Role]
    also: tuple[str, ...] = ()
    badge: str = ""
    but: tuple[str, ...] = ()

    def is_here(self, here: str) -> bool:
        """Whether this page, or one that belongs to it, is the one that is shown."""
        return _is_below(here, (self.path, *self.also)) and not _is_below(here, self.but)


def _is_below(here: str, paths: tuple[str, ...]) -> bool:
    return any(here == path or (path != "/" and here.startswith(path + "/")) for path in paths)


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    links: Sequence[Link]


@dataclass(frozen=True, slots=True)
class Ways:
    """What one role sees: the day's work always at hand, all else under headings."""

    daily: Sequence[Link]
    groups: Sequence[Group]


_RECORDS: Final = ("/duplicates", "/quality", "/reach")
_REVIEWED: Final = ("/quality/dialogues",)
DAILY: Final = (
    Link("/", "nav.today", "today", EVERYONE),
    Link("/inbox", "nav.inbox", "inbox", DIALOGS, badge="badge"),
    Link("/customers", "nav.customers", "people", EVERYONE, _RECORDS, "duplicates", _REVIEWED),
    Link("/till", "till.title", "bag", SELLERS),
)
GROUPS: Final = (
    Group(
        "nav.group.customers",
        (
            Link("/base", "base.title", "base", COUNTERS),
            Link("/segments", "nav.segments", "sieve", COUNTERS),
            Link("/flags", "nav.flags", "flag", READERS, badge="candidates"),
        ),
    ),
    Group(
        "nav.group.programme",
        (
            Link("/loyalty", "loyalty.title", "coin", COUNTERS),
            Link("/promos", "nav.promos", "ticket", MARKETERS),
            Link("/friends", "nav.friends", "friends", COUNTERS, ("/links", "/likes", "/charity")),
        ),
    ),
    Group(
        "nav.group.voices",
        (
            Link("/surveys/results", "nav.results", "star", COUNTERS),
            Link("/surveys", "nav.surveys", "check", COUNTERS, but=("/surveys/results",)),
            Link("/feedback", "nav.feedback", "quote", READERS),
            Link("/reviews", "nav.reviews", "send", MARKETERS),
            Link("/desk/numbers", "nav.desk", "team", COUNTERS, ("/desk", "/replies")),
            Link("/quality/dialogues", "dialogues.title", "check", DIALOGS),
        ),
    ),
    Group(
        "nav.group.money",
        (
            Link("/numbers", "nav.numbers", "chart", COUNTERS),
            Link("/services", "nav.services", "star", COUNTERS, ("/complaints",)),
            Link("/losses", "nav.losses", "leak", COUNTERS),
            Link("/alerts", "alerts.nav", "alert", MANAGERS, badge="alerts"),
        ),
    ),
    Group(
        "nav.group.setup",
        (
            Link("/imports", "nav.imports", "file", MANAGERS),
            Link("/staff", "nav.staff", "team", MANAGERS),
            Link("/settings", "nav.settings", "gear", MANAGERS),
            Link("/status", "nav.status", "pulse", MANAGERS),
            Link("/audit", "nav.audit", "clock", MANAGERS),
        ),
    ),
)
PROFILE: Final = Link("/profile", "nav.profile", "me", EVERYONE)


def ways(role: Role) -> Ways:
    """The links of a role. Those of few need no headings."""
    daily = [link for link in DAILY if role in link.roles]
    groups = [Group(group.title, [link for link in group.links if role in link.roles]) for group in GROUPS]
    groups = [group for group in groups if group.links]
    others = [link for group in groups for link in group.links]
    if len(daily) + len(others) < MOST_ON_A_BAR:  # one place is the profile's
        return Ways([*daily, *others], [])
    return Ways(daily, groups)
