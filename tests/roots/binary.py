# SPDX-License-Identifier: MIT
"""Contents that no text editor shows, made from lines that one can review: netlink dumps, utmp, time zones, bytes.

Every function of KINDS takes the lines of a manifest entry and returns the bytes of the file.
"""

import ipaddress
import platform
import struct

# linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h
NLMSG_DONE, NLM_F_MULTI, NLM_F_DUMP_INTR = 3, 2, 0x10
RTM_NEWLINK, RTM_NEWADDR = 16, 20
IFLA_ADDRESS, IFLA_BROADCAST, IFLA_IFNAME, IFLA_MTU, IFLA_STATS, IFLA_STATS64 = 1, 2, 3, 4, 7, 23
IFA_ADDRESS, IFA_LOCAL, IFA_LABEL, IFA_BROADCAST, IFA_FLAGS = 1, 2, 3, 4, 8
IFF = {"up": 1, "broadcast": 2, "loopback": 8, "pointopoint": 0x10, "running": 0x40, "noarp": 0x80,
       "multicast": 0x1000, "lower-up": 0x10000}
FAMILY = {4: 2, 6: 10}
STATS = ("rx-packets", "tx-packets", "rx-bytes", "tx-bytes", "rx-errs", "tx-errs", "rx-dropped", "tx-dropped")
STATS64_FIELDS = 25
STATS64_PLACE = {"rx-missed": 15, "rx-nohandler": 23}  # the others stand in the order of STATS


def words(line):
    """`key value` pairs and single flags of one line."""
    return line.split()


def pairs(line):
    found = words(line)
    if len(found) % 2:
        raise ValueError(f"a key without a value in: {line}")
    return dict(zip(found[::2], found[1::2]))


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def message(kind, body, flags=NLM_F_MULTI):
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body


def hardware(text):
    return bytes(int(part, 16) for part in text.split(":")) if text != "-" else b""


def stats64(text):
    """`rx-bytes=1,tx-bytes=2`; what is not named is 0."""
    values = [0] * STATS64_FIELDS
    for item in filter(None, text.split(",")):
        name, _, value = item.partition("=")
        values[STATS.index(name) if name in STATS else STATS64_PLACE[name]] = int(value)
    return struct.pack(f"={STATS64_FIELDS}Q", *values)


def link(line):
    """index 2 name eth0 type 1 flags up,running mac 52:54:00:00:00:01 [mtu 1500] [stats rx-bytes=1,…]"""
    given = pairs(line)
    flags = sum(IFF[word] for word in given.get("flags", "").split(",") if word)
    body = struct.pack("=BxHiII", 0, int(given["type"]), int(given["index"]), flags, 0)
    body += attribute(IFLA_IFNAME, given["name"].encode() + b"\0")
    if "mtu" in given:
        body += attribute(IFLA_MTU, struct.pack("=I", int(given["mtu"])))
    address = hardware(given.get("mac", "-"))
    if address:
        body += attribute(IFLA_ADDRESS, address) + attribute(IFLA_BROADCAST, b"\xff" * len(address))
    if "stats" in given:
        wide = stats64(given["stats"])
        narrow = struct.pack("=24I", *(value & 0xFFFFFFFF for value in struct.unpack("=25Q", wide)[:24]))
        body += attribute(IFLA_STATS64, wide) + attribute(IFLA_STATS, narrow)
    return message(RTM_NEWLINK, body)


def address(line):
    """index 2 local 10.0.0.5/24 [peer 10.0.0.6] [label eth0:1] [scope 0]"""
    given = pairs(line)
    local = ipaddress.ip_interface(given["local"])
    body = struct.pack("=BBBBi", FAMILY[local.version], local.network.prefixlen, 0x80, int(given.get("scope", "0")),
                       int(given["index"]))
    if "peer" in given:
        body += attribute(IFA_ADDRESS, ipaddress.ip_address(given["peer"]).packed)
        body += attribute(IFA_LOCAL, local.ip.packed)
    else:
        body += attribute(IFA_ADDRESS, local.ip.packed)
        if local.version == 4:  # IPv6 has IFA_LOCAL only when there is a peer
            body += attribute(IFA_LOCAL, local.ip.packed)
    if local.version == 4:
        body += attribute(IFA_LABEL, given["label"].encode() + b"\0") if "label" in given else b""
    body += attribute(IFA_FLAGS, struct.pack("=I", 0x80))
    return message(RTM_NEWADDR, body)


def dump(one):
    """A dump as it is received: one message per line, then the end."""
    def make(lines):
        return b"".join(one(line) for line in lines) + message(NLMSG_DONE, struct.pack("=i", 0))
    return make


UTMP_TYPES = {"empty": 0, "runlevel": 1, "boot": 2, "init": 5, "login": 6, "user": 7, "dead": 8}
# Where glibc keeps times of 64 bits there.
UTMP_WIDE = platform.machine() in ("aarch64", "s390x", "loongarch64")


def utmp_record(line):
    """user alice line tty1 host 10.0.0.1 time 1700000000.250000 [type user] [pid 1] [id 1]; - is empty"""
    given = {key: "" if value == "-" else value for key, value in pairs(line).items()}
    seconds, _, micro = given["time"].partition(".")
    return struct.pack(f"=hxxi32s4s32s256shh{'qqq' if UTMP_WIDE else 'iIi'}4i20x", UTMP_TYPES[given.get("type", "user")], int(given.get("pid", "1")),
                       given.get("line", "").encode(), given.get("id", "").encode(), given["user"].encode(),
                       given.get("host", "").encode(), 0, 0, 0, int(seconds), int((micro + "000000")[:6]), 0, 0, 0, 0) + bytes(4 if UTMP_WIDE else 0)


def utmp(lines):
    return b"".join(utmp_record(line) for line in lines)


def tzif(lines):
    """Version 2 zone file: `type SECONDS dst|std ABBREVIATION` lines, `at UNIX_TIME TYPE_INDEX` lines, `rule POSIX_TZ`."""
    types, moves, rule, names = [], [], "", b""
    for line in lines:
        kind, *rest = words(line)
        if kind == "type":
            types.append(struct.pack(">iBB", int(rest[0]), rest[1] == "dst", len(names)))
            names += rest[2].encode() + b"\0"
        elif kind == "at":
            moves.append((int(rest[0]), int(rest[1])))
        elif kind == "rule":
            rule = rest[0]
        else:
            raise ValueError(f"what is '{kind}'?")

    def block(version, wide):
        kept = [move for move in moves if wide or -2**31 <= move[0] < 2**31]
        head = b"TZif" + version + bytes(15) + struct.pack(">6I", 0, 0, 0, len(kept), len(types), len(names))
        times = b"".join(struct.pack(">q" if wide else ">i", when) for when, _ in kept)
        return head + times + bytes(which for _, which in kept) + b"".join(types) + names

    return block(b"2", False) + block(b"2", True) + b"\n" + rule.encode() + b"\n"


def hexadecimal(lines):
    return b"".join(bytes.fromhex(line) for line in lines)


KINDS = {
    "hex": hexadecimal,
    "rtnetlink-links": dump(link),
    "rtnetlink-addresses": dump(address),
    "utmp": utmp,
    "tzif": tzif,
}
