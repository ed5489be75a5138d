"""Proves in real containers what the README promises: python tests/containers BINARY CACHE [PART]...

scripts/containers prepares the machine and the Docker engine, and runs this as root.
"""

import signal
import sys
import tempfile
from pathlib import Path

import credentials
import engine
import entrypoint
import env_files
import files
import limits
import names
import proxies
import rails
import shell
from authority import Authority
from pod import Pod, Values
from proof import Tally, Unproven
from roots import Roots

PARTS = {"limits": limits, "names": names, "credentials": credentials, "proxies": proxies, "entrypoint": entrypoint,
         "rails": rails, "env-files": env_files, "files": files}


class World:
    """What the proofs share."""

    def __init__(self, binary, cache, folder):
        self.binary, self.folder, self.here = binary, folder, Path(__file__).parent
        self.tally = Tally()
        self.prove = self.tally.prove
        self.values = Values()
        self.authority = Authority(folder)
        self.busybox = engine.build("busybox", folder, BUSYBOX, [("busybox", "/bin/busybox")])
        self.scratch = engine.build("scratch", folder, SCRATCH, [("paramexec", binary)])
        self.entry = engine.build("entry", folder, ENTRY.format(base=self.busybox), [("paramexec", binary)])
        self.roots = Roots(cache)
        self.pod = Pod(folder, self.authority, self.values)

    def run(self, *words, **options):
        """`docker run` with what every container of this run has."""
        return engine.docker("run", "--rm", "--pull=never", "--label", engine.RUN, *words, **options)

    def close(self):
        self.pod.close()
        self.roots.close()


BUSYBOX = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
"""
# Nothing at all but the binary.
SCRATCH = """\
FROM scratch
COPY paramexec /paramexec
ENTRYPOINT ["/paramexec"]
"""
ENTRY = """\
FROM {base}
COPY paramexec /usr/bin/paramexec
ENTRYPOINT ["paramexec"]
"""


def no_value_was_shown(values):
    for message in shell.messages:
        for value in values:
            if value in message:
                raise Unproven("no value in any output", message.replace(value, "<a value>"))
    return f"{len(shell.messages)} outputs"


def main(binary, cache, *parts):
    # So that everything below is cleaned up however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    unknown = set(parts) - set(PARTS)
    if unknown:
        sys.exit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    world = None
    with tempfile.TemporaryDirectory(prefix="paramexec-proof-", ignore_cleanup_errors=True) as folder:
        # Containers read from it as whatever user they run as.
        Path(folder).chmod(0o755)
        try:
            world = World(Path(binary).resolve(), Path(cache), Path(folder))
            world.pod.start()
            for name in parts or PARTS:
                print(f"\n{name}: {PARTS[name].__doc__.splitlines()[0]}", flush=True)
                PARTS[name].prove(world)
            world.prove("no output of any run above shows a value", no_value_was_shown, world.values.all())
            return world.tally.close()
        finally:
            if world:
                world.close()
            engine.clean_up()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
