# SPDX-License-Identifier: MIT
"""Workers that hang: abandoned, counted, named, and taken back when they come to life (design, section 4, point 5)."""

import signal

import proctree
from cases import PATIENCE, case, check, same
from peer import request, returned, sync, sync_reply

LIMIT = 8
GRACE = ("--sync-grace", "30")
LONG = 60000


def hang_worker(agent, peer, number):
    """Stops the worker that the next command goes to, gives it one, and lets a sync overtake it."""
    pid = peer.call("pid")
    agent.stop_worker(pid)
    peer.push(request("echo", {"data": "lost"}, number) + sync(number))
    peer.exactly(sync_reply(number), f"sync number {number}")
    return pid


def is_refused(peer):
    return b"limit exceeded" in refusal(peer)


def refusal(peer):
    peer.ask("echo", {"data": "more"})
    return peer.line()


@case
def a_stopped_worker_is_replaced(lab):
    agent = lab.start(*GRACE)
    with agent.connect() as peer:
        pid = hang_worker(agent, peer, 1)
        peer.works()
        check(peer.call("pid") != pid, "a stopped worker answered")
        agent.resume(pid)
        peer.quiet(0.1, "from the abandoned command")
        same(len(agent.workers()), 2, "workers")
        peer.works()


@case
def unused_workers_retire(lab):
    agent = lab.start("--worker-idle", "1500", *GRACE)
    with agent.connect() as peer:
        pid = hang_worker(agent, peer, 1)
        peer.works()
        agent.wait_workers(1, "workers: the stopped one, the other has retired")
        agent.resume(pid)
        agent.wait_workers(0)
        peer.works()


@case
def a_busy_worker_does_not_retire(lab):
    agent = lab.start("--worker-idle", "50")
    with agent.connect() as peer:
        peer.ask("sleep", {"ms": 400}, 1)
        peer.exactly(returned({}, 1), "reply of a command that takes longer than an idle worker lives")


@case
def past_the_limit_commands_are_refused(lab):
    agent = lab.start("--worker-idle", "1500", *GRACE)
    with agent.connect() as peer:
        pids = [hang_worker(agent, peer, number) for number in range(LIMIT - 1)]
        peer.works()
        pids.append(hang_worker(agent, peer, LIMIT))
        text = peer.error("echo", {"data": "one too many"})
        check(text.startswith(f"limit exceeded: {LIMIT} "), text)
        same(text.count("__org.virtagent_test-echo"), LIMIT, f"how often the stuck command is named in: {text}")
        same(peer.call("guest-ping"), {}, "a ping")
        check("version" in peer.call("guest-info"), "guest-info")
        same(peer.call("guest-sync", {"id": 5}), 5, "a sync")
        with agent.connect() as other:
            check(is_refused(other), "another session is refused too")
            same(other.call("guest-ping"), {}, "a ping of another session")
        agent.resume(pids[0])
        proctree.wait_for("one place is free", PATIENCE, lambda: not is_refused(peer))
        for pid in pids:
            agent.resume(pid)
        peer.works()
        agent.wait_workers(0)
        peer.works()


@case
def a_killed_worker_makes_room(lab):
    agent = lab.start(*GRACE)
    with agent.connect() as peer:
        pids = [hang_worker(agent, peer, number) for number in range(LIMIT)]
        check(is_refused(peer), "past the limit")
        agent.kill_worker(pids[3])
        proctree.wait_for("one place is free", PATIENCE, lambda: not is_refused(peer))
        pids[3] = hang_worker(agent, peer, 99)
        check(is_refused(peer), "past the limit again")
        for pid in pids:
            agent.kill_worker(pid, signal.SIGKILL)
        proctree.wait_for("all places are free", PATIENCE, lambda: not is_refused(peer))
        peer.works()


@case
def commands_of_clients_that_left_count(lab):
    agent = lab.start("--orphan-grace", "50")
    agent.uncounted = True
    for _ in range(LIMIT):
        with agent.connect() as peer:
            peer.push(request("sleep", {"ms": LONG}))
    with agent.connect() as peer:
        proctree.wait_for("commands whose clients have left count as stuck", 5, lambda: is_refused(peer))
        same(peer.call("guest-ping"), {}, "a ping")


@case
def clients_that_leave_a_hanging_command_do_not_take_all_places(lab):
    agent = lab.start("--orphan-grace", "50")
    agent.uncounted = True
    for _ in range(80):
        with agent.connect() as peer:
            try:
                peer.sock.sendall(request("sleep", {"ms": LONG}))
            except BrokenPipeError:
                pass    # turned away for the moment

    def is_served():
        with agent.connect() as peer:
            try:
                peer.sock.sendall(request("guest-ping"))
            except BrokenPipeError:
                return False
            return peer.line() == returned({})

    proctree.wait_for("a new client is served", 5, is_served)
