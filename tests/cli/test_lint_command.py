"""`hotline lint`: what a flow's author sees, and what tells CI that something must be mended."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli.lint import lint
from hotline.settings import ROOT


@pytest.fixture
def content(tmp_path: Path) -> Path:
    for folder in ("flows", "translations"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_clean_content_shows_the_keys_to_each_answer_and_one_line_of_counts(content: Path) -> None:
    done = CliRunner().invoke(lint, ["--root", str(content), "--proof", "1", "--proof", "13"])
    assert done.exit_code == 0, done.output
    first, *rows, last = done.output.splitlines()
    assert first == "Keys from the main menu to each answer:"
    assert any(re.match(r"  licence +2 .*verdict\.valid", row) for row in rows)
    assert re.fullmatch(r"2 proofs over \d{3,} texts in 4 languages: nothing to mend\.", last)


def test_a_broken_arrow_is_one_line_with_its_place_and_exit_code_1(content: Path) -> None:
    flow = content / "flows/licence.yaml"
    text = flow.read_text(encoding="utf-8").replace(", then: which}", ", then: witch}", 1)
    flow.write_text(text, encoding="utf-8")
    line = text[: text.index("then: witch")].count("\n") + 1
    done = CliRunner().invoke(lint, ["--root", str(content), "--proof", "1"])
    assert done.exit_code == 1
    found, last = done.output.splitlines()
    assert found.startswith(f"flows/licence.yaml:{line}: proof 1 arrows: ")
    assert last.startswith("proof 1 arrows over ")
    assert last.endswith(": 1 thing to mend.")


def test_only_proofs_that_exist_can_be_asked_for(content: Path) -> None:
    done = CliRunner().invoke(lint, ["--root", str(content), "--proof", "99"])
    assert done.exit_code == 2
