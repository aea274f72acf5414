"""config/*.toml and the environment → one frozen Settings; an unknown key stops the start by name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hotline.errors import SettingError

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds config/, flows/ and translations/."""
ENTRIES = ("answer", "call_back")
SECTIONS: Mapping[str, Mapping[str, type]] = {
    "web": {"host": str, "port": int},
    "centre": {"default": str, "zone": str},
    "texts": {"most_body_bytes": int},
    "calls": {"continue_minutes": int, "countries": list, "ring_backs_a_day": int},
}
"""What config/default.toml holds."""


@dataclass(frozen=True, slots=True)
class Desk:
    """When counsellors are at the desk: days as `mon-fri`, times as `09:00`, local; said only while confirmed."""

    days: str
    opens: str
    closes: str
    confirmed: date | None
    review_days: int
    call_back_hours: int


@dataclass(frozen=True, slots=True)
class District:
    """A centre: its key (the file's name), the languages it speaks, the hotline numbers it answers and how."""

    key: str
    name: str
    languages: tuple[str, ...]
    numbers: Mapping[str, str]
    desk: Desk


@dataclass(frozen=True, slots=True)
class FactSource:
    """A fact as it stands in config/facts.toml; `hotline.domain.fact` says whether it may be told."""

    value: str
    source: str
    as_of: date
    checked: date
    review_days: int
    grade: str
    owner: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is set from outside. Empty strings mean not set; `tokens` are Twilio's, the first logs in."""

    production: bool
    folder: Path
    database_url: str
    redis_url: str
    public_base_url: str
    account_sid: str
    tokens: tuple[str, ...]
    api_base: str
    secret_key: str
    data_keys: str
    metrics_token: str
    host: str
    port: int
    zone: ZoneInfo
    most_body_bytes: int
    continue_minutes: int
    countries: tuple[str, ...]
    ring_backs_a_day: int
    default_district: str
    districts: Mapping[str, District]
    facts: Mapping[str, FactSource]
    places: Mapping[str, Mapping[str, str]]

    def district_of(self, number: str) -> District:
        """The centre that answers a number; the default one for a number nobody names."""
        for district in self.districts.values():
            if number in district.numbers:
                return district
        return self.districts[self.default_district]

    def entry_of(self, number: str) -> str:
        """`answer` or `call_back`."""
        return self.district_of(number).numbers.get(number, "answer")


NEEDED_IN_PRODUCTION = (
    "DATABASE_URL", "REDIS_URL", "PUBLIC_BASE_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN",
    "SECRET_KEY", "DATA_KEYS",
)  # fmt: skip


def load_settings(environ: Mapping[str, str], folder: Path, root: Path = ROOT) -> Settings:
    """Read everything. Raises SettingError naming the file and key, or the variable, and what to put there."""
    production = environ.get("HOTLINE_ENV", "") == "production"
    if production:
        _nothing_missing(environ)
    sections = _sections(root, ("default.toml", "production.toml") if production else ("default.toml",))
    web, centre = sections["web"], sections["centre"]
    districts = {path.stem: _district(path) for path in sorted((root / "config/districts").glob("*.toml"))}
    if centre["default"] not in districts:
        raise SettingError(
            f"config/default.toml: centre.default: there is no config/districts/{centre['default']}.toml"
        )
    _each_number_once(districts.values())
    return Settings(
        production=production,
        folder=folder,
        database_url=environ.get("DATABASE_URL", ""),
        redis_url=environ.get("REDIS_URL", ""),
        public_base_url=_base_url(environ.get("PUBLIC_BASE_URL", "")),
        account_sid=environ.get("TWILIO_ACCOUNT_SID", ""),
        tokens=tuple(filter(None, environ.get("TWILIO_AUTH_TOKEN", "").split(","))),
        api_base=environ.get("TWILIO_API_BASE", ""),
        secret_key=environ.get("SECRET_KEY", ""),
        data_keys=environ.get("DATA_KEYS", ""),
        metrics_token=environ.get("METRICS_TOKEN", ""),
        host=web["host"],
        port=web["port"],
        zone=_zone(centre["zone"]),
        most_body_bytes=sections["texts"]["most_body_bytes"],
        continue_minutes=sections["calls"]["continue_minutes"],
        countries=_countries(sections["calls"]["countries"]),
        ring_backs_a_day=sections["calls"]["ring_backs_a_day"],
        default_district=centre["default"],
        districts=districts,
        facts=_facts(root / "config/facts.toml"),
        places=_places(root / "config/districts.toml"),
    )


def _nothing_missing(environ: Mapping[str, str]) -> None:
    missing = [name for name in NEEDED_IN_PRODUCTION if not environ.get(name)]
    if missing:
        raise SettingError(f"missing in the environment: {', '.join(missing)} (docs/operator.md says what each is)")
    if len(environ["SECRET_KEY"]) < 32 or len(set(environ["SECRET_KEY"])) < 8:
        raise SettingError(
            "SECRET_KEY is too weak: at least 32 characters by chance, such as `hotline keys secret` makes"
        )
    if not environ["PUBLIC_BASE_URL"].startswith("https://"):
        raise SettingError("PUBLIC_BASE_URL must begin with https:// in production: the provider signs that address")


def _district(path: Path) -> District:
    table = _toml(path)
    where = f"config/districts/{path.name}"
    _only(where, table, {"name", "languages", "numbers", "desk"})
    numbers = {}
    for entry in table.get("numbers", []):
        _only(where, entry, {"number", "entry"})
        number, how = entry.get("number", ""), entry.get("entry", "answer")
        if not re.fullmatch(r"\+[0-9]{8,15}|[0-9]{3,6}", number):
            raise SettingError(f"{where}: number {number!r}: write + and 8 to 15 digits, or a short code of 3 to 6")
        if how not in ENTRIES:
            raise SettingError(f"{where}: entry {how!r}: write answer or call_back")
        numbers[number] = how
    if not table.get("languages"):
        raise SettingError(f"{where}: languages: name at least one, the first for a caller we have not met")
    desk = table.get("desk", {})
    _only(where, desk, {"days", "from", "until", "confirmed", "review_days", "call_back_hours"})
    try:
        confirmed = date.fromisoformat(desk["confirmed"]) if desk.get("confirmed") else None
        return District(
            path.stem,
            table["name"],
            tuple(table["languages"]),
            numbers,
            Desk(desk["days"], desk["from"], desk["until"], confirmed, desk["review_days"], desk["call_back_hours"]),
        )
    except KeyError as error:
        raise SettingError(f"{where}: {error.args[0]} is missing") from None
    except ValueError:
        raise SettingError(f"{where}: desk.confirmed: write a day such as 2026-11-21, or leave it empty") from None


def _facts(path: Path) -> dict[str, FactSource]:
    found = {}
    for key, table in _toml(path).items():
        _only(f"config/facts.toml [{key}]", table, set(FactSource.__slots__))
        try:
            found[key] = FactSource(**table)
        except TypeError as error:
            raise SettingError(f"config/facts.toml [{key}]: {error}") from None
    return found


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingError(f"{path.name} is missing in config/") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{path.name}: {error}") from None


def _sections(root: Path, files: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The sections of config/default.toml, with those of later files laid over them key by key."""
    found: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
    for file in files:
        where = f"config/{file}"
        table = _toml(root / where)
        _only(where, table, SECTIONS)
        for name, section in table.items():
            if not isinstance(section, dict):
                raise SettingError(f"{where}: {name} is a section: write [{name}]")
            _only(f"{where} [{name}]", section, SECTIONS[name])
            found[name] |= section
    for name, kinds in SECTIONS.items():
        for key, kind in kinds.items():
            if not isinstance(found[name].get(key), kind):
                raise SettingError(f"config/default.toml: {name}.{key} must be {kind.__name__}")
    return found


def _places(path: Path) -> dict[str, dict[str, str]]:
    table = _toml(path)
    _only(f"config/{path.name}", table, {"places"})
    places: dict[str, dict[str, str]] = table.get("places", {})
    for name, place in places.items():
        _only(f"config/{path.name}: {name}", place, {"near", "code"})
        if len(place) < 2:
            raise SettingError(f"config/{path.name}: {name}: write near and code")
    return places


def _each_number_once(districts: Iterable[District]) -> None:
    owner: dict[str, str] = {}
    for district in districts:
        for number in district.numbers:
            if number in owner:
                raise SettingError(f"config/districts: {number} stands in {owner[number]} and in {district.key}")
            owner[number] = district.key


def _only(where: str, table: Mapping[str, Any], allowed: Collection[str]) -> None:
    for key in table:
        if key not in allowed:
            raise SettingError(f"{where}: unknown key {key!r}; it may be {', '.join(sorted(allowed))}")


def _countries(given: list[object]) -> tuple[str, ...]:
    for code in given:
        if not isinstance(code, str) or not re.fullmatch(r"\+[1-9][0-9]{0,3}", code):
            raise SettingError(f"config/default.toml: calls.countries: {code!r}: write a code such as +92")
    return tuple(map(str, given))


def _base_url(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^/?#\s]+(?:/[^?#\s]*)?", url):
        raise SettingError("PUBLIC_BASE_URL: write the address the provider calls, such as https://hotline.example.org")
    return url.rstrip("/")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingError(f"config/default.toml: centre.zone: no time zone {name!r}") from None
