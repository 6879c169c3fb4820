# SPDX-License-Identifier: MIT
"""Commands that read the kernel's tables: interfaces, routes, processors, small files.

Large tables are built in namespaces of their own. What they cost is compared with taking the same from the kernel
without looking at it (kernelfloor.c); what short commands cost, as time beyond the round trip of an echo.
"""
import math
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench import Goal, Row, Samples, Unmeasured, measurement
from bench.agents import Agent, fence
from bench.namespaces import inside, ip
from bench.programs import Client, program

INTERFACES = (10, 100, 1000, 3000)
ROUTES = (1000, 10000, 100000)
CPUS = 1024

BARE = Goal(at_most=1.6, of="floor")
HALF = Goal(at_most=0.5, of="qemu-ga")
LINEAR = Goal(at_most=1.15)

INTERFACE_ROWS = {n: Row(f"interfaces: {n}", "ms", BARE if n == 3000 else None, digits=2) for n in INTERFACES}
INTERFACE_GROWTH = Row("interfaces: exponent of growth, 1000 to 3000", "", LINEAR, digits=2)
ROUTE_ROWS = {n: Row(f"routes: {n}", "ms", digits=2) for n in ROUTES}
ROUTE_GROWTH = Row("routes: exponent of growth, 10000 to 100000", "", LINEAR, digits=2)
CPU_ROW = Row(f"cpustats of {CPUS} CPUs, above the echo", "µs", HALF)

# with a goal, or not
SHORT = {name: Row(f"{name}, above the echo", "µs", HALF if has_goal else None, digits=1) for name, has_goal in (
    ("guest-get-cpustats", True), ("guest-get-vcpus", True), ("guest-get-diskstats", True), ("guest-get-host-name", True),
    ("guest-get-osinfo", False), ("guest-get-timezone", False), ("guest-get-users", False),
    ("guest-network-get-interfaces", False), ("guest-get-disks", True), ("guest-get-fsinfo", True))}


def asking(agent, command):
    """The agent with that command allowed; the floor is another program."""
    if agent.name == "floor":
        what = {"guest-network-get-interfaces": "dumps", "guest-network-get-route": "routes"}
        return Agent("floor", program("kernelfloor"), ["{sock}", what[command]])
    if agent.name == "ours":
        return replace(agent, arguments=[*agent.arguments, "-t", "{dir}"])
    if command not in fence.QUERIES:
        return None  # 7.2 does not have it
    arguments = list(agent.arguments)
    at = arguments.index("-b") + 1
    arguments[at] = ",".join(name for name in arguments[at].split(",") if name != command)
    return replace(agent, arguments=arguments)


class Asked:
    """The agents that have a command, started where we are, with a client connected to each."""

    def __init__(self, agents, command):
        self.command = command
        self.agents = [asked for asked in (asking(agent, command) for agent in agents) if asked]

    def __enter__(self):
        with ExitStack() as stack:
            running = [stack.enter_context(agent.running()) for agent in self.agents]
            self.client = stack.enter_context(Client([one.sock for one in running]))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def query(self, agent, count):
        """Nanoseconds of one, the median of `count`."""
        return self.client.ask("query", self.number(agent), f"{count} {self.command}")

    def ping(self, agent, count):
        return self.client.ask("trip", self.number(agent), count)

    def number(self, agent):
        return next(n for n, one in enumerate(self.agents) if one.name == agent.name)

    def has(self, agent):
        return any(one.name == agent.name for one in self.agents)


def times(session, command, size, samples):
    """Milliseconds of one query in each round."""
    with Asked(session.agents, command) as asked:
        for agent in asked.agents:
            asked.query(agent, 1)  # the first request starts a worker
        for order in session.rounds(15, 5, f"{command}, {size}"):
            for agent in filter(asked.has, order):
                few = agent.name == "qemu-ga" and size > 500
                samples.add(agent.name, asked.query(agent, 1 if few else 3) / 1e6)


def exponent(smaller, larger, factor):
    """Of the growth between two sets of samples, for every agent."""
    found = Samples()
    for agent, values in larger.values.items():
        for small, large in zip(smaller.values[agent], values):
            found.add(agent, math.log(large / small) / math.log(factor))
    return found


def interface_lines(first, last):
    for n in range(first, last):
        yield f"link add if{n} type ifb"
        yield f"link set if{n} addrgenmode none up"
        yield f"addr add 10.{n >> 8}.{n & 255}.1/24 dev if{n}"
        yield f"addr add fd00:0:0:{n:x}::1/64 dev if{n} nodad"


@measurement(*INTERFACE_ROWS.values(), INTERFACE_GROWTH)
def interfaces(session):
    results = {n: Samples() for n in INTERFACES}
    with inside("net"):
        there = 1  # lo
        ip(["link set lo up"])
        for n in INTERFACES:
            ip(interface_lines(there, n))
            there = n
            times(session, "guest-network-get-interfaces", n, results[n])
    rows = {INTERFACE_ROWS[n].name: samples for n, samples in results.items()}
    rows[INTERFACE_GROWTH.name] = exponent(results[1000], results[3000], 3)
    return rows


def route_lines(first, last):
    for n in range(first, last):
        yield f"route add 10.{n >> 16}.{n >> 8 & 255}.{n & 255}/32 dev dst"


@measurement(*ROUTE_ROWS.values(), ROUTE_GROWTH)
def routes(session):
    results = {n: Samples() for n in ROUTES}
    with inside("net"):
        ip(["link add dst type ifb", "link set dst addrgenmode none up"])
        there = 0
        for n in ROUTES:
            ip(route_lines(there, n))
            there = n
            times(session, "guest-network-get-route", n, results[n])
    rows = {ROUTE_ROWS[n].name: samples for n, samples in results.items()}
    rows[ROUTE_GROWTH.name] = exponent(results[10000], results[100000], 10)
    return rows


def above_echo(session, command, samples, count=200):
    """Microseconds beyond those of an echo in the same round."""
    agents = [agent for agent in session.agents if agent.name != "floor"]
    echo = next(agent for agent in session.agents if agent.name == "floor")
    with Asked(agents, command) as asked, echo.running() as floor, Client([floor.sock]) as client:
        for agent in asked.agents:
            asked.query(agent, 5)
        for order in session.rounds(40, 10, command):
            bare = client.ask("trip", 0, count)
            for agent in (one for one in order if one.name != "floor"):
                samples.add(agent.name, (asked.query(agent, count) - bare) / 1000)


@measurement(*SHORT.values())
def short_commands(session):
    results = {}
    for name, row in SHORT.items():
        results[row.name] = Samples()
        above_echo(session, name, results[row.name])
    return results


def proc_stat(cpus):
    line = "{} 1234567 890 345678 98765432 12345 6789 23456 78 90 12\n"
    return line.format("cpu ") + "".join(line.format(f"cpu{n}") for n in range(cpus)) + "intr 0\nctxt 1\nbtime 1\n"


@measurement(CPU_ROW)
def many_cpus(session):
    samples = Samples()
    with inside("mnt"), tempfile.TemporaryDirectory(prefix="virtagent-b-") as folder:
        stat = Path(folder) / "stat"
        stat.write_text(proc_stat(CPUS), encoding="ascii")
        Path(folder).chmod(0o755)
        mount_over(stat, "/proc/stat")
        above_echo(session, "guest-get-cpustats", samples, count=40)
        mount_over(None, "/proc/stat")
    return {CPU_ROW.name: samples}


def mount_over(source, target):
    command = ["mount", "--bind", str(source), target] if source else ["umount", target]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unmeasured(done.stderr.strip())
