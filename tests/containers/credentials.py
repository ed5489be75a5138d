"""Credentials as the platforms give them, on the platforms' own addresses: right, then wrong in each way in turn.

Right means that a value arrives through ministack, which checks the signature and the session token.
"""

from pod import ECS_PATH, ROLE
from proof import Unproven
from root import Root

REGION = {"AWS_REGION": "eu-west-1"}
BUDGET = 3
# How an endpoint may be wrong, and what the message says of it besides the endpoint's address.
WRONG = {"404": "status 404", "403": "status 403", "malformed": "cannot be read", "silent": "not answered|nothing came for 2 s"}


class Source:
    """One way to credentials: what inside.py calls it, its endpoint, what its remedy names, and its variables."""

    def __init__(self, mood, name, endpoint, remedy, variables):
        self.mood, self.name, self.endpoint, self.remedy, self.variables = mood, name, endpoint, remedy, variables


def sources(world):
    world.bare.write("pod-token", world.values.pod_token)
    world.bare.write("web-token", world.values.web_token)
    return [
        Source("ecs", "the task's role at 169.254.170.2", "http://169.254.170.2/", "AWS_CONTAINER_",
               {**REGION, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": ECS_PATH}),
        Source("pod identity", "EKS Pod Identity at 169.254.170.23", "http://169.254.170.23/", "AWS_CONTAINER_",
               {**REGION, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/pod-token"}),
        Source("sts", "a web identity token file", "https://sts.eu-west-1.amazonaws.com/", "AWS_WEB_IDENTITY_TOKEN_FILE",
               {**REGION, "AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": "/web-token"}),
        Source("imds", "the instance's role by IMDSv2", "http://169.254.169.254/", "a role|instance profile", REGION),
    ]


def prove(world):
    world.bare = Root(world, "bare")
    by_name = {source.mood: source for source in sources(world)}
    for source in by_name.values():
        world.prove(f"{source.name} gives credentials that AWS takes", gives, world, source)
        for mood in WRONG:
            world.prove(f"{source.name}, {mood}: a message that says which, code 78, in time", refuses, world, source, mood)
    world.prove("IMDSv2 gives the region too", gives, world, without(by_name["imds"], "AWS_REGION"))
    world.prove("a wrong Pod Identity token is refused with the endpoint's status", refuses_token, world, by_name["pod identity"])
    for source, variable in [("pod identity", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"), ("sts", "AWS_WEB_IDENTITY_TOKEN_FILE")]:
        world.prove(f"a file that {variable} names and that is not there is said", refuses_no_file, world,
                    by_name[source], variable)
    world.prove("container credentials come before the instance's, which is not asked", no_imds, world, by_name["ecs"])
    world.prove("containers get the task's role through Docker too", through_docker, world)


def ask(world, variables):
    settings = {"PARAMEXEC_TIMEOUT": f"{BUDGET}s", "DB_PASSWORD": "ssm:///shop/production/db/password", **variables}
    return world.bare.run("paramexec", "--", "busybox", "sh", "-c", 'echo "$DB_PASSWORD"', **settings)


def gives(world, source):
    world.pod.feel({})
    ask(world, source.variables).must(out=world.values.password + "\n", within=2)


def refuses(world, source, mood):
    world.pod.feel({source.mood: mood})
    try:
        outcome = ask(world, source.variables).must(78, "", [source.endpoint, WRONG[mood], source.remedy, "DB_PASSWORD"],
                                                    within=BUDGET + 1)
    finally:
        world.pod.feel({})
    return said(outcome)


def said(outcome):
    """The line of the message that tells the cause."""
    return outcome.err.splitlines()[1].strip()


def without(source, variable):
    variables = {name: value for name, value in source.variables.items() if name != variable}
    return Source(source.mood, source.name, source.endpoint, source.remedy, variables)


def refuses_token(world, source):
    world.bare.write("wrong-token", "never-shown-token")
    outcome = ask(world, {**source.variables, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/wrong-token"})
    outcome.must(78, "", [source.endpoint, "status 400"], within=BUDGET + 1)
    if "never-shown-token" in outcome.err:
        raise Unproven("no token in the message", outcome.evidence())
    return said(outcome)


def refuses_no_file(world, source, variable):
    outcome = ask(world, {**source.variables, variable: "/nowhere/token"})
    return said(outcome.must(78, "", [variable, "/nowhere/token"], within=BUDGET + 1))


def no_imds(world, source):
    def asked():
        return sum(line.startswith("imds") for line in world.pod.events.read_text().splitlines())
    before = asked()
    ask(world, source.variables).must(out=world.values.password + "\n")
    world.pod.feel({"ecs": "404"})
    ask(world, source.variables).must(78)
    world.pod.feel({})
    if asked() != before:
        raise Unproven("no question to 169.254.169.254", world.pod.events.read_text()[-500:])


def through_docker(world):
    world.run(*world.pod.ecs(), "--env", "DB_PASSWORD=ssm:///shop/production/db/password", world.entry,
              "sh", "-c", 'echo "$DB_PASSWORD"').must(out=world.values.password + "\n")
