"""Catalogue files for translators: made from the flows, kept in step with them, and counted."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from babel.messages.pofile import PoFileError, normalize, read_po

from hotline.errors import FlowError
from hotline.flow.always import Always
from hotline.flow.book import every_message
from hotline.flow.catalogue import HOLE
from hotline.flow.model import LOCALES, SOURCE, SPOKEN, Flow
from hotline.frozen import frozen
from hotline.text import parts

TRANSLATED = tuple(locale for locale in LOCALES if locale != SOURCE)
REVIEW = "needs native review"
"""The mark of a text no native speaker has read yet. Who has read it takes the line out."""
FUZZY = "fuzzy"
NOTE = "# NOTE:"
PLURALS = {
    "ur": "nplurals=2; plural=(n != 1);",
    "pa_Arab": "nplurals=2; plural=(n > 1);",
    "ur_Latn": "nplurals=2; plural=(n != 1);",
}
"""Unicode CLDR's rules as gettext writes them; Babel's own for pa_Arab would count 0 as many."""
LONGEST = {"name": 60, "short": 22, "licence": 10, "date": 10, "until": 10, "state": 20, "number": 16, "days": 24}
LONGEST_OTHER = 12
"""Characters of the longest value, by the last word of its hole; lint proves whole turns with real values."""


@frozen
class Text:
    """One English text to translate: its msgctxt, where it stands (file:line), and what its author notes about it."""

    key: str
    english: str
    place: str
    notes: tuple[str, ...] = ()


@frozen
class Row:
    """One entry of a catalogue file. `stale`: the English changed since; `before` is the old English, as `#|` lines."""

    text: Text
    told: str = ""
    stale: bool = False
    reviewed: bool = False
    before: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()


@frozen
class Progress:
    """How far one catalogue is. `dearest` is the SMS text that costs most by itself, with its parts."""

    done: int
    missing: int
    stale: int
    to_review: int
    dearest: str
    parts: int


def domain(file: str) -> str:
    """The catalogue a file belongs to: `flows/licence.yaml` and `…/LC_MESSAGES/licence.po` → `licence`."""
    return file.rpartition("/")[2].removesuffix(".yaml").removesuffix(".po")


def texts(
    always: Always, flows: Mapping[str, Flow], sources: Mapping[str, str], locale: str
) -> dict[str, tuple[Text, ...]]:
    """What each catalogue of a language must hold, in file order. `sources` are the flow files' own words, for notes.

    Roman Urdu is written and never spoken, so texts that are only spoken are left out there.
    """
    found: dict[str, dict[str, Text]] = {}
    for file, message in every_message(always, flows):
        known = found.setdefault(domain(file), {})
        place, notes = f"{file}:{message.line}", tuple(_notes(sources.get(file, ""), message.line))
        known[message.sms_key] = Text(message.sms_key, message.sms, place, notes)
        if SPOKEN[locale] == locale:
            known.setdefault(message.voice_key, Text(message.voice_key, message.voice, place, notes))
    return {name: tuple(known.values()) for name, known in found.items()}


def update(file: str, old: str, wanted: Iterable[Text], locale: str) -> str:
    """The catalogue file `old` ("" for a new one) in step with the flows; the same again when nothing changed.

    New texts come in empty. Where the English changed, the translation stays and is marked fuzzy. What no flow says any
    more goes to the end as obsolete and comes back from there, also under a new name when its English is the same.
    Raises FlowError for a file gettext would not read.
    """
    wanted, known = tuple(wanted), _known(file, old, locale)
    names = {text.key for text in wanted}
    dropped = {key: row for key, row in known.items() if key not in names and row.told}
    found = []
    for text in wanted:
        row = known.get(text.key)
        if row is None and (namesake := _namesake(text, dropped)):
            row = replace(dropped.pop(namesake), reviewed=False)
        found.append(_renewed(text, row))
    return "\n".join((_header(file, old, locale, found), *map(_written, found), *map(_obsolete, dropped.values())))


def rows(file: str, source: str, wanted: Iterable[Text], locale: str) -> tuple[Row, ...]:
    """The entry a catalogue file has for each wanted text, in their order; one without a translation is empty."""
    known = _known(file, source, locale)
    return tuple(_renewed(text, known.get(text.key)) for text in wanted)


def progress(found: Sequence[Row]) -> Progress:
    """Count the entries of one catalogue."""
    told = [row for row in found if row.told]
    stale = sum(row.stale for row in told)
    sent = [row for row in told if not row.text.key.endswith("#voice")]
    dearest = max(sent, key=lambda row: (cost(row).parts, cost(row).units), default=None)
    return Progress(
        done=len(told) - stale,
        missing=len(found) - len(told),
        stale=stale,
        to_review=sum(not row.reviewed for row in told),
        dearest=dearest.text.key if dearest else "",
        parts=cost(dearest).parts if dearest else 0,
    )


def cost(row: Row) -> parts.Length:
    """What one text costs by itself as SMS, every hole at its widest; nothing for what is only spoken."""
    return parts.count("" if row.text.key.endswith("#voice") else at_its_longest(row.told))


def at_its_longest(text: str) -> str:
    """A text with every hole as wide as its longest value."""
    return HOLE.sub(lambda hole: "0" * LONGEST.get(hole[1].rpartition(".")[2], LONGEST_OTHER), text)


# --- reading ---


def _notes(source: str, line: int) -> Iterator[str]:
    """The `# NOTE:` that stands directly above a line, with the comment lines it goes on in."""
    lines = source.splitlines()
    start = min(line - 1, len(lines))
    while start > 0 and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    said = [comment.strip() for comment in lines[start : line - 1]]
    first = next((index for index, comment in enumerate(said) if comment.startswith(NOTE)), len(said))
    return (comment.removeprefix(NOTE).lstrip("# ") for comment in said[first:])


def _known(file: str, source: str, locale: str) -> dict[str, Row]:
    """msgctxt → entry; an obsolete one too where there is no other, and that one was reviewed by nobody."""
    try:
        # Babel knows no Roman Urdu; the plural header is then taken as written.
        found = read_po(io.StringIO(source), locale=None if locale == "ur_Latn" else locale, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise FlowError(file, 1, f"not a gettext catalogue: {error}") from None
    known: dict[str, Row] = {}
    for messages, live in ((found.obsolete.values(), False), (found, True)):
        for message in messages:
            if not message.id:
                continue
            if not message.context or not isinstance(message.id, str) or not isinstance(message.string, str):
                raise FlowError(file, message.lineno or 1, "every entry has a msgctxt and one text")
            known[message.context] = Row(
                Text(message.context, message.id, ""),
                message.string,
                stale=FUZZY in message.flags,
                reviewed=live and REVIEW not in message.auto_comments,
                # Babel hands `#|` lines over as comments that begin with a stroke.
                before=tuple(line for line in message.user_comments if line.startswith("|")),
                comments=tuple(line for line in message.user_comments if line and not line.startswith("|")),
            )
    return known


def _namesake(text: Text, dropped: Mapping[str, Row]) -> str:
    """The dropped text that says the same on the same channel: a step was renamed."""
    tail = text.key.rpartition("#")[2]
    same = (key for key, row in dropped.items() if row.text.english == text.english and key.endswith(f"#{tail}"))
    return next(same, "")


def _renewed(text: Text, old: Row | None) -> Row:
    if old is None or not old.told:
        return Row(text, comments=old.comments if old else ())
    if old.text.english == text.english:
        return replace(old, text=text, before=old.before if old.stale else ())
    before = tuple(f"| {line}" for line in f"msgid {normalize(old.text.english, width=0)}".splitlines())
    return replace(old, text=text, stale=True, reviewed=False, before=old.before if old.stale else before)


# --- writing ---


def _header(file: str, old: str, locale: str, found: Iterable[Row]) -> str:
    """The first entry: whose file this is, and the fields people and their editors wrote. No date, so no idle diff."""
    mine = (f"# {locale} of flows/{domain(file)}.yaml. How to work on it: docs/translators.md", f"# {REVIEW}")
    fields = {
        "Language": locale,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[locale],
    }
    block = old.partition("\n\n")[0].splitlines()
    if 'msgid ""' not in block:
        block = []
    for line in block:
        name, _, value = line.strip('"').removesuffix("\\n").partition(": ")
        if line.startswith('"') and value:
            fields.setdefault(name, value)
    people = [line for line in block if line.startswith("#") and line not in mine and not line.startswith("#,")]
    reviewed = all(row.reviewed for row in found)
    lines = (mine[0], *people, *(() if reviewed else mine[1:]), 'msgid ""', 'msgstr ""')
    return "\n".join((*lines, *(f'"{name}: {value}\\n"' for name, value in fields.items()), ""))


def _written(row: Row) -> str:
    marks = () if row.reviewed and row.told else (REVIEW,)
    lines = (
        *(f"# {comment}" for comment in row.comments),
        *(f"#. {comment}" for comment in (*row.text.notes, *marks)),
        f"#: {row.text.place}",
        *((f"#, {FUZZY}",) if row.stale else ()),
        *(f"#{line}" for line in row.before),
    )
    return "\n".join((*lines, *_strings(row, ""), ""))


def _obsolete(row: Row) -> str:
    return "\n".join((*(f"# {comment}" for comment in row.comments), *_strings(row, "#~ "), ""))


def _strings(row: Row, prefix: str) -> Iterator[str]:
    for keyword, string in (("msgctxt", row.text.key), ("msgid", row.text.english), ("msgstr", row.told)):
        yield f"{prefix}{keyword} {normalize(string, prefix=prefix, width=0)}"
