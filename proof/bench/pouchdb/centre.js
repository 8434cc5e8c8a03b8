// The centre: express-pouchdb over LevelDB, as its own documentation mounts it. Answers JSON lines: {"port"} once it
// listens; for "carried" the bytes and the seconds of processor time, all threads, since it was last asked; for
// "watch" each change with the time of the machine's monotonic clock.
"use strict";

const PouchDB = require("pouchdb-core")
  .plugin(require("pouchdb-adapter-leveldb"))
  .plugin(require("pouchdb-mapreduce"));
const readline = require("readline");

const SEGMENT = 1448;
const SEGMENT_HEADERS = 52; // TCP over IPv4 with time stamps
const [folder] = process.argv.slice(2);
const Stored = PouchDB.defaults({ prefix: `${folder}/`, adapter: "leveldb" });
const say = (words) => process.stdout.write(`${JSON.stringify(words)}\n`);
const onTheLine = (size) => size + Math.ceil(size / SEGMENT) * SEGMENT_HEADERS;
const carried = { bytes: 0 };
let worked = process.cpuUsage();

function count(request, response) {
  const { socket } = request;
  response.on("close", () => {
    const { read, written } = socket.counted || { read: 0, written: 0 };
    carried.bytes += onTheLine(socket.bytesRead - read) + onTheLine(socket.bytesWritten - written);
    socket.counted = { read: socket.bytesRead, written: socket.bytesWritten };
  });
}

const app = require("express")();
app.use(
  require("express-pouchdb")(Stored, {
    mode: "minimumForPouchDB",
    inMemoryConfig: true,
    logPath: `${folder}/log.txt`,
  }),
);
const server = require("http").createServer((request, response) => {
  count(request, response);
  app(request, response);
});
server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));

const tell = {
  async carried() {
    const { user, system } = process.cpuUsage(worked);
    const told = { bytes: carried.bytes, cpu: (user + system) / 1e6 };
    carried.bytes = 0;
    worked = process.cpuUsage();
    return told;
  },
  async documents({ db }) {
    return { documents: (await new Stored(db).info()).doc_count };
  },
  async fill({ db, file }) {
    return { filled: await require("./fill.js")(new Stored(db), file) };
  },
  async watch({ db }) {
    const changes = new Stored(db).changes({ live: true, since: "now" });
    changes.on("change", ({ id }) => say({ seen: id, at: Number(process.hrtime.bigint()) }));
    return { watching: true };
  },
};
const lines = readline.createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const asked = JSON.parse(line);
  say(await tell[asked.do](asked));
});
lines.on("close", () => process.exit(0));
