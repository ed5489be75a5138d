"""A network namespace as an ECS task or a Kubernetes pod has it, with an AWS of the test's own on AWS's own names.

A container that only sleeps holds the namespace, the other containers join it, and servers run in it beside them. So port
443 and the metadata addresses are free whatever else this machine runs, and nothing needs an AWS_ENDPOINT_URL.
The services are ministack, which checks signatures, session tokens and policies; inside.py is the rest.
"""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from engine import RUN, Container, image_name
from proof import Unproven, eventually
from shell import run

PLATFORM_ADDRESSES = ["169.254.170.2", "169.254.170.23", "169.254.169.254"]
# An address of inside.py that takes connections and questions, and never answers.
SILENT = "127.0.0.9"
# One whose name server answers over TCP alone.
TRUNCATING = "127.0.0.8"
HERE = Path(__file__).parent
ECS_PATH = "/v2/credentials/5b6a1d2e"
ROLE = "arn:aws:iam::000000000000:role/shop"


class Values:
    """What must reach the command and nothing else: other values each run, so that finding one is no accident."""

    def __init__(self):
        self.secret_key_base = secrets.token_hex(64)
        self.password = secrets.token_urlsafe(24)
        self.greeting = secrets.token_urlsafe(24)
        self.web_token = secrets.token_urlsafe(48)
        self.pod_token = secrets.token_urlsafe(48)
        self.proxy_password = secrets.token_urlsafe(24)

    def all(self):
        return list(vars(self).values())


class Pod:
    def __init__(self, folder, authority, values):
        self.folder, self.authority, self.values = folder, authority, values
        self.processes = []
        self.events, self.moods = folder / "events", folder / "moods.json"
        self.events.touch()
        self.container = Container(
            "--network", "none", "--dns", "127.0.0.1", "--add-host", "ssm.eu-west-1.amazonaws.com:127.0.0.1",
            "--add-host", "ssm.only-in-hosts.example:127.0.0.1", "--name", f"{RUN}-pod", image_name("busybox"),
            "sleep", "3600")
        self.join = ["nsenter", "--target", str(self.container.pid()), "--net"]
        self.network = ["--network", f"container:{self.container.id}"]

    def start(self):
        for address in PLATFORM_ADDRESSES:
            run(*self.join, "ip", "address", "add", f"{address}/32", "dev", "lo").must()
        self.start_ministack()
        self.credentials = self.seed()
        self.feel({})
        self.start_inside()

    def start_ministack(self):
        home = self.folder / "ministack"
        home.mkdir()
        settings = {"AUTH": "true", "BIND_HOST": "127.0.0.1", "USE_SSL": "1", "LOG_LEVEL": "WARNING", "HOME": str(home),
                    "TMPDIR": str(home), "STATE_DIR": str(home / "state"), "PATH": os.environ["PATH"],
                    # It listens on 443 besides its gateway port.
                    "GATEWAY_PORT": "4566", "MINISTACK_SSL_CERT": str(self.authority.server_certificate),
                    "MINISTACK_SSL_KEY": str(self.authority.server_key)}
        with open(home / "log", "wb") as log:
            process = subprocess.Popen([*self.join, sys.executable, "-m", "ministack"], env=settings, cwd=home,
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(process)

        def listens():
            if process.poll() is not None:
                raise Unproven("ministack runs", (home / "log").read_text()[-3000:])
            return "127.0.0.1:443" in run(*self.join, "ss", "--listening", "--tcp", "--numeric").out
        eventually(listens, "ministack listens on port 443", within=60)

    def seed(self):
        values = json.dumps({**vars(self.values), "role": ROLE})
        seeded = run(*self.join, sys.executable, HERE / "seed.py", values).must()
        return json.loads(seeded.out)

    def start_inside(self):
        settings = self.folder / "inside.json"
        settings.write_text(json.dumps({
            "silent": SILENT, "truncating": TRUNCATING, "events": str(self.events), "moods": str(self.moods), "ecs_path": ECS_PATH, "role": ROLE,
            "pod_token": self.values.pod_token, "web_token": self.values.web_token,
            "certificate": str(self.authority.server_certificate), "key": str(self.authority.server_key),
            "credentials": self.credentials["role"], "expires": "2099-01-01T00:00:00Z"}))
        process = subprocess.Popen([*self.join, sys.executable, HERE / "inside.py", settings], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        if process.stdout.readline() != "ready\n":
            raise Unproven("inside.py starts")

    def feel(self, moods):
        """Has the endpoints misbehave: {"ecs": "404"}."""
        unfinished = self.moods.with_suffix(".new")
        unfinished.write_text(json.dumps(moods))
        unfinished.rename(self.moods)

    def heard(self, event):
        return self.events.read_text().splitlines().count(event)

    def ecs(self):
        """The options of `docker run` for a container with a role, as ECS would start it."""
        return [*self.network, *self.trust(), "--env", "AWS_REGION=eu-west-1",
                "--env", f"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI={ECS_PATH}"]

    def trust(self):
        return ["--volume", f"{self.authority.certificate}:/authority.pem:ro", "--env", "AWS_CA_BUNDLE=/authority.pem"]

    def close(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
