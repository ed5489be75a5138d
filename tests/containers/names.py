"""Names resolve and TLS holds in any image, whatever its libc and its nsswitch.conf.

The endpoint has AWS's own host name, known to the name server of the pod and, for two names, to /etc/hosts.
"""

import platform
import shutil
from pathlib import Path

import engine
from pod import ECS_PATH, SILENT, TRUNCATING
from proof import Unproven, eventually
from root import Root
from shell import run

DEBIANS = ["debian-11", "debian-12", "debian-13"]
# Modules in front of those that glibc brings along, and one behind them, which is loaded on the first unknown name.
NSSWITCHES = {
    "modules before dns": "passwd: sss systemd files\nhosts: mdns4_minimal resolve myhostname files dns\n",
    "a module after dns": "passwd: sss systemd files\nhosts: files dns myhostname\n",
}
MODULES = ["mdns4_minimal", "resolve", "myhostname", "sss", "systemd"]
# Where the traps are set: a program without the cure looks these up.
SPRUNG_BY = [["ssm.eu-west-1.amazonaws.com"], ["unheard-of.example"], []]
REFERENCE = "DB_PASSWORD=ssm:///shop/production/db/password"
ECS = {"AWS_REGION": "eu-west-1", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": ECS_PATH,
       "DB_PASSWORD": "ssm:///shop/production/db/password"}
NOBODY = ["--user", "65532:65532", "--env", "HOME="]


def prove(world):
    world.prove("a FROM scratch image with nothing but the binary prints its version", scratch_prints_its_version, world)
    world.prove("a FROM scratch image runs on mock without any network", scratch_mocks, world)
    world.prove("the image of Dockerfile runs, and another image copies the binary from it", released, world)
    through_docker(world, "scratch")
    world.prove("an init container lends the binary by --install to an image that lacks it", lends, world)
    world.prove("a name server whose answers are too long for UDP is asked over TCP", truncated_names, world)
    world.prove("a name server that never answers costs no more than the timeout", silent_names, world)
    world.prove("SIGTERM to PID 1 ends it at once while a name server does not answer", silent_names_and_sigterm, world)
    world.prove("an image of busybox and musl without nsswitch.conf runs a musl program with the value", musl, world)
    trap, sprung = world.folder / "trap", {}
    # The linker warns of just what this is about.
    run("cc", "-static", "-O1", "-o", trap, world.here / "trap.c").must()
    for name in DEBIANS:
        world.prove(f"{name} has its NSS modules", debian, world, name, trap, sprung)
    world.prove("without the cure a static program dies in some of them, looking up a known name/an unknown one/a user",
                the_trap_is_set, sprung)


def debian(world, name, trap, sprung):
    root = Root(world, name, world.roots.archive(name))
    for module in MODULES:
        if not list(root.folder.glob(f"usr/lib/*/libnss_{module}.so.2")) + list(root.folder.glob(f"lib/*/libnss_{module}.so.2")):
            raise Unproven(f"libnss_{module}.so.2")
    for kind, nsswitch in NSSWITCHES.items():
        root.write("etc/nsswitch.conf", nsswitch)
        sprung[f"{name}, {kind}"] = without_the_cure(root, trap)
        for sentence, check in MATRIX.items():
            world.prove(f"{name}, {kind}: {sentence}", check, world, root)
    image(world, name, root)
    root.remove()
    through_docker(world, name)


def through_docker(world, name):
    for options in [[], NOBODY]:
        how = f"through docker {' '.join(options)}".rstrip()
        world.prove(f"{name} fetches over TLS {how}", fetches, world, engine.image_name(name), options)
        world.prove(f"{name} finds a name of /etc/hosts {how}", finds_in_hosts, world, engine.image_name(name), options)
        world.prove(f"{name} says which name it cannot find {how}", says_unknown, world, engine.image_name(name), options)


def scratch_prints_its_version(world):
    version = world.run("--network", "none", world.scratch, "--version").must(says=()).out
    if not version.startswith("paramexec "):
        raise Unproven("its name and version", version)


def show(world):
    """A command for an image that has none: mounted, so that the image stays what it is."""
    return ["--volume", "/bin/busybox:/busybox:ro"], ["--", "/busybox", "sh", "-c", 'echo "$DB_PASSWORD"']


def scratch_mocks(world):
    volume, command = show(world)
    world.run("--network", "none", *volume, "--env", REFERENCE, world.scratch, "--mock", *command).must(
        out="mock:/shop/production/db/password\n")


COPIED = """\
FROM {base}
COPY --from={released} /paramexec /usr/local/bin/
ENTRYPOINT ["/usr/local/bin/paramexec"]
"""


def released(world):
    repository, dist = world.here.parent.parent, world.folder / "dist"
    dist.mkdir()
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    shutil.copy(world.binary, dist / f"paramexec-linux-{architecture}")
    shutil.copy(repository / "LICENSE", dist)
    (dist / "THIRD-PARTY-LICENSES").write_text(run(repository / "scripts/licenses").must().out)
    image_name = engine.build_in("released", dist, repository / "Dockerfile", [f"TARGETARCH={architecture}"])
    version = world.run("--network", "none", image_name, "--version").must().out
    copied = engine.build("copied", world.folder, COPIED.format(base=world.busybox, released=image_name))
    world.run("--network", "none", copied, "--version").must(out=version)


def fetches(world, image_name, options):
    volume, command = show(world)
    world.run(*world.pod.ecs(), *volume, *options, "--env", REFERENCE, image_name, *command).must(
        out=world.values.password + "\n", within=5)


def finds_in_hosts(world, image_name, options):
    """A name that the name server does not know."""
    fetches(world, image_name, [*options, "--env", "AWS_ENDPOINT_URL=https://ssm.only-in-hosts.example"])


def says_unknown(world, image_name, options):
    volume, command = show(world)
    world.run(*world.pod.ecs(), *volume, *options, "--env", REFERENCE, "--env", "PARAMEXEC_TIMEOUT=1s",
              "--env", "AWS_ENDPOINT_URL=https://unheard-of.example", image_name, *command).must(69, "", UNKNOWN, within=4)


def lends(world):
    lent = world.folder / "lent"
    lent.mkdir()
    lent.chmod(0o777)
    volume = ["--volume", f"{lent}:/lent"]
    world.run("--network", "none", "--read-only", *NOBODY, *volume, world.scratch, "--install", "/lent/paramexec").must(out="")
    world.run(*world.pod.ecs(), *volume, "--env", REFERENCE, "--entrypoint", "/lent/paramexec", world.busybox,
              "sh", "-c", 'echo "$DB_PASSWORD"').must(out=world.values.password + "\n")


def truncated_names(world):
    before = world.pod.heard("truncated names")
    world.run(*world.pod.ecs(), *name_server(world, TRUNCATING), "--env", REFERENCE, "--env",
              "AWS_ENDPOINT_URL=https://ssm-fips.eu-west-1.amazonaws.com", world.entry, "sh", "-c", 'echo "$DB_PASSWORD"').must(
        out=world.values.password + "\n", within=5)
    if world.pod.heard("truncated names") == before:
        raise Unproven("it asks the name server that truncates")


def silent_names(world):
    outcome = world.run(*world.pod.ecs(), *name_server(world, SILENT), "--env", REFERENCE, "--env", "PARAMEXEC_TIMEOUT=1s",
                        world.entry, "true")
    outcome.must(75, "", "timeout of 1 s", within=3)


def silent_names_and_sigterm(world):
    before = world.pod.heard("silent names")
    container = engine.Container(*world.pod.ecs(), *name_server(world, SILENT), "--env", REFERENCE, world.entry, "true")
    eventually(lambda: world.pod.heard("silent names") > before, "it asks the name server that never answers")
    if (code := container.stopped(2)) != 143:
        raise Unproven("code 143", f"{code}\n{container.logs()}")


def name_server(world, address):
    file = world.folder / f"resolv.conf-{address}"
    file.write_text(f"nameserver {address}\n")
    # The name in /etc/hosts would be found without it.
    return ["--volume", f"{file}:/etc/resolv.conf:ro", "--env", "AWS_ENDPOINT_URL=https://unheard-of.example"]


UNKNOWN = "does not resolve"
MUSL = """\
FROM {base}
COPY {loader} /lib/{loader}
COPY show /bin/show
COPY paramexec /usr/bin/paramexec
ENTRYPOINT ["paramexec"]
"""


def musl(world):
    loader, show_program = next(Path("/lib").glob("ld-musl-*.so.1")), world.folder / "show"
    run("musl-gcc", "-o", show_program, world.here / "show.c").must()
    built = engine.build("musl", world.folder, MUSL.format(base=world.busybox, loader=loader.name),
                         [(loader.name, loader), ("show", show_program), ("paramexec", world.binary)])
    without = world.run("--network", "none", "--entrypoint", "ls", built, "/etc/nsswitch.conf")
    if without.code == 0:
        raise Unproven("an image without nsswitch.conf", without.evidence())
    for options in [[], NOBODY]:
        world.run(*world.pod.ecs(), *options, "--env", REFERENCE, built, "show", "DB_PASSWORD").must(
            out=world.values.password + "\n")


def image(world, name, root):
    """The same files as an image."""
    archive = world.folder / f"{name}.tar"
    run("tar", "-C", root.folder, "-cf", archive, ".").must()
    engine.docker("import", "--change", 'ENTRYPOINT ["paramexec"]', archive, engine.image_name(name)).must()
    archive.unlink()


def without_the_cure(root, trap):
    root.take(trap, "trap")
    codes = [root.run("/trap", *words, user="65532:65532").code for words in SPRUNG_BY]
    (root.folder / "trap").unlink()
    return codes


def the_trap_is_set(sprung):
    if not any(code >= 128 for codes in sprung.values() for code in codes):
        raise Unproven("one that dies; else the matrix shows nothing", str(sprung))
    return "; ".join(f"{name}: {'/'.join(map(str, codes))}" for name, codes in sprung.items())


def prints_the_password(world, root, user="0:0", **variables):
    root.run("paramexec", "--", "printenv", "DB_PASSWORD", user=user, **ECS, **variables).must(
        out=world.values.password + "\n", within=5)


def root_fetches(world, root):
    prints_the_password(world, root)


def root_fetches_as_nobody(world, root):
    prints_the_password(world, root, user="65532:65532")


def root_finds_in_hosts(world, root):
    prints_the_password(world, root, AWS_ENDPOINT_URL="https://ssm.only-in-hosts.example")


def root_says_unknown(world, root):
    root.run("paramexec", "--", "printenv", "DB_PASSWORD", user="65532:65532", PARAMEXEC_TIMEOUT="1s",
             AWS_ENDPOINT_URL="https://unheard-of.example", **ECS).must(69, "", UNKNOWN, within=4)


MATRIX = {
    "a name of DNS is found and HOME is not needed": root_fetches,
    "a user that /etc/passwd does not have harms nothing": root_fetches_as_nobody,
    "a name of /etc/hosts is found": root_finds_in_hosts,
    "an unknown name is a message and code 69": root_says_unknown,
}
