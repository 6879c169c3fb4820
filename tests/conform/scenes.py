# SPDX-License-Identifier: MIT
"""What the two agents are asked about, and what is put in place for it first.

Where they are meant to differ, `simplify` takes the difference out of both replies, with the row of the decisions that
says why; 7.2 has no guest-network-get-route and no guest-get-load.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "roots"))
import binary  # noqa: E402  (the path has to be set first)
import manifest  # noqa: E402


def as_it_is(reply):
    return reply


@dataclass
class Scene:
    name: str
    command: str
    env: dict = field(default_factory=dict)    # {dir}: a folder that nobody can read
    files: dict = field(default_factory=dict)  # in that folder
    network: tuple = ()                        # arguments of ip(8)
    mounts: dict = field(default_factory=dict)  # a path here, to the file or {name: file} that stands there meanwhile
    machine: str = ""                          # a machine of tests/roots, whose /sys and /run stand here meanwhile
    root_on: str = ""                          # the device there that the root filesystem seems to be on
    bound: list = field(default_factory=list)
    simplify: object = as_it_is

    @property
    def needs_namespace(self):
        return bool(self.network or self.mounts or self.machine)

    def build(self, folder):
        for line in self.network:
            subprocess.run(["ip", *line.split()], check=True, capture_output=True, timeout=20)
        for number, (path, data) in enumerate(self.mounts.items()):
            source = os.path.join(folder, f"mount{number}")
            if isinstance(data, dict):
                os.mkdir(source)
            for name, text in (data if isinstance(data, dict) else {"": data}).items():
                with open(os.path.join(source, name) if name else source, "wb") as new:
                    new.write(text)
            self.bind(source, path)
        if self.machine:
            self.build_machine(folder)

    def build_machine(self, folder):
        tree = os.path.join(folder, "machine")
        os.mkdir(tree)
        # not on a disk: 7.2 lists every bind mount of a filesystem
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", tree], check=True, capture_output=True, timeout=20)
        self.bound.append(tree)
        os.mkdir(os.path.join(tree, "run"))
        manifest.of_machine(os.path.join(HERE, "..", "roots", self.machine)).unpack(tree)
        if self.root_on:
            device = os.stat("/").st_dev
            link = os.path.join(tree, "sys/dev/block", f"{os.major(device)}:{os.minor(device)}")
            if os.path.lexists(link):
                os.unlink(link)
            os.symlink(os.readlink(os.path.join(tree, "sys/class/block", self.root_on)), link)
        for path in ("/sys", "/run"):
            self.bind(tree + path, path)

    def bind(self, source, path):
        subprocess.run(["mount", "--bind", source, path], check=True, capture_output=True, timeout=20)
        self.bound.append(path)

    def undo(self):
        while self.bound:
            subprocess.run(["umount", self.bound.pop()], check=True, capture_output=True, timeout=20)


def root_is_on_a_device():
    """Else no filesystem of this machine is listed, and nothing can be put under it."""
    return os.major(os.stat("/").st_dev) != 0


# Names go from one scene to the next: the namespace is the same for all.
BASE = ("link set lo up",
        "link add ve0 type veth peer name ve1",
        "link set ve0 addrgenmode none up",
        "link set ve1 addrgenmode none",
        "link add br0 type bridge",
        "link set br0 addrgenmode none",
        "tuntap add dev tun0 mode tun",
        "tuntap add dev tap0 mode tap",
        "link add ifb9 type ifb")

OS_RELEASES = {
    "plain": 'ID=debian\nNAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\n'
             'VERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nVARIANT=Server\nVARIANT_ID=server\n',
    "empty": "",
    "blanks": '# a remark\n\n  ID = fedora  \nNAME= "Fedora Linux" \nVERSION=\nVERSION_ID=\t40\n',
    "escapes": 'NAME="a \\"b\\" \\$c \\`d \\\\ \\n \\\'"\nID=one;two\nVERSION=three four\nVARIANT="x;y # z" tail\n',
    "repeated": "ID=first\nNAME=x\nID=last\n",
    "no-line-feed": 'ID=alpine\nNAME="Alpine Linux"',
    "letters": 'NAME="Linux \u00e9\u4e2d\U0001f600"\nID=x-y_z.1\n',
}

TZ_VALUES = ("UTC", "Europe/Berlin", ":Asia/Kolkata", "America/St_Johns", "Asia/Tehran", "CET-1CEST,M3.5.0,M10.5.0/3",
             "XYZ-5:45", "No/Where", "Etc/GMT+5")


def zone(name):
    """A zone file of this machine; without one the scene cannot be built."""
    try:
        with open(os.path.join("/usr/share/zoneinfo", name), "rb") as data:
            return data.read()
    except OSError:
        return b""


UTMP = binary.KINDS["utmp"]((
    "type boot user reboot line ~ time 1700000000",
    "user zoe line tty1 time 1700000100.250000",
    "type login user LOGIN line tty2 time 1700000050",
    "user adam line pts/0 host 192.0.2.7 time 1700000300.5",
    "user zoe line pts/1 host 192.0.2.7 time 1700000200",
    "type dead user gone line pts/2 time 1700000000",
    "user adam line pts/3 time 1700000250.000001"))


def by_number(reply):
    """Row 133: ours is in the order of the numbers, the reference's in that of the directory."""
    return sorted(reply["return"], key=lambda processor: processor["logical-id"])


# Without this libudev looks for its devices on a real sysfs only.
LIBUDEV = {"SYSTEMD_DEVICE_VERIFY_SYSFS": "0"}


def storage(*unruly):
    """Takes out what differs with a reason: rows 165 and 166 (these machines have no udev), the member that 7.2 did not
    have yet, and the addresses of devices that row 170 or 171 is about."""
    def simplify(reply):
        plain = []
        for one in reply["return"]:
            one = {key: value for key, value in one.items() if key not in ("alias", "smart", "total-bytes-privileged")}
            # they move while the three are asked; their values are compared in the guest
            one.update({key: "there" for key in ("used-bytes", "total-bytes") if key in one})
            addresses = [one["address"]] if "address" in one else one.get("disk", [])
            for address in addresses:
                address.pop("serial", None)
            if one["name"].rpartition("/")[2] in unruly:
                one.pop("address", None)
                one.pop("disk", None)
            plain.append(one)
        return plain
    return simplify


# xhci came after 7.2; the reference looks at eight ports, those that it finds first; the rest are controllers without
# a rule
UNRULY = {"q35-buses": ("mmcblk0", "sde", "sdf"), "nvme-multipath": ("nvme1n1",), "nvme-vmd": ("nvme0n1", "nvme1n1"),
          "ahci-ten-ports": tuple("sd" + letter for letter in "defghijklm"), "virtio-mmio": ("nvme0n1",),
          "controllers": ("sdb", "sdc", "sdd", "sde", "sdf", "sdg", "sdh", "sdi", "mmcblk1", "xvda", "c0d0", "pmem0")}
MACHINES = ("q35-buses", "lvm", "md-raid1", "dm-crypt", "multipath", "btrfs", "nvme-multipath", "nvme-vmd", "s390-ccw",
            "ahci-ten-ports", "virtio-mmio", "controllers")
FILESYSTEMS_ON = {"q35-buses": ("vda", "sda", "sdd", "nvme0n1"), "lvm": ("dm-0", "vda2"), "md-raid1": ("md0",),
                  "dm-crypt": ("dm-1",), "multipath": ("dm-2",), "s390-ccw": ("vda1", "sda", "dasda1"),
                  "ahci-ten-ports": ("sda", "sdc"), "virtio-mmio": ("vda", "sda", "vdb"),
                  "controllers": ("vda", "sda", "loop0")}
STORAGE = [Scene(f"disks-{machine}", "guest-get-disks", env=LIBUDEV, machine=machine,
                 simplify=storage(*UNRULY.get(machine, ()))) for machine in MACHINES]
STORAGE += [Scene(f"fsinfo-{machine}-{device}", "guest-get-fsinfo", env=LIBUDEV, machine=machine, root_on=device,
                  simplify=storage()) for machine, devices in FILESYSTEMS_ON.items() for device in devices
            if root_is_on_a_device()]

SCENES = [
    Scene("fsinfo", "guest-get-fsinfo", simplify=storage()),
    Scene("disks", "guest-get-disks", simplify=storage()),
    *STORAGE,
    Scene("interfaces-loopback-down", "guest-network-get-interfaces"),
    Scene("interfaces-bare", "guest-network-get-interfaces", network=BASE),
    Scene("interfaces-addresses", "guest-network-get-interfaces",
          network=("addr add 192.0.2.1/24 dev ve0",
                   "addr add 192.0.2.77/25 dev ve0",
                   "addr add fd00::1/64 dev ve0 nodad",
                   "addr add fe80::5/64 dev ve0 nodad",
                   "addr add 198.51.100.1/30 dev br0",
                   "addr add 2001:db8::1/128 dev tun0")),
    Scene("interfaces-point-to-point", "guest-network-get-interfaces",
          network=("addr add 10.0.0.1 peer 10.0.0.2/32 dev tun0",
                   "addr add 10.1.0.1 peer 10.2.0.0/16 dev ve0",
                   "addr add fd01::1 peer fd02::/48 dev tun0")),
    Scene("interfaces-labels", "guest-network-get-interfaces",
          network=("addr add 192.0.2.2/24 dev ve0 label ve0:1",
                   "addr add 192.0.2.3/24 dev ve0 label ve0:1",
                   "addr add 192.0.2.4/24 dev ve0 label ve0:two",
                   "addr add 198.51.100.9/30 dev br0 label br0:x",
                   # whatever ip(8) lets through: a label that is not the device's, but begins alike
                   "addr add 192.0.2.5/24 dev ve0 label ve0x")),
    Scene("interfaces-only-a-label", "guest-network-get-interfaces",
          network=("addr add 203.0.113.1/32 dev ifb9 label ifb9:0",)),
    Scene("cpustats", "guest-get-cpustats"),
    Scene("vcpus", "guest-get-vcpus", simplify=by_number),
    Scene("diskstats", "guest-get-diskstats"),
    Scene("host-name", "guest-get-host-name"),
    Scene("osinfo", "guest-get-osinfo"),
    Scene("osinfo-missing-file", "guest-get-osinfo", env={"QGA_OS_RELEASE": "{dir}/none"}),
    *(Scene(f"osinfo-{name}", "guest-get-osinfo", env={"QGA_OS_RELEASE": "{dir}/os-release"},
            files={"os-release": text}) for name, text in OS_RELEASES.items()),
    *(Scene(f"timezone-variable-{number}", "guest-get-timezone", env={"TZ": value})
      for number, value in enumerate(TZ_VALUES)),
    Scene("timezone-localtime", "guest-get-timezone", mounts={"/etc/localtime": zone("Asia/Kathmandu")}),
    Scene("timezone-localtime-south", "guest-get-timezone", mounts={"/etc/localtime": zone("Australia/Lord_Howe")}),
    Scene("users-without-utmp", "guest-get-users"),
    Scene("users", "guest-get-users", mounts={"/run": {"utmp": UTMP}}),
]
