# SPDX-License-Identifier: MIT
"""The C programs beside this file, compiled when they are newer than what is there; and the client's Python end."""
import os
import shlex
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
FLAGS = ["-O2", "-D_GNU_SOURCE", "-Wall", "-Wextra"]


class ProgramError(Exception):
    pass


def program(name, *sources):
    """The path of the program made of NAME.c and of `sources` below src/."""
    files = [HERE / f"{name}.c", *(TOP / "src" / source for source in sources)]
    target = TOP / "build" / "bench" / f"bench-{name}"
    if not target.exists() or target.stat().st_mtime < max(file.stat().st_mtime for file in files):
        target.parent.mkdir(parents=True, exist_ok=True)
        compiler = shlex.split(os.environ.get("CC") or "cc")
        done = subprocess.run([*compiler, *FLAGS, f"-I{TOP / 'src'}", "-o", target, *files], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            raise ProgramError(f"{name}.c does not compile:\n{done.stderr}")
    return str(target)


class Client:
    """The client program with a connection to each of several sockets. A context manager."""

    def __init__(self, sockets, prefix=()):
        self.process = subprocess.Popen([*prefix, program("client"), *sockets], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def ask(self, verb, socket_number, count):
        """Nanoseconds, see client.c."""
        try:
            self.process.stdin.write(f"{verb} {socket_number} {count}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # its last words are below
        answer = self.process.stdout.readline()
        if not answer:
            raise ProgramError(f"{verb}: " + (self.process.stderr.read().strip() or "no answer in time"))
        return int(answer)
