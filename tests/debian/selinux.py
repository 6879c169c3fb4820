# SPDX-License-Identifier: MIT
"""The root filesystem of the Debian guest in which SELinux is enforcing: with Debian's policy, our module in it, and a label
on each file.

What debootstrap makes is kept in the cache as an archive; from that an image is made for each state of the module.
"""
import hashlib
import os
from pathlib import Path

from vm import fetch

from debian import image

TOP = Path(__file__).resolve().parents[2]
MODULE = TOP / "packaging" / "selinux"
DEVEL = Path("/usr/share/selinux/devel/Makefile")
VERSION = 1
PACKAGES = [*image.PACKAGES, "selinux-policy-default", "policycoreutils", "selinux-utils"]
# Denials go to the console, all of them (no rate limit), those of a shutdown too.
OPTIONS = "security=selinux selinux=1 enforcing=1 loglevel=6"
SYSCTL = "kernel.printk_ratelimit = 0\n"
CONFIG = "SELINUX=enforcing\nSELINUXTYPE=default\n"
# of the shell that looks at effects: an administrator's, whose programs may write to its files
SHELL = "[Service]\nSELinuxContext=system_u:system_r:unconfined_t:s0\n"
CONTEXTS = "/etc/selinux/default/contexts/files/file_contexts"


def base():
    """The image, made if it is not there."""
    return image.made(fetch.cache_dir() / f"debian-selinux-{VERSION}-{digest()}.img", build)


def digest():
    """Of all that the image is made of besides packages."""
    files = [*sorted(MODULE.iterdir()), Path(__file__), image.__file__, TOP / "tests/vm/guest-shell"]
    return hashlib.sha256(b"".join(Path(f).read_bytes() for f in files)).hexdigest()[:12]


def build(target):
    archive = fetch.cache_dir() / f"debian-selinux-{VERSION}.tar"
    if not archive.exists():
        print("making a Debian root filesystem with SELinux", flush=True)
        with image.scratch("debian-selinux.new") as root:
            image.bootstrap(root, PACKAGES)
            image.run(["tar", "-C", root, "-cf", archive.with_suffix(".new"), "."])
            archive.with_suffix(".new").rename(archive)
    print("adding the module to it", flush=True)
    with image.scratch("debian-selinux.new") as root:
        root.mkdir()
        image.run(["tar", "-C", root, "-xpf", archive])
        image.configure(root)
        (root / "etc/selinux/config").write_text(CONFIG)
        (root / "etc/sysctl.d/denials.conf").write_text(SYSCTL)
        (root / "etc/systemd/system/guest-shell.service.d").mkdir()
        (root / "etc/systemd/system/guest-shell.service.d/context.conf").write_text(SHELL)
        add_module(root)
        label(root)
        for old in target.parent.glob("debian-selinux-*.img"):
            old.unlink()
        image.make_filesystem(root, target)


def add_module(root):
    out = root / "tmp/module"
    image.run(["make", "-s", "-C", MODULE, f"OUT={out}"], env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
    image.run(["chroot", root, "semodule", "--noreload", "--install", "/tmp/module/virtagent.pp.bz2"])
    image.run(["rm", "-r", out])


def label(root):
    """As attributes, which this machine's kernel keeps whether or not it has SELinux (-m: all mounts), and mke2fs copies.
    setfiles reaches them through /proc."""
    image.run(["unshare", "--mount", "--propagation", "private", "sh", "-ec", 'mount -t proc proc "$1/proc"; exec chroot "$@"', "sh",
               root, "setfiles", "-F", "-m", "-e", "/proc", CONTEXTS, "/"])
