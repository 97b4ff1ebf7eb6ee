"""Good deeds: whom customers may give points to, and how many they gave."""

from starlette.responses import Response

from console.customers import tidy
from console.once import key_of
from console.pages import Visit
from loyalty import charity
from loyalty.charity import LONGEST_ABOUT, LONGEST_NAME
from storage.store import Store


async def show(visit: Visit) -> Response:
    totals = await visit.read(charity.totals)
    return visit.page(
        "charity.html",
        totals=totals,
        longest_name=LONGEST_NAME,
        longest_about=LONGEST_ABOUT,
        public=f"{visit.parts.public_url}/charity" if visit.parts.public_url else "",
    )


async def add(visit: Visit) -> Response:
    form = await visit.form()
    name, about = tidy(form.get("name", ""), LONGEST_NAME), tidy(form.get("about", ""), LONGEST_ABOUT)
    if not name:
        return visit.go("/charity", notice="name_missing")
    key = key_of(form)
    await visit.write(lambda store: charity.open_charity(store, name, about, visit.now, key))
    return visit.go("/charity", notice="saved")


async def change(visit: Visit) -> Response:
    """Its words, or whether one can give to it; what was given stays given."""
    form, slug = await visit.form(), visit.request.path_params["slug"]
    name, about = tidy(form.get("name", ""), LONGEST_NAME), tidy(form.get("about", ""), LONGEST_ABOUT)

    def apply(store: Store) -> str:
        known = store.charities.get(slug)
        if known is None:
            return "gone"
        if "active" in form:
            known.is_active = form["active"] == "yes"
        elif not name:
            return "name_missing"
        else:
            known.name, known.about = name, about
        store.charities.save(known)
        return "saved"

    return visit.go("/charity", notice=await visit.write(apply))
