"""Who works at the centre: what each role may do, which password is good enough, and how guessing is slowed down."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from hotline.domain.broadcast import NOBODY
from hotline.frozen import frozen


class Role(StrEnum):
    """What somebody was taken on for. One person may have several, at one centre."""

    COUNSELLOR = "counsellor"
    EDITOR = "content_editor"
    BROADCASTER = "broadcaster"
    APPROVER = "approver"
    REGISTRY = "registry_officer"
    MANAGER = "centre_manager"
    AUDITOR = "auditor"
    ADMIN = "system_admin"


class Right(StrEnum):
    """Something a role may do. What is not in RIGHTS is refused."""

    OWN_CASES = "read own and unassigned cases"
    ALL_CASES = "read all cases of the centre"
    REVEAL_OWN = "reveal a number of an own case"
    REVEAL = "reveal a number"
    EDIT = "edit flows and translations"
    DRAFT = "draft a broadcast"
    APPROVE = "approve what others wrote"
    REGISTER = "import the register"
    STOP = "stop a broadcast"
    EXPORT = "export without numbers"
    EXPORT_NUMBERS = "export with numbers, with a second person"
    ACCOUNTS = "create accounts"
    ROLES = "give roles in the centre"
    AUDIT_OWN = "read the centre's audit trail"
    AUDIT = "read and verify the whole audit trail"
    AUDIT_HEAD = "read the audit trail's head"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.COUNSELLOR: frozenset({Right.OWN_CASES, Right.REVEAL_OWN}),
    Role.EDITOR: frozenset({Right.EDIT}),
    Role.BROADCASTER: frozenset({Right.DRAFT, Right.STOP}),
    Role.APPROVER: frozenset({Right.DRAFT, Right.APPROVE, Right.STOP}),
    Role.REGISTRY: frozenset({Right.REGISTER}),
    Role.MANAGER: frozenset({
        Right.ALL_CASES, Right.REVEAL, Right.DRAFT, Right.APPROVE, Right.STOP, Right.EXPORT, Right.EXPORT_NUMBERS,
        Right.ROLES, Right.AUDIT_OWN,
    }),
    Role.AUDITOR: frozenset({Right.EXPORT, Right.AUDIT}),
    Role.ADMIN: frozenset({Right.STOP, Right.ACCOUNTS, Right.AUDIT_HEAD}),
}  # fmt: skip


@frozen
class Member:
    """Somebody who works here, at `centre`. A disabled one may nothing."""

    name: str
    roles: frozenset[Role]
    centre: str
    disabled_at: datetime | None = None

    def may(self, right: Right, centre: str) -> bool:
        """Whether this person may do that at this centre: only what a role of theirs allows, only at their own."""
        if self.disabled_at is not None or centre != self.centre:
            return False
        return any(right in RIGHTS[role] for role in self.roles)


_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")


def why_no_name(name: str) -> str:
    """Why nobody may be called so; "" where they may."""
    if name in NOBODY:
        return f"{name} stands for nobody: choose another name"
    return "" if _NAME.fullmatch(name) else "write a name as small letters and digits, such as nasreen or n.bibi"


SHORTEST, LONGEST = 12, 256
_CODED = str.maketrans("01345789@$!", "oieastbgasi")
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")


def why_weak(password: str, own: Iterable[str], common: Collection[str]) -> str:
    """Why a password is not good enough; "" where it is. Any characters may stand in it.

    `own` are words an outsider thinks of first: the person, the centre, the house. `common` are small words and
    patterns as they stand in config/common_passwords.txt.
    """
    if len(password) < SHORTEST:
        return f"a password has at least {SHORTEST} characters: three or four words make a good one"
    if len(password) > LONGEST:
        return f"a password has at most {LONGEST} characters"
    small = password.casefold()
    if len(set(small)) < 5:
        return "this password repeats a few signs: choose another"
    # Digits round a word are a year or a count; those within it stand for letters.
    for form in (small, small.strip("0123456789 .-_!").translate(_CODED)):
        letters = re.sub(r"[\W_]+", "", form)
        for word in own:
            if len(word) > 2 and _is_mostly(letters, word.casefold()):
                return "this password is made of a name everybody here knows: choose another"
        if _made_of(letters, common):
            return "this password is among those that are tried first: choose another"
    return ""


def _is_mostly(password: str, word: str) -> bool:
    """Whether little is left when a word is taken out."""
    return word in password and len(password.replace(word, "")) < SHORTEST - 4


def _made_of(password: str, common: Collection[str]) -> bool:
    """Whether it is one common word, once or repeated, with digits or a run of keys round it."""
    core = password.strip("0123456789")
    if not core or core in common or password in common:
        return True
    for width in range(1, len(core) // 2 + 1):
        if len(core) % width == 0 and core == core[:width] * (len(core) // width):
            return True
    rest = _without_runs(core)
    return len(rest) < 4 or rest in common or _two_of(core, common)


def _two_of(core: str, common: Collection[str]) -> bool:
    return any(core[:cut] in common and core[cut:] in common for cut in range(3, len(core) - 2))


def _without_runs(text: str) -> str:
    """The text less every stretch of four or more keys in a row, forwards or backwards."""
    for run in _RUNS:
        for keys in (run, run[::-1]):
            for width in range(len(keys), 3, -1):
                for at in range(len(keys) - width + 1):
                    text = text.replace(keys[at : at + width], "")
    return text


LOCK_AFTER = 10
LOCK = timedelta(minutes=15)
_FREE_TRIES = 3


def delay(failures: int) -> timedelta:
    """How long nobody may sign in under a name after so many wrong passwords in a row; never for ever."""
    if failures < _FREE_TRIES:
        return timedelta(0)
    return LOCK if failures >= LOCK_AFTER else timedelta(seconds=2.0 ** (failures - _FREE_TRIES))
