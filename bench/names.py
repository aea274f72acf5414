"""How well, and how fast, an agency's name is found as people write it: composed names, words no tuning has seen."""

from __future__ import annotations

import gc
import hashlib
import os
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import figure, ratio, skipped
from hotline.text.names import NameIndex

LEXICON = "dakshina_ur_lexicon_train.tsv"
ROWS, QUERIES, GROWN = 5_000, 1_000, 100_000
BARS = {"urdu_full": (97, 99), "urdu_core": (90, 95), "roman_full": (96, 99), "roman_core": (90, 95)}
"""Top-1 and top-3 %, as speed.md sets them."""

GENERIC = {
    "International": "انٹرنیشنل",
    "Overseas": "اوورسیز",
    "Employment": "ایمپلائمنٹ",
    "Promoters": "پروموٹرز",
    "Manpower": "مین پاور",
    "Enterprises": "انٹرپرائزز",
    "Services": "سروسز",
    "Travels": "ٹریولز",
    "Recruiting": "ریکروٹنگ",
    "Agency": "ایجنسی",
    "Consultants": "کنسلٹنٹس",
    "Trading": "ٹریڈنگ",
    "Corporation": "کارپوریشن",
    "Associates": "ایسوسی ایٹس",
    "Brothers": "برادرز",
    "Sons": "سنز",
    "Company": "کمپنی",
    "&": "اینڈ",
    "(Pvt)": "پرائیویٹ",
    "Ltd": "لمیٹڈ",
}
TAILS = {
    "International": 20,
    "International Overseas Employment Promoters": 4,
    "International (Pvt) Ltd": 6,
    "International Manpower": 5,
    "Overseas": 6,
    "Overseas Employment Promoters": 12,
    "Overseas Services": 6,
    "Overseas Recruiting Agency": 4,
    "Enterprises": 8,
    "Manpower Services": 5,
    "& Sons Manpower": 4,
    "Recruiting Agency": 4,
    "Travels": 4,
    "Consultants": 3,
    "Trading Corporation": 3,
    "Associates": 3,
    "Brothers": 2,
    "& Company": 3,
}
"""Shares like those of a real register: 35 % International, 32 % Overseas."""
AL_SHARE = 0.11


@dataclass(frozen=True, slots=True)
class Word:
    """An Urdu word and its Roman spellings with how often each was attested, the commonest first."""

    urdu: str
    roman: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Agency:
    """A fictional agency: whether its name opens with Al-, the words that are its own, and the generic ones."""

    article: bool
    words: tuple[Word, ...]
    tail: tuple[str, ...]

    @property
    def english(self) -> str:
        own = " ".join(word.roman[0][0].title() for word in self.words)
        return " ".join(["Al-" + own if self.article else own, *self.tail])

    def urdu(self, *, core: bool) -> str:
        own = " ".join(word.urdu for word in self.words)
        return " ".join(["ال" + own if self.article else own, *(() if core else (GENERIC[word] for word in self.tail))])

    def roman(self, chance: random.Random, *, core: bool) -> str:
        """Every word of its own in another attested spelling, where it has one."""
        own = []
        for word in self.words:
            others = word.roman[1:] or word.roman
            own.append(chance.choices([spelling for spelling, _ in others], [count for _, count in others])[0])
        tail = () if core else (word.lower() for word in self.tail)
        return " ".join([*(("al",) if self.article else ()), *own, *tail])


def read_words(lines: Iterable[str]) -> list[Word]:
    """Words fit for a name (three Urdu letters, four Roman ones) from rows of urdu, roman, attestations."""
    spellings: dict[str, list[tuple[str, int]]] = {}
    for line in list(lines)[1:]:
        urdu, roman, count = line.rstrip("\n").split("\t")
        spellings.setdefault(urdu, []).append((roman, int(count)))
    words = [Word(urdu, tuple(sorted(roman, key=lambda r: (-r[1], r[0])))) for urdu, roman in spellings.items()]
    return [w for w in words if len(w.urdu) >= 3 and w.urdu.isalpha() and len(w.roman[0][0]) >= 4]


def half(words: Iterable[Word], *, held_back: bool) -> list[Word]:
    """The half for tuning or the half held back, by a hash of the word that no order or new row changes."""
    return [w for w in words if bool(hashlib.sha256(w.urdu.encode()).digest()[0] & 1) is held_back]


def compose(words: Sequence[Word], count: int, chance: random.Random) -> list[Agency]:
    """`count` agencies; no two have the same words of their own, so that every core query has one answer."""
    agencies: list[Agency] = []
    seen: set[str] = set()
    while len(agencies) < count:
        own = tuple(chance.sample(words, chance.choices((1, 2, 3), (40, 50, 10))[0]))
        tail = chance.choices(list(TAILS), list(TAILS.values()))[0]
        agency = Agency(chance.random() < AL_SHARE, own, tuple(tail.split()))
        core = " ".join(sorted(word.roman[0][0] for word in own))
        if core not in seen:
            seen.add(core)
            agencies.append(agency)
    return agencies


def tasks(agencies: Sequence[Agency], chance: random.Random) -> dict[str, list[tuple[str, int]]]:
    """For each task its queries, each with the row it means. Roman ones only where some word is attested otherwise."""
    rows = list(range(len(agencies)))
    urdu = chance.sample(rows, min(QUERIES, len(rows)))
    varied = [row for row in rows if any(len(word.roman) > 1 for word in agencies[row].words)]
    roman = chance.sample(varied, min(QUERIES, len(varied)))
    return {
        "urdu_full": [(agencies[row].urdu(core=False), row) for row in urdu],
        "urdu_core": [(agencies[row].urdu(core=True), row) for row in urdu],
        "roman_full": [(agencies[row].roman(chance, core=False), row) for row in roman],
        "roman_core": [(agencies[row].roman(chance, core=True), row) for row in roman],
    }


def run(data: Path | None) -> Iterator[str]:
    """The lines, as they are measured. `data` is the folder with the lexicon; without it every bar is skipped."""
    if data is None or not (data / LEXICON).is_file():
        for name, (bar, _) in BARS.items():
            yield skipped(f"names_{name}", bar, f"no {LEXICON} in HOTLINE_DATA")
        return
    words = half(read_words((data / LEXICON).read_text(encoding="utf-8").splitlines()), held_back=True)
    agencies = compose(words, ROWS, random.Random(2026))
    index, seconds = _built(agencies)
    yield figure("names_build_s", seconds, 1)
    waits: list[float] = []
    asked = tasks(agencies, random.Random(11))
    for name, queries in asked.items():
        first, third = _right(index, queries, waits)
        bar, bar3 = BARS[name]
        yield ratio(f"names_{name}", first, bar, higher=True)
        yield figure(f"names_{name}_top3", third, bar3)
    yield figure("names_p99_ms", _p99(waits), 20)
    none, lost = _floor(index, words, asked, agencies)
    yield figure("names_absent_none", none)
    yield figure("names_present_none", lost)
    yield from _growth(words)


def _growth(words: Sequence[Word]) -> Iterator[str]:
    grown = compose(words, GROWN, random.Random(2027))
    index, _ = _built(grown)
    waits: list[float] = []
    for queries in tasks(grown, random.Random(12)).values():
        _right(index, queries[:200], waits)
    yield figure(f"names_p99_ms_{GROWN}", _p99(waits))


def _built(agencies: Sequence[Agency]) -> tuple[NameIndex, float]:
    """The index and the CPU seconds it took."""
    rows = [(str(at), agency.english) for at, agency in enumerate(agencies)]
    # The index lives for days; what composing left behind is not its cost.
    gc.collect()
    began = time.process_time()
    index = NameIndex(rows)
    return index, time.process_time() - began


def _right(index: NameIndex, queries: Sequence[tuple[str, int]], waits: list[float]) -> tuple[float, float]:
    """The % of queries whose row comes first, and among the first three; CPU seconds of each are added to `waits`."""
    first = third = 0
    for query, row in queries:
        began = time.process_time()
        places = [hit.id for hit in index.find(query, 3)]
        waits.append(time.process_time() - began)
        first += places[:1] == [str(row)]
        third += str(row) in places
    return 100 * first / len(queries), 100 * third / len(queries)


def _floor(
    index: NameIndex, words: Sequence[Word], asked: Mapping[str, list[tuple[str, int]]], agencies: Sequence[Agency]
) -> tuple[float, float]:
    """The % of names not on the register that get no row, and of names on it that get none."""
    taken = {frozenset(word.urdu for word in agency.words) for agency in agencies}
    others = [a for a in compose(words, 800, random.Random(5)) if frozenset(w.urdu for w in a.words) not in taken]
    absent = [query for queries in tasks(others, random.Random(6)).values() for query, _ in queries[:200]]
    present = [query for queries in asked.values() for query, _ in queries[:200]]
    none, lost = (sum(not index.find(query, 1) for query in queries) for queries in (absent, present))
    return 100 * none / len(absent), 100 * lost / len(present)


def _p99(waits: Sequence[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)] * 1000


if __name__ == "__main__":
    for line in run(Path(os.environ.get("HOTLINE_DATA", "../shared/data"))):
        print(line, flush=True)
