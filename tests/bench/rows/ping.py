# SPDX-License-Identifier: MIT
"""The cheapest request there is: what the agent adds to a wake-up, a read and a write.

A wake-up costs several times more when it crosses to an idle processor than when agent and client take turns on
one. The scheduler chooses, and not the same for every agent: so both cases have a row of their own, beside the one
that leaves it the choice. What an agent adds itself shows best on one processor.
"""
import os
from contextlib import ExitStack

from bench import Goal, Row, Samples, Unmeasured, measurement, processes
from bench.programs import Client

BURST = 250       # pings between two changes of the agent
PIPELINED = 20000

GOAL = Goal(at_most=1.15, of="floor")
TRIP = Row("ping: round trip", "µs", GOAL, digits=2)
TRIP_TWO = Row("ping: round trip, two processors", "µs", GOAL, digits=2)
TRIP_ONE = Row("ping: round trip, one processor", "µs", GOAL, digits=2)
CPU_ONE = Row("ping: processor time, one processor", "µs", digits=2)
FLOOD = Row("pings in flight: 20000", "1000/s", digits=0)


class Peers:
    """All agents running at the same time, and a client connected to each; only one has anything to do."""

    def __init__(self, session, agent_cpu=None, client_cpu=None):
        self.session = session
        self.agent_cpu, self.client_cpu = agent_cpu, client_cpu

    def __enter__(self):
        with ExitStack() as stack:
            self.running = {a.name: stack.enter_context(a.running(pinned(self.agent_cpu)))
                            for a in self.session.agents}
            sockets = [r.sock for r in self.running.values()]
            self.client = stack.enter_context(Client(sockets, pinned(self.client_cpu)))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def ask(self, verb, agent, count):
        return self.client.ask(verb, list(self.running).index(agent.name), count)

    def cpu_ns(self, agent):
        return processes.cpu_ns(self.running[agent.name].pids)


def pinned(cpu):
    """What to put in front of a command line."""
    return [] if cpu is None else ["taskset", "-c", str(cpu)]


def trips(session, peers):
    """Samples of the round trip and of the agents' processor time, in µs."""
    trip, cpu = Samples(), Samples()
    for agent in session.agents:
        peers.ask("trip", agent, BURST)
    for order in session.rounds(200, 40, f"{BURST} pings"):
        for agent in order:
            before = peers.cpu_ns(agent)
            trip.add(agent.name, peers.ask("trip", agent, BURST) / 1000)
            cpu.add(agent.name, (peers.cpu_ns(agent) - before) / 1000 / BURST)
    return trip, cpu


@measurement(TRIP)
def trips_anywhere(session):
    with Peers(session) as peers:
        return {TRIP.name: trips(session, peers)[0]}


@measurement(TRIP_TWO)
def trips_on_two(session):
    first, *others = sorted(os.sched_getaffinity(0))
    if not others:
        raise Unmeasured("there is one processor")
    with Peers(session, agent_cpu=others[0], client_cpu=first) as peers:
        return {TRIP_TWO.name: trips(session, peers)[0]}


@measurement(TRIP_ONE, CPU_ONE)
def trips_on_one(session):
    cpu = max(os.sched_getaffinity(0))
    with Peers(session, agent_cpu=cpu, client_cpu=cpu) as peers:
        trip, busy = trips(session, peers)
        return {TRIP_ONE.name: trip, CPU_ONE.name: busy}


@measurement(FLOOD)
def flood(session):
    samples = Samples()
    with Peers(session) as peers:
        for order in session.rounds(15, 5, f"{PIPELINED} pings at once"):
            for agent in order:
                samples.add(agent.name, PIPELINED * 1e6 / peers.ask("flood", agent, PIPELINED))
    return {FLOOD.name: samples}
