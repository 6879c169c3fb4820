# SPDX-License-Identifier: MIT
"""Large machines: lists of 1024 processors and 32768 memory blocks, read from a captured tree on a tmpfs.

qemu-ga cannot be given another root, so it is not measured. Opening a file of sysfs costs the kernel about as much as
one of a tmpfs.
"""
import json
import os
import shutil
import socket
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench import Row, Samples, Unmeasured, measurement

sys.path.append(str(Path(__file__).resolve().parents[2]))
import fence  # noqa: E402  (the path has to be set first)

TMPFS = "/dev/shm"
CPUS, BLOCKS = 1024, 32768
VCPUS = Row(f"guest-get-vcpus, {CPUS} processors", "ms", digits=2)
MEMORY = Row(f"guest-get-memory-blocks, {BLOCKS} blocks", "ms", digits=1)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


@contextmanager
def large_machine():
    if not os.access(TMPFS, os.W_OK):
        raise Unmeasured(f"no {TMPFS}")
    tree = Path(tempfile.mkdtemp(prefix="virtagent-b-", dir=TMPFS))
    try:
        tree.chmod(0o755)
        for n in range(CPUS):
            write(tree / f"sys/devices/system/cpu/cpu{n}/online", "1\n")
        write(tree / "sys/devices/system/cpu/online", f"0-{CPUS - 1}\n")
        for n in range(BLOCKS):
            write(tree / f"sys/devices/system/memory/memory{n}/state", "online\n")
            write(tree / f"sys/devices/system/memory/memory{n}/removable", "1\n")
        yield tree
    finally:
        shutil.rmtree(tree, ignore_errors=True)


def ask(link, command):
    """Milliseconds until the whole reply is there, and how many things it lists."""
    started = time.perf_counter()
    link.sendall(fence.check(json.dumps({"execute": command}).encode() + b"\n"))
    reply = bytearray()
    while not reply.endswith(b"\n"):
        piece = link.recv(1 << 20)
        if not piece:
            raise Unmeasured(f"{command}: the agent closed the connection")
        reply += piece
    return (time.perf_counter() - started) * 1000, len(json.loads(reply)["return"])


@measurement(VCPUS, MEMORY)
def lists(session):
    rows = {VCPUS.name: Samples(), MEMORY.name: Samples()}
    session.progress("a tree with many files")
    with large_machine() as tree:
        ours = replace(session.agents[0], arguments=[*session.agents[0].arguments, "--root", str(tree)])
        with ours.running() as instance, socket.socket(socket.AF_UNIX) as link:
            link.settimeout(60)
            link.connect(str(instance.sock))
            for _ in session.rounds(20, 5, "lists of a large machine"):
                for row, command, count in ((VCPUS, "guest-get-vcpus", CPUS), (MEMORY, "guest-get-memory-blocks", BLOCKS)):
                    ms, found = ask(link, command)
                    assert found == count, f"{command}: {found} of {count}"
                    rows[row.name].add("ours", ms)
    return rows
