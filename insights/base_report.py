"""What one look at the base says, section by section: the nightly report that pages show. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from insights import number_report, service_report
from insights.analysis import Analysis
from insights.lifecycle import SILENT
from insights.losses import audit
from insights.service_flows import CatalogueEntry, flows
from insights.tallies import Engine, Names


class Trade(NamedTuple):
    """What the lines themselves do not tell: the currency of their amounts; the catalogue, and how each service was
    written, by services' names."""

    currency: str
    catalogue: Mapping[str, CatalogueEntry]
    spellings: Mapping[str, Sequence[str]]


def sections(engine: Engine, analysis: Analysis, names: Names, trade: Trade) -> dict[str, Any]:
    """As `json.dumps` takes it. `engine`, `analysis` and `names` are of the same lines, where each service has one
    code; customers are told by their names in `names`: pages look them up."""
    entries = (trade.catalogue.get(name) for name in names.services)
    margins = {
        code: entry.margin_percent
        for code, entry in enumerate(entries)
        if entry is not None and entry.margin_percent is not None
    }
    went = flows(engine, names, analysis.today, analysis.prior, trade.catalogue)
    silent = {one.place for one in analysis.standings if one.stage in SILENT}
    return {
        "losses": audit(engine, analysis, names, trade.currency, went).as_json(),
        "numbers": number_report.section(engine, analysis, trade.currency, margins),
        "services": {
            **service_report.section(engine, names, analysis.today, analysis.prior, trade.catalogue, silent, went),
            "currency": trade.currency,
            "spellings": {name: texts for name, texts in trade.spellings.items() if texts != [name]},
        },
    }
