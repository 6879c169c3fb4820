# SPDX-License-Identifier: MIT
"""When a program has ended, and what becomes of those that it leaves behind."""

import os
import signal
import time

import guest
import proctree
from cases import case, check, same


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


@case
def told_once(lab):
    with lab.host() as host:
        pid = host.start("true")
        host.end(pid)
        host.gone(pid)
        host.gone(0)


@case
def pid_is_the_real_one(lab):
    with lab.host() as host:
        pid = host.start("sleep", "1000")
        same(proctree.name_of(pid), "sleep", "name of the process")
        same(host.run("kill", "-9", str(pid)), {"exitcode": 0}, "kill through the agent")
        same(host.end(pid), {"signal": 9}, "its end")


@case
def records_outlive_connections(lab):
    agent = lab.start()
    with guest.Host(agent) as first:
        pid = first.start("echo", "kept", capture=True)
    with guest.Host(agent) as second:
        same(second.end(pid), {"exitcode": 0, "out-data": b"kept\n"}, "from another connection")


@case
def orphans_do_not_hold_it_back(lab):
    """Nor does what was written get lost, nor is the orphan killed by its next line."""
    with lab.host() as host:
        script = "(sleep 0.6; echo late; sleep 0.2; echo alive > $1) & echo $!; echo early"
        got = host.run("sh", "-c", script, "sh", lab.path("alive"), capture=True)
        orphan, early = got["out-data"].split(b"\n", 1)
        same(early, b"early\n", "what was written until the end")
        proctree.wait_for("the orphan's own end", 20, lambda: not proctree.alive(int(orphan)))
        with open(lab.path("alive"), encoding="ascii") as file:
            same(file.read(), "alive\n", "the orphan could write on")


@case
def orphan_that_writes_without_end(lab):
    with lab.host() as host:
        got = host.shell("(exec yes) & echo $! >&2; sleep 0.05", capture=True)
        orphan = int(got["err-data"])
        check(got["out-data"].startswith(b"y\n" * 1000), "what there was of it")
        host.peer.works()
        kill(orphan)


@case
def stopped_is_not_exited(lab):
    with lab.host() as host:
        pid = host.start("sleep", "1000")
        os.kill(pid, signal.SIGSTOP)
        proctree.wait_stopped(pid, 20)
        same(host.status(pid), {"exited": False}, "a stopped program")
        kill(pid)
        same(host.end(pid), {"signal": 9}, "its end")


@case
def one_that_ignores_sigterm(lab):
    with lab.host() as host:
        pid = host.start("sh", "-c", 'trap "" TERM; echo ready; while :; do sleep 0.05; done', capture=True)
        time.sleep(0.1)
        os.kill(pid, signal.SIGTERM)
        same(host.status(pid), {"exited": False}, "after SIGTERM")
        kill(pid)
        same(host.end(pid), {"signal": 9, "out-data": b"ready\n"}, "its end")


@case
def signals_to_the_agents_group_spare_it(lab):
    agent = lab.start()
    with guest.Host(agent) as host:
        pid = host.start("sleep", "1000")
        check(os.getpgid(pid) != os.getpgid(agent.pid), "a group of its own")
        kill(pid)
        host.end(pid)


@case
def a_reply_that_nobody_gets(lab):
    """The record stays: nobody was told."""
    agent = lab.start()
    with guest.Host(agent) as host:
        pid = host.start("head", "-c", "6000000", "/dev/zero", capture=True)
        proctree.wait_for("its end", 20, lambda: not proctree.alive(pid))
    with guest.Host(agent) as leaver:
        leaver.peer.ask("guest-exec-status", {"pid": pid})
    with guest.Host(agent) as host:
        got = host.end(pid)
        same((got["exitcode"], len(got["out-data"])), (0, 6000000), "asked again")
        host.gone(pid)
