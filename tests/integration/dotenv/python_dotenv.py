"""What python-dotenv makes of dotenv texts: the oracle that tests/integration/dotenv.rs asks.

Reads a JSON list of cases from the file named, or from standard input. A case has `input` (text) or `hex` (bytes), and
perhaps `environment`. Prints a JSON list with, for each, the variables as an object, or null for what is not UTF-8.

Each text is read as `load_dotenv` reads a file: in text mode, and with the environment before the lines above.
(`dotenv_values` differs in the latter only; it loads nothing into an environment.)
"""

import io
import json
import logging
import os
import sys

from dotenv.main import DotEnv


def variables(case):
    data = bytes.fromhex(case["hex"]) if "hex" in case else case["input"].encode()
    os.environ.clear()
    os.environ.update(case.get("environment", {}))
    try:
        text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8").read()
    except UnicodeDecodeError:
        return None
    return DotEnv(None, stream=io.StringIO(text), interpolate=True, override=False).dict()


def main():
    logging.disable(logging.CRITICAL)
    if len(sys.argv) > 1:
        with open(sys.argv[1], encoding="utf-8") as file:
            cases = json.load(file)
    else:
        cases = json.load(sys.stdin)
    json.dump([variables(case) for case in cases], sys.stdout)


main()
