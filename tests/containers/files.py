"""Secrets as files: read by those who may, kept from everybody else, and nowhere on a disk.

Without AWS: --mock gives each file what names it.
"""

import base64
import json
import os
from pathlib import Path

import engine
from engine import Container
from proof import Unproven, eventually
from shell import run

FILE = {"KEY": "ssm:///key?file"}
TEXT = "mock:key"
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
# As docker-entrypoint.sh of the official postgres image does it, with setpriv in the place of gosu.
POSTGRES = """\
#!/usr/bin/env bash
set -Eeo pipefail
file_env() {
  local var="$1" file="${1}_FILE" value
  value="$(< "${!file}")"
  export "$var"="$value"
  unset "$file"
}
if [ "$(id -u)" = 0 ]; then
  exec setpriv --reuid 65534 --regid 65534 --clear-groups "$BASH_SOURCE" "$@"
fi
file_env POSTGRES_PASSWORD
exec "$@"
"""
SHELL = 'cat "$KEY"; exec 3>/dev/null; cat "$KEY"; sh -c \'cat "$KEY"\''
PYTHON = 'import os, subprocess; subprocess.run(["cat", os.environ["KEY"]], check=True)'
NODE = 'process.stdout.write(require("child_process").execFileSync("cat", [process.env.KEY]))'
HARDENED = ["--read-only", "--user", "1000:1000", "--cap-drop", "ALL", "--network", "none"]
# Nothing but the two programs, and no shell that looks for others.
SCRATCH = """\
FROM scratch
COPY paramexec busybox /
ENTRYPOINT ["/paramexec"]
"""


def prove(world):
    node = Path(".venv/bin/node").resolve()
    world.prove("a shell that opens descriptor 3 anew reads it, and so do its children", reads, world, ["sh", "-c", SHELL], TEXT * 3)
    world.prove("children of Python's subprocess read it", reads, world, ["python3", "-c", PYTHON], TEXT)
    world.prove("children of Node's child_process read it", reads, world, [node, "-e", NODE], TEXT)
    world.prove("a switched user reads it in the same process and in children", reads, world, [*NOBODY, "sh", "-c", SHELL], TEXT * 3)
    world.prove("with mode 0400 a switched user does not", refused_after_switch, world)
    world.prove("an entrypoint like that of the official postgres image finds POSTGRES_PASSWORD_FILE", postgres, world)
    world.prove("OpenSSL reads a key from it", openssl, world)
    world.prove("Java reads a key store from it", java, world)
    for setting in (1, 2):
        world.prove(f"with vm.memfd_noexec={setting} it is there, and sealed", without_executable_memory, world, setting)
    world.prove("FROM scratch, read-only, without root and capabilities: it is there, at descriptor 200", from_scratch, world)
    world.prove("another user of the container is kept out, and nobody writes", kept_out, world)
    world.prove("no other file was made, and no value is in the environment", nowhere, world)


def mocked(world, words, variables):
    return run(world.binary, "--mock", "--", *words, env={"PATH": "/usr/bin:/bin", **variables})


def reads(world, words, expected):
    mocked(world, words, FILE).must(out=expected)


def refused_after_switch(world):
    variables = {"KEY": FILE["KEY"] + "&mode=0400"}
    mocked(world, [*NOBODY, "sh", "-c", 'cat "$KEY"'], variables).must(1, "", "Permission denied")


def postgres(world):
    script = world.folder / "docker-entrypoint.sh"
    script.write_text(POSTGRES)
    script.chmod(0o755)
    variables = {"POSTGRES_PASSWORD_FILE": FILE["KEY"]}
    mocked(world, [script, "sh", "-c", "id -u; echo $POSTGRES_PASSWORD"], variables).must(out=f"65534\n{TEXT}\n")


def openssl(world):
    key = run("openssl", "genpkey", "-algorithm", "ed25519").must().out
    answers = world.folder / "answers.json"
    answers.write_text(json.dumps({"ssm:///key": key}))
    run(world.binary, f"--mock={answers}", "--", "sh", "-c", 'openssl pkey -check -noout -in "$KEY"',
        env={"PATH": "/usr/bin:/bin", **FILE}).must(out="Key is valid\n")


def java(world):
    """The store is binary, so it stands in base64 where text must be; keytool runs in a Java virtual machine of its own."""
    certificate, key, store = world.authority.server_certificate, world.authority.server_key, world.folder / "store.p12"
    run("openssl", "pkcs12", "-export", "-in", certificate, "-inkey", key, "-name", "shop", "-out", store, "-passout", "pass:changeit").must()
    answers = world.folder / "answers.json"
    answers.write_text(json.dumps({"ssm:///store": base64.b64encode(store.read_bytes()).decode()}))
    script = 'keytool -list -storetype PKCS12 -storepass changeit -keystore "$STORE"'
    outcome = run(world.binary, f"--mock={answers}", "--", "sh", "-c", script,
                  env={"PATH": os.environ["PATH"], "STORE": "ssm:///store?file&decode=base64"}).must()
    if "shop, " not in outcome.out or "PrivateKeyEntry" not in outcome.out:
        raise Unproven("keytool lists the key", outcome.evidence())


def without_executable_memory(world, setting):
    """The setting belongs to a PID namespace, and holds in this one alone."""
    place = Path("/proc/sys/vm/memfd_noexec")
    if not place.exists():
        return "not tried, since this kernel does not have the setting"
    script = f'echo {setting} >{place} && cat {place} && exec "$0" --mock -- "$@"'
    command = ["sh", "-c", 'cat "$KEY"; stat -L -c " %a" "$KEY"; echo x >"$KEY"']
    run("unshare", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", script, world.binary, *command,
        env={"PATH": os.environ["PATH"], **FILE}).must(2, f"{setting}\n{TEXT} 444\n", "Operation not permitted|Text file busy")


def scratch_image(world):
    if not hasattr(world, "scratch_files"):
        world.scratch_files = engine.build("files", world.folder, SCRATCH, [("paramexec", world.binary), ("busybox", "/bin/busybox")])
    return world.scratch_files


def settings():
    return ["--env", "PARAMEXEC_MOCK=1", "--env", f"KEY={FILE['KEY']}"]


def from_scratch(world):
    script = 'echo "$KEY"; /busybox cat "$KEY"'
    world.run(*HARDENED, *settings(), scratch_image(world), "/busybox", "sh", "-c", script).must(out=f"/proc/1/fd/200\n{TEXT}")


def kept_out(world):
    container = Container(*HARDENED, *settings(), scratch_image(world), "/busybox", "sleep", "60")
    path = "/proc/1/fd/200"
    eventually(lambda: container.exec("/busybox", "cat", path).out == TEXT, "the same user reads it")
    engine.docker("exec", "--user", "1001:1001", container.id, "/busybox", "cat", path).must(1, "", "Permission denied")
    for write in (f"echo x > {path}", f"echo x >> {path}", f"/busybox truncate -s 99 {path}"):
        outcome = engine.docker("exec", "--user", "0", container.id, "/busybox", "sh", "-c", write)
        if outcome.code == 0:
            raise Unproven("no write", outcome.evidence())
    engine.docker("kill", container.id).must()


def nowhere(world):
    # Docker writes /etc/hostname just before it starts the container.
    script = ('/busybox find / -xdev -type f -newer /etc/hostname; /busybox find /tmp /dev -type f; '
              '/busybox grep -c mock:key /proc/1/environ')
    world.run("--network", "none", "--tmpfs", "/tmp", *settings(), scratch_image(world), "/busybox", "sh", "-c", script) \
        .must(1, "0\n")
