"""Comments through the API: said, answered, taken back, and read as a thread."""

from typing import Any
from uuid import uuid4

import pytest

from gateway.nodes import global_id
from tests.gateway.conftest import ANN_ID, House
from tests.gateway.standin import done, refused
from tests.gateway.test_pages import IDEAS, MOMENT, idea

COMMENT, REPLY = uuid4(), uuid4()
SHOWN = "id ideaId author { name } replyTo depth text postedAt revisedAt version"
POST = f"""mutation Post($input: PostCommentInput!) {{
  postComment(input: $input) {{ comment {{ {SHOWN} }} events {{ kind }} errors {{ code path }} }}
}}"""


def comment(id: object = COMMENT, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": str(id),
        "idea_id": str(IDEAS[0]),
        "author_id": str(ANN_ID),
        "author_name": "Ann",
        "reply_to": None,
    }
    told |= {"depth": 1, "text": "With beans?", "posted_at": MOMENT, "revised_at": None, "version": 1}
    return told | more


def page(*items: dict[str, Any], total: int) -> dict[str, Any]:
    cursors = [f"c{number}" for number in range(len(items))]
    told = {"items": list(items), "cursors": cursors, "has_next": False, "has_previous": False, "total": total}
    return {"answer": told}


async def test_a_comment_reaches_ideas_as_the_viewers_and_is_shown_at_once(house: House) -> None:
    house.ideas.answers["PostComment"] = lambda data: done("CommentPosted")
    house.ideas.answers["CommentsNamed"] = lambda data: {
        "answer": [comment(one, reply_to=str(COMMENT), depth=2) for one in data["comment_ids"]]
    }
    asked = {"ideaId": global_id("Idea", IDEAS[0]), "replyTo": global_id("Comment", COMMENT), "text": "With beans?"}

    answer = await house.ask(POST, {"input": asked})

    payload = answer["data"]["postComment"]
    [told] = house.ideas.told("PostComment")
    assert (told["idea_id"], told["reply_to"], told["text"]) == (str(IDEAS[0]), str(COMMENT), "With beans?")
    assert told["member"]["id"] == str(ANN_ID)
    assert payload["events"] == [{"kind": "CommentPosted"}]
    assert payload["errors"] == []
    assert payload["comment"] == {
        "id": global_id("Comment", told["id"]),
        "ideaId": asked["ideaId"],
        "author": {"name": "Ann"},
        "replyTo": asked["replyTo"],
        "depth": 2,
        "text": "With beans?",
        "postedAt": "2026-11-23T12:00:00+00:00",
        "revisedAt": None,
        "version": 1,
    }


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ({"ideaId": global_id("Comment", COMMENT)}, ["ideaId"]),
        ({"replyTo": "garbage"}, ["replyTo"]),
        ({"text": ""}, ["text"]),
        ({"text": "x" * 20_001}, ["text"]),
    ],
)
async def test_what_is_wrong_with_a_comment_is_named_by_its_field(
    house: House, field: dict[str, str], path: list[str]
) -> None:
    asked = {"ideaId": global_id("Idea", IDEAS[0]), "text": "x"} | field

    answer = await house.ask(POST, {"input": asked})

    assert [error["path"] for error in answer["data"]["postComment"]["errors"]] == [path]
    assert house.requests == 0


@pytest.mark.parametrize(("mutation", "more"), [("reviseComment", {"text": "No"}), ("withdrawComment", {})])
async def test_a_comment_is_changed_by_its_id_and_refusals_are_told(
    house: House, mutation: str, more: dict[str, str]
) -> None:
    name = mutation[0].upper() + mutation[1:]
    query = f"mutation M($input: {name}Input!) {{ {mutation}(input: $input) {{ comment {{ id }} errors {{ code }} }} }}"
    house.ideas.answers[name] = lambda data: refused("CommentIsWithdrawn")

    answer = await house.ask(query, {"input": {"commentId": global_id("Comment", COMMENT), **more}})

    assert answer["data"][mutation] == {"comment": None, "errors": [{"code": "CommentIsWithdrawn"}]}
    assert house.ideas.told(name)[0]["comment_id"] == str(COMMENT)


async def test_an_idea_tells_how_many_comments_it_has_and_its_thread_costs_one_request(house: House) -> None:
    house.ideas.answers["IdeasNamed"] = lambda data: {
        "answer": [idea(one) | {"comment_count": 1} for one in IDEAS if str(one) in data["idea_ids"]]
    }
    withdrawn = comment(REPLY, text=None, reply_to=str(COMMENT), depth=2)
    house.ideas.answers["CommentsPage"] = lambda data: page(comment(), withdrawn, total=2)
    query = f"""query Q($id: ID!) {{ idea(id: $id) {{ commentCount comments(first: 2) {{
      totalCount edges {{ cursor node {{ {SHOWN} }} }} }} }} }}"""

    answer = await house.ask(query, {"id": global_id("Idea", IDEAS[0])}, by=None)

    shown = answer["data"]["idea"]
    assert (shown["commentCount"], shown["comments"]["totalCount"]) == (1, 2)
    nodes = [edge["node"] for edge in shown["comments"]["edges"]]
    assert [(node["text"], node["depth"], node["replyTo"]) for node in nodes] == [
        ("With beans?", 1, None),
        (None, 2, nodes[0]["id"]),
    ]
    assert house.ideas.told("CommentsPage")[0]["window"]["first"] == 2
    assert house.requests == 2


async def test_a_comment_is_a_node(house: House) -> None:
    house.ideas.answers["CommentsNamed"] = lambda data: {"answer": [comment()]}
    query = "query Q($id: ID!) { node(id: $id) { __typename ... on Comment { text } } }"

    answer = await house.ask(query, {"id": global_id("Comment", COMMENT)})

    assert answer["data"]["node"] == {"__typename": "Comment", "text": "With beans?"}
