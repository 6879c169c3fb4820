# SPDX-License-Identifier: MIT
"""Commands that change the machine, on a captured one: what they would have done stands in a file."""

import os
import random

from abandon import GRACE, LIMIT, hang_worker
from cases import case, check, same
from startup import outcome

MOUNTS = "".join(f"{n} 1 {device} / {point} rw - {fs} {source} rw\n" for n, (device, point, fs, source) in enumerate((
    ("254:1", "/", "ext4", "/dev/vda1"), ("0:5", "/proc", "proc", "proc"), ("254:2", "/home", "xfs", "/dev/vda2"),
    ("254:1", "/bound", "ext4", "/dev/vda1"), ("8:0", "/data", "ext4", "/dev/sda")), 10))


class Machine:
    """A tree in the case's folder and an agent on it."""

    def __init__(self, lab):
        self.lab = lab
        self.tree = lab.path("tree")
        os.mkdir(self.tree)

    def file(self, path, text="", mode=0o644):
        path = self.tree + path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as new:
            new.write(text)
        os.chmod(path, mode)

    def program(self, path):
        self.file(path, "#!/bin/sh\n", 0o755)

    def start(self, *options):
        return self.lab.start("--root", self.tree, *options)

    def effects(self):
        """Since the last look."""
        path = self.lab.path("virtagent.effects")
        try:
            with open(path, encoding="ascii") as text:
                lines = text.read().splitlines()
        except FileNotFoundError:
            return []
        os.unlink(path)
        return lines


def shut_down(peer, mode=None):
    """A success has no reply: the next one is a ping's."""
    peer.ask("guest-shutdown", {"mode": mode} if mode else None)
    same(peer.call("guest-ping"), {}, "reply to a ping behind a shutdown")


@case
def shutdown_by_what_there_is(lab):
    machine = Machine(lab)
    with machine.start().connect() as peer:
        check("failed to exec '/sbin/shutdown'" in peer.error("guest-shutdown"), "an error without any program")
        same(machine.effects(), [], "effects")
        for path, wanted in (("/bin/busybox", "/bin/busybox reboot"), ("/sbin/telinit", "/sbin/telinit 6"),
                             ("/usr/bin/runit-init", "/usr/bin/runit-init 6"),
                             ("/sbin/openrc-shutdown", "/sbin/openrc-shutdown -r now"),
                             ("/run/current-system/sw/bin/systemctl", "/sbin/openrc-shutdown -r now"),
                             ("/run/systemd/system/unit", "/run/current-system/sw/bin/systemctl reboot"),
                             ("/sbin/shutdown", "/sbin/shutdown -h -r +0 hypervisor initiated shutdown"),
                             ("/sbin/reboot", "/sbin/reboot")):
            machine.program(path)
            shut_down(peer, "reboot")
            same(machine.effects(), [f"run {wanted}"], f"effects with {path}")
        shut_down(peer)
        same(machine.effects(), ["run /sbin/shutdown -h -P +0 hypervisor initiated shutdown"], "effects")


@case
def shutdown_as_configured(lab):
    machine = Machine(lab)
    machine.program("/sbin/halt")
    machine.program("/opt/own")
    with machine.start("--shutdown-chain", "/opt/missing,/opt/own,program").connect() as peer:
        shut_down(peer, "halt")
        same(machine.effects(), ["run /opt/own halt"], "effects of a program of one's own")
    with machine.start("--shutdown-chain", "shutdown", "--shutdown-chain", "kernel").connect() as peer:
        shut_down(peer)
        same(machine.effects(), ["sync and reboot(2) for powerdown"], "effects of the last resort")


@case
def shutdown_is_never_refused(lab):
    """However many commands hang: who can be switched off is not lost."""
    machine = Machine(lab)
    machine.program("/sbin/poweroff")
    agent = machine.start("--worker-idle", "200", *GRACE)
    with agent.connect() as peer:
        pids = [hang_worker(agent, peer, number) for number in range(LIMIT)]
        check(peer.error("guest-get-memory-blocks").startswith("limit exceeded: "), "another command is refused")
        shut_down(peer)
        same(machine.effects(), ["run /sbin/poweroff"], "effects")
        for pid in pids:
            agent.resume(pid)
        agent.wait_workers(0)


@case
def chain_is_checked(lab):
    config = lab.path("conf")
    with open(config, "w", encoding="ascii") as text:
        text.write("[general]\npath=/tmp/none\nmethod=unix-listen\nshutdown-chain=program, sytemd;kernel /opt/own\n")
    status, _, said = outcome(lab, "-c", config, "--check-config")
    same(status, 1, f"exit status ({said})")
    check("there is no way 'sytemd'" in said and "kernel" not in said and "/opt" not in said, f"what it says: {said}")


@case
def suspend_by_the_kernel(lab):
    machine = Machine(lab)
    machine.file("/sys/power/state", "freeze mem disk\n")
    with machine.start().connect() as peer:
        for command, word in (("guest-suspend-ram", "mem"), ("guest-suspend-disk", "disk")):
            peer.ask(command)
            same(peer.call("guest-ping"), {}, "reply to a ping behind a suspend")
            same(machine.effects(), [f"write {word} to /sys/power/state"], "effects")
        check("not supported" in peer.error("guest-suspend-hybrid"), "the kernel knows no hybrid")


@case
def clocks(lab):
    machine = Machine(lab)
    with machine.start().connect() as peer:
        same(peer.call("guest-set-time", {"time": 1234567890123456789}), {}, "reply")
        same(peer.call("guest-set-time"), {}, "reply without an argument")
    same(machine.effects(), ["set the clocks to 1234567890123456789 ns", "set the clock by the real-time clock"], "effects")


@case
def trim(lab):
    machine = Machine(lab)
    machine.file("/proc/self/mountinfo", MOUNTS)
    with machine.start().connect() as peer:
        paths = peer.call("guest-fstrim", {"minimum": 4096})["paths"]
    same(paths, [{"path": path, "trimmed": 0, "minimum": 4096} for path in ("/data", "/home", "/")], "answers")
    same(machine.effects(), ["trim /data", "trim /home", "trim /"], "effects")


@case
def as_many_as_there_are(lab):
    """1024 processors and 2048 memory blocks, made in any order, come by number; only what is to change is changed."""
    machine, rng = Machine(lab), random.Random(5)
    cpus, blocks = list(range(1024)), list(range(0, 4096, 2))
    rng.shuffle(cpus)
    rng.shuffle(blocks)
    for n in cpus:
        machine.file(f"/sys/devices/system/cpu/cpu{n}/online", f"{n % 2}\n")
    machine.file("/sys/devices/system/cpu/online", ",".join(map(str, range(1, 1024, 2))) + "\n")
    for n in blocks:
        machine.file(f"/sys/devices/system/memory/memory{n}/state", "offline\n" if n % 4 else "online\n")
        machine.file(f"/sys/devices/system/memory/memory{n}/removable", "1\n")
    with machine.start().connect() as peer:
        same(peer.call("guest-get-vcpus"), [{"logical-id": n, "online": n % 2 == 1, "can-offline": True} for n in range(1024)],
             "processors")
        listed = [{"phys-index": n, "online": n % 4 == 0, "can-offline": True} for n in sorted(blocks)]
        same(peer.call("guest-get-memory-blocks"), listed, "memory blocks")
        same(peer.call("guest-set-vcpus", {"vcpus": [{"logical-id": n, "online": True} for n in range(1024)]}), 1024, "count")
        same(machine.effects(), [f"online cpu{n}" for n in range(0, 1024, 2)], "effects")
        answers = peer.call("guest-set-memory-blocks", {"mem-blks": [{"phys-index": n, "online": False} for n in sorted(blocks)]})
        same(answers, [{"phys-index": n, "response": "success"} for n in sorted(blocks)], "answers")
        same(machine.effects(), [f"offline memory{n}" for n in sorted(blocks) if n % 4 == 0], "effects")
