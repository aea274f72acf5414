"""The house keeps its rules: floors, purity, size and words (CONTRIBUTING.md), and each rule can tell a breach."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotline.settings import ROOT
from tests.floors import Source, circles, in_the_pocket, inner_imports, sources, upward
from tests.habits import USUAL_FUNCTION, caught_all, figures, impure, prose, singletons, too_long, undescribed

pytestmark = pytest.mark.fast

Rule = Callable[[tuple[Source, ...]], Iterator[str]]
RULES = (upward, circles, inner_imports, in_the_pocket, impure, caught_all, singletons, too_long, undescribed, prose)

GOOD = '"""What this module knows."""\n'
PLANTED = {
    # rule: {file: text}, and the place that must be named
    "upward": (
        ({"hotline/text/a.py": "from hotline.flow import b\n", "hotline/flow/b.py": ""}, "hotline/text/a.py:2"),
        ({"hotline/flow/a.py": "from hotline.domain.b import c\n"}, "hotline/flow/a.py:2"),
        ({"hotline/domain/a.py": "import hotline.flow.b\n"}, "hotline/domain/a.py:2"),
        ({"hotline/store/a.py": "from hotline.memory.b import c\n"}, "hotline/store/a.py:2"),
        ({"hotline/channels/a.py": "from hotline.speech import b\n"}, "hotline/channels/a.py:2"),
        ({"hotline/service/a.py": "from hotline.house import House\n"}, "hotline/service/a.py:2"),
        ({"hotline/store/a.py": "def f():\n    from hotline.web import b\n"}, "hotline/store/a.py:3"),
        ({"hotline/flow/a.py": "from hotline.settings import b\n"}, "hotline/flow/a.py:2"),
        ({"hotline/text/a.py": "from hotline.sealing import Vault\n"}, "hotline/text/a.py:2"),
        ({"hotline/errors.py": "from hotline.text import a\n"}, "hotline/errors.py:2"),
        ({"hotline/service/a.py": "from workers.run import work\n"}, "hotline/service/a.py:2"),
        ({"hotline/thing/a.py": "A = 1\n"}, "hotline/thing/a.py:1"),
        ({"hotline/flow/deep/a.py": "from ...store import b\n"}, "hotline/flow/deep/a.py:2"),
    ),
    "circles": (
        ({"hotline/text/a.py": "import hotline.text.b\n", "hotline/text/b.py": "from hotline.text import a\n"},
         "hotline.text.a"),
        ({"hotline/text/a.py": "import hotline.text.b\n",
          "hotline/text/b.py": "def f():\n    import hotline.text.a\n"},
         "hotline.text.a"),
    ),
    "inner_imports": (
        ({"hotline/cli/a.py": "def f():\n    import rich\n"}, "hotline/cli/a.py:3"),
        ({"hotline/cli/a.py": "def f():\n    import rich  # noqa: PLC0415\n"}, "hotline/cli/a.py:3"),
    ),
    "in_the_pocket": (
        ({"hotline/cli/serve.py": "from hotline.pocket import a\n"}, "hotline/cli/serve.py:2"),
        ({"hotline/web/a.py": "def f():\n    from hotline.pocket.b import c\n"}, "hotline/web/a.py:3"),
        ({"workers/run.py": "import hotline.cli.demo_x\n", "hotline/cli/demo_x.py": "import hotline.pocket.b\n"},
         "workers.run"),
    ),
    "impure": (
        ({"hotline/text/a.py": "import os\n"}, "hotline/text/a.py:2"),
        ({"hotline/flow/a.py": "from pathlib import Path\n"}, "hotline/flow/a.py:2"),
        ({"hotline/flow/a.py": "import random\n"}, "hotline/flow/a.py:2"),
        ({"hotline/domain/a.py": "import time\n"}, "hotline/domain/a.py:2"),
        ({"hotline/domain/a.py": "import sqlalchemy as sa\n"}, "hotline/domain/a.py:2"),
        ({"hotline/domain/a.py": "from datetime import date\nDAY = date.today()\n"}, "hotline/domain/a.py:3"),
        ({"hotline/domain/a.py": "from datetime import datetime\n\ndef f():\n    return datetime.now()\n"},
         "hotline/domain/a.py:5"),
        ({"hotline/text/a.py": "def f():\n    return open('a')\n"}, "hotline/text/a.py:3"),
        ({"hotline/text/a.py": "import io\n\ndef f():\n    return io.open('a')\n"}, "hotline/text/a.py:5"),
        ({"hotline/text/a.py": "print(1)\n"}, "hotline/text/a.py:2"),
    ),
    "caught_all": (
        ({"hotline/service/a.py": "try:\n    pass\nexcept Exception:\n    pass\n"}, "hotline/service/a.py:4"),
        ({"hotline/store/a.py": "try:\n    pass\nexcept (ValueError, BaseException):\n    pass\n"},
         "hotline/store/a.py:4"),
        ({"hotline/flow/a.py": "try:\n    pass\nexcept:\n    pass\n"}, "hotline/flow/a.py:4"),
    ),
    "singletons": (
        ({"hotline/store/a.py": "from sqlalchemy import create_engine\nENGINE = create_engine('x')\n"},
         "hotline/store/a.py:3"),
        ({"hotline/store/a.py": "class Pool:\n    pass\n\nPOOL = Pool()\n"}, "hotline/store/a.py:5"),
        ({"hotline/store/a.py": "class Pool:\n    pass\n\nPOOL: Pool = Pool()\n"}, "hotline/store/a.py:5"),
        ({"hotline/store/a.py": "POOL = None\n\ndef f():\n    global POOL\n"}, "hotline/store/a.py:5"),
        ({"hotline/store/a.py": "from functools import cache\n\n@cache\ndef pool():\n    return []\n"},
         "hotline/store/a.py:5"),
        ({"hotline/service/a.py": "from flask import current_app\n"}, "hotline/service/a.py:2"),
    ),
    "too_long": (
        ({"hotline/text/a.py": "A = 1\n" * 300}, "hotline/text/a.py:1"),
        ({"hotline/text/a.py": "def f():\n" + "    pass\n" * 50}, "hotline/text/a.py:2"),
        ({"hotline/text/a.py": "def f(a, b, c, d, *, e, g):\n    pass\n"}, "hotline/text/a.py:2"),
    ),
    "undescribed": (
        ({"hotline/text/a.py": None}, "hotline/text/a.py:1"),
        ({"hotline/text/a.py": '"""Helpers."""\n'}, "hotline/text/a.py:1"),
        ({"hotline/text/a.py": '"""A line that is\nno sentence."""\n'}, "hotline/text/a.py:1"),
    ),
    "prose": (
        ({"hotline/flow/a.py": "A = '\u0645\u062f\u062f'\n"}, "hotline/flow/a.py:2"),
        ({"hotline/flow/a.py": "# caf\u00e9\n"}, "hotline/flow/a.py:2"),
        ({"hotline/flow/a.py": r"A = '\u0645\u062f\u062f \u06a9\u0631\u06cc\u06ba'" + "\n"}, "hotline/flow/a.py:2"),
        ({"hotline/service/a.py": "A = Outbound('1', 'a', 'b', 'We will call you.')\n"}, "hotline/service/a.py:2"),
        ({"hotline/service/a.py": "A = Written(text='Sorry, try again.')\n"}, "hotline/service/a.py:2"),
    ),
}  # fmt: skip
BREACHES = [(rule, *case) for rule in RULES for case in PLANTED[rule.__name__]]


@pytest.fixture(scope="module")
def house() -> tuple[Source, ...]:
    return sources(ROOT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Rule, house: tuple[Source, ...]) -> None:
    found = "\n".join(rule(house))
    assert found == ""


@pytest.mark.parametrize(("rule", "files", "place"), BREACHES, ids=lambda value: getattr(value, "__name__", None))
def test_a_breach_is_named(rule: Rule, files: dict[str, str | None], place: str, tmp_path: Path) -> None:
    (found,) = rule(plant(tmp_path, files))
    assert found.startswith(f"{place}:")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_is_allowed_is_not_named(rule: Rule, tmp_path: Path) -> None:
    files = {
        "hotline/errors.py": "class Oops(Exception):\n    pass\n",
        "hotline/text/a.py": "import re\n\nfrom hotline.errors import Oops\n\n"
        "LETTERS = '\u0645\u062f\u062f'\nA = re.compile('a')\n",
        "hotline/flow/a.py": "from hotline.text import a\n\n\ndef f(now):\n    return a.A.match(now)\n",
        "hotline/domain/a.py": "from hotline.text.a import A\n",
        "hotline/store/a.py": "def f():\n    try:\n        pass\n"
        "    except BaseException:\n        f()\n        raise\n",
        "hotline/channels/a.py": "from hotline.flow.a import f\n",
        "hotline/service/a.py": "from hotline.channels.a import f\nfrom hotline.sealing import g\n\n\n"
        "def send(a, b, c, d, e):\n    return Outbound(a, b, c, d)\n",
        "hotline/sealing.py": "import os\n",
        "hotline/house.py": "from hotline.service import a\n\n\nclass House:\n    pass\n",
        "hotline/web/a.py": "from flask import current_app\n\nfrom hotline.house import House\n\n\n"
        "def f():\n    try:\n        pass\n    except Exception:\n        House()\n",
        "hotline/cli/serve.py": "def f():\n    from hotline.web import a  # noqa: PLC0415  slow to import\n",
        "hotline/cli/demo.py": "from hotline.pocket import a\n",
        "hotline/pocket/a.py": "",
        "workers/run.py": "from hotline.house import House\n",
    }
    assert list(rule(plant(tmp_path, files))) == []


def test_every_rule_has_a_planted_breach() -> None:
    assert set(PLANTED) == {rule.__name__ for rule in RULES}


def test_most_functions_are_one_thought(house: tuple[Source, ...]) -> None:
    found = figures(house)
    sys.stdout.write("\n" + " · ".join(f"{name} {value:g}" for name, value in found.items()) + "\n")
    assert found["p90 function"] <= USUAL_FUNCTION
    assert found["modules"] > 50


def plant(root: Path, files: dict[str, str | None]) -> tuple[Source, ...]:
    """A tree of these files; each opens with its sentence unless it brings one or None."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        opened = text is None or text.startswith('"""')
        file.write_text((text or "") if opened else GOOD + str(text), encoding="utf-8")
    return sources(root)
