"""A carrier with its own small server on the loopback interface, for tests and for a process of its own."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from socket import SHUT_RDWR, socket
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote_to_bytes

from flask import Flask

from hotline.pocket.carrier import Carrier
from hotline.pocket.page import pocket_blueprint

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_LINE, MOST_HEADERS, MOST_BODY = 8192, 100, 1 << 20


class PocketServer:
    """Serves one carrier at `url` on a free port until closed; also a context manager. Closing ends the carrier too.

    Lines are kept open between requests, as Twilio keeps them.
    """

    def __init__(self, carrier: Carrier, port: int = 0) -> None:
        """Listens at once; the thread starts with it."""
        self.carrier = carrier
        app = Flask(__name__, static_folder=None)
        app.register_blueprint(pocket_blueprint(carrier))
        self._server = _Server(port, app)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="pocket", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving, then end the carrier's threads."""
        self._server.shutdown()
        self._thread.join(10.0)
        self._server.server_close()
        self.carrier.close()

    def __enter__(self) -> PocketServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, app: WSGIApplication) -> None:
        self.app = app
        self._lines: set[socket] = set()
        super().__init__(("127.0.0.1", port), _Line)

    def line_opened(self, line: socket) -> None:
        self._lines.add(line)

    def line_over(self, line: socket) -> None:
        self._lines.discard(line)

    def server_close(self) -> None:
        super().server_close()
        for line in tuple(self._lines):
            # Its thread waits for a request that would never come.
            with suppress(OSError):
                line.shutdown(SHUT_RDWR)


class _Line(StreamRequestHandler):
    """One connection: requests one after another, until either side has had enough."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        server = cast(_Server, self.server)
        server.line_opened(self.connection)
        try:
            with suppress(OSError):
                while self._one(server.app):
                    pass
        finally:
            server.line_over(self.connection)

    def _one(self, app: WSGIApplication) -> bool:
        """One request; whether another may follow."""
        first = self.rfile.readline(MOST_LINE).decode("latin-1").split()
        if len(first) != 3 or not first[2].startswith("HTTP/1."):
            return False
        environ = self._environ(first[0], first[1], first[2])
        length = environ.get("CONTENT_LENGTH") or "0"
        if "HTTP_TRANSFER_ENCODING" in environ or not length.isdecimal() or int(length) > MOST_BODY:
            # What is left of it would be taken for the next request.
            self.wfile.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(length)))
        last = first[2] == "HTTP/1.0" or environ.get("HTTP_CONNECTION", "").lower() == "close"
        self.wfile.write(_answer(app, environ, last=last))
        return not last

    def _environ(self, method: str, target: str, version: str) -> WSGIEnvironment:
        path, _, query = target.partition("?")
        host, port = cast(tuple[str, int], self.server.server_address)
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query, "SERVER_NAME": host, "SERVER_PORT": str(port), "SERVER_PROTOCOL": version,
            "REMOTE_ADDR": self.client_address[0], "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
            "werkzeug.socket": self.connection,
        }  # fmt: skip
        for _ in range(MOST_HEADERS):
            name, colon, value = self.rfile.readline(MOST_LINE).decode("latin-1").partition(":")
            if not colon:
                break
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.strip()
        return environ


def _answer(app: WSGIApplication, environ: WSGIEnvironment, *, last: bool) -> bytes:
    """The whole answer in one piece: in two, the second would wait for the client to confirm the first."""
    told: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None, /) -> object:
        told.append((status, headers))
        return None

    parts: Iterable[bytes] = app(environ, cast("StartResponse", start))
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = told[-1]
    names = {name.lower() for name, _ in headers}
    if "content-length" not in names and int(status[:3]) not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        headers.append(("Content-Length", str(len(body))))
    headers += [("Date", formatdate(usegmt=True)), ("Connection", "close" if last else "keep-alive")]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body
