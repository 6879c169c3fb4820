# SPDX-License-Identifier: MIT
"""What a process tree on this machine costs, from /proc."""
import re
from pathlib import Path

from .registry import Unmeasured


def tree(pid):
    """The pid and those of all that descend from it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        parents[int(stat.parent.name)] = int(fields[1])
    found = [pid]
    for known in found:  # grows while it is walked
        found += [p for p, parent in parents.items() if parent == known]
    return found


def cpu_ns(pids):
    """Time on a processor, user and system together, of all threads."""
    try:
        return sum(int(line.read_text().split()[0]) for pid in pids
                   for line in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    except FileNotFoundError:
        raise Unmeasured("this kernel has no /proc/PID/schedstat") from None


def memory_kib(pids):
    """{"Pss": …, "Private_Dirty": …} summed over the processes."""
    try:
        text = "".join(Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids)
    except PermissionError:
        raise Unmeasured("needs root: an agent that handles passwords hides its memory from others") from None
    return {key: sum(int(n) for n in re.findall(rf"^{key}:\s*(\d+) kB", text, flags=re.M))
            for key in ("Pss", "Private_Dirty")}
