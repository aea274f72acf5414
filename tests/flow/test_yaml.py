"""The tamed YAML: whatever is written stays a string, and what YAML offers beyond plain values is refused by line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.errors import FlowError
from hotline.flow.yaml import Mapping, Sequence, plain, read

pytestmark = pytest.mark.fast

TYPED_ELSEWHERE = ("no", "yes", "on", "null", "~", "012", "12:30", "1.10", "1e3", "0x1F", "2026-08-20", "3_000", ".5")


@pytest.mark.parametrize("written", TYPED_ELSEWHERE)
def test_a_value_stays_the_string_that_was_written(written: str) -> None:
    assert plain(read("f.yaml", f"a: {written}\nb: [{written}]\n")) == {"a": written, "b": [written]}


def test_a_key_stays_a_string_too() -> None:
    assert plain(read("f.yaml", "1: one\nno: never\n")) == {"1": "one", "no": "never"}


def test_an_empty_value_is_an_empty_string() -> None:
    assert plain(read("f.yaml", "a:\nb: ''\n")) == {"a": "", "b": ""}


def test_lines_count_from_one_for_values_and_for_keys() -> None:
    node = read("f.yaml", "# a comment\nfirst: 1\n\nsecond:\n  - 2\n  - 3\n")
    assert isinstance(node, Mapping)
    assert (node.line, node.key_lines) == (2, {"first": 2, "second": 4})
    second = node.items["second"]
    assert isinstance(second, Sequence)
    assert [item.line for item in second.items] == [5, 6]


def test_a_block_keeps_its_line_breaks_and_a_folded_one_does_not() -> None:
    assert plain(read("f.yaml", "a: |\n  one\n  two\nb: >\n  one\n  two\n")) == {"a": "one\ntwo\n", "b": "one two\n"}


REFUSED = (
    ("the file is empty", "", 1),
    ("the file is empty", "# only a comment\n", 1),
    ("'a' stands twice, first in line 1", "a: 1\nb: 2\na: 3\n", 3),
    ("'x' stands twice, first in line 2", "a:\n  x: 1\n  x: 2\n", 3),
    ("'1' stands twice, first in line 1", '1: one\n"1": one\n', 2),
    ("anchors and aliases", "a: &here 1\n", 1),
    ("anchors and aliases", "a: 1\nb: *a\n", 2),
    ("anchors and aliases", "a: &all {b: 1}\n", 1),
    ("tags (!)", "a: 1\nb: !!int 2\n", 2),
    ("tags (!)", "a: !python/object:os.system x\n", 1),
    ("tags (!)", "a: !!map {}\n", 1),
    ("one document a file", "a: 1\n---\nb: 2\n", 2),
    ("a key must be a plain word", "? [a, b]\n: 1\n", 1),
    ("not YAML", "a: [1, 2\nb: 3\n", 2),
    ("not YAML", "a: 'open\n", 2),
    ("not YAML", "a: 1\n\tb: 2\n", 2),
)


@pytest.mark.parametrize(("complaint", "source", "line"), REFUSED)
def test_what_goes_beyond_plain_values_is_refused_by_its_line(complaint: str, source: str, line: int) -> None:
    with pytest.raises(FlowError) as refused:
        read("flows/f.yaml", source)
    assert complaint in refused.value.message
    assert (refused.value.file, refused.value.line) == ("flows/f.yaml", line)
    assert str(refused.value).startswith(f"flows/f.yaml:{line}: ")


def test_merge_keys_are_only_keys() -> None:
    assert plain(read("f.yaml", "<<: {a: 1}\nb: 2\n")) == {"<<": {"a": "1"}, "b": "2"}


words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)


@given(st.dictionaries(words, words | st.lists(words, max_size=4), min_size=1, max_size=5))
def test_quoted_text_comes_back_as_it_was(table: dict[str, str | list[str]]) -> None:
    def quoted(value: str | list[str]) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(quoted, value))}]"
        return "'" + value.replace("'", "''") + "'"

    source = "\n".join(f"{quoted(key)}: {quoted(value)}" for key, value in table.items())
    assert plain(read("f.yaml", source)) == table


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_line(source: str) -> None:
    try:
        line = read("f.yaml", source).line
    except FlowError as refused:
        line = refused.line
    # YAML counts three more kinds of line break than \n.
    assert 1 <= line <= len(re.findall("[\n\r\x85\u2028\u2029]", source)) + 2
