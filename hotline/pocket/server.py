"""A carrier with its own small server on the loopback interface, for tests and for a process of its own."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from hotline.pocket.carrier import Carrier
from hotline.pocket.page import pocket_blueprint


class _Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        logging.getLogger(__name__).debug("%s %s %s", self.requestline, code, size)


class PocketServer:
    """Serves one carrier at `url` on a free port until closed; also a context manager. Closing ends the carrier too."""

    def __init__(self, carrier: Carrier, port: int = 0) -> None:
        """Listens at once; the thread starts with it."""
        self.carrier = carrier
        app = Flask(__name__, static_folder=None)
        app.register_blueprint(pocket_blueprint(carrier))
        self._server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
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
