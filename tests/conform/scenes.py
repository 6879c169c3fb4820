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
    simplify: object = as_it_is

    @property
    def needs_namespace(self):
        return bool(self.network or self.mounts)

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
            subprocess.run(["mount", "--bind", source, path], check=True, capture_output=True, timeout=20)

    def undo(self):
        for path in reversed(self.mounts):
            subprocess.run(["umount", path], check=True, capture_output=True, timeout=20)


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

SCENES = [
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
