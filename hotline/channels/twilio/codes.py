"""What the provider's error codes mean for a message of ours, read from config/twilio_errors.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from hotline.errors import SendError, SettingError
from hotline.frozen import frozen

KEYS = frozenset({"means", "retry", "ambiguous", "wait", "codes"})


@frozen
class Kind:
    """A class of errors. `wait` is seconds before another try makes sense."""

    name: str
    means: str
    retry: bool = False
    ambiguous: bool = False
    wait: int = 0


UNKNOWN = Kind("unknown", "a code that is not in the table")


@frozen
class Codes:
    """The table: a code, as text, leads to its kind."""

    kinds: Mapping[str, Kind]

    @classmethod
    def parse(cls, text: str, file: str = "config/twilio_errors.toml") -> Codes:
        """Read the TOML text. Raises SettingError for an unknown key, a wrong type, or a code that stands twice."""
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as broken:
            raise SettingError(f"{file}: {broken}") from None
        kinds: dict[str, Kind] = {}
        for name, table in tables.items():
            kind, codes = _kind(file, name, table)
            for code in codes:
                if code in kinds:
                    raise SettingError(f"{file}: {code} stands in [{kinds[code].name}] and in [{name}]")
                kinds[code] = kind
        return cls(kinds)

    def kind(self, code: str) -> Kind:
        """The kind of a code in an answer or a receipt; UNKNOWN where the table has none."""
        return self.kinds.get(code, UNKNOWN)

    def error(self, status: int, code: int | None) -> SendError:
        """The SendError for an HTTP answer: 429 was not processed, 408 and 5xx may have been, else the code decides."""
        word = str(code or status)
        if status == 429:
            return SendError(word, retry=True)
        if status == 408 or status >= 500:
            return SendError(word, ambiguous=True)
        kind = self.kind(word)
        return SendError(word, retry=kind.retry, ambiguous=kind.ambiguous)


def _kind(file: str, name: str, table: object) -> tuple[Kind, tuple[str, ...]]:
    if not isinstance(table, dict) or (set(table) - KEYS):
        raise SettingError(f"{file}: [{name}] may hold only {', '.join(sorted(KEYS))}")
    means, codes, wait = table.get("means"), table.get("codes"), table.get("wait", 0)
    retry, ambiguous = table.get("retry", False), table.get("ambiguous", False)
    if not (isinstance(means, str) and isinstance(codes, list) and all(type(code) is int for code in codes)):
        raise SettingError(f"{file}: [{name}] needs means = a text and codes = a list of whole numbers")
    if not (type(wait) is int and wait >= 0 and isinstance(retry, bool) and isinstance(ambiguous, bool)):
        raise SettingError(f"{file}: [{name}] wait is seconds; retry and ambiguous are true or false")
    return Kind(name, means, retry, ambiguous, wait), tuple(str(code) for code in codes)
