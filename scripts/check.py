#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the test suites, two at a time, and adds up what they say.

Every suite ends with a line "N passed, N failed[, N skipped]" (meson's summary is understood too). Its whole output
is kept in <build>/logs; the end of it is shown when something failed. The last line here is the sum. With
VIRTAGENT_STRICT=1 (CI) a skipped test counts as a failure, since nothing should be missing there.

A few cases that failed beside others are run once more when nothing else runs. Those that pass then are named at the
end and do not fail the run: each of them is a bug to mend, in the case or in the agent, but not a change's fault.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", re.M)
MESON = {key: re.compile(rf"^{key}:\s+(\d+)", re.M) for key in
         ("Ok", "Expected Fail", "Fail", "Unexpected Pass", "Skipped", "Timeout")}
FAILED_CASE = re.compile(r"^\s*FAIL:? (\S+?):?(?:\s|$)|^\s*\d+/\d+ \S+ / (\S+)\s+(?:FAIL|TIMEOUT)\b", re.M)
# those that take the names of cases; more failures than this in a suite are no accident
TAKES_NAMES = ("tests/vm/run", "tests/process/run", "tests/files/run", "tests/exec/run", "tests/daemon/run", "tests/client/run",
               "meson")
AGAIN_MAX = 3
# link-time optimisation only where it is shipped: it hides nothing from warnings and slows the other builds
WARNINGS = ["-Dwerror=true", "-Db_lto=false"]
SANITIZE = ["-Db_sanitize=address,undefined", "-Db_lundef=false", "-Dbuildtype=debugoptimized"]
SANITIZER_ENV = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99:allocator_may_return_null=1",
                 "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99"}

# Topics of tests/vm in which the C library has a part: users, zones, names, programs, and ports without udev.
STATIC = ["accounts", "channel.port_found_through_sysfs", "daemon", "machine", "programs", "system"]


class Suite:
    """One row of the table: a name, commands, whether it belongs to the long tail only, the suite that must have ended,
    and the cases of the last command, if not all."""

    def __init__(self, name, *commands, full=False, env=None, after=None, only=()):
        self.name = name
        self.last = commands[-1]
        self.commands = [*commands[:-1], [*self.last, *only]]
        self.full = full
        self.env = env or {}
        self.after = after


def setup(directory, compiler, *options):
    """meson setup, unless that directory is configured already."""
    if (TOP / directory / "build.ninja").exists():
        return ["true"]
    return ["env", f"CC={compiler}", "meson", "setup", directory, ".", *options]


def suites(build):
    """The long ones first, so that both processors have work to the end."""
    asan, clang, gcc = f"{build}/asan", f"{build}/clang", f"{build}/gcc-werror"
    clang_asan = f"{build}/clang-asan"
    meson = ["meson", "test", "--no-rebuild", "--print-errorlogs", "-C"]
    agent, agent_asan = f"{build}/virtagent", f"{asan}/virtagent"
    test_agent, test_asan = f"{build}/virtagent-test", f"{asan}/virtagent-test"

    def sanitized(name, *commands, **options):
        return Suite(name, *commands, env=SANITIZER_ENV, after="build, sanitizers", **options)

    def clang_sanitized(name, *commands):
        return Suite(name, *commands, env=SANITIZER_ENV, after="build, clang sanitizers", full=True)

    return [
        Suite("guest", ["tests/vm/run", "--agent", agent]),
        Suite("build, sanitizers", setup(asan, "gcc", *WARNINGS, *SANITIZE), ["ninja", "-C", asan]),
        sanitized("protocol, sanitizers", ["tests/protocol/run", "--agent", test_asan]),
        sanitized("processes, sanitizers", ["tests/process/run", "--agent", test_asan, "--sanitized"]),
        Suite("files", ["tests/files/run", "--agent", test_agent]),
        Suite("faults", ["tests/fault/run", "--agent", test_agent]),
        sanitized("unit, sanitizers", [*meson, asan, "--suite", "unit"]),
        sanitized("captured machines, sanitizers", ["tests/roots/run", "--agent", agent_asan]),
        Suite("build, clang, warnings are errors", setup(clang, "clang", *WARNINGS), ["ninja", "-C", clang]),
        Suite("build, gcc, warnings are errors", setup(gcc, "gcc", *WARNINGS), ["ninja", "-C", gcc]),
        Suite("processes", ["tests/process/run", "--agent", test_agent]),
        Suite("daemon", ["tests/daemon/run", "--agent", agent]),
        Suite("exec", ["tests/exec/run", "--agent", test_agent]),
        Suite("client", ["tests/client/run"]),
        Suite("protocol", ["tests/protocol/run", "--agent", test_agent]),
        Suite("unit and style", ["ninja", "-C", build], [*meson, build]),
        Suite("schema", ["tests/schema/run"]),
        Suite("captured machines", ["tests/roots/run", "--agent", agent]),
        Suite("capturing this machine", ["tests/roots/capture", "--agent", agent]),
        Suite("queries beside the reference", ["tests/conform/queries", "--agent", agent]),
        Suite("conformance", ["tests/conform/run", "--agent", agent]),
        Suite("packages", ["tests/packages/run", "--build", build]),
        Suite("format", ["scripts/format.sh", "--check"]),
        Suite("guest, long cases", ["tests/vm/run", "--full", "--agent", agent], full=True),
        Suite("faults, every place", ["tests/fault/run", "--full", "--agent", test_agent], full=True),
        Suite("soak", ["tests/process/run", "--agent", test_agent, "--polls", "1000000"], only=["soak"], full=True),
        Suite("exec, 10^5 runs", ["tests/exec/run", "--agent", test_agent, "--full"], only=["capture", "bounds"], full=True),
        sanitized("exec, sanitizers", ["tests/exec/run", "--agent", test_asan], full=True),
        sanitized("files, sanitizers", ["tests/files/run", "--agent", test_asan], full=True),
        Suite("client, sanitizers", ["tests/client/run"], env={**SANITIZER_ENV, "VACTL": f"{asan}/vactl"},
              after="build, sanitizers", full=True),
        sanitized("daemon, sanitizers", ["tests/daemon/run", "--agent", agent_asan], full=True),
        Suite("build, clang sanitizers", setup(clang_asan, "clang", *WARNINGS, *SANITIZE), ["ninja", "-C", clang_asan],
              full=True),
        clang_sanitized("unit, clang sanitizers", [*meson, clang_asan, "--suite", "unit"]),
        clang_sanitized("protocol, clang sanitizers", ["tests/protocol/run", "--agent", f"{clang_asan}/virtagent-test"]),
        clang_sanitized("processes, clang sanitizers",
                        ["tests/process/run", "--agent", f"{clang_asan}/virtagent-test", "--sanitized"]),
        Suite("memcheck", ["tests/fault/memcheck", "--agent", test_agent], full=True),
        Suite("libvirt", ["tests/libvirt/run", "--agent", agent], full=True),
        Suite("Debian guest", ["tests/debian/run"], full=True),
        # after the other: both build the packages, in the same folder
        Suite("Debian guest, SELinux", ["tests/debian/run", "--selinux"], after="Debian guest", full=True),
        Suite("packages, built", ["tests/packages/run", "--build", build, "--full"], full=True),
        Suite("guest, static agent", ["tests/vm/run", "--agent", f"{build}/static/virtagent", *STATIC], after="packages, built",
              full=True),
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


def failed_cases(text):
    """The names of the cases that failed, each once."""
    return list(dict.fromkeys(a or b for a, b in FAILED_CASE.findall(text)))


def run_commands(suite, commands, log):
    """The exit status of the first command that fails, 0."""
    with open(log, "w", encoding="utf-8") as out:
        for command in commands:
            status = subprocess.run(command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                    env={**os.environ, **suite.env}, check=False).returncode
            if status:
                return status
    return 0


def end_of(text, lines=60):
    return [f"    {line}" for line in text.splitlines()[-lines:]]


def skip_reasons(text):
    return [line for line in text.splitlines() if re.match(r"\s*SKIP\b", line)]


def log_name(suite):
    return re.sub(r"[^a-z0-9]+", "-", suite.name)


def run_suite(suite, logs):
    """The counts, the lines to print, and the names of the cases that failed."""
    log = logs / f"{log_name(suite)}.log"
    begun = time.monotonic()
    status = run_commands(suite, suite.commands, log)
    text = log.read_text(encoding="utf-8", errors="replace")
    result = counts(text)
    if result is None:
        result = (0, 1, 0) if status else (1, 0, 0)  # a build or a check without tests inside
    elif status and not result[1]:
        result = (result[0], 1, result[2])
    lines = ["{}: {} passed, {} failed, {} skipped ({:.0f} s)".format(suite.name, *result, time.monotonic() - begun)]
    lines += [f"    {line.strip()}" for line in skip_reasons(text)]
    if result[1]:
        lines += end_of(text)
    return result, lines, failed_cases(text) if result[1] else []


def passes_alone(suite, names, logs):
    """Whether cases that failed pass when nothing else runs."""
    if suite.last[0] not in TAKES_NAMES or not 0 < len(names) <= AGAIN_MAX:
        return False
    log = logs / f"{log_name(suite)}-again.log"
    print(f"{suite.name}: once more, alone: {' '.join(names)}", flush=True)
    status = run_commands(suite, [[*suite.last, *names]], log)
    text = log.read_text(encoding="utf-8", errors="replace")
    result = counts(text)
    if status or not result or result[0] < len(names) or result[1] or result[2]:
        print(*end_of(text), sep="\n", flush=True)
        return False
    return True


class Schedule:
    """Suites in the order of the table, each when the one before it has ended, as many at a time as there are lanes."""

    def __init__(self, wanted, logs):
        self.waiting, self.running, self.logs = list(wanted), set(), logs
        self.total = [0, 0, 0]
        self.failed = []    # (suite, how many, their names)
        self.changed = threading.Condition()

    def take(self):
        """The next suite that may run, None when there will be none."""
        with self.changed:
            while self.waiting:
                busy = {suite.name for suite in self.waiting} | self.running
                for suite in self.waiting:
                    if suite.after not in busy:
                        self.waiting.remove(suite)
                        self.running.add(suite.name)
                        print(f"{suite.name} …", flush=True)
                        return suite
                self.changed.wait()
            return None

    def lane(self):
        while (suite := self.take()):
            try:
                result, lines, names = run_suite(suite, self.logs)
            except Exception as e:  # a lane that ends would leave its suite out of the sum
                result, lines, names = (0, 1, 0), [f"{suite.name}: {type(e).__name__}: {e}"], []
            with self.changed:
                print(*lines, sep="\n", flush=True)
                self.total = [a + b for a, b in zip(self.total, result)]
                if result[1]:
                    self.failed.append((suite, result[1], names))
                self.running.remove(suite.name)
                self.changed.notify_all()

    def run(self, lanes):
        threads = [threading.Thread(target=self.lane, daemon=True) for _ in range(lanes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.look_again()
        return self.total

    def look_again(self):
        """The failures by name, last, where they are found; and those that were accidents counted as such."""
        verdicts = []
        for suite, count, names in self.failed:
            if count == len(names) and passes_alone(suite, names, self.logs):
                self.total = [self.total[0] + count, self.total[1] - count, self.total[2]]
                verdicts += [f"PASSED ONLY ALONE {suite.name}: {name}" for name in names]
            else:
                verdicts += [f"FAILED {suite.name}: {name}" for name in names or ["see above"]]
        print(*verdicts, sep="\n", end="\n" if verdicts else "", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--full", action="store_true", help="the long tail too")
    parser.add_argument("--lanes", type=int, default=2, help="suites at a time")
    parser.add_argument("suites", nargs="*", help="only suites whose name contains one of these words")
    options = parser.parse_args()
    # a shell that runs us in the background has made us ignore these, and programs under test would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    logs = TOP / options.build / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    wanted = [suite for suite in suites(options.build) if options.full or not suite.full]
    if options.suites:
        wanted = [suite for suite in wanted if any(word in suite.name for word in options.suites)]
    passed, failed, skipped = Schedule(wanted, logs).run(options.lanes)
    strict = os.environ.get("VIRTAGENT_STRICT") == "1" and skipped > 0
    if strict:
        print(f"{skipped} tests were skipped that should run here")
    print("{} passed, {} failed, {} skipped".format(passed, failed + (skipped if strict else 0),
                                                     0 if strict else skipped))
    return 1 if failed or strict else 0


if __name__ == "__main__":
    sys.exit(main())
