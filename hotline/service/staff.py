"""Taking people on, and knowing them again by their password: slow for guessers, the same for a name that is none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from hotline.domain.staff import Member, Role, delay, why_no_name, why_weak
from hotline.errors import Refused
from hotline.store import staff as store
from hotline.store.database import Database

HOUSE_WORDS = ("hotline", "migrant", "resource", "centre", "center", "mrc", "password", "pakistan", "punjab", "lahore")
"""What an outsider thinks of first."""
NOT_KNOWN = "name and password do not belong together, or there were too many tries: wait a little and try again"


def usual_hasher() -> PasswordHasher:
    """Argon2id, 64 MiB, three passes, four lanes: more than the OWASP floor of 19 MiB and two."""
    return PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)


class Staff:
    """The accounts. `common` are passwords tried first; `centres` the keys of the districts there are."""

    def __init__(
        self, database: Database, hasher: PasswordHasher, common: Collection[str], centres: Collection[str]
    ) -> None:
        self._database, self._hasher, self._common, self._centres = database, hasher, common, centres
        self._nobody = ""

    def add(self, member: Member, password: str, now: datetime) -> None:
        """Take somebody on. Raises Refused for a name, centre or password that will not do."""
        if why := why_no_name(member.name):
            raise Refused(why)
        if member.centre not in self._centres:
            raise Refused(f"there is no centre {member.centre}: there are {', '.join(sorted(self._centres))}")
        if not member.roles:
            raise Refused(f"{member.name} needs a role: {', '.join(Role)}")
        store.add(self._database, member, self._hashed(member, password), now)

    def set_password(self, name: str, password: str) -> None:
        """Give somebody a new password. Raises NotFound, Refused."""
        member = store.find(self._database, name)
        if member.disabled_at is not None:
            raise Refused(f"{name} is disabled, and no password helps: `hotline staff enable {name}` takes them back")
        store.set_password(self._database, name, self._hashed(member, password))

    def enable(self, name: str, password: str) -> Member:
        """Take back who left, under the same name: under another they could approve what they wrote under this one.

        What they approved before they left and was not sent stays without their approval. Raises NotFound, Refused.
        """
        member = store.find(self._database, name)
        store.enable(self._database, name, self._hashed(member, password))
        return replace(member, disabled_at=None)

    def set_roles(self, name: str, roles: Collection[Role]) -> Member:
        """What somebody may from now on; what they approved before and was not sent needs another approval."""
        store.set_roles(self._database, name, roles)
        return store.find(self._database, name)

    def disable(self, name: str, now: datetime) -> None:
        """This person works here no more. Raises NotFound."""
        store.disable(self._database, name, now)

    def everybody(self) -> tuple[Member, ...]:
        """All accounts, by name."""
        return store.everybody(self._database)

    def sign_in(self, name: str, password: str, now: datetime) -> Member:
        """Who this is. Raises Refused, in the same words and after the same work whatever was wrong."""
        account, may_try = store.begin_try(self._database, name, now, delay)
        nobodys = self._nobodys()
        right = self._fits(account.password_hash if account else nobodys, password)
        if account is None or not right or not may_try or account.member.disabled_at is not None:
            raise Refused(NOT_KNOWN)
        stale = self._hasher.check_needs_rehash(account.password_hash)
        store.succeeded(self._database, name, self._hasher.hash(password) if stale else "")
        return account.member

    def _hashed(self, member: Member, password: str) -> str:
        own = (*HOUSE_WORDS, *self._centres, member.name, *member.name.replace("-", ".").split("."))
        if why := why_weak(password, own, self._common):
            raise Refused(why)
        return self._hasher.hash(password)

    def _fits(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    def _nobodys(self) -> str:
        """The hash of a password nobody has: an unknown name must cost as much as a known one."""
        self._nobody = self._nobody or self._hasher.hash(bytes(32))
        return self._nobody
