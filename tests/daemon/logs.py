# SPDX-License-Identifier: MIT
"""Where lines go: a file, standard error, syslog; and a log that takes nothing."""

import contextlib
import os
import re
import signal
import socket
import subprocess

from harness import PATIENCE, PING, Skipped, case, check, same, wait_for

FILE_OPEN = b'{"execute":"guest-file-open","arguments":{"path":"%s","mode":"w"}}\n'
LINE = re.compile(rb"^\d{9,}\.\d{6}: (error|critical|warning|info|debug): .*$")


@contextlib.contextmanager
def syslog(lab):
    """Where an agent with `--root` finds its syslog: (its options, the socket)."""
    os.makedirs(lab.path("root/dev"), exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(lab.path("root/dev/log"))
        sock.settimeout(PATIENCE)
        yield ["--root", lab.path("root")], sock


@case
def quiet_by_default(lab):
    one = lab.start()
    for _ in range(3):
        lab.ping(lab.path("sock"))
    same(one.end(), (0, b""), "status and standard error")


@case
def a_file_is_added_to(lab):
    lab.write("log", "before\n")
    for _ in range(2):
        one = lab.start("-l", lab.path("log"), "-v")
        same(one.end()[1], b"", "standard error")
    wait_for("two ends", lambda: lab.read("log").count(b"received signal 15, ending") == 2)
    lines = lab.read("log").splitlines()
    same(lines[0], b"before", "first line")
    for line in lines[1:]:
        check(LINE.match(line), repr(line))


@case
def verbose_tells_size_and_command(lab):
    one = lab.start("-v")
    lab.ask(b'{"execute":"guest-sync","arguments":{"id":123454321}}\n')
    status, err = one.end()
    same(status, 0, "status")
    check(b"debug: read data, count: %d, command: guest-ping\n" % len(PING.strip()) in err, repr(err))
    check(b"command: guest-sync\n" in err, repr(err))
    check(b"123454321" not in err, f"contents of a request: {err!r}")


@case
def reopened_after_a_hangup(lab):
    one = lab.start("-l", lab.path("log"), "-v")
    wait_for("a line", lambda: b"guest-ping" in lab.read("log"))
    os.rename(lab.path("log"), lab.path("log.1"))
    one.process.send_signal(signal.SIGHUP)
    wait_for("a new file", lambda: os.path.exists(lab.path("log")))
    old = lab.read("log.1")
    lab.ask(b'{"execute":"guest-sync","arguments":{"id":1}}\n')
    wait_for("a line in the new file", lambda: b"command: guest-sync\n" in lab.read("log"))
    same(lab.read("log.1"), old, "the old file")


@case
def effects_are_told_once_and_escaped(lab):
    with syslog(lab) as (options, sock):
        lab.start(*options, program=lab.qemu_ga)
        name = lab.path("x\ny")
        lab.ask(FILE_OPEN % name.replace("\n", "\\n").encode())
        got = [sock.recv(4096) for _ in range(2)]
        for line in got:
            check(re.match(rb"<14>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d qemu-ga: info: guest-file-open", line), repr(line))
            check(b"\n" not in line, repr(line))
        check(got[0].endswith(b"guest-file-open called, path: " + name.replace("\n", "\\n").encode() + b", mode: w"),
              repr(got[0]))
        # what only reads is not told
        lab.ping(lab.path("sock"))
        lab.ask(b'{"execute":"guest-get-time"}\n')
        sock.settimeout(0.3)
        try:
            raise AssertionError(f"one more line: {sock.recv(4096)!r}")
        except TimeoutError:
            pass


@case
def secrets_are_not_told(lab):
    with syslog(lab) as (options, sock):
        one = lab.start(*options, "-v")
        lab.ask(b'{"execute":"guest-exec","arguments":{"path":"/bin/true","arg":["SECRET1"],"env":["A=SECRET2"],'
                b'"input-data":"U0VDUkVUMw=="}}\n')
        line = sock.recv(4096)
        check(line.endswith(b"guest-exec called, path: /bin/true"), repr(line))
        _, err = one.end()
        for word in (b"SECRET", b"U0VDUkVU"):
            check(word not in err, f"{word} in {err!r}")


@case
def a_full_disk(lab):
    if not os.path.exists("/dev/full"):
        raise Skipped("no /dev/full")
    one = lab.start("-l", "/dev/full", "-v")
    for _ in range(20):
        check(lab.ping(lab.path("sock")), "no answer")
    same(one.end()[0], 0, "status")


@case
def a_log_that_hangs(lab):
    """A pipe that nobody empties stands for a dead disk: the writer waits, the agent does not."""
    read, write = os.pipe()
    try:
        sock = lab.path("sock")
        argv = lab.argv("-m", "unix-listen", "-p", sock, "-t", lab.dir, "-v")
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=write, env=lab.env) as process:
            try:
                lab.await_answer(sock)
                with socket.socket(socket.AF_UNIX) as peer:
                    peer.settimeout(PATIENCE)
                    peer.connect(sock)
                    with peer.makefile("rb") as lines:
                        for _ in range(40):
                            peer.sendall(PING * 200)
                            for _ in range(200):
                                same(lines.readline(), b'{"return": {}}\n', "reply")
            finally:
                process.terminate()
                same(process.wait(PATIENCE), 0, "status")
    finally:
        os.close(read)
        os.close(write)
