# SPDX-License-Identifier: MIT
"""Finds the cases, boots the guests they ask for, and counts. See `tests/vm/run --help`."""
import argparse
import importlib
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from .disk import MissingTool
from .fetch import TOP, FetchError, busybox, kernel_image, qemu_ga
from .guest import Guest, GuestError

CASES = []


class Skip(Exception):
    """Raised by a case that cannot be run here, with the reason."""


@dataclass
class Case:
    name: str
    function: object
    needs: str
    alone: bool
    full: bool
    guest: dict = field(default_factory=dict)


def case(needs="any", alone=False, full=False, **guest):
    """Marks a function of one argument, the guest, as a case.

    needs   "any" agent, "virtagent" (not for qemu-ga), or "test-build" (virtagent with its test commands)
    alone   True: gets a guest that no other case has used or will use
    full    True: too long for every day; runs with --full, or when named
    guest   parameters of Guest; cases with the same ones share a guest, in which the agent runs at the start
    """
    def register(function):
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        CASES.append(Case(name, function, needs, alone, full, guest))
        return function
    return register


class Runner:
    def __init__(self, agent, keep_logs):
        self.agent = agent
        self.keep_logs = keep_logs
        self.guest = self.key = None
        self.counts = {"ok": 0, "FAIL": 0, "SKIP": 0}

    def run(self, cases):
        try:
            for one in cases:
                self.report(one)
        finally:
            self.end_guest()

    def report(self, one):
        started = time.monotonic()
        try:
            self.run_case(one)
            verdict, detail = "ok", f" ({time.monotonic() - started:.1f}s)"
        except (Skip, MissingTool) as e:
            verdict, detail = "SKIP", f": {e}"
        except Exception as e:  # a case may fail in any way; the run goes on with a fresh guest
            verdict, detail = "FAIL", f": {type(e).__name__}: {e} (at {place_of(e)})"
            self.end_guest(keep=True)
        self.counts[verdict] += 1
        print(f"{verdict} {one.name}{detail}", flush=True)

    def run_case(self, one):
        agent = self.agent_for(one)
        guest = self.guest_for(one, agent)
        if not guest.agent_runs():
            guest.start_agent()
        one.function(guest)
        if one.alone:
            self.end_guest()

    def agent_for(self, one):
        if one.needs == "any":
            wanted = self.agent
        elif self.agent.name == "qemu-ga":
            raise Skip("only for virtagent")
        else:
            wanted = self.agent.with_name("virtagent-test") if one.needs == "test-build" else self.agent
        if not wanted.is_file():
            raise Skip(f"{wanted} is not built")
        return wanted

    def guest_for(self, one, agent):
        key = (agent, repr(sorted(one.guest.items())), one.name if one.alone else None)
        if key != self.key:
            self.end_guest()
            self.guest = Guest(agent=agent, **one.guest).__enter__()
            self.key = key
        return self.guest

    def end_guest(self, keep=False):
        guest, self.guest, self.key = self.guest, None, None
        if guest:
            guest.keep = keep or self.keep_logs
            guest.close()


def place_of(error):
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/cases/" in f.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "start of the guest"


def load_cases():
    for file in sorted((Path(__file__).parent / "cases").glob("*.py")):
        importlib.import_module(f"vm.cases.{file.stem}")
    # Neighbours share a guest; within a group the order of the files stays.
    groups = {}
    for one in CASES:
        key = one.needs == "test-build", repr(sorted(one.guest.items()))
        groups.setdefault(key, []).append(one)
    return [one for group in groups.values() for one in sorted(group, key=lambda c: c.alone)]


def chosen(cases, patterns, full):
    """Those whose name is or starts with one of the patterns; without patterns those of every day, or all."""
    found = [c for c in cases if (any(c.name.startswith(p) for p in patterns) if patterns else full or not c.full)]
    if not found:
        sys.exit("no such case, see --list")
    return found


def options():
    parser = argparse.ArgumentParser(prog="tests/vm/run",
                                     description="Tests in a throwaway guest under QEMU.")
    parser.add_argument("case", nargs="*", help="name or beginning of a name; without, all but the long ones")
    parser.add_argument("--full", action="store_true", help="the long ones too")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument("--agent", default=str(TOP / "build" / "virtagent"),
                        help="program to test; qemu-ga means Debian's packaged one (default: build/virtagent)")
    parser.add_argument("--keep", action="store_true", help="keep console and agent log of every guest")
    parser.add_argument("--hold", action="store_true",
                        help="run no case: boot, start the agent, wait for Enter")
    return parser.parse_args()


def hold(agent):
    """A guest to play with."""
    with Guest(agent=agent) as guest:
        guest.start_agent()
        print(f"agent port: {guest.agent_socket}\nconsole:    {guest.console_log}", flush=True)
        input("Enter ends the guest. ")


def prepare(name):
    """Fetches what every guest needs and returns the path of the agent."""
    kernel_image()
    busybox()
    return qemu_ga() if name == "qemu-ga" else Path(name).absolute()


def run(arguments):
    cases = chosen(load_cases(), arguments.case, arguments.full)
    if arguments.list:
        print(*(c.name for c in cases), sep="\n")
        return 0
    agent = prepare(arguments.agent)
    if arguments.hold:
        hold(agent)
        return 0
    runner = Runner(agent, arguments.keep)
    runner.run(cases)
    counts = runner.counts
    print(f"{counts['ok']} passed, {counts['FAIL']} failed, {counts['SKIP']} skipped")
    return 1 if counts["FAIL"] else 0


def main():
    try:
        return run(options())
    except (FetchError, GuestError) as e:
        sys.exit(f"tests/vm/run: {e}")
    except (KeyboardInterrupt, EOFError):
        return 130
