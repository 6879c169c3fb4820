# SPDX-License-Identifier: MIT
"""One reply per request, in request order; only a sync overtakes, and only a command that runs (design, section 4)."""

import os
import select
import signal
import time

import proctree
from cases import PATIENCE, case, check, same
from peer import request, returned, sync, sync_reply

LONG = 60000                # a command that is never waited for
GRACE = ("--sync-grace", "100")
# where a worker has to be started and to answer within the grace, on a busy machine too
AMPLE = ("--sync-grace", "1000")
BIG = 8 << 20               # more than the ring and the socket hold together


@case
def queued_requests_are_answered_in_order(lab):
    agent = lab.start()
    wanted, sent = b"", b""
    for number in range(40):
        sent += request("echo", {"data": f"text {number}"}, number) + request("front", {"n": number}, f"f{number}")
        wanted += returned({"data": f"text {number}"}, number) + returned(number, f"f{number}")
    with agent.connect() as peer:
        peer.push(sent)
        peer.exactly(wanted, "replies to 80 requests sent at once")


@case
def front_commands_wait_for_a_running_command(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 200}, 1) + request("front", {"n": 2}, 2) + request("guest-ping", None, 3))
        peer.quiet(0.05, "before the command in front has ended")
        peer.exactly(returned({}, 1) + returned(2, 2) + returned({}, 3), "replies")


@case
def an_error_reply_waits_for_its_turn(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 100}, 1) + b"[] {} @ " + request("guest-ping", None, 2))
        first, *errors, last = peer.lines(5)
        same(first, returned({}, 1), "first reply")
        check(all(line.startswith(b'{"error"') for line in errors), f"three errors in between, not {errors}")
        same(last, returned({}, 2), "last reply")


def processor_time(agent):
    """Of each of its processes, in nanoseconds, as far as the kernel counts it."""
    return [proctree.read(pid, "schedstat").split()[:1] for pid in agent.tree()]


def rested(agent, seconds=0.3):
    before = processor_time(agent)
    time.sleep(seconds)
    return processor_time(agent) == before


@case
def a_burst_of_requests_leaves_nobody_awake(lab):
    """Front and workers stay awake for what they expect at once, but not for ever."""
    agent = lab.start("--worker-idle", "60000")
    with agent.connect() as peer:
        for number in range(300):
            same(peer.call("echo", {"data": f"text {number}"}), {"data": f"text {number}"}, "value")
        check(any(times for times in processor_time(agent)), "the kernel counts no processor time")
        proctree.wait_for("all to sleep", PATIENCE, lambda: rested(agent))


@case
def a_command_without_a_reply_keeps_the_order(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.push(request("echo", {"data": "a"}) + request("silent", None, 7) + request("echo", {"data": "b"}))
        peer.exactly(returned({"data": "a"}) + returned({"data": "b"}), "replies")


@case
def a_short_command_and_a_sync_give_two_replies(lab):
    agent = lab.start("--sync-grace", "10000")
    with agent.connect() as peer:
        for number in range(50):
            peer.push(request("echo", {"data": "short"}, number) + sync(number))
            peer.exactly(returned({"data": "short"}, number) + sync_reply(number), "replies in order")


@case
def a_sync_waits_for_a_command_within_the_grace(lab):
    agent = lab.start("--sync-grace", "10000")
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 200}, 1) + sync(2))
        peer.exactly(returned({}, 1) + sync_reply(2), "replies")


@case
def a_sync_overtakes_a_running_command(lab):
    agent = lab.start(*GRACE)
    done = lab.path("done")
    with agent.connect() as peer:
        peer.ask("touch", {"path": done, "ms": 700}, "abandoned")
        peer.push(sync(1))
        peer.exactly(sync_reply(1), "the sync's reply alone")
        check(not os.path.exists(done), "the reply came only after the command had ended")
        same(peer.call("guest-ping"), {}, "the next request")
        proctree.wait_for("the abandoned command runs to its end", PATIENCE, lambda: os.path.exists(done))
        peer.quiet(0.2, "from the abandoned command")
        peer.works()


@case
def a_sync_without_delimiter_overtakes_too(lab):
    agent = lab.start(*GRACE)
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 700}, "abandoned") + request("guest-sync", {"id": 9}))
        peer.exactly(returned(9), "the sync's reply alone")
        same(peer.take_quiet(0.9), b"", "from the abandoned command")


@case
def a_sync_that_comes_late_overtakes(lab):
    agent = lab.start(*GRACE)
    agent.uncounted = True
    with agent.connect() as peer:
        peer.ask("sleep", {"ms": LONG})
        peer.quiet(0.3, "while nobody syncs the command may take as long as it likes")
        peer.push(sync(3))
        peer.exactly(sync_reply(3), "the sync's reply alone")


@case
def a_sync_drops_what_has_not_started(lab):
    agent = lab.start(*GRACE)
    agent.uncounted = True
    never = lab.path("never")
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": LONG}, 1) + request("touch", {"path": never}, 2) + b"@ " +
                  request("guest-ping", None, 3) + sync(4) + request("echo", {"data": "behind"}, 5))
        peer.exactly(sync_reply(4) + returned({"data": "behind"}, 5), "the sync's reply and the one behind it")
    check(not os.path.exists(never), "a dropped command ran")


@case
def a_sync_keeps_commands_that_survive_it(lab):
    agent = lab.start(*AMPLE)
    agent.uncounted = True
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": LONG}, 1) + request("echo", {"data": "no"}, 2) +
                  request("survive", {"ms": 5}, 3) + request("echo", {"data": "no"}, 4) +
                  request("survive", {"ms": 5}, 5) + sync(6))
        peer.exactly(returned({}, 3) + returned({}, 5) + sync_reply(6), "survivors, then the sync")


@case
def a_survivor_that_hangs_is_abandoned_too(lab):
    agent = lab.start(*GRACE)
    agent.uncounted = True
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": LONG}) + request("survive", {"ms": LONG}) + sync(6))
        peer.exactly(sync_reply(6), "the sync's reply alone")
        agent.wait_workers(2)


@case
def several_syncs_are_all_answered(lab):
    agent = lab.start(*AMPLE)
    agent.uncounted = True
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": LONG}) + sync(1) + sync(2) + request("echo", {"data": "x"}, "e") +
                  request("guest-sync", {"id": 3}) + sync(4) + request("guest-ping", None, "p"))
        peer.exactly(sync_reply(1) + sync_reply(2) + returned({"data": "x"}, "e") + returned(3) + sync_reply(4) +
                     returned({}, "p"), "replies")


@case
def the_grace_is_not_granted_to_each_command(lab):
    agent = lab.start("--sync-grace", "300")
    with agent.connect() as peer:
        started = time.monotonic()
        peer.push(request("sleep", {"ms": 200}) * 40 + sync(1))
        got = peer.until(sync_reply(1))
        check(time.monotonic() - started < 6, "all forty commands ran although a sync waited")
        check(got.count(b"\n") < 20, f"{got.count(b'return')} replies before the sync's")
        peer.works()


@case
def another_session_is_not_overtaken(lab):
    agent = lab.start(*GRACE)
    with agent.connect() as slow, agent.connect() as other:
        slow.ask("sleep", {"ms": 500}, "slow")
        other.push(request("sleep", {"ms": LONG}) + sync(1))
        other.exactly(sync_reply(1), "the sync of the other session")
        slow.exactly(returned({}, "slow"), "a reply that no sync of its session overtakes")
    agent.uncounted = True


@case
def a_cut_reply_is_closed_with_a_line_feed(lab):
    agent = lab.start(*GRACE)
    head = b'{"return": {"data": "'
    with agent.connect() as peer:
        peer.sock.sendall(request("big", {"size": BIG}))
        worker = agent.full_worker(peer)
        agent.stop_worker(worker)
        peer.sock.sendall(sync(7))
        got = peer.until(sync_reply(7))
        same(got.count(b"\n"), 2, "line feeds")
        cut = got[:-len(sync_reply(7)) - 1]
        check(cut == head + b"x" * (len(cut) - len(head)), "what was cut is the beginning of the reply")
        check(len(head) < len(cut) < BIG, f"the reply was cut at {len(cut)} bytes")
        same(peer.call("echo", {"data": "next"}), {"data": "next"}, "the next reply, from another worker")
        agent.resume(worker)
        peer.quiet(0.2, "from the abandoned reply")
        peer.works()


@case
def a_slow_reader_is_not_a_hanging_command(lab):
    agent = lab.start("--sync-grace", "200")
    with agent.connect() as peer:
        peer.sock.sendall(request("big", {"size": BIG}, 1))
        check(select.select([peer.sock], [], [], PATIENCE)[0], "the reply begins")
        peer.sock.sendall(sync(7))
        time.sleep(0.8)
        peer.exactly(returned({"data": "x" * BIG}, 1) + sync_reply(7), "the whole reply, then the sync's")


@case
def a_sync_is_answered_while_no_worker_can_be_started(lab):
    agent = lab.start(*GRACE)
    os.kill(agent.zygote, signal.SIGSTOP)
    try:
        with agent.connect() as peer:
            peer.push(request("echo", {"data": "late"}, 1) + sync(1) + request("guest-ping", None, 2))
            peer.exactly(sync_reply(1) + returned({}, 2), "replies")
    finally:
        os.kill(agent.zygote, signal.SIGCONT)
    agent.works()
