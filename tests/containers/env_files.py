"""Environment files: docker's own --env-file beside ?dialect=docker.

What docker makes of the cases of tests/integration/data is recorded there, and shown in docs/dotenv.md; with
PARAMEXEC_WRITE_DOCS set it is recorded anew.
"""

import json
import os
import random
import re
import subprocess
from pathlib import Path

import engine
from proof import Unproven

DATA = Path(__file__).parent.parent / "integration" / "data"
RECORD = DATA / "dotenv_docker.json"
FILES = 40
# What lines are made of: anything that a dotenv reader might take for more than itself.
WORDS = ["A", "B", "C.d", "x-y", "1", "=", "=", "=", "==", " ", "\t", "#", " #", "\"", "'", "\\", "\\n", "$", "${A}", "$(id)", "`", "\r", "é",
         "export ", "\u00a0", "\u2028", "\x0b", "\x1b", "\ufeff", "word", "two words", ":", ","]


def prove(world):
    read = Reader(world)
    world.prove("docker reads the cases of the table as recorded", as_recorded, read)
    world.prove("what ?dialect=docker reads of generated files, docker reads alike", alike, read)


class Reader:
    def __init__(self, world):
        self.binary, self.image, self.file = world.binary, world.busybox, world.folder / "env-file"

    def docker(self, data, environment):
        """The variables that docker gives a container, or None where it refuses."""
        self.file.write_bytes(data)
        # Without those of this process, since a name alone is taken from them.
        outside = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_HOST") if name in os.environ}
        created = engine.docker("create", "--pull=never", "--label", engine.RUN, "--env-file", self.file, self.image, "true",
                                env={**outside, **environment})
        if created.code:
            return None
        container = created.out.strip()
        told = json.loads(engine.docker("inspect", container).must().out)[0]["Config"]["Env"] or []
        engine.docker("rm", container).must()
        # The image's own PATH comes with them.
        return {name: value for name, _, value in (entry.partition("=") for entry in told) if name != "PATH"}

    def paramexec(self, data):
        """The variables, and the numbers of the first lines that it refuses."""
        self.file.write_bytes(data)
        # In bytes: text would lose its carriage returns.
        outcome = subprocess.run([self.binary, "--from", f"file:{self.file}?dialect=docker&optional", "--", "env", "-0"],
                                 env={"PATH": os.environ["PATH"]}, capture_output=True)
        refused = {int(line) for line in re.findall(rb"line (\d+)(?=:|,| and )", outcome.stderr)}
        if outcome.returncode and not refused:
            raise Unproven("the command runs, or lines are named", outcome.stderr.decode())
        entries = (entry.partition("=") for entry in outcome.stdout.decode().split("\0") if entry)
        return {name: value for name, _, value in entries if name != "PATH"}, refused


def as_recorded(read):
    cases = [case for case in json.loads((DATA / "dotenv_cases.json").read_text()) if case.get("dialect") == "docker"]
    found = {}
    for case in cases:
        data = bytes.fromhex(case["hex"]) if "hex" in case else case["input"].encode()
        found[case["name"]] = read.docker(data, case.get("environment", {}))
    if "PARAMEXEC_WRITE_DOCS" in os.environ:
        RECORD.write_text(json.dumps(found, indent=1, ensure_ascii=True) + "\n")
    recorded = json.loads(RECORD.read_text())
    if found != recorded:
        differing = [name for name in {*found, *recorded} if found.get(name, ...) != recorded.get(name, ...)]
        raise Unproven(f"as in {RECORD.name}", "\n".join(f"{name}: {found.get(name)}" for name in differing))
    return f"{len(found)} cases"


def alike(read):
    chance = random.Random(20)
    lines_read = 0
    for _ in range(FILES):
        lines = ["".join(chance.choices(WORDS, k=chance.randint(0, 7))) for _ in range(40)]
        lines = [f"N{number}={line}" if chance.random() < 0.4 else line for number, line in enumerate(lines)]
        refused = {0}
        while refused:
            data = "\n".join(lines).encode()
            ours, refused = read.paramexec(data)
            lines = [line for number, line in enumerate(lines, 1) if number not in refused]
        theirs = read.docker(data, {})
        if ours != theirs:
            raise Unproven(f"{theirs}", f"{ours}, of {data!r}")
        lines_read += len(lines)
    return f"{lines_read} lines in {FILES} files"
