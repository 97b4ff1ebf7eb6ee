"""How names of services are compared: a file of services and the lines of purchases write them differently. Pure."""

from collections.abc import Iterable, Mapping


def service_key(name: str) -> str:
    """The same for «Стрижка  мужская», «стрижка мужская» and «Стрижка мужскАя»; ё is е."""
    return " ".join(name.casefold().replace("ё", "е").split())


class Spellings:
    """Gathers the spellings of services, and gives each service one name: the catalogue's, else its first spelling in
    the alphabet, whatever the order they come in."""

    def __init__(self, catalogue: Iterable[str] = ()) -> None:
        self._names = {service_key(name): name for name in catalogue}
        self._keys: dict[str, str] = {}

    def key(self, text: str) -> str:
        """Of a service as somebody wrote it; empty for nothing."""
        key = self._keys.get(text)
        if key is None:
            key = self._keys[text] = service_key(text)
        return key

    def by_name(self) -> Mapping[str, list[str]]:
        """Every spelling that was met, in order."""
        found: dict[str, list[str]] = {}
        for text, key in sorted(self._keys.items()):
            if key:
                found.setdefault(key, []).append(text)
        return {self._names.get(key, texts[0]): texts for key, texts in found.items()}
