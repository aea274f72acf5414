"""Everything a person may set, type or meet is explained in README.md or docs/; a test fails naming what is not."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from types import FunctionType

import click
import pytest

from hotline.cli import hotline
from hotline.flow.lint import NAMES
from hotline.making import read_sources
from hotline.settings import NEEDED_IN_PRODUCTION, ROOT
from workers import tasks

pytestmark = pytest.mark.fast

_OWN = re.compile(r"""\bos\.environ(?:\.get\(|\[)["'](\w+)["']""")
_SETTING = re.compile(r"""\benviron(?:\.get\(|\[)["'](\w+)["']""")
OF_THE_MACHINE = {"XDG_RUNTIME_DIR"}


def docs() -> str:
    """All that is written for people."""
    files = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def missing(names: Iterable[str], written: str) -> list[str]:
    """The names that stand nowhere; of one with several words, the words in order on one line (`prompts … build`)."""
    return [
        name
        for name in names
        if not re.search(r"[^\n]*?".join(rf"(?<![\w-]){re.escape(word)}(?![\w-])" for word in name.split()), written)
    ]


def variables() -> Iterator[str]:
    """Every environment variable our own code reads."""
    found = set(NEEDED_IN_PRODUCTION)
    for folder in ("hotline", "workers", "config"):
        for path in (ROOT / folder).rglob("*.py"):
            looked = _SETTING if path.name == "settings.py" else _OWN
            found |= set(looked.findall(path.read_text(encoding="utf-8")))
    yield from sorted(found - OF_THE_MACHINE)


def commands(group: click.Command, before: str = "") -> Iterator[str]:
    """Every command as it is typed."""
    if not isinstance(group, click.Group):
        yield before
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from commands(command, f"{before} {name}".strip())


def config_keys() -> Iterator[str]:
    """Every key of config/, but not the names of places and facts."""
    default = tomllib.loads((ROOT / "config/default.toml").read_text(encoding="utf-8"))
    for section, keys in default.items():
        yield from (f"{section}.{key}" for key in keys)
    lahore = tomllib.loads((ROOT / "config/districts/lahore.toml").read_text(encoding="utf-8"))
    yield from (key for key in lahore if not isinstance(lahore[key], dict))
    yield from (f"desk {key}" for key in lahore["desk"])
    for facts in tomllib.loads((ROOT / "config/facts.toml").read_text(encoding="utf-8")).values():
        yield from facts
        break


def test_every_variable_is_explained() -> None:
    assert not missing(variables(), docs())


def test_every_command_is_explained() -> None:
    assert not missing(commands(hotline), docs())


def test_every_key_of_the_configuration_is_explained() -> None:
    assert not missing(config_keys(), docs())


def test_every_flow_is_explained() -> None:
    flows = (name.removeprefix("flows/").removesuffix(".yaml") for name, _ in read_sources(ROOT).flows)
    assert not missing(flows, docs())


def test_every_proof_is_explained_by_number_and_name() -> None:
    lines = (ROOT / "docs/flows.md").read_text(encoding="utf-8").casefold().splitlines()
    for number, name in NAMES.items():
        assert any(re.match(rf"\W*{number}\b.*\b{name}\b", line) for line in lines), f"proof {number} {name}"


def test_every_job_is_explained() -> None:
    jobs = [name for name, job in vars(tasks).items() if isinstance(job, FunctionType) and not name.startswith("_")]
    own = [name for name in jobs if vars(tasks)[name].__module__ == tasks.__name__]
    assert own
    assert not missing(own, docs())


def test_every_command_says_in_one_sentence_what_it_does() -> None:
    context = click.Context(hotline)
    for name in hotline.list_commands(context):
        command = hotline.get_command(context, name)
        assert command is not None
        assert (command.help or "").strip(), name


def test_every_file_a_document_names_is_there() -> None:
    """Paths in backquotes or links, such as config/facts.toml; a path with a placeholder in it is none."""
    folders = "config|docs|flows|hotline|tests|translations|workers|bench"
    named = set(re.findall(rf"[`(]((?:{folders})/[\w./-]+\w)[`)]", docs()))
    assert named
    assert not sorted(name for name in named if not (ROOT / name).exists())
