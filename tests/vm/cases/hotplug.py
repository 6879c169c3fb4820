# SPDX-License-Identifier: MIT
"""Disks and network interfaces that come and go while a host lists them; a controller whose disk does nothing any more."""
import itertools
import threading

from vm import Disk, case

GUEST = {"needs": "virtagent", "machine": "pc", "modules": ("virtio_net",),
         "disks": [Disk("32M", fs="ext4", bus="nvme", serial="slow"), Disk("32M", serial="stays"),
                   Disk("16M", bus="scsi", serial="goes")]}
ROUNDS = 2
NUMBERS = itertools.count(1)


class Listing:
    """A host that asks for lists, one after the other, until the block ends; every reply has to be one."""

    COMMANDS = ("guest-get-disks", "guest-get-fsinfo", "guest-network-get-interfaces", "guest-get-diskstats")

    def __init__(self, guest):
        self.guest = guest
        self.counts = dict.fromkeys(self.COMMANDS, 0)
        self.failure = None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        if self.failure:
            raise self.failure
        assert all(self.counts.values()), self.counts

    def run(self):
        try:
            with self.guest.client() as client:
                client.sync(timeout=60)
                while not (self.over.is_set() and all(self.counts.values())):
                    for command in self.COMMANDS:
                        check(command, client.call(command, timeout=60))
                        self.counts[command] += 1
                    # the one processor of the guest has to get on with plugging, too
                    self.over.wait(0.05)
        except Exception as err:  # pylint: disable=broad-except
            self.failure = err


def check(command, value):
    assert isinstance(value, list), (command, value)
    for one in value:
        assert one["name"], (command, value)
        if command == "guest-get-disks":
            assert one["partition"] in (True, False) and one["name"].startswith("/dev/"), one
        if command == "guest-get-fsinfo":
            assert isinstance(one["disk"], list) and one["mountpoint"], one


def ask(guest, command):
    with guest.client() as client:
        client.sync(timeout=60)
        return client.call(command, timeout=60)


def serials(guest):
    return {disk["address"]["serial"] for disk in ask(guest, "guest-get-disks") if "serial" in disk.get("address", {})}


def gone(guest, name):
    guest.qmp("device_del", id=name)
    while guest.wait_event("DEVICE_DELETED", 120)["data"].get("device") != name:
        pass


def plug_disk(guest, driver, **properties):
    """One more disk: its number, which is also its serial number's. The guest has it when this returns."""
    n = next(NUMBERS)
    guest.qmp("blockdev-add", driver="null-co", size=(1 << 20) * (n + 1), **{"node-name": f"null{n}", "read-zeroes": True})
    before = guest.sh("ls /sys/block").split()
    guest.qmp("device_add", driver=driver, drive=f"null{n}", id=f"more{n}", serial=f"more{n}", **properties)
    guest.sh(f"until [ $(ls /sys/block | wc -l) -gt {len(before)} ]; do usleep 10000; done", timeout=120)
    return n


def unplug_disk(guest, n):
    before = guest.sh("ls /sys/block").split()
    gone(guest, f"more{n}")
    guest.sh(f"until [ $(ls /sys/block | wc -l) -lt {len(before)} ]; do usleep 10000; done", timeout=120)
    guest.qmp("blockdev-del", **{"node-name": f"null{n}"})


@case(**GUEST)
def disks_come_and_go(guest):
    """Every list is one while they do, and afterwards there is what the guest has: a disk in the place of another one
    has its own serial number, though numbers are kept."""
    first = serials(guest)
    with Listing(guest):
        for _ in range(ROUNDS):
            for driver, where in (("virtio-blk-pci", {}), ("scsi-hd", {"bus": "scsi.0", "lun": 9})):
                n = plug_disk(guest, driver, **where)
                unplug_disk(guest, n)
    assert serials(guest) == first
    for _ in range(2):
        n = plug_disk(guest, "virtio-blk-pci")
        assert serials(guest) == first | {f"more{n}"}, first
        assert serials(guest) == first | {f"more{n}"}, "the second time, from memory"
        unplug_disk(guest, n)
        assert serials(guest) == first


@case(**GUEST)
def a_mounted_disk_is_pulled_out(guest):
    """Its filesystem is there until somebody unmounts it; the disk is not."""
    guest.sh(f"mke2fs -q -F {guest.devices[2]} && mkdir -p /mnt/goes && mount -t ext2 {guest.devices[2]} /mnt/goes")
    with Listing(guest):
        guest.unplug_disk(2, timeout=120)
        guest.sh(f"while [ -e {guest.devices[2]} ] && [ -e /sys/block/{guest.devices[2].rpartition('/')[2]} ]; do usleep 10000; done", timeout=120)
    assert not any("goes" in text for text in serials(guest))
    filesystem = [one for one in ask(guest, "guest-get-fsinfo") if one["mountpoint"] == "/mnt/goes"]
    assert not filesystem or filesystem[0]["disk"] == [], filesystem
    guest.sh("umount /mnt/goes")
    assert not [one for one in ask(guest, "guest-get-fsinfo") if one["mountpoint"] == "/mnt/goes"]


@case(**GUEST)
def interfaces_come_and_go(guest):
    before = {one["name"] for one in ask(guest, "guest-network-get-interfaces")}
    with Listing(guest):
        for _ in range(ROUNDS):
            n = next(NUMBERS)
            guest.qmp("netdev_add", type="hubport", id=f"hub{n}", hubid=0)
            guest.qmp("device_add", driver="virtio-net-pci", netdev=f"hub{n}", id=f"net{n}", mac=f"52:54:00:00:00:{n:02x}")
            guest.sh(f"until grep -qs 52:54:00:00:00:{n:02x} /sys/class/net/*/address; do usleep 10000; done", timeout=120)
            guest.sh(f"d=$(dirname $(grep -ls 52:54:00:00:00:{n:02x} /sys/class/net/*/address)); ip link set ${{d##*/}} up")
            gone(guest, f"net{n}")
            guest.sh(f"while grep -qs 52:54:00:00:00:{n:02x} /sys/class/net/*/address; do usleep 10000; done", timeout=120)
            guest.qmp("netdev_del", id=f"hub{n}")
    assert {one["name"] for one in ask(guest, "guest-network-get-interfaces")} == before


def throttle(guest, bytes_per_second):
    said = guest.qmp("human-monitor-command", command_line=f"block_set_io_throttle dev0 {bytes_per_second} 0 0 0 0 0")
    assert not said, said


@case(**GUEST)
def a_controller_that_does_nothing(guest):
    """NVMe whose disk takes no more than a byte a second: what has been written waits for ever, the lists do not."""
    guest.sh(f"mkdir -p /mnt/slow && mount -t ext4 {guest.devices[0]} /mnt/slow")
    throttle(guest, 1)
    try:
        guest.sh("(dd if=/dev/zero of=/mnt/slow/x bs=64k count=16 && sync) >/dev/null 2>&1 </dev/null &\n"
                 "until grep -qs '^State:.D' /proc/[0-9]*/status; do usleep 20000; done")
        with Listing(guest):
            pass
        filesystem = next(one for one in ask(guest, "guest-get-fsinfo") if one["mountpoint"] == "/mnt/slow")
        assert "used-bytes" in filesystem and "slow" in filesystem["disk"][0]["serial"], filesystem
        disk = next(one for one in ask(guest, "guest-get-disks") if one["name"] == guest.devices[0])
        assert "smart" in disk, disk
        assert guest.sh("grep -ls '^State:.D' /proc/[0-9]*/status"), "the disk still does nothing"
    finally:
        throttle(guest, 0)
    guest.sh("sync; umount /mnt/slow", timeout=120)
