# SPDX-License-Identifier: MIT
"""What a program finds: arguments, environment, descriptors, signals, session."""

import os
import signal

import guest
from cases import case, check, same


def lines(got):
    return got["out-data"].decode().splitlines()


@case
def arguments_as_they_are(lab):
    odd = ["", " ", "a b", "'", '"', "$HOME", "*", "\n", "é", "\x7f", "--"]
    with lab.host() as host:
        got = host.run("sh", "-c", 'for a; do printf "<%s>" "$a"; done', "sh", *odd, capture=True)
        same(got["out-data"].decode(), "".join(f"<{a}>" for a in odd), "arguments")
        same(host.run("sh", "-c", "echo $#", "sh", *["x"] * 3000, capture=True)["out-data"], b"3000\n", "many")


@case
def environment(lab):
    with lab.host() as host:
        got = host.run("/usr/bin/env", env=["A=1", "B=two words", "odd"], capture=True)
        same(lines(got), ["A=1", "B=two words", "odd"], "given environment")
        same(host.run("/usr/bin/env", env=[], capture=True), {"exitcode": 0}, "an empty one")
        path = next(line for line in lines(host.run("env", capture=True)) if line.startswith("PATH="))
        same(path, "PATH=" + os.environ["PATH"], "the agent's own")


@case
def search(lab):
    with open(lab.path("tool"), "w", encoding="ascii") as file:
        file.write("echo script $1\n")      # no "#!": the kernel does not know it
    os.chmod(lab.path("tool"), 0o755)
    os.mkdir(lab.path("first"))
    with open(lab.path("first/tool"), "w", encoding="ascii") as file:
        file.write("echo wrong\n")
    with lab.host() as host:
        env = [f"PATH=/nonexistent::{lab.path('first')}:{lab.dir}"]
        same(host.run("tool", "x", env=env, capture=True), {"exitcode": 0, "out-data": b"script x\n"},
             "what cannot be run is passed over; without a format it is a shell script")
        same(host.run(lab.path("tool"), "y", capture=True)["out-data"], b"script y\n", "by its path")


@case
def descriptors_and_place(lab):
    script = "ls /proc/self/fd | wc -w; for f in 0 1 2; do readlink /proc/$$/fd/$f; done; pwd; umask"
    with lab.host() as host:
        got = lines(host.shell(script, capture="stdout"))
        # ls has one of its own for the directory
        same((got[0], got[1], got[2][:5], got[3:]), ("4", "/dev/null", "pipe:", ["/dev/null", "/", "0022"]), "what it finds")
        got = lines(host.shell(script, capture="merged", input=b"x"))
        same((got[0], got[1][:5], got[2] == got[3]), ("4", "pipe:", True), "with input and merged output")


@case
def session_and_signals(lab):
    def ignore():
        for number in (signal.SIGPIPE, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    agent = lab.start(before=ignore)
    with guest.Host(agent) as host:
        pid = host.start("cat", "/proc/self/stat", "/proc/self/status", capture=True)
        got = host.end(pid)["out-data"].decode()
        fields = got[got.rindex(") ", 0, got.index("\n")) + 2:got.index("\n")].split()
        same((int(fields[2]), int(fields[3])), (pid, pid), "group and session")
        values = dict(line.split(":\t", 1) for line in got.splitlines()[1:] if ":\t" in line)
        same([values[name].strip() for name in ("SigBlk", "SigIgn", "SigCgt")], ["0" * 16] * 3, "signals")


@case
def killed_ones_tell_the_signal(lab):
    with lab.host() as host:
        for number in (1, 2, 9, 11, 15):
            same(host.shell(f"kill -{number} $$"), {"signal": number}, f"signal {number}")
        for code in (0, 1, 44, 255):
            same(host.shell(f"exit {code}"), {"exitcode": code}, f"exit {code}")


@case
def logged_without_arguments(lab):
    agent = lab.start("-v")
    with guest.Host(agent) as host:
        host.run("/bin/echo", "argument-secret", env=["VALUE=environment-secret"], input=b"input-secret", capture=True)
        check(host.peer.error("guest-exec", {"path": "/nonexistent\nforged: line"}), "an error")
    agent.terminate()
    with open(agent.log.name, "rb") as log:
        text = log.read()
    check(b"command: guest-exec" in text, "the request is logged")
    check(b"secret" not in text and guest.encode(b"input-secret").encode() not in text, "the rest is not")
    check(b"\nforged" not in text, "a path forges no line")
