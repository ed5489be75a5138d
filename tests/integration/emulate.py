"""Runs one emulator for as long as its standard input stays open: emulate.py ministack|moto

Prints one line of JSON once the emulator answers and is seeded: its endpoint, and what seed.py made there.
The tests cannot end it themselves, since what a Rust test process keeps in statics is never dropped; but the pipe
to this program's standard input closes with that process, however it ends.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import seed

WITHIN_SECONDS = 60


def command_and_environment(emulator, port):
    if emulator == "ministack":
        # Its default is every interface. Its first caller is root, whose signature it does not check: see seed.py.
        settings = {"AUTH": "true", "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port),
                    "MINISTACK_IMDS_V2_REQUIRED": "1", "LOG_LEVEL": "WARNING"}
        return [sys.executable, "-m", "ministack"], settings, "/_ministack/health"
    return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], {}, "/moto-api/"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except (urllib.error.URLError, OSError):
        return False


def start(emulator, folder):
    """The emulator's process and endpoint, once it answers; None when it ended first, as when another took its port."""
    port = free_port()
    command, settings, health = command_and_environment(emulator, port)
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "TMPDIR": str(folder),
                   "STATE_DIR": str(folder / "state"), "PYTHONUNBUFFERED": "1", **settings}
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    endpoint = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if answers(endpoint + health):
            return process, endpoint
        time.sleep(0.05)
    stop(process)
    return None


def stop(process):
    process.terminate()
    try:
        process.wait(timeout=3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(emulator):
    with tempfile.TemporaryDirectory(prefix="paramexec-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        started = start(emulator, folder) or start(emulator, folder)
        if not started:
            sys.exit(f"{emulator} did not start:\n{(folder / 'log').read_text(errors='replace')[-4000:]}")
        process, endpoint = started
        try:
            print(json.dumps({"endpoint": endpoint, **seed.seed(endpoint)}), flush=True)
            sys.stdin.buffer.read()
        except KeyboardInterrupt:
            pass
        finally:
            stop(process)


if __name__ == "__main__":
    main(sys.argv[1])
