// A member and a responder who open each of the four pages, by the generated documents; prints what they were shown.
import { ask } from "./ask.js";
import {
  CastVoteDocument,
  CasesLikeDocument,
  ChallengesDocument,
  DeskDocument,
  FileCaseDocument,
  IdeasOfAChallengeDocument,
  JoinCaseDocument,
  MyCasesDocument,
  ReplyToCaseDocument,
  SubmitIdeaDocument,
} from "./gql/graphql.js";

declare const process: { argv: string[] };
const [ann = "", bob = "", desk = "", challengeId = ""] = process.argv.slice(2);
const idempotencyKey = () => crypto.randomUUID();

async function challengesAndIdeas() {
  const { challenges } = await ask(ChallengesDocument, { first: 100 }, ann);
  const idea = { challengeId, title: "Cauliflower", idempotencyKey: idempotencyKey() };
  const { submitIdea } = await ask(SubmitIdeaDocument, { input: idea }, ann);
  const optionId = submitIdea?.idea?.id ?? "";

  const { challenge } = await ask(IdeasOfAChallengeDocument, { id: challengeId }, ann);
  const ballotId = challenge?.ballot?.id ?? "";
  const vote = { ballotId, optionId, choice: "AGREE" as const, idempotencyKey: idempotencyKey() };
  await ask(CastVoteDocument, { input: vote }, ann);
  const nowhere = await ask(CastVoteDocument, { input: { ...vote, optionId: challengeId } }, ann);

  const after = await ask(IdeasOfAChallengeDocument, { id: challengeId, orderBy: "NEWEST" }, ann);
  return {
    challenges: challenges?.edges.map((edge) => edge.node.id),
    idea: after.challenge?.ideas?.edges.map((edge) => edge.node).find((node) => node.id === optionId),
    refused: nowhere.castVote?.errors.map((error) => error.code),
  };
}

async function casesAndDesk() {
  const word = `line${Date.now()}`;
  const complaint = { kind: "COMPLAINT" as const, subject: `The order ${word} is down`, body: "Nobody answers." };
  const filed = await ask(FileCaseDocument, { input: { ...complaint, idempotencyKey: idempotencyKey() } }, ann);
  const caseId = filed.fileCase?.case?.id ?? "";

  const similar = await ask(CasesLikeDocument, { words: word }, bob);
  await ask(JoinCaseDocument, { input: { caseId, idempotencyKey: idempotencyKey() } }, bob);

  const waiting = await ask(DeskDocument, { first: 100 }, desk);
  const text = "We are on it: the line is back at noon.";
  await ask(ReplyToCaseDocument, { input: { caseId, text, idempotencyKey: idempotencyKey() } }, desk);

  const mine = (await ask(MyCasesDocument, {}, bob)).myCases?.edges.map((edge) => edge.node);
  return {
    similar: similar.cases?.edges.map((edge) => edge.node.id),
    waiting: waiting.desk?.edges.map((edge) => edge.node).find((node) => node.id === caseId),
    mine: mine?.find((node) => node.id === caseId),
    caseId,
  };
}

console.log(JSON.stringify({ ...(await challengesAndIdeas()), ...(await casesAndDesk()) }));
