# SPDX-License-Identifier: MIT
"""What stands between a disk and a path in the guest: mounts of every kind, loop, device-mapper, md.

    with Guest(disks=[Disk(), Disk()], layers=("dm", "loop")) as guest:
        device = layers.linear(guest, "upper", guest.devices[0])
        at = layers.mkfs_and_mount(...)

Everything returns the path it has made; unmount() and remove() take it down. Names of device-mapper devices appear
under /dev/mapper.
"""
import shlex

# layer: (modules, programs that fetch.py knows)
NEEDS = {
    "loop": (["loop"], ()),
    "dm": (["dm_mod"], ("dmsetup",)),
    "crypt": (["dm_mod", "dm_crypt", "xts", "aes_generic", "ecb"], ("dmsetup",)),
    "md": (["md_mod", "raid1", "raid0"], ("mdadm",)),
    "overlay": (["overlay"], ()),
}
KEY = "00112233445566778899aabbccddeeff" * 2


def modules(names):
    return [module for name in names for module in NEEDS[name][0]]


def programs(names):
    return sorted({program for name in names for program in NEEDS[name][1]})


def q(*words):
    return " ".join(shlex.quote(str(word)) for word in words)


# Mounts

def mount(guest, what, fs, at=None, options=""):
    """Mounts `what`; at /mnt/<its last name> unless told otherwise."""
    at = at or "/mnt/" + what.rpartition("/")[2]
    more = f"-o {options}" if options else ""
    guest.sh(f"mkdir -p {q(at)} && mount -t {fs} {more} {q(what, at)}")
    return at


def unmount(guest, *places):
    """In the given order."""
    for at in places:
        guest.sh(f"umount {q(at)}")


def bind(guest, source, at):
    guest.sh(f"mkdir -p {q(at)} && mount --bind {q(source, at)}")
    return at


def tmpfs(guest, at, size="16m"):
    return mount(guest, "tmpfs", "tmpfs", at, f"size={size}")


def overlay(guest, lower, upper, at):
    """`upper` gets a directory for the changes and one for work."""
    guest.sh(f"mkdir -p {q(upper + '/changes', upper + '/work')}")
    return mount(guest, "overlay", "overlay", at, f"lowerdir={lower},upperdir={upper}/changes,workdir={upper}/work")


# Devices

def loop(guest, file, size=None):
    """A loop device on a file of the guest, which is made (sparse) if a size is given."""
    if size:
        guest.sh(f"truncate -s {size} {q(file)}")
    device = guest.sh("losetup -f")
    guest.sh(f"losetup {device} {q(file)}")
    return device


def linear(guest, name, device, sectors=None, start=0):
    sectors = sectors or int(guest.sh(f"blockdev --getsz {q(device)}")) - start
    return table(guest, name, f"0 {sectors} linear {device} {start}")


def crypt(guest, name, device):
    sectors = guest.sh(f"blockdev --getsz {q(device)}")
    return table(guest, name, f"0 {sectors} crypt aes-xts-plain64 {KEY} 0 {device} 0")


def table(guest, name, text, uuid=None):
    """Any device-mapper device; a UUID such as "LVM-…" or "CRYPT-LUKS2-…" says what it pretends to be."""
    more = f"-u {uuid}" if uuid else ""
    guest.sh(f"echo {q(text)} | dmsetup create {more} {q(name)}")
    return f"/dev/mapper/{name}"


def md(guest, number, devices, level=1):
    device = f"/dev/md{number}"
    guest.sh(f"yes | mdadm --create {device} --run --level={level} --raid-devices={len(devices)} --metadata=1.2"
             f" --assume-clean --homehost=guest {q(*devices)} 2>&1", timeout=60)
    return device


def remove(guest, device):
    """A loop, device-mapper or md device."""
    if device.startswith("/dev/loop"):
        guest.sh(f"losetup -d {device}")
    elif device.startswith("/dev/md"):
        guest.sh(f"mdadm --stop {device}")
    else:
        guest.sh(f"dmsetup remove --retry {q(device.rpartition('/')[2])}")
