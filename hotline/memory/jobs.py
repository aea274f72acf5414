"""The bell that wakes a worker, and the worker: the only module that knows RQ. Rows in the database are the truth."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import FrameType

import redis
from rq import Queue, SimpleWorker
from rq.exceptions import DuplicateJobError, NoSuchJobError, StopRequested
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from hotline.errors import MemoryDown, Refused

QUEUES = ("replies", "reminders", "bulk")
"""In the order in which a worker empties them: a person who waits comes before a broadcast."""
JOB_SECONDS = 180
DONE_SECONDS = 60
FAILED_SECONDS = 7 * 86_400
_NAME = re.compile(r"[a-z][a-z_]{0,40}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NUMBER = re.compile(r"\d{9,}")
_UNDER_WAY = frozenset({JobStatus.QUEUED, JobStatus.STARTED, JobStatus.DEFERRED, JobStatus.SCHEDULED})


SLOTS, SLOT_SECONDS = 16, 5


def slot(now: float, ahead: int = 0, seconds: int = SLOT_SECONDS) -> str:
    """An id that changes every few seconds, for a job that must not wait for one whose worker was killed.

    RQ counts that one as running for more than a minute, and a job that runs is not rung twice. `now` is epoch seconds.
    """
    return f"{(int(now // seconds) + ahead) % SLOTS:x}"


class Bell:
    """Rings for a job by its name. One that waits or runs is not rung twice; what is lost, the sweep rings again."""

    def __init__(self, connection: redis.Redis, tasks: str = "workers.tasks") -> None:
        """`tasks` is the module whose functions are the jobs."""
        self._tasks = tasks
        self._queues = {name: _queue(name, connection) for name in QUEUES}
        self._connection = connection

    def ring(self, job: str, *ids: str, queue: str = "replies") -> bool:
        """Ask for one run of `job` with opaque ids. False when that very job waits already.

        Raises Refused for an id that could be a telephone number: RQ keeps arguments in clear. Raises MemoryDown.
        """
        if not _NAME.fullmatch(job) or queue not in self._queues:
            raise Refused(f"no job {job!r} on a queue {queue!r}")
        if any(not _ID.fullmatch(one) or _NUMBER.fullmatch(one) for one in ids):
            raise Refused("a job takes opaque ids only")
        key = "-".join((job, *ids))
        try:
            return self._enqueue(job, ids, queue, key) or (self._clear(key) and self._enqueue(job, ids, queue, key))
        except redis.RedisError as failed:
            raise MemoryDown(type(failed).__name__) from failed

    def waiting(self) -> Mapping[str, int]:
        """How many jobs wait on each queue. Raises MemoryDown."""
        try:
            return {name: queue.count for name, queue in self._queues.items()}
        except redis.RedisError as failed:
            raise MemoryDown(type(failed).__name__) from failed

    def _enqueue(self, job: str, ids: Sequence[str], queue: str, key: str) -> bool:
        try:
            self._queues[queue].enqueue_call(
                f"{self._tasks}.{job}",
                args=tuple(ids),
                # RQ's own description spells the arguments out, and its log line repeats them.
                description=job,
                job_id=key,
                unique=True,
                timeout=JOB_SECONDS,
                result_ttl=DONE_SECONDS,
                failure_ttl=FAILED_SECONDS,
            )
        except DuplicateJobError:
            return False
        return True

    def _clear(self, key: str) -> bool:
        """Whether the job of this key is over and was removed: kept for its result, it would swallow every ring."""
        try:
            job = Job.fetch(key, connection=self._connection, serializer=JSONSerializer)
            if job.get_status(refresh=False) in _UNDER_WAY:
                return False
            job.delete()
        except NoSuchJobError:
            return True
        return True


class _Worker(SimpleWorker):
    told: Callable[[], None]

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        # RQ's own way to stop asks Redis whether a job runs, and would wait for it.
        self.told()
        try:
            super().request_stop(signum, frame)  # type: ignore[no-untyped-call]
        except redis.RedisError:
            raise StopRequested from None


def worker(
    connection: redis.Redis, queues: Sequence[str] = QUEUES, told: Callable[[], None] = lambda: None
) -> SimpleWorker:
    """A worker that does not fork and soon notices a job whose worker died; `connection` should be a patient one.

    `told` is called when it is told to stop, before anything else.

    An abandoned job fails after about a minute instead of ten; jobs are told by name in the log, never by argument.
    """
    made = _Worker(
        [_queue(name, connection) for name in queues],
        connection=connection,
        serializer=JSONSerializer,
        default_result_ttl=DONE_SECONDS,
        worker_ttl=30,
        maintenance_interval=15,
        job_monitoring_interval=5,
        log_job_description=False,
    )
    made.told = told
    return made


def workers(connection: redis.Redis) -> int:
    """How many workers live; one that was killed counts for another minute and a half. Raises MemoryDown."""
    try:
        return len(SimpleWorker.all(connection=connection, serializer=JSONSerializer))
    except redis.RedisError as failed:
        raise MemoryDown(type(failed).__name__) from failed


def last_rung(connection: redis.Redis, job: str) -> datetime | None:
    """When a job with slots was last rung for; None a minute after its last run. Raises MemoryDown."""
    try:
        ids = [f"{job}-{one:x}" for one in range(SLOTS)]
        found = Job.fetch_many(ids, connection, JSONSerializer)
    except redis.RedisError as failed:
        raise MemoryDown(type(failed).__name__) from failed
    return max((one.enqueued_at for one in found if one and one.enqueued_at), default=None)


def _queue(name: str, connection: redis.Redis) -> Queue:
    return Queue(name, connection=connection, serializer=JSONSerializer, default_timeout=JOB_SECONDS)
