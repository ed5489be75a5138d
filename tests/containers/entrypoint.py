"""ENTRYPOINT as the pages recommend it: paramexec alone, its settings as ENV, the command as CMD or as a variable."""

import json

import engine
from engine import Container, docker
from proof import Unproven, eventually

FROM = "s3://my-bucket/${SECURE_ENV}"
# As the pages have it, and with what must not be copied beside it: in double quotes Docker fills in what the build knows.
DOCKERFILE = """\
FROM {base}
ENV PARAMEXEC_FROM='s3://my-bucket/${{SECURE_ENV}}'
ENV IN_DOUBLE_QUOTES="s3://my-bucket/${{SECURE_ENV}}"
ENV WITH_A_BACKSLASH='s3://my-bucket/\\${{SECURE_ENV}}'
{command}
ENTRYPOINT ["/usr/bin/paramexec"]
"""
CMD = 'CMD ["sh", "-c", "echo $GREETING; exec sleep 60"]'
DEFAULT_COMMAND = "ENV PARAMEXEC_DEFAULT_COMMAND='sh -c \"echo from the variable $$; exec sleep 60\"'"
SETTINGS = ["--env", "SECURE_ENV=production.env"]


def prove(world):
    images = {}
    world.prove("docker build keeps ${SECURE_ENV} in single quotes, and fills it in double quotes", builds, world, images)
    if not images:
        return
    image = images["cmd"]
    world.prove("docker run IMAGE runs the CMD with the object of the environment, and docker exec IMAGE paramexec env gets it too",
                runs, world, image)
    world.prove("docker run IMAGE COMMAND runs that instead", runs_another, world, image)
    world.prove("docker run -e PARAMEXEC_CHECK=1 IMAGE checks the CMD, and starts nothing", checks, world, "--env", "PARAMEXEC_CHECK=1", image)
    world.prove("docker run IMAGE --check, which replaces the CMD, shows what is there, ends with 64, and says to use -e",
                checks_no_command, world, image)
    world.prove("docker run IMAGE --help prints the help", helps, world, image)
    world.prove("without a CMD, PARAMEXEC_DEFAULT_COMMAND is the command", runs_the_default, world, images["variable"])
    world.prove("docker run IMAGE --check checks the command of the variable", checks, world, images["variable"], "--check")


def builds(world, images):
    for name, command in [("cmd", CMD), ("variable", DEFAULT_COMMAND)]:
        image = engine.build(f"entrypoint-{name}", world.folder, DOCKERFILE.format(base=world.entry, command=command))
        images[name] = image
        config = json.loads(docker("inspect", image).must().out)[0]["Config"]
        environment = dict(entry.split("=", 1) for entry in config["Env"])
        wanted = {"PARAMEXEC_FROM": FROM, "IN_DOUBLE_QUOTES": "s3://my-bucket/", "WITH_A_BACKSLASH": "s3://my-bucket/\\${SECURE_ENV}"}
        seen = {name: environment[name] for name in wanted}
        if seen != wanted:
            raise Unproven(json.dumps(wanted), json.dumps(seen))


def runs(world, image):
    container = Container(*world.pod.ecs(), *SETTINGS, image)
    eventually(lambda: world.values.greeting in container.logs(), "the command runs")
    out = container.exec("paramexec", "env").must().out
    if f"GREETING={world.values.greeting}" not in out.splitlines():
        raise Unproven("GREETING", out)
    docker("kill", container.id).must()


def runs_another(world, image):
    world.run(*world.pod.ecs(), *SETTINGS, image, "sh", "-c", "echo $GREETING").must(out=world.values.greeting + "\n")


def checks(world, *words):
    outcome = world.run(*world.pod.ecs(), *SETTINGS, *words).must()
    if "GREETING" not in outcome.out or world.values.greeting in outcome.out:
        raise Unproven("the name GREETING, and not its value", outcome.evidence())


def checks_no_command(world, image):
    outcome = world.run(*world.pod.ecs(), *SETTINGS, image, "--check").must(64, says=[r"docker run -e PARAMEXEC_CHECK=1 IMAGE"])
    if "GREETING" not in outcome.out or world.values.greeting in outcome.out:
        raise Unproven("the name GREETING, and not its value", outcome.evidence())


def helps(world, image):
    outcome = world.run("--network", "none", image, "--help").must()
    if "Usage: paramexec" not in outcome.out:
        raise Unproven("the help", outcome.evidence())


def runs_the_default(world, image):
    container = Container(*world.pod.ecs(), *SETTINGS, image)
    eventually(lambda: container.logs() == "from the variable 1\n", "the default command runs as PID 1")
    docker("kill", container.id).must()
