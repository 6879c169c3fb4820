# SPDX-License-Identifier: MIT
"""The state machine of freezing, with a guard that only notes: who is refused, who waits, what outlives whom.

What the kernel does to it, and what hooks do, is in tests/vm/cases/freeze*.py.
"""

import os
import signal
import socket
import subprocess

import proctree
from cases import PATIENCE, case, check, same
from peer import request, returned, sync, sync_reply

MOUNTS = ("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 8:2 / /home rw - xfs /dev/sda2 rw\n"
          "22 20 0:30 / /tmp rw - tmpfs t rw\n23 20 8:1 /srv /exports rw - ext4 /dev/sda1 rw\n")
# The limits of docs/ARCHITECTURE.md.
UNITS_MAX, HOOKS_MAX, GUARDS_MAX, POINTS_BYTES_MAX = 4096, 100, 5, 16 << 20
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
    lose(agent)
    second = start(lab)
    second.uncounted = True
    with second.connect() as peer:
        same(peer.call("guest-fsfreeze-status"), "frozen", "status")
        check(DISABLED.format("guest-get-time") in refusal(peer, "guest-get-time"), "still frozen")
        same(peer.call("guest-fsfreeze-thaw"), 2, "filesystems")
        same(peer.call("guest-fsfreeze-status"), "thawed", "status")
    same(effects(lab), ["freeze /home", "freeze /", "thaw /", "thaw /home"], "what was done")


def lose_guard(agent):
    """Kills the guard; the one that comes in its place."""
    first = guard_of(agent)
    os.kill(first, signal.SIGKILL)
    proctree.wait_for("another guard", PATIENCE, lambda: guard_of(agent) not in (None, first))
    return guard_of(agent)


@case
def guard_killed(lab):
    agent = start(lab)
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        lose_guard(agent)
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


def lose(agent):
    """The agent is killed."""
    agent.uncounted = agent.ended = True
    os.kill(agent.pid, signal.SIGKILL)
    agent.process.wait()


def thaw_by_administrator(lab):
    """virtagent --thaw on the same machine: what it printed."""
    done = subprocess.run([lab.agent, "--thaw", "--root", lab.path("tree"), "--statedir", lab.dir],
                          capture_output=True, timeout=PATIENCE, check=False)
    same((done.returncode, done.stderr), (0, b""), "how --thaw ended")
    return done.stdout.decode().strip()


def mark_of(lab):
    try:
        with open(lab.path("qga.state.isfrozen"), encoding="ascii") as file:
            return dict(line.split("=", 1) for line in file.read().splitlines())
    except FileNotFoundError:
        return {}


@case
def guard_killed_and_then_the_front(lab):
    """A guard that has adopted a freeze is found by a successor of the front, as the first one would have been."""
    agent = start(lab)
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        second = lose_guard(agent)
        proctree.wait_for("its socket", PATIENCE, lambda: listens(lab))
    lose(agent)
    successor = start(lab)
    with successor.connect() as peer:
        same(peer.call("guest-fsfreeze-status"), "frozen", "status")
        same(guard_of(successor), None, "a third guard")
        same(proctree.name_of(second), "virtagent-grd", "the second guard")
        same(peer.call("guest-fsfreeze-thaw"), 2, "filesystems")


def listens(lab):
    """Whether somebody answers at the guard's socket; a stranger who says nothing disturbs nothing."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as one:
        return one.connect_ex(lab.path("virtagent.guard")) == 0


@case
def thawed_by_the_administrator_with_nobody_there(lab):
    """Agent and guard are dead. The next agent is not frozen, and its host learns what happened, once."""
    agent = start(lab)
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        guard = guard_of(agent)
    lose(agent)
    os.kill(guard, signal.SIGKILL)
    proctree.wait_for("its end", PATIENCE, lambda: not listens(lab))
    same(mark_of(lab)["state"], "frozen", "the mark")
    same(thaw_by_administrator(lab), "2 filesystems thawed", "what --thaw says")
    same(sorted(set(effects(lab)[2:])), ["thaw /", "thaw /home"], "what was done")
    same((mark_of(lab)["state"], mark_of(lab)["reason"]), ("thawed", "admin"), "the mark")
    tell_next_thaw(start(lab))


@case
def thawed_by_the_administrator_and_restarted(lab):
    """Beside a running agent; the error of the next thaw outlives it."""
    agent = start(lab)
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        same(thaw_by_administrator(lab), "2 filesystems thawed", "what --thaw says")
        same(peer.call("guest-fsfreeze-status"), "thawed", "status")
    lose(agent)
    same(thaw_by_administrator(lab), "0 filesystems thawed", "once more, with nobody there")
    tell_next_thaw(start(lab))
    same(mark_of(lab), {}, "the mark")


def tell_next_thaw(agent):
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-status"), "thawed", "status")
        text = refusal(peer, "guest-fsfreeze-thaw")
        check("filesystems were thawed by the guest's administrator after " in text, text)
        same(peer.call("guest-fsfreeze-thaw"), 0, "the next thaw")


@case
def too_many_guards_lost(lab):
    """After FREEZE_GUARDS_MAX of them the freeze is given up, and the host is told."""
    agent = start(lab)
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        seen = {None}
        for _ in range(GUARDS_MAX + 1):
            proctree.wait_for("another guard", PATIENCE, lambda: guard_of(agent) not in seen)
            seen.add(guard_of(agent))
            same(peer.call("guest-fsfreeze-status"), "frozen", "status")
            os.kill(guard_of(agent), signal.SIGKILL)
        proctree.wait_for("the end of it", PATIENCE, lambda: peer.call("guest-fsfreeze-status") == "thawed")
        check("filesystems were thawed automatically after " in refusal(peer, "guest-fsfreeze-thaw"), "the thaw tells")
        same(peer.call("guest-fsfreeze-thaw"), 0, "the next thaw")


@case
def too_many_filesystems(lab):
    agent = start(lab)
    with open(lab.path("tree/proc/self/mountinfo"), "a", encoding="ascii") as file:
        for n in range(UNITS_MAX - 1):
            file.write(f"{n + 100} 20 {9 + n // 256}:{n % 256} / /mnt/{n} rw - ext4 /dev/x{n} rw\n")
    with agent.connect() as peer:
        text = refusal(peer, "guest-fsfreeze-freeze")
        check(f"limit exceeded: {UNITS_MAX} filesystems in one freeze" in text, text)
        same(peer.call("guest-fsfreeze-status"), "thawed", "status")
        same(peer.call("guest-fsfreeze-freeze-list", {"mountpoints": ["/mnt/7"]}), 1, "fewer of them")
        same(peer.call("guest-fsfreeze-thaw"), 1, "filesystems")


@case
def too_many_bytes_of_mount_points(lab):
    agent = start(lab)
    with agent.connect() as peer:
        text = refusal(peer, "guest-fsfreeze-freeze-list", {"mountpoints": ["/" + "x" * 4093] * (POINTS_BYTES_MAX // 4096)})
        check("limit exceeded" not in text, text)
        text = refusal(peer, "guest-fsfreeze-freeze-list", {"mountpoints": ["/" + "x" * 4093] * (POINTS_BYTES_MAX // 4096 + 1)})
        check(f"limit exceeded: mount points may take {POINTS_BYTES_MAX} bytes" in text, text)
        same(peer.call("guest-fsfreeze-status"), "thawed", "status")


@case
def too_many_hooks(lab):
    agent = start(lab)
    folder = lab.path("tree/etc/virtagent/freeze.d")
    os.makedirs(folder)
    for n in range(HOOKS_MAX + 1):
        with open(os.path.join(folder, f"{n:03}"), "w", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o755)
    with agent.connect() as peer:
        text = refusal(peer, "guest-fsfreeze-freeze")
        check(f"limit exceeded: {HOOKS_MAX} freeze hooks in /etc/virtagent/freeze.d" in text, text)
        same(peer.call("guest-fsfreeze-status"), "thawed", "status")
        os.unlink(os.path.join(folder, "050"))
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        same(peer.call("guest-fsfreeze-thaw"), 2, "filesystems")
