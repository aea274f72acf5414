"""What the files of each floor may do, how long they may be and how they speak: checks beside those of floors.py."""

from __future__ import annotations

import ast
import re
import statistics
import unicodedata
from collections.abc import Iterator

from tests.floors import PURE, Source, imports

DOORS = ("web", "cli", "workers")
"""Where an exception nobody foresaw may be caught."""
PURE_IMPORTS = frozenset({
    "__future__", "array", "bisect", "collections", "dataclasses", "datetime", "enum", "fractions", "functools",
    "hashlib", "heapq", "io", "itertools", "json", "math", "operator", "re", "string", "types", "typing", "unicodedata",
    "babel", "phonenumbers", "rapidfuzz", "regex", "yaml", "zoneinfo",
})  # fmt: skip
IMPURE_CALLS = frozenset({"open", "input", "print", "exec", "eval", "compile", "__import__", "breakpoint"})
IMPURE_METHODS = frozenset({
    "now", "today", "utcnow", "open", "read_text", "write_text", "read_bytes", "write_bytes", "urandom", "getenv",
})  # fmt: skip
LONGEST_MODULE, LONGEST_FUNCTION, USUAL_FUNCTION, MOST_ARGUMENTS = 300, 50, 25, 5
TABLES = ("hotline/text/gsm.py", "hotline/text/letter_costs.py", "hotline/text/name_words.py")
"""Data, which may be as long as it is."""
SPELLINGS = ("hotline/domain/places.py",)
"""Tables of what people type, which is not said to anybody."""
HELD = {("workers/tasks.py", "_house"): "RQ calls jobs by name and hands them nothing"}
"""Things that live at the top of a module all the same, and why."""
LIVING = frozenset({
    "Flask", "Redis", "StrictRedis", "create_engine", "sessionmaker", "scoped_session", "Client", "socket", "local",
    "Queue", "SimpleQueue", "Lock", "RLock", "Thread", "Event", "ThreadPoolExecutor", "ContextVar", "deque",
    "defaultdict",
})  # fmt: skip
"""What others make that holds state: never at the top of a module."""
TOLD = frozenset({"Outbound", "Written", "Message", "Clip", "Line"})
"""What carries words to a person."""
WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
ESCAPED = re.compile(r"[^\W\d_a-zA-Z]{2,} [^\W\d_a-zA-Z]{2,}")
"""Two words of another alphabet, however they are written in the file."""


def impure(files: tuple[Source, ...]) -> Iterator[str]:
    """Rule 2: floors 0 and 1 do no I/O and read no clock, environment or chance."""
    names = frozenset(source.name for source in files)
    for source in files:
        if source.part not in PURE:
            continue
        for module, line in imports(source, names):
            if module.partition(".")[0] not in PURE_IMPORTS | {"hotline"}:
                yield f"{source.path}:{line}: {source.part} must not import {module}"
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and _called(node) in (
                IMPURE_CALLS if isinstance(node.func, ast.Name) else IMPURE_METHODS
            ):
                yield f"{source.path}:{node.lineno}: {_called(node)}() has no place in {source.part}"


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def caught_all(files: tuple[Source, ...]) -> Iterator[str]:
    """Rule 8: nobody catches everything but the doors; tidying up and raising again is no catching."""
    for source in files:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler) and source.part not in DOORS and not _raises_again(node):
                caught = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)} if node.type else {""}
                if caught & {"", "Exception", "BaseException"}:
                    yield f"{source.path}:{node.lineno}: catches everything, which only {', '.join(DOORS)} may"


def _raises_again(node: ast.ExceptHandler) -> bool:
    last = node.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def singletons(files: tuple[Source, ...]) -> Iterator[str]:
    """Rule 9: nothing that lives is made at the top of a module, cached, or taken from Flask below web."""
    classes = (node for source in files for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef))
    living = LIVING | {node.name for node in classes if _lives(node)}
    for source in files:
        for node in source.tree.body:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            if isinstance(value, ast.Call) and _called(value) in living:
                yield f"{source.path}:{node.lineno}: {_called(value)} lives at the top of a module: make it in house.py"
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Global):
                yield f"{source.path}:{node.lineno}: `global` is a singleton"
            if isinstance(node, ast.FunctionDef) and _is_cached(node) and (source.path, node.name) not in HELD:
                yield f"{source.path}:{node.lineno}: {node.name} is a singleton behind a cache"
            if isinstance(node, ast.ImportFrom) and node.module == "flask" and source.part != "web":
                for alias in node.names:
                    if alias.name in ("current_app", "g", "request", "session") and source.part != "pocket":
                        yield f"{source.path}:{node.lineno}: flask.{alias.name} belongs to web"


def _lives(node: ast.ClassDef) -> bool:
    """Whether a class of ours is neither a frozen value nor an enumeration."""
    marks = [ast.unparse(mark) for mark in node.decorator_list]
    bases = {ast.unparse(base) for base in node.bases}
    values = {"Enum", "StrEnum", "IntEnum", "NamedTuple", "Protocol", "TypedDict"}
    return not any("frozen" in mark for mark in marks) and not bases & values


def _is_cached(node: ast.FunctionDef) -> bool:
    """Whether it makes one thing and keeps it: without arguments a cache is nothing else."""
    return not _arguments(node) and any("cache" in ast.unparse(mark) for mark in node.decorator_list)


# --- size and words ---


def functions(files: tuple[Source, ...]) -> Iterator[tuple[Source, ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Every function and its lines."""
    for source in files:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield source, node, (node.end_lineno or node.lineno) - node.lineno + 1


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    return [argument.arg for argument in given if argument.arg not in ("self", "cls")]


def too_long(files: tuple[Source, ...]) -> Iterator[str]:
    """Rules 3 and 4: a module fits in the head, a function is one thought."""
    for source in files:
        lines = len(source.text.splitlines())
        if lines > LONGEST_MODULE and source.path not in TABLES:
            yield f"{source.path}:1: {lines} lines, at most {LONGEST_MODULE}: part it in two nouns"
    for source, node, lines in functions(files):
        if lines > LONGEST_FUNCTION:
            yield f"{source.path}:{node.lineno}: {node.name} has {lines} lines, at most {LONGEST_FUNCTION}"
        # A command's arguments are its options, each with a sentence of its own.
        command = any("click." in ast.unparse(mark) or ".command" in ast.unparse(mark) for mark in node.decorator_list)
        if len(_arguments(node)) > MOST_ARGUMENTS and not command:
            yield f"{source.path}:{node.lineno}: {node.name} takes {len(_arguments(node))}, at most {MOST_ARGUMENTS}"


def undescribed(files: tuple[Source, ...]) -> Iterator[str]:
    """Rule 5: a module opens with one sentence that says what it knows."""
    for source in files:
        first = (ast.get_docstring(source.tree) or "").partition("\n")[0]
        if not first.endswith((".", "?")) or len(first.split()) < 3:
            yield f"{source.path}:1: open with one sentence that says what this module knows"


def prose(files: tuple[Source, ...]) -> Iterator[str]:
    """Rule 16: words said to people never live in Python; letter tables live in text/."""
    for source in files:
        letters = source.part == "text" or source.path in SPELLINGS
        for number, line in enumerate(() if letters else source.text.splitlines(), 1):
            if odd := [char for char in line if not char.isascii() and unicodedata.category(char)[0] in "LM"]:
                yield f"{source.path}:{number}: {''.join(odd[:3])!a}: letters of other alphabets live in text/"
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and not letters and ESCAPED.search(str(node.value)):
                yield f"{source.path}:{node.lineno}: prose in another alphabet lives in flows/ and translations/"
            if isinstance(node, ast.Call) and _called(node) in TOLD and source.part != "pocket":
                texts = [arg.value for arg in (*node.args, *(key.value for key in node.keywords)) if _is_text(arg)]
                if any(WORDS.search(text) for text in texts):
                    yield f"{source.path}:{node.lineno}: {_called(node)} is given words: they live in flows/"


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def figures(files: tuple[Source, ...]) -> dict[str, float]:
    """Medians and the ninth decile, which are reported."""
    modules = [len(source.text.splitlines()) for source in files if source.path not in TABLES]
    lengths = sorted(lines for _, _, lines in functions(files))
    return {
        "modules": len(modules),
        "median module": statistics.median(modules),
        "longest module": max(modules),
        "functions": len(lengths),
        "median function": statistics.median(lengths),
        "p90 function": lengths[int(len(lengths) * 0.9)],
        "longest function": lengths[-1],
    }
