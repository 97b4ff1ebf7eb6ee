"""Promo campaigns: the list, one campaign with its conditions and what it brought, codes made in bulk, roll-backs."""

import csv
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import StringIO
from itertools import cycle
from typing import Any, Final

from starlette.responses import Response, StreamingResponse

from console import promo_form
from console.customers import tidy
from console.once import key_of
from console.pages import Visit
from console.promo_form import CampaignForm
from loyalty import attribution, campaign_changes, gifts
from loyalty.campaign_changes import State, Step, state_of
from loyalty.campaigns import ends_of, text_of, worth
from loyalty.code_generation import MOST, Unmakeable, begin, bulk_pattern
from loyalty.order_facts import minimum_for
from loyalty.promo_codes import Issued, roll_back
from loyalty.promo_rules import HARD_TO_GUESS, filled, pattern_of, places_needed, possible
from storage.kinds import Channel, GenerationState, Language, PromoKind, RedemptionState
from storage.models import CodeGeneration, PromoCampaign, PromoCode, Redemption
from storage.promo_reports import Counts
from storage.store import Store

SHOWN_USES: Final = 30
LONGEST_REASON: Final = 200
LONGEST_COUNT: Final = 12
CSV_PAGE: Final = 5000
SAMPLE_SIGNS: Final = "7K2MQX4B"
"""What a code of the preview is filled with."""


@dataclass(frozen=True, slots=True)
class Row:
    """One campaign of the list."""

    campaign: PromoCampaign
    state: State
    worth: str
    counts: Counts
    revenue_minor: int


@dataclass(frozen=True, slots=True)
class UseLine:
    """One redemption. `why`: the reason it was rolled back for; `can_go_back`: it may still be."""

    use: Redemption
    code: str
    customer: str
    staff: str
    why: str
    can_go_back: bool


# --- the list


async def show(visit: Visit) -> Response:
    rows, currency = await visit.read(lambda store: (_rows(store, visit), store.whole_base.currency()))
    return visit.page(
        "promos.html",
        rows=[row for row in rows if row.state is not State.ARCHIVED],
        archived=[row for row in rows if row.state is State.ARCHIVED],
        currency=currency,
    )


def _rows(store: Store, visit: Visit) -> list[Row]:
    campaigns = store.promos.campaigns()
    ids = [one.id for one in campaigns]
    counts, revenue = store.promo_reports.counts(ids), store.promo_reports.revenue(ids)
    language = visit.staff.language
    return [
        Row(one, state_of(one, visit.now), worth(language, one), counts[one.id], revenue.get(one.id, 0))
        for one in campaigns
    ]


# --- a new one


async def show_new(visit: Visit) -> Response:
    return await _form_page(visit, promo_form.blank())


async def create(visit: Visit) -> Response:
    sent = await visit.form()
    form, columns = promo_form.read(sent, visit.words.zone)
    if form.problems:
        return await _form_page(visit, form, http_status=422)
    key = key_of(sent)
    made = await visit.write(lambda store: campaign_changes.create(store, columns, visit.staff, visit.now, key))
    return visit.go(f"/promos/{made.id}", notice="promo.saved")


async def _form_page(visit: Visit, form: CampaignForm, *, http_status: int = 200) -> Response:
    choices = await visit.read(_choices)
    return visit.page("promo_new.html", http_status, form=form, **choices)


def _choices(store: Store) -> dict[str, Any]:
    return {
        "kinds": list(PromoKind),
        "channels": list(Channel),
        "segments": [one for one in store.segments.all() if not one.is_archived],
        "weekdays": range(7),
    }


# --- one campaign


async def show_one(visit: Visit) -> Response:
    return await _page(visit)


async def show_form(visit: Visit) -> Response:
    """The conditions on a page of their own: the other one shows progress and loads itself again."""
    campaign = await visit.read(lambda store: store.promos.campaign_by_id(visit.path_id("campaign_id")))
    if campaign is None:
        return visit.page("missing.html", 404)
    return await _edit_page(visit, campaign, promo_form.shown(campaign, visit.words.zone))


async def save(visit: Visit) -> Response:
    """Other conditions; what was wrong comes back with the form."""
    sent = await visit.form()
    campaign = await visit.read(lambda store: store.promos.campaign_by_id(visit.path_id("campaign_id")))
    if campaign is None:
        return visit.page("missing.html", 404)
    form, columns = promo_form.read(sent, visit.words.zone, campaign.kind)
    if form.problems:
        return await _edit_page(visit, campaign, form, http_status=422)
    await visit.write(
        lambda store: campaign_changes.change(store, visit.path_id("campaign_id"), columns, visit.staff, visit.now)
    )
    return visit.go(f"/promos/{campaign.id}", notice="promo.saved")


async def _edit_page(visit: Visit, campaign: PromoCampaign, form: CampaignForm, *, http_status: int = 200) -> Response:
    choices = await visit.read(_choices)
    return visit.page("promo_edit.html", http_status, campaign=campaign, form=form, **choices)


async def take_step(visit: Visit) -> Response:
    wanted = (await visit.form()).get("step", "")
    if wanted not in set(Step):
        return visit.page("missing.html", 404)
    step = Step(wanted)
    done = await visit.write(
        lambda store: campaign_changes.take_step(store, visit.path_id("campaign_id"), step, visit.staff, visit.now)
    )
    if done is None:
        return visit.page("missing.html", 404)
    return visit.go("/promos" if step is Step.ARCHIVE else f"/promos/{done.id}", notice=f"promo.{step.value}")


async def generate(visit: Visit) -> Response:
    """Ask for codes; the clock's job makes them, and this page shows how far it came."""
    text = (await visit.form()).get("count", "").replace(" ", "").replace("\u00a0", "")[:LONGEST_COUNT]
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0

    def unit(store: Store) -> CodeGeneration | Unmakeable:
        campaign = store.promos.campaign_by_id(visit.path_id("campaign_id"))
        return begin(store, campaign, wanted, visit.staff.id, visit.now)

    begun = await visit.write(unit)
    if begun is Unmakeable.NO_CAMPAIGN:
        return visit.page("missing.html", 404)
    if isinstance(begun, Unmakeable):
        return await _page(visit, unmakeable=begun, wanted=text, http_status=422)
    return visit.go(f"/promos/{begun.campaign_id}", notice="promo.generating")


async def download(visit: Visit) -> Response:
    """The codes of one generation as a table of one column, page by page: a million never lies in memory whole."""
    generation_id = visit.path_id("generation_id")

    def look(store: Store) -> tuple[CodeGeneration, PromoCampaign] | None:
        generation = store.code_generations.get(generation_id)
        campaign = store.promos.campaign_by_id(generation.campaign_id) if generation else None
        return (
            (generation, campaign) if generation and campaign and campaign.id == visit.path_id("campaign_id") else None
        )

    found = await visit.read(look)
    if found is None:
        return visit.page("missing.html", 404)
    name = f"codes-{found[0].id.hex[-8:]}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(visit, *found), media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(visit: Visit, generation: CodeGeneration, campaign: PromoCampaign) -> AsyncIterator[str]:
    yield "code\r\n"
    after = ""
    while page := await visit.read(
        lambda store, after=after: store.code_generations.codes(generation.id, after, CSV_PAGE)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    ):
        text = StringIO()
        csv.writer(text).writerows([text_of(campaign, code)] for code in page)
        yield text.getvalue()
        after = page[-1]


async def undo_use(visit: Visit) -> Response:
    """Give a use back; the reason is kept beside it."""
    form = await visit.form()
    key, reason = form.get("key", ""), tidy(form.get("reason", ""), LONGEST_REASON)
    if not reason:
        return visit.go(f"/promos/{visit.path_id('campaign_id')}", notice="promo.no_reason")

    def unit(store: Store) -> int:
        use = store.promos.redemption(key)
        if use is None or use.campaign_id != visit.path_id("campaign_id"):
            return 0
        return roll_back(store, key.partition("#")[0], reason, visit.staff.id, visit.now)

    done = await visit.write(unit)
    return visit.go(
        f"/promos/{visit.path_id('campaign_id')}", notice="promo.rolled_back" if done else "promo.not_rolled_back"
    )


async def _page(
    visit: Visit,
    *,
    unmakeable: Unmakeable | None = None,
    wanted: str = "",
    http_status: int = 200,
) -> Response:
    def look(store: Store) -> dict[str, Any] | None:
        campaign = store.promos.campaign_by_id(visit.path_id("campaign_id"))
        if campaign is None:
            return None
        generations = store.code_generations.of_campaign(campaign.id)
        return {
            "campaign": campaign,
            "report": attribution.report(store, campaign),
            "uses": _uses(store, campaign),
            "generations": generations,
            "is_busy": any(one.state is GenerationState.RUNNING for one in generations),
            "preview": _preview(store, campaign, visit),
            "currency": store.whole_base.currency(),
        }

    values = await visit.read(look)
    if values is None:
        return visit.page("missing.html", 404)
    campaign = values["campaign"]
    pattern = bulk_pattern(campaign)
    return visit.page(
        "promo.html",
        http_status,
        state=state_of(campaign, visit.now),
        worth=worth(visit.staff.language, campaign),
        unmakeable=unmakeable,
        wanted=wanted,
        most=min(MOST, possible(pattern) // HARD_TO_GUESS),
        places=places_needed(int(wanted)) if wanted.isdecimal() else 0,
        pattern=pattern,
        **values,
    )


def _uses(store: Store, campaign: PromoCampaign) -> list[UseLine]:
    uses = store.promos.newest_redemptions(campaign.id, SHOWN_USES)
    backs, names = store.promos.rollbacks([use.key for use in uses]), store.staff.names()
    lines = []
    for use in uses:
        customer = store.customers.get(use.customer_id) if use.customer_id else None
        lines.append(
            UseLine(
                use,
                text_of(campaign, use.code),
                customer.name if customer else "",
                names.get(use.staff_id, "") if use.staff_id else "",
                backs[use.key].reason if use.key in backs else "",
                use.state is RedemptionState.REDEEMED,
            )
        )
    return lines


def _preview(store: Store, campaign: PromoCampaign, visit: Visit) -> dict[Language, str]:
    """The line of the chat, in each language, with a code that is none."""
    code = filled(pattern_of(campaign.code_prefix, campaign.code_pattern), cycle(SAMPLE_SIGNS))
    sample = PromoCode(code=code, campaign_id=campaign.id, issued_at=visit.now, expires_at=ends_of(campaign, visit.now))
    issued, least = Issued(sample, campaign), minimum_for(store, campaign, None)
    return {one: gifts.line(one, issued, visit.words.zone, least_minor=least) for one in Language}
