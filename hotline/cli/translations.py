"""`hotline translations`: keep the catalogues in step with the flows, and see what translators still have to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from hotline.flow import po
from hotline.flow.always import load_always
from hotline.flow.load import load_flow
from hotline.frozen import frozen
from hotline.settings import ROOT

ALWAYS = "flows/always.yaml"


@frozen
class Catalogue:
    """One .po file: its address under the root, its language, and the texts the flows want in it."""

    path: str
    locale: str
    wanted: tuple[po.Text, ...]


language = click.option("--locale", type=click.Choice(po.TRANSLATED), help="Only this language.")
root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=ROOT,
    help="The folder that holds flows/ and translations/.",
)


@click.group()
def translations() -> None:
    """Keep the catalogues in step with the flows, and see what is left to translate or review."""


@translations.command()
@language
@root_option
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where a file is out of step.")
def update(locale: str | None, root: Path, check: bool) -> None:
    """Bring new and changed English texts into the .po files, and set aside what no flow says any more."""
    behind = []
    for catalogue in _catalogues(root, locale):
        path = root / catalogue.path
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        new = po.update(catalogue.path, old, catalogue.wanted, catalogue.locale)
        if new == old:
            continue
        behind.append(catalogue.path)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new, encoding="utf-8")
    for name in behind:
        click.echo(f"{name} {'is out of step' if check else 'updated'}")
    click.echo(f"{len(behind)} files {'to update' if check else 'updated'}.")
    if check and behind:
        raise SystemExit(1)


@translations.command()
@language
@root_option
@click.option("--texts", is_flag=True, help="Every text to be done, and what each SMS costs.")
def status(locale: str | None, root: Path, texts: bool) -> None:
    """What is translated, missing, stale or unreviewed, per language and flow, and the SMS that costs most."""
    click.echo(f"{'':8} {'':12} {'done':>5} {'missing':>8} {'stale':>6} {'to review':>10}  dearest SMS by itself")
    for catalogue in _catalogues(root, locale):
        path = root / catalogue.path
        source = path.read_text(encoding="utf-8") if path.exists() else ""
        found = po.rows(catalogue.path, source, catalogue.wanted, catalogue.locale)
        counts = po.progress(found)
        click.echo(
            f"{catalogue.locale:8} {po.domain(catalogue.path):12} {counts.done:5} {counts.missing:8} {counts.stale:6}"
            f" {counts.to_review:10}  {f'{_parts(counts.parts)}, {counts.dearest}' if counts.dearest else '-'}"
        )
        for row in found if texts else ():
            click.echo(f"    {row.text.key:40} {', '.join(_marks(row))}")


def _marks(row: po.Row) -> Iterator[str]:
    if not row.told:
        yield "missing"
        return
    if (cost := po.cost(row)).parts:
        yield f"{_parts(cost.parts)} ({cost.units} units)"
    if row.stale:
        yield "stale: the English changed"
    if not row.reviewed:
        yield po.REVIEW


def _parts(count: int) -> str:
    return f"{count} part{'s' if count > 1 else ''}"


def _catalogues(root: Path, only: str | None) -> Iterator[Catalogue]:
    """Every catalogue there is or should be; one whose flow is gone wants nothing."""
    sources = {f"flows/{path.name}": path.read_text(encoding="utf-8") for path in sorted(root.glob("flows/*.yaml"))}
    if ALWAYS not in sources:
        raise click.ClickException(f"{root} has no {ALWAYS}: give the folder that holds flows/ with --root")
    always = load_always(ALWAYS, sources[ALWAYS])
    flows = {flow.name: flow for flow in (load_flow(*pair) for pair in sources.items() if pair[0] != ALWAYS)}
    for locale in po.TRANSLATED if only is None else (only,):
        wanted = po.texts(always, flows, sources, locale)
        for name in _names(root, locale, wanted):
            path = f"translations/{locale}/LC_MESSAGES/{name}.po"
            yield Catalogue(path, locale, wanted.get(name, ()))


def _names(root: Path, locale: str, wanted: Iterable[str]) -> list[str]:
    there = (path.stem for path in root.glob(f"translations/{locale}/LC_MESSAGES/*.po"))
    return sorted({*wanted, *there})
