"""Signing in and out, and the one-time links that let new people in."""

from uuid import UUID

from starlette.responses import Response

from console.access import LONGEST_PASSWORD, SHORTEST_PASSWORD, may_try, start_session
from console.guard import cookie_name
from console.pages import Visit, safe_next
from storage.kinds import LinkPurpose, Role
from storage.models import Staff
from storage.staff import token_hash
from storage.store import Store

TAKEN = "taken"


async def show(visit: Visit) -> Response:
    if visit.frame:
        return visit.go(safe_next(visit.request.query_params.get("next", "/")))
    return _form(visit, visit.request.query_params.get("next", ""), "")


async def enter(visit: Visit) -> Response:
    name = cookie_name(visit.request)
    form = await visit.form()
    wish, login, password = form.get("next", ""), clean_login(form.get("login", "")), form.get("password", "")
    if name is None:
        return _form(visit, wish, "", 403)
    keys = [f"login:{login}", f"address:{_address(visit)}"]
    # The try is counted before the slow hash: a hundred at once are still five.
    if not await visit.write(lambda store: may_try(store, keys, visit.now)):
        return _form(visit, wish, "sign_in.too_many", 429)
    staff = await visit.read(lambda store: store.staff.by_login(login))
    is_right = await visit.console.passwords.fits(staff.password_hash if staff and staff.is_active else None, password)
    if staff is None or not is_right:
        return _form(visit, wish, "sign_in.wrong", 403)
    return await _signed_in(visit, staff, safe_next(wish), keys)


async def leave(visit: Visit) -> Response:
    name = cookie_name(visit.request)
    assert visit.frame is not None
    ended = visit.frame.session.id_hash
    await visit.write(lambda store: store.staff.end_session(ended))
    answer = visit.go("/login", notice="left")
    answer.delete_cookie(name or "sid", path="/", secure=name == "__Host-sid", httponly=True, samesite="lax")
    return answer


async def _signed_in(visit: Visit, staff: Staff, to: str, keys: list[str]) -> Response:
    name = cookie_name(visit.request)
    before = visit.request.cookies.get(name or "")

    def begin(store: Store) -> str:
        for key in keys:
            store.staff.forget_failures(key)
        return start_session(store, staff, visit.now, before)

    token = await visit.write(begin)
    answer = visit.go(to)
    keep_session(visit, answer, token)
    return answer


def keep_session(visit: Visit, answer: Response, token: str) -> None:
    """Put the session's token into the browser's cookie."""
    name = cookie_name(visit.request)
    assert name is not None
    answer.set_cookie(name, token, path="/", secure=name == "__Host-sid", httponly=True, samesite="lax")


def _form(visit: Visit, wish: str, error: str, status: int = 200) -> Response:
    is_safe = cookie_name(visit.request) is not None
    return visit.page("login.html", status, wish=wish, error=error, is_safe=is_safe)


def _address(visit: Visit) -> str:
    return visit.request.client.host if visit.request.client else ""


def clean_login(text: str) -> str:
    return text.strip().lower()[:64]


# --- one-time links


async def show_setup(visit: Visit) -> Response:
    token = visit.request.path_params["token"]
    invited = await visit.read(lambda store: _invited(store, token, visit))
    return _setup(visit, invited, "", {})


async def finish_setup(visit: Visit) -> Response:
    token, form = visit.request.path_params["token"], await visit.form()
    invited = await visit.read(lambda store: _invited(store, token, visit))
    if invited is None or cookie_name(visit.request) is None:
        return _setup(visit, invited, "", form)
    login, name = clean_login(form.get("login", "")), form.get("name", "").strip()[:80]
    if isinstance(invited, UUID):
        login = name = "known"
    if error := password_error(form) or ("" if login and name else "setup.incomplete"):
        return _setup(visit, invited, error, form)
    hashed = await visit.console.passwords.hash(form["password"])
    staff = await visit.write(lambda store: _let_in(store, token, invited, login, name, hashed, visit))
    if isinstance(staff, Staff):
        return await _signed_in(visit, staff, "/", [])
    return _setup(visit, invited if staff == TAKEN else None, "setup.login_taken", form)


def password_error(form: dict[str, str]) -> str:
    """What is wrong with a new password typed twice: a key of the catalogue, or nothing."""
    password = form.get("password", "")
    if len(password) < SHORTEST_PASSWORD:
        return "password.short"
    if len(password) > LONGEST_PASSWORD:
        return "password.long"
    return "" if password == form.get("again") else "password.differs"


def _invited(store: Store, token: str, visit: Visit) -> Role | UUID | None:
    """What a link makes of its holder: the owner, or the member of staff it names. None: it no longer works."""
    link = store.staff.link(token_hash(token), visit.now)
    if link is None:
        return None
    if link.purpose is LinkPurpose.FIRST_OWNER:
        return Role.OWNER
    return link.staff_id if link.purpose is LinkPurpose.INVITATION else None


def _let_in(
    store: Store, token: str, invited: Role | UUID, login: str, name: str, hashed: str, visit: Visit
) -> Staff | str | None:
    """Use the link up: the member of staff, TAKEN when the login belongs to somebody, None when it is too late."""
    if isinstance(invited, Role) and store.staff.by_login(login):
        return TAKEN
    if not store.staff.use_link(token_hash(token), visit.now):
        return None
    if isinstance(invited, Role):
        staff = Staff(
            login=login,
            name=name,
            role=Role.OWNER,
            language=visit.words.language,
            password_hash=hashed,
            created_at=visit.now,
        )
        store.staff.add(staff)
        return staff
    known = store.staff.get(invited)
    if known is None or not known.is_active:
        return None
    known.password_hash = hashed
    store.staff.save(known)
    store.staff.end_sessions_of(known.id)
    return known


def _setup(visit: Visit, invited: Role | UUID | None, error: str, form: dict[str, str]) -> Response:
    is_safe = cookie_name(visit.request) is not None
    status = 404 if invited is None else 403 if not is_safe else 422 if error else 200
    return visit.page(
        "setup.html", status, invited=invited, is_owner=invited is Role.OWNER, error=error, form=form, is_safe=is_safe
    )
