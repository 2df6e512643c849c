"""docs/frontend.md, followed to the letter: it cannot lie."""

import asyncio
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from deploy.local.process import HOME
from gateway import limits
from tests.journeys.page import DOCS, Block, Names, blocks, told
from tests.journeys.town import AGAIN, CAST, Town
from tests.node.workshop import Workshop

PAGE = blocks("frontend.md")
HERE = "127.0.0.1:8000"
PAGES = HOME / "tests" / "node" / "pages"


def moved(text: str, town: Town) -> str:
    """An example that reaches this town."""
    return text.replace(HERE, town.system.url("gateway").removeprefix("http://"))


@pytest.fixture(scope="session")
async def ann(town: Town) -> str:
    """The token that the page begins with."""
    return await town.member("ann", ("organizer", "strategist"), "employee")


async def patiently(town: Town, token: str, operation: str, variables: dict[str, Any]) -> Any:
    """The answer; asked again while it is only early, on a machine too busy for the services to hear each other."""
    for _ in range(60):
        answer = await town.ask(token, operation, **variables)
        payloads = [each for each in (answer.get("data") or {}).values() if isinstance(each, dict)]
        codes = {error["code"] for payload in payloads for error in payload.get("errors", ())}
        if not codes & set(AGAIN):
            break
    return answer


@pytest.fixture(scope="session")
async def names(town: Town, ann: str) -> Names:
    """What the page's operations, followed from the first to the last, have made. Each answers as is shown."""
    known, operation = Names(), ""
    variables: dict[str, Any] = {}
    asked = 0
    for block in PAGE:
        if block.language == "graphql":
            operation, variables = block.text, {}
        elif block.language == "json" and not told(block):
            variables = known.filled(json.loads(block.text))
        elif block.language == "json" and operation:
            answer = await patiently(town, ann, operation, variables)
            assert list(known.differences(json.loads(block.text), answer)) == [], operation
            asked += 1
    assert asked >= 7
    return known


def test_every_example_is_of_a_kind_that_is_run() -> None:
    assert {block.language for block in PAGE} == {"sh", "graphql", "json", "js", "ts"}


async def test_the_operations_answer_what_the_page_shows(names: Names) -> None:
    assert {"<goal>", "<challenge>", "<ballot>", "<idea>", "<end>"} <= names.known.keys()


def test_a_page_that_lies_is_noticed() -> None:
    names = Names({"<idea>": "one"})

    assert list(names.differences({"idea": {"id": "<idea>"}}, {"idea": {"id": "another"}}))
    assert list(names.differences({"errors": []}, {"errors": [{"code": "KeyReused"}]}))
    assert list(names.differences({"idea": None}, {}))
    assert list(names.differences({"id": "<other>", "idea": "<idea>"}, {"id": "another", "idea": "one"})) == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on PATH")
async def test_the_shell_gets_a_token_and_asks(town: Town) -> None:
    [shell], [shown, *_] = [block for block in PAGE if block.language == "sh"], [block for block in PAGE if told(block)]
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", moved(shell.text, town)),
        cwd=HOME,
        env=os.environ | {"FOLKMOOT_API": town.system.url("gateway")},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()

    assert process.returncode == 0
    assert list(Names().differences(json.loads(shown.text), json.loads(said))) == []


def test_codes_and_limits_are_those_of_the_code() -> None:
    text = (DOCS / "frontend.md").read_text()
    source = "".join(
        file.read_text() for room in ("contracts", "chassis", "gateway") for file in Path(room).rglob("*.py")
    )
    codes = set(re.findall(r"`([A-Z][a-z]+[A-Za-z]*)`", text))

    assert len(codes) > 8
    assert {code for code in codes if f"class {code}(" not in source and f'"{code}"' not in source} == set()
    assert f"{limits.LONGEST:,} characters, {limits.DEEPEST} levels\nand {limits.MOST_ALIASES} aliases" in text


SCREEN = """
globalThis.WebSocket ??= (await import("ws")).default;
const seen = [];
globalThis.token = async () => process.env.TOKEN;
globalThis.ballotId = process.env.BALLOT;
globalThis.show = (tally) => {
  console.log(JSON.stringify(tally));
  if (seen.push(tally) === 2) process.exit(0);
};
await import("./example.mjs");
"""


@pytest.mark.parametrize("example", [block for block in PAGE if block.language == "js"], ids=["websocket", "sse"])
async def test_a_screen_moves_by_itself(town: Town, ann: str, names: Names, workshop: Workshop, example: Block) -> None:
    workshop.put("example.mjs", moved(example.text, town))
    workshop.put("screen.mjs", SCREEN)
    ballot, idea = names.known["<ballot>"], names.known["<idea>"]
    showing = asyncio.create_task(workshop.run("screen.mjs", TOKEN=ann, BALLOT=ballot))
    for choice in ("DISAGREE", "AGREE") * 100:  # until the screen has seen one of them move
        if showing.done():
            break
        await town.do(ann, CAST, ballotId=ballot, optionId=idea, choice=choice)
        await asyncio.wait([showing], timeout=0.3)

    first, second = [json.loads(line) for line in (await showing).splitlines()]
    assert second["version"] > first["version"]
    assert [option["optionId"] for option in second["counts"]] == [idea]


async def generated(workshop: Workshop, town: Town) -> None:
    """The page's client with types of this schema and of the pages' queries."""
    config, ask = [block.text for block in PAGE if block.language == "ts"]
    workshop.put("codegen.ts", config)
    workshop.put("ask.ts", moved(ask, town))
    workshop.put("tsconfig.json", (PAGES / "tsconfig.json").read_text())
    workshop.put("schema.graphql", (HOME / "gateway" / "schema.graphql").read_text())
    for file in PAGES.glob("*.graphql"):
        workshop.put(f"pages/{file.name}", file.read_text())
    await workshop.run("graphql-codegen", "--config", "codegen.ts")


async def test_g7_generated_types_compile_and_the_pages_queries_run(
    town: Town, ann: str, names: Names, workshop: Workshop
) -> None:
    await generated(workshop, town)
    workshop.put("visit.ts", (PAGES / "visit.ts").read_text())
    await workshop.run("tsc", "--project", "tsconfig.json")

    bob, desk = await town.member("bob"), await town.member("rita", ("responder",), "employee")

    told = await workshop.told("out/visit.js", ann, bob, desk, names.known["<challenge>"])

    assert names.known["<challenge>"] in told["challenges"]
    assert (told["idea"]["author"]["name"], told["idea"]["myChoice"]) == ("ann", "AGREE")
    assert told["refused"] == ["NotAnId"]
    assert told["similar"] == [told["caseId"]]
    assert (told["waiting"]["body"], told["waiting"]["desk"]["filer"]["name"]) == ("Nobody answers.", "ann")
    assert (told["mine"]["joiners"], told["mine"]["mine"]["clock"]["state"]) == (1, "MET")
    assert [each["node"]["text"][:13] for each in told["mine"]["thread"]["edges"]] == ["We are on it:"]


async def test_g7_a_query_that_the_schema_does_not_know_does_not_compile(town: Town, workshop: Workshop) -> None:
    await generated(workshop, town)
    workshop.put(
        "visit.ts",
        'import { ChallengesDocument } from "./gql/graphql.js";\nimport { ask } from "./ask.js";\n'
        "console.log((await ask(ChallengesDocument, {})).challenges?.nonsense);\n",
    )

    with pytest.raises(AssertionError, match="nonsense"):
        await workshop.run("tsc", "--project", "tsconfig.json")
