"""Containers with everything taken away from them, signals to PID 1, and exit codes as Docker reports them."""

from engine import Container
from proof import Unproven, eventually

# Its endpoint takes the connection and never answers.
UNANSWERED = "ssm:///shop/production/db/password?region=eu-north-1"
PASSWORD = "ssm:///shop/production/db/password"
SHOW = ["--", "sh", "-c", 'echo "$DB_PASSWORD"']
RESTRICTIONS = [["--read-only"], ["--memory", "8m", "--pids-limit", "2"], ["--cap-drop", "ALL"], ["--user", "65532:65532"], ["--init"],
                ["--read-only", "--cap-drop", "ALL", "--user", "65532:65532", "--security-opt", "no-new-privileges"]]


def prove(world):
    for options in RESTRICTIONS:
        world.prove(f"with {' '.join(options)} a value is fetched and reaches the command", fetches, world, options)
    for options in [[], *RESTRICTIONS]:
        words = ["--network", "none", *options]
        world.prove(f"with {' '.join(words)} the mock answers", mocks, world, words)
    signals(world)
    for code, sentence, options, words, says in exit_codes(world):
        world.prove(f"Docker reports {code} when {sentence}", reports, world, code, options, words, says)


def fetches(world, options):
    world.run(*world.pod.ecs(), *options, "--env", f"DB_PASSWORD={PASSWORD}", world.entry, *SHOW).must(
        out=world.values.password + "\n")


def mocks(world, options):
    world.run(*options, "--env", f"DB_PASSWORD={PASSWORD}", "--env", "PARAMEXEC_MOCK=1", world.entry, *SHOW).must(
        out="mock:/shop/production/db/password\n", says="mock")


def signals(world):
    for options, name in [([], "as PID 1"), (["--init"], "under --init"), (["--user", "65532:65532"], "as another user")]:
        world.prove(f"docker stop ends it at once with 143 while it fetches {name}", ends, world, options, 143)
    world.prove("SIGINT ends it at once with 130 while it fetches as PID 1", ends, world, [], 130, "kill", "--signal", "INT")
    world.prove("the command is PID 1 and gets docker stop's SIGTERM itself", command_is_pid_1, world)


def ends(world, options, code, *signal):
    before = world.pod.heard("silent")
    container = Container(*world.pod.ecs(), *options, "--env", f"DB_PASSWORD={UNANSWERED}", world.entry, *SHOW)
    eventually(lambda: world.pod.heard("silent") > before, "it asks the endpoint that never answers")
    ended = container.stopped(2, *signal)
    if ended != code or container.logs():
        raise Unproven(f"exit code {code} and no output", f"{ended}\n{container.logs()}")


def command_is_pid_1(world):
    script = "trap 'echo stopped; exit 42' TERM; echo $$ $DB_PASSWORD; while :; do sleep 0.1; done"
    container = Container(*world.pod.ecs(), "--env", f"DB_PASSWORD={PASSWORD}", world.entry, "--", "sh", "-c", script)
    eventually(lambda: world.values.password in container.logs(), "the command runs")
    code, logs = container.stopped(2), container.logs()
    if code != 42 or logs != f"1 {world.values.password}\nstopped\n":
        raise Unproven("PID 1, the value, the trap's word and code 42", f"{code}\n{logs}")


def exit_codes(world):
    """Code, when, options of docker run, words for paramexec, and what stderr matches."""
    ecs, stranger = world.pod.ecs(), world.pod.credentials["stranger"]
    as_stranger = [*world.pod.network, *world.pod.trust(), "--env", "AWS_REGION=eu-west-1",
                   "--env", f"AWS_ACCESS_KEY_ID={stranger['AccessKeyId']}",
                   "--env", f"AWS_SECRET_ACCESS_KEY={stranger['SecretAccessKey']}"]

    def asking(reference):
        return ["--env", f"DB_PASSWORD={reference}"]

    yield 0, "the command ends well", [*ecs, *asking(PASSWORD)], ["true"], []
    # Names are then looked up without a thread.
    yield 0, "a limit on processes leaves it no thread", [*ecs, *asking(PASSWORD), "--pids-limit", "1"], ["true"], []
    yield 42, "the command ends with 42", [*ecs, *asking(PASSWORD)], ["sh", "-c", "exit 42"], []
    yield 64, "there is no command", [], [], ["no command"]
    yield 64, "an option is unknown", [], ["--unheard-of"], ["--unheard-of"]
    yield 65, "a reference is malformed", asking("ssm://"), ["true"], ["DB_PASSWORD"]
    yield 66, "a parameter does not exist", [*ecs, *asking("ssm:///shop/nowhere")], ["true"], ["DB_PASSWORD", "/shop/nowhere"]
    yield (69, "nothing listens", [*ecs, *asking(PASSWORD), "--env", "AWS_ENDPOINT_URL=https://127.0.0.1:9",
                                   "--env", "PARAMEXEC_TIMEOUT=1s"], ["true"], ["connection refused", "DB_PASSWORD"])
    yield (69, "the endpoint's certificate is not trusted",
           [*ecs, "--env", "AWS_CA_BUNDLE=", *asking(PASSWORD)], ["true"], ["not trustworthy", "AWS_CA_BUNDLE"])
    yield 75, "time runs out", [*ecs, *asking(UNANSWERED), "--env", "PARAMEXEC_TIMEOUT=1s"], ["true"], ["timeout of 1 s"]
    yield 77, "access is denied", [*as_stranger, *asking(PASSWORD)], ["true"], ["ssm:GetParameters", "DB_PASSWORD"]
    yield (78, "there is no region", [*ecs, "--env", "AWS_REGION=", *asking(PASSWORD)], ["true"], ["AWS_REGION"])
    yield 126, "the command cannot be executed", [], ["/etc/hosts"], ["/etc/hosts", "permission denied"]
    yield 126, "the command is a directory", [], ["/etc"], ["/etc", "directory"]
    yield 127, "the command does not exist", [], ["unheard-of"], ["unheard-of", "PATH"]


def reports(world, code, options, words, says):
    world.run(*options, world.entry, *words).must(code, out="", says=says, within=5)
