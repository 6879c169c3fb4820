# SPDX-License-Identifier: MIT
"""What a process tree in the guest costs: processes, memory, wake-ups."""
import re
import time
from collections import namedtuple

Process = namedtuple("Process", "pid name state parent")


def processes(guest):
    """Every process of the guest that has not ended, by pid."""
    text = guest.sh("cat /proc/[0-9]*/stat 2>/dev/null || true")
    rows = re.findall(r"^(\d+) \((.*)\) (\S) (\d+) ", text, flags=re.M)
    return {int(p): Process(int(p), name, state, int(parent)) for p, name, state, parent in rows
            if state not in "ZX"}


def tree(guest, pid):
    """The process and all that descend from it."""
    every = processes(guest)
    found = [every[pid]] if pid in every else []
    for process in found:  # grows while it is walked
        found += [p for p in every.values() if p.parent == process.pid]
    return found


def wakeups(guest, pid, seconds=5):
    """Context switches of the whole tree over a time in which nobody looks."""
    pids = [p.pid for p in tree(guest, pid)]
    before = switches(guest, pids)
    time.sleep(seconds)
    return switches(guest, pids) - before


def switches(guest, pids):
    text = guest.sh(f"cat {' '.join(f'/proc/{p}/task/*/status' for p in pids)}")
    return sum(int(n) for n in re.findall(r"ctxt_switches:\s*(\d+)", text))


def memory(guest, pid):
    """Sums over the tree, in KiB: {"Pss": …, "Private_Dirty": …, "Rss": …}, and the number of processes."""
    pids = [p.pid for p in tree(guest, pid)]
    text = guest.sh(f"cat {' '.join(f'/proc/{p}/smaps_rollup' for p in pids)}")
    sums = {key: sum(int(n) for n in re.findall(rf"^{key}:\s*(\d+) kB", text, flags=re.M))
            for key in ("Pss", "Private_Dirty", "Rss")}
    return {**sums, "processes": len(pids)}


def start_bystanders(guest, count=20):
    """Processes that only sleep, so that the C library is shared as in a real guest and Pss means something.

    Needs a Guest with programs=["/bin/sleep"]: busybox is linked statically and shares nothing.
    """
    guest.sh(f"for n in $(seq {count}); do setsid /usr/sbin/sleep 1000000 >/dev/null 2>&1 & done")
