"""`hotline people`: what one person will get and when, or what anybody would who makes such a journey."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click

from hotline.cli import folder_option
from hotline.cli.cases import keys_in
from hotline.cli.serve import tables_of
from hotline.domain.journey import HOME, Due, Journey, catch_up
from hotline.errors import NotFound, Refused
from hotline.flow.model import LOCALES
from hotline.frozen import frozen
from hotline.making import read_book
from hotline.own_keys import open_number, person_owner
from hotline.sealing import Vault
from hotline.service.remind import told
from hotline.service.schedule import Schedules, schedules
from hotline.settings import ROOT, Settings, load_settings
from hotline.speech.recordings import Recordings
from hotline.store import journeys
from hotline.store import people as store
from hotline.text import parts
from hotline.text.phone import is_person, masked, without_numbers
from hotline.text.phone import read as read_number


@frozen
class _Row:
    step: str
    due_at: datetime
    deadline_at: datetime
    state: str


class _Wanted(TypedDict):
    country: str
    route: str
    day: datetime | None


@click.group()
def people() -> None:
    """The people who wrote or rang."""


@people.command()
@folder_option
@click.argument("who", required=False, default="")
@click.option("--country", default="", help="Instead of a person: where somebody would go, such as SA.")
@click.option("--route", type=click.Choice(["agency", "direct"]), default="agency", show_default=True)
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day they would leave.")
@click.option("--lang", type=click.Choice(LOCALES), help="Show the texts in this language; else in the person's.")
def preview(folder: Path, who: str, lang: str | None, **wanted: Unpack[_Wanted]) -> None:
    """What WHO (a number or a person's id) will get and when; or anybody, with --country and --date."""
    country, day = wanted["country"].upper(), wanted["day"]
    if bool(who) == bool(country and day):
        raise click.UsageError("name a person, or give --country and --date")
    settings = load_settings(os.environ, folder)
    planned, now = schedules(settings), datetime.now(UTC)
    if day is not None and country:
        journey = Journey(country, wanted["route"], day.date())
        _check(planned, journey, now.astimezone(settings.zone).date())
        locale, rows = lang or "en", _rows(catch_up(planned.plan(journey), planned.clocks, now))
        click.echo(f"{planned.countries[journey.country]}, {journey.route}, leaving {journey.departs_on}.")
    else:
        standing, number = _find(settings, Vault.parse(settings.data_keys or keys_in(folder)), who)
        journey, locale = standing.journey, lang or standing.locale
        rows = tuple(_Row(row.step, row.due_at, row.deadline_at, row.state) for row in standing.reminders)
        name = planned.countries.get(journey.country, journey.country)
        click.echo(f"{number} ({standing.person_id}): {name}, {journey.route}, leaving {journey.departs_on}.")
    _show(rows, journey, planned, locale)


def _check(planned: Schedules, journey: Journey, today: date) -> None:
    if journey.country not in planned.countries:
        raise NotFound(
            f"no plan for {journey.country!r} in config/plans.toml; there are {', '.join(planned.countries)}"
        )
    if journey.departs_on < today:
        raise Refused(f"{journey.departs_on} is past: give a day from today on")


def _rows(dues: tuple[Due, ...]) -> tuple[_Row, ...]:
    return tuple(_Row(due.step, due.due_at, due.deadline_at, "waiting") for due in dues)


def _find(settings: Settings, vault: Vault, who: str) -> tuple[journeys.Standing, str]:
    """The person's journey and their masked number."""
    database = tables_of(settings)
    number = who if is_person(who) else read_number(who)
    if number:
        standing = journeys.find(database, vault.indexes("number", number))
    else:
        standing = journeys.find_by_id(database, who)
    if standing is None:
        # An error is mailed and pasted: whatever was typed, no number stands in it.
        shown = masked(number) if number else without_numbers(who)
        raise NotFound(f"{shown} has no journey: nothing is planned. Give a number, as anybody writes it, or an id")
    kept = store.number_of_person(database, standing.person_id)
    if kept is None:
        raise NotFound(f"{standing.person_id} was erased")
    return standing, masked(open_number(vault, person_owner(kept.person_id), kept.key_sealed, kept.number_sealed))


def _show(rows: tuple[_Row, ...], journey: Journey, planned: Schedules, locale: str) -> None:
    if not rows:
        click.echo("Nothing is planned: every reminder of this journey is past its last day.")
        return
    book = read_book(ROOT, Recordings())
    for row in rows:
        at, until = (planned.local(moment, row.step, journey) for moment in (row.due_at, row.deadline_at))
        place = "Pakistan" if at.tzinfo == planned.clocks[HOME].zone else planned.countries[journey.country]
        text = told(book, planned.text_of(row.step, journey, row.due_at), locale)
        count = parts.count(text).parts
        click.echo(f"{at:%a %Y-%m-%d %H:%M} {place:14} until {until:%Y-%m-%d %H:%M}  {row.state:8} {row.step}")
        click.echo(f"    {count} part{'s' * (count > 1)}: {text}")
