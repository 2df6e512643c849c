"""`folkmoot`: the command line of whoever visits, imports or demonstrates."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from cli.api import PATIENCE, Api, connected
from cli.comparing import Mismatch
from cli.demo.board import Board
from cli.demo.play import Play
from cli.demo.report import came_out, show
from cli.demo.telling import Telling
from cli.errors import Trouble
from cli.identity import ActingAs, Minted, Passports, issuer_of, mint
from cli.importing import Importer
from cli.polis import read
from cli.reading import CATCHING_UP, compare
from cli.showing import Bars, report
from contracts.messages import Audience, Role

API = "http://127.0.0.1:8000"
SCREENS = 8  # connections that are kept for what is watched


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status. What a person can mend is told on stderr without a stack trace."""
    said = _parser().parse_args(arguments)
    try:
        return int(asyncio.run(said.run(said)))
    except Trouble as trouble:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]Stopped.[/] {trouble}", highlight=False)
        return 2
    except KeyboardInterrupt:
        print(f"Stopped. {said.again}", file=sys.stderr)
        return 130


async def _token(said: argparse.Namespace) -> int:
    """Print a token, alone on stdout, for use in a shell."""
    async with connected(1) as session:
        issuer = await issuer_of(session, said.api)
        print(await mint(session, issuer, said.member, said.roles, said.audience, said.name))
    return 0


async def _import_polis(said: argparse.Namespace) -> int:
    """Import, compare, report; 0 only when every cell and every tally is as published."""
    consultation = read(said.folder)
    async with connected(said.concurrency) as session:
        api = Api(session, said.api, said.concurrency, said.patience)
        issuer = await issuer_of(session, said.api)
        passports: Passports = ActingAs(said.token) if said.token else Minted(session, issuer)
        with Bars() as bars:
            imported = await Importer(consultation, api, passports, bars).run()
        cells, tallies = await compare(api, consultation, imported, min(CATCHING_UP, said.patience))
    return _told(consultation.name, cells, tallies)


def _told(name: str, cells: list[Mismatch], tallies: list[Mismatch]) -> int:
    for line in report(name, cells, tallies):
        print(line)
    return 1 if cells or tallies else 0


async def _demo(said: argparse.Namespace) -> int:
    """Play the story, report; 0 only when everything came out as told."""
    async with connected(said.concurrency + SCREENS) as session:
        board = Board()
        play = Play(Telling(session, Api(session, said.api, said.concurrency, said.patience), board))
        try:
            with board:
                await play.run()
        finally:
            show(play.chapters(), Console(), play.whole)
    return 0 if came_out(play.chapters()) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="folkmoot", description="Visit a Folkmoot from the command line.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _of_token(commands.add_parser("token", help="print an access token of the development issuer"))
    sources = commands.add_parser("import", help="bring a consultation in from elsewhere")
    kinds = sources.add_subparsers(required=True, metavar="FROM")
    _of_polis(kinds.add_parser("polis", help="a folder with comments.csv, votes.csv and participants-votes.csv"))
    _of_demo(commands.add_parser("demo", help="play one story over all four streets, and read it back"))
    return parser


def _of_token(token: argparse.ArgumentParser) -> None:
    _api(token)
    token.add_argument("--member", required=True, help="who it is for, such as ann")
    token.add_argument("--roles", type=_roles, default=(), help=f"of {', '.join(Role)}, separated by commas")
    token.add_argument("--audience", type=Audience, default=Audience.EMPLOYEE, choices=list(Audience))
    token.add_argument("--name", help="the name that others see; the member's, unless said")
    token.set_defaults(run=_token, again="Run it again.")


def _of_polis(polis: argparse.ArgumentParser) -> None:
    _api(polis)
    polis.add_argument("folder", type=Path, help="one Polis export")
    polis.add_argument("--concurrency", type=_number, default=64, help="requests under way at a time (64)")
    polis.add_argument("--token", help="an admin's token, to act as each member; without it, tokens are minted locally")
    polis.add_argument("--patience", type=float, default=PATIENCE, help="seconds without progress until giving up (90)")
    polis.set_defaults(run=_import_polis, again="Run it again to go on where it ended.")


def _of_demo(demo: argparse.ArgumentParser) -> None:
    _api(demo)
    demo.add_argument("--concurrency", type=_number, default=32, help="requests under way at a time (32)")
    demo.add_argument("--patience", type=float, default=PATIENCE, help="seconds without progress until giving up (90)")
    demo.set_defaults(run=_demo, again="Run it again: it is told anew, with a goal and a challenge of its own.")


def _api(command: argparse.ArgumentParser) -> None:
    where = os.environ.get("FOLKMOOT_API", API)
    command.add_argument("--api", default=where, help=f"where the API is ({API}, or $FOLKMOOT_API)")


def _roles(text: str) -> tuple[Role, ...]:
    """`organizer,strategist`, or with spaces."""
    try:
        return tuple(Role(word) for word in text.replace(",", " ").split())
    except ValueError:
        raise argparse.ArgumentTypeError(f"roles are {', '.join(Role)}") from None


def _number(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError("give a whole number from 1 to 1000")
    return int(text)
