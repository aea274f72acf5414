"""What config/default.toml says of messages that leave: how fast, to whom how often, and when an alert is drafted."""

from __future__ import annotations

from hotline.frozen import frozen


@frozen
class Sending:
    """How messages leave, in seconds, rows and tries: see [sending] in config/default.toml."""

    in_flight: int
    batch: int
    lease_seconds: int
    connect_seconds: int
    answer_seconds: int
    parts_per_second: int
    attempts: int
    grace_seconds: int
    list_lag_seconds: int
    second_look_seconds: int
    breaker_errors: int
    breaker_seconds: int
    rupees_a_day: int


@frozen
class Pushing:
    """What limits messages nobody waits for: see [pushing] in config/default.toml."""

    weekly_cap: int
    daily_cap: int
    canary: int
    canary_minutes: int
    failure_stop: float


@frozen
class Alarming:
    """What makes reports the draft of an alert: see [alarm] in config/default.toml."""

    reporters: int
    days: int
    quiet_days: int


@frozen
class Wording:
    """Words no message may hold that comes unasked: config/wording.toml says which list is for what."""

    reply: tuple[str, ...]
    send: tuple[str, ...]
    private: tuple[str, ...]
