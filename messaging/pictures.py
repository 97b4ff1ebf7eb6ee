"""What the bytes of a picture or a voice say: its kind, and with a picture where and by what it was taken.

Formats: ITU-T T.81 annex B (JPEG), the W3C's PNG specification chapter 5, Google's WebP container specification.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"
GIF: Final = "image/gif"
OGG: Final = "audio/ogg"
MP3: Final = "audio/mpeg"

SUFFIXES: Final = {JPEG: "jpg", PNG: "png", WEBP: "webp", GIF: "gif", OGG: "ogg", MP3: "mp3"}
"""All that is kept, and how such a file is called."""

_PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"
_STARTS: Final = (
    (b"\xff\xd8\xff", JPEG),
    (_PNG_HEAD, PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"OggS", OGG),
    (b"ID3", MP3),
    # MPEG 1 and 2, layer III, with and without a checksum.
    *((bytes((0xFF, second)), MP3) for second in (0xFB, 0xFA, 0xF3, 0xF2)),
)


class Unreadable(ValueError):
    """It begins like a picture and goes on like none, or is of a kind from which nothing can be taken out."""


def kind_of(content: bytes) -> str | None:
    """The media type by the first bytes, whatever the sender said it was; None for what is not kept."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    return next((kind for start, kind in _STARTS if content.startswith(start)), None)


def without_traces(content: bytes, kind: str) -> bytes:
    """The same picture without its place, its moment, its camera and whatever else was written beside it. A voice
    stays as it is: it is known by its sound. Raises Unreadable."""
    match kind:
        case _ if kind == JPEG:
            return b"".join(_of_jpeg(content))
        case _ if kind == PNG:
            return b"".join(_of_png(content))
        case _ if kind == WEBP:
            return _of_webp(content)
        case _ if kind == GIF:
            raise Unreadable("GIF")
    return content


# --- JPEG

_SOI, _EOI, _SOS, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_JFIF, _ADOBE = 0xE0, 0xEE
_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""A marker within entropy-coded data that ends it: neither a stuffed byte nor a restart nor a fill byte (B.1.1.5)."""


def _of_jpeg(content: bytes) -> Iterator[bytes]:
    """Segment by segment: of the application's own (APP0-15) only those stay that say how to decode the colours; and
    nothing that stands behind the picture."""
    yield content[:2]
    at = 2
    while True:
        while content[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        if len(content) < at + 2 or content[at] != 0xFF:
            raise Unreadable("JPEG")
        marker = content[at + 1]
        if marker == _EOI:
            yield content[at : at + 2]
            return
        end = at + 2 + _length(content, at + 2)
        if not _is_trace(marker, content[at + 4 : end]):
            yield content[at:end]
        at = end
        if marker == _SOS:
            found = _AFTER_SCAN.search(content, at)
            if found is None:
                raise Unreadable("JPEG")
            yield content[at : found.start()]
            at = found.start()


def _length(content: bytes, at: int) -> int:
    length = int.from_bytes(content[at : at + 2], "big")
    if length < 2 or at + length > len(content):
        raise Unreadable("JPEG")
    return length


def _is_trace(marker: int, body: bytes) -> bool:
    if marker == _JFIF:
        return not body.startswith(b"JFIF\0")  # JFXX holds a thumbnail
    return (0xE0 <= marker <= 0xEF and marker != _ADOBE) or marker == _COMMENT


# --- PNG

_PNG_STAYS: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB"})


def _of_png(content: bytes) -> Iterator[bytes]:
    """Only the chunks that say what is to be seen, up to the last one."""
    yield _PNG_HEAD
    at, name = len(_PNG_HEAD), b""
    while name != b"IEND":
        if len(content) < at + 12:
            raise Unreadable("PNG")
        length, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content) or zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end], "big"):
            raise Unreadable("PNG")
        if name in _PNG_STAYS:
            yield content[at:end]
        at = end


# --- WebP

_WEBP_STAYS: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_TRACES: Final = 0x20 | 0x08 | 0x04
"""The header's flags for a colour profile, Exif and XMP."""


def _of_webp(content: bytes) -> bytes:
    end, at = 8 + int.from_bytes(content[4:8], "little"), 12
    if end > len(content):
        raise Unreadable("WebP")
    kept = bytearray(b"WEBP")
    while at < end:
        if end < at + 8:
            raise Unreadable("WebP")
        name, length = struct.unpack_from("<4sI", content, at)
        after = at + 8 + length + length % 2
        if after > end:
            raise Unreadable("WebP")
        if name in _WEBP_STAYS:
            chunk = bytearray(content[at:after])
            if name == b"VP8X" and length:
                chunk[8] &= ~_WEBP_TRACES
            kept += chunk
        at = after
    return b"RIFF" + struct.pack("<I", len(kept)) + bytes(kept)
