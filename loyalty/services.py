"""How names of services are compared: a file of services and the lines of purchases write them differently. Pure."""


def service_key(name: str) -> str:
    """The same for «Стрижка  мужская», «стрижка мужская» and «Стрижка мужскАя»; ё is е."""
    return " ".join(name.casefold().replace("ё", "е").split())
