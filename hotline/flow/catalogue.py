"""Translations: a gettext catalogue per flow and language, and templates cut at their holes."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

from babel.messages.pofile import PoFileError, read_po

from hotline.errors import FlowError
from hotline.frozen import frozen

HOLE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}")
_STRAY = re.compile(r"[{}]")


@frozen
class Hole:
    """A place in a text that a value fills, such as `agency.name`."""

    name: str


Template = tuple[str | Hole, ...]


@frozen
class Entry:
    """One translation: the English it was made from, and the text."""

    source: str
    text: str
    fuzzy: bool
    line: int


Catalogue = Mapping[str, Entry]
"""msgctxt (`licence.which#say`) → its entry."""


def template(text: str) -> Template:
    """Cut a text at its holes. Raises ValueError for a brace that is not a hole: there are no expressions."""
    pieces: list[str | Hole] = []
    for index, piece in enumerate(HOLE.split(text)):
        if index % 2:
            pieces.append(Hole(piece))
        elif piece:
            if _STRAY.search(piece):
                raise ValueError("a { or } that is not a hole such as {agency.name}")
            pieces.append(piece)
    return tuple(pieces)


def holes(text: str) -> frozenset[str]:
    """The names of the holes of a text."""
    return frozenset(HOLE.findall(text))


def load_catalogue(file: str, source: str, locale: str) -> Catalogue:
    """Read one .po file. Raises FlowError for what gettext would not read, or an entry without its context."""
    try:
        # Babel's own id for Roman Urdu does not exist; the plural header is then taken as written.
        found = read_po(io.StringIO(source), locale=None if locale == "ur_Latn" else locale, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise FlowError(file, 1, f"not a gettext catalogue: {error}") from None
    entries: dict[str, Entry] = {}
    for message in found:
        if not message.id:
            continue
        if not message.context or not isinstance(message.id, str) or not isinstance(message.string, str):
            raise FlowError(file, message.lineno or 1, "every entry has a msgctxt and one text")
        entries[message.context] = Entry(message.id, message.string, message.fuzzy, message.lineno or 1)
    return entries
