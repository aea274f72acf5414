"""The demo's register, published the way every list is: written as the bureau's table, then imported."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from hotline.pocket import agencies as fictional
from hotline.service.register import Order, import_list
from hotline.service.register_survey import Preview
from hotline.store.agencies import open_notice
from hotline.store.database import Database
from hotline.text.clipname import Voices
from hotline.text.values import NAMES_ARE_IN


class Nobody:
    """There is nobody at the keyboard, and nothing to ask: a first list replaces none."""

    def read(self, done: int, size: int) -> None:
        """Said to nobody."""

    def show(self, preview: Preview) -> None:
        """Shown to nobody."""

    def agree(self) -> bool:
        """Always: the list is ours."""
        return True

    def vanishing(self) -> int | None:
        """Nothing vanishes."""
        return None


def publish(database: Database, folder: Path, day: date) -> None:
    """Publish the fictional register dated `day`, with its notices."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "demo-register.csv"
        fictional.write_csv(file, day)
        order = Order(file, day, day, folder, demo=True, yes=True)
        import_list(database, order, Nobody(), partial(Voices().stand_in, NAMES_ARE_IN), datetime.now(UTC))
    for notice in fictional.notices(day):
        open_notice(database, notice, datetime.now(UTC))
