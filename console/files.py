"""What customers sent, as its bytes: a picture to be looked at, a voice to be listened to."""

import re
from typing import Final

from starlette.responses import Response

from console.pages import Visit
from messaging.pictures import SUFFIXES
from storage.models import Media

KEPT_BY_BROWSER_SECONDS: Final = 600
"""Long enough to walk between pages; short enough to be gone soon after an erasure."""
_RANGE: Final = re.compile(r"bytes=(\d{1,9})-(\d{0,9})")


async def show(visit: Visit) -> Response:
    """Only of what a customer sent: the pictures that we make for a moment open doors."""
    file_id = visit.request.path_params["file_id"]
    file = await visit.read(lambda store: store.files.get(file_id))
    if file is None or file.content_type not in SUFFIXES or file.expires_at is not None:
        return visit.page("missing.html", 404)
    headers = {
        "cache-control": f"private, max-age={KEPT_BY_BROWSER_SECONDS}",
        "content-disposition": f'inline; filename="{file.hash[:8]}.{SUFFIXES[file.content_type]}"',
        "accept-ranges": "bytes",
    }
    return _part(file, visit.request.headers.get("range", ""), headers)


def _part(file: Media, wanted: str, headers: dict[str, str]) -> Response:
    """The whole, or the one range of it that was asked for (RFC 9110, 14.2): Safari plays nothing without."""
    asked = _RANGE.fullmatch(wanted)
    if asked is None:
        return Response(file.content, media_type=file.content_type, headers=headers)
    first, last = int(asked[1]), min(int(asked[2] or file.size), file.size - 1)
    if first > last:
        return Response(status_code=416, headers={"content-range": f"bytes */{file.size}"})
    headers["content-range"] = f"bytes {first}-{last}/{file.size}"
    return Response(file.content[first : last + 1], 206, media_type=file.content_type, headers=headers)
