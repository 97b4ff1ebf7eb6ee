"""The short address in a customer's QR leads to the console's page of it, and is kept by nobody on the way."""

import httpx
from fastapi import FastAPI

from bot.web import WebParts, build_web


async def test_the_short_address_leads_to_the_consoles_page(sqlite_database):
    parts = WebParts(sqlite_database, lambda: None, (), ["localhost"], [], FastAPI(), lambda channel: None)
    transport = httpx.ASGITransport(app=build_web(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/c/Abc-_9=")
    assert answer.status_code == 307 and answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"] == "/console/c/Abc-_9%3D"
