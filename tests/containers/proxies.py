"""HTTPS_PROXY and NO_PROXY with a real proxy, tinyproxy, in front of an endpoint whose name nothing else resolves.

It runs in the pod's network, with a hosts file that only it reads.
"""

import subprocess

from pod import ECS_PATH
from proof import Unproven, eventually
from root import Root
from shell import run

OPEN, GUARDED, CLOSED = "127.0.0.1:3128", "127.0.0.1:3129", "127.0.0.1:1"
USER = "shop"
HOST = "ssm.only-in-hosts.example"
ENVIRONMENT = {"AWS_REGION": "eu-west-1", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": ECS_PATH, "PARAMEXEC_TIMEOUT": "1s",
               "AWS_ENDPOINT_URL": f"https://{HOST}", "DB_PASSWORD": "ssm:///shop/production/db/password"}
# A name that the pod's own name server knows.
DIRECT = {"AWS_ENDPOINT_URL": "https://ssm.eu-west-1.amazonaws.com"}
SHOW = ["sh", "-c", 'echo "$DB_PASSWORD"']
SETTINGS = """\
Listen {address}
Port {port}
ConnectPort 443
LogFile "{log}"
LogLevel Connect
{more}
"""


def prove(world):
    proxies = Proxies(world)
    try:
        for sentence, check in PROOFS.items():
            world.prove(sentence, check, proxies)
    finally:
        proxies.close()


class Proxies:
    """One that is open to everybody, and one that asks for a user and password."""

    def __init__(self, world):
        self.world = world
        self.root = Root(world, "proxied")
        self.root.write("etc/hosts", "127.0.0.1 localhost\n")
        self.hosts = world.folder / "proxy-hosts"
        self.hosts.write_text(f"127.0.0.1 localhost {HOST}\n")
        guard = f"BasicAuth {USER} {world.values.proxy_password}"
        self.processes = [self.start(OPEN), self.start(GUARDED, guard)]

    def start(self, place, more=""):
        address, port = place.split(":")
        settings = self.world.folder / f"tinyproxy-{port}"
        settings.write_text(SETTINGS.format(address=address, port=port, log=self.log(place), more=more))
        script = 'mount --bind "$1" /etc/hosts && exec tinyproxy -d -c "$2"'
        words = [*self.world.pod.join, "unshare", "--mount", "sh", "-c", script, "sh", self.hosts, settings]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        listening = [*self.world.pod.join, "ss", "--listening", "--tcp", "--numeric"]
        eventually(lambda: place in run(*listening).out, f"tinyproxy listens on {place}")
        return process

    def log(self, place):
        return self.world.folder / f"tinyproxy-{place.split(':')[1]}.log"

    def tunnels(self, place):
        """How often the proxy was asked for a tunnel to the endpoint."""
        return self.log(place).read_text().count(f"CONNECT {HOST}:443 HTTP/1.1")

    def ask(self, **variables):
        return self.root.run("paramexec", "--", "busybox", *SHOW, **{**ENVIRONMENT, **variables})

    def url(self, place, password=None):
        return f"http://{USER}:{password}@{place}" if password else f"http://{place}"

    def right(self):
        return self.url(GUARDED, self.world.values.proxy_password)

    def gives(self, outcome):
        outcome.must(out=self.world.values.password + "\n")

    def close(self):
        for process in self.processes:
            process.terminate()
            process.wait()


def reaches(proxies):
    proxies.ask().must(69, "", f'the name "{HOST}" does not resolve')
    proxies.gives(proxies.ask(HTTPS_PROXY=proxies.url(OPEN)))
    if not proxies.tunnels(OPEN):
        raise Unproven("a CONNECT in the proxy's log", proxies.log(OPEN).read_text())


def through_docker(proxies):
    world, before = proxies.world, proxies.tunnels(OPEN)
    variables = {"AWS_ENDPOINT_URL": f"https://{HOST}", "HTTPS_PROXY": proxies.url(OPEN), "DB_PASSWORD": ENVIRONMENT["DB_PASSWORD"]}
    words = [word for pair in variables.items() for word in ("--env", "=".join(pair))]
    proxies.gives(world.run(*world.pod.ecs(), *words, world.entry, *SHOW))
    if proxies.tunnels(OPEN) == before:
        raise Unproven("a CONNECT in the proxy's log", proxies.log(OPEN).read_text())


def with_password(proxies):
    proxies.gives(proxies.ask(HTTPS_PROXY=proxies.right()))


def without_password(proxies):
    outcome = proxies.ask(HTTPS_PROXY=proxies.url(GUARDED))
    return said(outcome.must(77, "", f'the proxy "{GUARDED}" asks for credentials \\(status 407\\)', within=1))


def wrong_password(proxies):
    outcome = proxies.ask(HTTPS_PROXY=proxies.url(GUARDED, "never-shown")).must(69, "", f'the proxy "{GUARDED}" opens no tunnel')
    if "never-shown" in outcome.err:
        raise Unproven("no password in the message", outcome.evidence())
    return said(outcome)


def bypassed(proxies):
    unusable = {"HTTPS_PROXY": proxies.url(CLOSED), **DIRECT}
    proxies.ask(**unusable).must(69)
    for hosts in (".amazonaws.com", "x.example, ssm.eu-west-1.amazonaws.com", "*"):
        proxies.gives(proxies.ask(NO_PROXY=hosts, **unusable))


def unreachable(proxies):
    url = proxies.url(CLOSED, proxies.world.values.proxy_password)
    outcome = proxies.ask(HTTPS_PROXY=url).must(69, "", [f'the proxy "{CLOSED}" cannot be reached', "NO_PROXY"])
    return said(outcome)


def forbidden(proxies):
    outcome = proxies.ask(HTTPS_PROXY=proxies.url(OPEN), AWS_ENDPOINT_URL=f"https://{HOST}:8443")
    return said(outcome.must(69, "", f'the proxy "{OPEN}" opens no tunnel \\(status 403\\)'))


def said(outcome):
    return outcome.err.splitlines()[1].strip()


PROOFS = {
    "an endpoint that only the proxy resolves is reached through it, and credentials of the container without it": reaches,
    "so it is through Docker": through_docker,
    "a user and password in the URL open a proxy that asks for them": with_password,
    "without them: code 77 at once, and the proxy's name": without_password,
    "with a wrong password: code 69, and no password in the message": wrong_password,
    "hosts in NO_PROXY are reached past a proxy that cannot be": bypassed,
    "a port where no proxy listens: code 69, and a hint at NO_PROXY": unreachable,
    "a port that the proxy opens no tunnel to: code 69": forbidden,
}
