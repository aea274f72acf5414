"""What planning a broadcast costs: a million people against one bare INSERT ... SELECT, and against ten thousand."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from bench import figure, ratio
from hotline.domain.broadcast import Audience, Broadcast, Draft, Kind, Stage
from hotline.making import make_reach
from hotline.service.dry_run import dry_run
from hotline.settings import load_settings
from hotline.store import broadcasts, fanning
from hotline.store.database import Database
from hotline.store.migrating import migrate

MILLION, FEW = 1_000_000, 10_000
ROUNDS = 2
MEMORY_MB = 200
PUNJABIS_ABROAD = 8_100_000
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_PEOPLE = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO people (number_index, number_sealed, locale, chosen, centre, since, id, country)
SELECT randomblob(32), randomblob(48), CASE i % 4 WHEN 0 THEN 'en' WHEN 1 THEN 'pa_Arab' ELSE 'ur' END, 1, 'lahore',
       '2026-01-01 00:00:00.000000', lower(hex(randomblob(16))), CASE i % 10 WHEN 0 THEN 'SA' ELSE 'PK' END FROM n
"""
_ENROL = """
INSERT INTO subscriptions (topic, detail, person_id, since)
SELECT 'alerts', 'lahore', id, '2026-01-01 00:00:00.000000' FROM people ORDER BY id
"""
_BARE = """
INSERT INTO deliveries (id, part_of, person_id, broadcast, priority, topic, detail, locale, sender, parts, state,
                        reason, due_at, deadline_at, attempt, looks, made_at, changed_at)
SELECT lower(hex(randomblob(16))), 'bare', person_id, 'bare', 3, topic, detail, 'ur', '+924238000000', 2, 'queued',
       '', since, since, 0, 0, since, since FROM subscriptions
"""


def run(folder: Path) -> Iterator[str]:
    """The lines, as they are measured, on SQLite; each figure is the best of its rounds: noise only adds."""
    many, few = _made(folder / "million.db", MILLION), _made(folder / "few.db", FEW)
    bare, planned, small = [], [], []
    for round_ in range(ROUNDS):
        small.append(_on_a_copy(few, _planned))
        bare.append(_on_a_copy(many, _bare))
        planned.append(_on_a_copy(many, _planned))
        if not round_:
            counted = _on_a_copy(many, _counted)
    yield ratio("audience_vs_sql", min(planned) / min(bare), 2.0)
    yield ratio("growth", (min(planned) / MILLION) / (min(small) / FEW), 1.2)
    yield figure("audience_bare_s", min(bare))
    yield figure("audience_plan_s", min(planned))
    yield figure("audience_dry_run_s", counted)
    yield figure("audience_memory_mb", _peak_mb(), MEMORY_MB)
    yield figure("audience_punjabis_abroad_s", min(planned) * PUNJABIS_ABROAD / MILLION)


def _on_a_copy(made: Path, measured: Callable[[Database], float]) -> float:
    """A copy each time: emptied tables are not new ones."""
    copy = Path(shutil.copy(made, made.with_suffix(".copy")))
    database = Database.open(f"sqlite:///{copy}", patience=60)
    gc.collect()
    seconds = measured(database)
    database.close()
    for left in copy.parent.glob(f"{copy.name}*"):
        left.unlink()
    return seconds


def _made(path: Path, count: int) -> Path:
    database = Database.open(f"sqlite:///{path}", patience=60)
    migrate(database)
    with database.engine.connect() as connection:
        for statement in (f"PRAGMA cache_size=-{fanning.CACHE_KB}", _PEOPLE, _ENROL, "ANALYZE"):
            connection.execute(text(statement), {"count": count} if ":count" in statement else {})
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


def _bare(database: Database) -> float:
    """CPU seconds of one statement, with as much cache as planning has."""
    with database.writing() as connection:
        connection.exec_driver_sql(f"PRAGMA cache_size=-{fanning.CACHE_KB}")
        began = _cpu()
        connection.execute(text(_BARE))
    return _cpu() - began


def _planned(database: Database) -> float:
    """CPU seconds of planning everybody, in chunks, as the worker does it."""
    reach = make_reach(load_settings({}, Path("var")), database)
    one = replace(_broadcast(), stage=Stage.RUNNING, starts_at=NOW, deadline_at=NOW + timedelta(hours=24))
    broadcasts.create(database, one)
    began, rows, finished = _cpu(), 0, False
    while not finished:
        done = fanning.plan(database, one.id, reach.order(one.draft, NOW))
        rows, finished = rows + done.rows, done.finished
    spent = _cpu() - began
    with database.reading() as connection:
        assert rows == connection.execute(text("SELECT count(*) FROM people")).scalar_one()
    return spent


def _counted(database: Database) -> float:
    reach = make_reach(load_settings({}, Path("var")), database)
    began = _cpu()
    assert dry_run(reach, _broadcast(), NOW).people == MILLION
    return _cpu() - began


def _broadcast() -> Broadcast:
    texts = {"en": "x" * 120, "ur": "x" * 200, "pa_Arab": "x" * 200}
    audience = Audience("alerts", ("lahore",))
    draft = Draft(Kind.BULK, "Bench", "lahore", "+924238000000", audience, texts, "bench")
    return Broadcast("bench", draft, NOW, NOW)


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform == "linux" else peak / 1024**2
