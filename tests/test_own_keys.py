"""A key of its own opens what is its owner's and nothing else; without it nothing does."""

from __future__ import annotations

import pytest

from hotline.errors import SealBroken
from hotline.own_keys import OwnKey, case_owner, open_detail, open_number, person_owner, seal_case
from hotline.sealing import Vault

pytestmark = pytest.mark.fast
NUMBER = "+923001234567"


def test_what_is_sealed_with_it_is_opened_with_it(vault: Vault) -> None:
    key = OwnKey.new(person_owner("a"))
    assert open_number(vault, "person:a", key.sealed(vault), key.seal("number", NUMBER.encode())) == NUMBER


def test_two_owners_have_two_keys_and_do_not_open_each_other(vault: Vault) -> None:
    first, second = (OwnKey.new(person_owner(one)) for one in "ab")
    sealed = first.seal("number", NUMBER.encode())
    for owner, key in (("person:b", second.sealed(vault)), ("person:b", first.sealed(vault)), ("person:a", b"")):
        with pytest.raises(SealBroken):
            open_number(vault, owner, key, sealed)


def test_a_column_moved_to_another_does_not_open(vault: Vault) -> None:
    case = seal_case(vault, "c1", NUMBER, "4859")
    assert open_number(vault, case_owner("c1"), case.key_sealed, case.number_sealed) == NUMBER
    assert open_detail(vault, "c1", case.key_sealed, case.detail_sealed) == "4859"
    with pytest.raises(SealBroken):
        open_number(vault, case_owner("c1"), case.key_sealed, case.detail_sealed)
    with pytest.raises(SealBroken):
        open_detail(vault, "c1", case.key_sealed, b"")


def test_a_changed_byte_is_noticed(vault: Vault) -> None:
    key = OwnKey.new("person:a")
    sealed = key.seal("number", NUMBER.encode())
    for place in range(len(sealed)):
        broken = bytearray(sealed)
        broken[place] ^= 1
        with pytest.raises(SealBroken):
            key.open("number", bytes(broken))
