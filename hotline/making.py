"""How the parts of the house are made: the book, the ports flows ask, the provider, broadcasts, staff, alerts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from hotline.channels.twilio import Account, Codes, TwilioChannel
from hotline.domain.fact import Fact
from hotline.domain.keeping import CALL_BACK
from hotline.domain.office import Directory, Place
from hotline.domain.places import spellings
from hotline.flow.book import Book, Sources, build
from hotline.flow.model import LOCALES, SOURCE
from hotline.sealing import Vault
from hotline.service.agencies import Agencies
from hotline.service.alarm import Alarm
from hotline.service.alert_ports import alert_ports
from hotline.service.broadcast import Broadcasts
from hotline.service.dry_run import Reach
from hotline.service.ports import SHAPES, Ports, journey
from hotline.service.ports.agency import AgencyPort
from hotline.service.ports.data import data_ports
from hotline.service.ports.naming import Naming
from hotline.service.ports.offices import Desk, NearestOffice, Numbers
from hotline.service.ports.person import FIXED, AnswerLater, CallBack, SetLanguage, start, stop
from hotline.service.ports.report import CaseStatus, ReportPort, WhichAgency
from hotline.service.ports.writing import writing_ports
from hotline.service.schedule import schedules
from hotline.service.staff import Staff, usual_hasher
from hotline.service.talk import NAMES
from hotline.settings import ROOT, Settings
from hotline.speech.recordings import Recordings
from hotline.store import agencies, cases
from hotline.store.alarm import told_valid_people
from hotline.store.database import Database
from hotline.text import script
from hotline.text.clipname import Voices
from hotline.text.names import NameIndex


def make_channel(settings: Settings) -> TwilioChannel:
    """The provider, as the environment names it."""
    slow = settings.sending.connect_seconds, settings.sending.answer_seconds
    codes = Codes.parse((ROOT / "config/twilio_errors.toml").read_text(encoding="utf-8"))
    account = Account(settings.account_sid, settings.tokens, settings.api_base, *slow)
    return TwilioChannel(account, settings.public_base_url or "http://127.0.0.1", codes)


def make_reach(settings: Settings, database: Database) -> Reach:
    """What broadcasts need: no keys, no Redis, no provider."""

    known: dict[int, NameIndex] = {}

    def names() -> NameIndex:
        current = agencies.current(database)
        version = current.version if current else 0
        if version not in known:
            known.clear()
            known[version] = NameIndex((name, name) for name in agencies.names(database))
        return known[version]

    return Reach(settings, database, names, told_valid_people)


def make_staff(settings: Settings, database: Database) -> Staff:
    """The accounts, and what their passwords are held against."""
    common = (ROOT / "config/common_passwords.txt").read_text(encoding="ascii").split()
    return Staff(database, usual_hasher(), frozenset(common), tuple(settings.districts))


def counted(book: Book) -> frozenset[str]:
    """The folded words beside which a number counts something: money, time or people."""
    return frozenset(
        word
        for table in book.values.values()
        for word, (section, meaning) in table.typed.items()
        if section in ("times", "spans", "counted") or (section, meaning) == ("noise", "money")
    )


def make_ports(settings: Settings, book: Book, database: Database, vault: Vault, register: Agencies) -> Ports:
    """Everything flows may find or do, by name."""
    facts = {key: Fact(key, **asdict(source)) for key, source in settings.facts.items()}

    def hours(centre: str) -> int:
        return settings.districts[centre].desk.call_back_hours

    def waiting(indexes: Sequence[bytes]) -> bool:
        return cases.is_open(database, indexes, CALL_BACK)

    places = directory(settings, book)
    check = AgencyPort(register, book.vocabulary.idle, counted(book))
    return {
        "agency": check,
        **alert_ports(book, database, places, settings.zone),
        "desk": Desk(settings.districts, facts),
        "office": NearestOffice(places, facts["protectors"]),
        "numbers": Numbers(facts),
        "set_language": SetLanguage(),
        NAMES: Naming(places, check),
        **{name: SetLanguage(locale) for name, locale in FIXED.items()},
        "stop": stop,
        "start": start,
        **data_ports(settings, book, database, vault),
        **writing_ports(settings, database, vault),
        "call_back": CallBack(vault, hours, waiting),
        "answer_later": AnswerLater(vault, hours),
        **journey.ports(journey.Journeys(book, database, schedules(settings))),
        "which_agency": WhichAgency(check),
        "file_report": ReportPort(vault, hours, partial(cases.holder, database)),
        "case_status": CaseStatus(vault, partial(cases.numbered, database)),
    }


def make_alarm(settings: Settings, book: Book, database: Database) -> Alarm:
    """What drafts alerts."""

    def chance(low: int, high: int) -> int:
        return low + secrets.randbelow(high - low + 1)

    return Alarm(
        database, book, settings, directory(settings, book), Broadcasts(make_reach(settings, database)), chance
    )


def read_book(root: Path, recordings: Recordings) -> Book:
    """Read flows/ and translations/ and join them. Raises FlowError."""
    return build(read_sources(root), SHAPES, Voices(recordings.names))


def read_sources(root: Path) -> Sources:
    """The content files, named as a person would find them."""

    def pair(path: Path) -> tuple[str, str]:
        return str(path.relative_to(root)), path.read_text(encoding="utf-8")

    translations = root / "translations"
    written = [locale for locale in LOCALES if locale != SOURCE]
    return Sources(
        flows=tuple(pair(path) for path in sorted((root / "flows").glob("*.yaml")) if path.stem != "always"),
        always=pair(root / "flows/always.yaml"),
        catalogues={
            locale: tuple(pair(path) for path in sorted((translations / locale / "LC_MESSAGES").glob("*.po")))
            for locale in written
        },
        words={
            locale: pair(translations / locale / "words.yaml")
            for locale in LOCALES
            if (translations / locale / "words.yaml").exists()
        },
        values={locale: pair(translations / locale / "values.yaml") for locale in LOCALES},
    )


def directory(settings: Settings, book: Book) -> Directory:
    """Where the nearest office is, by the names people write in any language and by telephone code."""
    by_name: dict[str, Place] = {}
    by_code: dict[str, Place] = {}
    for name, row in settings.places.items():
        place = Place(name, row["near"], row["code"])
        by_code.setdefault(place.code, place)
        spelled = (words.cities.get(name.casefold(), name) for words in book.values.values())
        for spelling in (name, *spelled, *spellings(name)):
            by_name[script.fold(spelling).replace(" ", "")] = place
    return Directory(by_name, by_code)
