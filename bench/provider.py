"""A provider that only takes messages: HTTP/1.1 kept alive, an answer after a delay, as cheap as can be.

`python -m bench.provider PORT DELAY_MS`. GET /count says how many it took. It stands for the other side of the wire in
send_vs_client, where the pocket carrier's own work would hide ours.
"""

from __future__ import annotations

import asyncio
import sys

_TAKEN: list[None] = []


class Wire(asyncio.Protocol):
    """One connection: requests one after another, each answered 201 with a new sid."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read whole requests only: a head, and as much body as it promises."""
        self._waiting += data
        while (end := self._waiting.find(b"\r\n\r\n")) >= 0:
            head = self._waiting[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._waiting) < end + 4 + length:
                return
            self._waiting = self._waiting[end + 4 + length :]
            counted = head.startswith(b"get /count")
            if self._delay and not counted:
                asyncio.get_running_loop().call_later(self._delay, self._answer, counted)
            else:
                self._answer(counted)

    def _answer(self, counted: bool) -> None:
        if counted:
            body, status = f'{{"count": {len(_TAKEN)}}}'.encode(), b"200 OK"
        else:
            _TAKEN.append(None)
            body, status = b'{"sid": "SM%032x", "status": "queued", "num_segments": "1"}' % len(_TAKEN), b"201 Created"
        head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        if not self._transport.is_closing():
            self._transport.write(head + body)


async def serve(port: int, delay: float) -> None:
    """Until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Wire(delay), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
