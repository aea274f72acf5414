"""Handing staff the drafts of alerts: from reports that weigh enough, and from a list in which a licence changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog

from hotline.domain.agency import Agency, Licence, short_names
from hotline.domain.alarm import (
    TOLD_DAYS,
    Change,
    Listed,
    News,
    Standing,
    Suspicion,
    Thresholds,
    To,
    audiences,
    changes,
    standing,
    state_of,
    weigh,
)
from hotline.domain.alert_code import FIRST, LAST, code_of
from hotline.domain.broadcast import Audience, Draft, Kind
from hotline.domain.office import Directory
from hotline.domain.places import REGIONS
from hotline.errors import Refused
from hotline.flow.book import Book
from hotline.flow.model import LOCALES, PUSH_PARTS, Say
from hotline.flow.render import write_line
from hotline.flow.turn import Line
from hotline.service.ports.alerts import EVERYWHERE
from hotline.settings import Settings
from hotline.store import alarm as store
from hotline.store.agencies import RegisterList
from hotline.store.alarm import Claim, Reported
from hotline.store.database import Database
from hotline.text import parts
from hotline.text.script import fold

log = structlog.get_logger("alarm")
TEXTS = "alert_texts"
"""The flow that holds what alerts say."""
REPORTED, UNLISTED = "reported", "unlisted"
STALE = timedelta(minutes=10)
"""A draft that was begun longer ago and is not made: its maker died."""
MOST_CODES = 50
HOURS_TO_LIVE = 48
NO_DRAFT = "none"
"""Stands for a draft where staff must write it: what the public calls an agency is read before it is repeated."""
REGISTER, REPORTS = "register", "reports"


class Broadcasts(Protocol):
    """Where drafts go; a draft that no person made needs two to approve it."""

    def draft(self, draft: Draft, now: datetime, *, id: str, code: str) -> object:
        """Keep a draft; the same `id` twice is kept once. Raises Refused for what could not be sent as it stands."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One draft to be made: which text with which values, to whom. `places` are folded districts, for To.DISTRICT."""

    subject: str
    text: str
    facts: dict[str, str]
    to: To
    places: tuple[str, ...]
    licence: str
    reason: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Makes drafts, each once, whoever asks and how often. `chance(low, high)` is any number between, both counted."""

    database: Database
    book: Book
    settings: Settings
    directory: Directory
    broadcasts: Broadcasts
    chance: Callable[[int, int], int]

    def after_publish(self, now: datetime) -> int:
        """Compare the list in force with the one before it; how many drafts were made. Again: those still missing."""
        if not store.has_news(self.database):
            return 0
        new, old = store.lists(self.database)
        concerned = store.concerned(self.database, now - timedelta(days=TOLD_DAYS), now)
        before = Listed(old.date, old.date, store.rows_of(self.database, old.version, concerned))
        after = Listed(new.date, self._day(now), store.rows_of(self.database, new.version, concerned))
        made = 0
        for change in changes(before, after, concerned):
            wanted = self._of_change(change, new.date)
            once = f"{REGISTER}:{new.date}:{change.licence}:{change.news}:{change.state}"
            made += self._draft_all(once, REGISTER, wanted, now)
        if not store.is_pending(self.database, REGISTER):
            store.set_compared(self.database, new.version, now)
        return made

    def weigh(self, now: datetime) -> int:
        """Look at new reports together with the others of their time; how many drafts were made."""
        limits = self.settings.alarm
        thresholds = Thresholds(limits.reporters, limits.days, limits.quiet_days)
        rows = store.reported(self.database, now - timedelta(days=thresholds.days))
        if not rows:
            return 0
        drafted = store.last_drafted(self.database)
        made = 0
        for suspicion in weigh((row.report for row in rows), drafted, thresholds, now):
            # The same until a draft is made, so that two workers, or one that died, do not make two.
            since = drafted.get(suspicion.subject)
            once = f"{REPORTS}:{suspicion.subject}:{since.date() if since else ''}"
            made += self._draft_all(once, REPORTS, self._of_reports(suspicion, rows, now), now)
        if not store.is_pending(self.database, REPORTS):
            store.set_weighed(self.database, [row.report.id for row in rows if not row.weighed], now)
        return made

    # --- what is to be said ---

    def _of_change(self, change: Change, listed: date) -> Iterator[Wanted]:
        facts = _facts(change.agency, listed) | {"agency.state": change.state}
        places = (*self._district(change.agency), EVERYWHERE)
        for to in audiences(change.news, change.concerned):
            text = f"told_{change.news}" if to is To.TOLD_VALID else str(change.news)
            yield Wanted(str(change.licence), text, facts, to, places, str(change.licence), change.reason)

    def _of_reports(self, suspicion: Suspicion, rows: Sequence[Reported], now: datetime) -> Iterator[Wanted]:
        """What is said of an agency the list knows. A name no list has is not spread by a machine: staff read first."""
        found = store.lists(self.database)
        agency = self._listed(suspicion.subject, found)
        if agency is None:
            yield Wanted(suspicion.subject, UNLISTED, {}, To.DISTRICT, (), "", suspicion.reason)
            return
        today = self._day(now)
        barred = standing(agency, today) is Standing.BARRED
        facts = _facts(agency, found[0].date) | {"agency.state": state_of(agency, today)}
        centres = sorted({row.centre for row in rows if row.report.subject == suspicion.subject})
        places = (*dict.fromkeys((*self._district(agency), *centres)), EVERYWHERE)
        licence, text = str(agency.licence), str(News.BARRED) if barred else REPORTED
        for to in (To.WATCHING, To.DISTRICT):
            yield Wanted(licence, text, facts, to, places, licence, suspicion.reason)

    def _listed(self, subject: str, lists: Sequence[RegisterList]) -> Agency | None:
        try:
            licence = Licence.parse(subject)
        except ValueError:
            return None
        return store.rows_of(self.database, lists[0].version, (licence,)).get(licence) if lists else None

    def _district(self, agency: Agency) -> tuple[str, ...]:
        """The district of an agency's office, as alerts are subscribed to; none where it is not known."""
        city = agency.city or REGIONS.get(agency.licence.region, "")
        place = self.directory.find(fold(city)) if city else None
        return (fold(place.name),) if place else ()

    # --- drafts ---

    def _draft_all(self, once: str, made_by: str, wanted: Iterator[Wanted], now: datetime) -> int:
        """One draft for each audience, those whom it concerns most first; what is refused is tried again later."""
        claims = []
        for one in wanted:
            claim = Claim(f"{once}:{one.to}", one.subject, one.text, made_by, one.reason, now)
            claims.append((one, claim.once, store.claim(self.database, claim, self._codes(), STALE)))
        made = 0
        for one, key, code in claims:
            if code is None:
                continue
            own_id = NO_DRAFT if one.text == UNLISTED else uuid.uuid5(uuid.NAMESPACE_OID, key).hex
            if own_id != NO_DRAFT:
                try:
                    self.broadcasts.draft(self._draft(one, made_by, code), now, id=own_id, code=code)
                except (Refused, LookupError, ValueError) as error:
                    # Without words, or in words that could not be sent: the other alerts do not wait for it.
                    log.error("alert not drafted", once=key, why=str(error))
                    continue
            store.set_drafted(self.database, key, own_id)
            made += 1
        return made

    def _codes(self) -> Iterator[str]:
        for _ in range(MOST_CODES):
            yield code_of(self.chance(FIRST, LAST))

    def _draft(self, wanted: Wanted, made_by: str, code: str) -> Draft:
        district = self.settings.districts[self.settings.default_district]
        return Draft(
            kind=Kind.CORRECTION if wanted.to is To.TOLD_VALID else Kind.ALERT,
            title=f"{wanted.licence} {wanted.facts['agency.short']}: {wanted.text}, {wanted.to}"[:120],
            centre=district.key,
            sender=next(iter(district.numbers), ""),
            audience=_audience(wanted),
            texts=self._texts(wanted, code),
            made_by=made_by,
            hours_to_live=HOURS_TO_LIVE,
            licence=wanted.licence,
        )

    def _texts(self, wanted: Wanted, code: str) -> dict[str, str]:
        """The text in each language, with the agency's whole name where that fits in all of them."""
        facts = wanted.facts | {"alert.code": code}
        whole = self._written(wanted.text, facts | {"agency.short": facts["agency.name"]})
        if all(parts.count(text).parts <= PUSH_PARTS for text in whole.values()):
            return whole
        return self._written(wanted.text, facts)

    def _written(self, name: str, facts: dict[str, str]) -> dict[str, str]:
        step = self.book.steps[f"{TEXTS}.{name}"]
        assert isinstance(step, Say)
        line = Line(step.pages[0], facts)
        return {locale: parts.tidy(write_line(self.book, line, locale)) for locale in LOCALES}

    def _day(self, now: datetime) -> date:
        return now.astimezone(self.settings.zone).date()


def _audience(wanted: Wanted) -> Audience:
    match wanted.to:
        case To.WATCHING:
            return Audience("watch", details=(wanted.licence,))
        case To.TOLD_VALID:
            return Audience("correction", told_valid=wanted.licence)
        case _:
            return Audience("alerts", details=wanted.places)


def _facts(agency: Agency, listed: date | None) -> dict[str, str]:
    return {
        "agency.name": agency.name,
        "agency.short": short_names((agency,))[0],
        "agency.licence": str(agency.licence),
        "register.date": listed.isoformat() if listed else "",
    }
