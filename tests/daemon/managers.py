# SPDX-License-Identifier: MIT
"""Service managers: sockets that they pass, what they are told, the watchdog."""

import os
import socket
import subprocess

from harness import PATIENCE, Running, case, check, same

PASS = """
import os, sys
n = int(sys.argv[1])
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


def listening(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(path)
    sock.listen(4)
    return sock


def passed(lab, fds, *options, program=None, **env):
    """argv and how for an agent that finds these descriptors at 3 and above."""
    def place():  # between fork and exec
        copies = [os.dup(fd) for fd in fds]
        top = [os.dup2(copy, 100 + i) for i, copy in enumerate(copies)]
        for i, fd in enumerate(top):
            os.dup2(fd, 3 + i, inheritable=True)
            os.close(fd)
    argv = ["/usr/bin/python3", "-c", PASS, str(len(fds)), program or lab.agent, *options]
    how = {"preexec_fn": place, "close_fds": False}
    return argv, {**lab.env, "LISTEN_FDS": str(len(fds)), **env}, how


@case
def inherited_sockets(lab):
    with listening(lab.path("one")) as one, listening(lab.path("two")) as two:
        argv, env, how = passed(lab, [one.fileno(), two.fileno()], *lab.argv("-t", lab.dir, "-p", "/nonexistent")[1:],
                                LISTEN_FDNAMES="first:second")
        Running(lab, argv, env, **how)
        for name in ("one", "two"):
            check(lab.ping(lab.path(name)), f"no answer on {name}")
        status, out, _ = lab.once("--status", "-t", lab.dir)
        same(status, 0, "status")
        check(b"name: first" in out and b"name: second" in out, repr(out))


@case
def a_dump_shows_their_method_and_no_path(lab):
    with listening(lab.path("one")) as one:
        argv, env, how = passed(lab, [one.fileno()], "-D", "-t", lab.dir)
        out = subprocess.run(argv, env=env, capture_output=True, timeout=PATIENCE, check=True, **how).stdout
        check(b"method=unix-listen\n" in out and b"\npath=" not in out, repr(out))


@case
def descriptors_that_will_not_do(lab):
    with socket.socket(socket.AF_INET) as inet, socket.socket(socket.AF_UNIX) as deaf, open("/dev/null", "rb") as null:
        inet.bind(("127.0.0.1", 0))
        inet.listen(1)
        for fd in (inet.fileno(), deaf.fileno(), null.fileno()):
            argv, env, how = passed(lab, [fd], "-t", lab.dir)
            done = subprocess.run(argv, env=env, capture_output=True, timeout=PATIENCE, check=False, **how)
            same(done.returncode, 1, "status")
            check(b"critical: unsupported listen fd type\n" in done.stderr, repr(done.stderr))
    argv, env, how = passed(lab, [], "-t", lab.dir, LISTEN_FDS="1")
    done = subprocess.run(["/bin/sh", "-c", 'exec 3<&-; exec "$@"', "sh", *argv], env=env, capture_output=True,
                          timeout=PATIENCE, check=False)
    same(done.returncode, 1, "status")
    check(b"Socket activation failed: invalid file descriptor fd = 3: Bad file descriptor\n" in done.stderr,
          repr(done.stderr))


@case
def not_for_us(lab):
    """Variables that are meant for another process, or make no sense, are ignored."""
    for env in ({"LISTEN_PID": "1", "LISTEN_FDS": "1"}, {"LISTEN_PID": "x", "LISTEN_FDS": "1"},
                {"LISTEN_FDS": "1"}, {"LISTEN_PID": "1"}):
        one = lab.start(**env)
        same(one.end()[0], 0, f"status with {env}")


def notify_socket(address):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
    sock.settimeout(PATIENCE)
    return sock


@case
def it_tells_how_it_is(lab):
    for address in (lab.path("notify"), f"@virtagent-test-{os.getpid()}"):
        with notify_socket(address) as sock:
            one = lab.start(NOTIFY_SOCKET=address)
            same(sock.recv(4096), b"READY=1\nMAINPID=%d" % one.pid, "first message")
            same(sock.recv(4096), b"STATUS=Serving 1 channel", "second message")
            same(one.end()[0], 0, "status")
            same(sock.recv(4096), b"STOPPING=1", "last message")


@case
def the_watchdog_is_fed_by_the_loop(lab):
    with notify_socket(lab.path("notify")) as sock:
        one = lab.start(NOTIFY_SOCKET=lab.path("notify"), WATCHDOG_USEC="100000")
        got = [sock.recv(4096) for _ in range(5)]
        one.end()
        same(got[2:], [b"WATCHDOG=1"] * 3, "messages")
    with notify_socket(lab.path("notify2")) as sock:
        one = lab.start(NOTIFY_SOCKET=lab.path("notify2"), WATCHDOG_USEC="100000", WATCHDOG_PID="1")
        same(one.end()[0], 0, "status")
        same([sock.recv(4096) for _ in range(3)][2], b"STOPPING=1", "without a watchdog for us")


@case
def nobody_listens_to_it(lab):
    for address in (lab.path("none"), "@none-of-that-name", "vsock:2:x", "vsock:", "nonsense", ""):
        one = lab.start(NOTIFY_SOCKET=address)
        same(one.end()[0], 0, f"status with {address!r}")


@case
def readiness_comes_from_the_daemon(lab):
    with notify_socket(lab.path("notify")) as sock:
        same(lab.daemonize(NOTIFY_SOCKET=lab.path("notify"))[0], 0, "status")
        same(sock.recv(4096), b"READY=1\nMAINPID=%d" % lab.daemon_pid(), "message")
