"""`hotline doctor`: what is not well with a deployment, each with what to do about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from redis import Redis

from hotline.cli import folder_option
from hotline.cli.cases import keys_in
from hotline.domain.agency import OLD_AFTER_DAYS
from hotline.domain.fact import Fact
from hotline.domain.office import is_confirmed
from hotline.errors import HotlineError
from hotline.flow.clips import clips
from hotline.flow.model import LOCALES
from hotline.making import read_book
from hotline.memory.client import connect, connect_quick
from hotline.memory.jobs import last_rung, workers
from hotline.sealing import Vault
from hotline.settings import NEEDED_IN_PRODUCTION, ROOT, Settings, load_settings
from hotline.speech.recordings import read_recordings
from hotline.store import agencies, breakers, erasing, reminders, unsettled
from hotline.store.database import Database, is_current

Finding = tuple[str, str]
"""(what is wrong or well, what to do); nothing to do means it is well."""
MOST_UNSURE, UNSURE_SHOWN = 50, timedelta(days=7)
ERASED_WITHIN = timedelta(minutes=5)
"""A minute is promised; after five something is in the way."""
EVERY_FEW_SECONDS, CLOCK_WITHIN = "sweep_deliveries", timedelta(minutes=1)
"""A job every clock rings for, from its first seconds on."""


@click.command()
@folder_option
def doctor(folder: Path) -> None:
    """Look at settings, database, sending, Redis, register, facts, desk, recordings; exit 1 if one is not well."""
    settings = load_settings(os.environ, folder)
    ill = 0
    for what, remedy in _look(settings, datetime.now(UTC).astimezone(settings.zone).date()):
        click.echo(f"{'!' if remedy else ' '} {what}")
        if remedy:
            ill += 1
            click.echo(f"    {remedy}")
    click.echo(f"{ill} things to mend." if ill else "All is well.")
    sys.exit(1 if ill else 0)


def _look(settings: Settings, today: date) -> Iterator[Finding]:
    yield from _environment(settings)
    yield from _register(settings, today)
    yield from _sending(settings)
    yield from _redis(settings)
    yield from _facts(settings, today)
    yield from _recordings()
    yield (
        "not seen from here: HELP, INFO, CANCEL, END and YES cleared in Twilio's Advanced Opt-Out (docs/operator.md)",
        "",
    )


def _environment(settings: Settings) -> Iterator[Finding]:
    missing = [name for name in NEEDED_IN_PRODUCTION if not os.environ.get(name)]
    yield "settings", f"Not set: {', '.join(missing)} (docs/operator.md)." if missing else ""
    try:
        Vault.parse(settings.data_keys or keys_in(settings.folder))
        yield "keys of people's data", ""
    except HotlineError as error:
        yield "keys of people's data", str(error)


def _register(settings: Settings, today: date) -> Iterator[Finding]:
    url = settings.database_url or f"sqlite:///{settings.folder / 'hotline.db'}"
    try:
        database = Database.open(url)
        if not is_current(database):
            yield "database", "Its tables are not current: run `hotline migrate`."
            return
        yield "database", ""
        current = agencies.current(database)
    except HotlineError as error:
        yield "database", f"It does not answer: {error}"
        return
    if current is None:
        yield (
            "register",
            "There is no list: `hotline agencies import FILE --list-date DAY`. Until then nobody is told VALID.",
        )
        return
    age = (today - current.date).days
    old = f"It is {age} days old; after {OLD_AFTER_DAYS} nobody is told VALID. Import a new one." if age > 7 else ""
    yield f"register of {current.date}, {current.rows} agencies", old
    if current.demo and settings.production:
        yield "register", "This is the fictional list of the demo: import the bureau's."


def _sending(settings: Settings) -> Iterator[Finding]:
    database = Database.open(settings.database_url or f"sqlite:///{settings.folder / 'hotline.db'}")
    try:
        if not is_current(database):
            return
        for one in breakers.resting(database, datetime.now(UTC)):
            yield f"sending from {one.sender}", f"It rests until {one.until:%H:%M} UTC: {one.reason}"
        unwritten = reminders.without_text(database)
        unsure = unsettled.unverified(database, datetime.now(UTC) - UNSURE_SHOWN, MOST_UNSURE)
        late = sum(wish.asked_at < datetime.now(UTC) - ERASED_WITHIN for wish in erasing.waiting(database))
    except HotlineError:
        # Said already, with the database.
        return
    for step, many in sorted(unwritten.items()):
        yield (
            f"reminders {step!r} without words: {many}",
            "They are not sent: its text is gone from flows/reminders.yaml. Put it back, or tell them yourself.",
        )
    yield (
        f"messages nobody can tell about: {len(unsure)}{' or more' if len(unsure) == MOST_UNSURE else ''}",
        f"They are not sent again. Look for {unsure[0]} and the others in the provider's log." if unsure else "",
    )

    yield (
        f"people who wait to be erased for longer than {ERASED_WITHIN.seconds // 60} minutes: {late}",
        "Run a worker and the clock; `log_kept` and `memory_down` in /metrics say what is in its way." if late else "",
    )


def _redis(settings: Settings) -> Iterator[Finding]:
    if not settings.redis_url:
        yield "Redis", "REDIS_URL is not set: without it conversations are not remembered."
        return
    try:
        connect(settings.redis_url, lambda: 0.0).call("PING")
        yield "Redis", ""
        yield from _processes(connect_quick(settings.redis_url))
    except HotlineError as error:
        yield "Redis", f"It does not answer ({error}): start it, or mend REDIS_URL. Nothing is sent to many meanwhile."


def _processes(redis: Redis) -> Iterator[Finding]:
    """Whether anybody does what waits, and rings for it. Without a worker nobody can tell of the clock."""
    many = workers(redis)
    yield (
        f"workers: {many}",
        "" if many else "Start `hotline work`: until then no message, reminder, call back or erasure is done.",
    )
    rung = last_rung(redis, EVERY_FEW_SECONDS) if many else None
    if many:
        quiet = rung is None or datetime.now(UTC) - rung > CLOCK_WITHIN
        yield (
            "clock",
            "It has not rung for a minute: start `hotline clock`. Nothing that is due begins." if quiet else "",
        )


def _facts(settings: Settings, today: date) -> Iterator[Finding]:
    for key, source in settings.facts.items():
        fact = Fact(key, **asdict(source))
        said = fact.may_be_said(today)
        yield (
            f"fact {key}, to be looked at by {fact.review_by}",
            ""
            if said
            else f"It is not said any more: ask {fact.owner} to check it and set `checked` in config/facts.toml.",
        )
    for district in settings.districts.values():
        desk = district.desk
        well = is_confirmed(desk.confirmed, desk.review_days, today)
        yield (
            f"desk of {district.name}",
            ""
            if well
            else f"Its hours are not said: confirm them in config/districts/{district.key}.toml (desk.confirmed).",
        )


def _recordings() -> Iterator[Finding]:
    recordings = read_recordings(ROOT / "translations", LOCALES)
    book = read_book(ROOT, recordings)
    texts = list(clips(book))
    recorded = sum(1 for locale, text in texts if book.voices.name(locale, text) in recordings.files)
    yield (
        f"recordings: {recorded} of {len(texts)} texts",
        "" if recorded == len(texts) else "A stand-in voice speaks the others: `hotline prompts missing` lists them.",
    )
