#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A container host: 500 veth pairs' outer ends on a bridge, 300 overlay mounts, one disk with two partitions.

Prints the manifest; with a command's name its expectation. Both come from the same table in here, and none from the
agent: what has to come out is known where the machine is made up.
"""

import json
import sys

PAIRS = 500
OVERLAYS = 300
DISK = "/sys/devices/pci0000:00/0000:00:05.0/virtio2/block/vda"
PARTITIONS = (("vda1", 1, 2048, 1048576), ("vda2", 2, 1050624, 40892383))

HEAD = f"""about   a container host: {PAIRS} veth interfaces on a bridge, {OVERLAYS} overlay mounts, one disk with two partitions
from    made up by manifest.py after what Linux 6.1 with containerd shows; Documentation/filesystems/overlayfs.rst
expect  manifest.py COMMAND, from the table that the manifest is made of
"""


def links():
    """(index, name, type, mac, stats) in the kernel's order."""
    yield 1, "lo", 772, "00:00:00:00:00:00", 1000
    yield 2, "ens5", 1, "52:54:00:12:34:56", 2000
    yield 3, "cni0", 1, "52:54:00:00:00:fe", 3000
    for n in range(PAIRS):
        # indexes of containers that are gone are not used again
        yield 7 + 2 * n, f"veth{n * 2654435761 % 2**32:08x}", 1, f"52:54:00:10:{n >> 8:02x}:{n & 255:02x}", 4000 + n


# index, address, prefix, label
ADDRESSES = ((1, "127.0.0.1", 8, "lo"), (2, "192.0.2.15", 24, "ens5"), (2, "192.0.2.16", 24, "ens5:vip"),
             (3, "10.244.0.1", 24, "cni0"), (1, "::1", 128, None), (2, "fe80::15", 64, None), (3, "fe80::fe", 64, None))


def counters(base):
    return {"rx-bytes": base * 1000, "rx-packets": base, "tx-bytes": base * 10**12, "tx-packets": base + 1, "rx-dropped": 5}


def overlay(n):
    return f"/run/containerd/io.containerd.runtime.v2.task/k8s.io/{n * 40503 % 65536:04x}{n:060x}/rootfs"


def mount_lines():
    yield "21 1 253:2 / / rw,relatime shared:1 - ext4 /dev/vda2 rw"
    yield "22 21 0:21 / /proc rw,nosuid - proc proc rw"
    yield "23 21 0:22 / /sys rw,nosuid - sysfs sysfs rw"
    yield "24 21 0:23 / /run rw,nosuid - tmpfs tmpfs rw,size=811572k"
    yield "25 21 253:1 / /boot rw,relatime shared:2 - xfs /dev/vda1 rw,attr2"
    # the runtime's folder, once more as a bind mount
    yield "26 21 253:2 /var/lib/containerd /srv/containerd rw,relatime shared:1 - ext4 /dev/vda2 rw"
    for n in range(OVERLAYS):
        layers = ":".join(f"/var/lib/containerd/snapshots/{n + k}/fs" for k in range(3))
        yield (f"{100 + n} 24 0:{50 + n} / {overlay(n)} rw,relatime shared:{9 + n} - overlay overlay "
               f"rw,lowerdir={layers},upperdir=/u/{n},workdir=/w/{n}")


def mounts_line(line):
    """The same in the form of /proc/self/mounts."""
    fields = line.split()
    kind, source, options = fields[fields.index("-") + 1:]
    return f"{source} {fields[4]} {kind} {options} 0 0"


def manifest():
    yield HEAD
    yield "file /.virtagent/uname\n\tsysname Linux\n\tnodename node-7.cluster.example\n\trelease 6.1.0-13-amd64"
    yield "\tversion #1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29)\n\tmachine x86_64"
    yield "attr /proc/loadavg 12.34 10.00 9.87 5/4321 99999"
    yield "rtnetlink-links /.virtagent/rtnetlink/links"
    for index, name, kind, mac, base in links():
        moved = ",".join(f"{key}={value}" for key, value in counters(base).items())
        yield f"\tindex {index} name {name} type {kind} flags up mac {mac} stats {moved}"
    yield "rtnetlink-addresses /.virtagent/rtnetlink/addresses"
    for index, local, prefix, label in ADDRESSES:
        yield f"\tindex {index} local {local}/{prefix}" + (f" label {label}" if label else "")
    yield from mounts()
    yield from disk()


def mounts():
    yield "file /proc/self/mountinfo"
    yield from ("\t" + line for line in mount_lines())
    yield "file /proc/self/mounts"
    yield from ("\t" + mounts_line(line) for line in mount_lines())
    for point, blocks, free, available in (("", 5000000, 2000000, 1800000), ("/boot", 130000, 90000, 90000)):
        yield f"file /.virtagent/statvfs{point}/=\n\tbsize 4096\n\tfrsize 4096\n\tblocks {blocks}\n\tbfree {free}"
        yield f"\tbavail {available}\n\tfiles 1\n\tffree 1\n\tfavail 1\n\tflag 4096\n\tnamemax 255"


def disk():
    pci = DISK.rsplit("/", 3)[0]
    yield f"attr {pci}/vendor 0x1af4\nattr {pci}/device 0x1042\nattr {pci}/class 0x010000"
    yield f"link /sys/bus/pci/devices/0000:00:05.0 ../../../{pci[5:]}"
    yield f"link {pci}/driver ../../../bus/pci/drivers/virtio-pci\ndir /sys/bus/pci/drivers/virtio-pci"
    yield f"link {pci}/virtio2/driver ../../../../bus/virtio/drivers/virtio_blk"
    yield "link /sys/bus/virtio/drivers/virtio_blk/module ../../../../module/virtio_blk\ndir /sys/module/virtio_blk"
    yield f"link /sys/block/vda ../{DISK[5:]}\nlink /sys/class/block/vda ../../{DISK[5:]}"
    yield f"link /sys/dev/block/253:0 ../../{DISK[5:]}"
    yield f"link {DISK}/device ../../../virtio2\nlink {DISK}/subsystem ../../../../../../class/block"
    yield f"in {DISK}\nattr dev 253:0\nattr size 41943040\nattr removable 0\nraw serial root-disk\ndir slaves\ndir holders"
    yield "file uevent\n\tMAJOR=253\n\tMINOR=0\n\tDEVNAME=vda\n\tDEVTYPE=disk"
    for name, number, start, size in PARTITIONS:
        yield f"attr {name}/partition {number}\nattr {name}/start {start}\nattr {name}/size {size}\nattr {name}/dev 253:{number}"
        yield f"dir {name}/holders\nlink {name}/subsystem ../../../../../../../class/block"
        yield f"file {name}/uevent\n\tMAJOR=253\n\tMINOR={number}\n\tDEVNAME={name}\n\tDEVTYPE=partition\n\tPARTN={number}"
        yield f"link /sys/class/block/{name} ../../{DISK[5:]}/{name}\nlink /sys/dev/block/253:{number} ../../{DISK[5:]}/{name}"


# --- what has to come out ---

STATISTICS = ("rx-bytes", "rx-packets", "rx-errs", "rx-dropped", "tx-bytes", "tx-packets", "tx-errs", "tx-dropped")


def interfaces():
    found = []
    for index, name, _, mac, base in links():
        one = {"name": name, "hardware-address": mac}
        mine = [(local, prefix) for at, local, prefix, label in ADDRESSES if at == index and label in (None, name)]
        if mine:
            one["ip-addresses"] = [address(*pair) for pair in mine]
            one["statistics"] = {key: counters(base).get(key, 0) for key in STATISTICS}
        found.append(one)
    label = {"name": "ens5:vip", "hardware-address": found[1]["hardware-address"],
             "ip-addresses": [address("192.0.2.16", 24)]}
    return [*found, label]


def address(local, prefix):
    return {"ip-address": local, "ip-address-type": "ipv6" if ":" in local else "ipv4", "prefix": prefix}


PCI = {"domain": 0, "bus": 0, "slot": 5, "function": 0}


def filesystems():
    """Newest mount first; overlays stand on no device of their own."""
    where = {"pci-controller": PCI, "bus-type": "virtio", "bus": 0, "target": 0, "unit": 0, "serial": "root-disk"}
    found = []
    for name, point, kind, blocks, free, available in (("vda1", "/boot", "xfs", 130000, 90000, 90000),
                                                       ("vda2", "/", "ext4", 5000000, 2000000, 1800000)):
        used = (blocks - free) * 4096
        found.append({"name": name, "mountpoint": point, "type": kind, "used-bytes": used,
                      "total-bytes": used + available * 4096, "total-bytes-privileged": blocks * 4096,
                      "disk": [{**where, "dev": f"/dev/{name}"}]})
    return found


def devices():
    return [{"driver-name": "virtio_blk", "driver-version": "6.1.0-13-amd64",
             "id": {"type": "pci", "vendor-id": 0x1AF4, "device-id": 0x1042}}]


EXPECTED = {"guest-network-get-interfaces": interfaces, "guest-get-fsinfo": filesystems, "guest-get-devices": devices}


def main():
    if len(sys.argv) == 1:
        print("\n".join(manifest()))
    else:
        found = EXPECTED[sys.argv[1]]()
        print('{"return": [\n' + ",\n".join(json.dumps(one) for one in found) + "]}")


if __name__ == "__main__":
    main()
