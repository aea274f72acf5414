"""One menu step of our engine against one of @floip/flow-runner: the same words, in turns, its session stored.

A step is: restore the session from JSON, take the answer, go to the next menu, write its text, save the session. Both
keep the flow in memory and store only the session. Both give every answer of the menu in turn, from the same session.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple, Self

from bench import MeasureError, figure, ratio, skipped
from hotline.flow import save
from hotline.flow.book import Book
from hotline.flow.engine import hear
from hotline.flow.model import Channel, Flow, Menu
from hotline.flow.render import write_line, written
from hotline.flow.turn import Line, Said, Session
from hotline.making import read_book
from hotline.sealing import Vault
from hotline.settings import ROOT
from hotline.speech.recordings import Recordings

PEER = "@floip/flow-runner@1.0.11"
BAR, SESSION_BAR = 0.15, 600
WARM, STEPS, ROUNDS = 1500, 500, 9
LOCALES = ("en", "ur")
TODAY = date(2026, 11, 22)
SCRIPT = Path(__file__).with_name("flowrunner.js")


class Step(NamedTuple):
    """What a step took and gave: CPU in microseconds, size of the stored session, the text."""

    cpu: float
    stored: int
    text: str


def run(folder: Path) -> Iterator[str]:
    """The lines of this benchmark; the peer is installed under `folder`."""
    menus = Menus(read_book(ROOT, Recordings()))
    if shutil.which("node") is None or shutil.which("npm") is None:
        yield skipped("engine_vs_flowrunner", BAR, "needs node")
        yield from (figure(f"engine_us_{locale}", menus.steps(locale, STEPS).cpu) for locale in LOCALES)
        return
    install(folder)
    shares = []
    for locale in LOCALES:
        with Peer(folder, menus, locale) as peer:
            ours, theirs = _rounds(menus, peer, locale)
        if sorted(ours[0].text.splitlines()) != sorted(theirs[0].text.splitlines()):
            raise MeasureError(f"not the same step: {ours[0].text!r} and {theirs[0].text!r}")
        shares.append(statistics.median(mine.cpu / other.cpu for mine, other in zip(ours, theirs, strict=True)))
        yield figure(f"engine_us_{locale}", statistics.median(step.cpu for step in ours))
        yield figure(f"flowrunner_us_{locale}", statistics.median(step.cpu for step in theirs))
    yield ratio("engine_vs_flowrunner", max(shares), BAR)
    yield ratio("session_bytes", max(menus.sealed(locale) for locale in LOCALES), SESSION_BAR)


def _rounds(menus: Menus, peer: Peer, locale: str) -> tuple[list[Step], list[Step]]:
    menus.steps(locale, WARM)
    peer.steps(WARM)
    pairs = [(menus.steps(locale, STEPS), peer.steps(STEPS)) for _ in range(ROUNDS)]
    return [mine for mine, _ in pairs], [other for _, other in pairs]


def install(folder: Path) -> None:
    """Put the peer under `folder`, once. Raises CalledProcessError when npm cannot."""
    if (folder / "node_modules" / "@floip" / "flow-runner").is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}', "utf-8")
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", PEER]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)


class Menus:
    """Our side: the book's longest menu twice, each choice of one leading to the other."""

    def __init__(self, book: Book) -> None:
        menus = [step for step in book.steps.values() if isinstance(step, Menu)]
        longest = max(menus, key=lambda menu: len(menu.choices))
        kept = [choice for choice in longest.choices if choice.only in (None, Channel.SMS)]
        names = ("bench.one", "bench.two")
        steps = {
            name: replace(longest, name=name, choices=tuple(replace(choice, then=other) for choice in kept))
            for name, other in zip(names, reversed(names), strict=True)
        }
        flow = Flow("bench", "bench", longest.prompt, (), names[0], steps)
        self.prompt = longest.prompt
        self.book = replace(book, flows={**book.flows, "bench": flow}, steps={**book.steps, **steps})
        self.options = [(choice.key, choice.label) for choice in kept]
        self.options.append((book.always.keys["person"], book.always.texts["person"]))

    def flow(self, locale: str) -> dict[str, object]:
        """The menu in one language, as the peer is told it; the way to a person is one more choice to it."""
        prompt, *labels = (
            write_line(self.book, Line(message, {}), locale)
            for message in (self.prompt, *(label for _, label in self.options))
        )
        keys = [key for key, _ in self.options]
        return {"language": locale, "prompt": prompt, "labels": labels, "keys": keys, "answers": keys[:-1]}

    def waiting(self, locale: str) -> bytes:
        """The stored session of a known person at this menu."""
        return save.dump(Session(locale, Channel.SMS, at="bench.one", known=True, offered=True, step=1))

    def steps(self, locale: str, count: int) -> Step:
        """The mean of so many steps."""
        stored, answers, text = self.waiting(locale), [key for key, _ in self.options[:-1]], ""
        before = time.process_time_ns()
        for at in range(count):
            turn = hear(self.book, save.restore(stored), Said(answers[at % len(answers)]), TODAY)
            text = written(self.book, turn).text
            kept = save.dump(turn.session)
        return Step((time.process_time_ns() - before) / 1000 / count, len(kept), text)

    def sealed(self, locale: str) -> int:
        """Bytes of the session after a step, as they are stored: sealed."""
        turn = hear(self.book, save.restore(self.waiting(locale)), Said(self.options[0][0]), TODAY)
        return len(Vault.parse(Vault.new_key()).seal("session", save.dump(turn.session)))


class Peer:
    """The other side: a node process that takes as many steps as it is told."""

    def __init__(self, folder: Path, menus: Menus, locale: str) -> None:
        command = ["node", str(SCRIPT), str(folder.resolve())]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
        )
        self._tell(json.dumps(menus.flow(locale)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def steps(self, count: int) -> Step:
        """The mean of so many steps."""
        self._tell(str(count))
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise MeasureError(f"{PEER} ended with {self._process.wait()}")
        told = json.loads(line)
        return Step(told["cpu_us"] / count, told["bytes"], told["text"])

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
