"""The terms on which ballots are held and members take part, in words: what several pages speak of.

Pages take these enumerations from here, where they are in words before any type uses them.
"""

from contracts.messages import Audience, Role
from contracts.voting import Anonymity, Change, Method, Position, Publication, TieBreak
from gateway.words import worded

__all__ = ["Anonymity", "Audience", "Change", "Method", "Position", "Publication", "Role", "TieBreak"]

worded(
    Audience,
    employee="Those who work here.",
    vendor="Those who sell to us.",
    customer="Those who buy from us.",
)
worded(
    Role,
    organizer="May put questions to the community.",
    moderator="May take contributions down.",
    responder="May reply for the organization.",
    strategist="May set goals.",
    admin="May everything that a role may, and act as a member.",
)
worded(
    Method,
    stance="Each option for itself, by the positions declared. Votes are cast option by option.",
    single="One cross on a paper; the most crosses win.",
    approval="As many crosses as one likes; the most crosses win.",
    score="Points for each option; the most points win.",
    instant_runoff="A ranking; the last option goes and its papers move on, until one has more than half.",
)
worded(
    Anonymity,
    named="Who voted how is shown with the results.",
    confidential="That somebody voted is known; how, never.",
    detached="Neither is known: roll and papers are kept apart. Not offered yet.",
)
worded(
    Publication,
    always="Counts are shown at any time.",
    after_vote="Counts are shown to those who have voted.",
    at_close="Counts are shown once the ballot is closed.",
)
worded(
    Change,
    free="As often as they like.",
    once="Once.",
    final="Never: the first mark stays.",
)
worded(
    Position,
    support="Stands behind it.",
    agree="Agrees.",
    **{"pass": "Has seen it, and takes no side."},
    abstain="Takes no side, and says so.",
    disagree="Disagrees.",
    block="Cannot live with it.",
)
worded(
    TieBreak,
    by_hand="People decide; the tie is the outcome.",
    earliest_option="Whichever option was listed first.",
)
