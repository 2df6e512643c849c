// A visitor who opens each page once, by the generated documents; prints what was shown.
import { ask } from "./ask.js";
import { CastVoteDocument, ChallengesDocument, IdeasOfAChallengeDocument, SubmitIdeaDocument } from "./gql/graphql.js";

declare const process: { argv: string[] };
const [token = "", challengeId = ""] = process.argv.slice(2);

const { challenges } = await ask(ChallengesDocument, { first: 100 }, token);

const title = "Cauliflower";
const { submitIdea } = await ask(
  SubmitIdeaDocument,
  { input: { challengeId, title, idempotencyKey: crypto.randomUUID() } },
  token,
);
const optionId = submitIdea?.idea?.id ?? "";

const before = await ask(IdeasOfAChallengeDocument, { id: challengeId }, token);
const ballotId = before.challenge?.ballot?.id ?? "";
await ask(CastVoteDocument, { input: { ballotId, optionId, choice: "AGREE", idempotencyKey: crypto.randomUUID() } }, token);
const nowhere = await ask(CastVoteDocument, { input: { ballotId, optionId: challengeId, choice: "AGREE" } }, token);

const after = await ask(IdeasOfAChallengeDocument, { id: challengeId, orderBy: "NEWEST" }, token);
const idea = after.challenge?.ideas?.edges.map((edge) => edge.node).find((node) => node.id === optionId);

console.log(
  JSON.stringify({
    challenges: challenges?.edges.map((edge) => edge.node.id),
    idea,
    refused: nowhere.castVote?.errors.map((error) => error.code),
  }),
);
