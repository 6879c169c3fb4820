# SPDX-License-Identifier: MIT
"""How long a freeze and the thaw at once after it keep writers waiting: 16 dirty filesystems, a writer on each, watched
from outside the agent.

Each disk is slowed down to a few megabytes per second, as disks are that many guests share; from a file in the page cache
of this machine everything would be written at once, and there would be nothing to see.
"""
import struct
import time

from vm import Disk, Guest, layers

from bench import Goal, Row, Samples, measurement

FILESYSTEMS = 16
DIRTY_KIB = 1024
SLOW = "throttling.bps-write=4194304"
LONGEST = Row("freeze of 16 dirty filesystems: longest stall", "ms", Goal(at_most=0.2, of="qemu-ga"))
SUM = Row("freeze of 16 dirty filesystems: stalls together", "ms", Goal(at_most=0.2, of="qemu-ga"))


class Machine:
    def __init__(self, guest):
        self.guest = guest
        self.points = [layers.mount(guest, device, "ext4", f"/mnt/{n}") for n, device in enumerate(guest.devices)]
        guest.sh("mkdir -p /run/writers && mount -t tmpfs tmpfs /run/writers")
        files = " ".join(f"{at}/load" for at in self.points)
        self.writers = guest.sh(f"setsid writers /run/writers {files} </dev/null >/dev/null 2>&1 & echo $!")

    def make_dirty(self):
        self.guest.sh("sync; for d in /mnt/*; do head -c %dk /dev/urandom >$d/dirty; done" % DIRTY_KIB, timeout=120)

    def forget_stalls(self):
        """A writer that was stopped by the filling has a stall of its own."""
        zero = "\\0" * 8
        self.guest.sh(f"for p in /run/writers/*; do printf '{zero}' | dd of=$p bs=8 seek=1 conv=notrunc 2>/dev/null; done")

    def stalls(self):
        read = [struct.unpack("<4Q", self.guest.get(f"/run/writers/{n}")[:32])[1] for n in range(FILESYSTEMS)]
        return [ns / 1e6 for ns in read]

    def measure(self, agent):
        binary = agent.program.rpartition("/")[2]
        self.guest.start_agent(None, binary)
        try:
            with self.guest.client() as client:
                client.sync(timeout=60)
                self.make_dirty()
                self.forget_stalls()
                n = client.call("guest-fsfreeze-freeze", timeout=300)
                client.call("guest-fsfreeze-thaw", timeout=300)
                time.sleep(1)
                assert n == FILESYSTEMS, n
                return self.stalls()
        finally:
            self.guest.kill_agent()
            self.guest.sh("rm -f /var/run/qga.state*")


@measurement(LONGEST, SUM, in_vm=True)
def freeze(session):
    rows = {row.name: Samples() for row in (LONGEST, SUM)}
    agents = [a for a in session.agents if a.name != "floor"]
    disks = [Disk("16M", fs="ext4", drive=SLOW, bus="scsi") for _ in range(FILESYSTEMS)]
    session.progress("a guest boots")
    with Guest(agent=agents[0].program, programs=[a.program for a in agents[1:]], disks=disks, compiled=("writers",),
               memory="512M") as guest:
        machine = Machine(guest)
        for order in session.rounds(5, 2, "freezes in the VM"):
            for agent in [a for a in order if a in agents]:
                stalls = machine.measure(agent)
                rows[LONGEST.name].add(agent.name, max(stalls))
                rows[SUM.name].add(agent.name, sum(stalls))
    return rows
