"""Two worker and two web process groups, as two machines would have them, share one queue, database and carrier."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hotline.domain.delivery import State
from hotline.store.reach import deliveries
from hotline.store.schema import inbound
from tests.soak.rig import rig
from tests.web.running import publish_rows

PEOPLE, TEXTS = 600, 120


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_two_of_each_send_hear_and_answer_together(tmp_path: Path, database_url: str) -> None:
    with rig(tmp_path, database_url, PEOPLE, web=2) as run:
        publish_rows(run.database)
        callers = list(run.people)[:TEXTS]
        with ThreadPoolExecutor(4) as phones:
            answers = list(phones.map(lambda number: run.carrier.text(number, "CHECK 4859"), callers))
        took = run.until_done(90)
        assert run.carrier.settle(60)
        print(f"groups: {PEOPLE} sent, {TEXTS} answered in {took:.1f} s")
        assert run.found().whole
        assert [len(answer.replies) for answer in answers] == [1] * TEXTS
        with run.database.reading() as connection:
            delivered = connection.execute(
                select(func.count()).where(deliveries.c.state == State.DELIVERED)
            ).scalar_one()
            heard = connection.execute(select(func.count()).select_from(inbound)).scalar_one()
        assert (delivered, heard) == (PEOPLE, TEXTS)
        assert all((tmp_path / f"web{n}.access").read_text().count("/twilio/") > TEXTS // 4 for n in range(2))
