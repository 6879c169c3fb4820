# SPDX-License-Identifier: MIT
"""Base64 alone, from cache to cache; GB/s of data, the text is a third longer.

The column of qemu-ga is what it links, glib's functions, into memory that is there already and without the validation
qemu-ga adds with strspn. There is no floor.
"""
import os
import platform
import re
import subprocess

from bench import Goal, Row, Samples, measurement
from bench.programs import ProgramError, program

VECTORS = Goal(at_least=8)
SCALAR = Goal(at_least=1.5)
LINES = Goal(at_least=2)  # as long as Proxmox makes them

ENCODE = Row("base64 alone: encode", "GB/s", VECTORS, digits=2)
DECODE = Row("base64 alone: decode", "GB/s", VECTORS, digits=2)
DECODE_LINES = Row("base64 alone: decode lines of 76", "GB/s", LINES, digits=2)
ENCODE_SCALAR = Row("base64 alone: encode, scalar", "GB/s", SCALAR, digits=2)
DECODE_SCALAR = Row("base64 alone: decode, scalar", "GB/s", SCALAR, digits=2)

# row, operation, implementation: see b64.c
SPEEDS = [
    (ENCODE, "encode", "best"),
    (DECODE, "decode", "best"),
    (DECODE_LINES, "lines", "best"),
    (ENCODE_SCALAR, "encode", "scalar"),
    (DECODE_SCALAR, "decode", "scalar"),
]

# as src/meson.build chooses
VECTORS_X86 = ["base/b64_avx2.c", "base/b64_ssse3.c", "base/b64_x86.c"]
SOURCES = ["base/b64.c", *(VECTORS_X86 if platform.machine() == "x86_64" else ["base/b64_none.c"])]


def glib_of(agent):
    """The path of the library as this agent loads it, None."""
    listed = subprocess.run(["ldd", agent.program], env={**os.environ, **agent.env}, capture_output=True, text=True,
                            check=False).stdout
    found = re.search(r"libglib-2\.0\.so\S* => (/\S+)", listed)
    return found and found[1]


def speed(operation, subject, env):
    done = subprocess.run([program("b64", *SOURCES), operation, subject], env={**os.environ, **env},
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise ProgramError(f"b64: status {done.returncode}: {done.stderr.strip()[-300:]}")
    return int(done.stdout) / 1000


@measurement(*(row for row, _, _ in SPEEDS))
def base64_alone(session):
    rows = {row.name: Samples() for row, _, _ in SPEEDS}
    agents = {a.name: a for a in session.agents}
    glib = glib_of(agents["qemu-ga"]) if "qemu-ga" in agents else None
    for order in session.rounds(15, 5, "base64"):
        for row, operation, implementation in SPEEDS:
            for agent in order:
                if agent.name == "ours":
                    rows[row.name].add("ours", speed(operation, implementation, {}))
                elif agent.name == "qemu-ga" and glib:
                    rows[row.name].add("qemu-ga", speed(operation, glib, agent.env))
    return rows
