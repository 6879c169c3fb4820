# SPDX-License-Identifier: MIT
"""Programs outlive the agent: when it ends, when it is killed, twice in a row, and in the middle of everything."""

import os
import signal

import guest
import proctree
from cases import case, same


def leave(lab, agent, signum):
    """The agent ends with programs; its zygote stays."""
    agent.uncounted = True
    zygote = agent.zygote
    if signum == signal.SIGKILL:
        agent.kill()
    else:
        agent.terminate(signum)
    return zygote


def again(lab):
    agent = lab.start("-v")
    agent.uncounted = True
    return agent


def survive(lab, signum):
    first = lab.start("-v")
    with guest.Host(first) as host:
        script = f"echo before; until [ -e {lab.path('go')} ]; do sleep 0.02; done; head -c 300000 /dev/zero; exit 7"
        writer = host.start("sh", "-c", script, capture=True)
        reader = host.start("sh", "-c", f"until [ -e {lab.path('go')} ]; do sleep 0.02; done; cat", capture=True,
                            input=b"x" * 500000)
        done = host.start("echo", "done", capture=True)
        silent = host.start("sleep", "1000")
        proctree.wait_for("its end", 20, lambda: not proctree.alive(done))
        host.peer.works()
    writers = proctree.wait_for("the log's writer", 20, lambda: [
        pid for pid in proctree.children(first.zygote) if proctree.name_of(pid) == "virtagent-log"])
    keeper = leave(lab, first, signum)
    proctree.wait_gone(writers, 20, "the log's writer, while its zygote keeps programs")
    second = again(lab)
    with guest.Host(second) as host:
        same(host.status(silent), {"exited": False}, "a program of the first agent")
        same(host.status(writer), {"exited": False}, "another one")
    leave(lab, second, signal.SIGKILL)
    with open(lab.path("go"), "w", encoding="ascii"):
        pass
    proctree.wait_for("the writer's end, while there is no agent", 20, lambda: not proctree.alive(writer))
    third = again(lab)
    with guest.Host(third) as host:
        same(host.end(writer), {"exitcode": 7, "out-data": b"before\n" + b"\0" * 300000}, "written under three agents")
        same(host.end(reader), {"exitcode": 0, "out-data": b"x" * 500000}, "input under three agents")
        same(host.end(done), {"exitcode": 0, "out-data": b"done\n"}, "an end before the first one's")
        os.kill(silent, signal.SIGKILL)
        same(host.end(silent), {"signal": 9}, "an end told by the keeper")
        for pid in (writer, reader, done, silent):
            host.gone(pid)
    proctree.wait_gone([keeper], 20, "the keeper that has nothing to keep")
    same([name for name in os.listdir(lab.dir) if name.startswith("virtagent-programs")], [], "sockets of keepers")


@case
def agent_ends(lab):
    survive(lab, signal.SIGTERM)


@case
def agent_is_killed(lab):
    survive(lab, signal.SIGKILL)


@case
def program_that_restarts_the_agent(lab):
    """As a package manager does: it ends the agent that runs it, writes on, and the next one knows how it ended."""
    agent = lab.start()
    with guest.Host(agent) as host:
        script = f"echo one; kill {agent.pid}; while kill -0 {agent.pid}; do sleep 0.02; done; echo two; exit 3"
        pid = host.start("sh", "-c", script, capture="stdout")
        agent.ended = agent.uncounted = True
        agent.process.wait(20)
    second = again(lab)
    with guest.Host(second) as host:
        same(host.end(pid), {"exitcode": 3, "out-data": b"one\ntwo\n"}, "the program that did it")


@case
def without_programs_nobody_stays(lab):
    agent = lab.start()
    with guest.Host(agent) as host:
        host.run("true", capture=True)
        host.peer.error("guest-exec", {"path": "/nonexistent"})
    zygote = leave(lab, agent, signal.SIGKILL)
    proctree.wait_gone([zygote], 20, "the zygote")


@case
def keeper_that_was_killed(lab):
    """Then nobody knows how its programs end; the agent starts all the same, and its socket is cleared away."""
    agent = lab.start()
    with guest.Host(agent) as host:
        pid = host.start("sleep", "1000")
    keeper = leave(lab, agent, signal.SIGKILL)
    proctree.wait_for("its socket", 20, lambda: [n for n in os.listdir(lab.dir) if n.startswith("virtagent-programs")])
    os.kill(keeper, signal.SIGKILL)
    proctree.wait_gone([keeper], 20, "the keeper")
    second = again(lab)
    with guest.Host(second) as host:
        host.gone(pid)
    os.kill(pid, signal.SIGKILL)
    same([name for name in os.listdir(lab.dir) if name.startswith("virtagent-programs")], [], "sockets of keepers")
