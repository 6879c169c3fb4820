# SPDX-License-Identifier: MIT
"""Processes as /proc shows them: children, descriptors, memory, privileges."""

import os
import re
import time


def read(pid, name):
    """Text of /proc/PID/NAME, empty when the process has gone."""
    try:
        with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as text:
            return text.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def name_of(pid):
    """What the process calls itself, empty when it has gone."""
    return read(pid, "comm").strip()


def stat_fields(pid):
    """Fields of stat behind the command's name, state first."""
    return read(pid, "stat").rpartition(")")[2].split()


def state(pid):
    """One letter (R, S, T, Z, ...), empty when the process has gone."""
    fields = stat_fields(pid)
    return fields[0] if fields else ""


def alive(pid):
    return state(pid) not in ("", "Z", "X")


def birth(pid):
    """When it started: tells a process from a later one with its number."""
    fields = stat_fields(pid)
    return int(fields[19]) if fields else None


def children(pid):
    """Living children of a process, oldest first."""
    found = []
    for entry in os.listdir("/proc"):
        fields = stat_fields(entry) if entry.isdigit() else []
        if fields and int(fields[1]) == pid and fields[0] not in "ZX":
            found.append((int(fields[19]), int(entry)))
    return [number for _, number in sorted(found)]


def status(pid):
    """/proc/PID/status as a dictionary of texts."""
    lines = read(pid, "status").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def descriptors(pid):
    """Number to what it is; raises PermissionError where we may not look."""
    found = {}
    for entry in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(entry)] = os.readlink(f"/proc/{pid}/fd/{entry}")
        except FileNotFoundError:
            pass
    return found


def resident(pid):
    """Bytes in memory, shared ones included."""
    fields = read(pid, "statm").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if len(fields) > 1 else 0


def proportional(pid):
    """Bytes in memory, shared ones divided by their users; counts all where the kernel does not tell."""
    try:
        for line in read(pid, "smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    except PermissionError:
        pass
    return resident(pid)


def private(pid):
    """Bytes that only it has and that are not a file's: other processes that come and go do not change the number."""
    found = re.findall(r"^(?:Private_Dirty|Swap):\s+(\d+)", read(pid, "smaps_rollup"), re.M)
    return sum(map(int, found)) << 10


def cpu_ticks(pid):
    fields = stat_fields(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0


def wait_for(what, seconds, condition):
    """Polls until the condition holds and returns what it gave; TimeoutError with `what` otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.005)


def wait_gone(pids, seconds, what):
    pids = list(pids)
    wait_for(f"{what} ({pids}) gone", seconds, lambda: not any(alive(pid) for pid in pids))


def wait_stopped(pid, seconds):
    wait_for(f"process {pid} stopped", seconds, lambda: state(pid) == "T")
