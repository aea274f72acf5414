"""One telephone call, followed as Twilio follows it: sounds, keys, silence, and what the hotline says to do next."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil

from hotline.pocket.account import new_sid
from hotline.pocket.desk import Desk
from hotline.pocket.ledger import What
from hotline.pocket.progress import Progress, call_form
from hotline.pocket.rings import Hearing, Ring, Sound
from hotline.pocket.twiml import Dial, Document, Gather, Hangup, Pause, Play, Record, Redirect, Reject, Say, Verb
from hotline.pocket.webhooks import Question

MAX_DOCUMENTS = 50
ENDED = frozenset({"completed", "busy", "no-answer", "canceled", "failed"})
FORGOTTEN = 300.0


class Call:
    """A call and its state. Every public method may be used from any thread; time comes from the carrier's clock."""

    def __init__(self, desk: Desk, ring: Ring) -> None:
        """A call that rings and has asked nothing yet."""
        self.sid, self.ring, self.status = new_sid("CA"), ring, "ringing"
        self.created = desk.now()
        self.answered: datetime | None = None
        self.ended: datetime | None = None
        self.waiting: Gather | Record | Dial | None = None
        self._desk, self._lock, self._gone = desk, threading.RLock(), False
        self._queue: deque[Verb] = deque()
        self.digits = ""
        self.recordings: tuple[tuple[str, int], ...] = ()
        self._asked = self._unattended = 0
        self.hearing = Hearing(desk.ledger, self.sid, ring)
        self._progress = Progress(desk, ring, self.sid)
        self._due: datetime | None = None
        self._began = self._since = desk.clock()

    # --- the handset's side ---------------------------------------------------------------------------------------

    def connect(self) -> None:
        """The hotline is asked for the first time, and what it says is done."""
        with self._lock:
            self._progress.tell("initiated", "initiated")
            self._progress.tell("ringing", self.status)
            if self.ring.direction == "inbound":
                self._fetch(self.ring.url, "POST", {})
            else:
                self._wait(self.ring.timeout)

    def answer(self, *, live: bool = False) -> None:
        """The handset picks up a call that rings; `live` as in Ring."""
        with self._lock:
            if self.status != "ringing" or self.ring.direction == "inbound":
                return
            self.hearing.live = live
            self._answered()
            self._progress.tell("answered", self.status)
            if self.ring.document is not None:
                self._follow(self.ring.document)
            else:
                self._fetch(self.ring.url, self.ring.method, {})

    def refuse(self) -> None:
        """The handset rejects a call that rings."""
        with self._lock:
            if self.status == "ringing":
                self._end("busy")

    def press(self, keys: str) -> None:
        """Press keys. Where nothing waits for keys they are lost, as on a telephone."""
        with self._lock:
            for key in keys:
                if isinstance(self.waiting, Gather):
                    self._key(self.waiting, key)
                elif isinstance(self.waiting, Record) and key in self.waiting.finish:
                    self.hearing.note("keys", key)
                    self._recorded(self.waiting, key)

    def played(self, place: int = 0) -> None:
        """All sound up to `place` (0: all there is) has ended; only now the wait for a key begins."""
        with self._lock:
            self.hearing.ends(place)
            if self.hearing.sounding or self.status != "in-progress":
                return
            if self.waiting is None:
                self._run()
            else:
                self._wait_on(self.waiting)

    def silence(self) -> None:
        """Nobody does anything for as long as the hotline waits."""
        with self._lock:
            waiting = self.waiting
            self.hearing.ends()
            if isinstance(waiting, Gather):
                if self.digits or waiting.empty:
                    self._submit(waiting, "")
                else:
                    self._go_on()
            elif isinstance(waiting, Record):
                self._go_on()
            elif isinstance(waiting, Dial):
                self.dialled("no-answer")
            else:
                self.played()

    def dialled(self, outcome: str) -> None:
        """The other telephone: `completed`, `busy`, `no-answer` or `failed`."""
        with self._lock:
            dial = self.waiting
            if isinstance(dial, Dial) and dial.action:
                self._fetch(dial.action, dial.method, {"DialCallStatus": outcome, "DialCallSid": new_sid("CA")})
            elif isinstance(dial, Dial):
                self._go_on()

    def hang_up(self) -> None:
        """The person ends the call. A recording under way is kept, as Twilio does."""
        self._gone = True
        with self._lock:
            if self.status in ENDED:
                return
            if isinstance(self.waiting, Record):
                self._recorded(self.waiting, "hangup")
            self._end("completed" if self.answered else "no-answer")

    # --- the customer's side, and time ----------------------------------------------------------------------------

    def end(self, status: str) -> None:
        """The customer ends the call: `completed` or `canceled`."""
        with self._lock:
            if self.status not in ENDED:
                self._end("completed" if self.answered else status)

    def go_to(self, url: str, method: str = "POST") -> None:
        """The customer sends the call to another document."""
        with self._lock:
            if self.status == "in-progress":
                self.hearing.ends()
                self._fetch(url, method, {})

    def tick(self) -> None:
        """Let what is due by the clock happen: a silence, a ring that runs out, the longest a call may take."""
        with self._lock:
            now = self._desk.clock()
            if self.status in ENDED or self._due is None or now < self._due:
                return
            self._due = None
            if self.status == "ringing":
                self._end("no-answer")
            elif now - self._began >= timedelta(seconds=self.ring.limit) or self.hearing.sounding:
                self._end("completed")
            else:
                self.silence()

    @property
    def heard(self) -> tuple[Sound, ...]:
        """All that was heard and pressed, in order."""
        return self.hearing.heard

    @property
    def seconds(self) -> int:
        """How long the call has been open, or was; 0 if it never was answered."""
        if self.answered is None:
            return 0
        return max(1, ceil(((self.ended or self._desk.now()) - self.answered).total_seconds()))

    # --- following a document -------------------------------------------------------------------------------------

    def _fetch(self, url: str, method: str, more: Mapping[str, str]) -> None:
        self.waiting, self.digits, self._due = None, "", None
        self._asked, self._unattended = self._asked + 1, self._unattended + 1
        if self._unattended > MAX_DOCUMENTS:
            self._fail("loop")
            return
        params = {**call_form(self._desk.account.sid, self.sid, self.ring, self.status), **more}
        outcome = self._desk.webhooks.ask(
            Question(url, self.sid, self.ring.handset, params, method, voice=True, key=f"{self.sid}:{self._asked}"),
            self.ring.fallback,
        )
        if self._gone:
            return
        if outcome.trouble:
            self._fail(str(outcome.trouble))
        else:
            self._follow(outcome.document)

    def _follow(self, document: Document) -> None:
        self._queue = deque(document.verbs)
        if self.status == "ringing" and document.verbs and isinstance(document.verbs[0], Reject):
            self.hearing.note("reject", document.verbs[0].reason)
            self._end("busy" if document.verbs[0].reason == "busy" else "failed")
            return
        self._answered()
        self._run()

    def _run(self) -> None:
        while self.status not in ENDED and self.waiting is None and not self._gone:
            verb = self._queue[0] if self._queue else Hangup()
            if not isinstance(verb, Say | Play | Pause) and self.hearing.sounding:
                self._wait(FORGOTTEN)
                return
            if self._queue:
                self._queue.popleft()
            self._do(verb)

    def _do(self, verb: Verb) -> None:
        match verb:
            case Say() | Play() | Pause():
                self._sound(verb)
            case Gather():
                for sound in verb.sounds:
                    self._sound(sound)
                self._wait_on(verb)
            case Record():
                self.hearing.note("record", seconds=verb.limit)
                self._wait_on(verb)
            case Dial():
                self.hearing.note("dial", verb.number, seconds=verb.timeout)
                self._wait_on(verb)
            case Redirect():
                self._fetch(verb.url, verb.method, {})
            case Hangup():
                self._end("completed")

    def _sound(self, sound: Say | Play | Pause) -> None:
        match sound:
            case Say():
                self.hearing.note("say", sound.text, language=sound.language)
            case Play():
                self.hearing.note("clip", self._desk.hooks.words_of(sound.url) or "", url=sound.url)
            case Pause():
                self.hearing.note("pause", seconds=sound.seconds)

    def _go_on(self) -> None:
        self.waiting, self._due, self.digits = None, None, ""
        self._run()

    # --- keys, recordings, time -----------------------------------------------------------------------------------

    def _key(self, gather: Gather, key: str) -> None:
        if self.hearing.sounding and not gather.barge:
            return
        self.hearing.ends()
        if key == gather.finish:
            self._submit(gather, key)
            return
        self.digits += key
        if len(self.digits) == gather.keys:
            self._submit(gather, "")
        else:
            self._wait(gather.timeout)

    def _submit(self, gather: Gather, finished_on: str) -> None:
        pressed = self.digits + finished_on
        self.hearing.note("keys" if pressed else "silence", pressed)
        more = {"Digits": self.digits, "msg": "Gather End"} | ({"FinishedOnKey": finished_on} if finished_on else {})
        self._fetch(gather.action, gather.method, more)

    def _recorded(self, record: Record, key: str) -> None:
        seconds = max(1, min(record.limit, ceil((self._desk.clock() - self._since).total_seconds())))
        recording = self._progress.recording(seconds, record.callback)
        self.recordings += ((recording["RecordingSid"], seconds),)
        self._fetch(record.action, record.method, {**recording, "Digits": key})

    def _wait_on(self, waiting: Gather | Record | Dial) -> None:
        self.waiting, self._unattended = waiting, 0
        if self.hearing.sounding:
            self._wait(FORGOTTEN)
        else:
            self._wait(waiting.limit if isinstance(waiting, Record) else waiting.timeout)

    def _wait(self, seconds: float) -> None:
        self._since = now = self._desk.clock()
        last = self._began + timedelta(seconds=self.ring.limit)
        self._due = min(now + timedelta(seconds=seconds), last)
        self._desk.later.alarm(self.tick, (self._due - now).total_seconds() + 0.01)

    # --- the state itself -----------------------------------------------------------------------------------------

    def _answered(self) -> None:
        if self.answered is None:
            self.answered, self.status = self._desk.now(), "in-progress"
            self._desk.ledger.write(What.STATUS, self.sid, self.ring.handset, "in-progress")

    def _fail(self, words: str) -> None:
        self._answered()
        self.hearing.note("trouble", words)
        self._end("completed")

    def _end(self, status: str) -> None:
        self.status, self.ended, self.waiting, self._due = status, self._desk.now(), None, None
        self._queue.clear()
        self._desk.ledger.write(What.STATUS, self.sid, self.ring.handset, status)
        self._progress.tell("completed", status, self.seconds)
