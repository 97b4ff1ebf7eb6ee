"""A file of customers: each row as what it says of one person, or as a refusal. Pure."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from loyalty.cells import Birthday, Problem, birthday, email, gender, yes_no
from loyalty.headers import Columns
from loyalty.table_file import Rules, TableFile, Wrong, tidy
from storage.kinds import Gender, ImportKind


class CustomerRow(NamedTuple):
    """One row that can be taken. Of customer, phone and card at least one is not empty; what is empty says nothing.

    `stop`: they do not want to be written to. A file can say that, and never the contrary.
    """

    line: int
    customer: str
    phone: str
    card: str
    name: str
    email: str | None = None
    gender: Gender | None = None
    birthday: Birthday | None = None
    city: str = ""
    stop: bool = False


class CustomerFile(TableFile[CustomerRow]):
    kind = ImportKind.CUSTOMERS

    def __init__(self, pieces: Iterable[bytes], rules: Rules, columns: Columns | None = None) -> None:
        super().__init__(pieces, rules, columns)
        self._today = rules.now.astimezone(rules.zone).date()

    def _read(self, line: int, cells: list[str]) -> CustomerRow | Wrong:
        told = tuple(self._cell(cells, role) for role in ("customer", "phone", "card", "name"))
        customer, phone, card, name, who = self._people[told]  # type: ignore[index]  # four of them
        if not who:
            return self._nobody(cells)
        if not phone and self._cell(cells, "phone").strip():
            return Wrong("phone", Problem.PHONE)
        read: dict[str, Any] = {
            "email": email(self._cell(cells, "email")),
            "gender": gender(self._cell(cells, "gender")),
            "birthday": birthday(self._cell(cells, "birthday"), self._today, self._rules.slashed),
            "stop": yes_no(self._cell(cells, "stop")),
        }
        for role, value in read.items():
            if isinstance(value, Problem):
                return Wrong(role, value)
        return CustomerRow(line, customer, phone, card, name, city=tidy(self._cell(cells, "city")), **read)
