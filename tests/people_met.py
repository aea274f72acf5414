"""People and cases as the hotline itself would keep them, and how a test opens what is sealed with their own keys."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from hotline.domain.keeping import MeetPerson, OpenCase
from hotline.own_keys import OwnKey, case_owner, open_detail, open_number, person_owner
from hotline.sealing import Vault
from hotline.store import people
from hotline.store.database import Database
from hotline.store.schema import suppressions

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def meeting(vault: Vault, number: str, locale: str = "ur", country: str = "PK") -> MeetPerson:
    """The effect of a first contact."""
    own_id = uuid.uuid4().hex
    key = OwnKey.new(person_owner(own_id))
    return MeetPerson(
        number_index=vault.index("number", number),
        number_sealed=key.seal("number", number.encode()),
        locale=locale,
        centre="lahore",
        id=own_id,
        key_sealed=key.sealed(vault),
        country=country,
    )


def met(database: Database, vault: Vault, number: str, locale: str = "ur", country: str = "PK") -> str:
    """Meet somebody now; their opaque id."""
    effect = meeting(vault, number, locale, country)
    with database.writing() as connection:
        people.meet(connection, effect, NOW)
    return effect.id


def number_of(database: Database, vault: Vault, index: bytes) -> str:
    """The number of the person kept under an index."""
    kept = people.number_of(database, [index])
    assert kept is not None
    return open_number(vault, person_owner(kept.person_id), kept.key_sealed, kept.number_sealed)


def number_of_case(vault: Vault, case: OpenCase) -> str:
    """The contact of a case."""
    return open_number(vault, case_owner(case.id), case.key_sealed, case.number_sealed)


def detail_of_case(vault: Vault, case: OpenCase) -> str:
    """What a case is about."""
    return open_detail(vault, case.id, case.key_sealed, case.detail_sealed)


def is_stopped(database: Database, indexes: Sequence[bytes]) -> bool:
    """Whether this number said STOP last, under any of its indexes, whether or not the person is still known."""
    chosen = select(suppressions).where(suppressions.c.number_index.in_(indexes)).order_by(suppressions.c.changed_at)
    with database.reading() as connection:
        rows = connection.execute(chosen).all()
    return bool(rows and rows[-1].stopped)
