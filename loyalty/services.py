"""How names of services are compared: a file of services and the lines of purchases write them differently. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from insights.tallies import NONE, Lines, Names
from loyalty.cells import folded


def service_key(name: str) -> str:
    """The same for «Стрижка  мужская», «стрижка мужская» and «Стрижка мужскАя»; ё is е."""
    return folded(name)


def one_name_each(
    lines: Lines, names: Names, catalogue: Iterable[str]
) -> tuple[Lines, Names, Mapping[str, Sequence[str]]]:
    """The same lines with one code and one name for each service, and by that name how it was written.

    The name is the catalogue's, else the first spelling in the alphabet, whatever order they came in.
    """
    known = {service_key(name): name for name in catalogue}
    spellings: dict[str, list[str]] = {}
    for text in sorted(names.services):
        spellings.setdefault(service_key(text), []).append(text)
    code_of = {key: code for code, key in enumerate(spellings)}
    code = [code_of[service_key(text)] for text in names.services]
    told = {known.get(key, texts[0]): texts for key, texts in spellings.items()}
    services = [code[place] if place != NONE else NONE for place in lines.service]
    return replace(lines, service=services), replace(names, services=list(told)), told
