"""The proofs over the content: clean content passes all, and each way to break it is seen by the right proof."""

from __future__ import annotations

import pytest

from hotline.flow.book import Sources
from hotline.flow.lint import PROOFS, Finding, lint
from hotline.flow.lint.keys import named_key
from tests.flow.lint.breaks import BREAKS, Break
from tests.flow.lint.content_files import book_of, findings, shipped, text_of, with_text

CONSEQUENCES = {7, 8}
"""Whoever changes a text leaves its translations stale, and may make it dearer: seen too, by these proofs."""


@pytest.fixture(scope="module")
def content() -> Sources:
    return shipped()


@pytest.fixture(scope="module")
def clean(content: Sources) -> frozenset[tuple[int, str, str]]:
    """What is wrong already, without lines: a break may move them."""
    return frozenset((found.proof, found.file, found.text) for found in findings(content))


def test_the_content_we_ship_has_no_finding(content: Sources) -> None:
    found = "\n".join(map(str, findings(content)))
    assert found == ""


@pytest.mark.parametrize("broken", BREAKS, ids=str)
def test_each_break_is_seen_by_its_proof_where_it_stands(
    broken: Break, content: Sources, clean: frozenset[tuple[int, str, str]]
) -> None:
    sources = broken.done_to(content)
    proofs = set(PROOFS) - CONSEQUENCES | {broken.proof}
    found = lint(book_of(sources), sources, proofs)
    seen = [finding for finding in found if (finding.proof, finding.file, finding.text) not in clean]
    assert broken.place(sources) in {(finding.file, finding.line) for finding in seen}, seen
    assert {finding.proof for finding in seen} == {broken.proof}, seen


@pytest.mark.parametrize(
    "text",
    [
        "Send the licence number, such as 1234, or the agency's name.",
        "Key in your city's telephone code, such as 0 4 2 for Lahore",
        "Send 15 photographs",
        "Send 1 photograph",
        "Choose one of these and send its name",
        "Call 1043 and press on",
    ],
)
def test_a_number_that_is_no_key_may_be_named(text: str) -> None:
    assert named_key(text, frozenset({"one"}), frozenset({"star", "hash"})) == ""


def test_an_answer_that_only_callers_are_led_to_must_fit_as_sms_too(content: Sources) -> None:
    only = """1: {label: More, voice: More, only: voice, then: more_of_it}
    2: {label: Another"""
    long = "Keep the receipt of whatever you pay, and show it to nobody. " * 9
    text = (
        text_of(content, "flows/offices.yaml")
        .replace("1: {label: Another", only)
        .replace("2: {label: Main", "3: {label: Main")
    )
    step = f"\n  more_of_it:\n    say: {long}\n    voice: Keep the receipt.\n    written: yes\n    then: next\n"
    sources = with_text(content, "flows/offices.yaml", text + step)
    found = [finding for finding in lint(book_of(sources), sources, (8,)) if finding.text.startswith("en: ")]
    assert [finding.text.split(":")[1] for finding in found] == [
        " offices.more_of_it as SMS costs 4 parts (548 units, gsm), at most 3"
    ]


def test_every_proof_is_broken_at_least_once() -> None:
    assert {broken.proof for broken in BREAKS} == set(PROOFS)


def test_a_finding_says_where_which_proof_and_what_to_do() -> None:
    found = Finding("flows/licence.yaml", 12, 3, "licence.which: not every way here fills {agency.name}")
    assert str(found) == "flows/licence.yaml:12: proof 3 facts: licence.which: not every way here fills {agency.name}"


def test_only_the_proofs_asked_for_are_made(content: Sources) -> None:
    arrow = next(broken for broken in BREAKS if broken.proof == 1)
    sources = arrow.done_to(content)
    assert {found.proof for found in lint(book_of(sources), sources, (1,))} == {1}
    assert not lint(book_of(sources), sources, (12,))
