"""The recordings people made: which text each speaks, by whom and when, from `translations/<locale>/clips.toml`.

[[clip]]
text = "64 hex digits, the hash of the words (`hotline prompts missing` prints it)"
words = "the words, for the reader; optional"
file = "licence-which.wav"        # in audio/ beside clips.toml
speaker = "who speaks"
date = 2026-11-20
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path

from hotline.errors import FlowError
from hotline.frozen import frozen
from hotline.text.clipname import recording_name, text_hash

LIST, AUDIO = "clips.toml", "audio"
_HASH = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[A-Za-z0-9][\w.-]*\.wav", re.ASCII)
_KEYS = {"text", "words", "file", "speaker", "date"}


@frozen
class Recording:
    """One row of `clips.toml`. `text` is the hash of the words spoken; `line` is where the row begins."""

    locale: str
    text: str
    file: str
    speaker: str
    date: dt.date
    line: int


@frozen
class Recordings:
    """All recordings on this machine. `names` maps (locale, text hash) to a clip's name, `files` a name to its file."""

    rows: tuple[Recording, ...] = ()
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)


def parse_recordings(file: str, locale: str, text: str) -> tuple[Recording, ...]:
    """The rows of one `clips.toml` given as text; `file` is its name for complaints. Raises FlowError with the line."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        found = re.search(r"line (\d+)", str(problem))
        raise FlowError(file, int(found[1]) if found else text.count("\n") + 1, str(problem)) from None
    clips = table.pop("clip", [])
    if table or not isinstance(clips, list):
        raise FlowError(file, 1, "only [[clip]] tables stand here")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*clip\s*\]\]", line)]
    lines += [1] * (len(clips) - len(lines))
    rows: dict[str, Recording] = {}
    for clip, line in zip(clips, lines, strict=True):
        row = _row(file, locale, clip, line)
        if row.text in rows:
            raise FlowError(file, line, f"this text has a recording already, in line {rows[row.text].line}: keep one")
        rows[row.text] = row
    return tuple(rows.values())


def _row(file: str, locale: str, clip: object, line: int) -> Recording:
    if not isinstance(clip, dict):
        raise FlowError(file, line, "write each recording as a [[clip]] table")
    if unknown := sorted(set(clip) - _KEYS):
        raise FlowError(file, line, f"unknown key {unknown[0]}: a clip has {', '.join(sorted(_KEYS))}")
    text, name, speaker, date = (clip.get(key) for key in ("text", "file", "speaker", "date"))
    if not isinstance(text, str) or not _HASH.fullmatch(text):
        raise FlowError(file, line, "text: the 64 hex digits `hotline prompts missing` prints for the words")
    if not isinstance(name, str) or not _FILE.fullmatch(name):
        raise FlowError(file, line, "file: a name such as licence-which.wav, in the folder audio/ beside this file")
    if not isinstance(speaker, str) or not speaker.strip():
        raise FlowError(file, line, "speaker: say who speaks")
    if not isinstance(date, dt.date) or isinstance(date, dt.datetime):
        raise FlowError(file, line, "date: the day it was recorded, such as 2026-11-20")
    return Recording(locale, text, name, speaker.strip(), date, line)


def read_recordings(translations: Path, locales: Iterable[str]) -> Recordings:
    """The recordings under `translations`, each file hashed. Raises FlowError for a wrong row or a missing file."""
    rows: list[Recording] = []
    names: dict[tuple[str, str], str] = {}
    files: dict[str, Path] = {}
    for locale in locales:
        listed = translations / locale / LIST
        if not listed.is_file():
            continue
        for row in parse_recordings(str(listed), locale, listed.read_text("utf-8")):
            sound = listed.parent / AUDIO / row.file
            if not sound.is_file():
                raise FlowError(str(listed), row.line, f"{AUDIO}/{row.file} is not there: add it or take the row out")
            name = recording_name(sound.read_bytes())
            rows.append(row)
            names[locale, row.text] = name
            files[name] = sound
    return Recordings(tuple(rows), names, files)


def stale(rows: Iterable[Recording], clips: Iterable[tuple[str, str]]) -> tuple[Recording, ...]:
    """The recordings of words no flow says any more: the text changed since. `clips` is every (locale, text) spoken."""
    spoken = {(locale, text_hash(text)) for locale, text in clips}
    return tuple(row for row in rows if (row.locale, row.text) not in spoken)
