# SPDX-License-Identifier: MIT
"""Disks of the guest: image files, formatted here as plain files (no loop device, no root), on any bus QEMU has."""
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import Optional

MKFS = {
    "ext4": ["mkfs.ext4", "-q", "-F"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
    "vfat": ["mkfs.vfat"],
    "swap": ["mkswap", "-q"],
}
# checksums are asked for by a name that no dependency tells
FS_MODULES = {"vfat": ["vfat", "nls_cp437", "nls_ascii"], "swap": [], "ext4": ["crc32c_generic", "ext4"]}


class MissingTool(Exception):
    """A filesystem that cannot be made here; the cases that want it are skipped."""


@dataclass(frozen=True)
class Bus:
    """How QEMU offers a disk and Linux finds it; {n} is the disk's place on its bus."""
    device: str
    modules: tuple
    name: str = "sd"          # of the device in the guest: vd, sd, nvme, mmcblk
    controller: str = ""      # for all disks of the bus together
    full: bool = False        # the cloud kernel has no driver
    path: str = ""            # part of the disk's sysfs path, to tell one kind of sd from another
    has_serial: bool = True


BUSES = {
    "virtio": Bus("virtio-blk-pci", ("virtio_blk",), name="vd"),
    "scsi": Bus("scsi-hd,bus=scsi.0", ("virtio_scsi", "sd_mod"), controller="virtio-scsi-pci,id=scsi", path="/virtio"),
    "nvme": Bus("nvme", ("nvme",), name="nvme"),
    "sata": Bus("ide-hd,bus=sata.{n}", ("ahci", "sd_mod"), controller="ich9-ahci,id=sata", full=True, path="/ata"),
    # the machine "pc" has it built in, q35 has none
    "ide": Bus("ide-hd,bus=ide.{half},unit={odd}", ("ata_piix", "sd_mod"), path="/ata"),
    "usb": Bus("usb-storage,bus=usb.0,port={next}", ("xhci_pci", "usb_storage delay_use=0", "sd_mod"),
               controller="qemu-xhci,id=usb", full=True, path="/usb"),
    "megaraid": Bus("scsi-hd,bus=megaraid.0", ("megaraid_sas", "sd_mod"), controller="megasas,id=megaraid", full=True,
                    path="/target"),
    # one card only; its size is a power of two
    "mmc": Bus("sd-card,bus=sd-bus", ("sdhci_pci", "mmc_block"), name="mmcblk", controller="sdhci-pci,id=mmc", full=True,
               has_serial=False),
}
BUSES["ahci"] = BUSES["sata"]


@dataclass(frozen=True)
class Disk:
    size: str = "64M"  # as in K, M, G
    fs: Optional[str] = None
    bus: str = "virtio"
    serial: Optional[str] = None
    content: Optional[str] = None  # a directory to copy into an ext4 filesystem
    device: str = ""  # more properties of QEMU's device: "wwn=0x5000…,rotation_rate=7200,lun=3" (targets and luns ascending)
    drive: str = ""   # more properties of its drive: "read-only=on"
    mkfs: tuple = field(default=())  # more options of mkfs

    def modules(self):
        return [*BUSES[self.bus].modules, *(FS_MODULES.get(self.fs, [self.fs]) if self.fs else [])]

    def create(self, path):
        with open(path, "wb") as image:
            image.truncate(int(self.size[:-1]) * 1024 ** (" KMG".index(self.size[-1])))
        if self.fs:
            fill = ["-d", self.content] if self.content else []
            subprocess.run([mkfs(self.fs), *MKFS[self.fs][1:], *self.mkfs, *fill, path], check=True,
                           stdout=subprocess.DEVNULL)


def mkfs(fs):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    program = shutil.which(MKFS[fs][0], path=path)
    if not program:
        raise MissingTool(f"{MKFS[fs][0]} is not installed")
    return program


def need_full_kernel(disks):
    return any(BUSES[d.bus].full for d in disks)


# Names in the guest

def device_name(kind, n):
    letter = chr(ord("a") + n)
    return {"nvme": f"/dev/nvme{n}n1", "mmcblk": f"/dev/mmcblk{n}"}.get(kind, f"/dev/{kind}{letter}")


def place(disks):
    """Yields (disk, name of its device in the guest), in the order of the list; find() knows better about sd."""
    counts = {}
    for disk in disks:
        kind = BUSES[disk.bus].name
        n = counts[kind] = counts.get(kind, -1) + 1
        yield disk, device_name(kind, n)


def find(guest, disks, seconds=20):
    """Waits for the devices and returns their names. The kernel names sd devices in the order in which it happens to
    look at them: which is which says their place on their bus."""
    names = [name for _, name in place(disks)]
    if not names:
        return []
    guest.sh(f"for d in {' '.join(names)}; do n=0; until [ -b $d ] || [ $n -ge {seconds * 50} ]; do usleep 20000; "
             "n=$((n + 1)); done; [ -b $d ] || { echo no $d; exit 1; }; done", timeout=seconds + 5)
    buses = [d.bus for d in disks if BUSES[d.bus].name == "sd"]
    if len(buses) > 1:
        links = guest.sh("for d in /sys/block/sd*; do readlink -f $d; done").split()
        queues = {bus: sorted_paths(links, bus, set(buses)) for bus in set(buses)}
        names = ["/dev/" + queues[d.bus].pop(0).rpartition("/")[2] if d.bus in queues else name
                 for d, name in zip(disks, names)]
    return names


def sorted_paths(links, bus, present):
    found = [link for link in links if kind_of(link, present) == bus]
    return sorted(found, key=lambda link: [int(n) for n in re.findall(r"\d+", link.rpartition("/block/")[0])])


def kind_of(link, present):
    """The bus of an sd device's sysfs path: megaraid is what none of the others is."""
    for bus in sorted(present, key=lambda b: BUSES[b].path == "/target"):
        if BUSES[bus].path in link:
            return bus
    return None


# QEMU's side

def drive_option(n, disk, image):
    more = f",{disk.drive}" if disk.drive else ""
    return f"if=none,id=disk{n},format=raw,cache=unsafe,discard=unmap,file={image}{more}"


def device_option(n, disk, on_bus):
    """The device is called dev<n>, n its place in the list; on_bus is its place among those of its bus."""
    bus = BUSES[disk.bus]
    device = bus.device.format(n=on_bus, next=on_bus + 1, half=on_bus // 2, odd=on_bus % 2)
    serial = f",serial={disk.serial or f'disk{n}'}" if bus.has_serial else ""
    more = f",{disk.device}" if disk.device else ""
    return f"{device},drive=disk{n},id=dev{n}{serial}{more}"


def qemu_options(disks, directory):
    """QEMU's options for disks whose images are in `directory`."""
    options, counts = [], {}
    for n, disk in enumerate(disks):
        bus = BUSES[disk.bus]
        on_bus = counts[disk.bus] = counts.get(disk.bus, -1) + 1
        if bus.controller and on_bus == 0:
            options += ["-device", bus.controller]
        image = image_path(directory, n)
        options += ["-drive", drive_option(n, disk, image), "-device", device_option(n, disk, on_bus)]
    return options


def image_path(directory, n):
    return directory / f"disk{n}.img"
