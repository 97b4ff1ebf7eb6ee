"""How names of services are compared: a file of services and the lines of purchases write them differently. Pure."""

from array import array
from collections.abc import Mapping
from dataclasses import replace

from insights.tallies import NONE, Lines, Names


def service_key(name: str) -> str:
    """The same for «Стрижка  мужская», «стрижка мужская» and «Стрижка мужскАя»; ё is е."""
    return " ".join(name.casefold().replace("ё", "е").split())


def under_one_name(lines: Lines, names: Names, known: Mapping[str, str]) -> tuple[Lines, Names]:
    """The same lines with one code for each service, however it was written; `known`: the catalogue's names by key.

    What the catalogue does not know is called as it was written first.
    """
    codes: dict[str, int] = {}
    called: list[str] = []
    new = [NONE]  # a code more: NONE is 0 here
    for name in names.services:
        key = service_key(name)
        if key not in codes:
            codes[key] = len(called)
            called.append(known.get(key, name))
        new.append(codes[key])
    if len(called) < len(names.services):
        lines = replace(lines, service=array("q", [new[code + 1] for code in lines.service]))
    return lines, replace(names, services=called)
