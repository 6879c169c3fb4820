# SPDX-License-Identifier: MIT
"""Disks of the guest: image files, formatted here as plain files (no loop device, no root)."""
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Optional

MKFS = {
    "ext4": ["mkfs.ext4", "-q", "-F"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
    "vfat": ["mkfs.vfat"],
}
DRIVERS = {"virtio": ["virtio_blk"], "scsi": ["virtio_scsi", "sd_mod"], "nvme": ["nvme"]}


class MissingTool(Exception):
    """A filesystem that cannot be made here; the cases that want it are skipped."""


@dataclass(frozen=True)
class Disk:
    size: str = "64M"  # as in K, M, G
    fs: Optional[str] = None
    bus: str = "virtio"
    serial: Optional[str] = None
    content: Optional[str] = None  # a directory to copy into an ext4 filesystem

    def modules(self):
        return DRIVERS[self.bus] + ([self.fs] if self.fs else [])

    def create(self, path):
        with open(path, "wb") as image:
            image.truncate(int(self.size[:-1]) * 1024 ** (" KMG".index(self.size[-1])))
        if self.fs:
            fill = ["-d", self.content] if self.content else []
            subprocess.run([mkfs(self.fs), *MKFS[self.fs][1:], *fill, path], check=True,
                           stdout=subprocess.DEVNULL)


def mkfs(fs):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    program = shutil.which(MKFS[fs][0], path=path)
    if not program:
        raise MissingTool(f"{MKFS[fs][0]} is not installed")
    return program


def place(disks):
    """Yields (disk, name of its device in the guest), in the order of the list."""
    counts = {}
    for disk in disks:
        n = counts[disk.bus] = counts.get(disk.bus, -1) + 1
        letter = chr(ord("a") + n)
        names = {"virtio": f"/dev/vd{letter}", "scsi": f"/dev/sd{letter}", "nvme": f"/dev/nvme{n}n1"}
        yield disk, names[disk.bus]


def qemu_options(disks, directory):
    """Makes the images in `directory` and returns QEMU's options for them."""
    options = []
    if any(d.bus == "scsi" for d in disks):
        options += ["-device", "virtio-scsi-pci,id=scsi"]
    for n, disk in enumerate(disks):
        image = directory / f"disk{n}.img"
        disk.create(image)
        options += ["-drive", f"if=none,id=disk{n},format=raw,cache=unsafe,discard=unmap,file={image}"]
        serial = disk.serial or f"disk{n}"
        device = {"virtio": "virtio-blk-pci", "scsi": "scsi-hd,bus=scsi.0", "nvme": "nvme"}[disk.bus]
        options += ["-device", f"{device},drive=disk{n},serial={serial}"]
    return options
