// What AsyncAPI's own parser says of a document: its severest complaints first (0 error, 1 warning, 2 information).
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const source = process.argv[2];
const { document, diagnostics } = await new Parser().parse(readFileSync(source, "utf8"), { source });
console.log(
  JSON.stringify({
    complaints: diagnostics.map(({ severity, code, message, path }) => ({ severity, code, message, path })),
    channels: document?.channels().all().map((channel) => channel.address()) ?? [],
    messages: document?.allMessages().all().map((message) => message.name()) ?? [],
  }),
);
