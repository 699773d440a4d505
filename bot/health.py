"""How a service is: ``/healthz`` (it runs), ``/readyz`` (it can answer), ``/metrics`` (Prometheus)."""

import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.chat.metrics import CONTENT_TYPE, Metrics
from bot.settings import HealthSettings
from index.errors import StorageError

_log = logging.getLogger(__name__)


@asynccontextmanager
async def health(settings: HealthSettings, metrics: Metrics, ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Answers at the port of the settings, if there is one, while the context lasts. Raises StorageError if that is
    taken.
    """
    if settings.port is None:
        yield
        return

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n") if ready() else web.Response(status=503, text="not ready\n")

    async def numbers(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    served = web.Application()
    served.router.add_get("/healthz", healthz)
    served.router.add_get("/readyz", readyz)
    served.router.add_get("/metrics", numbers)
    runner = web.AppRunner(served, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await listen(runner, settings.host, settings.port)
        _log.info("Health is told on %s, port %d.", *runner.addresses[0][:2])
        yield
    finally:
        await runner.cleanup()


async def listen(runner: web.AppRunner, host: str, port: int) -> None:
    """Opens a port for ``runner``. Raises StorageError if that cannot be done."""
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        # asyncio puts a sentence of its own, which names the address once more, in place of the system's.
        words = os.strerror(error.errno) if error.errno else str(error)
        raise StorageError(f"It is not possible to listen on {host}, port {port}: {words}.") from error
