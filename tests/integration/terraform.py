"""Reads a Terraform configuration as far as that is possible without Terraform.

`terraform validate` would need the provider for AWS, which only Terraform's own registry has.
"""

import re

import hcl2
from hcl2.utils import SerializationOptions

OPTIONS = SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)


class Configuration:
    """The files of a folder, which are one configuration."""

    def __init__(self, folder):
        self.text = "".join(path.read_text() for path in sorted(folder.glob("*.tf")))
        self.blocks = hcl2.loads(self.text, serialization_options=OPTIONS)

    def each(self, kind, type):
        """The bodies of the resources or data sources of one type, by their names."""
        return {name: body for block in self.blocks[kind] for name, body in block.get(type, {}).items()}

    def undeclared(self):
        """What is referred to and not there, which `terraform validate` would say."""
        declared = {f"{type}.{name}" for block in self.blocks["resource"] for type, named in block.items() for name in named}
        declared |= {f"data.{type}.{name}" for block in self.blocks["data"] for type, named in block.items() for name in named}
        declared |= {f"var.{name}" for block in self.blocks["variable"] for name in block}
        declared |= {f"local.{name}" for block in self.blocks["locals"] for name in block}
        return set(re.findall(r'(?<![\w."-])(?:(?:data\.)?aws_\w+|var|local)\.\w+', self.text)) - declared


def encoded(expression):
    """The value that jsonencode() is given."""
    inner = re.fullmatch(r"\$\{jsonencode\((.*)\)}", expression, re.DOTALL)[1]
    return hcl2.loads(f"x = {inner}\n", serialization_options=OPTIONS)["x"]


def task_definition(body):
    """What the provider registers for a resource `aws_ecs_task_definition`."""
    fields = {camel(name): value for name, value in body.items()}
    return {**fields, "containerDefinitions": encoded(body["container_definitions"])}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
