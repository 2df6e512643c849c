"""The GraphQL of the demo; a test holds every document to the printed schema."""

from cli.documents import ACTIVATE_GOAL, CAST_VOTE, REFUSED, SET_GOAL, SUBMIT_IDEA, WHO_AM_I

__all__ = ["ACTIVATE_GOAL", "CAST_VOTE", "SET_GOAL", "SUBMIT_IDEA", "WHO_AM_I"]


def _mutation(name: str, answer: str = "") -> str:
    kind = name[0].upper() + name[1:]
    return f"mutation {kind}($input: {kind}Input!) {{ {name}(input: $input) {{ {answer} {REFUSED} }} }}"


SET_KEY_RESULT = _mutation("setKeyResult", "keyResultId")
CHECK_IN = _mutation("checkIn")
OPEN_CHALLENGE = _mutation("openChallenge", "challenge { id ballotId }")
POST_COMMENT = _mutation("postComment", "comment { id }")
ADVANCE_CHALLENGE = _mutation("advanceChallenge")
SHORTLIST_IDEAS = _mutation("shortlistIdeas")
HAND_IN_PAPER = _mutation("handInPaper")
FILE_CASE = _mutation("fileCase", "case { id filedAt mine { clock { startedAt dueAt } } }")
JOIN_CASE = _mutation("joinCase")
REPLY_TO_CASE = _mutation("replyToCase")
RESOLVE_CASE = _mutation("resolveCase")

GOAL_SHOWN = """
  state statement advantage progress health
  keyResults { name unit baseline target value progress }
  voices { heard voters contributors } ideasSubmitted ideasAdopted casesFiled
"""
GOAL = f"query Goal($id: ID!) {{ goal(id: $id) {{ {GOAL_SHOWN} }} }}"
GOAL_PROGRESSED = f"subscription GoalProgressed($id: ID!) {{ goalProgressed(goalId: $id) {{ {GOAL_SHOWN} }} }}"

CHALLENGE = """
query Challenge($id: ID!) {
  challenge(id: $id) {
    question audiences phase ideaCount
    shortlist { title }
    adopted { id title state adoptedAt }
    ballot { id tally { turnout counts { optionId counts { position count } } } }
    decisionBallot {
      id state openedAt closedAt terms { method audiences electorate quorum closesAt } tally { turnout }
    }
  }
}
"""

IDEAS_BY_SUPPORT = """
query IdeasBySupport($id: ID!) {
  ideas(challenge: $id, orderBy: SUPPORT, first: 100) {
    edges { node { id title commentCount author { name } support { support counts { position count } } } }
  }
}
"""

COUNT = """
query Count($id: ID!) {
  ballot(id: $id) {
    papers(first: 100) { totalCount edges { node { version numbers { optionId number } } } }
    outcome {
      turnout eligible verdict winners count { standing { optionId standing } elected eliminated exhausted }
    }
  }
}
"""

TALLY_CHANGED = """
subscription TallyChanged($id: ID!) {
  tallyChanged(ballotId: $id) { version turnout standing { optionId standing } }
}
"""

CASE_CHANGED = """
subscription CaseChanged($id: ID!) {
  caseChanged(caseId: $id) { version joiners repliedAt desk { nextDue breached } }
}
"""

CASE = """
query Case($id: ID!) {
  case(id: $id) {
    state body joiners repliedAt
    mine { clock { state startedAt dueAt } }
    thread(last: 1) { edges { node { kind text } } }
  }
}
"""

DESK = """
query Desk { desk(first: 100) { edges { node { id desk { nextDue } } } } }
"""
