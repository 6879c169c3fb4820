# SPDX-License-Identifier: MIT
"""Agents as an administrator starts them: by a name, with files, in the background, under a service manager."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import fence

CASES = []
PATIENCE = 20.0
PING = b'{"execute":"guest-ping"}\n'
PONG = b'{"return": {}}\n'
TIME = re.compile(rb"^\d+\.\d{6}: ", re.M)


class Failed(AssertionError):
    pass


class Skipped(Exception):
    pass


def case(function):
    CASES.append((f"{function.__module__}.{function.__name__}", function))
    return function


def check(condition, text):
    if not condition:
        raise Failed(text)


def same(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}:\n    wanted {wanted!r}\n    got    {got!r}")


def wait_for(what, condition):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        check(time.monotonic() < deadline, f"not within {PATIENCE:.0f} s: {what}")
        time.sleep(0.01)
    return found


class Running:
    """An agent in the foreground. Its first process is the only one that is ever signalled."""

    def __init__(self, lab, argv, env, **how):
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=env, **how)
        self.pid = self.process.pid
        lab.undo.callback(self.end)

    def end(self, signum=signal.SIGTERM):
        """(status, standard error, without the times)."""
        if self.process.poll() is None:
            self.process.send_signal(signum)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, TIME.sub(b"", err)


class Lab:
    def __init__(self, agent):
        self.built = agent
        self.dir = tempfile.mkdtemp(prefix="virtagent-d-")
        self.undo = contextlib.ExitStack()
        self.qemu_ga = self.path("qemu-ga")
        self.agent = self.path("virtagent")
        for link in (self.qemu_ga, self.agent):
            os.symlink(agent, link)
        self.env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "QGA_CONF": "/nonexistent/qemu-ga.conf",
                    **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}}

    def clean(self):
        self.undo.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as to:
            to.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as text:
            return text.read()

    def argv(self, *options, program=None):
        return fence.confined([program or self.agent, *options])

    def once(self, *options, program=None, **env):
        """An agent that ends by itself: (status, output, standard error without times). Nothing is started by it: it
        has options that only print, or it fails."""
        done = subprocess.run([program or self.agent, *options], stdin=subprocess.DEVNULL, capture_output=True,
                              env={**self.env, **env}, timeout=PATIENCE, check=False)
        return done.returncode, done.stdout, TIME.sub(b"", done.stderr)

    def start(self, *options, program=None, how=None, **env):
        """An agent on a socket in the folder, which answers when this returns."""
        sock = self.path("sock")
        one = Running(self, self.argv("-m", "unix-listen", "-p", sock, "-t", self.dir, *options, program=program),
                      {**self.env, **env}, **(how or {}))
        self.await_answer(sock, one)
        return one

    def await_answer(self, sock, one=None):
        def answers():
            check(one is None or one.process.poll() is None, "the agent has ended")
            with contextlib.suppress(OSError):
                return self.ping(sock)
            return False
        wait_for(f"an answer on {sock}", answers)

    def ping(self, sock):
        return self.ask(PING, sock) == PONG

    def ask(self, request, sock=None):
        """One line for one request."""
        with fence.Socket(socket.AF_UNIX) as peer:
            peer.settimeout(PATIENCE)
            peer.connect(sock or self.path("sock"))
            peer.sendall(request)
            with peer.makefile("rb") as lines:
                return lines.readline()

    def daemonize(self, *options, program=None, **env):
        """(status, standard error) of what was started; the daemon is ended at the end of the case."""
        argv = self.argv("-d", "-m", "unix-listen", "-p", self.path("sock"), "-t", self.dir, "-f", self.path("pid"),
                         *options, program=program)
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, env={**self.env, **env},
                              timeout=PATIENCE, check=False, cwd=self.dir)
        if done.returncode == 0:
            self.undo.callback(self.end_daemon)
        return done.returncode, TIME.sub(b"", done.stderr)

    def daemon_pid(self):
        return int(self.read("pid"))

    def end_daemon(self):
        with contextlib.suppress(OSError, ValueError):
            pid = self.daemon_pid()
            with open(f"/proc/{pid}/comm", encoding="ascii") as name:
                if name.read().strip() not in ("virtagent", "qemu-ga", "virtagent-test"):
                    return
            os.kill(pid, signal.SIGTERM)
            wait_for("the end of the daemon", lambda: not os.path.exists(f"/proc/{pid}"))
