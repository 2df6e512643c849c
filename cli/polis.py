"""A consultation as Polis exports it: its comments, every vote row, and the published matrix of last votes."""

import csv
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.errors import Trouble
from contracts.voting import Position

TITLE_LENGTH = 200
POSITIONS = {1: Position.AGREE, 0: Position.PASS, -1: Position.DISAGREE}
COMMENT_COLUMNS = ("timestamp", "comment-id", "author-id", "comment-body")
VOTE_COLUMNS = ("timestamp", "comment-id", "voter-id", "vote")

Cells = dict[tuple[str, str], Position]  # (voter, comment) -> the last vote


@dataclass(frozen=True)
class Comment:
    """One comment, whatever its moderators thought of it: moderated ones carry votes too."""

    id: str
    author: str
    body: str


@dataclass(frozen=True)
class Vote:
    """One row of votes; `row` counts from 0 in time order and names the row for ever."""

    row: int
    voter: str
    comment: str
    position: Position


@dataclass(frozen=True)
class Consultation:
    """All of one export, in time order (file order where times tie).

    `name` is the folder's, `digest` its content's: together they name the export in idempotency keys.
    """

    name: str
    digest: str
    topic: str
    description: str
    began: datetime
    comments: tuple[Comment, ...]
    votes: tuple[Vote, ...]
    published: Mapping[tuple[str, str], Position]

    @property
    def people(self) -> tuple[str, ...]:
        """Everyone who voted or commented, in order of appearance."""
        said = [comment.author for comment in self.comments] + [vote.voter for vote in self.votes]
        return tuple(dict.fromkeys(said))


def read(folder: Path) -> Consultation:
    """The consultation in this folder. Raises Trouble, naming file and line, where it is not a Polis export."""
    folder = folder.resolve()
    summary = _summary(folder / "summary.csv")
    comments = _in_time(_rows(folder / "comments.csv", COMMENT_COLUMNS), folder / "comments.csv")
    votes = _in_time(_rows(folder / "votes.csv", VOTE_COLUMNS), folder / "votes.csv")
    known = {row["comment-id"] for row in comments}
    for row in votes:
        if row["comment-id"] not in known:
            raise Trouble(f"{folder / 'votes.csv'}: comment {row['comment-id']} is not in comments.csv.")
    first = int((votes or comments)[0]["timestamp"]) if votes or comments else 0
    return Consultation(
        name=folder.name,
        digest=_digest(folder / "comments.csv", folder / "votes.csv"),
        topic=summary.get("topic") or folder.name,
        description=summary.get("conversation-description", "").strip(),
        began=datetime.fromtimestamp(first / 1000, UTC),
        comments=tuple(Comment(row["comment-id"], row["author-id"], row["comment-body"]) for row in comments),
        votes=tuple(
            Vote(place, row["voter-id"], row["comment-id"], _position(row["vote"], folder / "votes.csv"))
            for place, row in enumerate(votes)
        ),
        published=_published(folder / "participants-votes.csv"),
    )


def title_of(body: str, longest: int = TITLE_LENGTH) -> str:
    """The beginning of a comment, cut after a word, in one line of at most `longest` characters."""
    text = " ".join(body.split())
    if len(text) <= longest:
        return text
    cut = text[:longest].rpartition(" ")[0] or text[: longest - 1]
    return f"{cut[: longest - 1].rstrip()}…"


def column_sums(cells: Mapping[tuple[str, str], Position]) -> dict[str, Counter[Position]]:
    """How many stand where towards each comment. A comment that nobody voted on has no entry."""
    sums: dict[str, Counter[Position]] = {}
    for (_, comment), position in cells.items():
        sums.setdefault(comment, Counter())[position] += 1
    return sums


def last_votes(votes: tuple[Vote, ...]) -> Cells:
    """What the rows come to: the last vote of each member on each comment."""
    return {(vote.voter, vote.comment): vote.position for vote in votes}


def _published(path: Path) -> Cells:
    """The published matrix. An empty cell is no vote, which is not the same as a pass (0)."""
    cells: Cells = {}
    for row in _rows(path, ("participant",)):
        for column, cell in row.items():
            if column.isdigit() and cell != "":
                cells[row["participant"], column] = _position(cell, path)
    return cells


def _digest(*paths: Path) -> str:
    """Tells one content from another."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]


def _position(text: str, path: Path) -> Position:
    try:
        return POSITIONS[int(text)]
    except (ValueError, KeyError):
        raise Trouble(f"{path}: a vote is 1, 0 or -1, not {text!r}.") from None


def _in_time(rows: list[dict[str, str]], path: Path) -> list[dict[str, str]]:
    """Sorted by timestamp; rows of one time keep the order of the file."""
    try:
        return sorted(rows, key=lambda row: int(row["timestamp"]))
    except ValueError:
        raise Trouble(f"{path}: a timestamp is not a whole number of milliseconds.") from None


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise Trouble(f"{path} has no column {missing[0]!r}: it is not from a Polis export.")
            return list(reader)
    except (FileNotFoundError, NotADirectoryError):
        raise Trouble(
            f"There is no {path}. Give the folder of one Polis export: it holds comments.csv, votes.csv and "
            "participants-votes.csv."
        ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Trouble(f"{path} cannot be read: {error}.") from None


def _summary(path: Path) -> dict[str, str]:
    """The few facts about the consultation; an export without them is still one."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        return {row[0]: row[1] for row in csv.reader(file) if len(row) > 1}
