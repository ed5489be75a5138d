"""The Docker engine: images from folders and archives, and containers, all of them named after this run."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from proof import Unproven, eventually
from shell import run

RUN = f"paramexec-proof-{os.getpid()}"


def docker(*words, **options):
    return run("docker", *words, **options)


def image_name(name):
    return f"{RUN}/{name}"


def import_archive(name, archive):
    docker("import", archive, image_name(name)).must()
    return image_name(name)


def build(name, folder, dockerfile, files=(), arguments=()):
    """An image of `dockerfile` (text) with `files` (path in the image's folder and path here) to copy."""
    context = Path(folder) / name
    context.mkdir()
    for target, source in files:
        shutil.copy(source, context / target)
    (context / "Dockerfile").write_text(dockerfile)
    return build_in(name, context, context / "Dockerfile", arguments)


def build_in(name, context, dockerfile, arguments=()):
    # The legacy builder: it takes base images that are nowhere but here, and needs no plugin.
    docker("build", "--network", "none", "--force-rm", "-t", image_name(name), "-f", dockerfile,
           *[word for argument in arguments for word in ("--build-arg", argument)], context,
           env={**os.environ, "DOCKER_BUILDKIT": "0"}, timeout=600).must()
    return image_name(name)


class Container:
    """A container that was started with `docker run --detach`."""

    def __init__(self, *words):
        self.id = docker("run", "--detach", "--pull=never", "--label", RUN, *words).must().out.strip()

    def inspect(self):
        return json.loads(docker("inspect", self.id).must().out)[0]

    def pid(self):
        return self.inspect()["State"]["Pid"]

    def logs(self):
        outcome = docker("logs", self.id)
        return outcome.out + outcome.err

    def exec(self, *words, **options):
        return docker("exec", self.id, *words, **options)

    def exit_code(self):
        """The code it ended with, once it has ended."""
        def ended():
            state = self.inspect()["State"]
            return None if state["Running"] else (state["ExitCode"],)
        return eventually(ended, f"container {self.id[:12]} ends")[0]

    def stopped(self, within, *words):
        """The exit code after `docker stop`, or after the docker command in `words`, if it ends in time."""
        outcome = docker(*(words or ("stop", "--time", "30")), self.id).must()
        code = self.exit_code()
        if outcome.seconds > within:
            raise Unproven(f"an end within {within:g} s", f"{outcome.evidence()}\nlogs:\n{self.logs()}")
        return code


def clean_up():
    """Removes what this run made in an engine that may be someone's own."""
    def remove(command, listed):
        ids = listed.out.split()
        if ids:
            docker(command, "--force", *sorted(set(ids)))
    remove("rm", docker("ps", "--all", "--quiet", "--filter", f"label={RUN}"))
    remove("rmi", docker("images", "--format", "{{.Repository}}:{{.Tag}}", f"{RUN}/*"))


def answers():
    return subprocess.run(["docker", "info"], capture_output=True).returncode == 0
