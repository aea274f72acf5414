"""The Flask application: doors only. What they open onto is the house."""

from __future__ import annotations

from flask import Flask, Response

from hotline.house import House
from hotline.web.health import health
from hotline.web.hooks import hooks, shortcut
from hotline.web.sound import sound

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


def create_app(house: House) -> Flask:
    """All public routes: the provider's webhooks, the clips, health and metrics."""
    app = Flask("hotline", static_folder=None)
    # A redirect loses the form of a webhook.
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = house.settings.most_body_bytes
    for door in (hooks(house), sound(house), health(house)):
        app.register_blueprint(door)

    @app.after_request
    def careful(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.wsgi_app = shortcut(house, app.wsgi_app, HEADERS.items())  # type: ignore[method-assign, assignment]
    return app
