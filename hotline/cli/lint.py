"""`hotline lint`: the proofs over flows, words and translations, as lines an editor can jump to."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import click

from hotline.flow.book import Book, build
from hotline.flow.lint import NAMES, PROOFS, depth
from hotline.flow.lint import lint as prove
from hotline.making import read_sources
from hotline.service.ports import SHAPES
from hotline.settings import ROOT
from hotline.text.clipname import Voices

numbers = click.Choice([str(number) for number in PROOFS])


@click.command()
@click.option("--proof", "asked", type=numbers, multiple=True, help="Only this proof; may be given more than once.")
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=ROOT,
    help="The folder that holds flows/ and translations/.",
)
def lint(asked: tuple[str, ...], root: Path) -> None:
    """Prove the flows, words and translations; exit 1 where a proof fails. docs/flows.md says what each proves."""
    sources = read_sources(root)
    book = build(sources, SHAPES, Voices())
    proofs = tuple(map(int, asked)) or tuple(PROOFS)
    findings = prove(book, sources, proofs)
    for finding in findings:
        click.echo(str(finding))
    if not findings and depth.NUMBER in proofs:
        _depths(book)
    click.echo(f"{_made(proofs)} over {_texts(book)}: {_found(len(findings))}.")
    if findings:
        raise SystemExit(1)


def _depths(book: Book) -> None:
    """Keys to each answer of each flow."""
    click.echo("Keys from the main menu to each answer:")
    rows = sorted((name.partition(".")[0], keys, name.partition(".")[2]) for name, keys in depth.answers(book).items())
    for flow, answers in groupby(rows, key=lambda row: row[0]):
        by_keys = (
            f"{keys} {', '.join(name for *_, name in same)}" for keys, same in groupby(answers, key=lambda row: row[1])
        )
        click.echo(f"  {flow:12}{'; '.join(by_keys)}")


def _made(proofs: tuple[int, ...]) -> str:
    return f"proof {proofs[0]} {NAMES[proofs[0]]}" if len(proofs) == 1 else f"{len(proofs)} proofs"


def _texts(book: Book) -> str:
    return f"{sum(map(len, book.texts.values()))} texts in {len(book.texts)} languages"


def _found(count: int) -> str:
    return {0: "nothing to mend", 1: "1 thing to mend"}.get(count, f"{count} things to mend")
