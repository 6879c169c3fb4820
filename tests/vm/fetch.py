#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Debian packages the guest is made of: downloaded and unpacked into a cache, never installed.

    python3 tests/vm/fetch.py [kernel|kernel-full|busybox|qemu-ga|dmsetup|udev|mdadm|libvirt|virsh]...    prints where each is

A developer's machine must get neither a second kernel nor a running guest agent, so nothing here calls
`apt-get install`. The cache is build/cache unless VIRTAGENT_CACHE says otherwise; what is there is used as
it is: remove the directory to get newer packages.
"""
import fcntl
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
LIBRARIES = r"lib(?!c6$|gcc|crypt1$)"  # the C library comes from the host, like the agent

# set: (package, which of its dependencies are unpacked with it)
SETS = {
    "kernel": ("linux-image-cloud-amd64", r"linux-image-.*-cloud-amd64$"),
    # four times as large; for the drivers that the cloud kernel lacks (ahci, usb-storage, mmc, …)
    "kernel-full": ("linux-image-amd64", r"linux-image-.*-amd64$"),
    "busybox": ("busybox-static", r"$^"),
    "qemu-ga": ("qemu-guest-agent", LIBRARIES),
    "dmsetup": ("dmsetup", LIBRARIES),
    "udev": ("udev", LIBRARIES),
    "mdadm": ("mdadm", LIBRARIES),
    "libvirt": ("libvirt-daemon", LIBRARIES),
    "virsh": ("libvirt-clients", LIBRARIES),
}


class FetchError(Exception):
    pass


def cache_dir():
    return Path(os.environ.get("VIRTAGENT_CACHE") or TOP / "build" / "cache").absolute()


def fetch(name):
    """Returns the directory in which the packages of the set `name` are unpacked."""
    target = cache_dir() / name
    if target.is_dir():
        return target
    with locked(cache_dir()):
        if not target.is_dir():
            unpack_set(name, target)
    return target


@contextmanager
def locked(directory):
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def unpack_set(name, target):
    """Unpacks beside the target and renames, so that an interrupted run leaves nothing half done."""
    first, follow = SETS[name]
    work = target.with_name(target.name + ".new")
    debs = target.with_name(target.name + ".debs")
    for directory in (work, debs):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    todo, seen = {first}, set()
    while todo:
        download(sorted(todo), debs)
        seen |= todo
        todo = {d for p in todo for d in depends(deb_of(p, debs)) if re.match(follow, d)} - seen
    for deb in debs.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", deb, work], check=True)
    shutil.rmtree(debs)
    work.rename(target)


def deb_of(package, directory):
    return next(directory.glob(package + "_*.deb"))


def depends(deb):
    """Names of the packages a package depends on; of alternatives the first."""
    fields = subprocess.run(["dpkg-deb", "-f", deb, "Pre-Depends", "Depends"],
                            check=True, capture_output=True, text=True).stdout
    names = re.sub(r"^[\w-]+:", ",", fields, flags=re.M).split(",")
    return [re.split(r"[ :|(]", n.strip())[0] for n in names if n.strip()]


def download(packages, directory):
    """With the machine's package lists if they will do, else with fresh ones of our own (no root)."""
    print("fetching", *packages, file=sys.stderr, flush=True)
    done = apt_get([], ["download", *packages], directory)
    if done.returncode:
        own = own_lists()
        update = apt_get(own, ["update"], directory)
        done = apt_get(own, ["download", *packages], directory)
        if done.returncode:
            reason = first_line(update.stderr or done.stderr)
            raise FetchError(f"cannot download {packages[0]}: {reason}\n"
                             f"(the first run needs a Debian mirror, later ones only {cache_dir()})")


def first_line(text):
    return (text.strip().splitlines() or ["apt-get gave no reason"])[0]


def own_lists():
    state = cache_dir() / "apt"
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    return ["-o", f"Dir::State::lists={state}/lists", "-o", f"Dir::Cache={state}"]


def apt_get(options, words, directory):
    command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2",
               *options, *words]
    try:
        return subprocess.run(command, cwd=directory,
                              capture_output=True, text=True, timeout=300)
    except FileNotFoundError:
        raise FetchError("apt-get not found: the guest is made of Debian packages") from None


# Where things are inside the sets

def kernel_image(kernel="kernel"):
    return next((fetch(kernel) / "boot").glob("vmlinuz-*"))


def kernel_modules(kernel="kernel"):
    return next((fetch(kernel) / "lib" / "modules").iterdir())


def udev_program(name):
    """"udevadm" or a helper such as "scsi_id"."""
    top = fetch("udev")
    return next(found for place in ("bin", "lib/udev") for found in top.glob(f"{place}/{name}"))


def busybox():
    return fetch("busybox") / "bin" / "busybox"


def qemu_ga():
    return fetch("qemu-ga") / "usr" / "sbin" / "qemu-ga"


def dmsetup():
    return fetch("dmsetup") / "sbin" / "dmsetup"


def mdadm():
    return fetch("mdadm") / "sbin" / "mdadm"


def library_path(program):
    """Directories of the unpacked libraries a program of the cache needs; none for any other program."""
    try:
        name = Path(program).absolute().relative_to(cache_dir()).parts[0]
    except ValueError:
        return []
    directories = sorted((cache_dir() / name).glob("**/*-linux-gnu"))
    return [str(d) for d in directories if any(d.glob("*.so.*"))]


def main(names):
    places = {"kernel": kernel_image, "kernel-full": lambda: kernel_image("kernel-full"), "busybox": busybox,
              "qemu-ga": qemu_ga, "dmsetup": dmsetup, "udev": lambda: udev_program("udevadm"), "mdadm": mdadm}
    try:
        for name in names or places:
            print(places[name]())
    except KeyError:
        sys.exit(f"no such set, choose from: {' '.join(places)}")
    except FetchError as e:
        sys.exit(f"fetch: {e}")


if __name__ == "__main__":
    main(sys.argv[1:])
