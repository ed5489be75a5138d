"""Root file systems of other people's images, made from Debian's packages and kept as archives between runs.

They take about a minute each, so they are made in the background, two at a time, while other proofs run.
"""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor

from shell import run

NSS = ["libnss-myhostname", "libnss-resolve", "libnss-mdns", "libnss-sss"]
RECIPES = {
    # name: suite, packages. binutils is for scripts/build, which Dockerfile.example runs in its builder.
    "rails": ("bookworm", ["ca-certificates", "ruby", "ruby-rails", "puma", "ruby-sqlite3"]),
    "debian-12": ("bookworm", [*NSS, "libnss-systemd", "binutils"]),
    "debian-13": ("trixie", [*NSS, "libnss-systemd"]),
    "debian-11": ("bullseye", [*NSS, "libnss-systemd"]),
}
OPTIONS = ["--variant=essential", "--dpkgopt=force-unsafe-io", "--dpkgopt=path-exclude=/usr/share/doc/*",
           "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*"]


class Roots:
    def __init__(self, cache):
        self.cache = cache
        cache.mkdir(parents=True, exist_ok=True)
        self.pool = ThreadPoolExecutor(max_workers=2)
        self.made = {name: self.pool.submit(self.make, name) for name in RECIPES}

    def archive(self, name):
        """The archive, once it is there."""
        return self.made[name].result()

    def make(self, name):
        suite, packages = RECIPES[name]
        recipe = hashlib.sha256(repr((suite, packages, OPTIONS)).encode()).hexdigest()[:12]
        archive = self.cache / f"{name}-{recipe}.tar"
        if not archive.exists():
            unfinished = archive.with_suffix(".part.tar")
            run("mmdebstrap", "--quiet", *OPTIONS, f"--include={','.join(packages)}", suite, unfinished, *mirror(),
                timeout=600).must()
            unfinished.rename(archive)
        return archive

    def close(self):
        self.pool.shutdown(cancel_futures=True)


def mirror():
    """The Debian mirror that this machine's apt uses, whatever it is; without one mmdebstrap knows its own."""
    uris = run("apt-get", "indextargets", "--format", "$(REPO_URI)").out.splitlines()
    return [uri for uri in uris if re.search(r"/debian/?$", uri)][:1]
