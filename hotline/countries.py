"""The countries people go to: their clock, their quiet hours, and what a message there costs."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline import toml
from hotline.errors import SettingError
from hotline.frozen import frozen


@frozen
class Country:
    """What holds for a message to a person there; `opens` and `closes` are minutes of the local day.

    `holidays` are days on which broadcasts wait: of every year (`12-25`), or of one (`2027-03-10`).
    """

    code: str
    name: str
    prefix: str
    zone: ZoneInfo
    opens: int
    closes: int
    rupees: float
    replies: bool
    holidays: frozenset[str] = frozenset()


def read_countries(path: Path) -> dict[str, Country]:
    """config/countries.toml, by code. Raises SettingError."""
    found = {}
    for code, table in toml.read(path).items():
        where = f"config/{path.name} [{code}]"
        toml.only(where, table, {"name", "prefix", "zone", "from", "until", "rupees", "replies", "holidays"})
        if not re.fullmatch(r"\+[1-9][0-9]{0,3}", table.get("prefix", "")):
            raise SettingError(f"{where}: prefix: write a code such as +92")
        try:
            found[code] = Country(
                code,
                table["name"],
                table["prefix"],
                toml.zone(f"{where}: zone", table["zone"]),
                toml.minutes(where, table["from"]),
                toml.minutes(where, table["until"]),
                float(table["rupees"]),
                bool(table["replies"]),
                _holidays(where, table.get("holidays", [])),
            )
        except KeyError as error:
            raise SettingError(f"{where}: {error.args[0]} is missing") from None
    return found


def _holidays(where: str, days: list[str]) -> frozenset[str]:
    for day in days:
        try:
            # A leap year: 02-29 is a day too.
            date.fromisoformat(day if len(day) > len("12-25") else f"2024-{day}")
        except ValueError:
            raise SettingError(f"{where}: holidays: write a day such as 12-25 or 2027-03-10, not {day!r}") from None
    return frozenset(days)
