"""The staff: who they are, what they may do, and the links that invite them."""

from collections.abc import Callable

from starlette.responses import Response

from console.access import new_link
from console.customers import tidy
from console.pages import Visit
from console.sign_in import clean_login
from storage.kinds import LinkPurpose, Role
from storage.models import Staff
from storage.store import Store

LONGEST_BRANCH = 80


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def invite(visit: Visit) -> Response:
    """A new member of staff without a password, and the link with which they choose one."""
    form = await visit.form()
    login, name, role = clean_login(form.get("login", "")), form.get("name", "").strip()[:80], form.get("role", "")
    if not login or not name or role not in set(Role):
        return visit.go("/staff", notice="name_missing")
    if not _may_give(visit, Role(role)):
        return visit.go("/staff", notice="owners_only")

    def add(store: Store) -> str | None:
        if store.staff.by_login(login):
            return None
        staff = Staff(login=login, name=name, role=Role(role), language=visit.words.language, created_at=visit.now)
        store.staff.add(staff)
        return new_link(store, LinkPurpose.INVITATION, staff.id, visit.now)

    token = await visit.write(add)
    return visit.go("/staff", notice="login_taken") if token is None else await _page(visit, token, name)


async def link_again(visit: Visit) -> Response:
    """A new link for somebody who lost the first, or their password."""
    staff_id = visit.path_id("staff_id")
    them = await visit.read(lambda store: store.staff.get(staff_id))
    if them is None or not them.is_active:
        return visit.go("/staff")
    if not _may_give(visit, them.role):
        return visit.go("/staff", notice="owners_only")
    token = await visit.write(lambda store: new_link(store, LinkPurpose.INVITATION, staff_id, visit.now))
    return await _page(visit, token, them.name)


async def change_role(visit: Visit) -> Response:
    role = (await visit.form()).get("role", "")
    if role not in set(Role):
        return visit.go("/staff")

    def change(them: Staff) -> None:
        them.role = Role(role)

    return await _change(visit, change, Role(role))


async def change_branch(visit: Visit) -> Response:
    """Where they stand at the till: their purchases are that branch's."""
    branch, staff_id = tidy((await visit.form()).get("branch", ""), LONGEST_BRANCH), visit.path_id("staff_id")

    def change(store: Store) -> None:
        them = store.staff.get(staff_id)
        if them is not None:
            them.branch = branch
            store.staff.save(them)

    await visit.write(change)
    return visit.go("/staff", notice="saved")


async def change_active(visit: Visit) -> Response:
    """Dismissed people are signed out at once; their words stay theirs."""
    is_active = (await visit.form()).get("active") == "yes"

    def change(them: Staff) -> None:
        them.is_active = is_active

    return await _change(visit, change, None)


async def _change(visit: Visit, change: Callable[[Staff], None], role: Role | None) -> Response:
    staff_id = visit.path_id("staff_id")

    def apply(store: Store) -> str:
        them = store.staff.get(staff_id)
        if them is None:
            return ""
        if not _may_give(visit, them.role) or (role and not _may_give(visit, role)):
            return "owners_only"
        was_owner = _is_owner(them)
        change(them)
        if (
            was_owner
            and not _is_owner(them)
            and not any(_is_owner(one) for one in store.staff.all() if one.id != staff_id)
        ):
            return "last_owner"
        store.staff.save(them)
        store.staff.end_sessions_of(staff_id)
        return "saved"

    return visit.go("/staff", notice=await visit.write(apply))


def _is_owner(staff: Staff) -> bool:
    """One who can really come in: somebody without a password could not let anyone back in."""
    return staff.is_active and staff.role is Role.OWNER and staff.password_hash is not None


def _may_give(visit: Visit, role: Role) -> bool:
    """Only an owner makes or unmakes owners."""
    return visit.staff.role is Role.OWNER or role is not Role.OWNER


async def _page(visit: Visit, token: str | None = None, invited: str = "") -> Response:
    everybody = await visit.read(lambda store: store.staff.all())
    base = str(visit.request.base_url).rstrip("/")
    address = f"{base.removesuffix(visit.path(''))}{visit.path(f'/setup/{token}')}" if token else ""
    roles = [role for role in Role if _may_give(visit, role)]
    return visit.page("staff.html", everybody=everybody, roles=roles, address=address, invited=invited)
