# SPDX-License-Identifier: MIT
"""Finds the rows, measures them, prints the table. See `tests/bench/run --help`."""
import argparse
import importlib
import sys
import time
from pathlib import Path

from vm import FetchError
from vm.disk import MissingTool

from . import agents, report
from .programs import TOP, ProgramError
from .registry import MEASUREMENTS, Unmeasured
from .session import Session


def options():
    parser = argparse.ArgumentParser(
        prog="tests/bench/run", description="Measures virtagent, Debian's packaged qemu-ga and a floor alternately.")
    parser.add_argument("row", nargs="*", help="part of a row's name; all rows without")
    parser.add_argument("--list", action="store_true", help="print the names of the rows and end")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: figures to look at, not to quote")
    parser.add_argument("--json", metavar="FILE", help="write all samples there")
    parser.add_argument("--no-vm", action="store_true", help="leave out what is measured in a guest")
    parser.add_argument("--agent", default=str(TOP / "build" / "virtagent"),
                        help="our agent (default: build/virtagent)")
    return parser.parse_args()


def load_rows():
    for file in sorted((Path(__file__).parent / "rows").glob("*.py")):
        importlib.import_module(f"bench.rows.{file.stem}")
    # a guest takes longest: it comes last
    return sorted(MEASUREMENTS, key=lambda m: m.in_vm)


def wanted(row, patterns):
    return not patterns or any(p in row.name for p in patterns)


def chosen(measurements, patterns):
    found = [m for m in measurements if any(wanted(row, patterns) for row in m.rows)]
    if not found:
        sys.exit("no such row, see --list")
    return found


def find_agents(path):
    """All that can be had, ours first."""
    if not Path(path).is_file():
        sys.exit(f"{path} is not built")
    found = [agents.ours(Path(path).absolute())]
    try:
        found.append(agents.qemu_ga())
    except FetchError as e:
        print(f"without the packaged qemu-ga: {e}")
    return [*found, agents.floor()]


class Run:
    def __init__(self, arguments):
        self.arguments = arguments
        self.session = Session(find_agents(arguments.agent), arguments.quick)
        self.results, self.unmeasured, self.failed = [], {}, False

    def measure(self, one):
        rows = [row for row in one.rows if wanted(row, self.arguments.row)]
        print("measuring " + ", ".join(row.name for row in rows), flush=True)
        begun = time.monotonic()
        try:
            if one.in_vm and self.arguments.no_vm:
                raise Unmeasured("--no-vm")
            taken = one.function(self.session)
        except (Unmeasured, MissingTool, FetchError) as e:
            self.give_up(rows, "SKIP", e)
            return
        except Exception as e:  # a measurement may fail in any way; the others go on
            self.failed = True
            self.give_up(rows, "FAIL", f"{type(e).__name__}: {e}")
            return
        for row in rows:
            report.print_ranges(row, taken[row.name])
            self.results.append((row, taken[row.name]))
        print(f"  ({time.monotonic() - begun:.0f} s)", flush=True)

    def give_up(self, rows, verdict, reason):
        self.session.progress("")
        for row in rows:
            print(f"  {verdict} {row.name}: {reason}", flush=True)
            self.unmeasured[row.name] = str(reason)

    def finish(self):
        if self.results:
            print()
            report.print_table(self.results)
        if self.unmeasured:
            print("not measured: " + "; ".join(f"{name} ({why})" for name, why in self.unmeasured.items()))
        if self.arguments.json:
            report.write_json(self.arguments.json, self.results, self.unmeasured)
        return 1 if self.failed else 0


def main():
    arguments = options()
    measurements = chosen(load_rows(), arguments.row)
    if arguments.list:
        print(*(row.name for m in measurements for row in m.rows if wanted(row, arguments.row)), sep="\n")
        return 0
    try:
        run = Run(arguments)
        for one in measurements:
            run.measure(one)
        return run.finish()
    except ProgramError as e:
        sys.exit(f"tests/bench/run: {e}")
    except KeyboardInterrupt:
        return 130
