"""How large a question may be, and what is looked at only once."""

from time import process_time

import pytest
from graphql import parse

from contracts.messages import Refused
from gateway.documents import Documents, Rejected
from gateway.limits import DEEPEST, check
from gateway.schema import schema


def nested(depth: int) -> str:
    return "{ a" * depth + " }" * depth


FRAGMENT_BOMB = "query { ...F0 } " + " ".join(
    f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30)
)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (nested(DEEPEST + 1), "QueryIsTooDeep"),
        ("{" + " ".join(f"a{n}: __typename" for n in range(31)) + "}", "TooManyAliases"),
        ("{ ...A ...A } fragment A on Query {" + " ".join(f"a{n}: x" for n in range(16)) + "}", "TooManyAliases"),
        ("{ __typename" + " @skip(if: false)" * 31 + "}", "TooManyDirectives"),
        ("query" + " @a" * 31 + " { x }", "TooManyDirectives"),
        (FRAGMENT_BOMB + " fragment F30 on Query { __typename }", "TooManyFields"),
    ],
)
def test_a_document_past_a_limit_is_refused_by_its_name(query: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check(parse(query))

    assert type(refused.value).__name__ == code


@pytest.mark.parametrize(
    "query",
    [
        "{" + " viewer { id }" * 51 + " }",
        "{" + " ... { viewer { id } }" * 51 + " }",
        "{ ...F"
        + " ...F".join(map(str, range(51)))
        + " }"
        + "".join(f" fragment F{n} on Query {{ viewer {{ id }} }}" for n in range(51)),
        "{ __typename } fragment A on Query {" + " __typename" * 51 + " }",
    ],
    ids=["fields", "inline", "fragments", "unused"],
)
def test_the_same_field_again_and_again_is_refused_before_it_costs_the_square_of_it(query: str) -> None:
    with pytest.raises(Rejected) as rejected:
        Documents(schema._schema, open_to_questions=True).get(query)

    assert rejected.value.errors[0]["extensions"]["code"] == "FieldIsRepeated"


def test_no_document_within_the_bounds_holds_the_others_up_for_long() -> None:
    """What is refused is not remembered, so it costs its checking each time."""
    worst = [
        "{" + "viewer{id} " * 490 + "}",
        "{...F0}" + "".join(f"fragment F{n} on Query{{viewer{{id}} ...F{n + 1}}}" for n in range(150)),
        FRAGMENT_BOMB,
    ]
    for query in worst:
        began = process_time()
        with pytest.raises(Rejected):
            Documents(schema._schema, open_to_questions=True).get(query)
        assert process_time() - began < 0.2  # 0.9 s before what is repeated was counted


def test_a_document_at_a_limit_is_taken() -> None:
    check(parse(nested(DEEPEST)))
    check(parse("{" + " ".join(f"a{n}: __typename" for n in range(30)) + "}"))


def test_what_introspection_asks_for_is_not_deep() -> None:
    check(parse("{ __schema { types " + "{ ofType " * 20 + "{ name }" + " }" * 20 + " } }"))


def test_a_document_is_parsed_and_checked_once() -> None:
    documents = Documents(schema._schema, open_to_questions=True)

    first, second = documents.get("{ viewer { name } }"), documents.get("{ viewer { name } }")

    assert first is second
    assert (documents.hits, documents.misses) == (1, 1)


def test_only_the_latest_used_documents_are_remembered() -> None:
    documents = Documents(schema._schema, open_to_questions=True, most=2)
    for query in ("{ a: __typename }", "{ b: __typename }", "{ a: __typename }", "{ c: __typename }"):
        documents.get(query)

    documents.get("{ a: __typename }")

    assert len(documents) == 2
    assert documents.hits == 2


def test_bad_documents_are_not_remembered() -> None:
    documents = Documents(schema._schema, open_to_questions=True)
    for _ in range(2):
        with pytest.raises(Rejected):
            documents.get("{ nonsense }")

    assert len(documents) == 0


def test_in_production_nobody_is_told_how_the_schema_looks() -> None:
    documents = Documents(schema._schema, open_to_questions=False)

    with pytest.raises(Rejected):
        documents.get("{ __schema { types { name } } }")
    with pytest.raises(Rejected) as rejected:
        documents.get("{ viewr { name } }")
    assert "Did you mean" not in rejected.value.errors[0]["message"]
