"""`hotline translations`: what somebody sees who changes a flow, and what a translator still has to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli.translations import translations

ROOT = Path(__file__).parents[2]
FLOW = """\
flow: tea
title: Tea
first: which
steps:
  which:
    say: {say: Which tea?}
    then: end
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A house with one flow and no translations yet."""
    (tmp_path / "flows").mkdir()
    shutil.copy(ROOT / "flows/always.yaml", tmp_path / "flows")
    write(tmp_path, "Which tea?")
    return tmp_path


def write(root: Path, english: str) -> None:
    (root / "flows/tea.yaml").write_text(FLOW.replace("{say: Which tea?}", english), encoding="utf-8")


def told(root: Path, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(translations, [*arguments, "--root", str(root)])
    assert done.exit_code == code, done.output
    return done.output


def catalogue(root: Path, locale: str = "ur") -> Path:
    return root / f"translations/{locale}/LC_MESSAGES/tea.po"


def translate(root: Path) -> None:
    """A translator fills in the two texts and a native speaker reads them."""
    source = catalogue(root).read_text(encoding="utf-8").replace("#. needs native review\n", "")
    source = source.replace('msgid "Tea"\nmsgstr ""', 'msgid "Tea"\nmsgstr "چائے"')
    source = source.replace('msgid "Which tea?"\nmsgstr ""', 'msgid "Which tea?"\nmsgstr "کون سی چائے؟"')
    catalogue(root).write_text(source, encoding="utf-8")


def row(output: str, locale: str, name: str) -> list[str]:
    return next(line.split() for line in output.splitlines() if line.split()[:2] == [locale, name])


def test_update_makes_every_catalogue_and_then_has_nothing_to_do(root: Path) -> None:
    assert told(root, "update").endswith("6 files updated.\n")
    assert {path.parent.parent.name for path in root.glob("translations/*/LC_MESSAGES/tea.po")} == {
        "ur",
        "pa_Arab",
        "ur_Latn",
    }
    assert told(root, "update") == "0 files updated.\n"
    assert told(root, "update", "--check") == "0 files to update.\n"


def test_update_of_one_language_leaves_the_others(root: Path) -> None:
    assert told(root, "update", "--locale", "ur").endswith("2 files updated.\n")
    assert not (root / "translations/pa_Arab").exists()


def test_check_names_what_is_out_of_step_and_writes_nothing(root: Path) -> None:
    told(root, "update")
    before = catalogue(root).read_bytes()
    write(root, "What tea?")
    shown = told(root, "update", "--check", "--locale", "ur", code=1)
    assert shown == "translations/ur/LC_MESSAGES/tea.po is out of step\n1 files to update.\n"
    assert catalogue(root).read_bytes() == before


def test_status_goes_from_missing_to_done_to_stale(root: Path) -> None:
    assert row(told(root, "status"), "ur", "tea")[2:6] == ["0", "2", "0", "0"]
    told(root, "update")
    translate(root)
    assert row(told(root, "status"), "ur", "tea")[2:] == ["2", "0", "0", "0", "1", "part,", "tea.which#say"]
    write(root, "What tea?")
    told(root, "update")
    assert row(told(root, "status"), "ur", "tea")[2:6] == ["1", "0", "1", "1"]
    assert row(told(root, "status"), "pa_Arab", "tea")[2:6] == ["0", "2", "0", "0"]


def test_status_of_every_text_says_what_is_to_do_and_what_it_costs(root: Path) -> None:
    told(root, "update")
    translate(root)
    write(root, "What tea?")
    told(root, "update")
    lines = [line.split(maxsplit=1) for line in told(root, "status", "--locale", "ur", "--texts").splitlines()]
    shown = {line[0]: line[1] for line in lines if line[0].startswith("tea.")}
    assert shown == {
        "tea.title#title": "1 part (4 units)",
        "tea.which#say": "1 part (12 units), stale: the English changed, needs native review",
    }


def test_a_flow_that_is_gone_leaves_its_words_set_aside(root: Path) -> None:
    told(root, "update")
    translate(root)
    (root / "flows/tea.yaml").unlink()
    told(root, "update")
    source = catalogue(root).read_text(encoding="utf-8")
    assert '#~ msgstr "کون سی چائے؟"' in source
    assert row(told(root, "status"), "ur", "tea")[2:6] == ["0", "0", "0", "0"]


def test_a_folder_without_flows_says_what_to_give(tmp_path: Path) -> None:
    assert "give the folder that holds flows/ with --root" in told(tmp_path, "status", code=1)


def test_our_own_catalogues_are_in_step_with_our_flows() -> None:
    assert told(ROOT, "update", "--check") == "0 files to update.\n"
