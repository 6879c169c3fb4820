#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the test suites one after the other and adds up what they say.

Every suite ends with a line "N passed, N failed[, N skipped]" (meson's summary is understood too). Its whole output
is kept in <build>/logs; the end of it is shown when something failed. The last line here is the sum. With
VIRTAGENT_STRICT=1 (CI) a skipped test counts as a failure, since nothing should be missing there.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", re.M)
MESON = {key: re.compile(rf"^{key}:\s+(\d+)", re.M) for key in
         ("Ok", "Expected Fail", "Fail", "Unexpected Pass", "Skipped", "Timeout")}
# link-time optimisation only where it is shipped: it hides nothing from warnings and slows the other builds
WARNINGS = ["-Dwerror=true", "-Db_lto=false"]
SANITIZE = ["-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dbuildtype=debugoptimized"]
SANITIZER_ENV = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99:allocator_may_return_null=1",
                 "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99"}


class Suite:
    """One row of the table: a name, commands, whether it belongs to the long tail only."""

    def __init__(self, name, *commands, full=False, env=None):
        self.name = name
        self.commands = commands
        self.full = full
        self.env = env or {}


def setup(directory, compiler, *options):
    """meson setup, unless that directory is configured already."""
    if (TOP / directory / "build.ninja").exists():
        return ["true"]
    return ["env", f"CC={compiler}", "meson", "setup", directory, ".", *options]


def suites(build):
    asan, clang, gcc = f"{build}/asan", f"{build}/clang", f"{build}/gcc-werror"
    clang_asan = f"{build}/clang-asan"
    meson = ["meson", "test", "--no-rebuild", "--print-errorlogs", "-C"]
    return [
        Suite("build, gcc, warnings are errors", setup(gcc, "gcc", *WARNINGS), ["ninja", "-C", gcc]),
        Suite("build, clang, warnings are errors", setup(clang, "clang", *WARNINGS), ["ninja", "-C", clang]),
        Suite("format", ["scripts/format.sh", "--check"]),
        Suite("unit and style", ["ninja", "-C", build], [*meson, build]),
        Suite("schema", ["tests/schema/run"]),
        Suite("protocol", ["tests/protocol/run", "--agent", f"{build}/virtagent-test"]),
        Suite("captured machines", ["tests/roots/run", "--agent", f"{build}/virtagent"]),
        Suite("capturing this machine", ["tests/roots/capture", "--agent", f"{build}/virtagent"]),
        Suite("processes", ["tests/process/run", "--agent", f"{build}/virtagent-test"]),
        Suite("daemon", ["tests/daemon/run", "--agent", f"{build}/virtagent"]),
        Suite("files", ["tests/files/run", "--agent", f"{build}/virtagent-test"]),
        Suite("faults", ["tests/fault/run", "--agent", f"{build}/virtagent-test"]),
        Suite("exec", ["tests/exec/run", "--agent", f"{build}/virtagent-test"]),
        Suite("client", ["tests/client/run"]),
        Suite("queries beside the reference", ["tests/conform/queries", "--agent", f"{build}/virtagent"]),
        Suite("conformance", ["tests/conform/run", "--agent", f"{build}/virtagent"]),
        Suite("guest", ["tests/vm/run", "--agent", f"{build}/virtagent"]),
        Suite("build, sanitizers", setup(asan, "gcc", *WARNINGS, *SANITIZE), ["ninja", "-C", asan]),
        Suite("unit, sanitizers", [*meson, asan, "--suite", "unit"], env=SANITIZER_ENV),
        Suite("protocol, sanitizers", ["tests/protocol/run", "--agent", f"{asan}/virtagent-test"], env=SANITIZER_ENV),
        Suite("captured machines, sanitizers", ["tests/roots/run", "--agent", f"{asan}/virtagent"], env=SANITIZER_ENV),
        Suite("processes, sanitizers", ["tests/process/run", "--agent", f"{asan}/virtagent-test", "--sanitized"],
              env=SANITIZER_ENV),
        Suite("exec, sanitizers", ["tests/exec/run", "--agent", f"{asan}/virtagent-test"], env=SANITIZER_ENV,
              full=True),
        Suite("exec, 10^5 runs", ["tests/exec/run", "--agent", f"{build}/virtagent-test", "--full", "capture", "bounds"],
              full=True),
        Suite("files, sanitizers", ["tests/files/run", "--agent", f"{asan}/virtagent-test"], env=SANITIZER_ENV,
              full=True),
        Suite("daemon, sanitizers", ["tests/daemon/run", "--agent", f"{asan}/virtagent"], env=SANITIZER_ENV, full=True),
        Suite("build, clang sanitizers", setup(clang_asan, "clang", *WARNINGS, *SANITIZE), ["ninja", "-C", clang_asan],
              full=True),
        Suite("unit, clang sanitizers", [*meson, clang_asan, "--suite", "unit"], env=SANITIZER_ENV, full=True),
        Suite("protocol, clang sanitizers", ["tests/protocol/run", "--agent", f"{clang_asan}/virtagent-test"],
              env=SANITIZER_ENV, full=True),
        Suite("processes, clang sanitizers", ["tests/process/run", "--agent", f"{clang_asan}/virtagent-test",
                                              "--sanitized"], env=SANITIZER_ENV, full=True),
        Suite("guest, long cases too", ["tests/vm/run", "--full", "--agent", f"{build}/virtagent"], full=True),
        Suite("memcheck", ["tests/fault/memcheck", "--agent", f"{build}/virtagent-test"], full=True),
        Suite("soak", ["tests/process/run", "--agent", f"{build}/virtagent-test", "--polls", "1000000", "soak"], full=True),
        Suite("faults, every place", ["tests/fault/run", "--full", "--agent", f"{build}/virtagent-test"], full=True),
        Suite("libvirt", ["tests/libvirt/run", "--agent", f"{build}/virtagent"], full=True),
        Suite("fuzzing", ["tests/fuzz/run", "120"], full=True),
    ]


def counts(text):
    """(passed, failed, skipped) of a suite's output, or None when it does not say."""
    found = SUMMARY.findall(text)
    if found:
        return tuple(int(n or 0) for n in found[-1])
    meson = {key: sum(int(n) for n in pattern.findall(text)) for key, pattern in MESON.items()}
    if any(meson.values()):
        failed = meson["Fail"] + meson["Timeout"] + meson["Unexpected Pass"]
        return meson["Ok"] + meson["Expected Fail"], failed, meson["Skipped"]
    return None


def run_commands(suite, log):
    """The exit status of the first command that fails, 0."""
    with open(log, "w", encoding="utf-8") as out:
        for command in suite.commands:
            status = subprocess.run(command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                    env={**os.environ, **suite.env}, check=False).returncode
            if status:
                return status
    return 0


def show_end(log, lines=60):
    text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    for line in text[-lines:]:
        print(f"    {line}")


def skip_reasons(text):
    return [line for line in text.splitlines() if re.match(r"\s*SKIP\b", line)]


def run_suite(suite, logs):
    log = logs / (re.sub(r"[^a-z0-9]+", "-", suite.name) + ".log")
    print(f"{suite.name} …", flush=True)
    begun = time.monotonic()
    status = run_commands(suite, log)
    text = log.read_text(encoding="utf-8", errors="replace")
    result = counts(text)
    if result is None:
        result = (0, 1, 0) if status else (1, 0, 0)  # a build or a check without tests inside
    elif status and not result[1]:
        result = (result[0], 1, result[2])
    print("  {} passed, {} failed, {} skipped ({:.0f} s)".format(*result, time.monotonic() - begun), flush=True)
    for line in skip_reasons(text):
        print(f"    {line.strip()}")
    if result[1]:
        show_end(log)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--full", action="store_true", help="the long tail too")
    parser.add_argument("suites", nargs="*", help="only suites whose name contains one of these words")
    options = parser.parse_args()
    # a shell that runs us in the background has made us ignore these, and programs under test would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    logs = TOP / options.build / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    total = [0, 0, 0]
    for suite in suites(options.build):
        if suite.full and not options.full:
            continue
        if options.suites and not any(word in suite.name for word in options.suites):
            continue
        total = [a + b for a, b in zip(total, run_suite(suite, logs))]
    strict = os.environ.get("VIRTAGENT_STRICT") == "1" and total[2] > 0
    if strict:
        print(f"{total[2]} tests were skipped that should run here")
    print("{} passed, {} failed, {} skipped".format(total[0], total[1] + (total[2] if strict else 0),
                                                     0 if strict else total[2]))
    return 1 if total[1] or strict else 0


if __name__ == "__main__":
    sys.exit(main())
