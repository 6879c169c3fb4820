# SPDX-License-Identifier: MIT
"""guest-get-fsinfo and guest-get-disks on every bus that QEMU has, compared with what QEMU itself says (PCI addresses,
serial numbers), with df's and sysfs' facts in the guest's shell, and with the packaged qemu-ga beside a real udev."""
import shutil
import time

from vm import Disk, case, layers, udev
from vm.disk import MissingTool
from vm.hang import MOUNT, HangingDisk

DISKS = [Disk("64M", fs="ext4", serial="vir-0"),
         Disk("32M", fs="ext4", bus="scsi", serial="sc si1", device="lun=1"),
         Disk("32M", fs="ext4", bus="scsi", serial="scsi2", device="lun=3,wwn=0x5000c50015ea71ac"),
         Disk("64M", fs="ext4", bus="nvme", serial="nv me3"),
         Disk("48M", fs="ext4", bus="sata", serial="sa ta4"),
         Disk("32M", fs="ext4", bus="sata"),
         Disk("16M", fs="ext4", bus="usb", serial="usb6"),
         Disk("32M", fs="ext4", bus="megaraid", serial="mega7"),
         Disk("16M", fs="ext4", bus="mmc"),
         Disk("64M", serial="plain9"), Disk("128M", serial="btr10"), Disk("128M", serial="btr11"),
         Disk("32M", bus="sata", serial="spa re12"), Disk("32M", bus="scsi", serial="spare13", device="lun=5")]
PLAIN, BTRFS, SPARE_SATA, SPARE_SCSI = 9, (10, 11), 12, 13  # what may be written on
BUS_TYPE = {"virtio": "virtio", "scsi": "scsi", "nvme": "nvme", "sata": "sata", "usb": "usb", "megaraid": "scsi",
            "mmc": "sd"}
# unit as QEMU has been told, where it is not 0: lun of virtio-scsi, port of ahci
UNIT = {1: 1, 2: 3, 5: 1, 12: 2, 13: 5}
CONTROLLER = {"scsi": "scsi", "sata": "sata", "usb": "usb", "megaraid": "megaraid", "mmc": "mmc"}
MKFS_BTRFS = shutil.which("mkfs.btrfs", path="/usr/sbin:/sbin:/usr/bin:/bin")

EVERYTHING = {"disks": DISKS, "udev": True, "reference": True, "layers": ("dm", "crypt", "md", "loop"),
              "memory": "512M", "modules": ["crc32c_generic", "btrfs", "fuse"], "compiled": ["stuckfs"],
              "programs": [MKFS_BTRFS] if MKFS_BTRFS else [], "kernel": "kernel-full", "needs": "virtagent"}
# The reference of the packages is 7.2 and knows less; row 170 is about the controllers without a rule in any version.
SINCE_7_2 = ("total-bytes-privileged",)
NO_RULE = ("megaraid", "mmc", "usb")


def ask(guest, *commands):
    with guest.client() as client:
        client.sync(timeout=30)
        return [client.call(command, timeout=30) for command in commands]


def ask_reference(guest, *commands):
    guest.kill_agent()
    guest.start_agent(binary="qemu-ga")
    try:
        return ask(guest, *commands)
    finally:
        guest.kill_agent()
        guest.start_agent()


def mount_all(guest):
    for n, disk in enumerate(DISKS):
        if disk.fs:
            guest.sh(f"mkdir -p /mnt/{n} && {{ grep -q ' /mnt/{n} ' /proc/mounts"
                     f" || mount -t ext4 {guest.devices[n]} /mnt/{n}; }}")


def pci_addresses(guest):
    """{id of a QEMU device: its address}"""
    found = {}

    def walk(devices):
        for device in devices:
            found[device["qdev_id"]] = {"domain": 0, "bus": device["bus"], "slot": device["slot"],
                                        "function": device["function"]}
            walk(device.get("pci_bridge", {}).get("devices", []))

    for bus in guest.qmp("query-pci"):
        walk(bus["devices"])
    return found


def serial_of(n, disk):
    """What udev makes of the serial number that QEMU has been given, whether udev is there or not."""
    text = (disk.serial or f"disk{n}").replace(" ", "_")
    return {"virtio": disk.serial, "scsi": f"0QEMU_QEMU_HARDDISK_{text}", "nvme": f"QEMU_NVMe_Ctrl_{text}_1",
            "sata": f"QEMU_HARDDISK_{text}", "usb": f"QEMU_QEMU_HARDDISK_{text}-0:0",
            "megaraid": f"0QEMU_QEMU_HARDDISK_{text}", "mmc": "0xdeadbeef"}[disk.bus]


def expected_address(guest, n, pci):
    disk = DISKS[n]
    serial = "35000c50015ea71ac" if "wwn=" in disk.device else serial_of(n, disk)
    return {"pci-controller": pci[CONTROLLER.get(disk.bus, f"dev{n}")], "bus-type": BUS_TYPE[disk.bus], "bus": 0,
            "target": 0, "unit": UNIT.get(n, 0), "serial": serial, "dev": guest.devices[n]}


def space(guest, point):
    """From the shell's own statfs."""
    unit, blocks, free, available = map(int, guest.sh(f"stat -f -c '%S %b %f %a' {point}").split())
    used = (blocks - free) * unit
    return {"used-bytes": used, "total-bytes": used + available * unit, "total-bytes-privileged": blocks * unit}


def check_addresses(guest):
    mount_all(guest)
    pci = pci_addresses(guest)
    filesystems, disks = ask(guest, "guest-get-fsinfo", "guest-get-disks")
    by_point = {f["mountpoint"]: f for f in filesystems}
    by_name = {d["name"]: d for d in disks}
    for n, disk in enumerate(DISKS):
        wanted = expected_address(guest, n, pci)
        assert by_name[guest.devices[n]]["address"] == wanted, (by_name[guest.devices[n]], wanted)
        if disk.fs:
            got = by_point[f"/mnt/{n}"]
            name = guest.devices[n].rpartition("/")[2]
            assert got == {"name": name, "mountpoint": f"/mnt/{n}", "type": "ext4", "disk": [wanted],
                           **space(guest, f"/mnt/{n}")}, (got, wanted)
    return filesystems, disks


@case(**EVERYTHING)
def every_bus_without_udev(guest):
    """In the order of mounting, the last first; disks as sysfs lists them, backwards."""
    filesystems, disks = check_addresses(guest)
    table = [line.split() for line in guest.sh("cat /proc/mounts").splitlines()]
    assert [f["mountpoint"] for f in filesystems] == [t[1] for t in reversed(table) if t[0].startswith("/dev/")]
    listed = guest.sh("cd /sys/block && for d in $(find . -type l);"
                      " do [ $(cat $d/size) = 0 ] || echo /dev/${d#./}; done")
    assert [d["name"] for d in disks if not d["partition"]] == listed.split()[::-1]
    for disk in disks:
        assert disk["dependencies"] == [] and not disk["partition"] and "alias" not in disk, disk


@case(**EVERYTHING)
def health_of_nvme(guest):
    (disks,) = ask(guest, "guest-get-disks")
    smart = [d["smart"] for d in disks if "smart" in d]
    assert len(smart) == 1 and smart[0]["type"] == "nvme", smart
    assert len(smart[0]) == 26 and smart[0]["temperature"] == 323, smart  # QEMU's: 50 °C
    reads = smart[0]["host-read-commands-lo"]
    guest.sh(f"dd if={guest.devices[3]} of=/dev/null bs=4096 count=64 iflag=direct 2>/dev/null")
    (disks,) = ask(guest, "guest-get-disks")
    more = next(d["smart"] for d in disks if "smart" in d)["host-read-commands-lo"]
    assert reads + 64 <= more <= reads + 80, (reads, more)


def without(value, names):
    return {k: v for k, v in value.items() if k not in names}


def known_bus(guest, device):
    return all(device not in guest.devices[n] for n, d in enumerate(DISKS) if d.bus in NO_RULE)


@case(**EVERYTHING)
def every_bus_like_the_reference(guest):
    """With udev: all that qemu-ga says, in its order, but for controllers that it has no rule for."""
    udev.start(guest)
    try:
        ours = check_addresses(guest)
        theirs = ask_reference(guest, "guest-get-fsinfo", "guest-get-disks")
    finally:
        udev.stop(guest)
    for mine, other in zip(*([*fs] for fs in (ours, theirs))):
        assert [m["name"] for m in mine] == [o["name"] for o in other]
        for m, o in zip(mine, other):
            drop = ("smart", *SINCE_7_2)
            if not known_bus(guest, m["name"].removeprefix("/dev/")):
                drop += ("disk", "address")
            assert without(m, drop) == without(o, drop), (m, o)
            assert set(m.get("smart", ())) == set(o.get("smart", ())), (m, o)


def serials(filesystem):
    return [d.get("serial") for d in filesystem["disk"]]


def fsinfo_of(guest, point):
    (filesystems,) = ask(guest, "guest-get-fsinfo")
    return next(f for f in filesystems if f["mountpoint"] == point)


@case(**EVERYTHING)
def partitions_and_what_stands_on_them(guest):
    """Mirror, encryption, linear mapping, loop: dependencies and names, and the disks at the bottom of all."""
    disk = guest.devices[PLAIN]
    guest.sh(f"printf 'n\\np\\n1\\n\\n+20M\\nn\\np\\n2\\n\\n+20M\\nw\\n' | fdisk {disk} >/dev/null; mdev -s")
    guest.sh(f"[ -b {disk}1 ] && [ -b {disk}2 ]")
    mirror = layers.md(guest, 0, [f"{disk}1", guest.devices[SPARE_SATA]])
    secret = layers.crypt(guest, "secret", mirror)
    volume = layers.table(guest, "vg-data", uuid="LVM-0123456789", text=(
        f"0 32768 linear {secret} 0\n32768 8192 linear {guest.devices[SPARE_SCSI]} 0"))
    guest.sh(f"mke2fs -q {volume} && mkdir -p /mnt/deep && mount -t ext4 {volume} /mnt/deep")
    inner = layers.loop(guest, "/mnt/deep/file", "4M")
    guest.sh(f"mke2fs -q {inner} && mkdir -p /mnt/inner && mount -t ext4 {inner} /mnt/inner")
    try:
        check_stack(guest, disk, inner)
    finally:
        layers.unmount(guest, "/mnt/inner")
        layers.remove(guest, inner)
        layers.unmount(guest, "/mnt/deep")
        for device in (volume, secret, mirror):
            layers.remove(guest, device)


def check_stack(guest, disk, inner):
    disks = {d["name"]: d for d in ask(guest, "guest-get-disks")[0]}
    for n in (1, 2):
        assert disks[f"{disk}{n}"] == {"name": f"{disk}{n}", "partition": True, "dependencies": [disk]}, disks
    names = list(disks)
    assert max(names.index(f"{disk}1"), names.index(f"{disk}2")) < names.index(disk)
    assert sorted(disks["/dev/md0"]["dependencies"]) == sorted([f"{disk}1", guest.devices[SPARE_SATA]])
    assert "alias" not in disks["/dev/md0"] and "address" not in disks["/dev/md0"]
    assert disks["/dev/dm-0"] == {"name": "/dev/dm-0", "partition": False, "dependencies": ["/dev/md0"],
                                  "alias": "secret"}
    assert disks["/dev/dm-1"]["alias"] == "vg-data"
    assert sorted(disks["/dev/dm-1"]["dependencies"]) == sorted(["/dev/dm-0", guest.devices[SPARE_SCSI]])
    assert disks[inner]["dependencies"] == [] and "address" not in disks[inner]
    deep = fsinfo_of(guest, "/mnt/deep")
    assert deep["name"] == "dm-1" and sorted(serials(deep)) == sorted(
        ["plain9", "QEMU_HARDDISK_spa_re12", "0QEMU_QEMU_HARDDISK_spare13"]), deep
    assert [d["dev"] for d in deep["disk"] if d["serial"] == "plain9"] == [f"{disk}1"]
    on_loop = fsinfo_of(guest, "/mnt/inner")
    assert on_loop["name"] == inner.removeprefix("/dev/") and on_loop["disk"] == []
    theirs = {d["name"]: d for d in ask_reference(guest, "guest-get-disks")[0]}
    for name in ("/dev/md0", "/dev/dm-0", "/dev/dm-1", inner, disk, f"{disk}1"):
        mine, other = (without(one[name], ("alias", "address")) for one in (disks, theirs))
        assert mine == other, (mine, other)


@case(**EVERYTHING)
def btrfs_on_two_disks(guest):
    """The one of the mount table first, then the other (row 167); a subvolume does not count again."""
    if not MKFS_BTRFS:
        raise MissingTool("mkfs.btrfs is not installed")
    one, two = (guest.devices[n] for n in BTRFS)
    guest.sh(f"mkfs.btrfs -q -f -d raid1 -m raid1 {one} {two}", timeout=60)
    guest.sh(f"mkdir -p /mnt/btr /mnt/bind && mount -t btrfs -o device={two} {one} /mnt/btr"
             " && mount --bind /mnt/btr /mnt/bind")
    try:
        source = guest.sh("sed -n 's,^\\(/dev/[^ ]*\\) /mnt/btr .*,\\1,p' /proc/mounts")
        (filesystems,) = ask(guest, "guest-get-fsinfo")
        found = [f for f in filesystems if f["type"] == "btrfs"]
        assert len(found) == 1 and found[0]["mountpoint"] == "/mnt/btr", found
        assert "/dev/" + found[0]["name"] == source
        assert serials(found[0]) == (["btr10", "btr11"] if source == one else ["btr11", "btr10"]), found
        assert found[0]["total-bytes"] == space(guest, "/mnt/btr")["total-bytes"]
    finally:
        layers.unmount(guest, "/mnt/bind", "/mnt/btr")


# A filesystem that does not answer

SIZES = {"used-bytes", "total-bytes", "total-bytes-privileged"}


def sized(filesystems):
    return {f["mountpoint"]: SIZES <= set(f) for f in filesystems}


@case(**EVERYTHING)
def a_disk_that_hangs_costs_nothing(guest):
    """Nothing here touches the disk below a filesystem: with its device suspended everything is told, sizes too."""
    guest.sh(f"mke2fs -q {guest.devices[SPARE_SCSI]}")
    disk = HangingDisk(guest, guest.devices[SPARE_SCSI])
    disk.suspend()
    try:
        filesystems, disks = ask(guest, "guest-get-fsinfo", "guest-get-disks")
    finally:
        disk.resume()
        guest.sh(f"umount {MOUNT} && dmsetup remove hang")
    hanging = next(f for f in filesystems if f["mountpoint"] == MOUNT)
    assert SIZES <= set(hanging) and serials(hanging) == ["0QEMU_QEMU_HARDDISK_spare13"], hanging
    assert any(d.get("alias") == "hang" for d in disks)


def probes(guest):
    return guest.sh("grep -l '^virtagent-probe' /proc/[0-9]*/comm 2>/dev/null | wc -l; true")


@case(**EVERYTHING)
def a_mount_that_hangs_costs_only_itself(guest):
    """fuse waits for its server and cannot be killed: as bad as a dead disk. The worker goes, the note stays."""
    mount_all(guest)
    guest.kill_agent()
    guest.start_agent(f"-v -m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0 --worker-idle 300")
    guest.sh(f"mkdir -p /mnt/stuck && touch /tmp/stuck && stuckfs {guest.devices[PLAIN]} /mnt/stuck /tmp/stuck")
    try:
        check_hang(guest)
    finally:
        guest.sh("rm -f /tmp/stuck; umount /mnt/stuck")


def check_hang(guest):
    first = sized(ask(guest, "guest-get-fsinfo")[0])
    assert not first.pop("/mnt/stuck") and all(first.values()) and len(first) > 8, first
    state = guest.sh("for p in /proc/[0-9]*; do read -r c <$p/comm && [ $c = virtagent-probe ]"
                     " && sed -n 's/^State:.\\(.\\).*/\\1/p' $p/status; done 2>/dev/null; true").split()
    assert state and set(state) <= {"D", "S"}, state
    with guest.client() as client:
        client.sync(timeout=30)
        for _ in range(3):  # none of these waits for it: a second each otherwise
            begun = time.monotonic()
            assert not sized(client.call("guest-get-fsinfo", timeout=30))["/mnt/stuck"]
            assert time.monotonic() - begun < 0.9 or probes(guest) == "2"
    time.sleep(1)  # the idle worker has been retired, and with it its idle child
    assert probes(guest) == "1"
    again = sized(ask(guest, "guest-get-fsinfo")[0])
    assert not again.pop("/mnt/stuck") and all(again.values()), again
    guest.sh("rm /tmp/stuck; for n in $(seq 100); do"
             " [ -z \"$(grep -l probe /proc/[0-9]*/comm)\" ] && break; usleep 50000; done")
    last = sized(ask(guest, "guest-get-fsinfo")[0])
    assert all(last.values()) and "/mnt/stuck" in last, last
    assert fsinfo_of(guest, "/mnt/stuck")["used-bytes"] == 600 * 4096
