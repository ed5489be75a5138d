"""Runs programs, and says of an outcome what it must be."""

import re
import subprocess
import time
from dataclasses import dataclass

from proof import Unproven

# What every run of the binary under test wrote to stderr: the last proof looks for values in all of it.
messages = []


@dataclass
class Outcome:
    command: str
    code: int
    out: str
    err: str
    seconds: float

    def must(self, code=0, out=None, says=(), within=None):
        """Itself, if it ended with `code`, printed exactly `out` (if given) and wrote each of `says` to stderr."""
        for text in [says] if isinstance(says, str) else says:
            if not re.search(text, self.err):
                raise Unproven(f"stderr matches /{text}/", self.evidence())
        if self.code != code:
            raise Unproven(f"exit code {code}", self.evidence())
        if out is not None and self.out != out:
            raise Unproven(f"stdout {out!r}", self.evidence())
        if within is not None and self.seconds > within:
            raise Unproven(f"an end within {within:g} s", self.evidence())
        return self

    def evidence(self):
        return (f"$ {self.command}\nexit code {self.code} after {self.seconds:.1f} s\n"
                f"stdout: {self.out.rstrip()}\nstderr: {self.err.rstrip()}")


def run(*words, timeout=120, **options):
    """The outcome of a program; its code is 128 + n when signal n ended it, as it does one that takes too long (137)."""
    words = [str(word) for word in words]
    began = time.monotonic()
    process = subprocess.Popen(words, stdin=options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, errors="replace", **options)
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    outcome = Outcome(" ".join(words), code, out, without_warnings(err), time.monotonic() - began)
    messages.append(outcome.err)
    return outcome


def without_warnings(err):
    """Docker's own warnings on the machine's network are nothing that a container wrote."""
    return re.sub(r"^WARNING: .*\n", "", err, flags=re.MULTILINE)
