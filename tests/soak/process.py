"""One process of a deployment under test: `worker`, `clock` or `web`, with the short times a fault run can wait for.

Started as `python -m tests.soak.process NAME`; SOAK holds, as JSON, what differs from config/default.toml.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

from hotline.house import House
from hotline.logs import set_up
from hotline.settings import ROOT, Settings, load_settings
from workers import clock, run, tasks

MIDNIGHT = 24 * 60


def settings_of_run() -> Settings:
    """The project's own settings with other times, and nobody asleep, whatever the hour of the run."""
    settings = load_settings(os.environ, Path(os.environ["HOTLINE_DIR"]))
    awake = {
        code: replace(country, opens=0, closes=MIDNIGHT, holidays=frozenset())
        for code, country in settings.countries.items()
    }
    sending = replace(settings.sending, **json.loads(os.environ["SOAK"]))
    return replace(settings, sending=sending, countries=awake)


def main(name: str) -> None:
    """Be that process until told to stop."""
    if name == "web":
        server = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "config/gunicorn.py"), "hotline.web.wsgi:make()"]
        os.execv(sys.executable, server)
    set_up()
    settings = settings_of_run()
    tasks._house = cache(lambda: House(settings))
    (run.work if name == "worker" else clock.run)(settings)


if __name__ == "__main__":
    main(sys.argv[1])
