"""Configuration files, read strictly: an unknown key, a time or a zone that is none stops the start by name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hotline.errors import SettingError


def read(path: Path) -> dict[str, Any]:
    """A file under config/. Raises SettingError when it is missing or no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingError(f"{path.name} is missing in config/") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{path.name}: {error}") from None


def only(where: str, table: Mapping[str, Any], allowed: Collection[str]) -> None:
    """Raises SettingError for a key that is not allowed; `where` names the file and section."""
    for key in table:
        if key not in allowed:
            raise SettingError(f"{where}: unknown key {key!r}; it may be {', '.join(sorted(allowed))}")


def minutes(where: str, time: str) -> int:
    """`09:30` as minutes of the day."""
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", time):
        raise SettingError(f"{where}: write a time such as 09:00, not {time!r}")
    return int(time[:2]) * 60 + int(time[3:])


def zone(where: str, name: str) -> ZoneInfo:
    """A time zone by its name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingError(f"{where}: no time zone {name!r}") from None
