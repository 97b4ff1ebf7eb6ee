"""A person's own page: name, language, looks, password, and their accounts in messengers."""

from starlette.responses import Response

from console.access import new_link, start_session
from console.pages import Visit
from console.parts import LinkTarget
from console.sign_in import keep_session, password_error
from messaging.doors import door_to
from messaging.messages import Address
from storage.kinds import Channel, Language, LinkPurpose
from storage.models import Staff, StaffAccount
from storage.store import Store

THEMES = ("auto", "light", "dark")
A_YEAR = 365 * 86400


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def save(visit: Visit) -> Response:
    form = await visit.form()
    name, language = form.get("name", "").strip()[:80], form.get("language", "")
    theme = form.get("theme") if form.get("theme") in THEMES else "auto"
    if not name:
        return visit.go("/profile", notice="name_missing")

    def keep(store: Store) -> None:
        if me := store.staff.get(visit.staff.id):
            me.name = name
            me.language = Language(language) if language in set(Language) else me.language
            store.staff.save(me)

    await visit.write(keep)
    answer = visit.go("/profile", notice="saved")
    # Looks and shortcuts belong to a browser, not to a person: the phone may be dark while the desk is light.
    secure = visit.parts.is_https
    answer.set_cookie("theme", theme or "auto", max_age=A_YEAR, httponly=True, samesite="lax", secure=secure)
    switch = "on" if form.get("shortcuts") == "on" else "off"
    answer.set_cookie("shortcuts", switch, max_age=A_YEAR, httponly=True, samesite="lax", secure=secure)
    return answer


async def change_password(visit: Visit) -> Response:
    """Every browser signs in anew, except this one, which gets a new session."""
    form = await visit.form()
    if not await visit.console.passwords.fits(visit.staff.password_hash, form.get("current", "")):
        return await _page(visit, 422, problem="password.wrong")
    if error := password_error(form):
        return await _page(visit, 422, problem=error)
    hashed = await visit.console.passwords.hash(form["password"])

    def change(store: Store) -> str | None:
        me = store.staff.get(visit.staff.id)
        if me is None:
            return None
        me.password_hash = hashed
        store.staff.save(me)
        store.staff.end_sessions_of(me.id)
        return start_session(store, me, visit.now)

    token = await visit.write(change)
    answer = visit.go("/profile", notice="password_changed")
    if token:
        keep_session(visit, answer, token)
    return answer


async def link(visit: Visit) -> Response:
    """A link that ties the messenger account which opens it to this person, for ten minutes."""
    form = await visit.form()
    target = next((bot for bot in visit.parts.bots() if bot.bot_id == form.get("bot")), None)
    door = door_to(target.bot_id, target.username) if target else None
    if door is None:
        return visit.go("/profile")
    token = await visit.write(lambda store: new_link(store, LinkPurpose.LINK_MESSENGER, visit.staff.id, visit.now))
    return await _page(visit, link=door.link(f"staff_{token}"))


async def unlink(visit: Visit) -> Response:
    form = await visit.form()
    bot_id, user_id = form.get("bot", ""), form.get("user", "")

    def cut(store: Store) -> None:
        if any((one.bot_id, one.user_id) == (bot_id, user_id) for one in store.staff.accounts_of(visit.staff.id)):
            store.staff.unlink_account(bot_id, user_id)

    await visit.write(cut)
    return visit.go("/profile", notice="unlinked")


async def _page(visit: Visit, status: int = 200, *, link: str = "", problem: str = "") -> Response:
    me, accounts = await visit.read(lambda store: _mine(store, visit))
    bots = [(bot, _channel(bot)) for bot in visit.parts.bots() if door_to(bot.bot_id, bot.username)]
    return visit.page(
        "profile.html",
        status,
        person=me,
        accounts=accounts,
        bots=bots,
        link=link,
        problem=problem,
        languages=list(Language),
        themes=THEMES,
    )


def _channel(target: LinkTarget) -> Channel:
    return Address(target.bot_id, "").channel


def _mine(store: Store, visit: Visit) -> tuple[Staff, list[StaffAccount]]:
    return store.staff.get(visit.staff.id) or visit.staff, store.staff.accounts_of(visit.staff.id)
