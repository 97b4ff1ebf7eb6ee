"""A form that is sent twice makes one thing: what it makes is named by a key that stands in the form."""

from collections.abc import Mapping
from uuid import UUID, uuid4


def new_key() -> str:
    """For a hidden field `key`: each form that is shown has another."""
    return str(uuid4())


def key_of(form: Mapping[str, str]) -> UUID:
    """What this request's thing is named by. A form without a key is a request of its own."""
    try:
        return UUID(form.get("key", ""))
    except ValueError:
        return uuid4()
