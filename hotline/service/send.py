"""A worker's run: claim messages, send each at its slot, keep what became of them, until nothing is due."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

import structlog

from hotline.channels.base import Outbound
from hotline.domain.claiming import Limits
from hotline.domain.delivery import Next, Reason, State, Trouble, refused
from hotline.errors import MemoryDown, SealBroken, SendError, StoreDown
from hotline.frozen import frozen
from hotline.own_keys import open_number, person_owner
from hotline.sealing import Vault
from hotline.service import marking
from hotline.service.letters import receipt_id, text_of
from hotline.service.marking import Mark
from hotline.service.needs import Count
from hotline.service.trying import Channel, Done, Rate, back, missed, report, spent, trouble_of
from hotline.service.whereabouts import locals_of
from hotline.settings import Settings
from hotline.store import breakers, claims, deliveries
from hotline.store.claims import Claimed, Terms
from hotline.store.database import Database
from hotline.store.deliveries import Taken
from hotline.store.due import SUSPECT

log = structlog.get_logger("send")
RUN_SECONDS = 20.0
"""How long one run claims: then other jobs have their turn, and it is rung again if more is due."""
MARK_SECONDS = 0.2
LEAST_SECONDS = 2.0
"""How long a run goes on before it gives way to a job that waits."""
KEEP_SECONDS = 15.0
"""How long a run tries to keep its results in a database that is away."""
LEAST_VALID = 5
"""Seconds: what must be there sooner is too late to be asked for."""
PARTS_OF_MOST = 3
"""Parts of a usual text: a claim takes about a second's worth of them, so that a reply never waits behind more."""


@frozen
class Post:
    """Everything sending needs."""

    settings: Settings
    vault: Vault
    database: Database
    channel: Channel
    rate: Rate
    mark: Mark
    count: Count
    now: Callable[[], datetime]

    def run(self, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Send what is due; whether more is. `interrupted` says that another job waits. Raises StoreDown."""
        return _Run(self, interrupted).go()


@dataclass
class _Run:
    post: Post
    interrupted: Callable[[], bool]
    began: float = field(default_factory=time.monotonic)
    held: int = 0
    over: bool = False
    alone: bool = False
    more: bool = False
    results: list[Done] = field(default_factory=list)
    resting: dict[str, float] = field(default_factory=dict)
    broken: BaseException | None = None
    dry_until: float = 0.0
    marked_at: float = field(default_factory=time.monotonic)
    asked_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        sending, pushing = self.post.settings.sending, self.post.settings.pushing
        self.done: SimpleQueue[Future[Done]] = SimpleQueue()
        self.limit = min(sending.batch, max(1, sending.parts_per_second // PARTS_OF_MOST))
        self.low = sending.in_flight + sending.in_flight // 2
        self.margin = timedelta(seconds=sending.connect_seconds + sending.answer_seconds)
        self.terms = Terms(
            limit=self.limit,
            lease=timedelta(seconds=sending.lease_seconds),
            limits=Limits(pushing.weekly_cap, sending.attempts, pushing.daily_cap),
            locals=locals_of(self.post.settings),
        )

    def go(self) -> bool:
        with ThreadPoolExecutor(self.post.settings.sending.in_flight, "send") as pool:
            while True:
                if self._wants():
                    self._claim(pool)
                self._collect()
                self._keep()
                if not self.held and not self.results:
                    self.alone = False
                    if self.over:
                        break
                self._look_up()
        if self.broken is not None:
            raise self.broken
        return self.more

    def _wants(self) -> bool:
        """Whether to claim: early enough that no thread waits for work."""
        free = not self.over and not self.alone and self.held < self.low
        return free and (not self.held or time.monotonic() >= self.dry_until)

    def _look_up(self) -> None:
        """Whether it is time to end."""
        now = time.monotonic()
        if self.over or now - self.asked_at < 1.0:
            return
        self.asked_at = now
        if now - self.began > RUN_SECONDS or (now - self.began > LEAST_SECONDS and self.interrupted()):
            self.over = self.more = True

    # --- claim ---

    def _claim(self, pool: ThreadPoolExecutor) -> None:
        at = time.monotonic()
        resting = frozenset(sender for sender, until in self.resting.items() if until > at)
        terms = Terms(self.limit, self.terms.lease, self.terms.limits, self.terms.locals, resting)
        try:
            claimed = claims.claim(self.post.database, self.post.now(), terms)
        except StoreDown:
            if not self.held:
                raise
            return
        if not claimed.looked:
            self.over = self.over or not self.held
            self.dry_until = at + MARK_SECONDS
            return
        self.post.mark(marking.CLAIMED)
        self.alone = any(message.attempt > SUSPECT for message in claimed.messages)
        for sender in dict.fromkeys(message.sender for message in claimed.messages):
            self._hand_out(pool, sender, [message for message in claimed.messages if message.sender == sender])

    def _hand_out(self, pool: ThreadPoolExecutor, sender: str, messages: Sequence[Claimed]) -> None:
        """Give each message its slot, and a thread that waits for it."""
        pace = self.post.settings.sending.parts_per_second
        try:
            given, wait = self.post.rate.reserve(sender, sum(message.parts for message in messages), pace)
        except MemoryDown:
            # Nobody else can be told how much we send: what is paid for stops until Redis is back.
            self.post.count("sending", "memory_down")
            given, wait, self.over = False, 0.0, True
        if not given:
            self.resting[sender] = time.monotonic() + max(wait, 1.0)
            self.results += [back(message) for message in messages]
            return
        slot = time.monotonic() + wait
        for message in messages:
            pool.submit(self._one, message, slot).add_done_callback(self.done.put)
            slot += message.parts / pace
            self.held += 1

    # --- send ---

    def _one(self, message: Claimed, slot: float) -> Done:
        """One try, in a thread of its own."""
        if (wait := slot - time.monotonic()) > 0:
            time.sleep(wait)
        now = self.post.now()
        # A worker that was asleep must not send what another has been given meanwhile.
        if now >= message.lease_until - self.margin or self.resting.get(message.sender, 0) > time.monotonic():
            return back(message)
        valid = int((message.arrives_by - now).total_seconds())
        if valid < LEAST_VALID:
            late = message.arrives_by >= message.deadline_at
            return Done(message, missed(message, Next(State.FAILED, Reason.LATE))) if late else back(message)
        try:
            to = open_number(
                self.post.vault, person_owner(message.person_id), message.key_sealed, message.number_sealed
            )
            text = text_of(self.post.vault, message)
        except SealBroken:
            return Done(message, missed(message, Next(State.FAILED, Reason.SEALED)))
        country = self.post.settings.country_of(to)
        if country is None:
            return Done(message, missed(message, Next(State.FAILED, Reason.COUNTRY)))
        rupees = message.parts * country.rupees
        self.post.mark(marking.BEFORE_POST)
        try:
            own_id = receipt_id(message.id, message.attempt)
            sid = self.post.channel.send(Outbound(own_id, message.sender, to, text, valid))
        except SendError as error:
            return self._refused(message, error, rupees)
        self.post.mark(marking.AFTER_POST)
        return Done(message, Taken(message.id, message.attempt, sid), hurts=False, rupees=rupees)

    def _refused(self, message: Claimed, error: SendError, rupees: float) -> Done:
        trouble, wait, means = trouble_of(self.post.channel, error)
        sending = self.post.settings.sending
        if trouble is Trouble.UNSURE:
            wait = timedelta(seconds=max(sending.grace_seconds, sending.list_lag_seconds))
        elif trouble is Trouble.ACCOUNT:
            wait = timedelta(seconds=sending.breaker_seconds)
        follows = refused(trouble, wait, message.attempt, sending.attempts)
        self.post.count("send", trouble)
        if error.wait:
            self._rest(message.sender, error.wait)
        result = missed(message, follows, error.code)
        paid = rupees if trouble is Trouble.UNSURE else 0.0
        return Done(message, result, follows.hurts, follows.halt, f"{error.code}: {means}", paid)

    def _rest(self, sender: str, seconds: float) -> None:
        self.resting[sender] = time.monotonic() + seconds
        try:
            self.post.rate.hold(sender, seconds)
        except MemoryDown:
            self.post.count("sending", "memory_down")

    # --- keep ---

    def _collect(self) -> None:
        """What is over, waiting a moment where nothing is."""
        found: list[Future[Done]] = []
        with suppress(Empty):
            while self.held > len(found) and len(found) < self.post.settings.sending.batch:
                found.append(self.done.get_nowait() if found else self.done.get(timeout=MARK_SECONDS))
        for future in found:
            self.held -= 1
            if (error := future.exception()) is not None:
                # Its row stays leased, and counts as a try: what breaks us every time is given up in the end.
                self.broken, self.over = error, True
            else:
                self.results.append(future.result())

    def _keep(self) -> None:
        now = time.monotonic()
        full = len(self.results) >= self.post.settings.sending.batch // 2 or not self.held
        if not self.results or (not full and now - self.marked_at < MARK_SECONDS):
            return
        self.post.mark(marking.BEFORE_MARK)
        sending = self.post.settings.sending
        rule = breakers.Rule(sending.breaker_errors, timedelta(seconds=sending.breaker_seconds))
        try:
            at = self.post.now()
            told = replace(report(self.results), spent=spent(self.post.settings, self.results, at))
            opened = deliveries.mark(self.post.database, told, rule, at)
        except StoreDown:
            # What was sent must be known: else everybody in this batch is asked about one by one.
            self.over = True
            if not self.held and now - self.marked_at > KEEP_SECONDS:
                raise
            time.sleep(MARK_SECONDS)
            return
        for sender in opened:
            self.resting[sender] = now + sending.breaker_seconds
            self.post.count("breaker", "open")
            log.error(
                "a sender rests", why=next((one.why for one in self.results if one.hurts), "the day's money is spent")
            )
        self.post.mark(marking.MARKED)
        self.results.clear()
        self.marked_at = now
