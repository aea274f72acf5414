"""`hotline numbers`: what was sent, day by day, and never a number so small that it could tell who."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from hotline.cli.numbers import numbers
from hotline.store.database import Database
from hotline.store.reach import daily_counts


def test_what_became_of_messages_is_shown_by_day_and_few_are_not_told(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.delenv("HOTLINE_ENV", raising=False)

    def shown(*words: str) -> str:
        done = CliRunner().invoke(numbers, ["--dir", str(tmp_path), *words], catch_exceptions=False)
        return done.output

    assert "No message" in shown()
    day = datetime.now(UTC).date() - timedelta(days=3)
    usual = {"centre": "lahore", "kind": "bulk", "parts": 24, "day": day}
    database = Database.open(sqlite_url)
    with database.writing() as connection:
        for country, state, reason, many in (
            ("PK", "delivered", "", 12),
            ("SA", "delivered", "", 9),
            ("PK", "failed", "handset", 11),
        ):
            row = {"country": country, "state": state, "reason": reason, "messages": many}
            connection.execute(insert(daily_counts), usual | row)
    database.close()
    assert [line.split()[1:] for line in shown().splitlines()] == [
        ["21", "messages", "48", "parts", "lahore", "bulk", "delivered"],
        ["11", "messages", "24", "parts", "lahore", "bulk", "failed"],
    ]
    fine = shown("--countries", "--errors")
    assert "<10 messages" in fine
    assert " 9 " not in fine
    assert "PK  failed (handset)" in fine
    assert "No message" in shown("--days", "1")
