# SPDX-License-Identifier: MIT
"""The three that are compared: ours, Debian's packaged qemu-ga, and the floor.

On this machine all run without privileges on a unix socket, and qemu-ga with every command blocked that the
conformance suite's fence does not let through.
"""
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from vm import FetchError, fetch

from . import processes
from .programs import program

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "protocol"), str(TESTS)]
import agent as protocol_agent  # noqa: E402  (the path has to be set first)
import fence  # noqa: E402


@dataclass
class Agent:
    name: str      # "ours", "qemu-ga" or "floor"
    program: str
    arguments: list  # may contain {sock} and {dir}
    env: dict = field(default_factory=dict)
    ours: bool = False

    @property
    def argv(self):
        return [self.program, *self.arguments]

    @contextmanager
    def running(self, prefix=()):
        """An instance on a socket of its own, with `sock` and `pids`."""
        instance = protocol_agent.Agent([*prefix, *self.argv], env={**os.environ, **self.env},
                                        as_nobody=os.geteuid() == 0, ours=self.ours)
        try:
            instance.start()
            instance.pids = processes.tree(instance.process.pid)
            yield instance
        finally:
            instance.stop()


def ours(path):
    return Agent("ours", str(path), ["-m", "unix-listen", "-p", "{sock}"], ours=True)


def floor():
    return Agent("floor", program("echo"), ["{sock}"])


def library_env(binary):
    """Nothing where its libraries are installed: searching more directories would slow its start."""
    missing = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False).stdout
    return {"LD_LIBRARY_PATH": ":".join(fetch.library_path(binary))} if "not found" in missing else {}


def qemu_ga():
    """Raises FetchError where it cannot be had."""
    binary = str(fetch.qemu_ga())
    env = library_env(binary)
    listed = subprocess.run([binary, "-b", "help"], env={**os.environ, **env}, capture_output=True, text=True,
                            check=False)
    blocked = [name for name in listed.stdout.split() if name not in fence.HARMLESS]
    if len(blocked) < 30:
        raise FetchError(f"the packaged qemu-ga does not list its commands: {listed.stderr.strip()[:200]}")
    return Agent("qemu-ga", binary, ["-m", "unix-listen", "-p", "{sock}", "-t", "{dir}", "-f", "{dir}/pid",
                                     "-b", ",".join(blocked)], env)
