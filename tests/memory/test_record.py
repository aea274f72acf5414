"""A record comes back as it was written; anything else is no record, and never an accident."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.memory.record import Record
from tests.memory.test_limits import counts

records = st.builds(
    Record,
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.text(st.characters(codec="ascii"), max_size=255),
    st.binary(max_size=2000),
    st.none() | st.binary(max_size=2000),
    counts,
)


@given(records)
def test_a_record_is_written_and_read_without_loss(record):
    assert Record.read(record.write()) == record


@given(st.binary(max_size=200))
def test_any_other_octets_are_a_record_or_none(octets):
    with contextlib.suppress(ValueError):
        assert isinstance(Record.read(octets), Record)


@given(records, st.data())
def test_half_a_record_is_none(record, data):
    written = Record(record.provider, record.id, record.reply, None, record.count).write()
    with pytest.raises(ValueError, match="record"):
        Record.read(written[: data.draw(st.integers(0, len(written) - 1))])


@given(st.text(min_size=256, max_size=300))
def test_an_id_too_long_to_be_one_is_left_out(own_id):
    assert Record.read(Record("twilio", own_id, b"<a/>").write()) == Record("twilio", "", b"<a/>")
