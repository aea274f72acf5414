"""A new data key for a hundred thousand people while the service runs: how long it takes, and that nobody is missed."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import func, select

from bench.people import person
from hotline.sealing import Vault
from hotline.store import schema
from hotline.store.database import Database
from tests.people_met import NOW
from tests.service.test_rotate import K1, K2, looked_up_meanwhile

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
PEOPLE, AT_ONCE, BAR_SECONDS = 100_000, 5_000, 600.0


def known(database: Database, vault: Vault) -> list[str]:
    """Everybody has been met; their numbers."""
    numbers = [f"+92300{n:07d}" for n in range(PEOPLE)]
    for start in range(0, PEOPLE, AT_ONCE):
        with database.writing() as connection:
            rows = [person(vault, number, NOW) for number in numbers[start : start + AT_ONCE]]
            connection.execute(schema.people.insert(), rows)
    return numbers


def test_a_new_key_for_a_hundred_thousand_people(database: Database) -> None:
    old, both = Vault.parse(K1), Vault.parse(f"{K2},{K1}")
    numbers = known(database, old)
    began = time.monotonic()
    looked, missed = looked_up_meanwhile(database, both, numbers)
    took = time.monotonic() - began
    with database.reading() as connection:
        moved = connection.execute(
            select(func.count()).where(schema.people.c.key_sealed >= bytes([both.newest]))
        ).scalar_one()
    print(f"rotation {database.dialect}: {PEOPLE} people in {took:.1f} s, {looked} looked up, {len(missed)} missed")
    assert missed == []
    assert moved == PEOPLE
    assert took <= BAR_SECONDS
