"""Voting, as the browser sees it."""

from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Annotated, Any, Self
from uuid import UUID, uuid4

import strawberry

from contracts import voting
from contracts.messages import derived
from contracts.voting import BallotState
from gateway.context import Context, Info
from gateway.counts import Outcome, Tally
from gateway.nodes import Node, found_as, global_id, node, uuid_of
from gateway.pages import Connection, connection, window
from gateway.payloads import Happened, UserError, given, refusing_into
from gateway.purposes import PurposeInput
from gateway.terms import Anonymity, Audience, Change, Method, Position, Publication, Role, TieBreak
from gateway.words import KEY, said, worded

worded(
    BallotState,
    open="It takes votes.",
    closing="It takes none any more, and is being fenced.",
    closed="Its tally is final.",
    decided="Its papers are counted.",
)


@strawberry.type
class Voter:
    """Whoever a paper belongs to."""

    id: strawberry.ID = said("The member's id.")


@strawberry.type
class Mark:
    """One choice on a paper."""

    option_id: strawberry.ID = said("The option: an idea on the standing ballot of a challenge.")
    choice: Position = said("The position taken.")


@strawberry.type
class PaperMark:
    """One mark on a whole paper."""

    option_id: strawberry.ID = said("The option: an idea on the decision ballot of a challenge.")
    number: int = said("A rank from 1 (INSTANT_RUNOFF), points (SCORE), or 1 for a cross (SINGLE, APPROVAL).")

    @classmethod
    def all_of(cls, numbers: Mapping[UUID, int], kind: str) -> "list[PaperMark]":
        """Dress the marks on options of that type, by rising numbers: a ranking has its first choice first."""
        listed = sorted(numbers.items(), key=itemgetter(1))
        return [cls(option_id=global_id(kind, option), number=number) for option, number in listed]


@strawberry.type
class Paper:
    """All that one member marked on one ballot."""

    member: Voter = said("Whose it is.")
    marks: list[Mark] = said("The positions they took; empty on a ballot of whole papers.")
    numbers: list[PaperMark] = said("The marks of a whole paper, by rising numbers; empty on a STANCE ballot.")
    counted: bool = said("Whether it counts: false while it holds fewer marks than the ballot asks for.")
    version: int = said("Counts up with every mark.")

    @classmethod
    def of(cls, paper: voting.Paper, kind: str) -> Self:
        """Dress a paper whose options are of that type."""
        return cls(
            member=Voter(id=global_id("Member", paper.member_id)),
            marks=[Mark(option_id=global_id(kind, option), choice=choice) for option, choice in paper.marks.items()],
            numbers=PaperMark.all_of(paper.numbers, kind),
            counted=paper.counted,
            version=paper.version,
        )


@strawberry.type
class Option:
    """One thing to vote on."""

    id: strawberry.ID = said("Its id; that of the idea on the ballots of a challenge.")
    dropped: bool = said("Whether it was taken off the ballot.")
    option_id: strawberry.Private[UUID]
    own_title: strawberry.Private[str | None]

    @strawberry.field
    async def title(self, info: Info) -> str | None:
        """What it says; null where you may not see the idea behind it."""
        if self.own_title is not None:
            return self.own_title
        idea = await info.context.ideas.load(self.option_id)
        return idea.title if idea else None

    @classmethod
    def of(cls, option: voting.Option, kind: str) -> Self:
        """Dress an option of that type."""
        return cls(id=global_id(kind, option.id), dropped=option.dropped, option_id=option.id, own_title=option.title)


@strawberry.type
class Terms:
    """What a ballot declares at its opening, and never loosens."""

    method: Method = said("How it is counted.")
    positions: list[Position] = said("The positions one may take.")
    anonymity: Anonymity = said("How much of a vote is shown.")
    publication: Publication = said("When counts are shown.")
    change: Change = said("How often members may change a mark.")
    audiences: list[Audience] = said("Who may vote.")
    public: bool = said("Whether it may be read without signing in.")
    at_least: int = said("How many marks a paper needs before any of them counts.")
    at_most: int | None = said("How many marks a paper may hold.")
    closes_at: datetime | None = said("When it closes by itself.")
    lowest: int = said("The fewest points that a mark may give, where points are given.")
    highest: int = said("The most points that a mark may give, where points are given.")
    winners: int = said("How many options win.")
    tie_break: TieBreak = said("Who decides where options stand level.")
    roles: list[Role] | None = said("Who of the audiences may vote: holders of one of these roles; null for anybody.")
    by_roll: bool = said("Whether only those may vote whom the ballot's roll names.")
    electorate: int | None = said("How many may vote, where that is known.")
    quorum: float | None = said("The least share of the electorate that must vote: votes cast ÷ electorate.")

    @classmethod
    def of(cls, terms: voting.Terms) -> Self:
        """Dress terms."""
        listed = {"positions": list(terms.positions), "audiences": sorted(terms.audiences)}
        roles = None if terms.roles is None else sorted(terms.roles)
        return cls(**{**dict(terms), **listed, "roles": roles})


@strawberry.type
class Ballot(Node):
    """Options put to a vote."""

    question: str | None = said("What is asked; null on the ballots of a challenge, which asks it.")
    terms: Terms = said("What it declared at its opening.")
    state: BallotState = said("Where it stands in its life.")
    opened_at: datetime = said("When it opened.")
    closed_at: datetime | None = said("When it closed.")
    version: int = said("Counts up with every change of the ballot itself; votes do not count here.")
    ballot_id: strawberry.Private[UUID]
    challenge_id: strawberry.Private[UUID | None]
    goal_id: strawberry.Private[UUID | None]

    @property
    def kind(self) -> str:
        """The type of its options."""
        return "Idea" if self.challenge_id else "Option"

    @strawberry.field
    async def tally(self, info: Info) -> Tally | None:
        """How the votes stand, as far as you may see."""
        tally = await info.context.tallies.load(self.ballot_id)
        return Tally.of(tally, self.kind) if tally else None

    @strawberry.field
    async def my_paper(self, info: Info) -> Paper | None:
        """What you marked; null where you marked nothing."""
        paper = await info.context.papers.load(self.ballot_id) if info.context.viewer else None
        return Paper.of(paper, self.kind) if paper else None

    @strawberry.field
    async def outcome(self, info: Info) -> Outcome | None:
        """What the count found; null until the ballot is decided, and where you may not see it."""
        outcome = await info.context.outcomes.load(self.ballot_id)
        return Outcome.of(outcome, self.kind) if outcome else None

    @strawberry.field
    async def options(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Option] | None:
        """What one may vote on, in the order it was added."""
        part = window(first, after, last, before)
        page = await info.context.ask(voting.OptionsPage, ballot_id=self.ballot_id, window=part)
        return connection(page, lambda option: Option.of(option, self.kind))

    @strawberry.field
    async def papers(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Paper] | None:
        """Who voted how, on a named ballot, for those who may see its results."""
        part = window(first, after, last, before)
        page = await info.context.ask(voting.PapersPage, ballot_id=self.ballot_id, window=part)
        return connection(page, lambda paper: Paper.of(paper, self.kind))

    @strawberry.field
    async def challenge(self, info: Info) -> Annotated["Challenge", strawberry.lazy("gateway.ideas")] | None:  # type: ignore[name-defined]  # noqa: F821
        """The challenge whose ballot this is; null where it stands alone."""
        return await node(info.context, global_id("Challenge", self.challenge_id)) if self.challenge_id else None

    @classmethod
    def of(cls, ballot: voting.Ballot) -> Self:
        """Dress a ballot."""
        return cls(
            id=global_id("Ballot", ballot.id),
            question=ballot.question,
            terms=Terms.of(ballot.terms),
            state=ballot.state,
            opened_at=ballot.opened_at,
            closed_at=ballot.closed_at,
            version=ballot.version,
            ballot_id=ballot.id,
            challenge_id=ballot.challenge_id,
            goal_id=ballot.goal_id,
        )


@found_as("Ballot")
async def ballot(context: Context, id: UUID) -> Ballot | None:
    """A ballot with the viewer's eyes."""
    found = await context.ballots.load(id)
    return Ballot.of(found) if found else None


@strawberry.input
class TermsInput:
    """What a ballot declares at its opening."""

    positions: list[Position] | None = said("The positions one may take; SUPPORT alone unless said.", default=None)
    anonymity: Anonymity = said("How much of a vote is shown.", default=Anonymity.NAMED)
    publication: Publication = said("When counts are shown.", default=Publication.ALWAYS)
    change: Change = said("How often members may change a mark.", default=Change.FREE)
    audiences: list[Audience] | None = said("Who may vote; everybody unless said.", default=None)
    public: bool = said("Whether it may be read without signing in.", default=False)
    at_least: int = said("How many marks a paper needs before it counts, or is taken whole: 1 to 50.", default=1)
    at_most: int | None = said("How many marks a paper may hold.", default=None)
    closes_at: datetime | None = said("When it closes by itself; by hand unless said.", default=None)
    method: Method = said("How it is counted.", default=Method.STANCE)
    lowest: int = said("The fewest points that a mark may give, on a SCORE ballot: -100 to 100.", default=0)
    highest: int = said("The most points that a mark may give, on a SCORE ballot: -100 to 100.", default=10)
    winners: int = said("How many options win: 1 to 50; an INSTANT_RUNOFF has one.", default=1)
    tie_break: TieBreak = said("What decides where options stand level.", default=TieBreak.BY_HAND)
    roles: list[Role] | None = said(
        "Who of the audiences may vote: holders of one of these; all unless said.", default=None
    )
    electorate: int | None = said("How many may vote; where there is a roll, it says so itself.", default=None)
    quorum: float | None = said(
        "The least share of the electorate that must vote, above 0 and up to 1: votes cast ÷ electorate. Needs a roll "
        "or an electorate.",
        default=None,
    )


@strawberry.input
class OptionInput:
    """One thing to vote on."""

    title: str = said("What it says: 1 to 200 characters.")


@strawberry.input
class OpenBallotInput:
    """A ballot of its own, apart from any challenge."""

    question: str = said("What is asked: 1 to 300 characters.")
    purpose: PurposeInput = said("Why it is asked. Every piece is needed.")
    options: list[OptionInput] = said("What one may vote on: 1 to 1,000.")
    terms: TermsInput = said("What it declares.", default_factory=TermsInput)
    roll: list[strawberry.ID] | None = said(
        "The members who may vote: 1 to 5,000; by the terms unless said.", default=None
    )
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class CastVoteInput:
    """A mark to make."""

    ballot_id: strawberry.ID = said("The ballot.")
    option_id: strawberry.ID = said("The option, or the idea on the standing ballot of a challenge.")
    choice: Position = said("The position to take; it replaces the one you took before.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class WithdrawVoteInput:
    """A mark to take back."""

    ballot_id: strawberry.ID = said("The ballot.")
    option_id: strawberry.ID = said("The option, or the idea on the standing ballot of a challenge.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class PaperMarkInput:
    """One mark on a whole paper."""

    option_id: strawberry.ID = said("The option, or the idea on the decision ballot of a challenge.")
    number: int = said("A rank from 1 (INSTANT_RUNOFF), points (SCORE), or 1 for a cross (SINGLE, APPROVAL).")


@strawberry.input
class HandInPaperInput:
    """A whole paper to hand in."""

    ballot_id: strawberry.ID = said("The ballot.")
    marks: list[PaperMarkInput] = said("All your marks; they replace those you handed in before.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class WithdrawPaperInput:
    """A whole paper to take back."""

    ballot_id: strawberry.ID = said("The ballot.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class CloseBallotInput:
    """A ballot to close."""

    ballot_id: strawberry.ID = said("The ballot.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.input
class ExtendBallotInput:
    """A closing to move."""

    ballot_id: strawberry.ID = said("The ballot.")
    closes_at: datetime = said("When it closes now; later than before.")
    idempotency_key: str | None = said(KEY, default=None)


@strawberry.type
class BallotPayload:
    """What became of a request about a ballot."""

    errors: list[UserError] = said("Why it was refused; empty where it was done.", default_factory=list)
    events: list[Happened] = said("What happened; empty where nothing was left to change.", default_factory=list)
    ballot_id: strawberry.Private[UUID | None] = None

    @strawberry.field
    async def ballot(self, info: Info) -> Ballot | None:
        """The ballot as it is now; null where the request was refused."""
        return await ballot(info.context, self.ballot_id) if self.ballot_id else None


@strawberry.type
class CastVotePayload(BallotPayload):
    """What became of `castVote`. All but `ballot` is known without asking again."""

    mark: Mark | None = said("The mark made; null where it was refused.", default=None)
    paper_version: int | None = said("The version of your paper; null where the mark stood already.", default=None)


@strawberry.type
class WithdrawVotePayload(BallotPayload):
    """What became of `withdrawVote`."""

    paper_version: int | None = said("The version of your paper.", default=None)


@strawberry.type
class HandInPaperPayload(BallotPayload):
    """What became of `handInPaper`. All but `ballot` is known without asking again."""

    numbers: list[PaperMark] = said("The marks handed in; empty where they were refused.", default_factory=list)
    paper_version: int | None = said("The version of your paper; null where it said the same already.", default=None)


@strawberry.type
class WithdrawPaperPayload(BallotPayload):
    """What became of `withdrawPaper`."""

    paper_version: int | None = said("The version of your paper.", default=None)


@strawberry.type
class OpenBallotPayload(BallotPayload):
    """What became of `openBallot`."""


@strawberry.type
class CloseBallotPayload(BallotPayload):
    """What became of `closeBallot`."""


@strawberry.type
class ExtendBallotPayload(BallotPayload):
    """What became of `extendBallot`."""


def _named(input: Any) -> dict[str, UUID]:
    return {
        "ballot_id": uuid_of(input.ballot_id, "Ballot", path=("ballotId",)),
        "option_id": uuid_of(input.option_id, "Option", "Idea", path=("optionId",)),
    }


def _roll(members: list[strawberry.ID] | None) -> list[UUID] | None:
    if members is None:
        return None
    return [uuid_of(member, "Member", path=("roll", str(at))) for at, member in enumerate(members)]


@strawberry.type
class Query:
    """What may be asked about voting."""

    @strawberry.field
    async def ballot(self, info: Info, id: strawberry.ID) -> Ballot | None:
        """A ballot; null where there is none to see."""
        return await ballot(info.context, uuid_of(id, "Ballot"))


@strawberry.type
class Mutation:
    """What may be asked of voting."""

    @strawberry.mutation
    @refusing_into(OpenBallotPayload)
    async def open_ballot(self, info: Info, input: OpenBallotInput) -> OpenBallotPayload | None:
        """Put options to a vote of their own. For organizers."""
        key = input.idempotency_key or str(uuid4())
        ballot_id = info.context.id_of(voting.OpenBallot, key)
        _, done = await info.context.do(
            voting.OpenBallot,
            key,
            question=input.question,
            purpose=input.purpose.contract(),
            terms=given(input.terms),
            options=[
                {"id": derived(ballot_id, f"option:{place}"), "title": option.title}
                for place, option in enumerate(input.options)
            ],
            roll=_roll(input.roll),
        )
        return OpenBallotPayload(ballot_id=ballot_id, events=Happened.all_of(done.events))

    @strawberry.mutation
    @refusing_into(CastVotePayload)
    async def cast_vote(self, info: Info, input: CastVoteInput) -> CastVotePayload | None:
        """Mark one option of a ballot, as the viewer. A change of mind replaces the earlier mark."""
        named = _named(input)
        _, done = await info.context.do(voting.CastVote, input.idempotency_key, choice=input.choice, **named)
        return CastVotePayload(
            ballot_id=named["ballot_id"],
            events=Happened.all_of(done.events),
            mark=Mark(option_id=input.option_id, choice=input.choice),
            paper_version=done.events[0].version if done.events else None,
        )

    @strawberry.mutation
    @refusing_into(WithdrawVotePayload)
    async def withdraw_vote(self, info: Info, input: WithdrawVoteInput) -> WithdrawVotePayload | None:
        """Take back the viewer's mark on one option."""
        named = _named(input)
        _, done = await info.context.do(voting.WithdrawVote, input.idempotency_key, **named)
        return WithdrawVotePayload(
            ballot_id=named["ballot_id"],
            events=Happened.all_of(done.events),
            paper_version=done.events[0].version if done.events else None,
        )

    @strawberry.mutation
    @refusing_into(HandInPaperPayload)
    async def hand_in_paper(self, info: Info, input: HandInPaperInput) -> HandInPaperPayload | None:
        """Hand in all of the viewer's marks at once, for any method but STANCE. They replace earlier ones."""
        ballot_id = uuid_of(input.ballot_id, "Ballot", path=("ballotId",))
        marks = [
            {
                "option_id": uuid_of(mark.option_id, "Option", "Idea", path=("marks", str(at), "optionId")),
                "number": mark.number,
            }
            for at, mark in enumerate(input.marks)
        ]
        _, done = await info.context.do(voting.HandInPaper, input.idempotency_key, ballot_id=ballot_id, marks=marks)
        return HandInPaperPayload(
            ballot_id=ballot_id,
            events=Happened.all_of(done.events),
            numbers=[PaperMark(option_id=mark.option_id, number=mark.number) for mark in input.marks],
            paper_version=done.events[0].version if done.events else None,
        )

    @strawberry.mutation
    @refusing_into(WithdrawPaperPayload)
    async def withdraw_paper(self, info: Info, input: WithdrawPaperInput) -> WithdrawPaperPayload | None:
        """Take back the viewer's whole paper."""
        ballot_id = uuid_of(input.ballot_id, "Ballot", path=("ballotId",))
        _, done = await info.context.do(voting.WithdrawPaper, input.idempotency_key, ballot_id=ballot_id)
        return WithdrawPaperPayload(
            ballot_id=ballot_id,
            events=Happened.all_of(done.events),
            paper_version=done.events[0].version if done.events else None,
        )

    @strawberry.mutation
    @refusing_into(CloseBallotPayload)
    async def close_ballot(self, info: Info, input: CloseBallotInput) -> CloseBallotPayload | None:
        """Stop taking votes now. For the ballot's owner and organizers."""
        ballot_id = uuid_of(input.ballot_id, "Ballot", path=("ballotId",))
        _, done = await info.context.do(voting.CloseBallot, input.idempotency_key, ballot_id=ballot_id)
        return CloseBallotPayload(ballot_id=ballot_id, events=Happened.all_of(done.events))

    @strawberry.mutation
    @refusing_into(ExtendBallotPayload)
    async def extend_ballot(self, info: Info, input: ExtendBallotInput) -> ExtendBallotPayload | None:
        """Move the closing of a ballot to a later time. For the ballot's owner and organizers."""
        ballot_id = uuid_of(input.ballot_id, "Ballot", path=("ballotId",))
        _, done = await info.context.do(
            voting.ExtendBallot, input.idempotency_key, ballot_id=ballot_id, closes_at=input.closes_at
        )
        return ExtendBallotPayload(ballot_id=ballot_id, events=Happened.all_of(done.events))
