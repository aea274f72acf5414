"""One of a demo's processes: web, work or clock. It ends with the demo, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

from hotline.cli.serve import settings_of
from hotline.settings import ROOT


def end_with(parent: int) -> None:
    """On Linux the kernel tells us to stop when the demo is killed; elsewhere only an orderly end reaches us."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)


def run(name: str) -> None:
    """Be that process until told to stop."""
    # Each of the three takes long to import, and no process needs two of them.
    if name == "web":
        from gunicorn.app.wsgiapp import WSGIApplication  # noqa: PLC0415

        sys.argv = ["gunicorn", "-c", str(ROOT / "config/gunicorn.py"), "hotline.cli.demo_web:make()"]
        WSGIApplication("%(prog)s", prog="gunicorn").run()
        return
    settings = settings_of(Path(os.environ["HOTLINE_DIR"]))
    if name == "work":
        from workers.run import work  # noqa: PLC0415

        work(settings)
    else:
        from workers.clock import run as clock  # noqa: PLC0415

        clock(settings)


if __name__ == "__main__":
    end_with(int(sys.argv[2]))
    run(sys.argv[1])
