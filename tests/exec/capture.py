# SPDX-License-Identifier: MIT
"""What is kept of the output, in every mode, in any sequence, byte by byte."""

import os
import random
import time

import proctree
from cases import PATIENCE, case, check, same

MIB = 1 << 20
MODES = {None: (), False: (), True: ("out", "err"), "none": (), "stdout": ("out",), "stderr": ("err",),
         "separated": ("out", "err"), "merged": ("both",)}
SCRIPT = 'printf "%s" "$1"; printf "%s" "$2" >&2'


def expected(mode, out, err):
    kept = MODES[mode]
    wanted = {"exitcode": 0}
    text = out + err if "both" in kept else out if "out" in kept else b""
    if text:
        wanted["out-data"] = text
    if "err" in kept and err:
        wanted["err-data"] = err
    return wanted


def one(host, mode, out, err):
    more = {} if mode is None else {"capture": mode}
    got = host.run("sh", "-c", SCRIPT, "sh", out.decode(), err.decode(), **more)
    same(got, expected(mode, out, err), f"mode {mode}")


@case
def every_mode_after_every_other(lab):
    """A walk that takes each step from one mode to another once, itself included; the reference breaks on the second."""
    rng = random.Random(7)
    with lab.host() as host:
        steps = [(a, b) for a in MODES for b in MODES]
        rng.shuffle(steps)
        for number, (first, second) in enumerate(steps):
            one(host, first, b"out %d" % number, b"err %d" % number)
            one(host, second, b"second %d" % number, b"" if number % 3 else b"e")


@case
def thousands_of_runs(lab):
    rng = random.Random(8)
    modes = list(MODES)
    with lab.host() as host:
        for number in range(20000 if lab.full else 700):
            mode = rng.choice(modes)
            more = {} if mode is None else {"capture": mode}
            text = b"%d" % number
            got = host.run("/bin/echo", text.decode(), **more)
            same(got, expected(mode, text + b"\n", b""), f"run {number}, mode {mode}")


@case
def merged_keeps_the_order(lab):
    with lab.host() as host:
        got = host.shell("for i in 1 2 3 4 5 6 7 8; do echo o$i; echo e$i >&2; done", capture="merged")
        same(got, {"exitcode": 0, "out-data": b"".join(b"o%d\ne%d\n" % (i, i) for i in range(1, 9))}, "merged")


@case
def binary_output(lab):
    data = bytes(range(256)) * 3000 + os.urandom(100001)
    path = lab.path("data")
    with open(path, "wb") as file:
        file.write(data)
    with lab.host() as host:
        same(host.run("cat", path, capture=True), {"exitcode": 0, "out-data": data}, "bytes of all kinds")
        same(host.shell(f"cat {path} >&2", capture="stderr"), {"exitcode": 0, "err-data": data}, "on the other stream")


@case
def nothing_written(lab):
    with lab.host() as host:
        for mode in MODES:
            if mode is not None:
                same(host.run("true", capture=mode), {"exitcode": 0}, f"mode {mode}")


@case
def closed_early(lab):
    with lab.host() as host:
        pid = host.start("sh", "-c", "echo x; exec >&- 2>&-; sleep 1000", capture=True)
        proctree.wait_for("its output is closed", PATIENCE, lambda: 1 not in proctree.descriptors(pid))
        for _ in range(20):
            same(host.status(pid), {"exited": False}, "a program that has closed its output and runs")
        os.kill(pid, 9)
        same(host.end(pid), {"signal": 9, "out-data": b"x\n"}, "its end")


@case
def exactly_the_limit(lab):
    with lab.host() as host:
        got = host.run("head", "-c", str(16 * MIB), "/dev/zero", capture=True)
        same(sorted(got), ["exitcode", "out-data"], "members at exactly 16 MiB")
        same(len(got["out-data"]), 16 * MIB, "bytes")
        got = host.run("head", "-c", str(16 * MIB + 1), "/dev/zero", capture=True)
        same((got["out-truncated"], len(got["out-data"])), (True, 16 * MIB), "one more")
        check("err-truncated" not in got, "the other stream is not truncated")


@case
def a_hundred_megabytes(lab):
    with lab.host() as host:
        before = lab.daemons[0].memory()
        got = host.shell("head -c 100000000 /dev/zero | tr '\\0' y >&2; echo done", capture=True)
        same((got["err-truncated"], len(got["err-data"]), got["out-data"], got["exitcode"]),
             (True, 16 * MIB, b"done\n", 0), "100 MB of errors")
        same(got["err-data"], b"y" * (16 * MIB), "its bytes")
        if not lab.sanitized:
            check(lab.daemons[0].memory() - before < 12 * MIB, "the processes of the agent hold what was told")


@case
def input_comes_through(lab):
    rng = random.Random(9)
    with lab.host() as host:
        for size in (0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 1000000, 8 * MIB):
            data = rng.randbytes(size)
            got = host.run("cat", input=data, capture="stdout")
            same(got.get("out-data", b""), data, f"{size} bytes through cat")


@case
def input_that_nobody_reads(lab):
    """The reference spins on it for ever."""
    data = b"x" * (5 * MIB)
    with lab.host() as host:
        same(host.run("true", input=data), {"exitcode": 0}, "a program that ends without reading")
        same(host.shell("exec <&-; echo closed", input=data, capture=True), {"exitcode": 0, "out-data": b"closed\n"},
             "one that closes its input")
        pid = host.start("sleep", "1000", input=data)
        front = lab.daemons[0].pid
        begun = proctree.cpu_ticks(front)
        for _ in range(20):
            same(host.status(pid), {"exited": False}, "a program that does not read")
            time.sleep(0.01)
        check(proctree.cpu_ticks(front) - begun <= 5, "the front works while nobody reads")
        os.kill(pid, 9)
        same(host.end(pid), {"signal": 9}, "its end")
