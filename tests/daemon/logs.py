# SPDX-License-Identifier: MIT
"""Where lines go: a file, standard error; and a log that takes nothing."""

import os
import re
import signal
import socket
import subprocess

from harness import PATIENCE, PING, Skipped, case, check, same, wait_for

LINE = re.compile(rb"^\d{9,}\.\d{6}: (error|critical|warning|info|debug): .*$")


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
