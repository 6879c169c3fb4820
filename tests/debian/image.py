# SPDX-License-Identifier: MIT
"""The root filesystem of the Debian guest: made once by debootstrap, kept in the cache as a file that every run copies.

Nothing is installed on this machine: debootstrap works in a folder of the cache, which is gone when the image is done.
What is in it is as small as systemd, udev and D-Bus allow, since the processor of the guest is emulated.
"""
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from vm import fetch, initramfs

HERE = Path(__file__).parent
# a change here or in the guest's files needs another image
VERSION = 2
PACKAGES = ["systemd", "systemd-sysv", "dbus", "udev", "kmod", "libpam-systemd", "iproute2",
            # what the agents and vactl need
            "libuv1", "libmnl0", "libseccomp2", "libglib2.0-0", "libnuma1", "liburing2"]
# of the kernel
OPTIONS = "audit=0"
MODULES = ["virtio_pci", "virtio_blk", "ext4", "virtio_console", "virtio_net"]
# what starts in every Debian system and is of no use here
MASKED = ["apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service",
          "fstrim.timer", "getty@tty1.service", "serial-getty@ttyS0.service", "serial-getty@ttyS1.service", "systemd-tmpfiles-clean.timer",
          "systemd-random-seed.service", "systemd-pstore.service", "console-getty.service", "getty-static.service",
          "systemd-update-utmp.service", "systemd-update-utmp-runlevel.service", "modprobe@drm.service",
          "modprobe@fuse.service", "modprobe@configfs.service", "modprobe@dm_mod.service", "modprobe@loop.service",
          "modprobe@efi_pstore.service"]
SHELL_UNIT = """[Unit]
DefaultDependencies=no
StartLimitIntervalSec=0
After=systemd-tmpfiles-setup.service
Before=shutdown.target
IgnoreOnIsolate=yes
[Service]
ExecStart=/bin/bash /usr/local/sbin/guest-shell
Restart=always
RestartSec=0
StandardInput=null
OOMScoreAdjust=-1000
[Install]
WantedBy=sysinit.target
"""


def base():
    """The image, made if it is not there."""
    return made(fetch.cache_dir() / f"debian-{VERSION}.img", build)


def made(target, make):
    """The file of the cache that this function makes if it is not there."""
    if not target.exists():
        with fetch.locked(fetch.cache_dir()):
            if not target.exists():
                make(target)
    return target


def build(target):
    print("making a Debian root filesystem", flush=True)
    with scratch("debian.new") as root:
        bootstrap(root, PACKAGES)
        configure(root)
        make_filesystem(root, target)


@contextmanager
def scratch(name):
    """A folder of the cache that is gone afterwards, and not there before."""
    root = fetch.cache_dir() / name
    shutil.rmtree(root, ignore_errors=True)
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def make_filesystem(root, target):
    partial = target.with_suffix(".new")
    partial.unlink(missing_ok=True)
    run(["mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", root, partial, "1G"])
    partial.rename(target)


def run(command, **how):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **how)
    if done.returncode:
        raise fetch.FetchError(f"{command[0]}: status {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


def mirror():
    """The one that this machine uses."""
    for line in run(["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)"]).splitlines():
        if line.split()[1:] == ["bookworm"]:
            return line.split()[0]
    return "http://deb.debian.org/debian"


def bootstrap(root, packages):
    run(["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", "bookworm", root, mirror()],
        env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})


def configure(root):
    for waste in ("var/cache/apt", "var/lib/apt/lists", "usr/share/locale", "usr/share/doc", "usr/share/info"):
        shutil.rmtree(root / waste, ignore_errors=True)
        (root / waste).mkdir()
    (root / "etc/hostname").write_text("debian-guest\n")
    (root / "etc/fstab").write_text("/dev/vda / ext4 defaults 0 0\n/dev/vdc /mnt ext4 ro,nofail 0 0\n")
    (root / "etc/dpkg/dpkg.cfg.d/fast").write_text("force-unsafe-io\n")
    (root / "etc/machine-id").write_text("0" * 31 + "1\n")
    for name in MASKED:
        (root / "etc/systemd/system" / name).symlink_to("/dev/null")
    shutil.copy(HERE.parent / "vm" / "guest-shell", root / "usr/local/sbin/guest-shell")
    (root / "etc/systemd/system/guest-shell.service").write_text(SHELL_UNIT)
    run(["chroot", root, "systemctl", "enable", "guest-shell.service"])
    run(["chroot", root, "useradd", "--create-home", "--shell", "/bin/bash", "joe"])
    (root / "etc/systemd/network").mkdir(exist_ok=True)


def write_initramfs(target):
    archive = initramfs.Archive()
    for directory in ("bin", "dev", "etc", "mnt", "proc", "sys", "lib/modules"):
        archive.directory(directory)
    archive.file("bin/busybox", fetch.busybox().read_bytes(), 0o755)
    for applet in ("sh", "mount", "umount", "insmod", "usleep", "mkdir", "switch_root", "echo"):
        archive.link(f"bin/{applet}", "busybox")
    archive.file("init", (HERE / "guest-init").read_bytes(), 0o755)
    initramfs.add_modules(archive, MODULES, "kernel")
    with open(target, "wb") as stream:
        archive.write(stream)


def disk_of(directory, target):
    """A filesystem with the files of a directory."""
    size = sum(f.stat().st_size for f in Path(directory).iterdir()) // 1024 + 4096
    run(["mke2fs", "-q", "-t", "ext4", "-m", "0", "-d", directory, target, f"{size}k"])


def packaged_agent(directory):
    """The package of qemu-guest-agent, as a file in the directory."""
    fetch.download(["qemu-guest-agent"], directory)
    found = [f for f in Path(directory).iterdir() if re.match(r"qemu-guest-agent_.*\.deb$", f.name)]
    return found[0]
