# SPDX-License-Identifier: MIT
"""guest-get-disks and guest-get-fsinfo of machines with many disks, which stand in place of the real one.

In a mount namespace both agents get a /sys with that many virtio disks, each with a partition, a /run with what udev
has noted about them, and a mount table in which every partition is mounted (bound over the processes' own mountinfo); the
mount points are directories of a tmpfs, so statvfs has something to say.
"""
import os
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from bench import Goal, Row, Samples, Unmeasured, measurement, processes
from bench.namespaces import inside
from bench.programs import Client
from bench.rows.system import HALF, LINEAR, asking, exponent, mount_over

SIZES = (10, 100, 1000)
DISK_ROWS = {n: Row(f"disks: {n}", "ms", HALF, digits=2) for n in SIZES}
DISK_GROWTH = Row("disks: exponent of growth, 100 to 1000", "", LINEAR, digits=2)
FS_ROWS = {n: Row(f"filesystems: {n}", "ms", HALF, digits=2) for n in SIZES}
FS_GROWTH = Row("filesystems: exponent of growth, 100 to 1000", "", LINEAR, digits=2)

# Without this libudev looks for its devices on a real sysfs only.
LIBUDEV = {"SYSTEMD_DEVICE_VERIFY_SYSFS": "0"}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


def link(path, target):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def add_device(tree, path, kind, number):
    """The directory of a disk or partition and the links to it."""
    name = path.rpartition("/")[2]
    write(tree / f"sys/{path}/uevent", f"MAJOR=252\nMINOR={number}\nDEVNAME={name}\nDEVTYPE={kind}\n")
    write(tree / f"sys/{path}/dev", f"252:{number}\n")
    write(tree / f"sys/{path}/size", "65536\n")
    link(tree / f"sys/{path}/subsystem", "/sys/class/block")
    link(tree / f"sys/class/block/{name}", f"../../{path}")
    link(tree / f"sys/dev/block/252:{number}", f"../../{path}")
    write(tree / f"run/udev/data/b252:{number}", f"I:1\nE:ID_SERIAL=serial-{number // 16}\nG:systemd\nV:1\n")


def add_disk(tree, n):
    slot = f"devices/pci0000:00/0000:00:01.0/0000:{n // 32 + 1:02x}:{n % 32:02x}.0"
    path = f"{slot}/virtio{n}/block/vd{n:04d}".replace(f"vd{n:04d}", "vd" + letters(n))
    link(tree / f"sys/{slot}/driver", "/sys/bus/pci/drivers/virtio-pci")
    add_device(tree, path, "disk", n * 16)
    (tree / f"sys/{path}/slaves").mkdir()
    name = path.rpartition("/")[2]
    link(tree / f"sys/block/{name}", f"../{path}")
    add_device(tree, f"{path}/{name}1", "partition", n * 16 + 1)
    (tree / f"mnt/{n}").mkdir(parents=True)
    return f"{100 + n} 1 252:{n * 16 + 1} / {tree}/mnt/{n} rw,relatime - ext4 /dev/{name}1 rw\n"


def letters(n):
    """a … z, aa …, as the kernel counts."""
    text = ""
    while n >= 0:
        text = chr(ord("a") + n % 26) + text
        n = n // 26 - 1
    return text


@contextmanager
def machine(count):
    """In its own mount namespace: yields the file with the mount table."""
    with inside("mnt"), tempfile.TemporaryDirectory(prefix="virtagent-b-") as folder:
        os.chmod(folder, 0o755)
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unmeasured(done.stderr.strip())
        tree = Path(folder)
        write(tree / "mountinfo", "".join(add_disk(tree, n) for n in range(count)))
        link(tree / "sys/bus/pci/drivers/virtio-pci/nothing", "nowhere")
        mount_over(tree / "sys", "/sys")
        mount_over(tree / "run", "/run")
        try:
            yield tree / "mountinfo"
        finally:
            mount_over(None, "/run")
            mount_over(None, "/sys")
            mount_over(None, folder)


def rows_of(session, command, size, samples):
    """Milliseconds of one query in each round."""
    agents = [one for one in (asking(agent, command) for agent in session.agents if agent.name != "floor") if one]
    # a worker that is retired would take its mount table with it
    agents = [replace(one, env={**one.env, **LIBUDEV}, arguments=[*one.arguments, *(
        ["--worker-idle", "600000"] if one.name == "ours" else [])]) for one in agents]
    with machine(size) as table, ExitStack() as stack:
        running = [stack.enter_context(one.running()) for one in agents]
        client = stack.enter_context(Client([one.sock for one in running]))
        for number, instance in enumerate(running):
            client.ask("query", number, f"1 {command}")  # the first request starts a worker
            for pid in processes.tree(instance.process.pid):
                mount_over(table, f"/proc/{pid}/mountinfo")
        for order in session.rounds(15, 5, f"{command}, {size}"):
            for agent in order:
                for number in (n for n, one in enumerate(agents) if one.name == agent.name):
                    samples.add(agent.name, client.ask("query", number, f"3 {command}") / 1e6)


def measure(session, command, rows, growth):
    results = {n: Samples() for n in SIZES}
    for n in SIZES:
        rows_of(session, command, n, results[n])
    found = {rows[n].name: samples for n, samples in results.items()}
    found[growth.name] = exponent(results[100], results[1000], 10)
    return found


@measurement(*DISK_ROWS.values(), DISK_GROWTH)
def disks(session):
    return measure(session, "guest-get-disks", DISK_ROWS, DISK_GROWTH)


@measurement(*FS_ROWS.values(), FS_GROWTH)
def filesystems(session):
    return measure(session, "guest-get-fsinfo", FS_ROWS, FS_GROWTH)
