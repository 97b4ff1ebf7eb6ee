"""A file of services: each row as one thing the business sells, or as a refusal. Pure."""

from typing import NamedTuple

from loyalty.cells import Problem, amount_minor, days, percent
from loyalty.table_file import TableFile, Wrong, tidy
from storage.kinds import ImportKind


class ServiceRow(NamedTuple):
    """One row that can be taken; what is empty says nothing. The margin is in percent of the price."""

    line: int
    name: str
    category: str = ""
    price_minor: int | None = None
    margin_percent: float | None = None
    interval_days: int | None = None


class ServiceFile(TableFile[ServiceRow]):
    kind = ImportKind.SERVICES

    def _read(self, line: int, cells: list[str]) -> ServiceRow | Wrong:
        name, price = tidy(self._cell(cells, "name")), self._cell(cells, "price")
        if not name:
            return Wrong("name", Problem.NO_NAME)
        price_minor = amount_minor(price, self._rules.currency) if price.strip() else None
        if isinstance(price_minor, Problem):
            return Wrong("price", price_minor)
        margin, interval = percent(self._cell(cells, "margin")), days(self._cell(cells, "interval"))
        if isinstance(margin, Problem):
            return Wrong("margin", margin)
        if isinstance(interval, Problem):
            return Wrong("interval", interval)
        return ServiceRow(line, name, tidy(self._cell(cells, "category")), price_minor, margin, interval)
