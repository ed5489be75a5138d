"""Writes what the fuzz targets begin with into fuzz/corpus: the inputs that the tests already have."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def seed(target, name, data):
    folder = ROOT / "fuzz" / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


cases = json.loads((ROOT / "tests/integration/data/dotenv_cases.json").read_text())
for number, case in enumerate(cases):
    data = bytes.fromhex(case["hex"]) if "hex" in case else case["input"].encode()
    if len(data) < 1000:
        seed("dotenv", f"case-{number}", data)

tests = (ROOT / "src/reference/tests.rs").read_text()
for number, text in enumerate(sorted(set(re.findall(r'"((?:ssm|secretsmanager|s3|file|arn):[^"\n]*)"', tests)))):
    seed("reference", f"test-{number}", text)
    seed("manifest", f"lines-{number}", f"A={text}\nB=x\n")
    seed("manifest", f"json-{number}", json.dumps({
        "secrets": [{"name": "A", "valueFrom": text}], "environment": [{"name": "B", "value": text}],
        "environmentFiles": [{"value": text, "type": "s3"}], "command": ["a"]}))
    seed("json", f"test-{number}", json.dumps({"a": text, "b": {"c": [1, 2.5, None, True]}, "é": "\n"}))

for number, text in enumerate(["${A}", "${A:-x}", "$$", "a${NONE:-}b${EMPTY}", "ssm:///${A}/b?default=$$"]):
    seed("fill", f"form-{number}", f"value\n{text}")
