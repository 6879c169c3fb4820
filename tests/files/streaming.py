# SPDX-License-Identifier: MIT
"""Large reads and writes: there and back, cut anywhere, read slowly, overtaken by a sync (design, sections 3 and 4; row 52)."""

import base64
import json
import os
import signal
import time
import zlib

import footprint
import proctree
from cases import PATIENCE, case, check, same
from host import COUNT_MAX, MIB, encode
from peer import AgentDied, sync, sync_reply

GRACE = ("--sync-grace", "30")
LARGEST = COUNT_MAX - 3 * 64
BUSY = "handle '{}' is busy"


def write_request(handle, data):
    return b'{"execute":"guest-file-write","arguments":{"handle":%d,"buf-b64":"%s"}}' % (handle, base64.b64encode(data))


def drain_read(host, handle, count):
    """A read of which only length and end are looked at."""
    host.ask("guest-file-read", {"handle": handle, "count": count})
    line = host.line()
    check(line.startswith(b'{"return": {') and len(line) > count // 3 * 4, f"{len(line)} bytes came: {line[:60]}")
    return line


def streamed(line):
    """Data and eof of a large reply; the members stand in the order of the stream."""
    head, tail = b'{"return": {"buf-b64": "', b"}\n"
    check(line.startswith(head) and line.endswith(tail), f"no streamed reply: {line[:60]} ... {line[-60:]}")
    value = json.loads(line)["return"]
    same(list(value), ["buf-b64", "count", "eof"], "members")
    data = base64.b64decode(value["buf-b64"], validate=True)
    same(value["count"], len(data), "count")
    return data, value["eof"]


def exclude(got, wanted, what):
    """Compares large data without printing it."""
    if got != wanted:
        at = next((n for n in range(min(len(got), len(wanted))) if got[n] != wanted[n]), min(len(got), len(wanted)))
        same(f"{len(got)} bytes, different from {at}", f"{len(wanted)} bytes", what)


@case
def the_largest_there_and_back(lab):
    agent = lab.start()
    data = lab.rng.randbytes(LARGEST)
    path = lab.file("file")
    with lab.host(agent) as host:
        handle = host.open(path, "w+")
        host.push(write_request(handle, data))
        same(host.reply(), {"return": {"count": LARGEST, "eof": False}}, "reply")
        with open(path, "rb") as file:
            same(zlib.crc32(file.read()), zlib.crc32(data), "checksum of the file")
        host.write_whole(handle, b"x" * (COUNT_MAX - LARGEST))
        host.seek(handle, 0)
        host.ask("guest-file-read", {"handle": handle, "count": COUNT_MAX}, 1)
        got, end = streamed(host.line().replace(b', "id": 1}\n', b"}\n"))
        exclude(got, data + b"x" * (COUNT_MAX - LARGEST), "48 MiB read")
        same(end, False, "exactly the rest is not the end")
        same(host.read(handle, COUNT_MAX), (b"", True), "the end")
        host.close_handle(handle)


@case
def replies_around_a_mebibyte(lab):
    """Up to 1 MiB of data the members come in the order of the schema, above that in the order of the stream."""
    agent = lab.start()
    data = lab.rng.randbytes(3 * MIB)
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", data))
        for count in (MIB - 1, MIB):
            host.seek(handle, 0)
            line = drain_read(host, handle, count)
            same(line, b'{"return": {"count": %d, "buf-b64": "%s", "eof": false}}\n' % (count, base64.b64encode(data[:count])), "reply")
        for count in (MIB + 1, MIB + 2, MIB + 3, 2 * MIB, 3 * MIB):
            host.seek(handle, 0)
            same(streamed(drain_read(host, handle, count)), (data[:count], False), f"{count} bytes")
        for count in (3 * MIB + 1, COUNT_MAX):
            host.seek(handle, 0)
            same(host.read(handle, count), (data, True), f"{count} bytes")
        host.seek(handle, 2 * MIB + 5)
        same(host.read(handle, COUNT_MAX), (data[2 * MIB + 5:], True), "little is left of a large count")
        same(host.read(handle, COUNT_MAX), (b"", True), "nothing is left")
        host.close_handle(handle)


@case
def a_file_in_pieces(lab):
    agent = lab.start()
    data = lab.rng.randbytes(9 * MIB + 12345)
    with lab.host(agent) as host:
        for piece in (4096, 65536, 99999, MIB, 3 * MIB + 1):
            source, target = host.open(lab.file("file", data)), host.open(lab.file("copy"), "w")
            if piece < 60000:
                host.seek(source, 8 * MIB)
            end = False
            while not end:
                got, end = host.read(source, piece)
                host.write_whole(target, got)
            host.close_handle(source)
            host.close_handle(target)
            with open(lab.file("copy"), "rb") as copy:
                exclude(copy.read(), data[8 * MIB:] if piece < 60000 else data, f"copied in pieces of {piece}")


@case
def a_file_that_grows_and_shrinks_under_a_large_read(lab):
    """The count is what was read, whatever the size was at the start."""
    agent = lab.start()
    path = lab.file("file", b"a" * (40 * MIB))
    with lab.host(agent) as host:
        for size in (60 * MIB, 10 * MIB, 0):
            handle = host.open(path)
            host.sock.sendall(host.request("guest-file-read", {"handle": handle, "count": COUNT_MAX}))
            agent.full_worker(host)     # the first blocks wait for somebody to take them
            os.truncate(path, size)
            data, end = streamed(host.line())
            check(0 < len(data) <= COUNT_MAX and end == (len(data) < COUNT_MAX), f"{len(data)} bytes, end {end}")
            host.close_handle(handle)
            with open(path, "wb") as file:
                file.write(b"a" * (40 * MIB))


@case
def clients_that_leave_in_the_middle_of_a_reply(lab):
    """At the start, at many places, near the end; its handle is free soon and the position is somewhere."""
    agent = lab.start()
    data = lab.rng.randbytes(12 * MIB)
    path = lab.file("file", data)
    reply = len(data) // 3 * 4
    points = {1, 10, 11, 30, 4096, 65535, 65536, MIB, 2 * MIB, reply - 100, reply, reply + 40,
              *(lab.rng.randrange(reply) for _ in range(12))}
    with lab.host(agent) as host:
        for point in sorted(points):
            handle = host.open(path)
            with lab.host(agent) as leaver:
                leaver.ask("guest-file-read", {"handle": handle, "count": len(data)})
                take(leaver, point)
            proctree.wait_for("the handle is free", PATIENCE, lambda handle=handle: is_free(host, handle))
            host.seek(handle, len(data) - 5)
            same(host.read(handle, 10), (data[-5:], True), "the handle works on")
            host.close_handle(handle)
        host.works()


def take(host, count):
    """The next `count` bytes."""
    got = b""
    host.sock.setblocking(True)
    host.sock.settimeout(PATIENCE)
    while len(got) < count:
        piece = host.sock.recv(min(65536, count - len(got)))
        check(piece, "the agent closed the connection")
        got += piece
    host.sock.setblocking(False)
    return got


def is_free(host, handle):
    host.ask("guest-file-flush", {"handle": handle})
    reply = host.reply()
    if "error" in reply:
        same(reply["error"]["desc"], BUSY.format(handle), "error")
    return "return" in reply


@case
def clients_that_leave_while_nobody_reads(lab):
    agent = lab.start()
    path = lab.file("file", bytes(20 * MIB))
    with lab.host(agent) as host:
        for wait in (0, 0.001, 0.01, 0.05, 0.2):
            handle = host.open(path)
            with lab.host(agent) as leaver:
                leaver.ask("guest-file-read", {"handle": handle, "count": 20 * MIB})
                time.sleep(wait)
            proctree.wait_for("the handle is free", PATIENCE, lambda handle=handle: is_free(host, handle))
            host.close_handle(handle)
        agent.wait_workers(len(agent.workers()))
        host.works()


@case
def clients_that_leave_in_the_middle_of_a_write(lab):
    """A request that is not whole does nothing."""
    agent = lab.start()
    data = lab.rng.randbytes(4 * MIB)
    path = lab.file("file")
    with lab.host(agent) as host:
        handle = host.open(path, "w")
        whole = write_request(handle, data)
        for point in (1, 100, 65536, MIB, len(whole) // 2, len(whole) - 2, len(whole) - 1):
            with lab.host(agent) as leaver:
                leaver.push(whole[:point])
                leaver.drain()
            same(host.seek(handle, 0, "cur"), 0, f"position after {point} of {len(whole)} bytes")
        same(os.stat(path).st_size, 0, "size")
        host.close_handle(handle)


@case
def a_write_whose_client_does_not_wait(lab):
    """Complete requests are carried out (clients fire and forget)."""
    agent = lab.start()
    data = lab.rng.randbytes(6 * MIB)
    path = lab.file("file")
    with lab.host(agent) as host:
        handle = host.open(path, "w")
        with lab.host(agent) as leaver:
            leaver.push(write_request(handle, data))
        proctree.wait_for("the write is done", PATIENCE, lambda: is_free(host, handle) and os.stat(path).st_size == len(data))
        host.close_handle(handle)
    with open(path, "rb") as file:
        exclude(file.read(), data, "content")


@case
def a_sync_waits_for_a_reply_that_is_being_read(lab):
    """Waiting for the peer is not running: a slow reader gets all of its reply, then the sync's."""
    agent = lab.start(*GRACE)
    data = lab.rng.randbytes(8 * MIB)
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", data))
        host.sock.sendall(host.request("guest-file-read", {"handle": handle, "count": len(data)}) + sync(1))
        time.sleep(0.5)     # much longer than the grace: the agent could only wait
        same(streamed(host.line()), (data, False), "the reply")
        host.exactly(sync_reply(1), "sync")
        host.close_handle(handle)


@case
def a_sync_overtakes_a_read_that_stands_still(lab):
    """The cut reply is closed with a line feed before the reply to the sync."""
    agent = lab.start(*GRACE)
    data = lab.rng.randbytes(30 * MIB)
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", data))
        host.sock.sendall(host.request("guest-file-read", {"handle": handle, "count": len(data)}))
        worker = agent.full_worker(host)
        agent.stop_worker(worker)
        host.push(sync(1))
        cut, answer = host.lines(2)
        check(len(cut) < len(data) and cut.startswith(b'{"return": {"buf-b64": "'), f"{len(cut)} bytes before the sync")
        same(answer, sync_reply(1), "sync")
        same(host.call("guest-ping"), {}, "ping")
        same(host.fails("read", {"handle": handle}), BUSY.format(handle), "the read is still there")
        agent.resume(worker)
        proctree.wait_for("the handle is free", PATIENCE, lambda: is_free(host, handle))
        host.seek(handle, 0)
        same(host.read(handle, 5), (data[:5], False), "and works")
        host.close_handle(handle)
        host.works()


@case
def a_worker_that_dies_in_mid_stream(lab):
    """The string ends where it was cut: the line is closed, what follows is in order, the handle lives."""
    agent = lab.start()
    data = lab.rng.randbytes(30 * MIB)
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", data))
        host.sock.sendall(host.request("guest-file-read", {"handle": handle, "count": len(data)}, "cut")
                          + host.request("guest-ping", None, "next"))
        agent.kill_worker(agent.full_worker(host), signal.SIGKILL)
        cut, answer = host.lines(2)
        check(len(cut) < len(data), f"{len(cut)} bytes of a reply whose worker died")
        same(answer, b'{"return": {}, "id": "next"}\n', "the reply behind it")
        host.seek(handle, 3)
        same(host.read(handle, 5), (data[3:8], False), "the handle works on")
        host.close_handle(handle)


@case
def ff_during_a_large_reply(lab):
    """0xFF resets what is being read, not what is being written."""
    agent = lab.start()
    data = lab.rng.randbytes(8 * MIB)
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", data))
        host.sock.sendall(host.request("guest-file-read", {"handle": handle, "count": len(data)}) + b'{"execute":"gue\xff')
        time.sleep(0.05)
        host.push(b"\xff\xff" + host.request("guest-ping", None, "next"))
        same(streamed(host.line()), (data, False), "the reply")
        same(host.line(), b'{"return": {}, "id": "next"}\n', "the next")
        host.close_handle(handle)


@case
def a_reader_of_single_bytes(lab):
    """Bounded memory, others are served, and the reply is whole in the end."""
    agent = lab.start()
    data = lab.rng.randbytes(40 * MIB)
    with lab.host(agent) as slow, lab.host(agent) as other:
        handle = slow.open(lab.file("file", data))
        begun = footprint.total(footprint.tree(agent.pid))
        slow.sock.sendall(slow.request("guest-file-read", {"handle": handle, "count": len(data)}))
        got = b""
        for number in range(200):
            got += take(slow, 1)
            time.sleep(0.005)
            if number % 20 == 0:
                other.works()
        more = footprint.total(footprint.tree(agent.pid)) - begun
        if not lab.sanitized:
            check(more < 8 * MIB, f"{more} bytes more while a reply of 53 MiB waits")
        same(other.fails("read", {"handle": handle}), BUSY.format(handle), "its handle is busy")
        data_got, end = streamed(got + slow.line())
        exclude(data_got, data, "content")
        same(end, False, "end")
        slow.close_handle(handle)


@case
def a_slow_reader_costs_no_processor_time(lab):
    agent = lab.start()
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", bytes(20 * MIB)))
        host.sock.sendall(host.request("guest-file-read", {"handle": handle, "count": 20 * MIB}))
        agent.full_worker(host)
        before = {pid: proctree.cpu_ticks(pid) for pid in agent.tree()}
        time.sleep(1)
        used = sum(proctree.cpu_ticks(pid) for pid in before) - sum(before.values())
        check(used <= 2, f"{used} ticks of processor time in a second in which nobody reads")
        host.line()
        host.close_handle(handle)


@case
def many_reads_in_flight(lab):
    agent = lab.start()
    data = lab.rng.randbytes(5 * MIB)
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", data))
        one = (host.request("guest-file-seek", {"handle": handle, "offset": 0, "whence": 0})
               + host.request("guest-file-read", {"handle": handle, "count": 5 * MIB}))
        host.sock.sendall(one * 20)
        for _ in range(20):
            same(host.reply(), {"return": {"position": 0, "eof": False}}, "seek")
            check(host.read_result(host.reply()["return"]) == (data, False), "content")
        host.close_handle(handle)


@case
def reads_of_many_sessions_at_once(lab):
    agent = lab.start()
    data = lab.rng.randbytes(6 * MIB)
    path = lab.file("file", data)
    hosts = [lab.host(agent) for _ in range(12)]
    handles = [host.open(path) for host in hosts]
    for host, handle in zip(hosts, handles):
        host.sock.sendall(host.request("guest-file-read", {"handle": handle, "count": COUNT_MAX}))
    for host, handle in reversed(list(zip(hosts, handles))):
        check(host.read_result(host.reply()["return"]) == (data, True), "content")
        host.close_handle(handle)
        host.close()


@case
def writes_of_many_sessions_at_once(lab):
    agent = lab.start()
    hosts = [lab.host(agent) for _ in range(6)]
    datas = [lab.rng.randbytes(5 * MIB + number) for number in range(6)]
    handles = [host.open(lab.file(f"file{number}"), "w") for number, host in enumerate(hosts)]
    requests = [write_request(handle, data) for handle, data in zip(handles, datas)]
    for at in range(0, max(map(len, requests)), MIB):
        for host, request in zip(hosts, requests):
            host.push(request[at:at + MIB])
    for number, (host, handle, data) in enumerate(zip(hosts, handles, datas)):
        same(host.reply(), {"return": {"count": len(data), "eof": False}}, "reply")
        with open(lab.file(f"file{number}"), "rb") as file:
            exclude(file.read(), data, f"content of file {number}")
        host.close_handle(handle)
        host.close()


@case
def the_size_limit_of_a_write(lab):
    """Base64 of 48 MiB is 64 MiB: one request cannot hold it (behaviour 1.6); a little less it can."""
    agent = lab.start()
    with lab.host(agent) as host:
        handle = host.open(lab.file("file"), "w")
        host.push(write_request(handle, bytes(COUNT_MAX)) + b"\xff")
        same(host.error_line(), "JSON token size limit exceeded", "too large")
        host.push(write_request(handle, bytes(LARGEST)))
        same(host.reply(), {"return": {"count": LARGEST, "eof": False}}, "the largest")
        same(host.seek(handle, 0, "cur"), LARGEST, "position")
        host.close_handle(handle)


@case
def an_orderly_end_during_a_large_read(lab):
    agent = lab.start()
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", bytes(30 * MIB)))
        host.sock.sendall(host.request("guest-file-read", {"handle": handle, "count": 30 * MIB}))
        agent.full_worker(host)
        same(agent.terminate(), 0, "exit status")
        try:
            host.to_end()
        except AgentDied:
            pass
    proctree.wait_gone(agent.seen, PATIENCE, "all processes")


@case
def kills_in_the_middle_of_writes(lab):
    """Row 15: what was answered is in the file, whatever ends afterwards."""
    path = lab.file("file")
    for size in (100, 70000, 2 * MIB):
        agent = lab.start()
        with lab.host(agent) as host:
            handle = host.open(path, "w")
            data = lab.rng.randbytes(size)
            host.write_whole(handle, data)
            host.ask("guest-file-write", {"handle": handle, "buf-b64": encode(data)})
            agent.kill()
        proctree.wait_gone([agent.zygote], PATIENCE, "the zygote")
        with open(path, "rb") as file:
            check(file.read().startswith(data), f"{size} bytes that were answered are missing")
