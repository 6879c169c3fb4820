# SPDX-License-Identifier: MIT
"""Clients that go away at any point: what they asked for is done, nobody else is harmed (section 4, point 6)."""

import os
import time

import proctree
from cases import PATIENCE, case, check, same
from peer import request, returned, sync, sync_reply

BIG = 32 << 20


def wait_for_file(path):
    proctree.wait_for(f"{os.path.basename(path)} was made", PATIENCE, lambda: os.path.exists(path))


@case
def half_a_request_is_not_completed_by_the_next_client(lab):
    agent = lab.start()
    made = lab.path("made")
    whole = request("touch", {"path": made})
    for at in (1, len(whole) // 2, len(whole) - 1):
        with agent.connect() as peer:
            peer.push(whole[:at])
        with agent.connect() as peer:
            peer.push(whole[at:] + sync(at))
            got = peer.until(sync_reply(at))
            check(b'"return"' not in got[:-len(sync_reply(at))], f"half a request was completed: {got}")
    check(not os.path.exists(made), "half a request of one client was completed by another")


@case
def leaving_after_every_byte_of_a_request(lab):
    agent = lab.start()
    whole = request("echo", {"data": "some text"}, 1)
    for at in range(len(whole) + 1):
        with agent.connect() as peer:
            peer.push(whole[:at])
    agent.works()


@case
def leaving_after_every_byte_of_a_reply(lab):
    agent = lab.start()
    reply = returned({"data": "some text"}, 1)
    for at in range(1, len(reply)):
        with agent.connect() as peer:
            peer.ask("echo", {"data": "some text"}, 1)
            peer.sock.setblocking(True)
            peer.sock.settimeout(PATIENCE)
            got = peer.sock.recv(at)
            same(got, reply[:len(got)], "the beginning of the reply")
    agent.works()


@case
def a_thousand_clients_one_after_another(lab):
    agent = lab.start()
    for number in range(1000):
        with agent.connect() as peer:
            peer.push(sync(number))
            peer.exactly(sync_reply(number), "sync reply")


@case
def queued_requests_still_run(lab):
    agent = lab.start()
    files = [lab.path(f"made{number}") for number in range(5)]
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 100}) + b"".join(request("touch", {"path": path}) for path in files))
    with agent.connect() as peer:
        same(peer.call("guest-ping"), {}, "the next client's first reply")
        for path in files:
            wait_for_file(path)
        peer.quiet(0.1, "what belongs to another client")


@case
def the_running_command_is_not_waited_for(lab):
    agent = lab.start()
    made = lab.path("made")
    with agent.connect() as peer:
        peer.ask("touch", {"path": made, "ms": 1000})
    agent.works()
    check(not os.path.exists(made), "the next client had to wait")
    wait_for_file(made)


@case
def a_request_cut_behind_complete_ones(lab):
    agent = lab.start()
    made, never = lab.path("made"), lab.path("never")
    with agent.connect() as peer:
        peer.push(request("touch", {"path": made, "ms": 50}) + request("touch", {"path": never})[:-1])
    wait_for_file(made)
    agent.works()
    check(not os.path.exists(never), "half a request ran")


@case
def what_needs_its_client_is_not_started_without_it(lab):
    agent = lab.start()
    never, made = lab.path("never"), lab.path("made")
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 200}) + request("need-peer", {"path": never}) +
                  request("touch", {"path": made}))
    wait_for_file(made)
    check(not os.path.exists(never), "a command that needs its client ran after the client had left")


@case
def what_needs_its_client_is_not_started_behind_a_large_reply(lab):
    agent = lab.start()
    never, made = lab.path("never"), lab.path("made")
    with agent.connect() as peer:
        peer.sock.sendall(request("big", {"size": BIG}) + request("need-peer", {"path": never}) +
                          request("touch", {"path": made}))
        time.sleep(0.1)
    wait_for_file(made)
    check(not os.path.exists(never), "a command that needs its client ran after the client had left")


@case
def what_needs_its_client_runs_while_it_is_there(lab):
    agent = lab.start()
    made = lab.path("made")
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 50}) + request("need-peer", {"path": made}))
        peer.half_close()
        same(peer.to_end(), returned({}) * 2, "replies to a client that only stopped sending")
    check(os.path.exists(made), "the command did not run")


@case
def what_needs_its_client_is_not_started_when_it_leaves_in_two_steps(lab):
    agent = lab.start()
    never, made = lab.path("never"), lab.path("made")
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 150}) + request("need-peer", {"path": never}) +
                  request("touch", {"path": made}))
        peer.half_close()
        time.sleep(0.05)
    wait_for_file(made)
    check(not os.path.exists(never), "a command that needs its client ran after the client had left")


@case
def a_client_that_stops_sending_gets_its_replies(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 100}, 1) + request("guest-ping", None, 2) + request("echo", {"data": "x"}, 3))
        peer.half_close()
        same(peer.to_end(), returned({}, 1) + returned({}, 2) + returned({"data": "x"}, 3), "replies, then the end")
    with agent.connect() as peer:
        peer.half_close()
        same(peer.to_end(), b"", "what a client gets that asks nothing")
    with agent.connect() as peer:
        peer.push(request("guest-ping") + b'{"execute":')
        peer.half_close()
        same(peer.to_end(), returned({}), "the reply to the whole one of one and a half requests")


@case
def a_client_that_stops_sending_gets_a_large_reply(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.push(request("big", {"size": BIG}, 1))
        peer.half_close()
        time.sleep(0.2)
        same(peer.to_end(), returned({"data": "x" * BIG}, 1), "the large reply, then the end")


@case
def leaving_during_a_large_reply(lab):
    agent = lab.start()
    for taken in (1, 1000, 300000, 5000000):
        with agent.connect() as peer:
            peer.ask("big", {"size": BIG})
            peer.sock.setblocking(True)
            peer.sock.settimeout(PATIENCE)
            while taken > 0:
                taken -= len(peer.sock.recv(min(taken, 65536)))
        with agent.connect() as peer:
            same(peer.call("guest-ping"), {}, "the next client's first reply")
            peer.works()
    agent.compare_fds()


@case
def leaving_during_a_large_request(lab):
    agent = lab.start()
    whole = request("echo", {"data": "y" * (4 << 20)})
    for at in (70000, 1 << 20, len(whole) - 1, len(whole)):
        with agent.connect() as peer:
            peer.sock.setblocking(True)
            peer.sock.sendall(whole[:at])
        agent.works()
    agent.compare_fds()


@case
def leaving_while_the_agent_does_not_read(lab):
    """More requests wait than the agent reads ahead: it must still notice that nobody is there."""
    agent = lab.start()
    never, made = lab.path("never"), lab.path("made")
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 200}) + request("need-peer", {"path": never}) +
                  request("touch", {"path": made}) + request("guest-ping") * 200)
    wait_for_file(made)
    check(not os.path.exists(never), "a command that needs its client ran after the client had left")
