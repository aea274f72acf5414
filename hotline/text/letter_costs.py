"""How far two words sound apart: what it costs to read one letter as another, and the cheapest way through a word."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.frozen import frozen

FAR, LOST, ADDED, OPENED = 4.5, 4.0, 4.0, 1.5
"""Costs of a change, a loss and an addition the table does not name, and of adding before the first letter."""

_URDU = {
    "^": "a.3 i1.8 u2.5 e3 o3.5 -1.8", "ا": "a0 o3 e3 i3.5 u3 -3", "A": "a0 i1 o3 -1.2", "آ": "a0 o2.5 -3.5",
    "ع": "a.7 e2 i2 u2 o3 y3 -1", "و": "o.5 u.7 v1 -3", "ؤ": "o.5 u.7 v1 i4", "ی": "i.5 e1.2 y1.3 a2 -3",
    "Y": "i0 y1.8 e3", "E": "y.5 e.5 i3 a3.5", "ئ": "y.8 i1.4 e2.5 -.8", "ء": "H2 u2 -0",
    "$": "H.3 a.7 h3 e3 y4 t4 -2.5", "ہ": "h0 H1 -2.5", "ح": "h0 H1.5 -2.5", "ھ": "h1.5 H1 -0", "ب": "b0 B2.5 p3",
    "پ": "p0 f2.5 F2", "P": "F0 p.3 f1", "ت": "t0 T2", "ٹ": "t0 T2", "ط": "t0 T2.5", "ث": "s0 T3",
    "ج": "j0 g1.7 J2.5 C3 z3.5", "چ": "C0", "خ": "K0 k1.5", "د": "d0 D2.5", "ڈ": "d0 D3 r3.5", "ذ": "z0 j2.5 s3.5 d4",
    "ر": "r0 R3.5", "ڑ": "d.5 r.5 D1.5 R1.5", "ز": "z0 s1.7 j2.3", "ژ": "z0 j2 s2 S2.5", "س": "s0 z3.5", "ش": "S0 s3",
    "ص": "s0", "ض": "z0 d3 j2.7 s3", "ظ": "z0 j2.3", "غ": "G0 g.5", "ف": "f0 F.7 p3.5", "ق": "k0 K2", "ک": "k0 K2 g3",
    "گ": "g0 G2.5 j4", "ل": "l0", "م": "m0", "ن": "n0", "ں": "n0 -2.5",
}  # fmt: skip
_LATIN = {
    "a": "a0 e2.5 i2.7 u2.7 o3.7 -2", "e": "e0 i.8 a2 y2 -1.7", "i": "i0 e1.5 y2 a2.7 -2.7",
    "o": "o0 u1 a2.7 v2.7 -3.3", "u": "u0 o1.3 a2 v3.3 -2.7", "y": "y0 i1.8 e2.3 -1.2", "v": "v0 u2.7 o2.7 -3.3",
    "h": "h0 H1 -2.2", "H": "H0 h1.5 -.5", "n": "n0 -3.3", "t": "t0 T2.3", "T": "T0 t1", "k": "k0 K2.3", "K": "K0 k1.2",
    "g": "g0 G2 j3", "G": "G0 g1", "d": "d0 D2.5 r3.3", "D": "D0 d1.7 R2.3 r3", "r": "r0 R2.5 d3.3", "R": "R0 r1 D2",
    "b": "b0 B2.5", "B": "B0 b1.8", "j": "j0 z2 J2.5 g3.3", "J": "J0 j1.7 z2", "z": "z0 j2 s3", "s": "s0 z3 S3",
    "S": "S0 s2.7 C3.5", "C": "C0 S3 k3", "f": "f0 F0 p3.5", "F": "F0 f0 p1.5", "p": "p0 F2 f3.5",
}  # fmt: skip
_UNWRITTEN = {"Arab": "a.7 i1.8 e2 W1 u2.2 o3.5 y3.5 H2.5 h3.5", "Latn": "a1.5 e2 W1 i2.5 u2.5 y2 H.8 h2.5 o3.5 v3.5"}


@frozen
class LetterCosts:
    """`change[a][b]`: reading sound a as sound b; `lose[a]`; `add[script][b]`: b, which that script left unwritten.

    A cost of 0 says that the letters are read alike; about 1 is a usual way to spell, above 3 a slip.
    """

    change: Mapping[str, Mapping[str, float]]
    lose: Mapping[str, float]
    add: Mapping[str, Mapping[str, float]]

    def distance(self, heard: str, written: str, limit: float) -> float:
        """The cost of reading `heard` (sound.sounds, any script) as `written` (Latin ones), or a bound ≥ `limit`."""
        add = self.add["Latn" if heard.isascii() and heard[:1] != "^" else "Arab"]
        adding = [add.get(sound, ADDED) for sound in written]
        row = [0.0]
        for cost in adding:
            row.append(row[-1] + cost + (OPENED if len(row) == 1 else 0.0))
        for sound in heard:
            change, lost = self.change.get(sound) or {sound: 0.0}, self.lose.get(sound, LOST)
            before = row[0]
            row[0] = last = least = before + lost
            # Spelled out: with min() this loop, in which finding a name spends its time, takes half as long again.
            for at, other in enumerate(written, 1):
                over = row[at]
                cost, kept, added = before + change.get(other, FAR), over + lost, last + adding[at - 1]
                cost = kept if kept < cost else cost
                row[at] = last = cost = added if added < cost else cost
                least = cost if cost < least else least
                before = over
            if least >= limit:
                return least
        return row[-1]

    def likeliest(self) -> dict[int, str | None]:
        """A table for str.translate: every Urdu sound as the Latin one it is most often written with, or as nothing."""
        table: dict[int, str | None] = {}
        for sound in _URDU:
            row = self.change.get(sound, {})
            best = min(row, key=lambda other: row[other], default=None)
            table[ord(sound)] = best if best and row[best] < self.lose.get(sound, LOST) else None
        return table


def by_hand() -> LetterCosts:
    """The costs written in this module: round numbers, from how Urdu is spelled in Latin letters."""
    rows = {letter: _parsed(costs) for letter, costs in (_URDU | _LATIN).items()}
    rows["W"] = rows["e"] | {"-": 0.8}
    for row in rows.values():
        # A last e is read as any e where it is read: without this, line and لائن part in their last letter.
        if "e" in row:
            row["W"] = row["e"]
    return LetterCosts(
        change={letter: {other: cost for other, cost in row.items() if other != "-"} for letter, row in rows.items()},
        lose={letter: row["-"] for letter, row in rows.items() if "-" in row},
        add={script: _parsed(costs) for script, costs in _UNWRITTEN.items()},
    )


def _parsed(costs: str) -> dict[str, float]:
    return {cost[0]: float(cost[1:]) for cost in costs.split()}
