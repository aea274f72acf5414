"""The notation of docs/flows.md, as the loader takes it, and what it says to an author who slips."""

from __future__ import annotations

import re

import pytest

from hotline.errors import FlowError
from hotline.flow.load import READERS, VERBS, load_flow
from hotline.flow.model import Accept, Ask, Channel, Do, Find, Flow, Menu, Pick, Record, Say
from hotline.settings import ROOT

pytestmark = pytest.mark.fast

HEAD = "flow: visit\ntitle: A visit\nfirst: start\nsteps:\n"


def load(steps: str) -> Flow:
    """A flow with these steps."""
    return load_flow("flows/visit.yaml", HEAD + steps)


# --- every verb ---


def test_the_head_of_a_flow() -> None:
    flow = load_flow(
        "flows/visit.yaml",
        "flow: visit\ntitle: A visit\nkeywords: [visit, no, 012]\nhangup: keep\nsensitive: yes\nfirst: start\n"
        "steps:\n  start: {say: Hello, then: end}\n",
    )
    assert (flow.name, flow.title.sms, flow.title.sms_key) == ("visit", "A visit", "visit.title#title")
    assert (flow.keywords, flow.first, flow.hangup) == (("visit", "no", "012"), "visit.start", "keep")
    assert flow.sensitive


def test_any_change_of_a_flow_is_a_new_version() -> None:
    first, second = (load(f"  start: {{say: {words}, then: end}}\n") for words in ("Hello", "Hallo"))
    assert first.version != second.version
    assert first.version == load("  start: {say: Hello, then: end}\n").version
    assert not first.sensitive


def test_say_tells_and_goes_on() -> None:
    step = load("  start:\n    say: |\n      Hello,\n      you.\n    then: end\n").steps["visit.start"]
    assert isinstance(step, Say)
    (page,) = step.pages
    assert (page.sms, page.voice, page.sms_key, page.voice_key) == ("Hello,\nyou.", "Hello,\nyou.",
                                                                   "visit.start#say", "visit.start#say")  # fmt: skip
    assert (step.then, step.mark) == ("end", False)


def test_a_list_of_texts_is_pages_and_mark_remembers_a_lesson() -> None:
    step = load("  start: {say: [One, {say: Two, voice: Second}], mark: yes, then: end}\n").steps["visit.start"]
    assert isinstance(step, Say)
    assert [(page.sms, page.voice, page.voice_key) for page in step.pages] == [
        ("One", "One", "visit.start.1#say"),
        ("Two", "Second", "visit.start.2#voice"),
    ]
    assert step.mark


def test_an_answer_may_be_had_in_writing_where_it_is_one_text() -> None:
    step = load("  start: {say: Hello, written: yes, then: end}\n").steps["visit.start"]
    assert isinstance(step, Say)
    assert step.written
    with pytest.raises(FlowError, match="written` is for one text") as refused:
        load("  start:\n    say: [One, Two]\n    written: yes\n    then: end\n")
    assert refused.value.line == 7


def test_twins_differ_by_channel() -> None:
    step = load("  start: {say: Both, sms: Written, voice: Spoken, then: end}\n").steps["visit.start"]
    assert isinstance(step, Say)
    (page,) = step.pages
    assert (page.sms, page.sms_key) == ("Written", "visit.start#sms")
    assert (page.voice, page.voice_key) == ("Spoken", "visit.start#voice")


def test_ask_keeps_an_answer() -> None:
    step = load(
        "  start:\n    ask: number\n    say: Which?\n    accept: {sms: text, voice: digits 1-5}\n"
        "    again: {say: Again?, voice: Once more?}\n    skip: late\n    private: yes\n    then: late\n"
        "  late: {say: Bye, then: end}\n"
    ).steps["visit.start"]
    assert isinstance(step, Ask)
    assert (step.key, step.prompt.sms, step.then, step.skip, step.private) == (
        "number", "Which?", "visit.late", "visit.late", True,
    )  # fmt: skip
    assert step.accept == {Channel.SMS: Accept("text"), Channel.VOICE: Accept("digits", 1, 5)}
    assert step.again is not None
    assert (step.again.sms, step.again.voice_key) == ("Again?", "visit.start.again#voice")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("text", Accept("text")),
        ("digits 4", Accept("digits", 4, 4)),
        ("digits 2-8", Accept("digits", 2, 8)),
        ("number", Accept("number")),
        ("amount", Accept("amount")),
        ("date", Accept("date")),
        ("yesno", Accept("yesno")),
    ],
)
def test_accept_is_one_of_a_closed_set_for_both_channels(written: str, read: Accept) -> None:
    step = load(f"  start: {{ask: it, say: What?, accept: {written}, then: end}}\n").steps["visit.start"]
    assert isinstance(step, Ask)
    assert step.accept == {Channel.SMS: read, Channel.VOICE: read}


def test_menu_keys_are_the_digits_as_written() -> None:
    step = load(
        "  start:\n    menu: What next?\n    voice: And now?\n"
        "    5: {label: Go, voice: To go, in: ur, keep: gone, then: start}\n"
        "    1: {label: Stop, only: sms, then: end}\n"
    ).steps["visit.start"]
    assert isinstance(step, Menu)
    assert (step.key, step.prompt.voice, step.prompt.sms_key) == ("start", "And now?", "visit.start#menu")
    go, stop = step.choices
    assert (go.key, go.label.sms_key, go.label.voice_key) == ("5", "visit.start.5#label", "visit.start.5#voice")
    assert (go.then, go.keep, go.spoken_in, go.only) == ("visit.start", "gone", "ur", None)
    assert (stop.key, stop.only, stop.line) == ("1", Channel.SMS, 9)


def test_pick_needs_a_way_out() -> None:
    step = load("  start: {pick: it, say: Which?, label: '{a.b}', none: start, then: end}\n").steps["visit.start"]
    assert isinstance(step, Pick)
    assert (step.key, step.label.sms, step.none, step.then) == ("it", "{a.b}", "visit.start", "end")


def test_find_branches_by_outcome_in_place_by_name_or_as_a_chain() -> None:
    flow = load(
        "  start:\n    find: desk\n    by: [one, two]\n    open: {say: Open, then: end}\n    closed: {then: other}\n"
        "    gone:\n      - say: Gone\n      - do: tell\n        then: other\n  other: {say: Other, then: end}\n"
    )
    step = flow.steps["visit.start"]
    assert isinstance(step, Find)
    assert (step.port, step.by) == ("desk", ("one", "two"))
    assert step.branches == {"open": "visit.start.open", "closed": "visit.other", "gone": "visit.start.gone.1"}
    gone, tell = flow.steps["visit.start.gone.1"], flow.steps["visit.start.gone.2"]
    assert isinstance(gone, Say)
    assert gone.then == "visit.start.gone.2"
    assert isinstance(tell, Do)
    assert (tell.port, tell.branches, tell.then) == ("tell", {}, "visit.other")


def test_record_has_a_limit() -> None:
    step = load("  start: {record: story, say: Tell us., seconds: 60, private: yes, then: end}\n").steps["visit.start"]
    assert isinstance(step, Record)
    assert (step.key, step.seconds, step.private, step.then) == ("story", 60, True, "end")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("start", "visit.start"),
        ("end", "end"),
        ("return", "return"),
        ("resume", "resume"),
        ("report", "report"),
        ("report.which", "report.which"),
        ("report with agency", "report with agency"),
        ("report with agency place", "report with agency place"),
    ],
)
def test_an_arrow_leads_to_a_step_another_flow_or_out(written: str, read: str) -> None:
    step = load(f"  start: {{say: Hello, then: {written}}}\n").steps["visit.start"]
    assert isinstance(step, Say)
    assert step.then == read


def test_the_whole_flow_in_the_authors_guide_is_one() -> None:
    (example,) = re.findall("```yaml\n(.*?)```", (ROOT / "docs/flows.md").read_text(encoding="utf-8"), re.DOTALL)
    flow = load_flow("docs/flows.md", example)
    assert flow.first == "licence.which"
    assert {type(step) for step in flow.steps.values()} == {Ask, Do, Find, Menu, Pick, Say}


def test_the_authors_guide_names_every_verb_and_reader() -> None:
    guide = (ROOT / "docs/flows.md").read_text(encoding="utf-8")
    assert [verb for verb in VERBS if f"| `{verb}: " not in guide] == []
    assert [reader for reader in READERS if f"`{reader}" not in guide] == []


# --- what is refused ---

STEP = "  start: {say: Hello, then: end}\n"
REFUSED = (
    # the complaint, the whole file, the line
    ("a flow file begins with `flow: <name>`", "- a list\n", 1),
    ("`flow:` is missing", "title: A\nfirst: a\nsteps: {a: {say: A, then: end}}\n", 1),
    ("`title:` is missing", "flow: a\nfirst: a\nsteps: {a: {say: A, then: end}}\n", 1),
    ("`first:` is missing", "flow: a\ntitle: A\nsteps: {a: {say: A, then: end}}\n", 1),
    ("`steps:` is missing", "flow: a\ntitle: A\nfirst: a\n", 1),
    ("a flow has no `keyword:`", f"keyword: [a]\n{HEAD}{STEP}", 1),
    ("cannot be a name", f"{HEAD.replace('visit', 'Visit')}{STEP}", 1),
    ("here a list is needed", f"keywords: visit\n{HEAD}{STEP}", 1),
    ("here a block", f"{HEAD}  start: hello\n", 5),
    ("cannot name a step", f"{HEAD}  Start: {{say: Hello, then: end}}\n", 5),
    ("cannot name a step", f"{HEAD}  end: {{say: Hello, then: end}}\n", 5),
    ("a step needs one of say, ask", f"{HEAD}  start: {{then: end}}\n", 5),
    ("one verb a step: menu and find", f"{HEAD}  start: {{menu: A, find: b}}\n", 5),
    ("`say` has no `tell:`", f"{HEAD}  start:\n    say: Hello\n    tell: more\n    then: end\n", 7),
    ("`ask` has no `keep:`", f"{HEAD}  start: {{ask: a, say: A, accept: text, keep: b, then: end}}\n", 5),
    ("this step ends by accident", f"{HEAD}  start: {{say: Hello}}\n", 5),
    ("this step ends by accident", f"{HEAD}  start: {{menu: A, 1: {{label: B}}}}\n", 5),
    ("this step ends by accident", f"{HEAD}  start: {{do: a}}\n", 5),
    ("this step ends by accident", f"{HEAD}  start:\n    find: a\n    b:\n      - say: C\n", 8),
    ("name a step, a flow, end, return or resume", f"{HEAD}  start: {{say: Hello, then: The End}}\n", 5),
    ("`say` is empty", f"{HEAD}  start: {{say: '', then: end}}\n", 5),
    ("here one plain value is needed", f"{HEAD}  start: {{say: {{a: b}}, then: end}}\n", 5),
    ("`accept:` is missing", f"{HEAD}  start: {{ask: a, say: A, then: end}}\n", 5),
    ("`say:` is missing", f"{HEAD}  start: {{ask: a, accept: text, then: end}}\n", 5),
    ("accept one of text, country, digits", f"{HEAD}  start: {{ask: a, say: A, accept: words, then: end}}\n", 5),
    ("accept one of text, country, digits", f"{HEAD}  start: {{ask: a, say: A, accept: text 5, then: end}}\n", 5),
    ("accept one of text, country, digits", f"{HEAD}  start: {{ask: a, say: A, accept: '', then: end}}\n", 5),
    ("say how many digits", f"{HEAD}  start: {{ask: a, say: A, accept: digits, then: end}}\n", 5),
    ("`voice:` is missing", f"{HEAD}  start: {{ask: a, say: A, accept: {{sms: text}}, then: end}}\n", 5),
    ("`accept` has no `call:`", f"{HEAD}  start: {{ask: a, say: A, accept: {{call: text}}, then: end}}\n", 5),
    ("`private:` can only be yes", f"{HEAD}  start: {{ask: a, say: A, accept: text, private: no, then: end}}\n", 5),
    ("at least one numbered choice", f"{HEAD}  start: {{menu: What?}}\n", 5),
    ("`menu` has no `0:`", f"{HEAD}  start: {{menu: What?, 0: {{label: A, then: end}}}}\n", 5),
    ("`menu` has no `12:`", f"{HEAD}  start: {{menu: What?, 12: {{label: A, then: end}}}}\n", 5),
    ("a choice has no `say:`", f"{HEAD}  start: {{menu: What?, 1: {{say: A, then: end}}}}\n", 5),
    ("`label:` is missing", f"{HEAD}  start: {{menu: What?, 1: {{then: end}}}}\n", 5),
    ("write sms or voice", f"{HEAD}  start: {{menu: What?, 1: {{label: A, only: fax, then: end}}}}\n", 5),
    ("`none:` is missing", f"{HEAD}  start: {{pick: a, say: A, label: B, then: end}}\n", 5),
    ("a branch for each outcome", f"{HEAD}  start: {{find: a, by: b}}\n", 5),
    ("cannot name an outcome", f"{HEAD}  start:\n    find: a\n    Not found: {{then: end}}\n", 7),
    ("an empty list leads nowhere", f"{HEAD}  start:\n    find: a\n    b: []\n", 7),
    ("a number from 1 to 300 is needed", f"{HEAD}  start: {{record: a, say: A, seconds: 900, then: end}}\n", 5),
    ("`seconds:` is missing", f"{HEAD}  start: {{record: a, say: A, then: end}}\n", 5),
    ("stands twice", f"{HEAD}{STEP}{STEP}", 6),
)


@pytest.mark.parametrize(("complaint", "source", "line"), REFUSED)
def test_a_slip_is_refused_by_file_and_line_with_what_to_do(complaint: str, source: str, line: int) -> None:
    with pytest.raises(FlowError) as refused:
        load_flow("flows/visit.yaml", source)
    assert complaint in refused.value.message
    assert (refused.value.file, refused.value.line) == ("flows/visit.yaml", line)
