# SPDX-License-Identifier: MIT
"""The control socket and --status."""

import json
import os
import socket
import stat
import subprocess

from harness import PATIENCE, case, check, same


def ask(lab, line, more=b""):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(PATIENCE)
        peer.connect(lab.path("virtagent.sock"))
        peer.sendall(line)
        if more:
            peer.sendall(more)
        with peer.makefile("rb") as lines:
            return lines.read()


@case
def text_and_json(lab):
    one = lab.start()
    status, out, err = lab.once("--status", "-t", lab.dir)
    same((status, err), (0, b""), "status")
    for line in (b"frozen: no\n", b"pid: %d\n" % one.pid, b"sessions: none\n", b"stuck: none\n", b"open: yes\n"):
        check(line in out, f"{line!r} is not in {out!r}")
    status, out, _ = lab.once("--status", "--json", "-t", lab.dir)
    value = json.loads(out)["return"]
    same((value["pid"], value["frozen"], value["sessions"], value["handles"]), (one.pid, False, [], 0), "members")
    same(value["channels"], [{"method": "unix-listen", "path": lab.path("sock"), "profile": "full", "open": True}], "channels")


@case
def sessions_and_handles(lab):
    lab.start()
    lab.ask(b'{"execute":"guest-file-open","arguments":{"path":"/dev/null"}}\n')
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(lab.path("sock"))
        value = json.loads(ask(lab, b"status\n"))["return"]
    same((value["handles"], value["sessions"]), (1, [{"peer": True, "queued": 0}]), "members")


@case
def no_agent(lab):
    status, out, err = lab.once("--status", "-t", lab.dir)
    same((status, out), (1, b""), "status and output")
    check(b"no agent at " in err, repr(err))


@case
def for_root_only(lab):
    lab.start()
    mode = os.stat(lab.path("virtagent.sock")).st_mode
    check(stat.S_ISSOCK(mode), "no socket")
    same(mode & 0o7777, 0o600, "mode")


@case
def odd_requests(lab):
    lab.start()
    same(json.loads(ask(lab, b"no-such\n")), {"error": {"desc": "there is no such request"}}, "an unknown one")
    same(json.loads(ask(lab, b"\n")), {"error": {"desc": "there is no such request"}}, "an empty one")
    same(ask(lab, b"x" * 1024), b"", "a long one")
    check(b"return" in ask(lab, b"sta", b"tus and more\nsecond\n"), "in pieces")
    # more clients than places, silent: the others wait for a place and get it
    silent = [socket.socket(socket.AF_UNIX) for _ in range(8)]
    for one in silent:
        one.connect(lab.path("virtagent.sock"))
    check(lab.ping(lab.path("sock")), "no answer on the channel")
    for one in silent:
        one.close()
    check(b"return" in ask(lab, b"status\n"), "no answer afterwards")


@case
def a_second_agent_leaves_it_alone(lab):
    one = lab.start()
    second = lab.argv("-m", "stdio", "-t", lab.dir)
    done = subprocess.run(second, input=b'{"execute":"guest-ping"}\n', capture_output=True, env=lab.env,
                          timeout=PATIENCE, check=False)
    same((done.returncode, done.stdout), (0, b'{"return": {}}\n'), "the second agent")
    check(b"another agent listens on" in done.stderr, repr(done.stderr))
    same(json.loads(ask(lab, b"status\n"))["return"]["pid"], one.pid, "who answers")


@case
def one_that_was_killed_leaves_a_socket(lab):
    one = lab.start()
    one.process.kill()
    one.process.wait()
    check(os.path.exists(lab.path("virtagent.sock")), "no socket")
    same(lab.once("--status", "-t", lab.dir)[0], 1, "status without an agent")
    lab.start()
    same(lab.once("--status", "-t", lab.dir)[0], 0, "status")
