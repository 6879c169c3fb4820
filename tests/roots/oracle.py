#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Works out a reply from a machine's manifest and the protocol's rules, without the agent: a second opinion.

    tests/roots/oracle.py MACHINE COMMAND > tests/roots/MACHINE/expected/COMMAND.json

It knows the commands that turn one table into another; their rules are short enough to be written down twice. What it
prints is an expectation to read and to keep, like one made by hand.
"""

import ipaddress
import json
import os
import shlex
import struct
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import binary  # noqa: E402  (the path has to be set first)
import manifest  # noqa: E402

# a clock tick is 1/100 s on all of Linux
TICK_MS = 10
STATS = ("rx-bytes", "rx-packets", "rx-errs", "rx-dropped", "tx-bytes", "tx-packets", "tx-errs", "tx-dropped")


class Machine:
    """The manifest, with the lines of netlink dumps as they were written."""

    def __init__(self, name):
        self.lines = {}
        for kind in ("rtnetlink-links", "rtnetlink-addresses"):
            binary.KINDS[kind] = self.keeping(kind, binary.KINDS[kind])
        self.manifest = manifest.of_machine(os.path.join(HERE, name))

    def keeping(self, kind, make):
        def keep(lines):
            self.lines[kind] = [binary.pairs(line) for line in lines]
            return make(lines)
        return keep

    def text(self, path):
        kind, data = self.manifest.nodes.get(path, (None, None))
        if kind == "link":
            return self.text(os.path.normpath(os.path.join(os.path.dirname(path), os.fsdecode(data))))
        return data.decode() if kind == "file" else None

    def rows(self, path):
        """Fields of each line."""
        return [line.split() for line in (self.text(path) or "").splitlines()]

    def call(self, name):
        return dict(line.split(" ", 1) for line in (self.text(f"/.virtagent/{name}") or "").splitlines() if " " in line)


def host_name(machine):
    return {"host-name": machine.call("uname").get("nodename", "")}


def load(machine):
    averages = map(float, machine.rows("/proc/loadavg")[0][:3])
    # whole numbers are written without a fraction
    return dict(zip(("load1m", "load5m", "load15m"), (int(one) if one == int(one) else one for one in averages)))


def cpustats(machine):
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guestnice")
    found = []
    for name, *ticks in machine.rows("/proc/stat"):
        if name[:3] == "cpu" and name[3:].isdigit():
            found.append({"type": "linux", "cpu": int(name[3:]), **{n: int(t) * TICK_MS for n, t in zip(names, ticks)}})
    return found


def diskstats(machine):
    names = [f"{verb}-{what}" for verb in ("read", "write") for what in ("ios", "merges", "sectors", "ticks")]
    names += ["ios-pgr", "total-ticks", "weight-ticks"]
    names += [f"discard-{what}" for what in ("ios", "merges", "sectors", "ticks")] + ["flush-ios", "flush-ticks"]
    counts = {20: 17, 19: 15, 18: 15}
    found = []
    for major, minor, name, *values in machine.rows("/proc/diskstats"):
        fields = 3 + len(values)
        if fields == 7:
            stats = dict(zip(("read-ios", "read-sectors", "write-ios", "write-sectors"), map(int, values)))
        else:
            known = counts.get(min(fields, 20), 11 if fields >= 14 else 0)
            stats = dict(zip(names[:known], map(int, values)))
        found.append({"name": name, "major": int(major), "minor": int(minor), "stats": stats})
    return found


def statistics(link):
    given = {name: int(value) for name, value in (item.split("=") for item in link["stats"].split(","))}
    given["rx-dropped"] = given.get("rx-dropped", 0) + given.pop("rx-missed", 0)
    return {name: given.get(name, 0) for name in STATS}


def interfaces(machine):
    """Links in their order; then labels, each with the hardware address of the device in front of its colon."""
    found, by_index = {}, {}
    for link in machine.lines["rtnetlink-links"]:
        mac = ":".join((link.get("mac", "").split(":") + ["00"] * 6)[:6]) if link.get("mac", "-") != "-" else \
            "00:00:00:00:00:00"
        by_index[link["index"]] = link
        found[link["name"]] = {"name": link["name"], "hardware-address": mac}
    for address in machine.lines["rtnetlink-addresses"]:
        link = by_index.get(address["index"])
        if link is None:
            continue
        name = address.get("label", link["name"])
        local = ipaddress.ip_interface(address["local"])
        entry = found.setdefault(name, {"name": name})
        if name not in (one["name"] for one in by_index.values()):
            parent = found.get(name.split(":")[0], {})
            if "hardware-address" in parent:
                entry["hardware-address"] = parent["hardware-address"]
        elif "stats" in link and name == link["name"]:
            entry["statistics"] = statistics(link)
        entry.setdefault("ip-addresses", []).append({
            "ip-address": str(local.ip), "ip-address-type": f"ipv{local.version}", "prefix": local.network.prefixlen})
    order = ("name", "hardware-address", "ip-addresses", "statistics")
    return [{key: entry[key] for key in order if key in entry} for entry in found.values()]


def routes(machine):
    def four(text):
        return str(ipaddress.IPv4Address(struct.pack("=I", int(text, 16))))

    def six(text):
        return str(ipaddress.IPv6Address(bytes.fromhex(text)))

    found = []
    for row in machine.rows("/proc/net/route")[1:]:
        iface, destination, gateway, flags, refcnt, use, metric, mask, mtu, window, irtt = row
        found.append({"iface": iface, "destination": four(destination), "metric": int(metric) & 0xFFFFFFFF,
                      "gateway": four(gateway), "mask": four(mask), "irtt": int(irtt), "flags": int(flags, 16),
                      "refcnt": int(refcnt), "use": int(use), "window": int(window), "mtu": int(mtu), "version": 4})
    for row in machine.rows("/proc/net/ipv6_route"):
        destination, length, source, source_length, nexthop, metric, refcnt, use, flags, iface = row
        found.append({"iface": iface, "destination": six(destination), "metric": int(metric, 16), "flags": int(flags, 16),
                      "refcnt": int(refcnt, 16), "use": int(use, 16), "desprefixlen": str(int(length, 16)),
                      "source": six(source), "srcprefixlen": str(int(source_length, 16)), "nexthop": six(nexthop),
                      "version": 6})
    return found


def osinfo(machine):
    names = machine.call("uname")
    found = {"kernel-release": names["release"], "kernel-version": names["version"], "machine": names["machine"]}
    text = machine.text("/etc/os-release") or machine.text("/usr/lib/os-release") or ""
    values = {}
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if len(words) == 1 and "=" in words[0]:
            key, _, values[key] = words[0].partition("=")
    for key in ("ID", "NAME", "PRETTY_NAME", "VERSION", "VERSION_ID", "VARIANT", "VARIANT_ID"):
        if key in values:
            found[key.lower().replace("_", "-")] = values[key]
    return found


COMMANDS = {
    "guest-get-host-name": host_name, "guest-get-load": load, "guest-get-cpustats": cpustats, "guest-get-osinfo": osinfo,
    "guest-get-diskstats": diskstats, "guest-network-get-interfaces": interfaces, "guest-network-get-route": routes,
}


def lay_out(value):
    """As expected/ has it: one line per element."""
    if not isinstance(value, list) or not value:
        return json.dumps({"return": value}) + "\n"
    return '{"return": [\n  ' + ",\n  ".join(json.dumps(one) for one in value) + "]}\n"


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in COMMANDS:
        sys.exit(f"usage: oracle.py MACHINE COMMAND, one of {' '.join(sorted(COMMANDS))}")
    sys.stdout.write(lay_out(COMMANDS[sys.argv[2]](Machine(sys.argv[1]))))


if __name__ == "__main__":
    main()
