"""Who may say and ask what: one row for every command and query (ARCHITECTURE: identity and trust)."""

from dataclasses import dataclass
from uuid import UUID

from contracts import ideas, responses, strategy, voting
from contracts.messages import Audience, Command, Member, NotAllowed, Query, Role


@dataclass(frozen=True)
class May:
    """Who may: holders of one of `roles` (None: any member) from one of `audiences`; `owner` even without the role.

    An administrator may everything that any member or a role may; where no role will do (an empty set), only the owner
    may. `visitor` lets those in who have not signed in.
    """

    roles: frozenset[Role] | None = None
    audiences: frozenset[Audience] = frozenset(Audience)
    owner: bool = False
    visitor: bool = False

    def by_role(self, member: Member | None) -> bool:
        """Whether the member may by audience and role alone."""
        if member is None:
            return self.visitor
        if Role.ADMIN in member.roles and self.roles != frozenset():
            return True
        return member.audience in self.audiences and (self.roles is None or bool(self.roles & member.roles))


ANY_MEMBER = May()
ANYONE = May(visitor=True)
STRATEGISTS = May(roles=frozenset({Role.STRATEGIST}), audiences=frozenset({Audience.EMPLOYEE}))
ORGANIZERS = May(roles=frozenset({Role.ORGANIZER}), audiences=frozenset({Audience.EMPLOYEE}))
RESPONDERS = May(roles=frozenset({Role.RESPONDER}), audiences=frozenset({Audience.EMPLOYEE}))  # the desk

TABLE: dict[type[Command] | type[Query], May] = {
    strategy.SetGoal: STRATEGISTS,
    strategy.ActivateGoal: May(roles=STRATEGISTS.roles, audiences=STRATEGISTS.audiences, owner=True),
    strategy.AchieveGoal: May(roles=STRATEGISTS.roles, audiences=STRATEGISTS.audiences, owner=True),
    strategy.MissGoal: May(roles=STRATEGISTS.roles, audiences=STRATEGISTS.audiences, owner=True),
    strategy.RetireGoal: May(roles=STRATEGISTS.roles, audiences=STRATEGISTS.audiences, owner=True),
    strategy.GoalsNamed: ANY_MEMBER,
    strategy.GoalsPage: ANY_MEMBER,
    ideas.OpenChallenge: ORGANIZERS,
    ideas.AdvanceChallenge: May(roles=ORGANIZERS.roles, audiences=ORGANIZERS.audiences, owner=True),
    ideas.SubmitIdea: ANY_MEMBER,
    ideas.ReviseIdea: May(roles=frozenset(), owner=True),
    ideas.WithdrawIdea: May(roles=frozenset({Role.MODERATOR}), owner=True),
    ideas.ChallengesNamed: ANYONE,
    ideas.ChallengesPage: ANYONE,
    ideas.IdeasNamed: ANYONE,
    ideas.IdeasPage: ANYONE,
    ideas.TextsOf: ANYONE,
    voting.OpenBallot: ORGANIZERS,
    voting.CastVote: ANY_MEMBER,
    voting.WithdrawVote: ANY_MEMBER,
    voting.CloseBallot: May(roles=ORGANIZERS.roles, audiences=ORGANIZERS.audiences, owner=True),
    voting.ExtendBallot: May(roles=ORGANIZERS.roles, audiences=ORGANIZERS.audiences, owner=True),
    voting.BallotsNamed: ANYONE,
    voting.TalliesOf: ANYONE,
    voting.OptionsPage: ANYONE,
    voting.MyPapers: ANY_MEMBER,
    voting.PapersPage: ANYONE,
    voting.OutcomesOf: ANYONE,
    responses.FileCase: ANY_MEMBER,
    responses.JoinCase: ANY_MEMBER,
    responses.LeaveCase: ANY_MEMBER,
    responses.WriteToCase: ANY_MEMBER,
    responses.AssignCase: RESPONDERS,
    responses.NoteCase: RESPONDERS,
    responses.ReplyToCase: RESPONDERS,
    responses.ResolveCase: RESPONDERS,
    responses.ReopenCase: May(roles=RESPONDERS.roles, audiences=RESPONDERS.audiences, owner=True),
    responses.CasesNamed: ANY_MEMBER,
    responses.CasesPage: ANY_MEMBER,
    responses.MyCases: ANY_MEMBER,
    responses.DeskPage: RESPONDERS,
    responses.BodiesOf: ANY_MEMBER,
    responses.ThreadPage: ANY_MEMBER,
}


class SignInFirst(NotAllowed):
    """Only members may do this. Sign in and send your access token."""


class RoleIsMissing(NotAllowed):
    """This takes a role that you do not hold."""


def admit(message: Command | Query, owner: UUID | None = None) -> None:
    """Refuse whoever may not, by the table: `SignInFirst` a visitor, `RoleIsMissing` a member.

    Called by the service for every message; and again with `owner` by the handlers of what an owner may.
    """
    may = TABLE[type(message)]
    member = message.member if isinstance(message, Command) else message.viewer
    if may.by_role(member) or (member is not None and owner == member.id and may.owner):
        return
    raise RoleIsMissing if member else SignInFirst


def sees(viewer: Member | None, audiences: frozenset[Audience], public: bool) -> bool:
    """Whether someone may see what is put to these audiences: the invited, those with a role, or all if public."""
    return public or (viewer is not None and (viewer.audience in audiences or bool(viewer.roles)))
