"""A proof is a sentence and a function that raises Unproven when the sentence does not hold."""

import time
import traceback


class Unproven(Exception):
    """What was expected, and in `evidence` what was seen instead."""

    def __init__(self, expected, evidence=""):
        super().__init__(expected)
        self.evidence = evidence


class Tally:
    """Runs proofs, one line each, and counts them."""

    def __init__(self):
        self.passed = self.failed = 0
        self.began = time.monotonic()

    def prove(self, sentence, check, *arguments, **options):
        """Prints `ok` with what `check` returns, if anything, or `FAILED` with everything that it saw."""
        began = time.monotonic()
        try:
            note = check(*arguments, **options)
        except Exception as error:  # whatever it is, the other proofs go on
            self.failed += 1
            print(f"FAILED  {sentence}\n{indented(explained(error))}", flush=True)
            return
        self.passed += 1
        print(f"ok      {sentence}{f': {note}' if note else ''} ({time.monotonic() - began:.1f} s)", flush=True)

    def close(self):
        seconds = round(time.monotonic() - self.began)
        print(f"\n{self.passed} passed, {self.failed} failed, in {seconds} s", flush=True)
        return 0 if self.passed and not self.failed else 1


def explained(error):
    if isinstance(error, Unproven):
        return f"expected: {error}\n{error.evidence}"
    return "".join(traceback.format_exception(error))


def indented(text):
    return "\n".join("        " + line for line in text.rstrip().splitlines())


def eventually(condition, what, within=20.0):
    """The first true value of `condition`, asked again and again."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise Unproven(f"{what} within {within:g} s")
