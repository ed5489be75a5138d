"""What starts paramexec in examples/, one JSON object a line: the file, the container, its environment, paramexec's arguments, and
what a policy named "secrets" beside it allows.
"""

import json
import re
import shlex
import sys
from pathlib import Path

import boto3
import yaml
from botocore.validate import ParamValidator

from terraform import Configuration, encoded, task_definition

ROOT = Path(sys.argv[1])
# Containers of images whose own ENTRYPOINT is paramexec.
BEHIND_PARAMEXEC = ("web", "install-paramexec")
# For a definition that leaves the command to its image.
CMD = ["the CMD of the image"]
# What a deployment fills in, as CloudFormation and Terraform name it.
FILLED_IN = {"AWS::Partition": "aws", "local.partition": "aws", "AWS::Region": "eu-west-1", "local.region": "eu-west-1",
             "AWS::AccountId": "111122223333", "local.account": "111122223333"}


def filled(text):
    return re.sub(r"\$\{([\w.:]+)}", lambda match: FILLED_IN.get(match[1], "x"), text)


class Template(yaml.SafeLoader):
    """Reads CloudFormation, whose tags stand for what is known only when it is deployed."""


Template.add_constructor("!Sub", lambda loader, node: filled(node.value))
Template.add_multi_constructor("!", lambda loader, tag, node: "x")


def kubernetes(document):
    if document.get("kind") == "Deployment":
        pod = document["spec"]["template"]["spec"]
        for container in pod.get("initContainers", []) + pod.get("containers", []):
            # Where a value comes from something else, anything may stand there.
            environment = {entry["name"]: entry.get("value", "x") for entry in container.get("env", [])}
            yield container["name"], environment, container.get("command"), container.get("args", [])


def compose(path, document):
    for name, service in document.get("services", {}).items():
        _, image, entrypoint, command = built(path, service) if "build" in service else (None, {}, None, [])
        environment = {**image, **service.get("environment", {})}
        yield name, environment, service.get("entrypoint", entrypoint), service.get("command", command)


def built(path, service):
    return next(dockerfile((path.parent / service["build"] / "Dockerfile").read_text()))


def cloudformation(path, document):
    resources = document.get("Resources", {})
    allowed = [statement for resource in resources.values() for statement in secrets_policy(resource)]
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::Function":
            yield *function(path, name, resource["Properties"]), allowed
        for container in resource.get("Properties", {}).get("ContainerDefinitions", []):
            environment = {entry["Name"]: entry["Value"] for entry in container["Environment"]}
            check_start_period(path, environment, container["HealthCheck"]["StartPeriod"])
            yield container["Name"], environment, None, container.get("Command", CMD), allowed


def secrets_policy(resource):
    for policy in resource.get("Properties", {}).get("Policies", []):
        if policy["PolicyName"] == "secrets":
            for statement in policy["PolicyDocument"]["Statement"]:
                resources = statement["Resource"]
                yield statement["Action"], [resources] if isinstance(resources, str) else resources


def terraform(folder):
    configuration = Configuration(folder)
    if configuration.undeclared():
        sys.exit(f"{folder}: not declared: {', '.join(sorted(configuration.undeclared()))}")
    rule = configuration.each("resource", "aws_cloudwatch_event_rule")["changes"]
    if encoded(rule["event_pattern"]) != changes(folder.with_name("service.yaml")):
        sys.exit(f"{folder}: deploys after other events than service.yaml")
    statements = configuration.each("data", "aws_iam_policy_document")["secrets"]["statement"]
    allowed = [(action, [filled(resource) for resource in statement["resources"]])
               for statement in statements for action in statement["actions"]]
    for body in configuration.each("resource", "aws_ecs_task_definition").values():
        definition = task_definition(body)
        check_task_definition(folder, definition)
        for container in definition["containerDefinitions"]:
            environment = {entry["name"]: entry["value"] for entry in container["environment"]}
            check_start_period(folder, environment, container["healthCheck"]["startPeriod"])
            yield container["name"], environment, None, container.get("command", CMD), allowed


def changes(path):
    """The events after which a CloudFormation template deploys again."""
    return yaml.load(path.read_text(), Loader=Template)["Resources"]["Changes"]["Properties"]["EventPattern"]


def function(path, name, properties):
    """As Lambda starts it: an image by its ENTRYPOINT, a zip file by the wrapper in front of the language's runtime."""
    environment = properties["Environment"]["Variables"]
    if properties.get("PackageType") == "Image":
        _, image, entrypoint, command = built(path, {"build": "."})
        return name, {**image, **environment}, entrypoint, command
    wrapper = environment["AWS_LAMBDA_EXEC_WRAPPER"]
    return name, environment, [wrapper], ["/var/lang/bin/python3.13", "/var/runtime/bootstrap.py"]


def helm(path, text):
    """The one thing that helm would do here: fill in the values, in the few forms that the template has."""
    values = yaml.safe_load((path.parent.parent / "values.yaml").read_text())
    lines = []
    for line in text.splitlines():
        if "{{ $name }}" in line:
            lines += [line.replace("{{ $name }}", name).replace("{{ $value | quote }}", json.dumps(value))
                      for name, value in values["env"].items()]
        elif "{{-" not in line:
            line = re.sub(r"{{ toJson \.Values\.(\w+) }}", lambda match: json.dumps(values[match[1]]), line)
            line = re.sub(r"{{ \.Values\.(\w+) }}", lambda match: values[match[1]], line)
            lines.append(line.replace("{{ .Release.Name }}", "shop"))
    rendered = "\n".join(lines)
    if "{{" in rendered:
        sys.exit(f"{path}: helm() in {__file__} does not know every form in it")
    return rendered


def dockerfile(text):
    environment, entrypoint, command = {}, None, []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "ENV":
            environment.update(pair.split("=", 1) for pair in shlex.split(rest))
        if word == "ENTRYPOINT":
            entrypoint = json.loads(rest)
        if word == "CMD":
            command = json.loads(rest)
    yield "image", environment, entrypoint, command


def documents(path):
    if path.parent.name == "templates":
        return [yaml.safe_load(helm(path, path.read_text()))]
    return yaml.load_all(path.read_text(), Loader=Template)


def containers():
    for path in sorted(ROOT.rglob("*")):
        if path.suffix == ".yaml":
            for document in documents(path):
                for container in (*kubernetes(document), *compose(path, document), *cloudformation(path, document)):
                    yield path, *container
        elif path.name == "main.tf":
            for container in terraform(path.parent):
                yield path, *container
        # That of Lambda is started as the template beside it says.
        elif path.name == "Dockerfile" and path.parent.name != "lambda":
            for container in dockerfile(path.read_text()):
                yield path, *container


def check_task_definition(place, definition):
    """What ECS itself would say, as far as the shape goes."""
    ecs = boto3.client("ecs", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
    shape = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
    report = ParamValidator().validate(definition, shape)
    if report.has_errors():
        sys.exit(f"{place}: {report.generate_report()}")


def check_start_period(place, environment, seconds):
    """ECS must not stop a task that still waits for AWS, and takes 300 s at most."""
    if not int(environment["PARAMEXEC_TIMEOUT"].removesuffix("s")) < seconds <= 300:
        sys.exit(f"{place}: the start period of {seconds} s does not fit PARAMEXEC_TIMEOUT")


if sys.argv[2:] == ["helm"]:
    for path in ROOT.glob("helm/templates/*.yaml"):
        print(helm(path, path.read_text()))
    sys.exit()

for path, name, environment, entrypoint, arguments, *allowed in containers():
    if entrypoint and not entrypoint[0].endswith("/paramexec"):
        continue
    if not entrypoint and name not in BEHIND_PARAMEXEC:
        continue
    words = (entrypoint or ["paramexec"])[1:] + arguments
    print(json.dumps({"file": str(path.relative_to(ROOT)), "container": name, "environment": environment, "arguments": words,
                      "allowed": allowed[0] if allowed else None}))

for path in sorted(ROOT.glob("ecs/*.json")):
    check_task_definition(path, json.loads(path.read_text()))
