// A store, or many in one process: PouchDB over LevelDB, and PouchDB's own replication over HTTP to the centre.
// One JSON line in, one out.
"use strict";

const PouchDB = require("pouchdb-core")
  .plugin(require("pouchdb-adapter-leveldb"))
  .plugin(require("pouchdb-adapter-http"))
  .plugin(require("pouchdb-replication"));
const readline = require("readline");

const [folder, centre] = process.argv.slice(2);
const Stored = PouchDB.defaults({ prefix: `${folder}/`, adapter: "leveldb" });
const open = new Map();
const local = (name) => open.get(name) || open.set(name, new Stored(name)).get(name);
const remote = (name) => new PouchDB(`${centre}/${name}`, { adapter: "http" });
const now = () => Number(process.hrtime.bigint());
const say = (words) => process.stdout.write(`${JSON.stringify(words)}\n`);

async function timed(replications) {
  const began = now();
  const ended = await Promise.all(replications());
  const seconds = (now() - began) / 1e9;
  return {
    seconds,
    written: ended.reduce((sum, one) => sum + one.docs_written, 0),
    failed: ended.reduce((sum, one) => sum + one.doc_write_failures + one.errors.length, 0),
  };
}

const tell = {
  async ready() {
    return { ready: true };
  },
  async fill({ db, file }) {
    return { filled: await require("./fill.js")(local(db), file) };
  },
  async push({ dbs, to, batch }) {
    const settings = { batch_size: batch, batches_limit: 10 };
    return timed(() => dbs.map((db) => PouchDB.replicate(local(db), remote(to), settings)));
  },
  async pull({ db, from, batch }) {
    return timed(() => [PouchDB.replicate(remote(from), local(db), { batch_size: batch, batches_limit: 10 })]);
  },
  async live({ db, to }) {
    const running = PouchDB.replicate(local(db), remote(to), { live: true, retry: true });
    await new Promise((done) => running.on("paused", done));
    return { live: true };
  },
  async put({ db, doc }) {
    await local(db).put(doc);
    return { put: doc._id, at: now() };
  },
};
const lines = readline.createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const asked = JSON.parse(line);
  say(await tell[asked.do](asked));
});
lines.on("close", () => process.exit(0));
