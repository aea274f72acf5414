"""Which registered names a typed name can mean, best first: Urdu, Shahmukhi, Roman or English against English names."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from hotline.frozen import frozen
from hotline.text.letter_costs import LetterCosts, by_hand
from hotline.text.name_words import LONGEST, Reading, name_words, readings, whole
from hotline.text.sound import sounds
from hotline.text.vocabulary import GENERIC_AT_MOST, OWN, PARTICLE, Vocabulary

UNHEARD, OMITTED = 14.0, 4.0
"""What it costs that a row lacks a typed word, and that a word of the row was not typed; times the word's weight."""
FLOOR, WHOLE_ROW = 0.35, 0.8
"""A row that scores less is not shown, unless all of it stands in a longer question and sounds at least so alike."""
SPREAD = 10.0
"""A row that costs so much more than the best is not shown beside it."""
SHORTLIST, LOOKED_AT_TWICE, VISITS = 60, 25, 20_000
LONGEST_QUESTION = 400
SHORTEST_OWN = 3
ALIKE, ALIKE_EACH, SAME = 2.5, 0.5, 0.5
"""How far a word of a text may sound from a name's own word and be taken for it: in all, a letter, two words as one."""


@frozen
class Hit:
    """A row of the register. `score` is 0–1 and only ranks; only `exact` says that it is this very name.

    `exact`: all letters and digits of the whole name are equal. Case, spacing, punctuation, & or "and", and a last
    (Pvt) Ltd aside.
    """

    id: str
    name: str
    score: float
    exact: bool


@frozen
class Telling:
    """What a text says of an agency: a word that could be one's own, and a generic one (travels, manpower)."""

    own: bool
    generic: bool


@frozen
class _Meeting:
    """Words from `start` up to `end` of the question met one word of the vocabulary; `gain` is the cost it saves."""

    start: int
    end: int
    gain: float


@frozen
class _Question:
    """The words of a query: how they sound, what each weighs, the vocabulary they met, and the cost of meeting none."""

    words: tuple[str, ...]
    sounds: tuple[str, ...]
    weights: tuple[float, ...]
    met: dict[int, list[_Meeting]]
    cost: float


@dataclass(frozen=True, slots=True, order=True)
class _Match:
    """What it costs to mean a row, and how much of that is words of the question it lacks."""

    cost: float
    row: int
    unheard: float


class NameIndex:
    """The names of a register, ready to be asked. Build it once per register; asking changes nothing in it."""

    def __init__(self, rows: Iterable[tuple[str, str]], costs: LetterCosts | None = None) -> None:
        """`rows` are (id, English name), up to some 100,000; `costs` are letter_costs.by_hand() if not given."""
        self._rows = tuple(rows)
        self._vocabulary = Vocabulary([name_words(name) for _, name in self._rows], costs or by_hand())
        self._whole: dict[str, list[int]] = {}
        for at, (_, name) in enumerate(self._rows):
            self._whole.setdefault(whole(name), []).append(at)
        self._omitted = [OMITTED * weight for weight in self._vocabulary.weights]
        self._empty = [sum(self._omitted[word] for word in words) for words in self._vocabulary.singles]

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, query: str, limit: int = 10) -> tuple[Hit, ...]:
        """At most `limit` rows that the query can mean, best first; none when nothing is near enough to be shown."""
        query = query[:LONGEST_QUESTION]
        key = whole(query)
        same = self._whole.get(key, []) if key else []
        hits = [Hit(*self._rows[at], 1.0, exact=True) for at in same]
        for score, at in self._likely(name_words(query)[:LONGEST]):
            if at not in same:
                hits.append(Hit(*self._rows[at], score, exact=False))
        return tuple(hits[:limit])

    def speaks_of(self, text: str) -> bool:
        """Whether a text of any length has an agency's own word, in any script, or the first two words of a name."""
        words = name_words(text)
        known = self._vocabulary.words
        starts = {(known[row[0]], known[row[1]]) for row in self._vocabulary.singles if len(row) > 1}
        if not starts.isdisjoint(pairwise(words)):
            return True
        return any(self._tells(reading) for reading in dict.fromkeys(readings(words)))

    def _tells(self, reading: Reading) -> bool:
        if reading.known or len(reading.word) < SHORTEST_OWN or reading.word.isdecimal():
            return False
        # Two everyday words written as one sound like many a name.
        together = reading.end - reading.start > 1
        most = SAME if together else min(ALIKE, ALIKE_EACH * len(reading.sound))
        reach = self._vocabulary.within_reach(reading)
        return any(cost <= most and self._vocabulary.is_own(number) for number, cost in reach.items())

    def telling(self, query: str) -> Telling:
        """Whether the words of a query could tell one agency from the others, and whether they speak of agencies."""
        words = name_words(query[:LONGEST_QUESTION])[:LONGEST]
        weights = self._weigh(words, self._read(words))
        return Telling(
            any(weight >= OWN and not word.isdecimal() for word, weight in zip(words, weights, strict=True)),
            any(PARTICLE < weight <= GENERIC_AT_MOST for weight in weights),
        )

    def _likely(self, words: tuple[str, ...]) -> list[tuple[float, int]]:
        """(score, row), best first, of the rows worth showing."""
        question = self._ask(words)
        ranked = self._rank(question)
        return [
            (max(0.0, min(1 - match.cost / question.cost, 0.99)), match.row)
            for match in ranked
            if match.cost <= ranked[0].cost + SPREAD and _worth_showing(match, question.cost)
        ]

    def _ask(self, words: tuple[str, ...]) -> _Question:
        read = self._read(words)
        weights = self._weigh(words, read)
        met: dict[int, list[_Meeting]] = {}
        for reading, reach in read:
            unheard = UNHEARD * sum(weights[reading.start : reading.end])
            for number, cost in reach.items():
                met.setdefault(number, []).append(_Meeting(reading.start, reading.end, unheard - cost))
        heard = tuple(sounds(word) for word in words)
        return _Question(words, heard, tuple(weights), met, UNHEARD * sum(weights))

    def _read(self, words: tuple[str, ...]) -> list[tuple[Reading, dict[int, float]]]:
        return [(reading, self._vocabulary.within_reach(reading)) for reading in readings(words)]

    def _weigh(self, words: tuple[str, ...], read: list[tuple[Reading, dict[int, float]]]) -> list[float]:
        """How much each word tells: what the register says of it, or of the word it must be a spelling of."""
        weights = [self._vocabulary.weight(word) for word in words]
        for reading, reach in read:
            length = reading.end - reading.start
            if reading.known:
                weights[reading.start : reading.end] = [self._vocabulary.weight(reading.word) / length] * length
            elif length == 1 and reach:
                nearest = min(reach, key=lambda number: reach[number])
                if reach[nearest] < 1:
                    weights[reading.start] = min(weights[reading.start], self._vocabulary.weights[nearest])
        return weights

    def _rank(self, question: _Question) -> list[_Match]:
        """The likeliest rows, the cheapest first."""
        estimates = self._estimate(question)
        short = heapq.nsmallest(SHORTLIST, estimates, key=lambda at: (estimates[at], at))
        heard: dict[tuple[int, int], float] = {}
        return sorted(
            self._match(question, at, heard if place < LOOKED_AT_TWICE else None) for place, at in enumerate(short)
        )

    def _estimate(self, question: _Question) -> dict[int, float]:
        """What rows cost if no two words claim the same: rare words first, common ones while they are few enough."""
        names_with = self._vocabulary.names_with
        saved: dict[tuple[int, int], dict[int, float]] = {}
        visits = 0
        for number in sorted(question.met, key=lambda n: len(names_with[n])):
            rows = names_with[number]
            visits += len(rows)
            if visits > VISITS and saved:
                break
            for meeting in question.met[number]:
                gain = meeting.gain + self._omitted[number]
                best = saved.setdefault((meeting.start, meeting.end), {})
                for at in rows:
                    if best.get(at, 0.0) < gain:
                        best[at] = gain
        estimates: dict[int, float] = {}
        for best in saved.values():
            for at, gain in best.items():
                estimates[at] = estimates.get(at, self._empty[at]) - gain
        return estimates

    def _match(self, question: _Question, at: int, heard: dict[tuple[int, int], float] | None) -> _Match:
        """What it costs to mean this row: every word meets one at most, the best meetings first."""
        typed, stood, saved = 0, 0, 0.0
        for gain, meeting, start, end in self._meetings(question, at):
            asked = (1 << meeting.end) - (1 << meeting.start)
            written = (1 << end) - (1 << start)
            if gain > 0 and not typed & asked and not stood & written:
                typed, stood, saved = typed | asked, stood | written, saved + gain
        if heard is not None:
            typed, more = self._left_over(question, at, (typed, stood), heard)
            saved += more
        unheard = UNHEARD * sum(weight for place, weight in enumerate(question.weights) if not typed >> place & 1)
        return _Match(question.cost + self._empty[at] - saved, at, unheard)

    def _meetings(self, question: _Question, at: int) -> list[tuple[float, _Meeting, int, int]]:
        """(gain, meeting, start, end) of every word of the question with every word, or two, of the row; best first."""
        singles, pairs = self._vocabulary.singles[at], self._vocabulary.pairs[at]
        met, omitted = question.met, self._omitted
        found = [
            (meeting.gain + omitted[number], meeting, place, place + 1)
            for place, number in enumerate(singles)
            for meeting in met.get(number, ())
        ]
        found += [
            (meeting.gain + omitted[singles[place]] + omitted[singles[place + 1]], meeting, place, place + 2)
            for place, number in enumerate(pairs)
            for meeting in met.get(number, ())
        ]
        return sorted(found, key=lambda option: -option[0])

    def _left_over(
        self, question: _Question, at: int, met: tuple[int, int], heard: dict[tuple[int, int], float]
    ) -> tuple[int, float]:
        """The typed words that meet one now, and what is saved: own words left on both sides may be alike after all."""
        typed, stood = met
        saved = 0.0
        for place, weight in enumerate(question.weights):
            if typed >> place & 1 or weight < OWN or question.words[place].isdecimal():
                continue
            best, taken = 0.0, -1
            for other, number in enumerate(self._vocabulary.singles[at]):
                if not stood >> other & 1 and self._vocabulary.is_own(number):
                    most = UNHEARD * weight + self._omitted[number]
                    cost = heard.get((place, number))
                    if cost is None:
                        cost = heard[place, number] = self._vocabulary.distance(question.sounds[place], number, most)
                    if most - cost > best:
                        best, taken = most - cost, other
            if taken >= 0:
                typed, stood, saved = typed | 1 << place, stood | 1 << taken, saved + best
        return typed, saved


def _worth_showing(match: _Match, whole_cost: float) -> bool:
    if match.cost <= (1 - FLOOR) * whole_cost:
        return True
    heard = whole_cost - match.unheard
    return heard > 0 and match.cost - match.unheard <= (1 - WHOLE_ROW) * heard
