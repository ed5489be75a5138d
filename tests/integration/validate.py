"""Checks JSON texts, one a line, against a JSON Schema: validate.py SCHEMA < TEXTS; answers one JSON list of complaints a line."""

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

schema = json.loads(Path(sys.argv[1]).read_text())
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
for line in sys.stdin:
    print(json.dumps([f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(line))]))
