"""The demo's web process: the same application as in production, with the carrier in the pocket beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import Flask

from hotline.errors import HotlineError
from hotline.house import House
from hotline.pocket.account import Account, Hooks
from hotline.pocket.carrier import Carrier
from hotline.pocket.page import pocket_blueprint
from hotline.web.app import create_app
from hotline.web.wsgi import open_house


class MovableClock:
    """The time, which the phone page can move."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def move(self, offset: timedelta) -> None:
        """Set how far ahead of the machine's clock this one goes."""
        self._offset = offset


def make() -> Flask:
    """What gunicorn loads for `hotline demo`."""
    clock = MovableClock()
    house = open_house(clock)
    app = create_app(house)
    app.register_blueprint(pocket_blueprint(carrier_for(house, clock)))
    return app


def carrier_for(house: House, clock: MovableClock) -> Carrier:
    """A carrier whose one customer is this hotline."""
    settings = house.settings
    account = Account(
        webhook_base=settings.public_base_url,
        sid=settings.account_sid,
        token=settings.tokens[0],
        number=next(iter(settings.districts[settings.default_district].numbers)),
        api_base=settings.api_base,
    )
    hooks = Hooks(
        words_of=lambda url: _words(house, url),
        is_recording=lambda url: _clip(url) in house.recordings.files,
        set_clock=clock.move,
        zone=settings.zone.key,
    )
    return Carrier(account, hooks=hooks)


def _clip(url: str) -> str:
    """The name of the clip at an address."""
    return urlsplit(url).path.rpartition("/")[2].removesuffix(".wav")


def _words(house: House, url: str) -> str | None:
    """What a clip says; a database that is down says nothing."""
    try:
        return house.words_of(_clip(url))
    except HotlineError:
        return None
