"""What customers with a case are promised, and how cases are given out: the two short forms of the desk's settings."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response

from console.pages import Visit
from messaging import assignment, labels, promises, recovery
from messaging.assignment import SEEN_WITHIN, Mode
from messaging.cases import terms
from messaging.desk import MAY_ANSWER
from messaging.flaws import Flaw, Unfit
from messaging.promises import Promise
from storage.kinds import Urgency
from storage.store import Store

OF_LATE: Final = timedelta(days=7)
_PERCENTS: Final = ("key_percent", "warn_percent")


async def show_promises(visit: Visit) -> Response:
    kept = await visit.read(terms.promised)
    return _promises(visit, _texts(promises.as_json(kept)), {})


async def save_promises(visit: Visit) -> Response:
    form = await visit.form()
    document: dict[str, Any] = {name: form.get(name, "") for name in _PERCENTS}
    for urgency in Urgency:
        document[urgency.value] = {what: _minutes(form, f"{urgency.value}.{what}") for what in Promise._fields}
    try:
        kept = promises.as_json(promises.parse(document))
    except Unfit as unfit:
        return _promises(visit, form, unfit.flaws, 422)
    await visit.write(lambda store: store.business.change(promises.KEY, kept, visit.staff.id, visit.now))
    return visit.go("/desk/promises", notice="saved")


def _promises(visit: Visit, texts: Mapping[str, str], flaws: Mapping[str, Flaw], status: int = 200) -> Response:
    return visit.page(
        "desk_promises.html", status, texts=texts, flaws=flaws, urgencies=list(Urgency), whats=Promise._fields
    )


def _minutes(form: Mapping[str, str], name: str) -> str:
    """Hours and minutes of two fields; an empty one is none. What is no number is left for the parser to say."""
    hours, minutes = (form.get(f"{name}.{part}", "").strip() or "0" for part in ("hours", "minutes"))
    if not (hours.isdecimal() and minutes.isdecimal()):
        return f"{hours}:{minutes}"
    return str(int(hours) * 60 + int(minutes))


def _texts(document: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: str(document[name]) for name in _PERCENTS}
    for urgency in Urgency:
        for what, minutes in document[urgency.value].items():
            texts[f"{urgency.value}.{what}.hours"] = str(minutes // 60)
            texts[f"{urgency.value}.{what}.minutes"] = str(minutes % 60)
    return texts


# --- who gets a case


async def show_assignment(visit: Visit) -> Response:
    return await _assignment(visit)


async def save_assignment(visit: Visit) -> Response:
    """Who gets a case, the labels, and when a customer is asked whether all is well: one form, three settings."""
    form = await visit.form()
    wished = {name: form.get(name, "") for name in ("mode", "cap", "return_minutes")}
    asks = {"is_on": form.get("recovery") == "yes", "after_days": form.get("after_days", "")}
    flaws: dict[str, Flaw] = {}
    documents: dict[str, Any] = {labels.KEY: list(labels.cleaned(form.get("labels", "").splitlines()))}
    try:
        documents[assignment.KEY] = assignment.as_json(assignment.parse(wished))
    except Unfit as unfit:
        flaws.update(unfit.flaws)
    try:
        documents[recovery.KEY] = recovery.as_json(recovery.parse(asks))
    except Unfit as unfit:
        flaws.update(unfit.flaws)
    if flaws:
        return await _assignment(visit, form, flaws, 422)

    def unit(store: Store) -> None:
        for key, document in documents.items():
            kept = store.business.setting(key)
            if kept is None or kept.value != document:
                store.business.change(key, document, visit.staff.id, visit.now)

    await visit.write(unit)
    return visit.go("/desk/assignment", notice="saved")


async def _assignment(
    visit: Visit, form: Mapping[str, str] | None = None, flaws: Mapping[str, Flaw] | None = None, status: int = 200
) -> Response:
    def look(store: Store) -> tuple[dict[str, str], Any]:
        rules, asking = terms.assigning(store), terms.recovering(store)
        kept = store.business.setting(labels.KEY)
        texts = {
            "mode": rules.mode.value,
            "cap": str(rules.cap),
            "return_minutes": str(rules.return_minutes),
            "labels": "\n".join(labels.parse(kept.value if kept else None)),
            "recovery": "yes" if asking.is_on else "",
            "after_days": str(asking.after_days),
        }
        return texts, store.case_work.colleagues(MAY_ANSWER, visit.now - SEEN_WITHIN, visit.now - OF_LATE)

    texts, colleagues = await visit.read(look)
    return visit.page(
        "desk_assignment.html",
        status,
        texts={**texts, **(form or {}), "recovery": form.get("recovery", "") if form else texts["recovery"]},
        flaws=flaws or {},
        modes=list(Mode),
        colleagues=colleagues,
    )
