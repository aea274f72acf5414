"""The folder that takes inbound events while the database is down, sealed, and gives them back in order."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import time
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from hotline.domain.consent import Asked, Subscribe, Unsubscribe
from hotline.domain.delivery import QueueText
from hotline.domain.journey import Due, EndJourney, SetJourney
from hotline.domain.keeping import (
    NOBODY,
    Effect,
    Erase,
    Kept,
    MeetPerson,
    NotUnderstood,
    OpenCase,
    SetLocale,
    SetReach,
    Start,
    Stop,
    bound,
)
from hotline.domain.report import CaseTried, FileReport
from hotline.errors import HotlineError, SealBroken, SettingError, StoreDown
from hotline.sealing import Vault
from hotline.store.database import Database
from hotline.store.erasing import asked_since
from hotline.store.inbox import keep
from hotline.store.renewing import renewed

_EFFECTS: Mapping[str, type[Effect]] = {
    kind.__name__: kind
    for kind in (
        MeetPerson, SetLocale, SetReach, Stop, Start, Subscribe, Unsubscribe, Erase, OpenCase, NotUnderstood, QueueText,
        SetJourney, EndJourney, FileReport, CaseTried,
    )
}  # fmt: skip
_KINDS: Mapping[str, type[Effect | Kept | Asked | Due]] = {**_EFFECTS, "Kept": Kept, "Asked": Asked, "Due": Due}
_ABANDONED_SECONDS = 3600
Plain = str | int | None | list["Plain"] | dict[str, "Plain"]


class Spool:
    """One file an event, named by the time it was taken; several processes may share the folder."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        """Raises SettingError when the folder cannot be made and written: then nothing could be kept in an outage."""
        self._folder, self._vault = folder, vault
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(folder / f"{uuid.uuid4().hex}.try", b"")
            for tried in folder.glob("*.try"):
                tried.unlink(missing_ok=True)
        except OSError as error:
            raise SettingError(f"the spool folder {folder} cannot be written: {error.strerror}") from error

    def append(self, kept: Kept) -> None:
        """Put an event on disk; when this returns it survives a power cut. Raises StoreDown when it does not."""
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex}"
        part = self._folder / f"{name}.part"
        try:
            self._write(part, self._vault.seal("spool", _written(kept), bound("spool", "event", name)))
            part.rename(self._folder / f"{name}.event")
            self._sync_folder()
        except OSError as error:
            raise StoreDown(f"the spool cannot be written: {error.strerror}") from error

    def __len__(self) -> int:
        """How many events wait."""
        return sum(1 for _ in self._folder.glob("*.event"))

    def drain(self, database: Database) -> int:
        """Keep what waits, oldest first, and delete it; how many were drained. Raises StoreDown, keeping the rest.

        An event kept before a crash is known by its id and only deleted. One that cannot be read is put aside as
        `.unreadable`, one that the database refuses as `.refused`: neither stops those behind it. Another process that
        drains at the same time finds nothing to do.
        """
        drained = 0
        with self._alone() as first:
            if not first:
                return 0
            for file in sorted(self._folder.glob("*.event")):
                kept = self._read(file)
                if kept is None:
                    file.rename(file.with_suffix(".unreadable"))
                    continue
                try:
                    if kept.effects and asked_since(database, self._indexes(kept), kept.at):
                        kept = _without_words(kept)
                    keep(database, kept)
                except StoreDown:
                    raise
                # The last three: a value no driver can write.
                except (SQLAlchemyError, HotlineError, ValueError, TypeError, LookupError):
                    file.rename(file.with_suffix(".refused"))
                    continue
                file.unlink()
                drained += 1
            self._clear_abandoned()
        return drained

    def forget(self, indexes: Collection[bytes]) -> int:
        """Delete what a person sent that the database refused and that was therefore put aside; how many files."""
        gone = 0
        for file in self._folder.glob("*.refused"):
            kept = self._read(file)
            if kept is not None and not set(self._indexes(kept)).isdisjoint(indexes):
                file.unlink(missing_ok=True)
                gone += 1
        return gone

    def _indexes(self, kept: Kept) -> tuple[bytes, ...]:
        """Of the person, under every live key: the row of a missed call names nobody."""
        return self._vault.indexes("number", kept.number) if kept.number else (kept.person_index, *kept.older)

    def _read(self, file: Path) -> Kept | None:
        try:
            read = _read(self._vault.open("spool", file.read_bytes(), bound("spool", "event", file.stem)))
            # It may be older than a data key, and than the rotation to it.
            return renewed(read, self._vault)
        except (SealBroken, ValueError, KeyError, TypeError):
            return None

    def _clear_abandoned(self) -> None:
        """A part is what a crash left of an event that was never acknowledged."""
        for part in self._folder.glob("*.part"):
            if part.stat().st_mtime < time.time() - _ABANDONED_SECONDS:
                part.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        with (self._folder / "draining").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go when the file is closed, also by a crash
            except BlockingIOError:
                yield False
            else:
                yield True

    def _write(self, path: Path, content: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _sync_folder(self) -> None:
        """Without this the file's name could be lost in a power cut, though its bytes are safe."""
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _without_words(kept: Kept) -> Kept:
    """What stays of an event whose person has asked since to be erased: that it came, and a STOP that was in it."""
    stops = tuple(effect for effect in kept.effects if isinstance(effect, Stop))
    nobody = replace(kept, person_index=NOBODY, thread_index=NOBODY, older=(), reply=None)
    return replace(nobody, text=None, session=None, told_valid=None, effects=stops)


def _written(kept: Kept) -> bytes:
    return json.dumps(_plain(kept), ensure_ascii=True).encode()


def _plain(value: object) -> Plain:
    """Frozen dataclasses of strings, numbers, bytes, flags, days and moments → JSON that says which is which."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        own: dict[str, Plain] = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {"kind": type(value).__name__, "fields": own}
    raise TypeError(f"cannot be spooled: {type(value).__name__}")


def _read(written: bytes) -> Kept:
    kept = _value(json.loads(written))
    if not isinstance(kept, Kept):
        raise ValueError("no event")
    return kept


def _value(plain: Plain) -> object:
    if isinstance(plain, list):
        return tuple(_value(item) for item in plain)
    if not isinstance(plain, dict):
        return plain
    match plain:
        case {"bytes": str(text)}:
            return base64.b64decode(text, validate=True)
        case {"moment": str(text)}:
            return datetime.fromisoformat(text)
        case {"day": str(text)}:
            return date.fromisoformat(text)
        case {"kind": str(kind), "fields": dict(own)}:
            return _KINDS[kind](**{name: _value(item) for name, item in own.items()})  # type: ignore[arg-type]
    raise ValueError("not ours")
