"""`hotline people preview`: what one person will get and when, and what anybody would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli.people import people
from hotline.domain.journey import Journey, SetJourney, catch_up
from hotline.domain.keeping import Kept
from hotline.errors import NotFound, Refused
from hotline.sealing import Vault
from hotline.service.schedule import schedules
from hotline.settings import Settings
from hotline.store import inbox, journeys
from hotline.store.database import Database
from tests.people_met import meeting

Run = Callable[..., str]
NUMBER = "+923001234567"
KEY = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


@pytest.fixture
def run(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DATA_KEYS", KEY)
    monkeypatch.delenv("HOTLINE_ENV", raising=False)

    def shown(*words: str) -> str:
        done = CliRunner().invoke(people, ["preview", "--dir", str(tmp_path), *words])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return shown


@pytest.fixture
def traveller(sqlite_url: str, settings: Settings) -> str:
    """Somebody who leaves in 40 days; their id."""
    database, vault, now = Database.open(sqlite_url), Vault.parse(KEY), datetime.now(UTC)
    index = vault.index("number", NUMBER)
    journey = Journey("SA", "direct", now.date() + timedelta(days=40))
    plans = schedules(settings)
    dues = catch_up(plans.plan(journey), plans.clocks, now)
    effects = (
        meeting(vault, NUMBER, "ur_Latn"),
        SetJourney(index, journey.country, journey.route, journey.departs_on, dues, now),
    )
    inbox.keep(database, Kept("twilio", "SM1", "sms", "lahore", index, index, now, b"", effects=effects))
    standing = journeys.find(database, [index])
    database.close()
    assert standing is not None
    return standing.person_id


def test_a_person_is_found_by_number_or_id_and_the_number_is_masked(run: Run, traveller: str) -> None:
    for who in (NUMBER, "0300-123 4567", traveller):
        shown = run(who)
        assert "Saudi Arabia, direct, leaving" in shown
        assert traveller in shown
        assert NUMBER not in shown
        assert "567 (" in shown
        assert "Kal aap ki rawangi hai" in shown


def test_times_are_local_on_both_sides_of_the_departure(run: Run, traveller: str) -> None:
    rows = [line for line in run(traveller).splitlines() if " until " in line]
    assert any("10:00 Pakistan" in row and row.endswith("flight") for row in rows)
    assert any("18:00 Saudi Arabia" in row and row.endswith("check_in") for row in rows)


def test_the_texts_are_shown_in_another_language_on_demand(run: Run, traveller: str) -> None:
    assert "You leave tomorrow" in run(traveller, "--lang", "en")


def test_a_journey_nobody_makes_is_shown_without_any_person(run: Run) -> None:
    day = (datetime.now(UTC) + timedelta(days=200)).date().isoformat()
    shown = run("--country", "it", "--route", "agency", "--date", day)
    assert shown.startswith(f"Italy, agency, leaving {day}.")
    assert shown.count(" until ") == 8
    assert "18:00 Italy" in shown


def test_what_cannot_be_shown_is_explained(run: Run) -> None:
    with pytest.raises(NotFound, match=r"\+92.*has no journey"):
        run(NUMBER)
    for written in ("0300 123 4567", "0300-1234567", NUMBER[:-1], "92300123456789012345"):
        with pytest.raises(NotFound, match="has no journey") as told:
            run(written)
        assert "4567" not in str(told.value), "no number stands in an error"
    with pytest.raises(NotFound, match="no plan for 'US'"):
        run("--country", "US", "--date", "2099-01-01")
    with pytest.raises(Refused, match="is past"):
        run("--country", "SA", "--date", "2020-01-01")
    assert "name a person, or give --country and --date" in run()
