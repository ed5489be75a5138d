"""Runs programs in a root file system and a pod's network without Docker, which takes milliseconds."""

import shutil

from shell import run

DEFAULTS = {"PATH": "/usr/bin:/bin", "AWS_CA_BUNDLE": "/authority.pem"}


class Root:
    def __init__(self, world, name, archive=None):
        self.pod, self.folder = world.pod, world.folder / name
        self.folder.mkdir()
        if archive:
            run("tar", "-C", self.folder, "-xf", archive).must()
        for folder in ("etc", "bin"):
            (self.folder / folder).mkdir(exist_ok=True)
        self.take(world.binary, "bin/paramexec")
        self.take("/bin/busybox", "bin/busybox")
        self.take(world.authority.certificate, "authority.pem")
        self.write("etc/resolv.conf", "nameserver 127.0.0.1\n")
        self.write("etc/hosts", "127.0.0.1 localhost ssm.only-in-hosts.example\n")

    def take(self, source, target):
        shutil.copy(source, self.folder / target)

    def write(self, target, text):
        (self.folder / target).unlink(missing_ok=True)
        (self.folder / target).write_text(text)

    def run(self, *words, user="0:0", **variables):
        """Nothing of this process's environment is handed on, so HOME is unset."""
        pairs = [f"{name}={value}" for name, value in {**DEFAULTS, **variables}.items()]
        return run(*self.pod.join, "unshare", "--mount", "--pid", "--fork", "env", "-i", *pairs,
                   shutil.which("chroot"), f"--userspec={user}", self.folder, *words)

    def remove(self):
        shutil.rmtree(self.folder)
