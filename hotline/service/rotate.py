"""Keeping everything under the newest data key, while the service runs: resumable, and nobody is missed meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import structlog

from hotline.domain.report import Report
from hotline.errors import SealBroken
from hotline.flow.model import Channel
from hotline.frozen import frozen
from hotline.own_keys import OwnKey, case_owner, open_number, person_owner
from hotline.report_keys import report_marks
from hotline.sealing import Vault
from hotline.store import people, rotating
from hotline.store.database import Database
from hotline.store.inbox import WORDS_DAYS
from hotline.store.rotating import Move, Resealed
from hotline.text.script import fold

log = structlog.get_logger("rotate")
STAGES = ("people", "cases", "reports", "inbound")
DONE = "done"
PEOPLE_AT_ONCE = 100_000
"""People whose indexes are held in memory while the events are gone through: about 50 MB."""


@frozen
class Standing:
    """How the rotation to the newest generation stands.

    `sealed`: what, then generation, then how many values. `strangers`: stops only an older key recognises. `free_on`:
    when the last text sealed with an older key is dropped; None while the rotation is not done.
    """

    newest: int
    begun: datetime | None
    done: tuple[str, ...]
    sealed: dict[str, dict[int, int]]
    strangers: int
    free_on: datetime | None


@frozen
class Rotation:
    """Moves rows to the newest generation of the vault."""

    database: Database
    vault: Vault

    def rows(self) -> dict[str, int]:
        """How many rows each stage looks at."""
        return dict(rotating.counted(self.database))

    def run(self, now: datetime) -> Iterator[tuple[str, int]]:
        """Do what is left, stage by stage; yields the stage and how many rows a batch had. Safe to run twice at once.

        Raises StoreDown between batches, keeping what is done. A row no live key opens stays as it is, and is logged.
        """
        if not rotating.remembered(self.database, self.vault.newest, "begun"):
            rotating.remember(self.database, self.vault.newest, "begun", now.isoformat())
        steps = {"people": self._people, "cases": self._cases, "reports": self._reports, "inbound": self._events}
        for stage in STAGES:
            after = rotating.remembered(self.database, self.vault.newest, stage)
            if after == DONE:
                continue
            for count in steps[stage](after):
                yield stage, count
            rotating.remember(self.database, self.vault.newest, stage, DONE)

    def standing(self) -> Standing:
        """How far it is, and what still needs an older key."""
        newest = self.vault.newest
        begun = rotating.remembered(self.database, newest, "begun")
        since = datetime.fromisoformat(begun) if begun else None
        done = tuple(one for one in STAGES if rotating.remembered(self.database, newest, one) == DONE)
        finished = since is not None and done == STAGES
        return Standing(
            newest=newest,
            begun=since,
            done=done,
            sealed={what: dict(counts) for what, counts in rotating.sealed_under(self.database).items()},
            strangers=rotating.stops_of_strangers(self.database, since) if since else 0,
            free_on=since + timedelta(days=WORDS_DAYS) if since and finished else None,
        )

    def _people(self, after: str) -> Iterator[int]:
        for rows in people.every_number(self.database, after):
            moves = []
            for row in rows:
                if not (number := self._number(row)):
                    continue
                newest, *older = self.vault.indexes("number", number)
                moves.append(Move(newest, tuple(older)))
            keys = self._resealed((person_owner(row.person_id), row.person_id, row.key_sealed) for row in rows)
            rotating.move_people(self.database, self.vault.newest, moves, keys, rows[-1].person_id)
            yield len(rows)

    def _cases(self, after: str) -> Iterator[int]:
        for rows in rotating.case_contacts(self.database, after):
            moved = []
            for row in rows:
                number = self._opened(case_owner(row.case), row.case, row.key_sealed, row.number_sealed)
                if number and (newest := self.vault.index("number", number)) != row.number_index:
                    moved.append((row, newest))
            keys = self._resealed((case_owner(row.case), row.case, row.key_sealed) for row in rows)
            rotating.move_cases(self.database, self.vault.newest, moved, keys, rows[-1].case)
            yield len(rows)

    def _resealed(self, keys: Iterable[tuple[str, str, bytes]]) -> list[Resealed]:
        """Own keys that an older data key sealed, by owner and id."""
        found = []
        for owner, own_id, sealed in keys:
            # The first octet of what a vault sealed says under which generation.
            if sealed[0] != self.vault.newest:
                try:
                    found.append(Resealed(own_id, sealed, OwnKey.kept(self.vault, owner, sealed).sealed(self.vault)))
                except SealBroken:
                    log.error("no key opens it", id=own_id)
        return found

    def _events(self, after: str) -> Iterator[int]:
        """Everybody's indexes in chunks, and for each chunk all events; the state is `people|event`."""
        start, _, event = after.partition("|")
        for chunk, upto in self._chunks(start):
            before = int(event or 0)
            for last in rotating.move_events(self.database, self.vault.newest, chunk, before):
                rotating.remember(self.database, self.vault.newest, "inbound", f"{start}|{last}")
                yield last - before
                before = last
            start, event = upto, ""
            rotating.remember(self.database, self.vault.newest, "inbound", f"{start}|")

    def _reports(self, after: str) -> Iterator[int]:
        """Who reported anonymously is nobody's to find: their hash stays, and moves when they report again."""
        for rows in rotating.filed(self.database, after):
            moved = []
            for row in rows:
                try:
                    own = OwnKey.kept(self.vault, case_owner(row.case), row.key_sealed)
                    number = own.open("number", row.number_sealed).decode()
                    told = Report.read(own.open("detail", row.detail_sealed).decode())
                except (SealBroken, ValueError):
                    continue
                name = "" if row.licence else fold(told.name)
                (agency, reporter), *older = report_marks(self.vault, row.licence, name, number)
                known = any(row.reporter == one for _, one in older)
                moved.append((row, agency, reporter if known else row.reporter))
            rotating.move_reports(self.database, self.vault.newest, moved, rows[-1].case)
            yield len(rows)

    def _chunks(self, after: str) -> Iterator[tuple[dict[bytes, bytes], str]]:
        moved: dict[bytes, bytes] = {}
        upto, held = after, 0
        for rows in people.every_number(self.database, after):
            for row in rows:
                if not (number := self._number(row)):
                    continue
                threads = self.vault.indexes("thread", f"{Channel.SMS}|{number}")
                for newest, *older in (self.vault.indexes("number", number), threads):
                    moved |= dict.fromkeys(older, newest)
            upto, held = rows[-1].person_id, held + len(rows)
            if held >= PEOPLE_AT_ONCE:
                yield moved, upto
                moved, held = {}, 0
        if moved:
            yield moved, upto

    def _number(self, row: people.SealedNumber) -> str:
        return self._opened(person_owner(row.person_id), row.person_id, row.key_sealed, row.number_sealed)

    def _opened(self, owner: str, own_id: str, key_sealed: bytes, number_sealed: bytes) -> str:
        """A number, or "" where there is none, or no live key opens it: one such row must not stop all the others."""
        if not number_sealed:
            return ""
        try:
            return open_number(self.vault, owner, key_sealed, number_sealed)
        except SealBroken:
            log.error("no key opens it", id=own_id)
            return ""
