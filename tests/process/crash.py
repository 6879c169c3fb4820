# SPDX-License-Identifier: MIT
"""Any process of the agent may die at any moment: one request pays for a worker, the front for the zygote."""

import json
import os
import signal
import time

import proctree
from cases import PATIENCE, case, check, same
from peer import request, returned, sync, sync_reply

QUIET = (signal.SIGKILL, signal.SIGUSR1)
DEADLY = (*QUIET, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)
LONG = 60000
BIG = 8 << 20


def deadly(lab):
    """Signals to die of; a sanitizer takes most of them for a finding of its own."""
    return QUIET if lab.sanitized else DEADLY


@case
def an_idle_worker_dies(lab):
    agent = lab.start()
    with agent.connect() as peer:
        for signum in deadly(lab):
            pid = peer.call("pid")
            agent.kill_worker(pid, signum)
            proctree.wait_gone([pid], PATIENCE, f"the worker after signal {signum}")
            agent.wait_workers(0)
            peer.quiet(0.01, "when no request is running")
            peer.works()


@case
def an_idle_worker_dies_unnoticed(lab):
    """No request was given to it: none may fail."""
    agent = lab.start()
    with agent.connect() as peer:
        pid = peer.call("pid")
        # until it sleeps the zygote may still hold the worker's end of the socket
        proctree.wait_for("the zygote sleeps", PATIENCE, lambda: proctree.state(agent.zygote) == "S")
        os.kill(agent.zygote, signal.SIGSTOP)
        try:
            agent.kill_worker(pid)
            proctree.wait_gone([pid], PATIENCE, "the worker")
            peer.ask("echo", {"data": "x"}, 1)
            time.sleep(0.05)
        finally:
            os.kill(agent.zygote, signal.SIGCONT)
        peer.exactly(returned({"data": "x"}, 1), "the reply of another worker")
        peer.works()


@case
def termination_of_the_group_leaves_workers_alone(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.ask("sleep", {"ms": 200}, 1)
        worker = agent.busy_worker()
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(worker, signum)
            os.kill(agent.zygote, signum)
        peer.exactly(returned({}, 1), "reply")


@case
def a_command_crashes(lab):
    agent = lab.start()
    with agent.connect() as peer:
        for signum in (6, 11, 9, 4, 8, 7, 31):
            peer.push(request("crash", {"signal": signum}, signum) + request("echo", {"data": "next"}, "e"))
            reply = json.loads(peer.line())
            same(reply["id"], signum, "id of the error reply")
            text = reply["error"]["desc"]
            check("test-crash" in text and f"signal {signum} " in text, f"names command and signal {signum}: {text}")
            peer.exactly(returned({"data": "next"}, "e"), "the reply behind it")


@case
def a_worker_is_killed_at_work(lab):
    agent = lab.start()
    with agent.connect() as peer:
        for signum in deadly(lab):
            peer.push(request("sleep", {"ms": LONG}, "killed") + request("guest-ping", None, "behind"))
            agent.kill_worker(agent.busy_worker(), signum)
            first, second = peer.lines(2)
            check(first.startswith(b'{"id": "killed", "error"'), f"an error reply, not {first}")
            same(second, returned({}, "behind"), "the request behind it")
            peer.works()
            agent.kill_worker(agent.busy_worker())
            agent.wait_workers(0)


@case
def an_abandoned_worker_is_killed(lab):
    agent = lab.start("--sync-grace", "30")
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": LONG}, "abandoned") + sync(1))
        peer.exactly(sync_reply(1), "sync")
        agent.kill_worker(agent.busy_worker())
        agent.wait_workers(0)
        peer.quiet(0.1, "from the abandoned command")
        peer.works()


@case
def a_worker_is_killed_in_a_large_reply(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.sock.sendall(request("big", {"size": BIG}, "cut") + request("guest-ping", None, "behind"))
        agent.kill_worker(agent.full_worker(peer))
        agent.wait_workers(0)
        first, second = peer.lines(2)
        check(len(first) < BIG, "the reply was whole already")
        same(second, returned({}, "behind"), "the request behind the cut reply")
        peer.works()


@case
def a_worker_dies_with_its_reply_in_the_ring(lab):
    """All of the value is in shared memory already: nothing is lost."""
    size = 1 << 20
    agent = lab.start()
    with agent.connect() as peer:
        peer.sock.sendall(request("big", {"size": size}, 1) + request("echo", {"data": "y"}, 2))
        agent.kill_worker(agent.full_worker(peer))
        agent.wait_workers(0)
        peer.exactly(returned({"data": "x" * size}, 1) + returned({"data": "y"}, 2), "both replies")


@case
def other_sessions_do_not_notice(lab):
    agent = lab.start()
    with agent.connect() as victim, agent.connect() as other:
        other.push(request("sleep", {"ms": 300}, 1) + request("big", {"size": BIG}, 2))
        for _ in range(5):
            victim.error("crash")
        other.exactly(returned({}, 1) + returned({"data": "x" * BIG}, 2), "replies of another session")
        victim.works()


@case
def the_zygote_is_killed(lab):
    agent = lab.start()
    with agent.connect() as peer, agent.connect() as other:
        other.works()
        workers = agent.workers()
        os.kill(agent.zygote, signal.SIGKILL)
        same(agent.wait_exit(), 1, "exit status of the front")
        same(peer.to_end(), b"", "what the client gets")
        same(other.to_end(), b"", "what the other client gets")
    proctree.wait_gone(workers, PATIENCE, "idle workers")
    check("zygote" in agent.complaint(), f"the log says why: {agent.complaint()}")


@case
def the_front_is_killed(lab):
    done = lab.path("done")
    agent = lab.start()
    with agent.connect() as peer, agent.connect() as other, agent.connect() as third:
        other.works()
        idle = agent.workers()
        peer.ask("touch", {"path": done, "ms": 400})
        third.ask("echo", {"data": "second idle worker"})
        third.line()
        busy = [pid for pid in agent.workers() if pid not in idle] or idle
        agent.kill()
        same(peer.to_end(), b"", "what the client gets")
    proctree.wait_gone([agent.zygote], PATIENCE, "the zygote")
    proctree.wait_gone(set(agent.seen) - set(idle + busy), PATIENCE, "idle workers")
    proctree.wait_for("the busy worker finishes", PATIENCE, lambda: os.path.exists(done))
    proctree.wait_gone(agent.seen, PATIENCE, "the busy worker")


@case
def the_front_is_killed_in_a_large_reply(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.sock.sendall(request("big", {"size": BIG}))
        agent.full_worker(peer)
        agent.kill()
    proctree.wait_gone(agent.seen, PATIENCE, "all processes")


@case
def a_successor_answers_beside_a_stopped_worker(lab):
    first = lab.start()
    with first.connect() as peer:
        pid = peer.call("pid")
        first.stop_worker(pid)
        peer.ask("echo", {"data": "never"})
        time.sleep(0.05)
        first.kill()
    started = time.monotonic()
    second = lab.start(path=first.path)
    check(time.monotonic() - started < 5, "the successor took long to answer")
    second.works()
    check(proctree.alive(pid), "the stopped worker is still there")
    first.resume(pid)
    proctree.wait_gone(first.seen, PATIENCE, "what was left of the first agent")
    second.works()
