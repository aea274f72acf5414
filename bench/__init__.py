"""What is measured, against what, and how a figure is printed. `./run bench` prints one line a figure."""

from __future__ import annotations


class MeasureError(Exception):
    """A benchmark could not run; the text says why."""


def ratio(name: str, value: float, bar: float, *, higher: bool = False) -> str:
    """A gated line. Lower is better unless `higher`."""
    good = value >= bar if higher else value <= bar
    return f"ratio {name} {value:.3g} {bar:g} {'ok' if good else 'short'}"


def skipped(name: str, bar: float, reason: str) -> str:
    """A gated line that could not be measured on this machine."""
    return f"ratio {name} - {bar:g} skipped: {reason}"


def figure(name: str, value: float, bar: float | None = None) -> str:
    """A line that is reported and judged by its reader, never short."""
    return f"figure {name} {value:.4g} {'-' if bar is None else format(bar, 'g')}"
