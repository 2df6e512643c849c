"""A commitment to every vote of a ballot, and the receipts that prove a vote is under it (V7).

The tree is that of RFC 9162 (Certificate Transparency 2.0), section 2.1: SHA-256, leaves and nodes hashed apart. A
leaf is the vote as it is published: its nonce and its marks, without who cast it. Leaves stand in the order of their
hashes, so that their order tells nothing about who voted when.

Whoever holds the published votes recounts them and computes the root again. Whoever holds a receipt knows that the
vote with their nonce is among them. A receipt shows its holder's vote to whomever they show it.
"""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID


@dataclass(frozen=True)
class Published:
    """One vote as anyone may see it. Marks are whole numbers, or positions on a stance ballot."""

    nonce: str
    marks: Mapping[UUID, int | str]


@dataclass(frozen=True)
class Commitment:
    """What a ballot publishes at its close: the root over its votes, in hexadecimal, and how many there are."""

    root: str
    votes: int


@dataclass(frozen=True)
class Receipt:
    """Proof that one vote is under a commitment: its place among the leaves, the hashes beside its way to the root."""

    vote: Published
    place: int
    path: tuple[str, ...]


def nonce(secret: bytes, ballot_id: UUID, paper: str) -> str:
    """A number that only the ballot and the paper's holder know; without it, guessing the marks would find the leaf.

    `secret` is the ballot's own, at least 16 random bytes (HMAC-SHA256, RFC 2104).
    """
    return hmac.new(secret, f"{ballot_id}:{paper}".encode(), sha256).hexdigest()


class Commitments:
    """All votes of one ballot under one root. Hashing is done once; a receipt then costs log n."""

    def __init__(self, ballot_id: UUID, votes: Iterable[Published]) -> None:
        self._ballot_id = ballot_id
        leaves = sorted(leaf(ballot_id, vote) for vote in votes)
        self._places = {hashed: place for place, hashed in enumerate(leaves)}
        self._levels = levels(leaves)

    @property
    def commitment(self) -> Commitment:
        """The root over all votes; over none it is the hash of nothing."""
        leaves, top = self._levels[0], self._levels[-1]
        return Commitment(top[0].hex() if top else sha256().hexdigest(), len(leaves))

    def receipt(self, vote: Published) -> Receipt:
        """The proof that this vote is under the root. KeyError for a vote that is not."""
        place = self._places[leaf(self._ballot_id, vote)]
        path = [
            level[place >> height ^ 1].hex()
            for height, level in enumerate(self._levels)
            if place >> height ^ 1 < len(level)
        ]
        return Receipt(vote, place, tuple(path))


def proves(receipt: Receipt, ballot_id: UUID, commitment: Commitment) -> bool:
    """Whether the receipt's vote is under the commitment (RFC 9162, 2.1.3.2)."""
    at, last = receipt.place, commitment.votes - 1
    if not 0 <= at <= last:
        return False
    hashed = leaf(ballot_id, receipt.vote)
    for beside in map(bytes.fromhex, receipt.path):
        if last == 0:
            return False
        if at & 1 or at == last:
            hashed = _node(beside, hashed)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            hashed = _node(hashed, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and hashed.hex() == commitment.root


def leaf(ballot_id: UUID, vote: Published) -> bytes:
    """The hash of one vote: of "\\0" and the canonical JSON (sorted keys, no spaces) of ballot, marks and nonce."""
    marks = {str(option): mark for option, mark in vote.marks.items()}
    said = {"ballot": str(ballot_id), "marks": marks, "nonce": vote.nonce}
    return hash_leaf(json.dumps(said, sort_keys=True, separators=(",", ":")).encode())


def hash_leaf(said: bytes) -> bytes:
    """A leaf's hash, which no node's can equal."""
    return sha256(b"\0" + said).digest()


def levels(leaves: Sequence[bytes]) -> list[Sequence[bytes]]:
    """The tree from its leaves up to its root; whoever has no one beside them moves up as they are."""
    tree = [leaves]
    while len(tree[-1]) > 1:
        below = tree[-1]
        above = [_node(left, right) for left, right in zip(below[::2], below[1::2], strict=False)]
        tree.append(above + list(below[2 * len(above) :]))
    return tree


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()
