# SPDX-License-Identifier: MIT
"""What the two agents are asked about, and what is put in place for it first.

Where they are meant to differ, `simplify` takes the difference out of both replies, with the row of the decisions that
says why; 7.2 has no guest-network-get-route and no guest-get-load.
"""

import subprocess
from dataclasses import dataclass, field


def as_it_is(reply):
    return reply


@dataclass
class Scene:
    name: str
    command: str
    env: dict = field(default_factory=dict)    # {dir}: a folder that nobody can read
    files: dict = field(default_factory=dict)  # in that folder
    network: tuple = ()                        # arguments of ip(8)
    simplify: object = as_it_is

    def build(self):
        for line in self.network:
            subprocess.run(["ip", *line.split()], check=True, capture_output=True, timeout=20)


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
]
