// The yardstick of the poll: what the shop's durable session replaces, a Map in memory, answered as JSON by Express.
// argv: port, and a file with the sessions as JSON, an object by id.
const { readFileSync } = require("node:fs");
const express = require("express");

const [port, file] = process.argv.slice(2);
const sessions = new Map(Object.entries(JSON.parse(readFileSync(file, "utf8"))));
const app = express();
// As fast as its authors would make it: no header that nobody reads, no hash of every answer.
app.disable("x-powered-by");
app.disable("etag");

app.get("/pay/:session/status", (request, response) => {
  const session = sessions.get(request.params.session);
  if (!session) return response.sendStatus(404);
  // What the shop's 204 means, said the same way.
  if (request.query.seen === String(session.version)) return response.sendStatus(204);
  response.json(session);
});

app.listen(Number(port), "127.0.0.1");
