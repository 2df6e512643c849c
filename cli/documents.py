"""The GraphQL that the visitor speaks; a test holds every document to the printed schema."""

REFUSED = "errors { code message path retryable }"

SET_GOAL = (
    f"mutation SetGoal($input: SetGoalInput!) {{ setGoal(input: $input) {{ goal {{ id owner {{ id }} }} {REFUSED} }} }}"
)

ACTIVATE_GOAL = f"mutation ActivateGoal($input: ActivateGoalInput!) {{ activateGoal(input: $input) {{ {REFUSED} }} }}"

OPEN_CHALLENGE = f"""
mutation OpenChallenge($input: OpenChallengeInput!) {{
  openChallenge(input: $input) {{ challenge {{ id }} {REFUSED} }}
}}
"""

STANDING_BALLOT = """
query StandingBallot($challenge: ID!) { node(id: $challenge) { ... on Challenge { ballot { id } } } }
"""

SUBMIT_IDEA = (
    f"mutation SubmitIdea($input: SubmitIdeaInput!) {{ submitIdea(input: $input) {{ idea {{ id }} {REFUSED} }} }}"
)

CAST_VOTE = f"mutation CastVote($input: CastVoteInput!) {{ castVote(input: $input) {{ {REFUSED} }} }}"

WHO_AM_I = "query WhoAmI { viewer { memberId } }"

PAPERS = """
query Papers($ballot: ID!, $after: String) {
  node(id: $ballot) {
    ... on Ballot {
      papers(first: 100, after: $after) {
        edges { node { member { id } marks { optionId choice } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""

TALLY = """
query Tally($ballot: ID!) {
  node(id: $ballot) { ... on Ballot { tally { counts { optionId counts { position count } } } } }
}
"""

IDEAS = """
query Ideas($challenge: ID!, $after: String) {
  node(id: $challenge) {
    ... on Challenge {
      ideas(first: 100, after: $after, orderBy: OLDEST) {
        edges { node { id support { counts { position count } } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
