"""Who may import whom: the floors of the house as checks over source files; each yields `path:line: what is wrong`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

BOTTOM = dict.fromkeys(
    (
        "errors",
        "frozen",
        "toml",
        "addresses",
        "countries",
        "plans",
        "sealing",
        "own_keys",
        "report_keys",
        "outgoing",
        "settings",
        "logs",
        "metrics",
    ),
    0,
)
FLOORS = BOTTOM | {
    "text": 1, "flow": 2, "domain": 2, "store": 3, "memory": 3, "channels": 3, "speech": 3,
    "service": 4, "making": 5, "house": 6, "web": 7, "cli": 7, "pocket": 7, "workers": 7,
}  # fmt: skip
"""Part of the program → how high it stands. Parts of one floor do not see each other, but for TOP."""
TOP = 7
PURE = ("text", "flow", "domain")
PURE_SEES = frozenset({"errors", "frozen", *PURE})
DEMO = "hotline.cli.demo"
"""The only commands that may start the carrier in the pocket."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path from the root, its dotted name, its text and what was parsed."""

    path: str
    name: str
    text: str
    tree: ast.Module

    @property
    def part(self) -> str:
        """The floor's part it belongs to: `text`, `house`, `workers` …, "" for what belongs to none."""
        first, _, rest = self.name.partition(".")
        return first if first == "workers" else rest.partition(".")[0]


def sources(root: Path) -> tuple[Source, ...]:
    """Every module of hotline/ and workers/ under a root."""
    found = []
    for path in sorted((*root.glob("hotline/**/*.py"), *root.glob("workers/**/*.py"))):
        relative = path.relative_to(root)
        name = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
        text = path.read_text(encoding="utf-8")
        found.append(Source(str(relative), name, text, ast.parse(text)))
    return tuple(found)


# --- who imports whom ---


def imports(source: Source, names: frozenset[str]) -> Iterator[tuple[str, int]]:
    """(module, line) of everything a file imports, wherever it stands; a name that is a module counts as one."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(source, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield (inner if inner in names else base), node.lineno


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = source.name if source.path.endswith("__init__.py") else source.name.rpartition(".")[0]
    parts = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join((*parts, *((node.module,) if node.module else ())))


def _ours(files: Iterable[Source]) -> Iterator[tuple[Source, str, int]]:
    files = tuple(files)
    names = frozenset(source.name for source in files)
    for source in files:
        for module, line in imports(source, names):
            if module.partition(".")[0] in ("hotline", "workers"):
                yield source, module, line


def upward(files: tuple[Source, ...]) -> Iterator[str]:
    """Rule 1: an import goes down, never up, never sideways between adapters; every part has its floor."""
    for source in files:
        if source.part not in FLOORS and source.name not in ("hotline", "hotline.__main__"):
            yield f"{source.path}:1: {source.part} stands on no floor: give it one in tests/floors.py"
    for source, module, line in _ours(files):
        here, there = FLOORS.get(source.part), FLOORS.get(_part(module))
        if here is None or there is None or source.part == _part(module):
            continue
        if there > here or (there == here and here not in (TOP, 0)):
            yield f"{source.path}:{line}: {source.part} must not import {module}"
        elif source.part in PURE and _part(module) not in PURE_SEES:
            yield f"{source.path}:{line}: {source.part} is pure and must not import {module}"


def _part(module: str) -> str:
    first, _, rest = module.partition(".")
    return first if first == "workers" else rest.partition(".")[0]


def circles(files: tuple[Source, ...]) -> Iterator[str]:
    """Rule 1: no circle of imports, those inside functions included."""
    graph: dict[str, set[str]] = {source.name: set() for source in files}
    for source, module, _ in _ours(files):
        if module != source.name:
            graph[source.name].add(module)
    named: set[str] = set()
    for start in graph:
        circle = {name for name in _behind(graph, start) if start in _behind(graph, name)}
        if circle - named:
            named |= circle
            yield f"{start}: a circle of imports: {', '.join(sorted(circle))}"


def _behind(graph: Mapping[str, set[str]], start: str) -> set[str]:
    todo, found = [*graph.get(start, ())], set[str]()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(graph.get(name, ()))
    return found


def inner_imports(files: tuple[Source, ...]) -> Iterator[str]:
    """Rule 1: an import inside a function says why it is late, on its line or above it in the function."""
    for source in files:
        lines = source.text.splitlines()
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Import | ast.ImportFrom):
                        above = [
                            line for line in lines[node.lineno : inner.lineno - 1] if line.strip().startswith("# ")
                        ]
                        reason = " ".join((*above, lines[inner.lineno - 1].partition("PLC0415")[2]))
                        if len(reason.split()) < 3:
                            yield f"{source.path}:{inner.lineno}: an import inside a function, without a reason"


def in_the_pocket(files: tuple[Source, ...]) -> Iterator[str]:
    """The carrier in the pocket is a tool: nothing that serves people comes to it, by whatever detour."""
    graph: dict[str, set[str]] = {source.name: set() for source in files}
    named = set()
    for source, module, line in _ours(files):
        graph[source.name].add(module)
        if _part(module) == "pocket" and source.part != "pocket" and not source.name.startswith(DEMO):
            named.add(source.name)
            yield f"{source.path}:{line}: {source.name} must not import {module}"
    serving = {
        name for name in graph if _part(name) in ("web", "house", "making", "workers") or name == "hotline.cli.serve"
    }
    for name in sorted(serving - named):
        if any(_part(module) == "pocket" for module in _behind(graph, name)):
            yield f"{name}: comes to the pocket carrier through what it imports"
