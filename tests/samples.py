"""Small pictures and voices that are whole, and what a phone writes beside them."""

import struct
import zlib

GPS = b"55.7558N 37.6173E"
"""Stands for whatever must not stay in a nameless picture."""
OGG = b"OggS\x00\x02" + bytes(20) + b"OpusHead" + bytes(64)
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x00" + bytes(64)
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg(*, traces: bool = True, scans: int = 2) -> bytes:
    """As a camera makes it: its Exif with the place, a comment, a second picture behind the first."""
    beside = [segment(0xE1, b"Exif\0\0" + GPS), segment(0xED, b"Photoshop" + GPS), segment(0xFE, GPS)]
    scan = segment(0xDA, b"\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    parts = [
        b"\xff\xd8",
        segment(0xE0, b"JFIF\0\x01\x02\x00\x00\x01\x00\x01\x00\x00"),
        *(beside if traces else ()),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01"),
        segment(0xDB, bytes(65)),
        segment(0xC2, bytes(15)),
        *(segment(0xC4, bytes(20)) + scan for _ in range(scans)),
        b"\xff\xd9",
        *((b"\xff\xd8" + beside[0] + b"\xff\xd9",) if traces else ()),
    ]
    return b"".join(parts)


def png(*, traces: bool = True) -> bytes:
    """One grey dot, which a browser shows."""
    beside = [(b"tEXt", b"Comment\0" + GPS), (b"eXIf", GPS), (b"tIME", GPS[:7]), (b"zTXt", GPS), (b"iTXt", GPS)]
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        *(beside if traces else ()),
        (b"IDAT", zlib.compress(b"\x00\x7f")),
        (b"IEND", b""),
    ]
    drawn = b"".join(struct.pack(">I", len(body)) + name + body + _crc(name + body) for name, body in chunks)
    return b"\x89PNG\r\n\x1a\n" + drawn + (GPS if traces else b"")


def _crc(content: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(content))


def webp(*, traces: bool = True) -> bytes:
    flags = b"\x10\0\0\0" if not traces else b"\x1c\0\0\0"
    chunks = [(b"VP8X", flags + bytes(6)), (b"VP8L", b"\x2f" + bytes(4)), *([(b"EXIF", GPS)] if traces else ())]
    body = b"WEBP" + b"".join(name + struct.pack("<I", len(one)) + one + b"\0" * (len(one) % 2) for name, one in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body
