"""An event that waited on disk, as it is kept today: its person, and all it does, named by the newest data key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

from hotline.domain.keeping import Effect, Kept, MeetPerson, OpenCase
from hotline.domain.report import FileReport
from hotline.errors import SealBroken
from hotline.own_keys import OwnKey, case_owner, open_number, person_owner
from hotline.report_keys import report_marks
from hotline.sealing import Vault


def renewed(kept: Kept, vault: Vault) -> Kept:
    """The same event. What was kept under an older key moves with it, as with an event of now."""
    moved: dict[bytes, bytes] = {}
    older: tuple[bytes, ...] = kept.older
    if kept.number:
        newest, *others = vault.indexes("number", kept.number)
        thread, *threads = vault.indexes("thread", f"{kept.channel}|{kept.number}")
        moved = dict.fromkeys(others, newest) | dict.fromkeys(threads, thread)
        if kept.person_index in (newest, *others):
            older = tuple(others)
    effects = tuple(_renewed(effect, moved, vault) for effect in kept.effects)
    return replace(
        kept,
        person_index=moved.get(kept.person_index, kept.person_index),
        thread_index=moved.get(kept.thread_index, kept.thread_index),
        older=older,
        effects=tuple(_marked(one, kept.number, vault) if isinstance(one, FileReport) else one for one in effects),
    )


def _renewed(effect: Effect, moved: Mapping[bytes, bytes], vault: Vault) -> Effect:
    named = {field.name: getattr(effect, field.name) for field in fields(effect)}
    changed = {name: moved[value] for name, value in named.items() if isinstance(value, bytes) and value in moved}
    if changed:
        effect = replace(effect, **changed)  # type: ignore[arg-type]
    match effect:
        case MeetPerson():
            return replace(effect, key_sealed=_resealed(vault, person_owner(effect.id), effect.key_sealed))
        case OpenCase():
            return _of_contact(effect, vault)
    return effect


def _marked(report: FileReport, number: str, vault: Vault) -> FileReport:
    (agency, reporter), *older = report_marks(vault, report.licence, report.name, number)
    return replace(report, agency=agency, reporter=reporter, older=tuple(older))


def _of_contact(case: OpenCase, vault: Vault) -> OpenCase:
    """A case may be another person's: it is found by the number it holds."""
    owner = case_owner(case.id)
    try:
        number = open_number(vault, owner, case.key_sealed, case.number_sealed)
    except SealBroken:
        return case
    index = vault.index("number", number) if number else case.number_index
    return replace(case, number_index=index, key_sealed=_resealed(vault, owner, case.key_sealed))


def _resealed(vault: Vault, owner: str, key_sealed: bytes) -> bytes:
    """The owner's key under the newest data key: the rotation that would have moved it may be over."""
    # The first octet of what a vault sealed says under which generation.
    if key_sealed[:1] == bytes([vault.newest]):
        return key_sealed
    try:
        return OwnKey.kept(vault, owner, key_sealed).sealed(vault)
    except SealBroken:
        return key_sealed
