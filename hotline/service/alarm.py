"""Handing staff the drafts of alerts: from reports that weigh enough, and from a list in which a licence changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog

from hotline.domain.agency import Agency, Licence, short_names
from hotline.domain.alarm import (
    TOLD_DAYS,
    Change,
    Concerned,
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
from hotline.frozen import frozen
from hotline.service.ports.alerts import EVERYWHERE
from hotline.settings import Settings
from hotline.store import alarm as store
from hotline.store import undoing
from hotline.store.agencies import RegisterList
from hotline.store.alarm import NO_DRAFT, REGISTER, REPORTS, Claim, Reported
from hotline.store.altered import altered, places
from hotline.store.database import Database
from hotline.text import parts
from hotline.text.bidi import placed
from hotline.text.script import fold

log = structlog.get_logger("alarm")
TEXTS = "alert_texts"
"""The flow that holds what alerts say."""
REPORTED, UNLISTED = "reported", "unlisted"
STALE = timedelta(minutes=10)
"""A draft that was begun longer ago and is not made: its maker died."""
MOST_CODES = 50
HOURS_TO_LIVE = 48


class Broadcasts(Protocol):
    """Where drafts go; a draft that no person made needs two to approve it."""

    def draft(self, draft: Draft, now: datetime, *, id: str, code: str) -> object:
        """Keep a draft; the same `id` twice is kept once. Raises Refused for what could not be sent as it stands."""

    def cancel(self, id: str, by: str, now: datetime) -> object:
        """Give it up. Raises Refused where it is over."""


@frozen
class Wanted:
    """One draft to be made: which text with which values, to whom. `places` are folded districts, for To.DISTRICT.

    `news` is the same for all drafts that tell one thing (`Draft.news`).
    """

    subject: str
    text: str
    facts: dict[str, str]
    to: To
    places: tuple[str, ...]
    licence: str
    reason: str
    news: str = ""


@frozen
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
        made = 0
        for change in self._changes(new, old, now):
            # With the list's version: what changes twice in lists of one day is news twice.
            once = f"{REGISTER}:{new.date}:{new.version}:{change.licence}:{change.news}:{change.state}"
            made += self._draft_all(once, REGISTER, self._of_change(change, new), now)
        if store.lists(self.database)[0].version < new.version:
            # Taken back while we wrote: what we claimed after that was not found then.
            undoing.withdraw(self.database, new, now)
            return 0
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
            last = drafted.get(suspicion.subject)
            since = str(last.date()) if last else ""
            once = f"{REPORTS}:{suspicion.subject}:{since}"
            made += self._draft_all(once, REPORTS, self._of_reports(suspicion, rows, since, now), now)
        if not store.is_pending(self.database, REPORTS):
            store.set_weighed(self.database, [row.report.id for row in rows if not row.weighed], now)
        return made

    # --- what is to be said ---

    def _changes(self, new: RegisterList, old: RegisterList, now: datetime) -> Iterator[Change]:
        """The news somebody must hear: of licences people count on, and for those who take a district's alerts."""
        since, day = now - timedelta(days=TOLD_DAYS), self._day(now)
        taken = places(self.database)
        lost = altered(self.database, (old, new), day) if taken else ()
        concerned = dict.fromkeys(lost, Concerned()) | store.concerned(self.database, since, now)
        before = Listed(old.date, old.date, store.rows_of(self.database, old.version, concerned))
        after = Listed(new.date, day, store.rows_of(self.database, new.version, concerned))
        found = changes(before, after, concerned)
        # Told three times is told: people are counted, and only of the few licences that changed.
        told = [change.licence for change in found if change.concerned.told_valid]
        for licence, people in store.told_people(self.database, told, since, now).items():
            concerned[licence] = replace(concerned[licence], told_valid=people)
        for change in changes(before, after, concerned):
            if change.concerned != Concerned() or taken & {*self._district(change.agency), EVERYWHERE}:
                yield change

    def _of_change(self, change: Change, listed: RegisterList) -> Iterator[Wanted]:
        facts = _facts(change.agency, listed.date) | {"agency.state": change.state}
        places = (*self._district(change.agency), EVERYWHERE)
        news = _news(change.news, change.state, listed)
        for to in audiences(change.news, change.concerned):
            text = f"told_{change.news}" if to is To.TOLD_VALID else str(change.news)
            yield Wanted(str(change.licence), text, facts, to, places, str(change.licence), change.reason, news)

    def _of_reports(
        self, suspicion: Suspicion, rows: Sequence[Reported], since: str, now: datetime
    ) -> Iterator[Wanted]:
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
        news = _news(News.BARRED, facts["agency.state"], found[0]) if barred else f"{REPORTED}@{since}"
        for to in (To.WATCHING, To.DISTRICT):
            yield Wanted(licence, text, facts, to, places, licence, suspicion.reason, news)

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
            own_id = NO_DRAFT if one.text == UNLISTED else uuid.uuid5(uuid.NAMESPACE_OID, f"{key}|{code}").hex
            if own_id != NO_DRAFT:
                try:
                    self.broadcasts.draft(self._draft(one, made_by, code), now, id=own_id, code=code)
                except (Refused, LookupError, ValueError) as error:
                    # Without words, or in words that could not be sent: the other alerts do not wait for it.
                    log.error("alert not drafted", once=key, why=str(error))
                    continue
            if store.set_drafted(self.database, key, own_id):
                made += 1
            elif own_id != NO_DRAFT:
                # The list was taken back while we wrote.
                self.broadcasts.cancel(own_id, made_by, now)
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
            news=wanted.news,
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
        return {locale: placed(parts.tidy(write_line(self.book, line, locale))) for locale in LOCALES}

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


def _news(news: News, state: str, listed: RegisterList) -> str:
    """What is told, and since which list: the same state in a later list is newer news."""
    return f"{news}:{state}@{listed.version}"


def _facts(agency: Agency, listed: date | None) -> dict[str, str]:
    return {
        "agency.name": agency.name,
        "agency.short": short_names((agency,))[0],
        "agency.licence": str(agency.licence),
        "register.date": listed.isoformat() if listed else "",
    }
