# SPDX-License-Identifier: MIT
"""A handle with an operation in flight (row 42): busy for everybody, the others are not; abandoned operations."""

import proctree
from cases import PATIENCE, case, check, same
from host import MIB, encode
from peer import sync, sync_reply

DATA = b"abcdefghij"
GRACE = ("--sync-grace", "30")


def busy(number):
    return f"handle '{number}' is busy"


def operations(handle):
    return [("close", {"handle": handle}), ("read", {"handle": handle}), ("write", {"handle": handle, "buf-b64": "YQ=="}),
            ("seek", {"handle": handle, "offset": 0, "whence": 0}), ("flush", {"handle": handle}),
            ("write", {"handle": handle, "buf-b64": encode(bytes(300000))})]


def stop_under(agent, host, command, arguments):
    """Sends a request to a worker that stands still; returns the worker."""
    worker = agent.busy_worker()
    agent.stop_worker(worker)
    host.ask("guest-file-" + command, arguments)
    host.quiet(0.05, "from a stopped worker")
    return worker


@case
def busy_for_everybody_while_an_operation_runs(lab):
    agent = lab.start()
    path = lab.file("file", DATA)
    with lab.host(agent) as first, lab.host(agent) as second:
        handle, other = first.open(path, "r+"), first.open(path, "r+")
        for command, arguments in operations(handle)[1:]:
            worker = stop_under(agent, first, command, arguments)
            for again, more in operations(handle):
                same(second.fails(again, more), busy(handle), f"{again} during {command}")
            same(second.seek(other, 0), 0, "another handle")
            same(len(second.read(other, 1)[0]), 1, "another handle of the same file")
            third = second.open(path)
            second.close_handle(third)
            agent.resume(worker)
            check("return" in first.reply(), f"reply of the {command} that stood still")
            same(second.seek(handle, 0), 0, "the handle is free again")
            for pid in agent.workers()[1:]:     # one worker again, so that the next is known
                agent.kill_worker(pid)
            agent.wait_workers(1)
        second.close_handle(handle)
        second.close_handle(other)


@case
def checks_before_busy(lab):
    """What is wrong with a request does not depend on whether a handle is busy."""
    agent = lab.start()
    with lab.host(agent) as first, lab.host(agent) as second:
        handle = first.open(lab.file("file", DATA), "r+")
        worker = stop_under(agent, first, "read", {"handle": handle})
        same(second.fails("read", {"handle": handle, "count": "x"}), "Invalid parameter type for 'count', expected: integer", "type")
        same(second.fails("seek", {"handle": handle, "offset": 0, "whence": "SET"}),
             "Parameter 'whence' does not accept value 'SET'", "enum")
        same(second.fails("read", {"handle": handle + 1}), f"handle '{handle + 1}' has not been found", "unknown handle")
        same(second.fails("close", {"handle": handle, "x": 1}), "Parameter 'x' is unexpected", "unexpected")
        agent.resume(worker)
        same(first.read_result(first.reply()["return"]), (DATA, True), "the read")
        first.close_handle(handle)


@case
def a_busy_handle_of_the_same_session_waits_in_order(lab):
    """One session's requests run one after the other: no busy error there."""
    agent = lab.start()
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", DATA), "r+")
        host.push(host.request("guest-file-read", {"handle": handle, "count": 1}) * 50)
        got = b"".join(host.read_result(host.reply()["return"])[0] for _ in range(50))
        same(got, DATA, "content")
        host.close_handle(handle)


@case
def a_close_that_stands_still(lab):
    """Either the number is gone at once or busy until the end; never usable."""
    agent = lab.start()
    with lab.host(agent) as first, lab.host(agent) as second:
        handle = first.open(lab.file("file", DATA))
        worker = stop_under(agent, first, "close", {"handle": handle})
        for command, arguments in operations(handle):
            check(second.fails(command, arguments) in (busy(handle), f"handle '{handle}' has not been found"), command)
        agent.resume(worker)
        same(first.reply(), {"return": {}}, "reply")
        same(second.fails("read", {"handle": handle}), f"handle '{handle}' has not been found", "afterwards")


@case
def an_abandoned_operation_keeps_its_handle_busy(lab):
    agent = lab.start(*GRACE)
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        handle, other = host.open(path, "r+"), host.open(path, "r+")
        worker = stop_under(agent, host, "read", {"handle": handle, "count": 3})
        host.push(sync(1))
        host.exactly(sync_reply(1), "sync")
        for command, arguments in operations(handle):
            same(host.fails(command, arguments), busy(handle), command)
        same(host.read(other, 3)[0], b"abc", "another handle")
        with lab.host(agent) as second:
            same(second.fails("read", {"handle": handle}), busy(handle), "another session")
        agent.resume(worker)
        proctree.wait_for("the handle is free", PATIENCE, lambda: is_free(host, handle))
        host.seek(handle, 0)
        same(host.read(handle), (DATA, True), "content")
        host.close_handle(handle)
        host.close_handle(other)


def is_free(host, handle):
    host.ask("guest-file-flush", {"handle": handle})
    reply = host.reply()
    if "return" in reply:
        return True
    same(reply["error"]["desc"], busy(handle), "the error")
    return False


@case
def an_abandoned_operation_whose_worker_dies(lab):
    agent = lab.start(*GRACE)
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", DATA))
        worker = stop_under(agent, host, "read", {"handle": handle, "count": 3})
        host.push(sync(1))
        host.exactly(sync_reply(1), "sync")
        same(host.fails("read", {"handle": handle}), busy(handle), "busy")
        agent.kill_worker(worker)
        proctree.wait_for("the handle is free", PATIENCE, lambda: is_free(host, handle))
        host.seek(handle, 0)
        same(host.read(handle), (DATA, True), "content")
        host.close_handle(handle)


def is_gone(host, handle):
    host.ask("guest-file-flush", {"handle": handle})
    return host.reply().get("error", {}).get("desc") == f"handle '{handle}' has not been found"


@case
def an_abandoned_close(lab):
    """The number goes with the worker's end, whichever end."""
    for ending in ("resume", "kill"):
        agent = lab.start(*GRACE)
        with lab.host(agent) as host:
            path = lab.file("file", DATA)
            handle = host.open(path)
            worker = stop_under(agent, host, "close", {"handle": handle})
            host.push(sync(1))
            host.exactly(sync_reply(1), "sync")
            if ending == "resume":
                agent.resume(worker)
            else:
                agent.kill_worker(worker)
            check(path not in proctree.descriptors(agent.pid).values(), "the front has given the file away")
            proctree.wait_for("the worker has ended with it", PATIENCE,
                              lambda host=host, handle=handle: is_gone(host, handle))
            same(host.fails("read", {"handle": handle}), f"handle '{handle}' has not been found", f"after {ending}")


@case
def an_abandoned_open_leaves_no_handle(lab):
    """Nobody will ever know its number."""
    agent = lab.start(*GRACE)
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        host.works()
        worker = stop_under(agent, host, "open", {"path": path})
        host.push(sync(1))
        host.exactly(sync_reply(1), "sync")
        agent.resume(worker)
        agent.wait_workers(1)
        host.works()
        proctree.wait_for("the front lets go of the file", 5, lambda: path not in proctree.descriptors(agent.pid).values())


@case
def unused_places_are_given_back(lab):
    """Opens that were abandoned do not use up the limit of 1024."""
    agent = lab.start(*GRACE)
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        host.works()
        for number in range(30):
            worker = agent.workers()[0]
            agent.stop_worker(worker)
            host.push(host.request("guest-file-open", {"path": path}) + sync(number))
            host.until(sync_reply(number))
            agent.resume(worker)
            # the next round needs it idle, and the front to know that: a second worker would serve it else
            proctree.wait_for("the end of the open", 20, lambda: proctree.state(worker) == "S")
            host.push(sync(1000 + number))
            host.until(sync_reply(1000 + number))
            agent.wait_workers(1)
        numbers = []
        for _ in range(1024 - 30):
            numbers.append(host.open(path))
        for number in numbers:
            host.close_handle(number)
        left = [name for name in proctree.descriptors(agent.pid).values() if name == path]
        same(len(left), 0, "files that nobody can close")


@case
def a_client_that_leaves_during_an_operation(lab):
    agent = lab.start()
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        handle = host.open(path, "r+")
        with lab.host(agent) as leaver:
            worker = stop_under(agent, leaver, "write", {"handle": handle, "buf-b64": encode(b"AB")})
        same(host.fails("read", {"handle": handle}), busy(handle), "the client has gone, its write has not")
        agent.resume(worker)
        proctree.wait_for("the handle is free", PATIENCE, lambda: is_free(host, handle))
        host.seek(handle, 0)
        same(host.read(handle), (b"ABcdefghij", True), "the write was done")
        host.close_handle(handle)


@case
def handles_of_many_sessions_at_once(lab):
    agent = lab.start()
    hosts = [lab.host(agent) for _ in range(20)]
    datas = [lab.rng.randbytes(MIB // 4 + number) for number in range(20)]
    handles = [host.open(lab.file(f"file{n}"), "w+") for n, host in enumerate(hosts)]
    for host, handle, data in zip(hosts, handles, datas):
        host.push(host.request("guest-file-write", {"handle": handle, "buf-b64": encode(data)})
                  + host.request("guest-file-seek", {"handle": handle, "offset": 0, "whence": 0})
                  + host.request("guest-file-read", {"handle": handle, "count": MIB}))
    for host, handle, data in zip(hosts, handles, datas):
        replies = [host.reply() for _ in range(3)]
        same(replies[0], {"return": {"count": len(data), "eof": False}}, "write")
        check(host.read_result(replies[2]["return"]) == (data, True), "content")
        host.close_handle(handle)
        host.close()
