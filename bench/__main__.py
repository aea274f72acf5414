"""`python -m bench --issue N`: every benchmark of an issue, one line a figure; exit 1 if one could not run."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import audience, engine, names, send, webhook

Benchmark = Callable[[Path], Iterator[str]]
"""Takes a folder of its own and gives its lines as they are measured."""


def _names(_folder: Path) -> Iterator[str]:
    yield from names.run(Path(os.environ.get("HOTLINE_DATA", "../shared/data")))


BENCHMARKS: dict[int, dict[str, Benchmark]] = {
    1: {"engine": engine.run, "names": _names, "webhook": webhook.run},
    2: {"send": send.run, "audience": audience.run},
}


def main(arguments: list[str]) -> int:
    """Run the benchmarks; the exit code."""
    parser = argparse.ArgumentParser(prog="./run bench", description="Speed, as ratios against bars (see README).")
    parser.add_argument("--issue", type=int, choices=sorted(BENCHMARKS), default=max(BENCHMARKS))
    parser.add_argument("--only", choices=sorted({name for group in BENCHMARKS.values() for name in group}))
    chosen = parser.parse_args(arguments)
    failed = 0
    for name, benchmark in BENCHMARKS[chosen.issue].items():
        if chosen.only in (None, name):
            with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
                try:
                    for line in benchmark(Path(folder)):
                        print(line, flush=True)
                except Exception as problem:  # noqa: BLE001  the others are still to be measured
                    failed = 1
                    print(f"{name} could not run: {type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
