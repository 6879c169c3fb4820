# SPDX-License-Identifier: MIT
"""Peak memory of the whole tree while 48 MiB go out or in (design, section 10): at most 10 and 72 MB."""

import time

import footprint
from cases import PATIENCE, Failed, case, check
from host import COUNT_MAX, MIB, encode
from streaming import drain_read, write_request

READ_MAX, WRITE_MAX = 10_000_000, 72_000_000
LARGEST = COUNT_MAX - 3 * 64      # of a write: with the rest of the request its base64 has to stay below 64 MiB
TIMES = 5


def judge(one, limit, what):
    check(one.samples > 3, f"only {one.samples} samples")
    if one.bytes > limit:
        raise Failed(f"peak during {what}: {one.bytes / 1e6:.1f} MB, at most {limit / 1e6:.0f} were expected "
                     f"({one.samples} samples)")


@case
def peak_during_a_large_read(lab):
    lab.needs_memory_figures()
    agent = lab.start()
    path = lab.file("file", bytes(1024) * 49152)
    with lab.host(agent) as host:
        handle = host.open(path)
        with footprint.peak(agent.pid) as one:
            for _ in range(TIMES):
                host.seek(handle, 0)
                drain_read(host, handle, COUNT_MAX)
        host.close_handle(handle)
    judge(one, READ_MAX, "a read of 48 MiB")


@case
def peak_during_a_large_read_that_nobody_takes(lab):
    """The reply waits: what is in memory then is all there ever is."""
    lab.needs_memory_figures()
    agent = lab.start()
    path = lab.file("file", bytes(1024) * 49152)
    with lab.host(agent) as host:
        handle = host.open(path)
        with footprint.peak(agent.pid) as one:
            host.sock.sendall(host.request("guest-file-read", {"handle": handle, "count": COUNT_MAX}))
            time.sleep(0.3)
        judge(one, READ_MAX, "a read of 48 MiB that waits")
        host.line()
        host.close_handle(handle)


@case
def peak_during_ten_large_reads_at_once(lab):
    lab.needs_memory_figures()
    agent = lab.start()
    path = lab.file("file", bytes(1024) * 49152)
    hosts = [lab.host(agent) for _ in range(8)]
    handles = [host.open(path) for host in hosts]
    with footprint.peak(agent.pid) as one:
        for host, handle in zip(hosts, handles):
            host.sock.sendall(host.request("guest-file-read", {"handle": handle, "count": COUNT_MAX}))
        time.sleep(0.5)
    judge(one, 8 * READ_MAX, "8 reads of 48 MiB that wait")
    for host, handle in zip(hosts, handles):
        host.line()
        host.close_handle(handle)
        host.close()


@case
def peak_during_a_large_write(lab):
    lab.needs_memory_figures()
    agent = lab.start()
    with lab.host(agent) as host:
        handle = host.open(lab.file("file"), "w")
        request = write_request(handle, bytes(LARGEST))
        with footprint.peak(agent.pid) as one:
            for _ in range(TIMES):
                host.seek(handle, 0)
                host.push(request)
                check(host.reply() == {"return": {"count": LARGEST, "eof": False}}, "reply")
        host.close_handle(handle)
    judge(one, WRITE_MAX, "a write of 48 MiB")


@case
def peak_during_a_large_write_in_lines(lab):
    """Line breaks make it longer, not larger in memory: base64 of 46 MiB in lines of 76."""
    lab.needs_memory_figures()
    agent = lab.start()
    data = bytes(45 * MIB)
    text = encode(data)
    text = "\\n".join(text[at:at + 76] for at in range(0, len(text), 76))
    with lab.host(agent) as host:
        handle = host.open(lab.file("file"), "w")
        request = b'{"execute":"guest-file-write","arguments":{"handle":%d,"buf-b64":"%s"}}' % (handle, text.encode())
        with footprint.peak(agent.pid) as one:
            host.push(request)
            check(host.reply() == {"return": {"count": len(data), "eof": False}}, "reply")
        host.close_handle(handle)
    judge(one, WRITE_MAX, "a write of 45 MiB in lines")


def wait_small(agent, limit):
    """Memory of requests is kept while large ones keep coming, so it goes back some seconds after the last."""
    deadline = time.monotonic() + PATIENCE
    while True:
        size = footprint.total(footprint.tree(agent.pid))
        if size < limit:
            return
        check(time.monotonic() < deadline, f"{size} bytes, not below {limit}")
        time.sleep(0.1)


def move_large(host, handle, out):
    for _ in range(3):
        host.seek(handle, 0)
        drain_read(host, handle, COUNT_MAX)
        host.push(write_request(out, bytes(LARGEST)))
        host.line()


@case
def memory_goes_back_after_large_ones(lab):
    lab.needs_memory_figures()
    agent = lab.start("--worker-idle", "50")
    path = lab.file("file", bytes(1024) * 49152)
    with lab.host(agent) as host:
        handle, out = host.open(path), host.open(lab.file("out"), "w")
        agent.wait_workers(0)
        before = footprint.total(footprint.tree(agent.pid))
        move_large(host, handle, out)
        agent.wait_workers(0)
        wait_small(agent, before + MIB)
        host.close_handle(handle)
        host.close_handle(out)


@case
def an_idle_worker_does_not_keep_the_memory_of_requests(lab):
    """It has it mapped, so it has to be told."""
    lab.needs_memory_figures()
    agent = lab.start("--worker-idle", "600000")
    with lab.host(agent) as host:
        out = host.open(lab.file("out"), "w")
        before = footprint.total(footprint.tree(agent.pid))
        host.push(write_request(out, bytes(LARGEST)))
        host.line()
        check(len(agent.workers()) == 1, "the worker is there")
        wait_small(agent, before + 2 * MIB)
        check(len(agent.workers()) == 1, "the worker is there still")
        host.push(write_request(out, bytes(LARGEST)))
        host.line()
        host.close_handle(out)
    wait_small(agent, before + 2 * MIB)
    check(len(agent.workers()) == 1, "the worker is there after the client")
