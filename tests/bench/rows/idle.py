# SPDX-License-Identifier: MIT
"""What an agent costs that has answered a ping and has nothing to do since: on a unix socket of this machine, and in
a guest on a virtio port with and without a host.

How much of its pages a program is charged with (PSS) depends on who else uses them: on a developer's machine other
programs with the same libraries, even other instances of the agent. In the guest that is known: as many users of the C
library as in a small Debian, and programs on a disk, since from an initramfs every page counts as dirty. The goals are
meant for the guest; the rows of this machine take seconds and are there to be looked at after a change.
"""
import time

from vm import Guest, probe

from bench import Goal, Row, Samples, measurement, processes
from bench.programs import Client

SETTLE = 0.5     # seconds
PSS_GOAL = Goal(at_most=1600)
DIRTY_GOAL = Goal(at_most=450)
WAKEUPS_GOAL = Goal(at_most=0)

PSS = Row("idle on a socket: PSS", "KiB", PSS_GOAL, digits=0)
DIRTY = Row("idle on a socket: private dirty", "KiB", DIRTY_GOAL, digits=0)
VM_PSS = Row("idle in the VM: PSS", "KiB", PSS_GOAL, digits=0)
VM_DIRTY = Row("idle in the VM: private dirty", "KiB", DIRTY_GOAL, digits=0)
VM_ALONE = Row("idle in the VM: wake-ups, no host", "/s", WAKEUPS_GOAL)
VM_HOST = Row("idle in the VM: wake-ups, host there", "/s", WAKEUPS_GOAL)


@measurement(PSS, DIRTY)
def on_a_socket(session):
    pss, dirty = Samples(), Samples()
    for order in session.rounds(5, 2, "idle agents"):
        for agent in order:
            with agent.running() as instance:
                with Client([instance.sock]) as client:
                    client.ask("trip", 0, 1)
                time.sleep(SETTLE)
                memory = processes.memory_kib(processes.tree(instance.process.pid))
            pss.add(agent.name, memory["Pss"])
            dirty.add(agent.name, memory["Private_Dirty"])
    return {PSS.name: pss, DIRTY.name: dirty}


class Idle:
    """One agent in the guest, from its start to its end."""

    def __init__(self, guest, agent, seconds):
        self.guest, self.agent, self.seconds = guest, agent, seconds

    def __enter__(self):
        binary = self.agent.program.rpartition("/")[2]
        self.on_port = self.agent.name != "floor"  # the floor knows sockets only, and no wake-ups
        self.pid = self.guest.start_agent(None if self.on_port else "/tmp/floor", binary)
        if self.on_port:
            with self.guest.client() as client:
                client.sync(timeout=30)
                client.call("guest-ping")
        time.sleep(SETTLE)
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.guest.kill_agent()
            self.guest.sh("rm -f /tmp/floor")

    def memory(self):
        return probe.memory(self.guest, self.pid)

    def wakeups(self):
        return probe.wakeups(self.guest, self.pid, self.seconds) / self.seconds

    def wakeups_with_host(self):
        with self.guest.client() as client:
            client.sync(timeout=30)
            client.call("guest-ping")
            time.sleep(SETTLE)
            return self.wakeups()


@measurement(VM_PSS, VM_DIRTY, VM_ALONE, VM_HOST, in_vm=True)
def in_the_vm(session):
    rows = {row.name: Samples() for row in (VM_PSS, VM_DIRTY, VM_ALONE, VM_HOST)}
    ours, *others = session.agents
    session.progress("a guest boots")
    with Guest(agent=ours.program, programs=["/bin/sleep", *(a.program for a in others)],
               programs_on_disk=True) as guest:
        probe.start_bystanders(guest)
        for order in session.rounds(3, 1, "idle agents in the VM"):
            for agent in order:
                with Idle(guest, agent, 3 if session.quick else 5) as idle:
                    memory = idle.memory()
                    rows[VM_PSS.name].add(agent.name, memory["Pss"])
                    rows[VM_DIRTY.name].add(agent.name, memory["Private_Dirty"])
                    if idle.on_port:
                        rows[VM_ALONE.name].add(agent.name, idle.wakeups())
                        rows[VM_HOST.name].add(agent.name, idle.wakeups_with_host())
    return rows
