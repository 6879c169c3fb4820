# SPDX-License-Identifier: MIT
"""The program that reaches libvirt, when it does not do what it should: vactl comes back all the same."""
import contextlib
import os
import signal
import tempfile
import time
from pathlib import Path

from harness import CONNECT, FAILED, OK, PATIENCE, TIMEOUT, USAGE, check, every, test, vactl, write_program

# away is a process that has left its parent, as the real one does.
HEAD = """#!/bin/sh
note() {{ echo $$ >>{d}/pids; }}
note
if [ "$STEP" ]; then set -- "$STEP"; else set -- first; fi
away() {{ exec 3<&0; STEP=second {d}/bridge <&3 & exit; }}
case $1 in
first) {first} ;;
second) {second} ;;
esac
"""
SLEEP = "exec sleep 3600"


@contextlib.contextmanager
def bridge(first, second=":"):
    """The environment with such a program; whatever it leaves behind is ended, and told in `left`."""
    with tempfile.TemporaryDirectory(prefix="vactl-bridge-") as d:
        program = Path(d) / "bridge"
        write_program(program, HEAD.format(d=d, first=first, second=second))
        try:
            yield {"QGAC_LIBVIRT_BRIDGE": str(program), "VACTL_SOCKETS": ""}
        finally:
            for pid in pids(d):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def pids(d):
    noted = Path(d) / "pids"
    return [int(line) for line in noted.read_text().split()] if noted.exists() else []


def is_there(pid):
    """Neither gone nor a zombie that its new parent has yet to take."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


# first and second part of the program; exit code and a piece of the message
BAD = {
    "stops at once": ("kill -STOP $$", ":", TIMEOUT, "timed out connecting to libvirt"),
    "stops when it has left": ("away", "kill -STOP $$", TIMEOUT, "timed out connecting to libvirt"),
    "ends at once": ("exit 0", ":", CONNECT, "libvirt closed the connection"),
    "fails at once": ("exit 127", ":", CONNECT, "bridge failed with exit code 127"),
    "is killed": ("kill -KILL $$", ":", CONNECT, "bridge was killed by signal 9"),
    "says why, and fails": ("echo 'no libvirt here'; exit 1", ":", CONNECT, "domain 'web1': no libvirt here"),
    "half a line": ("away", f"printf o; {SLEEP}", TIMEOUT, "timed out connecting to libvirt"),
    "half a line, and the end": ("printf o", ":", CONNECT, "libvirt closed the connection"),
    "half a line, never leaves": (f"printf o; {SLEEP}", ":", TIMEOUT, "timed out connecting to libvirt"),
    "a line without end": ("away", f"head -c 5000 /dev/zero | tr '\\0' x; {SLEEP}", FAILED, "a line without end"),
    "garbage": ("away", f"printf '\\377\\1\\33[2J\\n\\377\\377'; {SLEEP}", CONNECT, "domain 'web1': "),
    "garbage for an answer": ("away", f"echo ok; read -r l; printf '\\377{{\\n[[[\\0\\n'; {SLEEP}", TIMEOUT, "handshake"),
    "never reads": ("away", f"echo ok; {SLEEP}", TIMEOUT, "nobody has read"),
    "stops behind its greeting": ("away", "echo ok; kill -STOP $$", TIMEOUT, "nobody has read"),
    "ends behind its greeting": ("away", "echo ok", CONNECT, "closed without a reply"),
    "never leaves": (f"echo ok; {SLEEP}", ":", TIMEOUT, "bridge does not leave its parent"),
    "closes, and never leaves": (f"exec <&- >&-; {SLEEP}", ":", CONNECT, "libvirt closed the connection"),
    "half a reply": ("away", f"echo ok; read -r l; printf '\\377{{\"retu'; {SLEEP}", TIMEOUT, "handshake"),
}


@test
def a_bridge_that_misbehaves():
    """Each call ends, and so do its standard output and error: nothing that is left behind holds them."""
    def one(name):
        first, second, code, text = BAD[name]
        with bridge(first, second) as env:
            vactl("-t", "2", "web1", "ping", env=env).expect(code, text)
            if first != "away":
                d = Path(env["QGAC_LIBVIRT_BRIDGE"]).parent
                check(not any(map(is_there, pids(d))), name, "was left behind")
    every(one, BAD)


@test
def a_bridge_that_does_not_list():
    def one(row):
        first, second, code, text = row
        with bridge(first, second) as env:
            for command in (["list"], ["--all", "ping"]):
                vactl("-t", "2", *command, env=env).expect(code, text)
    late, none = "libvirt does not say which domains there are: timed out", "no guests were found"
    every(one, (("kill -STOP $$", ":", TIMEOUT, late), ("away", SLEEP, TIMEOUT, late),
                (f"echo ok; echo web1; {SLEEP}", ":", TIMEOUT, late),
                (f"echo ok; echo web1; exec <&- >&-; {SLEEP}", ":", TIMEOUT, late),
                ("exit 127", ":", FAILED, none), ("echo ok", ":", FAILED, none), ("echo x; exit 1", ":", FAILED, none)))
    for command in (["list"], ["--all", "ping"]):  # a URI that was asked for
        with bridge("echo 'not there'; exit 1") as env:
            vactl("-c", "x:///", *command, env=env).expect(CONNECT, "libvirt at x:///: not there")
        with bridge("exit 1") as env:
            vactl("-c", "x:///", *command, env=env).expect(CONNECT, "libvirt at x:///: no answer")


@test
def requests_that_a_bridge_does_not_take():
    """More than the pair of sockets holds, and none of it read behind the handshake."""
    with bridge("away", f"echo ok; read -r l; l=${{l#S}}; printf '\\377{{\"return\": %s}}\\n' \"$l\"; {SLEEP}") as env:
        request = b'{"execute":"guest-x","arguments":{"a":"' + b"x" * 120000 + b'"}}'
        vactl("-t", "2", "web1", "raw", "-", stdin=request, env=env).expect(TIMEOUT, "timed out")


@test
def a_bridge_that_is_no_program():
    with tempfile.TemporaryDirectory(prefix="vactl-bridge-") as d:
        program = Path(d) / "bridge"
        program.write_text("#!/bin/sh\n")
        for path, code, text in ((program, CONNECT, "bridge: Permission denied\n"), (d, CONNECT, ": Permission denied\n"),
                                 (f"{d}/none", USAGE, "none is not installed")):
            vactl("web1", "ping", env={"QGAC_LIBVIRT_BRIDGE": str(path)}).expect(code, text)
