"""Every dialogue in tests/dialogues, in every language and channel it plays as."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.flow.book import Book
from hotline.flow.model import Channel
from hotline.sealing import Vault
from hotline.settings import Settings
from hotline.store.database import Database
from tests.theatre import Dialogue, Reply, Stage, read

HERE = Path(__file__).parent / "dialogues"
DIALOGUES = [read(path) for path in sorted(HERE.glob("*.txt"))]
PERFORMANCES = [
    pytest.param(dialogue, channel, locale, id=f"{dialogue.name}-{channel}-{locale}")
    for dialogue in DIALOGUES
    for channel, locale in dialogue.plays
]


@pytest.fixture
def stage(book: Book, settings: Settings, sqlite_database: Database, vault: Vault) -> Stage:
    return Stage(book, settings, sqlite_database, vault)


@pytest.mark.fast
@pytest.mark.parametrize(("dialogue", "channel", "locale"), PERFORMANCES)
def test_a_dialogue_is_answered_as_written(
    stage: Stage, dialogue: Dialogue, channel: Channel, locale: str, request: pytest.FixtureRequest
) -> None:
    stage.set(dialogue)
    english = list(stage.perform(dialogue, channel, "en"))
    replies = english if locale == "en" else list(stage.perform(dialogue, channel, locale))
    for line, reply, model in zip(dialogue.lines, replies, english, strict=True):
        assert (reply.at, reply.holes) == (model.at, model.holes), line.text
        if channel is Channel.SMS:
            assert reply.parts <= 3, reply.shown
            assert line.parts.get(locale, reply.parts) == reply.parts, reply.shown
            if locale == "en":
                assert reply.shown.split("\n") == line.english.split(" / ")
    golden = HERE / "golden" / f"{dialogue.name}.{channel}.{locale}.txt"
    shown = _written(dialogue, channel, replies)
    if request.config.getoption("--record"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(shown, encoding="utf-8")
    assert golden.exists(), "no golden yet: run pytest --record and read the diff"
    assert shown == golden.read_text(encoding="utf-8")


def _written(dialogue: Dialogue, channel: Channel, replies: list[Reply]) -> str:
    rows = []
    for line, reply in zip(dialogue.lines, replies, strict=True):
        rows.append(f"> {' '.join(line.keys) if channel is Channel.VOICE else line.text}")
        rows.extend(f"< {row}" for row in reply.shown.split("\n"))
    return "\n".join(rows) + "\n"
