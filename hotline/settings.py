"""config/*.toml and the environment → one frozen Settings; an unknown key stops the start by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hotline import addresses, toml
from hotline.countries import Country, read_countries
from hotline.errors import SettingError
from hotline.frozen import frozen
from hotline.outgoing import Alarming, Pushing, Sending, Wording
from hotline.plans import Known, PlannedStep, read_plans

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds config/, flows/ and translations/."""
ENTRIES = ("answer", "call_back")
SECTIONS: Mapping[str, Mapping[str, type]] = {
    "web": {"host": str, "port": int},
    "centre": {"default": str, "zone": str},
    "texts": {"most_body_bytes": int},
    "calls": {"continue_minutes": int, "ring_backs_a_day": int, "answers_a_day": int},
    "sending": {
        "in_flight": int, "batch": int, "lease_seconds": int, "connect_seconds": int, "answer_seconds": int,
        "parts_per_second": int, "attempts": int, "grace_seconds": int, "list_lag_seconds": int,
        "second_look_seconds": int, "breaker_errors": int, "breaker_seconds": int,
        "rupees_a_day": int,
    },
    "alarm": {"reporters": int, "days": int, "quiet_days": int},
    "pushing": {"weekly_cap": int, "daily_cap": int, "canary": int, "canary_minutes": int, "failure_stop": float},
}  # fmt: skip
"""What config/default.toml holds."""


@frozen
class Desk:
    """When counsellors are at the desk: days as `mon-fri`, times as `09:00`, local; said only while confirmed."""

    days: str
    opens: str
    closes: str
    confirmed: date | None
    review_days: int
    call_back_hours: int


@frozen
class District:
    """A centre: its key (the file's name), the languages it speaks, the hotline numbers it answers and how."""

    key: str
    name: str
    languages: tuple[str, ...]
    numbers: Mapping[str, str]
    desk: Desk

    @property
    def sender(self) -> str:
        """The number its messages come from, "" where it has none."""
        return next(iter(self.numbers), "")


@frozen
class FactSource:
    """A fact as it stands in config/facts.toml; `hotline.domain.fact` says whether it may be told."""

    value: str
    source: str
    as_of: date
    checked: date
    review_days: int
    grade: str
    owner: str


@frozen
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
    ring_backs_a_day: int
    answers_a_day: int
    sending: Sending
    pushing: Pushing
    alarm: Alarming
    wording: Wording
    countries: Mapping[str, Country]
    plans: Mapping[tuple[str, str], tuple[PlannedStep, ...]]
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

    def country_of(self, number: str) -> Country | None:
        """Where a number is from, by its prefix; None for a country we neither ring nor write to."""
        nearest = None
        for country in self.countries.values():
            if number.startswith(country.prefix) and (nearest is None or len(country.prefix) > len(nearest.prefix)):
                nearest = country
        return nearest

    def is_own(self, number: str) -> bool:
        """Whether a number is one of the hotline's."""
        return any(number in district.numbers for district in self.districts.values())

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
        raise SettingError(f"config/default.toml: centre.default: no config/districts/{centre['default']}.toml")
    _each_number_once(districts.values())
    countries, facts = read_countries(root / "config/countries.toml"), _facts(root / "config/facts.toml")
    return Settings(
        production=production,
        folder=folder,
        database_url=environ.get("DATABASE_URL", ""),
        redis_url=addresses.redis_url(environ.get("REDIS_URL", "")),
        public_base_url=addresses.base_url(environ.get("PUBLIC_BASE_URL", "")),
        account_sid=environ.get("TWILIO_ACCOUNT_SID", ""),
        tokens=tuple(filter(None, environ.get("TWILIO_AUTH_TOKEN", "").split(","))),
        api_base=environ.get("TWILIO_API_BASE", ""),
        secret_key=environ.get("SECRET_KEY", ""),
        data_keys=environ.get("DATA_KEYS", ""),
        metrics_token=environ.get("METRICS_TOKEN", ""),
        host=web["host"],
        port=web["port"],
        zone=toml.zone("config/default.toml: centre.zone", centre["zone"]),
        most_body_bytes=sections["texts"]["most_body_bytes"],
        continue_minutes=sections["calls"]["continue_minutes"],
        ring_backs_a_day=sections["calls"]["ring_backs_a_day"],
        answers_a_day=sections["calls"]["answers_a_day"],
        sending=Sending(**sections["sending"]),
        pushing=Pushing(**sections["pushing"]),
        alarm=Alarming(**sections["alarm"]),
        wording=_wording(root / "config/wording.toml"),
        countries=countries,
        plans=read_plans(root / "config/plans.toml", Known(countries, facts)),
        default_district=centre["default"],
        districts=districts,
        facts=facts,
        places=_places(root / "config/districts.toml"),
    )


def _wording(path: Path) -> Wording:
    table, where = toml.read(path), f"config/{path.name}"
    lists = [field.name for field in fields(Wording)]
    toml.only(where, table, lists)
    for name in lists:
        found = table.get(name)
        if not isinstance(found, list) or not all(isinstance(word, str) and word.strip() for word in found):
            raise SettingError(f"{where}: {name}: write a list of words")
    return Wording(**{name: tuple(table[name]) for name in lists})


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
    table = toml.read(path)
    where = f"config/districts/{path.name}"
    toml.only(where, table, {"name", "languages", "numbers", "desk"})
    numbers = {}
    for entry in table.get("numbers", []):
        toml.only(where, entry, {"number", "entry"})
        number, how = entry.get("number", ""), entry.get("entry", "answer")
        if not re.fullmatch(r"\+[0-9]{8,15}|[0-9]{3,6}", number):
            raise SettingError(f"{where}: number {number!r}: write + and 8 to 15 digits, or a short code of 3 to 6")
        if how not in ENTRIES:
            raise SettingError(f"{where}: entry {how!r}: write answer or call_back")
        numbers[number] = how
    if not table.get("languages"):
        raise SettingError(f"{where}: languages: name at least one, the first for a caller we have not met")
    desk = table.get("desk", {})
    toml.only(where, desk, {"days", "from", "until", "confirmed", "review_days", "call_back_hours"})
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
    for key, table in toml.read(path).items():
        toml.only(f"config/facts.toml [{key}]", table, {one.name for one in fields(FactSource)})
        try:
            found[key] = FactSource(**table)
        except TypeError as error:
            raise SettingError(f"config/facts.toml [{key}]: {error}") from None
    return found


def _sections(root: Path, files: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The sections of config/default.toml, with those of later files laid over them key by key."""
    found: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
    for file in files:
        where = f"config/{file}"
        table = toml.read(root / where)
        toml.only(where, table, SECTIONS)
        for name, section in table.items():
            if not isinstance(section, dict):
                raise SettingError(f"{where}: {name} is a section: write [{name}]")
            toml.only(f"{where} [{name}]", section, SECTIONS[name])
            found[name] |= section
    for name, kinds in SECTIONS.items():
        for key, kind in kinds.items():
            if not isinstance(found[name].get(key), kind):
                raise SettingError(f"config/default.toml: {name}.{key} must be {kind.__name__}")
    return found


def _places(path: Path) -> dict[str, dict[str, str]]:
    table = toml.read(path)
    toml.only(f"config/{path.name}", table, {"places"})
    places: dict[str, dict[str, str]] = table.get("places", {})
    for name, place in places.items():
        toml.only(f"config/{path.name}: {name}", place, {"near", "code"})
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
