// The page's own part: requests as JSON, subscriptions as server-sent events, so one Authorization header serves both.

const START = `# Folkmoot. Get a token with \`make token MEMBER=ann ROLES=organizer AUDIENCE=employee\` and put
# { "Authorization": "Bearer …" } under Headers. Without one you see what is public.

query Welcome {
  viewer { name audience roles }
  challenges(first: 5) { totalCount edges { node { id question phase } } }
}
`;

async function ask(request, options) {
  const watching = isSubscription(request);
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: watching ? "text/event-stream" : "application/graphql-response+json, application/json;q=0.9",
      ...(options && options.headers),
    },
    body: JSON.stringify(request),
  });
  const streamed = (response.headers.get("content-type") || "").startsWith("text/event-stream");
  return streamed ? results(response.body) : response.json();
}

function isSubscription({ query, operationName }) {
  const named = operationName && new RegExp(`\\bsubscription\\s+${operationName}\\b`);
  return named ? named.test(query) : /^\s*subscription\b/m.test(query);
}

async function* results(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) {
        if (event.startsWith("event: complete")) return;
        if (event.startsWith("event: next")) yield JSON.parse(event.slice(event.indexOf("data: ") + 6));
      }
    }
  } finally {
    reader.cancel();
  }
}

ReactDOM.createRoot(document.getElementById("page")).render(
  React.createElement(GraphiQL, { fetcher: ask, defaultQuery: START, shouldPersistHeaders: true })
);
