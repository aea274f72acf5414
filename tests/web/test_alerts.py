"""Over the wire: who was told VALID is kept with the answer, and what people agree to becomes a subscription."""

from __future__ import annotations

from sqlalchemy import select

from hotline.store.own import consents, subscriptions
from hotline.store.schema import inbound
from tests.web.running import Running


def test_only_an_answer_that_says_valid_is_kept_as_told(fresh_hotline: Running, person: str) -> None:
    for text in ("CHECK 4859", "CHECK 9999", "menu"):
        fresh_hotline.text(person, text)
    with fresh_hotline.house.database.reading() as connection:
        told = connection.execute(select(inbound.c.told_valid).order_by(inbound.c.id)).scalars().all()
    assert told == ["4859/LHR", None, None]


def test_a_person_watches_sees_and_ends(fresh_hotline: Running, person: str) -> None:
    for text in ("CHECK 4859", "WATCH", "1"):
        fresh_hotline.text(person, text)
    assert kept(fresh_hotline) == [("watch", "4859/LHR")]
    assert "4859/LHR" in fresh_hotline.text(person, "UNWATCH")
    fresh_hotline.text(person, "1")
    assert kept(fresh_hotline) == []
    with fresh_hotline.house.database.reading() as connection:
        proofs = connection.execute(select(consents).order_by(consents.c.id)).all()
    assert [proof.given for proof in proofs] == [True, False]
    assert "4859/LHR" in proofs[0].asked
    assert len(proofs[0].version) == 12


def test_a_person_gets_alerts_of_a_district_and_ends_them(fresh_hotline: Running, person: str) -> None:
    for text in ("ALERTS", "1", "1", "Gujrat", "haan"):
        fresh_hotline.text(person, text)
    assert kept(fresh_hotline) == [("alerts", "gujrat")]
    for text in ("1", "2", "1"):
        fresh_hotline.text(person, text)
    assert kept(fresh_hotline) == [("alerts", ""), ("alerts", "gujrat")]
    fresh_hotline.text(person, "4")
    assert kept(fresh_hotline) == []


def test_who_stopped_us_is_not_subscribed(fresh_hotline: Running, person: str) -> None:
    for text in ("STOP", "ALERTS", "1", "2"):
        fresh_hotline.text(person, text)
    assert "START" in fresh_hotline.text(person, "1")
    assert kept(fresh_hotline) == []


def kept(hotline: Running) -> list[tuple[str, str]]:
    with hotline.house.database.reading() as connection:
        rows = connection.execute(select(subscriptions).order_by(subscriptions.c.detail)).all()
    return [(row.topic, row.detail) for row in rows]
