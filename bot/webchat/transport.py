"""The web chat's way out: there is no wire. A row that becomes `sent` is the delivery; the streams tail the rows."""

from messaging.transport import Delivery


class WebChatTransport:
    async def send(self, delivery: Delivery) -> str | None:
        return None
