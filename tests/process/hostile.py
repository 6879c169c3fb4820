# SPDX-License-Identifier: MIT
"""Clients that mean harm, or are broken enough to look like it: bounded memory, other sessions served (section 6)."""

import itertools
import json
import resource
import select
import time

import proctree
from cases import PATIENCE, case, check, same
from peer import AgentDied, request, returned, sync, sync_reply

KIB, MIB = 1 << 10, 1 << 20
SESSIONS = 64
QUEUE = 64
BUDGET = 256 * MIB      # requests of all sessions together
TOKENS = 64 * MIB - 1   # one request, white space not counted
DEPTH = 1024
ID = MIB
SOCKETS = MIB           # what the kernel may hold of one connection
LONG = 60000
OPEN = b'{"execute":"__org.virtagent_test-echo","arguments":{"data":"'


def push_until_stuck(peer, data, most, quiet=0.3):
    """Writes copies of `data` without reading, until nothing is taken any more; returns the bytes written."""
    done, waiting_since = 0, None
    view = memoryview(data)
    while done < most:
        try:
            done += peer.sock.send(view[done % len(data):])
            waiting_since = None
        except BlockingIOError:
            waiting_since = waiting_since or time.monotonic()
            if time.monotonic() - waiting_since > quiet:
                break
            time.sleep(0.005)
    return done


class Watch:
    """Memory of an agent compared with what it had when this was made."""

    def __init__(self, lab, agent):
        self.on, self.agent = not lab.sanitized, agent
        self.before = agent.memory() if self.on else 0

    def within(self, limit, when):
        if not self.on:
            return
        more = self.agent.memory() - self.before
        check(more <= limit, f"{more >> 20} MiB more than at the start {when}, at most {limit >> 20} were expected")


    def settles(self, limit, when):
        """The same, given time: memory of a large request is kept as long as the next one may come soon."""
        if self.on:
            proctree.wait_for(f"at most {limit >> 20} MiB more than at the start {when}", PATIENCE,
                              lambda: self.agent.memory() - self.before <= limit)


@case
def half_a_request_then_silence(lab):
    agent = lab.start()
    silent = [agent.connect() for _ in range(40)]
    for number, peer in enumerate(silent):
        peer.push(request("echo", {"data": "x" * number})[:-number - 1])
    agent.works()
    for peer in silent:
        peer.close()


@case
def a_flood_without_reading(lab):
    agent = lab.start()
    watch = Watch(lab, agent)
    one = request("guest-info")
    with agent.connect() as flood:
        done = push_until_stuck(flood, one, 64 * MIB)
        check(done < 64 * MIB, "the agent read 64 MiB of requests whose replies nobody takes")
        watch.within(16 * MIB, "after a flood")
        agent.works()
        flood.push(one[done % len(one):] if done % len(one) else b"")
        whole = -(-done // len(one))
        check(all(line.startswith(b'{"return"') for line in flood.lines(whole)), "all requests are answered")
        flood.works()


@case
def a_flood_for_workers_without_reading(lab):
    agent = lab.start()
    watch = Watch(lab, agent)
    one = request("big", {"size": 100000})
    with agent.connect() as flood:
        done = push_until_stuck(flood, one, 64 * MIB)
        check(done < 64 * MIB, "the agent read 64 MiB of requests whose replies nobody takes")
        watch.within(16 * MIB, "after a flood")
        agent.works()
        flood.push(one[done % len(one):] if done % len(one) else b"")
        whole = -(-done // len(one))
        for _ in range(min(whole, 200)):
            same(flood.line(), returned({"data": "x" * 100000}), "reply")


@case
def a_flood_from_many_clients(lab):
    agent = lab.start()
    watch = Watch(lab, agent)
    floods = [agent.connect() for _ in range(SESSIONS - 2)]
    for flood in floods:
        push_until_stuck(flood, request("guest-info") * 100, 4 * MIB, quiet=0.01)
    watch.within(SESSIONS * MIB, "after a flood from many clients")
    agent.works()
    for flood in floods:
        flood.close()


@case
def a_mebibyte_of_control_bytes(lab):
    agent = lab.start()
    watch = Watch(lab, agent)
    with agent.connect() as peer:
        peer.push(b"\x01" * MIB + sync(1))
        got = peer.until(sync_reply(1))
        same(got.count(b"\n"), MIB + 1, "replies: one error for each byte and the sync's")
        watch.within(16 * MIB, "after control bytes")
        peer.works()


@case
def control_bytes_without_reading(lab):
    agent = lab.start()
    watch = Watch(lab, agent)
    with agent.connect() as peer:
        done = push_until_stuck(peer, b"\x01" * 65536, 16 * MIB)
        check(done < 16 * MIB, "the agent goes on reading although nobody takes its errors")
        watch.within(16 * MIB, "after control bytes")
        agent.works()


@case
def garbage_behind_a_running_command(lab):
    agent = lab.start()
    watch = Watch(lab, agent)
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 500}, 1))
        done = push_until_stuck(peer, b"\x01" * 65536, 16 * MIB, quiet=0.2)
        check(done < 16 * MIB, "the agent goes on reading although the errors have to wait")
        watch.within(16 * MIB, "after garbage")
        agent.works()
        same(peer.line(), returned({}, 1), "the reply in front of the errors")


@case
def a_thousand_connections(lab):
    agent = lab.start()
    watch = Watch(lab, agent)
    peers = [agent.connect() for _ in range(SESSIONS)]
    for number, peer in enumerate(peers):
        peer.push(sync(number))
        peer.exactly(sync_reply(number), "a session within the limit")
    for _ in range(1000 - SESSIONS):
        with agent.connect() as late:
            got = late.to_end()
            check(b"limit exceeded" in got and b"64 sessions" in got, f"a client past the limit got {got}")
    for peer in peers:
        peer.works()
    watch.within(SESSIONS * 3 * MIB, "with all sessions and their workers")
    for peer in peers:
        peer.close()
    agent.compare_fds()
    agent.works()


@case
def a_thousand_connections_at_once(lab):
    agent = lab.start()
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = min(1000, files[0] - 100)
    peers = []
    for _ in range(many):
        peers.append(agent.connect())
    served = 0
    for number, peer in enumerate(peers):
        try:
            peer.push(sync(number))
        except AgentDied:
            pass
        got = peer.take_lines(1, PATIENCE)
        served += got == sync_reply(number)
        check(got == sync_reply(number) or b"64 sessions" in got, f"client {number} got {got}")
    same(served, SESSIONS, "clients served")
    for peer in peers:
        peer.close()
    agent.compare_fds()
    agent.works()


@case
def sessions_come_and_go_at_the_limit(lab):
    agent = lab.start()
    peers = [agent.connect() for _ in range(SESSIONS)]
    for number in range(200):
        peers.pop(0).close()
        peers[-1].push(sync(number))
        peers[-1].exactly(sync_reply(number), "a session at the limit")

        def connect():
            peer = agent.connect()
            try:
                peer.push(sync(1))
                if peer.line() == sync_reply(1):
                    return peer
            except AgentDied:
                pass
            peer.close()
            return None

        peers.append(proctree.wait_for("the free place is given", PATIENCE, connect))
    for peer in peers:
        peer.close()


@case
def the_largest_request_then_garbage(lab):
    agent = lab.start("--worker-idle", "50")
    watch = Watch(lab, agent)
    size = TOKENS - len(OPEN) - 3
    with agent.connect() as peer:
        peer.push(OPEN + b"y" * size + b'"}}')
        same(peer.line(), returned({"data": "y" * size}), "echo of the largest request")
        peer.push(OPEN + b"y" * (size + 1) + b'"}}')
        check("size limit exceeded" in peer.error_line(), "the error names the limit")
        peer.push(b"@@@@\n" + b"}]{[" * 1000 + sync(5))
        peer.until(sync_reply(5))
        peer.works()
        agent.wait_workers(0)
        watch.settles(4 * MIB, "after the largest request")


@case
def a_request_without_end(lab):
    agent = lab.start()
    watch = Watch(lab, agent)
    with agent.connect() as peer:
        peer.push(OPEN)
        for _ in range(100):
            peer.push(b"z" * MIB)
        check("size limit exceeded" in peer.error_line(), "the error names the limit")
        agent.works()
        peer.quiet(0.05, "behind the one error")
        peer.push(b'"}}' + request("guest-ping", None, "after"))
        peer.exactly(returned({}, "after"), "the request behind it")
        watch.within(8 * MIB, "after a request without end")


@case
def white_space_without_end(lab):
    agent = lab.start()
    watch = Watch(lab, agent)
    with agent.connect() as peer:
        peer.push(b" \n\t\r" * (10 * MIB) + request("guest-ping", None, 1))
        peer.exactly(returned({}, 1), "the request behind it")
        watch.within(4 * MIB, "after white space")


@case
def many_large_requests_at_once(lab):
    agent = lab.start("--sync-grace", "60000")
    watch = Watch(lab, agent)
    each = 50 * MIB
    with agent.connect() as other:
        peers = [agent.connect() for _ in range(8)]
        for peer in peers:
            peer.push(OPEN + b"y" * each)
        watch.within(BUDGET + 32 * MIB, "with eight half requests of 50 MiB")
        other.works()
        for peer in peers:
            peer.push(b'"}}' + sync(1))
        refused = 0
        for peer in peers:
            got = peer.until(sync_reply(1))
            if b"limit exceeded" in got:
                check(str(BUDGET).encode() in got, f"the error names the limit: {got}")
                refused += 1
            else:
                same(got, returned({"data": "y" * each}) + sync_reply(1), "a request that found room")
        check(0 < refused < len(peers), f"{refused} of eight requests refused")
        for peer in peers:
            peer.push(OPEN + b"y" * (2 * MIB) + b'"}}')
            same(peer.line(), returned({"data": "y" * (2 * MIB)}), "the same session afterwards")
            peer.close()
        agent.works()


@case
def many_large_requests_in_one_queue(lab):
    agent = lab.start()
    watch = Watch(lab, agent)
    with agent.connect() as peer:
        with agent.held_up(peer, "first"):
            for number in range(8):
                peer.push(b'{"id":%d,' % number + OPEN[1:] + b"y" * (48 * MIB) + b'"}}')
            watch.within(BUDGET + 32 * MIB, "with eight queued requests of 48 MiB")
        same(peer.line(), returned({}, "first"), "the first reply")
        got = [peer.line() for _ in range(8)]
        done = [number for number in range(8)
                if got[number] == returned({"data": "y" * (48 * MIB)}, number)]
        refused = [line for line in got if b"limit exceeded" in line[:200]]
        check(done and refused and len(done) + len(refused) == 8, f"{len(done)} done, {len(refused)} refused")
        peer.works()


def fill_budget(agent):
    """Clients that together hold all memory there is for requests, to the last few bytes."""
    peers = []

    def push(data):
        peers[-1].push(data)
        proctree.wait_for("the agent has read it", PATIENCE, lambda: not peers[-1].unread())

    for size in [60 * MIB] * 4 + [MIB // 2] * 16 + [80000] * 12:
        peers.append(agent.connect())
        push(OPEN + b"y" * size)
    for size in (30000, 5000, 1000, 100, 0):
        peers.append(agent.connect())
        push(request("sleep", {"ms": LONG}))
        push(request("guest-ping", None, "y" * size if size else None) * (QUEUE - 4))
    return peers


@case
def no_reply_is_lost_when_memory_is_used_up(lab):
    agent = lab.start()
    agent.uncounted = True
    with agent.connect() as peer:
        with agent.held_up(peer, "first"):
            others = fill_budget(agent)
            peer.push(b"[] " * 10 + request("no-such-command", None, 1) * 10)
            proctree.wait_for("the agent has read it", PATIENCE, lambda: not peer.unread())
        same(peer.line(), returned({}, "first"), "first reply")
        for other in others:
            other.close()
        for number in range(20):
            check(b'"error"' in peer.line(), f"error {number}")
        peer.push(sync(1))
        peer.exactly(sync_reply(1), "nothing but the sync's reply is left")


@case
def other_sessions_are_served_when_memory_is_used_up(lab):
    agent = lab.start()
    agent.uncounted = True
    with agent.connect() as peer:
        others = fill_budget(agent)
        same(peer.call("guest-ping"), {}, "a ping")
        check("limit exceeded" in peer.error("echo", {"data": "z" * 8 * MIB}), "a large request is refused")
        peer.works()
        for other in others:
            other.close()


@case
def large_ids_in_many_queues(lab):
    """An id takes up to six times its bytes in the reply: that memory counts too."""
    agent = lab.start()
    watch = Watch(lab, agent)
    one = b'{"execute":"guest-ping","id":"' + b"\x7f" * 30000 + b'"}'
    peers = [agent.connect() for _ in range(SESSIONS)]
    for peer in peers:
        peer.push(request("sleep", {"ms": LONG}))
        peer.sock.setblocking(True)
        peer.sock.settimeout(0.2)
        try:
            peer.sock.sendall(one * (QUEUE - 1))
        except TimeoutError:
            pass
    watch.within(BUDGET + SESSIONS * 3 * MIB, "with full queues of requests with large ids")
    agent.uncounted = True


@case
def deep_nesting(lab):
    agent = lab.start()
    with agent.connect() as peer:
        inner = DEPTH - 3
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            peer.push(b'{"execute":"guest-ping","arguments":{"a":' + opening * inner + b"1" + closing * inner + b"}}")
            check("'a'" in peer.error_line(), "within the limit only the argument is wrong")
            peer.push(b'{"execute":"guest-ping","arguments":{"a":' + opening * DEPTH + b"1" + closing * DEPTH + b"}}")
            check("nesting depth limit exceeded" in peer.error_line(), "past it, the limit")
            peer.works()
        peer.push(b"[" * (4 * MIB) + b"]" * (4 * MIB))
        check("nesting depth limit exceeded" in peer.error_line(), "4 million brackets make one error")
        peer.works()
        peer.push(b"[" * MIB + sync(3))
        same(peer.lines(2)[1], sync_reply(3), "a sync in the middle")


@case
def too_many_tokens(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.push(b"[" + b"1," * 1500000 + b"1]")
        check("token count limit exceeded" in peer.error_line(), "the error names the limit")
        peer.works()


def members(names):
    inner = b",".join(b'"%s":1' % name for name in names)
    return b'{"execute":"__org.virtagent_test-front","arguments":{' + inner + b"}}"


@case
def an_object_with_half_a_million_members(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.push(members(b"m%d" % number for number in range(500000)))
        check("is unexpected" in peer.error_line(), "only the names are wrong")
        peer.works()


@case
def names_that_collide_in_simple_hashes(lab):
    """All products of these pieces have one value under the usual hash of h * 33 + c."""
    names = [b"".join(pieces) for pieces in itertools.product((b"Ez", b"FY", b"G8"), repeat=11)]
    agent = lab.start()
    with agent.connect() as peer:
        peer.push(members(names))
        check("is unexpected" in peer.error_line(), "only the names are wrong")
        peer.push(members(b"%d%s" % (number, b"0" * 300) for number in range(50000)))
        check("is unexpected" in peer.error_line(), "names that end alike")
        peer.works()


@case
def a_duplicate_among_many_names(lab):
    agent = lab.start()
    names = [b"m%d" % number for number in range(100000)]
    with agent.connect() as peer:
        for at in (0, 50000, 99999):
            peer.push(members(names + [names[at]]))
            check("duplicate key" in peer.error_line(), f"name {at} again")
        peer.push(members(names + [b"m\\u0031"]))
        check("duplicate key" in peer.error_line(), "the same name, escaped")
        peer.works()


@case
def an_id_that_is_too_long(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.push(request("guest-ping", None, "i" * (ID - 2)))
        same(peer.line(), returned({}, "i" * (ID - 2)), "the longest id")
        peer.push(request("guest-ping", None, "i" * (ID - 1)))
        check(str(ID) in peer.error_line(), "the error names the limit")
        peer.push(b'{"execute":"guest-ping","id":"' + b"\x7f" * (ID // 6 + 1) + b'"}')
        check(str(ID) in peer.error_line(), "so it does when only the reply is too long")
        peer.push(request("echo", {"data": "x"}, ["i" * ID]))
        check(str(ID) in peer.error_line(), "for a worker's command too")
        peer.works()


@case
def a_queue_holds_sixty_four(lab):
    agent = lab.start()
    size, count = 30000, 1000
    whole = b"".join(request("front", {"n": number}, "i" * size) for number in range(count))
    with agent.connect() as peer:
        with agent.held_up(peer, "first"):
            watch = Watch(lab, agent)
            done = push_until_stuck(peer, whole, len(whole))
            check(done < (QUEUE + 2) * (size + 100) + 2 * SOCKETS, f"{done} bytes of requests were taken")
            check(done > QUEUE * size, f"only {done} bytes of requests were taken")
            watch.within(16 * MIB, "with a full queue")
        peer.push(whole[done:])
        same(peer.line(), returned({}, "first"), "first reply")
        for number in range(count):
            same(peer.line(), returned(number, "i" * size), f"reply {number}")


@case
def twenty_thousand_requests_behind_one(lab):
    agent = lab.start()
    with agent.connect() as peer:
        peer.push(request("sleep", {"ms": 100}, "first") +
                  b"".join(request("front", {"n": number}) for number in range(20000)))
        same(peer.line(), returned({}, "first"), "first reply")
        same(b"".join(peer.lines(20000)), b"".join(returned(number) for number in range(20000)), "replies in order")


@case
def a_reader_of_single_bytes(lab):
    agent = lab.start()
    watch = Watch(lab, agent)
    size = 10 * MIB
    with agent.connect() as slow, agent.connect() as other:
        slow.sock.sendall(request("big", {"size": size}))
        got = b""
        for number in range(1500):
            try:
                got += slow.sock.recv(1)
            except BlockingIOError:
                time.sleep(0.001)
            if number % 10 == 0:
                same(other.call("guest-ping"), {}, "another session meanwhile")
        other.works()
        watch.within(size * 3 + 8 * MIB, "with a slow reader")
        got += slow.line()
        same(got, returned({"data": "x" * size}), "the whole reply")


@case
def a_reader_that_never_catches_up(lab):
    """It always has replies waiting: what has been written must not count any more."""
    agent = lab.start()
    count, tag = 2000, "t" * 10000
    data = b"".join(request("front", {"n": number}, tag) for number in range(count))
    with agent.connect() as peer:
        sent, got = 0, bytearray()
        while sent < len(data):
            sent += push_until_stuck(peer, data[sent:], len(data) - sent, quiet=0.02)
            check(select.select([peer.sock], [], [], PATIENCE)[0], "replies come")
            got += peer.sock.recv(65536)
        for number in range(count):
            while b"\n" not in got:
                got += peer.line()
            at = got.index(b"\n") + 1
            same(bytes(got[:at]), returned(number, tag), f"reply {number}")
            del got[:at]


@case
def everybody_reads_slowly(lab):
    agent = lab.start()
    with agent.connect() as other:
        peers = [agent.connect() for _ in range(20)]
        for number, peer in enumerate(peers):
            peer.sock.sendall(request("big", {"size": 3 * MIB}, number) + request("guest-info"))
        other.works()
        for number, peer in enumerate(peers):
            same(peer.line(), returned({"data": "x" * (3 * MIB)}, number), "large reply")
            check(b'"version"' in peer.line(), "guest-info behind it")
            peer.close()


@case
def no_descriptors_left(lab):
    """Clients that cannot be accepted wait; the log and the processor do not run hot meanwhile."""
    limit = 32
    agent = lab.start(before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
    with agent.connect() as first:
        same(first.call("guest-ping"), {}, "before")
        peers = [agent.connect() for _ in range(limit + 10)]
        time.sleep(0.1)
        written = len(agent.complaint()), agent.log.seek(0, 2)
        time.sleep(0.3)
        check(agent.log.seek(0, 2) - written[1] < 100000, "the log grows by megabytes while no descriptor is free")
        same(first.call("guest-ping"), {}, "a session that exists")
        check("Too many open files" in json.dumps(first.error("echo", {"data": "x"})), "a command that needs a worker")
        check("Too many open files" in first.error("echo", {"data": "x" * 200000}), "a request that needs memory")
        for peer in peers:
            peer.close()
        first.works()
    agent.works()
