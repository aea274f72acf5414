"""The clips under /audio/: a recording's file, the stand-in kept on disk, or the stand-in made now, once."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from hotline.errors import SpeechError
from hotline.speech.engine import Engine
from hotline.speech.recordings import Recordings
from hotline.text.clipname import Voices

_NAME = re.compile(r"[0-9a-f]{64}")
BUILDERS = 2

Resolver = Callable[[str], tuple[str, str] | None]
"""A clip's name → (locale, text), from the book or the table of agencies' names; None where nothing is called so."""
Progress = Callable[[int, int], None]
"""Told after each clip: how many are done, of how many."""


class ClipStore:
    """Sound by name, shared by all processes over one folder. A name's bytes never change, so a browser may keep them.

    `voices` must be the one the book's names were made with. Nothing is made of text a caller sends: only of names that
    `resolve` knows.
    """

    def __init__(self, folder: Path, engine: Engine, recordings: Recordings) -> None:
        self._folder, self._engine, self._files = folder, engine, recordings.files
        self.voices = Voices(recordings.names)
        folder.mkdir(parents=True, exist_ok=True)

    def bytes_of(self, name: str, resolve: Resolver) -> bytes | None:
        """The whole WAV file, or None where nothing has this name. Raises SpeechError when it cannot be made."""
        if not _NAME.fullmatch(name):
            return None
        kept = self._kept(name)
        if kept is not None:
            return kept
        found = resolve(name)
        if found is None or self.voices.stand_in(*found) != name:
            return None
        return self._make(name, *found)

    def build(self, clips: Iterable[tuple[str, str]], progress: Progress) -> int:
        """Make every clip (locale, text) neither recorded nor kept yet; how many were made. Raises SpeechError."""
        wanted = {self.voices.name(*clip): clip for clip in clips}
        lacking = {name: clip for name, clip in wanted.items() if not self._is_kept(name)}
        progress(0, len(lacking))
        with ThreadPoolExecutor(BUILDERS) as builders:
            making = [builders.submit(self._make, name, *clip) for name, clip in lacking.items()]
            try:
                for done, one in enumerate(making, 1):
                    one.result()
                    progress(done, len(lacking))
            except SpeechError:
                builders.shutdown(cancel_futures=True)
                raise
        return len(lacking)

    def recorded(self, locale: str, text: str) -> bool:
        """Whether a person's recording speaks these words."""
        return self.voices.name(locale, text) in self._files

    def _make(self, name: str, locale: str, text: str) -> bytes:
        with self._only_one(name):
            kept = self._kept(name)
            if kept is not None:
                return kept
            content = self._engine.say(locale, text)
            part = self._folder / f"{name}.part"
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # without it a power cut leaves an empty file under a name kept for ever
            part.replace(self._file(name))
            return content

    @contextmanager
    def _only_one(self, name: str) -> Iterator[None]:
        """One maker at a time for the names that begin with the same digit, across threads and processes."""
        with (self._folder / f"lock-{name[0]}").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed, also by a crash
            yield

    def _kept(self, name: str) -> bytes | None:
        try:
            return self._file(name).read_bytes()
        except FileNotFoundError:
            return None

    def _is_kept(self, name: str) -> bool:
        return self._file(name).is_file()

    def _file(self, name: str) -> Path:
        return self._files.get(name) or self._folder / f"{name}.wav"
