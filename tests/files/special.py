# SPDX-License-Identifier: MIT
"""Files that are none: FIFOs, terminals, directories, devices, /proc, holes of a terabyte, links (behaviour 4.7, row 13)."""

import ctypes
import fcntl
import json
import mmap
import os
import pty
import resource
import tty

import cases
from cases import case, check, same
from host import COUNT_MAX, MIB, encode

AGAIN = "failed to read file: Resource temporarily unavailable"
FULL = "failed to write to file: Resource temporarily unavailable"
TERA = 1 << 40


def fifo(lab, name="fifo"):
    path = lab.file(name)
    os.mkfifo(path, 0o666)
    return path


@case
def a_fifo_without_the_other_side(lab):
    both = lab.both()
    both.each(lambda folder: make_fifo(os.path.join(folder, "fifo")))
    same(both.fails("open", path="fifo", mode="w"), "failed to open file 'fifo' (mode: 'w'): No such device or address", "error")
    same(both.fails("open", path="fifo", mode="a"), "failed to open file 'fifo' (mode: 'a'): No such device or address", "error")
    handle = both.open("fifo")
    same(both.read(handle), (b"", True), "no writer: end of file")
    same(both.fails("seek", handle=handle, offset=0, whence="cur"), "failed to seek file: Illegal seek", "seek")
    both.close(handle)


def make_fifo(path):
    os.mkfifo(path)
    return path


@case
def what_a_fifo_holds_is_not_lost(lab):
    """Row 13: bytes in front of "would block" are the reply; the error comes when there are none."""
    agent = lab.start()
    path = fifo(lab)
    with lab.host(agent) as host:
        handle = host.open(path)
        writer = os.open(path, os.O_WRONLY)
        same(host.fails("read", {"handle": handle}), AGAIN, "nothing there yet")
        for size in (1, 4, 4095, 4096, 4097, 60000):
            data = lab.rng.randbytes(size)
            os.write(writer, data)
            same(host.read(handle, 65536), (data, False), f"{size} bytes")
            same(host.fails("read", {"handle": handle, "count": 65536}), AGAIN, "nothing more")
        os.write(writer, b"abcdef")
        same(host.read(handle, 4), (b"abcd", False), "a part")
        same(host.read(handle, 0), (b"", False), "nothing")
        same(host.read(handle, 4), (b"ef", False), "the rest")
        os.write(writer, b"last")
        os.close(writer)
        same(host.read(handle), (b"last", True), "the writer has gone: this read runs into the end")
        same(host.read(handle), (b"", True), "end of file")
        host.close_handle(handle)


@case
def the_reference_loses_what_a_fifo_holds(lab):
    """Row 13, the other side."""
    both = lab.both()
    both.each(lambda folder: make_fifo(os.path.join(folder, "fifo")))
    handle = both.open("fifo")
    writers = [os.open(side.path("fifo"), os.O_WRONLY) for side in both.sides]
    for writer in writers:
        os.write(writer, b"abcd")
    same(both.read(handle, row=13), (b"abcd", False), "ours")
    same(both.fails("read", handle=handle), AGAIN, "then both say so")
    for writer in writers:
        os.close(writer)
    same(both.read(handle), (b"", True), "the end")
    both.close(handle)


@case
def a_large_read_of_a_fifo(lab):
    """A streamed reply whose source dries up: what came is the reply."""
    agent = lab.start()
    path = fifo(lab)
    with lab.host(agent) as host:
        handle = host.open(path)
        writer = os.open(path, os.O_WRONLY)
        same(host.fails("read", {"handle": handle, "count": COUNT_MAX}), AGAIN, "nothing there yet")
        data = lab.rng.randbytes(50000)
        os.write(writer, data)
        same(host.read(handle, COUNT_MAX), (data, False), "what is there")
        same(host.fails("read", {"handle": handle, "count": 2 * MIB}), AGAIN, "nothing more")
        os.close(writer)
        same(host.read(handle, 2 * MIB), (b"", True), "the end")
        host.close_handle(handle)


@case
def writing_to_a_fifo(lab):
    agent = lab.start()
    path = fifo(lab)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with lab.host(agent) as host:
        handle = host.open(path, "w")
        host.write_whole(handle, b"hello")
        same(os.read(reader, 100), b"hello", "what arrives")
        host.flush(handle)
        os.close(reader)
        same(host.fails("write", {"handle": handle, "buf-b64": "YQ=="}), "failed to write to file: Broken pipe", "no reader")
        host.works()
        host.close_handle(handle)


@case
def a_full_fifo(lab):
    """What did not fit is not hidden: an error, or a count that says how much went in."""
    agent = lab.start()
    path = fifo(lab)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    capacity = fcntl.fcntl(reader, 1032)    # F_GETPIPE_SZ
    with lab.host(agent) as host:
        handle = host.open(path, "w")
        host.write_whole(handle, bytes(capacity))
        same(host.fails("write", {"handle": handle, "buf-b64": "YQ=="}), FULL, "full")
        os.read(reader, capacity)
        host.ask("guest-file-write", {"handle": handle, "buf-b64": encode(bytes(capacity + 5000))})
        reply = host.reply()
        there = len(os.read(reader, 2 * capacity))
        if "return" in reply:
            same(reply["return"]["count"], there, "count beside what went in")
        else:
            same(reply["error"]["desc"], FULL, "error")
        host.write_whole(handle, b"next")
        same(os.read(reader, 100), b"next", "the handle still works")
        host.close_handle(handle)
    os.close(reader)


@case
def a_terminal(lab):
    agent = lab.start()
    master, slave = pty.openpty()
    tty.setraw(slave)
    name = os.ttyname(slave)
    with lab.host(agent, [name]) as host:
        handle = host.open(name, "r+")
        same(host.fails("read", {"handle": handle}), AGAIN, "nothing was typed")
        os.write(master, b"typed")
        same(host.read(handle), (b"typed", False), "what was typed")
        host.write_whole(handle, b"shown")
        same(os.read(master, 100), b"shown", "what is shown")
        same(host.fails("seek", {"handle": handle, "offset": 0, "whence": 1}), "failed to seek file: Illegal seek", "seek")
        os.close(slave)
        os.write(master, b"more")
        same(host.read(handle, 2), (b"mo", False), "a part")
        same(host.read(handle, 3), (b"re", False), "the rest")
        os.close(master)
        host.ask("guest-file-read", {"handle": handle})
        reply = host.reply()
        check(reply in ({"error": {"class": "GenericError", "desc": "failed to read file: Input/output error"}},
                        {"return": {"count": 0, "buf-b64": "", "eof": True}}), f"the line was hung up: {reply}")
        host.close_handle(handle)


@case
def a_terminal_never_becomes_the_agents(lab):
    """No controlling terminal: a hang-up of it must not end the agent."""
    agent = lab.start()
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    with lab.host(agent, [name]) as host:
        handle = host.open(name, "r+")
        for pid in agent.tree():
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                same(stat.read().rpartition(")")[2].split()[4], "0", f"terminal of process {pid}")
        os.close(slave)
        os.close(master)
        host.works()
        host.close_handle(handle)


@case
def directories(lab):
    both = lab.both()
    both.each(lambda folder: os.mkdir(os.path.join(folder, "sub")) or os.path.join(folder, "sub"))
    handle = both.open("sub")
    same(both.fails("read", handle=handle), "failed to read file: Is a directory", "read")
    same(both.read(handle, 0), (b"", False), "a read of nothing")
    same(both.fails("write", handle=handle, buf_b64="YQ=="), "failed to write to file: Bad file descriptor", "write")
    both.flush(handle)
    both.close(handle)
    for mode in ("w", "a", "r+", "w+", "a+", "rb+"):
        same(both.fails("open", path="sub", mode=mode), f"failed to open file 'sub' (mode: '{mode}'): Is a directory", mode)
    same(both.fails("open", path="sub/none/x", mode="w"), "failed to open file 'sub/none/x' (mode: 'w'): No such file or directory", "w")
    both.make("file")
    same(both.fails("open", path="file/x", mode="w"), "failed to open file 'file/x' (mode: 'w'): Not a directory", "w")
    same(both.fails("open", path="file/", mode="r"), "failed to open file 'file/' (mode: 'r'): Not a directory", "r")


@case
def a_large_read_of_a_directory(lab):
    """The error is known before the first byte of the reply: it is an error reply, however much was asked for."""
    agent = lab.start()
    with lab.host(agent) as host:
        handle = host.open(lab.files)
        for count in (1, MIB, MIB + 1, COUNT_MAX):
            same(host.fails("read", {"handle": handle, "count": count}), "failed to read file: Is a directory", f"{count} bytes")
        host.close_handle(handle)


@case
def links(lab):
    both = lab.both()
    both.make("target", b"old content")
    for name, to in (("link", "target"), ("dangling", "nowhere"), ("loop", "loop"), ("up", "../files/target")):
        both.each(lambda folder, name=name, to=to: os.symlink(to, os.path.join(folder, name)) or os.path.join(folder, name))
    handle = both.open("link")
    same(both.read(handle), (b"old content", True), "read through a link")
    both.close(handle)
    handle = both.open("link", "a")
    both.write(handle, b"!")
    both.close(handle)
    same(both.contents("target"), b"old content!", "appended through a link")
    both.close(both.open("up", "w"))
    same(both.contents("target"), b"", "truncated through a link")
    for mode in ("r", "w", "a", "r+", "w+", "a+"):
        same(both.fails("open", path="dangling", mode=mode),
             f"failed to open file 'dangling' (mode: '{mode}'): No such file or directory", "a link to nothing is not followed")
        same(both.fails("open", path="loop", mode=mode),
             f"failed to open file 'loop' (mode: '{mode}'): Too many levels of symbolic links", "loop")
    check(not os.path.exists(both.ours.path("nowhere")), "a file was made through a link to nothing")


@case
def hard_links_and_removed_files(lab):
    both = lab.both()
    both.make("file", b"content")
    handle = both.open("file", "r+")
    both.each(lambda folder: os.unlink(os.path.join(folder, "file")))
    same(both.read(handle), (b"content", True), "a removed file is read on")
    both.write(handle, b"more")
    both.seek(handle, 0)
    same(both.read(handle), (b"contentmore", True), "and written on")
    both.close(handle)
    same(both.fails("open", path="file"), "failed to open file 'file' (mode: 'r'): No such file or directory", "gone")


@case
def files_of_proc(lab):
    """Files that say they are empty."""
    agent = lab.start()
    with lab.host(agent) as host:
        for path in ("/proc/version", "/proc/cmdline", "/proc/filesystems", "/proc/cpuinfo"):
            with open(path, "rb") as file:
                want = file.read()
            for count in (7, 4096, MIB, COUNT_MAX):
                handle, got, end = host.open(path), b"", False
                while not end:
                    data, end = host.read(handle, count)
                    check(data or end, "a read of nothing that is not the end")
                    got += data
                if path != "/proc/cpuinfo":     # its clock rates change
                    same(got, want, f"{path} in pieces of {count}")
                host.close_handle(handle)


@case
def large_file_of_proc(lab):
    """The kernel gives these in pieces of a page, whatever is asked for: a short read is not the end."""
    agent = lab.start()
    spaces = [mmap.mmap(-1, 8192, prot=mmap.PROT_READ | mmap.PROT_WRITE * (n % 2)) for n in range(400)]
    path = f"/proc/{os.getpid()}/smaps"
    with lab.host(agent) as host:
        handle = host.open(path)
        data, end = host.read(handle, COUNT_MAX)
        check(end and len(data) > 20000 and data.count(b"\n") > 500, f"{len(data)} bytes, end {end}")
        check(data.rstrip().splitlines()[-1].startswith(b"VmFlags"), "the end is missing")
        host.close_handle(handle)
    for space in spaces:
        space.close()


@case
def devices(lab):
    agent = lab.start()
    with lab.host(agent) as host:
        handle = host.open("/dev/null", "r+")
        same(host.read(handle), (b"", True), "read of null")
        host.write_whole(handle, bytes(100000))
        host.close_handle(handle)
        handle = host.open("/dev/zero")
        for count in (1, 4096, MIB, MIB + 1, COUNT_MAX):
            data, end = host.read(handle, count)
            check(data.count(0) == count == len(data) and not end, f"{count} zeros came as {len(data)} bytes, end {end}")
        host.close_handle(handle)


@case
def a_full_device(lab):
    agent = lab.start()
    text = "failed to write to file: No space left on device"
    with lab.host(agent) as host:
        for mode in ("w", "r+", "a"):
            handle = host.open("/dev/full", mode)
            for size in (1, 4096, 100000, 3 * MIB):
                same(host.fails("write", {"handle": handle, "buf-b64": encode(bytes(size))}), text, f"{size} bytes")
            same(host.write(handle, b""), 0, "nothing")
            host.flush(handle)
            same(host.fails("write", {"handle": handle, "buf-b64": "YQ=="}), text, "the error is not forgotten")
            host.close_handle(handle)


@case
def past_the_limit_of_a_files_size(lab):
    """A partial write is not called a success; the signal that comes with it ends nobody."""
    limit = 200 * MIB   # memory shared with a worker counts, too
    agent = lab.start(before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    path = lab.file("file")
    with lab.host(agent) as host:
        handle = host.open(path, "w")
        host.seek(handle, limit - 5000)
        host.ask("guest-file-write", {"handle": handle, "buf-b64": encode(bytes(6000))})
        reply = host.reply()
        size = os.stat(path).st_size - limit + 5000
        if "return" in reply:
            same(reply["return"]["count"], size, "count beside the file's size")
        else:
            same(reply["error"]["desc"], "failed to write to file: File too large", "error")
        host.seek(handle, limit)
        same(host.fails("write", {"handle": handle, "buf-b64": "YQ=="}), "failed to write to file: File too large", "one byte more")
        host.seek(handle, 0)
        host.write_whole(handle, b"fits")
        host.close_handle(handle)
        host.works()


@case
def a_terabyte_with_holes(lab):
    agent = lab.start()
    path = lab.file("sparse")
    try:
        with open(path, "wb") as file:
            file.truncate(TERA)
    except OSError as err:
        raise cases.Skipped(f"the filesystem of {lab.dir} has no files of 2^40 bytes: {err.strerror}") from err
    marks = {0: b"first", 12345678901: b"one", TERA // 2 - 3: b"middle", TERA - 4: b"last"}
    with lab.host(agent) as host:
        handle = host.open(path, "r+")
        same(host.seek(handle, 0, "end"), TERA, "size")
        for at, data in marks.items():
            same(host.seek(handle, at), at, "seek")
            host.write_whole(handle, data)
        for at, data in marks.items():
            host.seek(handle, at)
            same(host.read(handle, len(data))[0], data, f"at {at}")
        host.seek(handle, TERA // 2 - 100)
        same(host.read(handle, 200), (bytes(97) + b"middle" + bytes(97), False), "around the middle")
        host.seek(handle, TERA - 10)
        same(host.read(handle, 4096), (bytes(6) + b"last", True), "the end")
        host.seek(handle, 1 << 36)
        data, end = host.read(handle, 16 * MIB)
        check(len(data) == 16 * MIB == data.count(0) and not end, "a hole of 16 MiB")
        same(host.seek(handle, 0, "cur"), (1 << 36) + 16 * MIB, "position")
        same(host.seek(handle, 5, "end"), TERA + 5, "beyond the end")
        host.write_whole(handle, b"beyond")
        same(host.seek(handle, -11, "end"), TERA, "back")
        same(host.read(handle), (bytes(5) + b"beyond", True), "what was written beyond")
        host.close_handle(handle)
    same(os.stat(path).st_size, TERA + 11, "size")
    check(os.stat(path).st_blocks * 512 < 8 * MIB, "the holes were filled")


class BadMemory:
    """A file whose reads fail in the middle: our own /proc/PID/mem, where the end of a mapped file cannot be read."""

    def __init__(self, lab, good):
        self.data = lab.rng.randbytes(good)
        with open(lab.file("mapped"), "w+b") as file:
            file.write(self.data)
            file.truncate(good + 4 * MIB)
            self.space = mmap.mmap(file.fileno(), good + 4 * MIB)
            file.truncate(good)
        self.start = ctypes.addressof(ctypes.c_char.from_buffer(self.space))
        self.path = f"/proc/{os.getpid()}/mem"


@case
def a_read_that_fails_in_mid_stream(lab):
    """Row 52: above 1 MiB the reply ends early, with a short count and eof false; the error is the next read's."""
    agent = lab.start()
    for good in (2 * MIB, 5 * MIB + 4096, 4096 * 300):
        memory = BadMemory(lab, good)
        with lab.host(agent) as host:
            handle = host.open(memory.path)
            host.seek(handle, memory.start)
            host.ask("guest-file-read", {"handle": handle, "count": good + MIB}, "cut")
            host.ask("guest-ping", None, "next")
            first, second = (json.loads(line) for line in host.lines(2))
            check("return" in first, f"the cut reply: {str(first)[:200]}")
            data, end = host.read_result(first["return"])
            check(data == memory.data and not end, f"{len(data)} of {good} bytes, end {end}")
            same(first["id"], "cut", "id")
            same(second, {"return": {}, "id": "next"}, "the reply behind it")
            same(host.fails("read", {"handle": handle}), "failed to read file: Input/output error", "the next read")
            host.seek(handle, memory.start)
            same(host.read(handle, 100), (memory.data[:100], False), "the handle still works")
            host.close_handle(handle)


@case
def a_small_read_that_fails_half_way(lab):
    """Nothing is made up and nothing lost: what could be read, or the error; the error then, or again."""
    agent = lab.start()
    memory = BadMemory(lab, 8 * 4096)
    with lab.host(agent) as host:
        handle = host.open(memory.path)
        host.seek(handle, memory.start)
        host.ask("guest-file-read", {"handle": handle, "count": 65536})
        reply = host.reply()
        if "return" in reply:
            data, end = host.read_result(reply["return"])
            check(data == memory.data and not end, f"{len(data)} bytes, end {end}")
        else:
            same(reply["error"]["desc"], "failed to read file: Input/output error", "error")
        same(host.fails("read", {"handle": handle}), "failed to read file: Input/output error", "the next read")
        host.close_handle(handle)
