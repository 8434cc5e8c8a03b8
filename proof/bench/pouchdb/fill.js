// Documents from a file with one JSON object a line into a database; answers how many.
"use strict";

const fs = require("fs");
const PART = 1000;

module.exports = async function fill(db, file) {
  const texts = fs.readFileSync(file, "utf8").split("\n").filter(Boolean);
  for (let at = 0; at < texts.length; at += PART) {
    const written = await db.bulkDocs(texts.slice(at, at + PART).map((text) => JSON.parse(text)));
    const wrong = written.find((row) => row.error);
    if (wrong) throw new Error(`${wrong.id}: ${wrong.message}`);
  }
  return texts.length;
};
