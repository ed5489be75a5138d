// What npm's dotenv makes of dotenv texts: the oracle that tests/integration/dotenv.rs asks.
//
// node npm_dotenv.cjs FOLDER, where FOLDER has node_modules. Reads a JSON list of cases from standard input: `input`
// (text) or `hex` (bytes), and perhaps `environment`. Prints a JSON list with, for each, the variables as its parser
// reads them, as its second parser (`fast: true`) does, and as dotenv-expand fills them.

const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const { resolve } = require("node:path");

const packages = createRequire(resolve(process.argv[2], "package.json"));
const dotenv = packages("dotenv");
const { expand } = packages("dotenv-expand");

function readings({ input, hex, environment }) {
  const text = (hex === undefined ? Buffer.from(input) : Buffer.from(hex, "hex")).toString("utf8");
  const parsed = dotenv.parse(text);
  // As its README has it: a variable that is already set stays, so it is filled in with that.
  const { parsed: expanded } = expand({ parsed: { ...parsed }, processEnv: { ...environment } });
  return { parsed, fast: dotenv.parse(text, { fast: true }), expanded };
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0)).map(readings)));
