"""A line of a light node: one HTTP connection kept open, without a thread (thousands of them in one process)."""

from __future__ import annotations

import asyncio
import time

from proof.fleet.meter import Meter
from retail.errors import NetworkError
from schemas.wire import PREFIX
from sync.calls import Answer, Request

HEADERS_MAX = 64 * 1024
CONNECT_SECONDS = 5.0


class Line:
    """One connection to HQ on loopback; opened when it is needed, given up at the first trouble."""

    def __init__(self, host: str, port: int, meter: Meter) -> None:
        self._host, self._port, self._meter = host, port, meter
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: Request) -> Answer:
        """The whole answer, or `NetworkError`."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(request.timeout_ms / 1000):
                answer = await self._exchange(request)
        except (
            OSError,
            TimeoutError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ValueError,
        ) as error:
            self.close()
            self._meter.asked(request, began, None)
            raise NetworkError("sync.unreachable", why=type(error).__name__) from error
        self._meter.asked(request, began, answer)
        return answer

    async def _exchange(self, request: Request) -> Answer:
        if self._streams is not None and self._streams[0].at_eof():
            self.close()  # HQ ends a connection that was idle, which is no news about HQ
        if self._streams is None:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._streams = await asyncio.open_connection(self._host, self._port, limit=HEADERS_MAX)
        reader, writer = self._streams
        head = [f"{request.method} {PREFIX}{request.path} HTTP/1.1", f"Host: {self._host}:{self._port}"]
        head += [f"{name}: {value}" for name, value in request.headers.items()]
        if request.body or request.method == "POST":
            head.append(f"Content-Length: {len(request.body)}")
        writer.write("\r\n".join([*head, "", ""]).encode() + request.body)
        await writer.drain()
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:-2])
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(lines[0].split(" ", 2)[1]), headers, body)

    def close(self) -> None:
        """Give the connection back."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
