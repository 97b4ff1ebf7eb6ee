"""The one secret, and the keys derived from it: to sign, to seal what is stored, and where the secret comes from."""

import base64
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from bot.settings import Settings

FILE_NAME = "secret.key"
SHORTEST = 32


class NoSecret(Exception):
    """There is no usable secret key. `problem` is missing, unreadable or short; `file` is where it would lie."""

    def __init__(self, problem: str, file: Path) -> None:
        super().__init__(f"the secret key {file} is {problem}")
        self.problem = problem
        self.file = file


class KeyChanged(Exception):
    """What was sealed cannot be opened with this secret key."""


class Keys:
    """Keys by purpose, all derived from one secret, so that a signature for one purpose cannot serve another."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._box = Fernet(base64.urlsafe_b64encode(self._derived("seal")))

    def signing(self, purpose: str) -> str:
        """A key to sign with for one purpose: 64 hexadecimal digits, the same at each start."""
        return self._derived(f"sign {purpose}").hex()

    def seal(self, text: str) -> str:
        """Encrypt a text to be stored (Fernet)."""
        return self._box.encrypt(text.encode()).decode()

    def open(self, text: str) -> str:
        """Decrypt what `seal` returned. Raises KeyChanged."""
        try:
            return self._box.decrypt(text.encode()).decode()
        except InvalidToken:
            raise KeyChanged(
                "a stored value was encrypted with another secret key, or was damaged. Give the OTKLIK_SECRET_KEY it "
                "was stored with, or store the value again."
            ) from None

    def _derived(self, purpose: str) -> bytes:
        return HKDF(SHA256(), length=32, salt=None, info=f"otklik {purpose}".encode()).derive(self._secret)


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret key, and the file it lies in (None: it came with the settings). `is_new`: written just now."""

    value: str = field(repr=False)
    file: Path | None = None
    is_new: bool = False


def load_secret(settings: "Settings", data_dir: Path) -> Secret:
    """The configured secret, else the one beside the data. Raises NoSecret."""
    if settings.secret_key is not None:
        return Secret(settings.secret_key.get_secret_value())
    file = data_dir / FILE_NAME
    try:
        value = file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise NoSecret("missing", file) from None
    except (OSError, UnicodeDecodeError):
        raise NoSecret("unreadable", file) from None
    if len(value) < SHORTEST:
        raise NoSecret("short", file)
    return Secret(value, file)


def load_or_make_secret(settings: "Settings", data_dir: Path) -> Secret:
    """The same, but where there is none a new one is written, readable by us alone. Raises NoSecret for a bad one."""
    file = data_dir / FILE_NAME
    if settings.secret_key is not None or file.exists():
        return load_secret(settings, data_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    value = secrets.token_urlsafe(48)
    # It appears whole under its name: who died half-way leaves no short key behind.
    draft = file.with_name(f".{FILE_NAME}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as sink:
        sink.write(value + "\n")
        sink.flush()
        os.fsync(sink.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:  # somebody was faster; theirs counts
        return load_secret(settings, data_dir)
    finally:
        draft.unlink()
    return Secret(value, file, is_new=True)
