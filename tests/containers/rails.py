"""A Rails application behind Dockerfile.example, as it stands in the repository.

Its two base images are local. The builder holds Debian's binutils and, in place of Rust, a `cargo` that looks whether all
that a build reads is there, and puts the binary under test where a build would; so scripts/build itself runs, and proves
that binary static. The other is Rails from Debian's packages.
"""

import hashlib
import json
from pathlib import Path

import engine
from engine import Container, docker
from proof import Unproven, eventually
from shell import run

REPOSITORY = Path(__file__).parent.parent.parent
APPLICATION = """\
FROM {base}
ENV HOME=/root LANG=C.UTF-8
RUN rails new /srv/shop --minimal --skip-bundle --skip-git --skip-bootsnap --skip-listen --quiet
WORKDIR /srv/shop
COPY Gemfile routes.rb ./
RUN mv routes.rb config/ && bundle config set --local path.system true && bundle install --local --quiet
CMD ["a base image's CMD must not become the command"]
"""
GEMFILE = "source 'https://rubygems.org'\ngem 'rails'\ngem 'puma'\n"
ROUTES = """\
require "digest"
Rails.application.routes.draw do
  get "/", to: ->(_) {
    seen = { pid: Process.pid, environment: Rails.env, greeting: ENV["GREETING"], password: ENV["DB_PASSWORD"],
             secret_key_base: Digest::SHA256.hexdigest(Rails.application.secret_key_base) }
    [200, { "Content-Type" => "application/json" }, [seen.to_json]]
  }
end
"""
BUILDER = """\
FROM {base}
COPY cargo rustc cc /usr/local/bin/
COPY paramexec /rust/ready
COPY needed /needed
"""
CARGO = """\
#!/bin/sh
# Takes the place of Rust: `cargo rustc … --target TARGET -- …` gives the binary that is there already.
for word; do
  case $word in -Clink-arg=scripts/*) echo "${word#-Clink-arg=}" >>/needed ;; esac
done
while read -r file; do
  [ -e "$file" ] || { echo "$file is not in the context of the build: see .dockerignore" >&2; exit 1; }
done </needed
while [ "$1" != --target ]; do shift; done
mkdir -p "target/$2/release" && cp /rust/ready "target/$2/release/paramexec"
"""
# The folder of the standard library is there, and whatever it is asked for.
RUSTC = "#!/bin/sh\necho /rust\n"
CC = "#!/bin/sh\n"
SETTINGS = ["--env", "SECURE_ENV=production.env", "--env", "SECRET_KEY_BASE=ssm:///shop/production/secret-key-base"]


def prove(world):
    images = {}
    world.prove("Dockerfile.example builds with local base images, and its scripts/build finds the binary static",
                build, world, images)
    if "shop" not in images:
        return
    shop = images["shop"]
    server = Server(world, shop)
    world.prove("docker run with no command serves HTTP by rails server as PID 1, with SECRET_KEY_BASE from SSM and .env from S3",
                server.serves)
    world.prove("docker inspect shows none of the values", server.inspect_shows_none)
    world.prove("docker exec CID env shows none of the values", server.exec_shows_none)
    world.prove("docker exec CID paramexec gets them again", server.exec_gets_them_again)
    world.prove("docker exec CID paramexec rails runner gets them again", server.exec_runs_rails)
    world.prove("docker stop stops it at once with Rails' own code", server.stops_as_rails_does)
    world.prove("docker run IMAGE rails runner runs that in place of the server", runs_another_command, world, shop)
    world.prove("docker run -e PARAMEXEC_CHECK=1 IMAGE says what it would start with, and starts nothing", checks, world, shop)
    world.prove("docker run IMAGE with an object that is missing starts nothing and ends with 66", starts_nothing, world, shop)
    world.prove("docker run IMAGE without SECURE_ENV names it and ends with 65", names_the_variable, world, shop)


def needed(binary):
    """What a build reads: the manifests, every source, and what else the compiler says that it read for this binary."""
    files = {"Cargo.toml", "Cargo.lock", *(str(path.relative_to(REPOSITORY)) for path in REPOSITORY.glob("src/**/*.rs"))}
    if (REPOSITORY / "build.rs").exists():
        files.add("build.rs")
    read = binary.with_name(binary.name + ".d")
    prefix = f"{REPOSITORY}/"
    if read.exists():
        files |= {word.removeprefix(prefix) for word in read.read_text().split()
                  if word.startswith(prefix) and not word.endswith(":")}
    return "".join(f"{file}\n" for file in sorted(files) if not file.startswith(".git/"))


def build(world, images):
    archive = world.roots.archive("rails")
    texts = {"Gemfile": GEMFILE, "routes.rb": ROUTES, "cargo": CARGO, "rustc": RUSTC, "cc": CC, "needed": needed(world.binary)}
    for name, text in texts.items():
        (world.folder / name).write_text(text)
        (world.folder / name).chmod(0o755)
    rails = engine.import_archive("rails", archive)
    application = engine.build("application", world.folder, APPLICATION.format(base=rails),
                               [(name, world.folder / name) for name in ("Gemfile", "routes.rb")])
    debian = engine.import_archive("builder-base", world.roots.archive("debian-12"))
    builder = engine.build("builder", world.folder, BUILDER.format(base=debian),
                           [("paramexec", world.binary), *((name, world.folder / name) for name in ("cargo", "rustc", "cc", "needed"))])
    images["shop"] = engine.build_in("shop", REPOSITORY, REPOSITORY / "Dockerfile.example",
                                     [f"BUILDER_IMAGE={builder}", f"BASE_IMAGE={application}"])


class Server:
    """The container that serves, from its start to its stop."""

    def __init__(self, world, image):
        self.world, self.image, self.container = world, image, None

    def serves(self):
        world, values = self.world, self.world.values
        self.container = Container(*world.pod.ecs(), *SETTINGS, self.image)
        seen = json.loads(self.get())
        wanted = {"pid": 1, "environment": "production", "greeting": values.greeting, "password": values.password,
                  "secret_key_base": hashlib.sha256(values.secret_key_base.encode()).hexdigest()}
        if seen != wanted:
            raise Unproven(json.dumps(wanted), json.dumps(seen))
        words = self.container.exec("cat", "/proc/1/cmdline").must().out
        if "rails" not in words and "puma" not in words:
            raise Unproven("rails or puma as PID 1", words)

    def get(self):
        """What the server answers, once it does; asked from inside the pod's network."""
        def answer():
            if not self.container.inspect()["State"]["Running"]:
                raise Unproven("a server that runs", self.container.logs())
            outcome = run(*self.world.pod.join, "curl", "--silent", "--show-error", "http://127.0.0.1:3000/")
            return outcome.out if outcome.code == 0 else None
        return eventually(answer, "an answer over HTTP", within=40)

    def inspect_shows_none(self):
        shows_none(self.world, docker("inspect", self.container.id).must(), "ssm:///shop/production/secret-key-base")

    def exec_shows_none(self):
        shows_none(self.world, self.container.exec("env").must(), "ssm:///shop/production/secret-key-base")

    def exec_gets_them_again(self):
        out = self.container.exec("paramexec", "env").must().out
        for line in [f"SECRET_KEY_BASE={self.world.values.secret_key_base}", f"GREETING={self.world.values.greeting}",
                     f"DB_PASSWORD={self.world.values.password}"]:
            if line not in out.splitlines():
                raise Unproven(line, out)

    def exec_runs_rails(self):
        words = ["paramexec", "rails", "runner", 'puts ENV["GREETING"]']
        self.container.exec(*words).must(out=self.world.values.greeting + "\n")

    def stops_as_rails_does(self):
        """The code of the same image's Rails without paramexec is the one that is right."""
        code = self.container.stopped(5)
        bare = Server(self.world, self.image)
        bare.container = Container(
            *self.world.pod.network, "--entrypoint", "rails", "--env", "RAILS_ENV=production",
            "--env", f"SECRET_KEY_BASE={self.world.values.secret_key_base}", self.image, "server", "-b", "0.0.0.0", "-p", "3000")
        bare.get()
        own = bare.container.stopped(5)
        if code != own:
            raise Unproven(f"Rails' own code, which is {own}", f"{code}\n{self.container.logs()}")
        return f"code {code}"


def shows_none(world, outcome, reference):
    if reference not in outcome.out:
        raise Unproven(f"the reference {reference}", outcome.evidence())
    found = [value for value in [*world.values.all(), *world.pod.credentials["role"].values()] if value in outcome.out]
    if found:
        raise Unproven("none of the values", f"{len(found)} of them in what {outcome.command} printed")


def runs_another_command(world, shop):
    code = 'puts [Process.pid, ENV["GREETING"], ENV["DB_PASSWORD"], Rails.application.secret_key_base].join("|")'
    values = world.values
    world.run(*world.pod.ecs(), *SETTINGS, shop, "rails", "runner", code).must(
        out=f"1|{values.greeting}|{values.password}|{values.secret_key_base}\n")


def checks(world, shop):
    outcome = world.run(*world.pod.ecs(), *SETTINGS, "--env", "PARAMEXEC_CHECK=1", shop).must(within=5)
    shows_none(world, outcome, "ssm:///shop/production/secret-key-base")
    for name in ["GREETING", "DB_PASSWORD", "SECRET_KEY_BASE"]:
        if name not in outcome.out:
            raise Unproven(name, outcome.evidence())


def starts_nothing(world, shop):
    world.run(*world.pod.ecs(), *SETTINGS, "--env", "SECURE_ENV=nowhere.env", shop).must(
        66, "", [r"s3://my-bucket/nowhere\.env"], within=5)


def names_the_variable(world, shop):
    world.run(*world.pod.ecs(), shop).must(65, "", "SECURE_ENV", within=5)
