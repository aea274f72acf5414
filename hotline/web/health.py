"""Whether this process lives, whether it could answer a message now, and what it has counted."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, jsonify, request

from hotline.house import House
from hotline.metrics import TEXT

LOOPBACK = frozenset({"127.0.0.1", "::1"})


def health(house: House) -> Blueprint:
    """GET /health/live and /health/ready are public; /metrics is for this machine, or whoever holds METRICS_TOKEN."""
    door = Blueprint("health", __name__)

    @door.get("/health/live")
    def live() -> Response:
        return jsonify(alive=True)

    @door.get("/health/ready")
    def ready() -> Response:
        state = house.state()
        answer = jsonify(ready=state.ready, database=state.database, redis=state.redis, register=state.register)
        answer.status_code = 200 if state.ready else 503
        return answer

    @door.get("/metrics")
    def metrics() -> Response:
        if not _may_read(house.settings.metrics_token):
            return Response(status=403)
        return Response(house.metrics.page(), content_type=TEXT)

    return door


def _may_read(token: str) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token:
        # A header's octets, as WSGI hands them on (PEP 3333).
        return hmac.compare_digest(given.encode("latin-1", "replace"), token.encode())
    # A proxy on this machine would make every visitor look local: what it forwards is not.
    return request.remote_addr in LOOPBACK and "X-Forwarded-For" not in request.headers
