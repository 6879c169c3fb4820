# SPDX-License-Identifier: MIT
"""The tool itself: what the other cases rely on holds in the guest."""
import time

from vm import Disk, case
from vm.disk import MKFS

EVERY_BUS = [Disk("128M", fs="ext4", bus="virtio"), Disk("320M", fs="xfs", bus="scsi"),
             Disk("160M", fs="btrfs", bus="nvme")]


@case()
def shell_is_binary_safe(guest):
    data = bytes(range(256)) * 50
    guest.put("/tmp/bytes", data)
    assert guest.get("/tmp/bytes") == data
    assert guest.shell("printf 'a\\n>t1\\n<t1 0\\n'; exit 3") == (3, "a\n>t1\n<t1 0\n")


@case()
def shell_survives_a_command_without_end(guest):
    started = time.monotonic()
    try:
        guest.shell("echo begun; sleep 1000", timeout=1)
    except TimeoutError as e:
        assert "begun" in str(e)
    else:
        raise AssertionError("no time limit")
    assert time.monotonic() - started < 5
    assert guest.sh("echo next") == "next"


@case(disks=EVERY_BUS, cpus=2)
def disks_on_every_bus_mount(guest):
    for device, disk in zip(guest.devices, EVERY_BUS):
        guest.sh(f"mkdir -p /mnt/{disk.fs} && mount -t {disk.fs} {device} /mnt/{disk.fs}")
    mounted = guest.sh("cat /proc/mounts")
    assert all(f"/mnt/{fs} {fs}" in mounted for fs in ("ext4", "xfs", "btrfs")), mounted
    assert set(MKFS) >= {d.fs for d in EVERY_BUS}


@case(alone=True)
def power_off_is_seen_through_qmp(guest):
    guest.sh("(sleep 0.2; poweroff -f) &")
    assert guest.wait_event("SHUTDOWN")["data"]["guest"]
    assert guest.qmp("query-status")["status"] in ("shutdown", "paused")
