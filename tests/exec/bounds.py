# SPDX-License-Identifier: MIT
"""Limits, and that nothing is left of any number of runs."""

import json
import os
import signal

import guest
import proctree
from cases import case, check, same
from peer import request

RUNNING, ENDED, MIB = 128, 1024, 1 << 20


def kill_all(pids):
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@case
def running_programs(lab):
    """As many as may run, each with every pipe there is; then one more; then all of them again."""
    with lab.host() as host:
        for _ in range(2):
            pids = [host.start("sleep", "1000", capture=True, input=b"x" * 100000) for _ in range(RUNNING)]
            same(host.peer.error("guest-exec", {"path": "true"}), "limit exceeded: 128 running programs", "one more")
            kill_all(pids)
            for pid in pids:
                same(host.end(pid), {"signal": 9}, "its end")


@case
def fork_bomb(lab):
    """Programs that start programs are theirs to bound, not the agent's; it answers."""
    with lab.host() as host:
        pid = host.start("sh", "-c", "for i in $(seq 200); do sleep 1000 & done; echo $(jobs -p); wait", capture=True)
        proctree.wait_for("all of them", 20, lambda: len(proctree.children(pid)) == 200)
        host.peer.works()
        kill_all(proctree.children(pid))
        same(host.end(pid)["exitcode"], 0, "its end")


@case
def ended_programs(lab):
    """The oldest end that nobody has asked about goes first."""
    with lab.host() as host:
        first = [host.start("true") for _ in range(3)]
        for pid in first:
            proctree.wait_for("its end", 20, lambda p=pid: not proctree.alive(p))
        rest = []
        while len(rest) < ENDED:
            rest.append(host.start("true"))
            while len(rest) % 64 == 0 and any(map(proctree.alive, rest[-64:])):
                pass
        for pid in rest:
            proctree.wait_for("its end", 20, lambda p=pid: not proctree.alive(p))
        host.peer.works()
        known = [pid for pid in first + rest if "return" in ask(host, pid)]
        same(known, rest, "which are still known")


def ask(host, pid):
    host.peer.ask("guest-exec-status", {"pid": pid})
    return json.loads(host.peer.line())


@case
def output_of_all(lab):
    """256 MiB in all: what is over is truncated, and a new program with capture is refused."""
    if lab.sanitized:
        return
    with lab.host() as host:
        pids = [host.start("head", "-c", str(20 * MIB), "/dev/zero", capture="stdout") for _ in range(17)]
        proctree.wait_for("their ends", 60, lambda: not any(map(proctree.alive, pids)))
        host.peer.works()
        same(host.peer.error("guest-exec", {"path": "true", "capture-output": True}),
             "limit exceeded: 268435456 bytes of output of programs", "one more with capture")
        same(host.run("true"), {"exitcode": 0}, "one without")
        total = 0
        for pid in pids:
            got = host.end(pid)
            same(got["out-truncated"], True, "each is truncated")
            total += len(got.get("out-data", b""))
        same(total, 256 * MIB, "all that was kept")
        same(host.run("echo", "x", capture=True)["out-data"], b"x\n", "afterwards")


@case
def many_at_once(lab):
    """From many connections, all at the same time."""
    agent = lab.start()
    peers = [agent.connect() for _ in range(40)]
    for number, peer in enumerate(peers):
        peer.push(b"".join(request("guest-exec", {"path": "echo", "arg": [f"{number}.{i}"], "capture-output": True})
                           for i in range(3)))
    pids = [json.loads(line)["return"]["pid"] for peer in peers for line in peer.lines(3)]
    for peer in peers:
        peer.close()
    with guest.Host(agent) as host:
        for at, pid in enumerate(pids):
            same(host.end(pid), {"exitcode": 0, "out-data": b"%d.%d\n" % divmod(at, 3)}, "output of one of them")


@case
def nothing_is_left(lab):
    """Processes, descriptors and memory after many runs are as before."""
    agent = lab.start()
    rounds = 100000 if lab.full else 2000
    with guest.Host(agent) as host:
        def batch(count):
            for number in range(count):
                how = number % 4
                if how == 0:
                    host.run("/bin/true")
                elif how == 1:
                    host.run("/bin/echo", "text", capture=True)
                elif how == 2:
                    host.run("/bin/cat", capture="merged", input=b"z" * 70000)
                else:
                    host.peer.error("guest-exec", {"path": "/nonexistent", "capture-output": True})
        batch(200)
        before = proctree.resident(agent.pid), proctree.resident(agent.zygote)
        batch(rounds)
        if not lab.sanitized:
            after = proctree.resident(agent.pid), proctree.resident(agent.zygote)
            check(after[0] - before[0] < 512 << 10, f"memory of the front: {before[0]} then {after[0]}")
            check(after[1] - before[1] < 256 << 10, f"memory of the zygote: {before[1]} then {after[1]}")
    zombies = [pid for pid in os.listdir("/proc") if pid.isdigit() and
               proctree.stat_fields(pid)[:2] == ["Z", str(agent.zygote)]]
    same(zombies, [], "zombies")
