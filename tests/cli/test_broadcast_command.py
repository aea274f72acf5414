"""`hotline broadcast` and `hotline staff` as staff use them; the password is asked, never an argument."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from hotline.cli import hotline
from hotline.cli.broadcast_shown import BECAUSE, WHY
from hotline.domain.broadcast import Broadcast, Stage
from hotline.domain.delivery import Reason
from hotline.errors import HotlineError
from hotline.settings import ROOT
from hotline.store import broadcasts as store
from hotline.store.database import Database
from hotline.store.reach import breakers, broadcasts, staff
from tests.reaching import NOW, alert, enrol

Run = Callable[..., Result]
PASSWORDS = {"asma": "kettle orbit mango thief", "danish": "blue doors in the rain", "bilal": "seven slow green trains"}
FILE = """
kind = "bulk"
title = "A day of advice"

[audience]
topic = "alerts"
details = ["lahore"]

[texts]
en = "A day of free advice: Monday, 10 to 4, at the centre."
"""


@pytest.fixture
def run(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call the program; what it raises is raised."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    runner = CliRunner()

    def call(*arguments: str, typed: str = "") -> Result:
        where = ["--dir", str(tmp_path / "var")]
        return runner.invoke(hotline, [*arguments, *where], input=typed, catch_exceptions=True)

    return call


@pytest.fixture
def centre(run: Run, sqlite_database: Database, tmp_path: Path) -> Path:
    """Staff, thirty people, and a draft in a file."""
    for name, role in (("asma", "approver"), ("danish", "approver"), ("bilal", "broadcaster")):
        added = run("staff", "add", name, "--role", role, "--password-stdin", typed=PASSWORDS[name] + "\n")
        assert added.output == f"{name}: {role} at lahore.\n"
    enrol(sqlite_database, 30)
    file = tmp_path / "draft.toml"
    file.write_text(FILE)
    return file


def id_of(result: Result) -> str:
    found = re.search(r"^[0-9a-f]{32}", result.output, re.MULTILINE)
    assert found, result.output
    return found[0]


def why(result: Result) -> str:
    assert isinstance(result.exception, HotlineError), result.output
    return str(result.exception)


def stage(database: Database, id: str) -> Stage:
    return store.find(database, id).stage


def test_a_draft_of_the_terminal_goes_out_after_two_passwords(
    run: Run, centre: Path, sqlite_database: Database
) -> None:
    id = id_of(run("broadcast", "draft", str(centre)))
    assert "30 people, 30 parts, about 360 rupees" in run("broadcast", "dry-run", id[:6]).output
    assert "approvals needed: 2" in run("broadcast", "dry-run", id).output
    assert "submitted, for 30 people" in run("broadcast", "submit", id).output
    first = run("broadcast", "approve", id, "--name", "asma", "--password-stdin", typed=PASSWORDS["asma"] + "\n")
    assert "A day of free advice: Monday" in first.output
    assert "a second person must approve it too" in first.output
    # Asked at a terminal, nothing that is typed is shown.
    second = run("broadcast", "approve", id, typed=f"danish\n{PASSWORDS['danish']}\n")
    assert "It is approved." in second.output
    assert PASSWORDS["danish"] not in second.output
    assert stage(sqlite_database, id) is Stage.APPROVED
    assert "approved by asma" in run("broadcast", "show", id).output


def test_who_signs_in_to_write_needs_one_other_person_and_cannot_be_it(
    run: Run, centre: Path, sqlite_database: Database
) -> None:
    signed = ("--as", "asma", "--password-stdin")
    id = id_of(run("broadcast", "draft", str(centre), *signed, typed=PASSWORDS["asma"] + "\n"))
    run("broadcast", "submit", id, *signed, typed=PASSWORDS["asma"] + "\n")
    own = run("broadcast", "approve", id, "--name", "asma", "--password-stdin", typed=PASSWORDS["asma"] + "\n")
    assert why(own) == "asma made this draft: somebody else approves"
    run("broadcast", "approve", id, "--name", "danish", "--password-stdin", typed=PASSWORDS["danish"] + "\n")
    assert stage(sqlite_database, id) is Stage.APPROVED


def test_a_wrong_password_or_role_approves_nothing(run: Run, centre: Path, sqlite_database: Database) -> None:
    id = id_of(run("broadcast", "draft", str(centre)))
    run("broadcast", "submit", id)
    wrong = run("broadcast", "approve", id, "--name", "asma", "--password-stdin", typed="not this one at all\n")
    assert "do not belong together" in why(wrong)
    other = run("broadcast", "approve", id, "--name", "bilal", "--password-stdin", typed=PASSWORDS["bilal"] + "\n")
    assert why(other).startswith("bilal may not approve")
    assert stage(sqlite_database, id) is Stage.SUBMITTED


def test_anybody_at_the_terminal_may_stop_it(run: Run, centre: Path, sqlite_database: Database) -> None:
    id = id_of(run("broadcast", "draft", str(centre)))
    with sqlite_database.writing() as connection:
        connection.execute(broadcasts.update().values(state="running", deadline_at=None))
    assert "paused by terminal" in run("broadcast", "pause", id).output
    first = run("broadcast", "resume", id, "--name", "bilal", "--password-stdin", typed=PASSWORDS["bilal"] + "\n")
    assert "A second person must agree" in first.output
    second = run("broadcast", "resume", id, "--name", "asma", "--password-stdin", typed=PASSWORDS["asma"] + "\n")
    assert "It is running again." in second.output
    assert (
        "Next: hotline broadcast submit" in run("broadcast", "recall", id, "--text", "en=Sorry, that was wrong.").output
    )
    assert stage(sqlite_database, id) is Stage.RECALLED


def test_a_draft_can_be_given_and_changed_by_options(run: Run, centre: Path, sqlite_database: Database) -> None:
    words = ("--title", "News", "--topic", "alerts", "--detail", "lahore", "--text", "en=Come.")
    id = id_of(run("broadcast", "draft", *words))
    run("broadcast", "draft", str(centre), "--change", id, "--title", "Other news")
    kept = store.find(sqlite_database, id)
    assert (kept.draft.title, kept.editors, kept.edits) == ("Other news", ("terminal",), 1)
    assert run("broadcast", "cancel", id).output == f"{id[:8]}  Other news: cancelled by terminal\n"


def test_lists_and_progress_explain_themselves_when_there_is_nothing(run: Run, centre: Path) -> None:
    assert "`hotline broadcast draft FILE.toml` begins one" in run("broadcast", "list").output
    id = id_of(run("broadcast", "draft", str(centre)))
    listed = run("broadcast", "list").output
    assert f"{id[:8]}  draft" in listed
    assert "not counted" in listed, "nobody has asked how many: 0 people would be untrue"
    assert "not submitted yet" in run("broadcast", "show", id).output
    assert "nobody has a message yet" in run("broadcast", "progress", id).output
    assert why(run("broadcast", "show", "zz")) == "0 broadcasts have an id that begins with zz"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('kind = "spam"', "kind: write one of bulk, alert, correction, recall"),
        ('titel = "x"', "unknown key 'titel'"),
        ("title = ", "draft.toml: Invalid value"),
        ("title = 3", "title: write a text"),
        ('[audience]\ndetails = "lahore"', 'audience.details: write a list such as ["ur", "en"]'),
        ('title = "x"\n[audience]\ntopic = "alerts"', "texts: write the text in every language of the audience"),
        ('title = "x"\n[audience]\ntopic = "alerts"\n[texts]\nxx = "y"', "texts: no language 'xx'"),
        (
            'title = "x"\n[audience]\ntopic = "news"\n[texts]\nen = "y"',
            "audience.topic: write one of reminders, alerts",
        ),
        ('title = "x"\nstarts = "soon"\n[audience]\ntopic = "alerts"\n[texts]\nen = "y"', "starts: write a local time"),
        (
            'title = "x"\nsender = "+15"\n[audience]\ntopic = "alerts"\n[texts]\nen = "y"',
            "'+15' is no number of lahore",
        ),
        ('title = "x"\n[audience]\ntopic = "alerts"\n[texts]\nen = "\\u0627"', "old telephones cannot show Arabic"),
        ('title = "x"\nhours_to_live = 0\n[audience]\ntopic = "alerts"\n[texts]\nen = "y"', "from 1 to 168"),
        ('title = "x"\nrepeats = "day"\n[audience]\ntopic = "alerts"\n[texts]\nen = "y"', "when it starts"),
    ],
)
def test_a_draft_that_cannot_be_sent_is_refused_with_the_remedy(
    run: Run, centre: Path, text: str, complaint: str
) -> None:
    centre.write_text(text)
    assert complaint in why(run("broadcast", "draft", str(centre)))


def test_four_parts_are_too_many(run: Run, centre: Path) -> None:
    centre.write_text(FILE.replace("A day of free advice", "word " * 100))
    assert "texts.en: 4 parts, at most 3" in why(run("broadcast", "draft", str(centre)))


def test_the_example_of_the_manual_is_a_draft(run: Run, centre: Path) -> None:
    manual = (ROOT / "docs/operator.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", manual, re.DOTALL)
    centre.write_text(example, encoding="utf-8")
    id_of(run("broadcast", "draft", str(centre)))


def test_staff_are_listed_disabled_and_given_passwords(run: Run, centre: Path, sqlite_database: Database) -> None:
    assert re.search(r"asma +lahore +approver", run("staff", "list").output)
    typed = f"{PASSWORDS['danish']}!\n{PASSWORDS['danish']}!\n"
    assert run("staff", "password", "asma", typed=typed).output.endswith("asma has a new password.\n")
    run("staff", "disable", "asma")
    assert "disabled" in run("staff", "list").output
    assert "staff enable asma" in why(run("staff", "password", "asma", typed=typed))
    assert run("staff", "enable", "asma", typed=typed).output.endswith("asma is back: approver at lahore.\n")
    changed = run("staff", "roles", "asma", "--role", "approver", "--role", "counsellor")
    assert changed.output == "asma: approver, counsellor at lahore.\n"
    assert "disabled" not in run("staff", "list").output
    with sqlite_database.reading() as connection:
        kept = [row.password_hash for row in connection.execute(select(staff))]
    assert all(one.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for one in kept)


@pytest.mark.parametrize("command", [["add", "zara", "--role", "approver"], ["password", "asma"]])
def test_a_password_is_never_an_argument(run: Run, command: list[str]) -> None:
    assert run("staff", *command, "--password", "kettle orbit mango thief").exit_code == 2


def test_a_weak_password_is_refused(run: Run) -> None:
    weak = run("staff", "add", "zara", "--role", "approver", "--password-stdin", typed="hotline-lahore\n")
    assert "a name everybody here knows" in why(weak)
    assert "Nobody has an account yet" in run("staff", "list").output


def test_every_reason_has_words() -> None:
    assert {reason.value for reason in Reason if reason} <= {*BECAUSE, *WHY}


@pytest.mark.parametrize("written", ["Lahore", " LAHORE ", "lahore"])
def test_a_district_is_known_however_it_is_written(
    run: Run, centre: Path, sqlite_database: Database, written: str
) -> None:
    id = id_of(run("broadcast", "draft", str(centre), "--detail", written))
    assert store.find(sqlite_database, id).draft.audience.details == ("lahore",)
    assert "30 people" in run("broadcast", "dry-run", id).output


@pytest.mark.parametrize(
    ("topic", "detail", "refused"),
    [
        ("alerts", "Multaan", "audience.details: no district 'multaan'; did you mean Multan?"),
        ("alerts", "Gotham", "audience.details: no district 'gotham'"),
        ("watch", "lahore", "audience.details: write a licence as 0008/RWP, not 'lahore'"),
        ("reminders", "lahore", "audience.details: reminders have none"),
    ],
)
def test_a_detail_nobody_can_be_subscribed_to_is_refused(
    run: Run, centre: Path, topic: str, detail: str, refused: str
) -> None:
    assert refused in why(run("broadcast", "draft", str(centre), "--topic", topic, "--detail", detail))


def test_a_watched_licence_is_written_in_full(run: Run, centre: Path, sqlite_database: Database) -> None:
    id = id_of(run("broadcast", "draft", str(centre), "--topic", "watch", "--detail", "8/rwp"))
    assert store.find(sqlite_database, id).draft.audience.details == ("0008/RWP",)


def test_of_a_draft_only_what_is_given_is_changed(run: Run, centre: Path, sqlite_database: Database) -> None:
    centre.write_text(FILE.replace("[audience]", "hours_to_live = 5\n\n[audience]") + 'ur_Latn = "Mashwara."\n')
    id = id_of(run("broadcast", "draft", str(centre)))
    before = store.find(sqlite_database, id).draft
    run("broadcast", "draft", "--change", id, "--text", "en=Tuesday, not Monday.")
    after = store.find(sqlite_database, id).draft
    assert after == replace(before, texts={**before.texts, "en": "Tuesday, not Monday."})
    run("broadcast", "draft", "--change", id, "--detail", "Multan")
    assert store.find(sqlite_database, id).draft.audience == replace(before.audience, details=("multan",))


def test_without_anything_to_change_it_says_so(run: Run, centre: Path) -> None:
    id = id_of(run("broadcast", "draft", str(centre)))
    result = run("broadcast", "draft", "--change", id)
    assert result.exit_code == 2
    assert "Say what is to change" in result.output


def a_recalled(run: Run, centre: Path, database: Database) -> tuple[str, str]:
    """A broadcast that reached one person, and its recall."""
    id = id_of(run("broadcast", "draft", str(centre)))
    with database.writing() as connection:
        connection.execute(update(broadcasts).values(state="running"))
    return id, id_of(run("broadcast", "recall", id, "--text", "en=Sorry, that was wrong."))


def test_a_recall_without_a_language_is_mended_by_one_option(run: Run, centre: Path, sqlite_database: Database) -> None:
    _, recall = a_recalled(run, centre, sqlite_database)
    changed = run("broadcast", "draft", "--change", recall, "--text", "ur_Latn=Maaf kijiye, woh ghalat tha.")
    assert changed.exit_code == 0
    kept = store.find(sqlite_database, recall).draft
    assert (kept.kind, set(kept.texts)) == ("recall", {"en", "ur_Latn"})
    other = centre.with_name("other.toml")
    other.write_text('kind = "bulk"')
    refused = run("broadcast", "draft", str(other), "--change", recall)
    assert why(refused) == "it is a recall and stays one: leave out `kind`"


def test_what_is_recalled_is_not_recalled_again(run: Run, centre: Path, sqlite_database: Database) -> None:
    id, recall = a_recalled(run, centre, sqlite_database)
    again = why(run("broadcast", "recall", id, "--text", "en=Sorry."))
    assert again == f"it is recalled already, by {recall[:8]}: `broadcast draft --change` mends that one"


def test_what_was_cancelled_before_anything_was_sent_cannot_be_recalled(
    run: Run, centre: Path, sqlite_database: Database
) -> None:
    id = id_of(run("broadcast", "draft", str(centre)))
    run("broadcast", "cancel", id)
    refused = why(run("broadcast", "recall", id, "--text", "en=Sorry."))
    assert refused == "nothing of it was sent before it was cancelled: there is nothing to take back"
    assert stage(sqlite_database, id) is Stage.CANCELLED


def test_many_drafts_of_a_rule_do_not_hide_what_staff_wrote(run: Run, centre: Path, sqlite_database: Database) -> None:
    for count in range(6):
        machine = alert(made_by="register")
        store.create(sqlite_database, Broadcast(f"machine{count}", machine, made_at=NOW, moved_at=NOW))
    id = id_of(run("broadcast", "draft", str(centre)))
    listed = run("broadcast", "list").output.splitlines()
    assert [line[:8] for line in listed[:-1]] == [id[:8]]
    assert listed[-1] == "6 drafts of alerts a rule made: `hotline alerts list`."
    assert len(run("broadcast", "list", "--all").output.splitlines()) == 7


def test_what_waits_because_the_money_of_the_day_is_spent_says_so(
    run: Run, centre: Path, sqlite_database: Database
) -> None:
    """Its messages stood there as queued, without any reason."""
    id = id_of(run("broadcast", "draft", str(centre)))
    far = run("broadcast", "progress", id).output
    assert "nothing leaves" not in far
    now = datetime.now(UTC)
    why_not = "500,012 rupees are spent today, the cap of lahore is 500,000"
    row = {"name": "money:+924238000000", "opened_at": now, "until": now + timedelta(hours=3), "reason": why_not}
    with sqlite_database.writing() as connection:
        connection.execute(breakers.insert(), row)
        connection.execute(broadcasts.update().values(state="approved"))
    far = run("broadcast", "progress", id).output
    assert "`hotline doctor` says whether worker and clock run" in far
    with sqlite_database.writing() as connection:
        connection.execute(broadcasts.update().values(state="running"))
    far = run("broadcast", "progress", id).output
    assert "! nothing leaves from +924238000000 until 20" in far
    assert why_not in far
