"""The body of a request from a platform, read no further than the largest one that makes sense."""

from starlette.requests import Request

MOST_BYTES = 1024 * 1024


class TooBig(Exception):
    """The body is larger than any event."""


async def read_body(request: Request) -> bytes:
    """The whole body. Raises TooBig as soon as it is known to be, without reading on; or ClientDisconnect."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > MOST_BYTES:
        raise TooBig
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooBig
    return bytes(body)
