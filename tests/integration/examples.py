"""What starts paramexec in examples/, one JSON object a line: the file, the container, its environment and paramexec's arguments."""

import json
import shlex
import sys
from pathlib import Path

import boto3
import yaml
from botocore.validate import ParamValidator

ROOT = Path(sys.argv[1])
# Containers of images whose own ENTRYPOINT is paramexec.
BEHIND_PARAMEXEC = ("web", "lend-paramexec")


def kubernetes(document):
    for pod in pods(document):
        for container in pod.get("initContainers", []) + pod.get("containers", []):
            # Where a value comes from something else, anything may stand there.
            environment = {entry["name"]: entry.get("value", "x") for entry in container.get("env", [])}
            yield container["name"], environment, container.get("command"), container.get("args", [])


def pods(document):
    if document.get("kind") == "Deployment":
        yield document["spec"]["template"]["spec"]


def compose(document):
    for name, service in document.get("services", {}).items():
        yield name, service.get("environment", {}), service.get("entrypoint"), service.get("command", [])


def dockerfile(text):
    environment, entrypoint = {}, None
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "ENV":
            environment.update(pair.split("=", 1) for pair in shlex.split(rest))
        if word == "ENTRYPOINT":
            entrypoint = json.loads(rest)
    yield "image", environment, entrypoint, []


def containers():
    for path in sorted(ROOT.rglob("*")):
        if path.suffix == ".yaml":
            for document in yaml.safe_load_all(path.read_text()):
                for container in (*kubernetes(document), *compose(document)):
                    yield path, *container
        elif path.name == "Dockerfile":
            for container in dockerfile(path.read_text()):
                yield path, *container


for path, name, environment, entrypoint, arguments in containers():
    if entrypoint and not entrypoint[0].endswith("/paramexec"):
        continue
    if not entrypoint and name not in BEHIND_PARAMEXEC:
        continue
    words = (entrypoint or ["paramexec"])[1:] + arguments
    print(json.dumps({"file": str(path.relative_to(ROOT)), "container": name, "environment": environment, "arguments": words}))

# What ECS itself would say of the definitions, as far as their shape goes.
ecs = boto3.client("ecs", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
shape = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
for path in sorted(ROOT.glob("ecs/*.json")):
    report = ParamValidator().validate(json.loads(path.read_text()), shape)
    if report.has_errors():
        sys.exit(f"{path}: {report.generate_report()}")
