"""The console on a real socket of this machine, stopped and started at will."""

import asyncio
import socket

import uvicorn


class Server:
    def __init__(self, shop) -> None:
        self.shop = shop
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/console"

    async def start(self) -> None:
        self.shop.is_stopping = False
        config = uvicorn.Config(
            self.shop.app, port=self.port, log_config=None, lifespan="off", timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)
        # What uvicorn's own `serve` does, without its signal handlers: those are pytest's.
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup()
        self._loop = asyncio.create_task(self._server.main_loop())

    async def stop(self) -> None:
        self.shop.is_stopping = True
        self._server.should_exit = True
        await self._loop
        await self._server.shutdown()
