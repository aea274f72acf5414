"""Every word that stands in a register's names: how it sounds, how much it tells, and which names have it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import Indel

from hotline.text.letter_costs import LetterCosts
from hotline.text.name_words import GENERIC, PARTICLES, Reading, latin
from hotline.text.sound import skeleton, sounds

NUMBER, PARTICLE, GENERIC_AT_MOST, LEAST = 1.5, 0.06, 0.3, 0.05
RARITY = 1.2
"""How much a word tells: 1 for one that stands in a single name, less the more names share it."""
OWN = 0.5
"""A word that weighs at least this is an agency's own."""
REACH = 1.7
"""How far a word may sound from what was typed, per letter."""
BESIDE = 6.0
"""A word that costs so much more than the nearest is not considered beside it."""
CANDIDATES = 40
"""Words of a like skeleton that are compared letter by letter."""


class Vocabulary:
    """The words of `names` (spelled words of each, in order). Two neighbours written as one are a word too."""

    def __init__(self, names: Sequence[tuple[str, ...]], costs: LetterCosts) -> None:
        self._costs = costs
        self.words: list[str] = []
        self._sounds: list[str] = []
        self.names_with: list[array[int]] = []
        self._numbers: dict[str, int] = {}
        self._joined: dict[str, int] = {}
        self._bones: dict[str, array[int]] = {}
        self._likeliest = costs.likeliest()
        self.singles = [self._learn(words, at) for at, words in enumerate(names)]
        self.weights = [self._weigh(number, len(names)) for number in range(len(self.words))]
        self.pairs = [self._learn_joined(row, at) for at, row in enumerate(self.singles)]

    def weight(self, word: str) -> float:
        """How much a typed word tells, from 0.05 to 1; 1.5 for a number."""
        number = self._numbers.get(word)
        return _general(word, 1.0) if number is None else self.weights[number]

    def within_reach(self, reading: Reading) -> dict[int, float]:
        """The numbers of the words that sound like this reading, each with what its letters cost."""
        number = self._numbers.get(reading.word)
        if reading.known or reading.word.isdecimal():
            return {} if number is None else {number: reading.cost}
        looked = _shorter(skeleton(reading.sound))
        if "ڑ" in reading.sound:
            # Roman Urdu writes it r or d, which no skeleton holds alike.
            looked += _shorter(skeleton(reading.sound.replace("ڑ", "ڈ")))
        alike = {n: self._sounds[n] for bones in looked for n in self._bones.get(bones, ())}
        if len(alike) > CANDIDATES:
            written = reading.sound.translate(self._likeliest) if not reading.word.isascii() else reading.sound
            first = process.extract(
                written, alike, scorer=Indel.normalized_similarity, processor=None, limit=CANDIDATES
            )
            alike = {n: self._sounds[n] for _, _, n in first}
        found: dict[int, float] = {}
        nearest = math.inf
        for n, written in alike.items():
            limit = min(REACH * (len(reading.sound) + len(written)) / 2, nearest + BESIDE)
            cost = self._costs.distance(reading.sound, written, limit)
            if cost < limit:
                found[n] = cost + reading.cost
                nearest = min(nearest, cost)
        return found

    def is_own(self, number: int) -> bool:
        """Does this word tell an agency from others, by its sound?"""
        return self.weights[number] >= OWN and not self.words[number].isdecimal()

    def distance(self, sound: str, number: int, limit: float) -> float:
        """What it costs to hear this sound as that word."""
        return self._costs.distance(sound, self._sounds[number], limit)

    def _learn(self, words: tuple[str, ...], name: int) -> tuple[int, ...]:
        return tuple(self._number_of(self._numbers, word, name) for word in words)

    def _learn_joined(self, row: tuple[int, ...], name: int) -> tuple[int, ...]:
        """Each word of a row written as one with the next; -1 where nobody would."""
        joined: list[int] = []
        for first, second in pairwise(row):
            ties = self.weights[first] > GENERIC_AT_MOST or self.words[first] in PARTICLES
            if not ties or self.weights[second] <= GENERIC_AT_MOST or self.words[second].isdecimal():
                joined.append(-1)
                continue
            number = self._number_of(self._joined, self.words[first] + self.words[second], name)
            if number == len(self.weights):
                self.weights.append(self.weights[first] + self.weights[second])
            joined.append(number)
        return tuple(joined)

    def _number_of(self, known: dict[str, int], word: str, name: int) -> int:
        number = known.get(word)
        if number is None:
            number = known[word] = len(self.words)
            sound = sounds(latin(word))
            self.words.append(word)
            self._sounds.append(sound)
            self.names_with.append(array("I"))
            for bones in _shorter(skeleton(sound)):
                self._bones.setdefault(bones, array("I")).append(number)
        names = self.names_with[number]
        if not names or names[-1] != name:
            names.append(name)
        return number

    def _weigh(self, number: int, names: int) -> float:
        share = math.log((names + 1) / len(self.names_with[number])) / math.log(names + 1)
        return _general(self.words[number], max(LEAST, share) ** RARITY)


def _general(word: str, weight: float) -> float:
    if word in PARTICLES:
        return PARTICLE
    if word.isdecimal():
        return NUMBER
    return min(weight, GENERIC_AT_MOST) if word in GENERIC else weight


def _shorter(bones: str) -> tuple[str, ...]:
    """A skeleton and what is left of it without any one consonant: two that share one differ by a letter at most."""
    if len(bones) < 3:
        return (bones,)
    # A set would be read in another order by every process, and names as near would change places.
    return tuple(dict.fromkeys([bones, *(bones[:at] + bones[at + 1 :] for at in range(len(bones)))]))
