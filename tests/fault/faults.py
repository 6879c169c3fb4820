# SPDX-License-Identifier: MIT
"""The memory that the preloaded shim shares with us: which call of which process is to fail. See shim.c."""

import mmap
import os
import re
import struct

HERE = os.path.dirname(os.path.abspath(__file__))

ROLES = ("front", "zygote", "worker", "other")
PLACES = 32
HEAD = struct.Struct("=8IQ")
SIZE = HEAD.size + len(ROLES) * PLACES * 8
FOREVER = 1 << 31
ANY = "any call"


def _calls():
    """The names in the order of the shim's table, from its source."""
    with open(os.path.join(HERE, "shim.c"), encoding="utf-8") as source:
        table = source.read().partition("#define CALLS(X)")[2].partition("\n\n")[0]
    return tuple(re.findall(r"X\((\w+), ", table))


CALLS = _calls()


class Faults:
    """One agent's. `preload` is what has to stand in front of its command line."""

    def __init__(self, shim, path):
        with open(path, "w+b") as file:
            file.truncate(SIZE)
            self.memory = mmap.mmap(file.fileno(), SIZE)
        os.chmod(path, 0o666)
        self.preload = ("env", f"LD_PRELOAD={shim}", f"VIRTAGENT_FAULTS={path}")

    def arm(self, role, call, nth, times=1, kills=False):
        """From now on the nth such call fails, and as many behind it as `times` says; or it is the process's last."""
        HEAD.pack_into(self.memory, 0, *(0,) * 9)
        which = len(CALLS) if call == ANY else CALLS.index(call)
        HEAD.pack_into(self.memory, 0, ROLES.index(role), which, nth, times, 0, 0, int(kills), 0, 0)

    def disarm(self):
        """How many calls have failed, and where the first one was."""
        fields = HEAD.unpack_from(self.memory, 0)
        HEAD.pack_into(self.memory, 0, *(0,) * 9)
        return fields[5], fields[8]

    def seen(self):
        """{(role, call): how often it was called so far}"""
        counts = struct.unpack_from(f"={len(ROLES) * PLACES}Q", self.memory, HEAD.size)
        return {(role, call): counts[r * PLACES + c] for r, role in enumerate(ROLES) for c, call in enumerate(CALLS)}
