# SPDX-License-Identifier: MIT
"""The tool itself: what the other cases rely on holds in the guest."""
import time

from vm import Disk, case, layers
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
    assert time.monotonic() - started < 100
    assert guest.sh("echo next") == "next"


@case(disks=EVERY_BUS, cpus=2)
def disks_on_every_bus_mount(guest):
    for device, disk in zip(guest.devices, EVERY_BUS):
        guest.sh(f"mkdir -p /mnt/{disk.fs} && mount -t {disk.fs} {device} /mnt/{disk.fs}")
    mounted = guest.sh("cat /proc/mounts")
    assert all(f"/mnt/{fs} {fs}" in mounted for fs in ("ext4", "xfs", "btrfs")), mounted
    assert set(MKFS) >= {d.fs for d in EVERY_BUS}


EVERY_KIND_OF_SD = [Disk("64M", bus="sata"), Disk("16M", bus="usb"), Disk("32M", bus="scsi", device="lun=1"),
                    Disk("48M", bus="sata"), Disk("8M", bus="megaraid"), Disk("4M", bus="scsi", device="lun=3"),
                    Disk("16M", bus="mmc"), Disk("24M", bus="nvme"), Disk("12M", fs="vfat")]


@case(disks=EVERY_KIND_OF_SD, full=True)
def which_device_is_which(guest):
    """The kernel with all drivers; disks of different sizes, so that a name that is wrong shows."""
    for device, disk in zip(guest.devices, EVERY_KIND_OF_SD):
        size = int(guest.sh(f"blockdev --getsize64 {device}"))
        assert size == int(disk.size[:-1]) << 20, (disk, device, size, guest.devices)
    layers.mount(guest, guest.devices[-1], "vfat")
    assert "/mnt/vda vfat" in guest.sh("cat /proc/mounts")


@case(disks=[Disk("32M", bus="ide"), Disk("48M", bus="ide")], machine="pc", full=True)
def disks_on_ide(guest):
    assert [guest.sh(f"blockdev --getsize64 {d}") for d in guest.devices] == [str(32 << 20), str(48 << 20)]


@case(disks=[Disk("32M"), Disk("32M"), Disk("64M", fs="ext4")], layers=("loop", "dm", "crypt", "md", "overlay"), full=True)
def layers_on_disks(guest):
    """Every kind, several deep: a filesystem in a file on an encrypted mirror."""
    mirror = layers.md(guest, 0, guest.devices[:2])
    secret = layers.crypt(guest, "secret", layers.linear(guest, "part", mirror, sectors=40960, start=2048))
    guest.sh(f"mke2fs -q {secret}")
    outer = layers.mount(guest, secret, "ext4")
    inner = layers.loop(guest, f"{outer}/file", "8M")
    guest.sh(f"mke2fs -q {inner}")
    deep = layers.mount(guest, inner, "ext4", "/mnt/de ep")
    base = layers.mount(guest, guest.devices[2], "ext4", "/mnt/base")
    layers.bind(guest, base, "/mnt/again")
    layers.tmpfs(guest, "/mnt/upper")
    merged = layers.overlay(guest, base, "/mnt/upper", "/mnt/merged")
    guest.sh(f"echo text >'{deep}/file' && echo changed >{merged}/file && [ ! -e /mnt/again/file ]")
    layers.unmount(guest, merged, "/mnt/upper", "/mnt/again", base, deep)
    layers.remove(guest, inner)
    layers.unmount(guest, outer)
    for device in (secret, "/dev/mapper/part", mirror):
        layers.remove(guest, device)


@case(disks=[Disk(bus="scsi")], cpus=1, max_cpus=2, dimms=2, full=True)
def hardware_comes_and_goes(guest):
    guest.plug_cpu()
    assert guest.sh("cat /sys/devices/system/cpu/cpu1/online") == "0"
    guest.plug_memory()
    guest.plug_memory(256 << 20)
    states = guest.sh("cat /sys/devices/system/memory/memory*/state").split()
    assert states.count("offline") == 3, states
    guest.unplug_disk(0)
    guest.sh(f"while [ -b {guest.devices[0]} ]; do usleep 10000; done")


@case(alone=True)
def power_off_is_seen_through_qmp(guest):
    guest.sh("(sleep 0.2; poweroff -f) &")
    assert guest.wait_event("SHUTDOWN")["data"]["guest"]
    assert guest.qmp("query-status")["status"] in ("shutdown", "paused")
