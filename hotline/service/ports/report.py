"""Reporting an agency or an agent, and asking where one's case stands, as a flow sees them."""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hotline.domain import case_number
from hotline.domain.keeping import OpenCase
from hotline.domain.report import LOCKED, MOST_GUESSES, REPORT, CaseTried, FileReport, Numbered, PaidTo, Report
from hotline.errors import SealBroken
from hotline.flow.model import Shape
from hotline.flow.turn import Found
from hotline.frozen import frozen
from hotline.own_keys import OwnKey, case_owner, open_number
from hotline.report_keys import report_marks
from hotline.sealing import Vault
from hotline.service.ports.agency import AgencyPort
from hotline.service.ports.base import Answer, Asker
from hotline.service.ports.person import open_case
from hotline.text.script import fold
from hotline.text.values import Kind

_NAMED = frozenset({"agency.name", "agency.licence"})
_PROMISED = frozenset({"case.due"})
_GIVEN = _PROMISED | {"case.number", "case.first", "case.middle", "case.last"}
SHAPES = {
    "which_agency": Shape(
        {"found": _NAMED, "several": _NAMED, "unlisted": _NAMED, "unnamed": _NAMED},
        {
            "agency.name": Kind.NAME,
            "agency.licence": Kind.LICENCE,
            "agency.short": Kind.NAME,
            "agency.city": Kind.CITY,
        },
        rows=frozenset({"agency.name", "agency.short", "agency.licence", "agency.city"}),
    ),
    "file_report": Shape(
        {"filed": _GIVEN, "anonymous": _GIVEN},
        {
            "case.number": Kind.CASE,
            "case.first": Kind.DIGITS,
            "case.middle": Kind.DIGITS,
            "case.last": Kind.DIGITS,
            "case.due": Kind.DATE,
        },
        effect=True,
    ),
    "case_status": Shape(
        {
            "open": _PROMISED,
            "called": _PROMISED,
            "waiting": _PROMISED,
            "late": frozenset(),
            "closed": frozenset(),
            "wrong": frozenset(),
        },
        {"case.due": Kind.DATE},
        effect=True,
    ),
}
DAY_SHOWS = 12
"""The hour written for a report without a name: its own would lead to the message it came with."""


@frozen
class WhichAgency:
    """Whom a report is about: an agency of the list, a name the list does not have, or nobody by name."""

    check: AgencyPort

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        (query,) = args
        nobody = {"agency.name": "", "agency.licence": ""}
        if self.check.names_nobody(query):
            return Answer(Found("unnamed", nobody))
        found = self.check(asker, args).found
        if found.outcome == "several":
            return Answer(replace(found, fields=nobody))
        if "agency.licence" in found.fields:
            return Answer(Found("found", {name: found.fields[name] for name in _NAMED}))
        return Answer(Found("unlisted", nobody | {"agency.name": query}))


@frozen
class ReportPort:
    """Keep a report and open its case. `hours` is a centre's promise; `holder` whose case a number is, or "".

    The same turn gives the same case with the same number. What is asked for without a name keeps nothing that leads
    to the person: the case's id is a keyed hash, its number and index are nobody's, its hour is noon.
    """

    vault: Vault
    hours: Callable[[str], int]
    holder: Callable[[str], str]

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        licence, name, to, amount, call, pin = args
        named = bool(asker.number) and call == "yes"
        told = Report(licence, name, int(amount) if amount else None, PaidTo(to), asker.centre, not named)
        case = self._case(asker, told, pin)
        compared = "" if licence else fold(name)
        (agency, reporter), *older = report_marks(self.vault, licence, compared, asker.number)
        report = FileReport(
            case_id=case.id,
            agency=agency,
            licence=licence,
            reporter=reporter,
            centre=asker.centre,
            at=case.opened_at,
            name=compared,
            older=tuple(older),
        )
        first, middle, last = case_number.groups(case.code or "")
        fields = {
            "case.number": case.code or "",
            "case.first": first,
            "case.middle": middle,
            "case.last": last,
            "case.due": case.due_at.date().isoformat(),
        }
        return Answer(Found("filed" if named else "anonymous", fields), (case, report))

    def _case(self, asker: Asker, told: Report, pin: str) -> OpenCase:
        own = self.vault.index("report", asker.turn)
        hidden = replace(asker, turn=own.hex())
        if told.anonymous:
            noon = asker.now.replace(hour=DAY_SHOWS, minute=0, second=0, microsecond=0)
            hidden = replace(hidden, number="", index=own, now=noon)
        case = open_case(self.vault, hidden, told.write(), self.hours(asker.centre))
        return replace(
            case,
            kind=REPORT,
            once=f"{REPORT}:{own.hex()}",
            code=self._number(own, case.id),
            pin=pin_mark(self.vault, case.id, case.key_sealed, pin),
        )

    def _number(self, own: bytes, case: str) -> str:
        """A number no other case has. Nobody who lacks the keys can tell it from the turn."""
        drawn = (self.vault.index("case_number", f"{own.hex()}|{attempt}") for attempt in itertools.count())
        numbers = (case_number.with_check(f"{int.from_bytes(bits) % 1_000_000:06d}") for bits in drawn)
        return next(number for number in numbers if self.holder(number) in ("", case))


@frozen
class CaseStatus:
    """Where a case stands, to whoever has its number and its PIN.

    A wrong number and a wrong PIN take one path to one answer, and a locked case and a sender with too many guesses
    behind them get the same: nobody learns which numbers there are. `find` is the case of a number, and how many
    wrong answers a sender got up to a moment.
    """

    vault: Vault
    find: Callable[[str, Sequence[bytes], datetime], tuple[Numbered | None, int]]

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        number, pin = args
        found, guesses = self.find(number, asker.indexes, asker.now)
        fits = hmac.compare_digest(self._mark(found, pin), found.pin if found else _NO_PIN)
        if guesses >= MOST_GUESSES:
            # Nor may who guesses lock other people's cases for ever.
            return Answer(Found("wrong"))
        right = found is not None and fits and not found.lock.holds(asker.now)
        own = self.vault.index("case_try", asker.turn).hex()[:40]
        tried = CaseTried(own, found.id if found else "", asker.index, right, asker.now)
        if found is None or not right:
            return Answer(Found("wrong"), (tried, *self._for_staff(found, asker)))
        due_on = found.due_at.astimezone(asker.now.tzinfo).date().isoformat()
        return Answer(Found(found.said(asker.now), {"case.due": due_on}), (tried,))

    def _mark(self, found: Numbered | None, pin: str) -> bytes:
        """What the PIN would be kept as; of a case nobody has, or nobody can open, something that fits nothing."""
        try:
            if found is not None:
                return pin_mark(self.vault, found.id, found.key_sealed, pin)
        except SealBroken:
            pass
        return OwnKey.new("nobody").mark(_PIN, pin)

    def _for_staff(self, found: Numbered | None, asker: Asker) -> tuple[OpenCase, ...]:
        """The wrong PIN that locks a case asks a counsellor to call who opened it: once a lock."""
        until = found.lock.after_wrong(asker.now).until if found else None
        if found is None or until is None:
            return ()
        if not found.key_sealed or not found.number_sealed:
            return ()
        number = open_number(self.vault, case_owner(found.id), found.key_sealed, found.number_sealed)
        if not number:
            return ()
        owner = replace(
            asker,
            number=number,
            # The case may still be kept under an older key.
            index=self.vault.index("number", number),
            centre=found.centre,
            turn=f"locked:{found.id}:{int(until.timestamp())}",
        )
        return (open_case(self.vault, owner, f"PIN locked: {found.id}", LOCKED // timedelta(hours=1)),)


_NO_PIN = bytes(32)
_PIN = "pin"


def pin_mark(vault: Vault, case: str, key_sealed: bytes, pin: str) -> bytes:
    """The keyed hash of a case's PIN, by the case's own key: a PIN is kept as nothing else. Raises SealBroken.

    By a data key it would be lost with that key, since nobody can tell the PIN to hash it anew.
    """
    return OwnKey.kept(vault, case_owner(case), key_sealed).mark(_PIN, pin)
