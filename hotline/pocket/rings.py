"""What a call is made of: who rings whom, and each thing that is heard or pressed in it."""

from __future__ import annotations

from hotline.frozen import frozen
from hotline.pocket.ledger import Ledger, What
from hotline.pocket.twiml import Document

AUDIBLE = frozenset({"clip", "say", "pause"})


@frozen
class Sound:
    """One thing heard in a call (clip, say, pause, record, dial, reject, trouble) or done (keys, silence).

    `url` is a clip's address; `words` what is said, pressed or dialled; `place` counts from 1.
    """

    place: int
    kind: str
    url: str = ""
    words: str = ""
    language: str = ""
    seconds: int = 0


@frozen
class Ring:
    """What makes a call: between whom, who began it, and what a customer asked for when it was they."""

    handset: str
    number: str
    direction: str = "inbound"
    url: str = ""
    document: Document | None = None
    method: str = "POST"
    fallback: str = ""
    callback: str = ""
    events: frozenset[str] = frozenset({"completed"})
    timeout: int = 60
    limit: int = 14_400
    live: bool = False
    """Live: sounds take time, and somebody says when they have ended (`played`). Else all is heard at once."""


class Hearing:
    """What a person has heard so far, and whether the last of it still sounds (only in a live call)."""

    def __init__(self, ledger: Ledger, sid: str, ring: Ring) -> None:
        """Silence."""
        self.heard: tuple[Sound, ...] = ()
        self.played_to = self._last_sound = 0
        self.live = ring.live
        self._ledger, self._sid, self._ring = ledger, sid, ring

    @property
    def sounding(self) -> bool:
        """Whether the person still listens to what was said last."""
        return self._last_sound > self.played_to

    def note(self, kind: str, words: str = "", *, url: str = "", language: str = "", seconds: int = 0) -> None:
        """Add one thing at the end."""
        sound = Sound(len(self.heard) + 1, kind, url, words, language, seconds)
        self.heard += (sound,)
        if self.live and kind in AUDIBLE:
            self._last_sound = sound.place
        what = What.KEYS if kind in {"keys", "silence"} else What.SOUND
        self._ledger.write(what, self._sid, self._ring.handset, f"{kind} {sound.url or sound.words}".strip())

    def ends(self, place: int = 0) -> None:
        """The sound up to `place` has ended; 0 is all of it, be it heard or cut."""
        self.played_to = max(self.played_to, place or len(self.heard))
