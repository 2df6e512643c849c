"""Reading a Polis export."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.errors import Trouble
from cli.polis import column_sums, last_votes, read, title_of
from contracts.voting import Position

POLIS = Path(__file__).parents[3] / "shared" / "data" / "polis"


def test_votes_are_put_in_time_order_and_ties_keep_the_order_of_the_file(folder: Path) -> None:
    votes = read(folder).votes

    assert [(vote.voter, vote.comment) for vote in votes] == [
        ("7", "0"),
        ("8", "1"),
        ("8", "0"),
        ("9", "1"),
        ("7", "0"),
    ]
    assert [vote.row for vote in votes] == [0, 1, 2, 3, 4]


def test_an_empty_cell_is_no_vote_and_a_nought_is_a_pass(folder: Path) -> None:
    published = read(folder).published

    assert published[("8", "1")] == Position.PASS
    assert ("7", "1") not in published


def test_columns_are_found_by_name_and_not_by_place(folder: Path) -> None:
    consultation = read(folder)

    assert last_votes(consultation.votes) == consultation.published


def test_a_moderated_comment_and_one_without_a_column_are_comments_like_all(folder: Path) -> None:
    assert [comment.id for comment in read(folder).comments] == ["0", "14", "1"]


def test_a_column_sum_counts_each_position(folder: Path) -> None:
    assert column_sums(read(folder).published) == {
        "0": {Position.AGREE: 2},
        "1": {Position.PASS: 1, Position.DISAGREE: 1},
    }


def test_a_folder_without_an_export_is_told_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="Give the folder of one Polis export"):
        read(tmp_path)


def test_a_file_with_other_columns_is_not_an_export(folder: Path) -> None:
    (folder / "votes.csv").write_text("a,b\n1,2\n")

    with pytest.raises(Trouble, match="no column 'timestamp'"):
        read(folder)


def test_a_vote_that_is_none_of_the_three_names_its_file(folder: Path) -> None:
    (folder / "votes.csv").write_text("timestamp,datetime,comment-id,voter-id,vote\n1,x,0,7,2\n")

    with pytest.raises(Trouble, match=r"votes\.csv: a vote is 1, 0 or -1, not '2'"):
        read(folder)


def test_a_vote_on_an_unknown_comment_is_noticed_before_anything_is_sent(folder: Path) -> None:
    (folder / "votes.csv").write_text("timestamp,datetime,comment-id,voter-id,vote\n1,x,99,7,1\n")

    with pytest.raises(Trouble, match="comment 99"):
        read(folder)


def test_a_long_comment_is_cut_after_a_word() -> None:
    assert title_of("one two three", longest=9) == "one two…"


def test_a_short_comment_is_its_own_title_in_one_line() -> None:
    assert title_of("a\n b ") == "a b"


@pytest.mark.parametrize(
    ("name", "rows", "cells", "comments", "people"),
    [("scoop-hivemind.ubi", 7_174, 7_153, 71, 234), ("15-per-hour-seattle", 2_995, 2_872, 54, 339)],
)
def test_the_real_consultations_come_to_their_published_matrix(
    name: str, rows: int, cells: int, comments: int, people: int
) -> None:
    if not (POLIS / name).is_dir():
        pytest.skip("the consultations are not beside the repository")
    consultation = read(POLIS / name)

    assert (len(consultation.votes), len(consultation.published)) == (rows, cells)
    assert (len(consultation.comments), len(consultation.people)) == (comments, people)
    assert last_votes(consultation.votes) == consultation.published


@given(st.text(), st.integers(min_value=2, max_value=300))
def test_a_title_is_one_line_within_bounds_and_begins_as_the_comment_does(body: str, longest: int) -> None:
    title = title_of(body, longest)

    assert len(title) <= longest
    assert title == " ".join(title.split())
    assert " ".join(body.split()).startswith(title.removesuffix("…")) or title == " ".join(body.split())
    assert bool(title) == bool(body.strip())
