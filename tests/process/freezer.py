# SPDX-License-Identifier: MIT
"""The state machine of freezing, with a guard that only notes: who is refused, who waits, what outlives whom.

What the kernel does to it, and what hooks do, is in tests/vm/cases/freeze*.py.
"""

import os
import signal

import proctree
from cases import PATIENCE, case, check, same
from peer import request, returned, sync, sync_reply

MOUNTS = ("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 8:2 / /home rw - xfs /dev/sda2 rw\n"
          "22 20 0:30 / /tmp rw - tmpfs t rw\n23 20 8:1 /srv /exports rw - ext4 /dev/sda1 rw\n")
DISABLED = "Command {} has been disabled: the command is not allowed"


def start(lab, *options, **how):
    """An agent on a machine with two filesystems."""
    tree = lab.path("tree")
    os.makedirs(os.path.join(tree, "proc/self"), exist_ok=True)
    with open(os.path.join(tree, "proc/self/mountinfo"), "w", encoding="ascii") as file:
        file.write(MOUNTS)
    agent = lab.start("--root", tree, *options, **how)
    agent.uncounted = True  # guards and callers of hooks come and go
    return agent


def effects(lab):
    with open(lab.path("virtagent.effects"), encoding="ascii") as file:
        return file.read().splitlines()


def refusal(peer, command, arguments=None):
    peer.ask(command, arguments)
    return peer.line().decode()


def guard_of(agent):
    found = [p for p in proctree.children(agent.zygote) if proctree.name_of(p) == "virtagent-grd"]
    return found[0] if found else None


@case
def order_and_count(lab):
    agent = start(lab)
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        same(peer.call("guest-fsfreeze-status"), "frozen", "status")
        same(peer.call("guest-fsfreeze-thaw"), 2, "filesystems")
        same(effects(lab), ["freeze /home", "freeze /", "thaw /", "thaw /home"], "what was done")
        same(peer.call("guest-fsfreeze-freeze-list", {"mountpoints": ["/exports", "/nowhere"]}), 1, "filesystems")
        same(peer.call("guest-fsfreeze-thaw"), 1, "filesystems")
        same(peer.call("guest-fsfreeze-freeze-list", {"mountpoints": ["/tmp"]}), 0, "filesystems")
        same(peer.call("guest-fsfreeze-status"), "thawed", "status")
        same(peer.call("guest-fsfreeze-thaw"), 0, "filesystems")
    check(not os.path.exists(lab.path("qga.state.isfrozen")), "the mark is gone")


@case
def others_while_frozen(lab):
    agent = start(lab)
    with agent.connect() as peer, agent.connect() as other:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        for one in (peer, other):
            for command in ("guest-fsfreeze-freeze", "guest-get-time", "guest-get-host-name"):
                check(DISABLED.format(command) in refusal(one, command), f"{command} is refused")
            same(one.call("guest-fsfreeze-status"), "frozen", "status")
            same(one.call("guest-ping"), {}, "ping")
        check("has not been found" in refusal(other, "guest-no-such"), "unknown names stay unknown")
        same(other.call("guest-fsfreeze-thaw"), 2, "a thaw on another session")
        same(peer.call("guest-fsfreeze-status"), "thawed", "status")
        peer.call("guest-get-time")


@case
def pipelined(lab):
    """Everything in one write: one reply each, in order; the thaw cancels what is under way in front of it."""
    agent = start(lab)
    with agent.connect() as peer:
        for _ in range(20):
            peer.push(request("guest-fsfreeze-freeze") + b"\n" + request("guest-fsfreeze-status") + b"\n"
                      + request("guest-fsfreeze-thaw") + b"\n" + request("guest-fsfreeze-status") + b"\n")
            lines = peer.lines(4)
            check(b"the freeze was cancelled by a thaw" in lines[0], lines[0].decode())
            same(lines[1], returned("thawed"), "status after the cancelled freeze")
            check(lines[2].startswith(b'{"return": '), lines[2].decode())
            same(lines[3], returned("thawed"), "status after the thaw")


@case
def status_waits_on_any_session(lab):
    agent = start(lab)
    with agent.connect() as peer, agent.connect() as other:
        for n in range(10):
            peer.push(request("guest-fsfreeze-freeze") + b"\n")
            other.push(request("guest-fsfreeze-status") + b"\n")
            check(other.line() in (returned("frozen"), returned("thawed")), "status is settled")
            same(peer.line(), returned(2), f"freeze {n}")
            same(peer.call("guest-fsfreeze-thaw"), 2, "filesystems")


@case
def front_killed_and_a_successor(lab):
    agent = start(lab)
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
    agent.uncounted = agent.ended = True
    os.kill(agent.pid, signal.SIGKILL)
    agent.process.wait()
    second = start(lab)
    second.uncounted = True
    with second.connect() as peer:
        same(peer.call("guest-fsfreeze-status"), "frozen", "status")
        check(DISABLED.format("guest-get-time") in refusal(peer, "guest-get-time"), "still frozen")
        same(peer.call("guest-fsfreeze-thaw"), 2, "filesystems")
        same(peer.call("guest-fsfreeze-status"), "thawed", "status")
    same(effects(lab), ["freeze /home", "freeze /", "thaw /", "thaw /home"], "what was done")


@case
def guard_killed(lab):
    agent = start(lab)
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        first = guard_of(agent)
        os.kill(first, signal.SIGKILL)
        proctree.wait_for("another guard", PATIENCE, lambda: guard_of(agent) not in (None, first))
        same(peer.call("guest-fsfreeze-status"), "frozen", "status")
        same(peer.call("guest-fsfreeze-thaw"), 2, "filesystems")


@case
def the_deadline_passes(lab):
    agent = start(lab, "--freeze-timeout", "1")
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        proctree.wait_for("the thaw", PATIENCE, lambda: len(effects(lab)) == 4)
        proctree.wait_for("the state", PATIENCE, lambda: peer.call("guest-fsfreeze-status") == "thawed")
        text = refusal(peer, "guest-fsfreeze-thaw")
        check("filesystems were thawed automatically after " in text and "; the snapshot may be inconsistent" in text, text)
        same(peer.call("guest-fsfreeze-thaw"), 0, "the next thaw")


@case
def sigterm_waits_for_the_thaw(lab):
    agent = start(lab)
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        agent.process.terminate()
        same(peer.call("guest-fsfreeze-status"), "frozen", "status")
        peer.ask("guest-fsfreeze-thaw")
        same(agent.process.wait(PATIENCE), 0, "exit status")
    agent.ended = True
    same(effects(lab)[2:], ["thaw /", "thaw /home"], "what was done last")


@case
def two_sigterms_do_not(lab):
    agent = start(lab)
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        agent.process.terminate()
        same(peer.call("guest-fsfreeze-status"), "frozen", "status")
        agent.process.terminate()
        same(agent.process.wait(PATIENCE), 0, "exit status")
    agent.ended = True
    same(effects(lab)[2:], ["thaw /", "thaw /home"], "what was done last")


@case
def a_sync_behind_a_freeze(lab):
    """Two replies in order, as ever: the freeze does not take that long."""
    agent = start(lab)
    with agent.connect() as peer:
        peer.push(request("guest-fsfreeze-freeze") + b"\n" + sync(7) + b"\n")
        same(peer.line(), returned(2), "freeze")
        same(peer.line(), sync_reply(7), "sync")
        same(peer.call("guest-fsfreeze-thaw"), 2, "filesystems")
