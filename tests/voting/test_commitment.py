"""The commitment over a ballot's votes, and the receipts."""

from dataclasses import replace
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voting.commitment import Commitment, Commitments, Published, hash_leaf, leaf, levels, nonce, proves
from tests.voting.counting.elections import A, B

BALLOT, OTHER_BALLOT = UUID(int=1), UUID(int=2)
SECRET = b"sixteen bytes and some more"

# the test inputs of Certificate Transparency's reference implementation, and its roots over the first n of them
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def votes(count: int) -> list[Published]:
    return [Published(nonce(SECRET, BALLOT, f"paper {at}"), {A: at, B: -1}) for at in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_tree_is_that_of_certificate_transparency(size: int) -> None:
    tree = levels([hash_leaf(bytes.fromhex(said)) for said in INPUTS[:size]])

    assert [root.hex() for root in tree[-1]] == [ROOTS[size - 1]]


def test_a_leaf_is_what_the_page_on_counting_says_it_is() -> None:
    said = f'{{"ballot":"{BALLOT}","marks":{{"{B}":"agree","{A}":3}},"nonce":"n"}}'

    assert leaf(BALLOT, Published("n", {A: 3, B: "agree"})) == sha256(b"\0" + said.encode()).digest()


def test_nobody_voted() -> None:
    assert Commitments(BALLOT, []).commitment == Commitment(sha256(b"").hexdigest(), 0)


@pytest.mark.parametrize("count", [*range(1, 18), 100])
def test_every_receipt_proves_its_vote(count: int) -> None:
    cast = votes(count)
    commitments = Commitments(BALLOT, cast)

    assert commitments.commitment.votes == count
    receipts = [commitments.receipt(vote) for vote in cast]
    assert sorted(receipt.place for receipt in receipts) == list(range(count))
    assert all(proves(receipt, BALLOT, commitments.commitment) for receipt in receipts)
    assert all(len(receipt.path) <= count.bit_length() for receipt in receipts)


@given(count=st.integers(1, 20), which=st.integers(0, 19), tamper=st.data())
def test_a_receipt_that_was_touched_proves_nothing(count: int, which: int, tamper: st.DataObject) -> None:
    cast = votes(count)
    commitments = Commitments(BALLOT, cast)
    receipt, commitment = commitments.receipt(cast[which % count]), commitments.commitment

    assert not proves(replace(receipt, vote=Published(receipt.vote.nonce, {A: 99})), BALLOT, commitment)
    assert not proves(replace(receipt, vote=replace(receipt.vote, nonce="another")), BALLOT, commitment)
    assert not proves(receipt, OTHER_BALLOT, commitment)
    assert not proves(receipt, BALLOT, replace(commitment, root="0" * 64))
    for place in {-1, count, tamper.draw(st.integers(0, count - 1))} - {receipt.place}:
        assert not proves(replace(receipt, place=place), BALLOT, commitment)
    assert not proves(replace(receipt, path=(*receipt.path, "0" * 64)), BALLOT, commitment)
    if receipt.path:
        assert not proves(replace(receipt, path=receipt.path[:-1]), BALLOT, commitment)
        assert not proves(replace(receipt, path=("0" * 64, *receipt.path[1:])), BALLOT, commitment)


@given(count=st.integers(1, 20), which=st.integers(0, 19), mark=st.integers(-99, 99))
def test_the_commitment_changes_if_any_vote_does(count: int, which: int, mark: int) -> None:
    cast = votes(count)
    at = which % count
    changed = [*cast[:at], Published(cast[at].nonce, {A: mark, B: -1}), *cast[at + 1 :]]
    fewer = [*cast[:at], *cast[at + 1 :]]
    before = Commitments(BALLOT, cast).commitment

    assert (Commitments(BALLOT, changed).commitment == before) is (mark == at)
    assert Commitments(BALLOT, fewer).commitment != before
    assert Commitments(BALLOT, [*cast, Published("one more", {})]).commitment != before
    assert Commitments(OTHER_BALLOT, cast).commitment != before


@given(st.permutations(votes(7)))
def test_neither_the_order_of_votes_nor_of_marks_changes_the_commitment(shuffled: list[Published]) -> None:
    turned = [Published(vote.nonce, dict(reversed(list(vote.marks.items())))) for vote in shuffled]

    assert Commitments(BALLOT, turned).commitment == Commitments(BALLOT, votes(7)).commitment


def test_a_vote_that_is_not_there_has_no_receipt() -> None:
    with pytest.raises(KeyError):
        Commitments(BALLOT, votes(3)).receipt(Published("another", {}))


def test_a_nonce_is_known_only_with_the_secret() -> None:
    drawn = {
        nonce(SECRET, BALLOT, "paper"),
        nonce(b"another secret, just as long", BALLOT, "paper"),
        nonce(SECRET, OTHER_BALLOT, "paper"),
        nonce(SECRET, BALLOT, "another paper"),
    }

    assert len(drawn) == 4
    assert all(len(drawn_nonce) == 64 for drawn_nonce in drawn)
    assert nonce(SECRET, BALLOT, "paper") in drawn
