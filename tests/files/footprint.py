# SPDX-License-Identifier: MIT
"""Peak memory of a process tree, watched from a process of its own every millisecond or so.

Private pages count once, shared ones by their share (PSS); a memory file (memfd), which no mapping need show, counts
whole, once, however many processes have it, and one that is only mapped as far as it is in memory. The page cache of files and what sockets hold do not count."""

import os
import re
import select
import time
from contextlib import contextmanager

FIGURE = re.compile(rb"^(Pss|Pss_Shmem):\s+(\d+) kB", re.M)
MAPPED = re.compile(rb"[0-9a-f]+-[0-9a-f]+ ...s \S+ \S+ (\d+) +(?:/memfd:|/dev/zero)")


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def memory_files(pid):
    """{inode: bytes} of those it has a descriptor for."""
    found = {}
    try:
        for entry in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{entry}"
            if os.readlink(path).startswith("/memfd:"):
                status = os.stat(path)
                found[status.st_ino] = status.st_blocks * 512
    except OSError:
        pass    # it ended, or closed one, meanwhile
    return found


def mapped_files(pid):
    """{inode: bytes in memory} of memory files and other shared memory it has mapped."""
    found, inode = {}, None
    for line in read(f"/proc/{pid}/smaps").splitlines():
        head = MAPPED.match(line)
        if head:
            inode = int(head[1])
        elif inode and line.startswith(b"Rss:"):
            found[inode] = max(found.get(inode, 0), int(line.split()[1]) << 10)
        elif line.startswith(b"VmFlags"):
            inode = None
    return found


def total(pids):
    """Bytes that these processes occupy together."""
    own, files, mapped = 0, {}, {}
    for pid in pids:
        figures = dict(FIGURE.findall(read(f"/proc/{pid}/smaps_rollup")))
        own += int(figures.get(b"Pss", 0)) - int(figures.get(b"Pss_Shmem", 0))
        files.update(memory_files(pid))
        if int(figures.get(b"Pss_Shmem", 0)):
            for inode, size in mapped_files(pid).items():
                mapped[inode] = max(mapped.get(inode, 0), size)
    return own * 1024 + sum(files.values()) + sum(size for inode, size in mapped.items() if inode not in files)


def tree(pid):
    """The process and all that descend from it."""
    found = [pid]
    for known in found:     # grows while it is walked
        for task in os.listdir(f"/proc/{known}/task") if os.path.isdir(f"/proc/{known}/task") else ():
            found += [int(child) for child in read(f"/proc/{known}/task/{task}/children").split()]
    return found


def watch(pid, stop):
    most, samples = 0, 0
    pids, looked = tree(pid), time.monotonic()
    while not select.select([stop], [], [], 0.0005)[0]:
        if time.monotonic() - looked > 0.01:
            pids, looked = tree(pid), time.monotonic()
        most = max(most, total(pids))
        samples += 1
    return most, samples


class Peak:
    """`bytes` and the number of `samples`, when the block has ended."""
    bytes = samples = 0


@contextmanager
def peak(pid):
    """with peak(pid) as p: …; then p.bytes is the most that the tree under pid had."""
    result = Peak()
    report, report_there = os.pipe()
    stop_there, stop = os.pipe()
    watcher = os.fork()
    if watcher == 0:
        try:
            os.close(stop)
            os.close(report)
            os.write(report_there, b"%d %d" % watch(pid, stop_there))
        finally:
            os._exit(0)
    os.close(report_there)
    os.close(stop_there)
    try:
        yield result
    finally:
        os.close(stop)
        text = os.read(report, 100)
        os.close(report)
        os.waitpid(watcher, 0)
        if text:
            result.bytes, result.samples = (int(n) for n in text.split())
