# SPDX-License-Identifier: MIT
"""What the cases about freezing share: filesystems, writers that are watched, checks of a copied disk."""
import os
import shutil
import struct
import subprocess
import time
from contextlib import contextmanager

from . import layers
from .disk import Disk, MissingTool, mkfs
from .guest import PORT
from .qga import AgentError, Client

TYPES = ("ext4", "xfs", "btrfs", "vfat")
DISKS = [Disk("64M", fs="ext4"), Disk("320M", fs="xfs"), Disk("128M", fs="btrfs"), Disk("64M", fs="vfat")]
FROZEN = "Command {} has been disabled: the command is not allowed"
STATEDIR = "/var/run"
MARK = f"{STATEDIR}/qga.state.isfrozen"
FSCK = {"ext4": ["e2fsck", "-fn"], "xfs": ["xfs_repair", "-n"], "btrfs": ["btrfs", "check", "--readonly"]}


def program_for_ext4():
    try:
        return (mkfs("ext4"),)
    except MissingTool:
        return ()


# What most cases run in, so that they share one guest.
GUEST = {"disks": DISKS, "compiled": ("writers",), "layers": ("loop", "dm"), "cpus": 2, "programs": program_for_ext4()}


def mount_all(guest, types=TYPES):
    """The filesystems of DISKS under /mnt/<type>, once."""
    for device, kind in zip(guest.devices, types):
        if guest.shell(f"grep -q ' /mnt/{kind} ' /proc/mounts")[0]:
            layers.mount(guest, device, kind, f"/mnt/{kind}")


def is_frozen(guest, at):
    """Whether a write there waits; the writer ends by itself after the thaw."""
    guest.sh(f"(echo x >{at}/probe) >/dev/null 2>&1 & echo $! >/run/probe; usleep 250000")
    return guest.shell("kill -0 $(cat /run/probe) 2>/dev/null")[0] == 0


def assert_writable(guest, *places):
    for at in places:
        status, output = guest.shell(f"rm -f {at}/probe && echo x >{at}/probe", timeout=60)
        assert status == 0, (at, output)


class Host(Client):
    """A client with patience: what is timed here is the guest, not a busy machine."""

    def call(self, command, arguments=None, timeout=60):
        return super().call(command, arguments, timeout)

    def sync(self, timeout=60, flush=True):
        super().sync(timeout, flush)

    def line(self, timeout=60):
        return super().line(timeout)


def connect(guest):
    return Host(guest.connect())


def refused(client, command, arguments=None, timeout=60):
    try:
        client.call(command, arguments, timeout)
    except AgentError as e:
        return str(e)
    raise AssertionError(f"{command} was not refused")


@contextmanager
def agent_with(guest, options):
    """The agent with more options; afterwards none runs, and nothing is frozen."""
    if guest.agent_runs():
        guest.kill_agent()
    guest.start_agent(f"-v -m virtio-serial -p /dev/virtio-ports/{PORT} {options}")
    try:
        yield
    finally:
        if guest.agent_runs():
            guest.kill_agent()
        guest.sh(f"{guest.agent.name} --thaw >/dev/null 2>&1; rm -f {MARK}", timeout=40)


@contextmanager
def agent_on_odd_kernel(guest, rule, options=""):
    """The agent with a kernel that answers otherwise, see refuse.c. Needs compiled=["refuse.so"]."""
    guest.put("/usr/sbin/refused", f"#!/bin/sh\n{rule} LD_PRELOAD=/usr/sbin/refuse.so"
              f" exec {guest.agent.name} \"$@\"\n".encode())
    guest.sh("chmod 755 /usr/sbin/refused")
    if guest.agent_runs():
        guest.kill_agent()
    guest.start_agent(f"-v -m virtio-serial -p /dev/virtio-ports/{PORT} {options}", binary="refused")
    try:
        yield
    finally:
        guest.kill_agent()


def agent_refused(guest, number, at, options=""):
    """The agent with a kernel that answers its freeze of one mount point with this error."""
    return agent_on_odd_kernel(guest, f"REFUSE='{number} {at}'", options)


def guard_pid(guest):
    return guest.sh("for p in /proc/[0-9]*; do [ \"$(cat $p/comm 2>/dev/null)\" = virtagent-grd ] && basename $p; done; :")


def await_no_guard(guest, seconds=30):
    until = time.monotonic() + seconds
    while guard_pid(guest):
        assert time.monotonic() < until, "the guard does not end"
        time.sleep(0.1)


def await_text(guest, command, text, seconds=60):
    until = time.monotonic() + seconds
    while True:
        output = guest.shell(command)[1]
        if text in output:
            return output
        assert time.monotonic() < until, f"{command}: no {text!r} in {output[-2000:]!r}"
        time.sleep(0.1)


def without_hope(guest):
    """Kills agent and guard, whatever the guard is at."""
    pid = guard_pid(guest)
    guest.kill_agent()
    guest.sh(f"kill -9 {pid}")


class Writers:
    """Processes that write without end. Needs compiled=["writers"]."""

    def __init__(self, guest, files, direct=False):
        self.guest, self.n = guest, len(files)
        guest.sh("mkdir -p /run/writers && (grep -q ' /run/writers ' /proc/mounts || mount -t tmpfs tmpfs /run/writers)")
        flag = "-d " if direct else ""
        self.pid = guest.sh(f"setsid writers {flag}/run/writers {' '.join(files)} </dev/null >/dev/null 2>&1 & echo $!")
        guest.sh(f"usleep 300000; kill -0 {self.pid}")

    def counts(self):
        return [struct.unpack("<4Q", self.guest.get(f"/run/writers/{n}")[:32])[0] for n in range(self.n)]

    def all_stand_still(self, seconds=0.3):
        before = self.counts()
        time.sleep(seconds)
        return before == self.counts()

    def all_move(self, seconds=60):
        before, until = self.counts(), time.monotonic() + seconds
        while any(a == b for a, b in zip(before, self.counts())):
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return True

    def stop(self):
        self.guest.sh(f"kill -9 -{self.pid} 2>/dev/null; usleep 100000")


def fsck(kind, image):
    """What is wrong with a disk, ''."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    done = subprocess.run([shutil.which(FSCK[kind][0], path=path), *FSCK[kind][1:], image], capture_output=True, check=False)
    return "" if done.returncode == 0 else f"{kind}: {done.stdout.decode()}{done.stderr.decode()}"
