"""The words one locale writes and speaks values with: the shape of their table, and how a file of them is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NoReturn

from hotline.errors import FlowError
from hotline.frozen import frozen
from hotline.text.script import ARABIC_KAF, ARABIC_YEH, fold, scripts

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Words:
    """One locale's words, as `words` built them. `voice` is its spoken language, "" where it is only written.

    `cities` is keyed by `english_key`; `typed` by folded spelling, each with its (section, meaning).
    """

    locale: str
    voice: str
    right_to_left: bool
    no_date: str
    every_day: str
    states: Mapping[str, str]
    languages: Mapping[str, str]
    weekdays: Mapping[str, str]
    patterns: Mapping[str, str]
    digits: Mapping[str, str]
    numbers: Mapping[str, str]
    large: Mapping[str, str]
    months: Mapping[str, str]
    month_days: Mapping[str, str]
    day_parts: Mapping[str, str]
    cities: Mapping[str, str]
    regions: Mapping[str, str]
    typed: Mapping[str, tuple[str, str]]


def english_key(name: str) -> str:
    """How an English name is looked up: single blanks, small letters."""
    return " ".join(name.split()).casefold()


def holes(pattern: str) -> Iterator[tuple[str, str]]:
    """The pieces of a pattern in order: (hole, "") or ("", text)."""
    for hole, text in _PIECE.findall(pattern):
        if hole or text.strip():
            yield hole, text.strip()


_PIECE = re.compile(r"\{(\w+)\}|([^{}]+)")


def _counted(first: int, last: int) -> tuple[str, ...]:
    return tuple(map(str, range(first, last + 1)))


_PHRASES = ("no_date", "every_day")
_PATTERNS = MappingProxyType(
    {
        "days": ("first", "last"),
        "both": ("left", "right"),
        "date": ("day", "month", "year"),
        "time": ("hour", "part"),
        "time_minutes": ("hour", "minute", "part"),
    }
)
_WRITTEN = MappingProxyType({"states": (), "languages": (), "weekdays": WEEK, "patterns": ("days", "both")})
"""Section → the keys it must have."""
_SPOKEN = MappingProxyType(
    {
        "patterns": tuple(_PATTERNS),
        "digits": _counted(0, 9),
        "numbers": _counted(0, 99),
        "large": ("100", "1000", "100000"),
        "months": _counted(1, 12),
        "month_days": (),
        "day_parts": ("0",),
        "cities": (),
        "regions": (),
    }
)
"""The same, for a locale that is spoken."""
_MORE = MappingProxyType({"month_days": _counted(1, 31), "day_parts": _counted(0, 23)})
_OPTIONAL = ("month_days",)
_OPEN = ("states", "languages", "cities", "regions")
_TYPED = MappingProxyType(
    {
        "months": re.compile("[1-9]|1[0-2]"),
        "numbers": re.compile(r"[0-9]{1,2}(?:\.5)?"),
        "times": re.compile("100|1000|100000|10000000"),
        "days": re.compile("[0-9]"),
        "weekdays": re.compile("|".join(WEEK)),
        "spans": re.compile("[17]"),
        "counted": re.compile("money|time|people"),
        "countries": re.compile("[A-Z]{2}"),
        "noise": re.compile("money|date|next|no"),
        "day": re.compile("am|pm|morning|noon|evening|night"),
    }
)
"""What people type (spellings with blanks between them) → what it means."""


def words(locale: str, table: Mapping[str, object], file: str) -> Words:
    """The words of `translations/<locale>/values.yaml`, parsed with every scalar a string.

    A file with `digits` is spoken in its own language; one without is only written. Raises FlowError for whatever is
    missing, unknown, empty or misspelt, with what to do.
    """
    check = _Check(file)
    spoken = "digits" in table
    wanted = {**_WRITTEN, **(_SPOKEN if spoken else {})}
    for name in table:
        if name not in wanted and name not in _PHRASES and name != "typed":
            check.fail(f"no section is called {name!r}; there are {', '.join((*_PHRASES, *wanted, 'typed'))}")
    sections = {name: check.section(table, name, keys) for name, keys in wanted.items()}
    check.patterns(sections["patterns"])
    phrases = {name: check.text(name, table.get(name)) for name in _PHRASES}
    empty: Mapping[str, str] = MappingProxyType({})
    return Words(
        locale=locale,
        voice=locale if spoken else "",
        right_to_left="Arab" in scripts(phrases["no_date"]),
        no_date=phrases["no_date"],
        every_day=phrases["every_day"],
        cities=check.cities(sections),
        typed=check.typed(table.get("typed", {}), sections),
        **{name: sections.get(name, empty) for name in {**_WRITTEN, **_SPOKEN} if name != "cities"},
    )


@frozen
class _Check:
    file: str

    def fail(self, message: str) -> NoReturn:
        raise FlowError(self.file, 1, message)

    def text(self, where: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            self.fail(f"{where}: write a word here")
        if ARABIC_YEH in value or ARABIC_KAF in value:
            self.fail(f"{where}: {value!r} has an Arabic yeh or kaf; write the Urdu letters")
        return " ".join(value.split())

    def section(self, table: Mapping[str, object], name: str, needed: tuple[str, ...]) -> Mapping[str, str]:
        found = table.get(name, {} if name in _OPTIONAL else None)
        if not isinstance(found, Mapping):
            self.fail(f"{name}: write a block of `key: word` lines")
        missing = [key for key in needed if key not in found]
        if missing:
            self.fail(f"{name}: missing {', '.join(missing)}")
        allowed = _MORE.get(name, needed)
        unknown = [key for key in found if name not in _OPEN and key not in allowed]
        if unknown:
            self.fail(f"{name}: {', '.join(map(str, unknown))} means nothing here; take it out")
        return MappingProxyType({str(key): self.text(f"{name}: {key}", value) for key, value in found.items()})

    def patterns(self, patterns: Mapping[str, str]) -> None:
        for name, pattern in patterns.items():
            found = sorted(hole for hole, _ in holes(pattern) if hole)
            if found != sorted(_PATTERNS[name]):
                self.fail(f"patterns: {name}: use each of {', '.join(f'{{{hole}}}' for hole in _PATTERNS[name])} once")

    def cities(self, sections: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
        cities = {english_key(name): word for name, word in sections.get("cities", {}).items()}
        for code, city in sections.get("regions", {}).items():
            if english_key(city) not in cities:
                self.fail(f"regions: {code}: {city!r} is not among the cities")
        return MappingProxyType(cities)

    def typed(self, table: object, sections: Mapping[str, Mapping[str, str]]) -> Mapping[str, tuple[str, str]]:
        if not isinstance(table, Mapping):
            self.fail("typed: write a block of sections")
        found: dict[str, tuple[str, str]] = {}
        for section, spellings in table.items():
            if section not in _TYPED or not isinstance(spellings, Mapping):
                self.fail(
                    f"typed: {section}: there are {', '.join(_TYPED)}, each a block of `meaning: spellings` lines"
                )
            for meaning, line in spellings.items():
                if not _TYPED[section].fullmatch(str(meaning)):
                    self.fail(f"typed: {section}: {meaning} means nothing here; take it out")
                for word in self.text(f"typed: {section}: {meaning}", line).split():
                    if found.setdefault(fold(word), (section, str(meaning))) != (section, str(meaning)):
                        self.fail(f"typed: {section}: {meaning}: {word!r} already means something else")
        for name in ("months", "numbers"):
            for meaning, word in sections.get(name, {}).items():
                found.setdefault(fold(word), (name, meaning))
        return MappingProxyType(found)
