# SPDX-License-Identifier: MIT
"""Freezing and thawing in a guest: what is frozen, in which order, and that the disk is consistent meanwhile."""
import hashlib
import shutil
import time

from vm import Disk, case, layers
from vm.freezing import (FROZEN, GUEST, MARK, TYPES, Writers, agent_with, assert_writable, await_no_guard, connect,
                         fsck, is_frozen, mount_all, refused)

FREEZES = TYPES[:3]  # vfat does not


@case(**GUEST)
def counts_and_states(guest):
    mount_all(guest)
    with connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-status") == "thawed"
        assert client.call("guest-fsfreeze-thaw") == 0
        assert client.call("guest-fsfreeze-freeze") == 3
        assert client.call("guest-fsfreeze-status") == "frozen"
        frozen = [kind for kind in TYPES if is_frozen(guest, f"/mnt/{kind}")]
        assert refused(client, "guest-fsfreeze-freeze") == FROZEN.format("guest-fsfreeze-freeze")
        assert refused(client, "guest-get-time") == FROZEN.format("guest-get-time")
        enabled = {c["name"] for c in client.call("guest-info")["supported_commands"] if c["enabled"]}
        assert client.call("guest-fsfreeze-thaw") == 3
        assert client.call("guest-fsfreeze-status") == "thawed"
    assert frozen == list(FREEZES), frozen
    assert enabled == {"guest-ping", "guest-info", "guest-sync", "guest-sync-delimited", "guest-fsfreeze-status",
                       "guest-fsfreeze-thaw"}, enabled
    assert_writable(guest, *(f"/mnt/{kind}" for kind in TYPES))
    await_no_guard(guest)
    assert guest.shell(f"ls {MARK}")[0] != 0


@case(**GUEST)
def lists_of_mount_points(guest):
    mount_all(guest)
    layers.bind(guest, "/mnt/ext4", "/mnt/bound")
    guest.sh("mkdir -p '/mnt/again \\x' && mount -t xfs " + guest.devices[1] + " '/mnt/again \\x'")
    wanted = [(["/mnt/xfs"], ["xfs"]), (["/mnt/ext4", "/mnt/btrfs"], ["ext4", "btrfs"]), (["/mnt/bound"], ["ext4"]),
              (["/mnt/nowhere", "/mnt/again \\x"], ["xfs"]), (["/mnt/bound", "/mnt/ext4"], ["ext4"]),
              (["/mnt/vfat"], []), (["/mnt/nowhere", "/proc", "/"], []), ([], []), (["/mnt/ext4/"], [])]
    with connect(guest) as client:
        client.sync()
        for points, kinds in wanted:
            n = client.call("guest-fsfreeze-freeze-list", {"mountpoints": points})
            assert n == len(kinds), (points, n)
            assert client.call("guest-fsfreeze-status") == ("frozen" if kinds else "thawed"), points
            for kind in kinds:
                assert is_frozen(guest, f"/mnt/{kind}"), (points, kind)
            assert client.call("guest-fsfreeze-thaw") == len(kinds), points
        assert client.call("guest-fsfreeze-freeze-list") == 3
        assert client.call("guest-fsfreeze-thaw") == 3
    guest.sh("umount '/mnt/again \\x' /mnt/bound")


@case(**GUEST)
def disks_are_consistent_under_load(guest):
    mount_all(guest)
    files = [f"/mnt/{kind}/load" for kind in FREEZES]
    guest.sh("sync")
    data = {kind: hashlib.sha256(kind.encode()).digest() * 2000 for kind in FREEZES}
    for kind in FREEZES:  # not written out: the freeze has to do that
        guest.put(f"/mnt/{kind}/static", data[kind])
    writers = Writers(guest, files)
    with connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-freeze") == 3
        assert writers.all_stand_still()
        assert client.call("guest-fsfreeze-status") == "frozen"
        copies = [guest.directory / f"copy{n}.img" for n in range(3)]
        for n, copy in enumerate(copies):
            shutil.copyfile(guest.image(n), copy)
        assert writers.all_stand_still()
        assert client.call("guest-fsfreeze-thaw") == 3
        assert writers.all_move()
    writers.stop()
    # xfs leaves something for its next mount to do, which its fsck calls an inconsistency
    bad = [fsck(kind, copies[n]) for n, kind in enumerate(FREEZES) if kind != "xfs"]
    bad += [check_in_guest(guest, n, kind, copies[n], data[kind]) for n, kind in enumerate(FREEZES)]
    assert not any(bad), "\n".join(bad)


def check_in_guest(guest, n, kind, copy, data):
    """Mounts the copy in the guest, in the place of the original: two of one UUID do not go together."""
    guest.sh(f"umount /mnt/{kind}")
    with open(guest.image(n), "r+b") as disk, open(copy, "rb") as source:
        while block := source.read(1 << 20):
            disk.write(block)
    guest.sh("echo 3 >/proc/sys/vm/drop_caches")
    layers.mount(guest, guest.devices[n], kind, f"/mnt/{kind}")
    assert guest.get(f"/mnt/{kind}/static") == data, kind
    guest.sh(f"umount /mnt/{kind}")
    complaint = fsck(kind, guest.image(n))
    layers.mount(guest, guest.devices[n], kind, f"/mnt/{kind}")
    copy.unlink()
    return complaint


def stack_of_loops(guest):
    """Three loop devices, each on a file of the one mounted after it."""
    mount_all(guest)
    guest.sh("mkdir -p /tmp/build")
    at = "/mnt/ext4"
    devices = []
    for n, size in enumerate(("24M", "16M", "8M")):
        device = layers.loop(guest, f"{at}/level{n}.img", size)
        guest.sh(f"mkfs.ext4 -q -F {device} >/dev/null 2>&1 && mkdir -p /tmp/build/{n} && mount -t ext4 {device} /tmp/build/{n}")
        devices.append(device)
        at = f"/tmp/build/{n}"
    for n in (2, 1, 0):  # the top one first
        guest.sh(f"mkdir -p /mnt/level{n} && mount --bind /tmp/build/{n} /mnt/level{n}")
    for n in (2, 1, 0):
        guest.sh(f"umount -l /tmp/build/{n}")
    return devices


def remove_loops(guest, devices):
    guest.sh("umount /mnt/level2 /mnt/level1 /mnt/level0; for d in " + " ".join(reversed(devices)) + "; do losetup -d $d; done")


@case(**GUEST)
def loops_on_loops_in_hostile_order(guest):
    devices = stack_of_loops(guest)
    # what the table says: the top one is mounted first
    points = [line.split()[4] for line in guest.sh("grep /mnt/level /proc/self/mountinfo").splitlines()]
    assert points == ["/mnt/level2", "/mnt/level1", "/mnt/level0"], points
    plan = guest.sh(f"{guest.agent.name} --check-freeze")
    order = [line.split("\t")[1] for line in plan.splitlines()[1:]]
    assert order.index("/mnt/level2") < order.index("/mnt/level1") < order.index("/mnt/level0") < order.index("/mnt/ext4"), plan
    writers = Writers(guest, [f"/mnt/level{n}/load" for n in range(3)] + ["/mnt/ext4/load"])
    with connect(guest) as client:
        client.sync()
        for _ in range(2):
            assert client.call("guest-fsfreeze-freeze") == 6
            assert writers.all_stand_still()
            assert client.call("guest-fsfreeze-thaw") == 6
            assert writers.all_move()
    writers.stop()
    remove_loops(guest, devices)


@case(full=True, **GUEST)
def dm_over_a_loop(guest):
    mount_all(guest)
    loop = layers.loop(guest, "/mnt/xfs/dm.img", "16M")
    dm = layers.linear(guest, "upper", loop)
    guest.sh(f"mkfs.ext4 -q -F {dm} >/dev/null 2>&1 && mkdir -p /mnt/upper && mount -t ext4 {dm} /mnt/upper")
    # mounted anew: the one that holds the file is now the later one
    guest.sh(f"mkdir -p /mnt/xfs2 && mount -t xfs {guest.devices[1]} /mnt/xfs2 && umount -l /mnt/xfs")
    writers = Writers(guest, ["/mnt/upper/load", "/mnt/xfs2/load"])
    with connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-freeze") == 4
        assert writers.all_stand_still()
        assert client.call("guest-fsfreeze-thaw") == 4
        assert writers.all_move()
    writers.stop()
    guest.sh(f"umount /mnt/upper && dmsetup remove --retry upper && losetup -d {loop} && mkdir -p /mnt/xfs"
             f" && mount -t xfs {guest.devices[1]} /mnt/xfs && umount /mnt/xfs2")


@case(**GUEST)
def covered_nested_and_read_only(guest):
    mount_all(guest)
    guest.sh("mkdir -p /mnt/ext4/inner && mount --move /mnt/xfs /mnt/ext4/inner && mount -t tmpfs t /mnt/ext4/inner"
             " && mount -o remount,ro /mnt/btrfs && mount -t tmpfs t /mnt/ext4")
    try:
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-freeze") == 3
            mounted = guest.sh("cat /proc/self/mountinfo")
            assert client.call("guest-fsfreeze-thaw") == 3
        assert mounted.count(" /mnt/ext4 ") == 2, mounted  # uncovering was seen by nobody
    finally:
        guest.sh("umount /mnt/ext4; umount /mnt/ext4/inner; mount --move /mnt/ext4/inner /mnt/xfs;"
                 " mount -o remount,rw /mnt/btrfs")
    assert_writable(guest, "/mnt/ext4", "/mnt/xfs", "/mnt/btrfs")


@case(**GUEST)
def excluded_ones_stay_out(guest):
    mount_all(guest)
    with agent_with(guest, "--freeze-exclude 'type:xf*, /mnt/bt*'"):
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-freeze") == 1
            assert [k for k in TYPES if is_frozen(guest, f"/mnt/{k}")] == ["ext4"]
            assert client.call("guest-fsfreeze-thaw") == 1
            assert client.call("guest-fsfreeze-freeze-list", {"mountpoints": ["/mnt/xfs"]}) == 0
        assert "/mnt/xfs is not frozen: excluded by 'type:xf*'" in guest.agent_log().decode()


@case(**GUEST)
def what_others_have_frozen(guest):
    """Left out of a freeze and its count; a thaw thaws it, and counts it."""
    mount_all(guest)
    guest.sh("fsfreeze --freeze /mnt/xfs")
    with connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-freeze") == 2
        assert client.call("guest-fsfreeze-thaw") == 3
        guest.sh("fsfreeze --freeze /mnt/xfs")
        assert client.call("guest-fsfreeze-status") == "thawed"
        assert client.call("guest-fsfreeze-thaw") == 1
        assert client.call("guest-fsfreeze-thaw") == 0
    assert_writable(guest, "/mnt/xfs")


@case(**GUEST)
def unmounted_while_frozen(guest):
    mount_all(guest)
    with connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-freeze") == 3
        guest.sh("umount /mnt/xfs")
        assert client.call("guest-fsfreeze-thaw") == 3
    await_no_guard(guest)
    mount_all(guest)
    assert_writable(guest, "/mnt/xfs")


@case(disks=[Disk("64M", fs="ext4", bus="scsi"), Disk("64M", fs="ext4")], full=True)
def disk_unplugged_while_frozen(guest):
    for n, device in enumerate(guest.devices):
        layers.mount(guest, device, "ext4", f"/mnt/{n}")
    with connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-freeze") == 2
        guest.unplug_disk(0)
        n = client.call("guest-fsfreeze-thaw")
        assert n in (1, 2), n
        assert client.call("guest-fsfreeze-status") == "thawed"
    assert_writable(guest, "/mnt/1")


@case(**GUEST)
def a_thaw_by_the_administrator(guest):
    mount_all(guest)
    with connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-freeze") == 3
        assert guest.sh(f"{guest.agent.name} --thaw") == "3 filesystems thawed"
        assert client.call("guest-fsfreeze-status") == "thawed"
        text = refused(client, "guest-fsfreeze-thaw")
        assert text.startswith("filesystems were thawed by the guest's administrator after "), text
        assert client.call("guest-fsfreeze-thaw") == 0


@case(full=True, **GUEST)
def frozen_while_a_disk_is_plugged(guest):
    """And usable after the thaw."""
    mount_all(guest)
    with connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-freeze") == 3
        loop = layers.loop(guest, "/tmp/late.img", "8M")
        guest.sh(f"mkfs.ext4 -q -F {loop} >/dev/null 2>&1; mkdir -p /mnt/late; mount -t ext4 {loop} /mnt/late")
        assert client.call("guest-fsfreeze-thaw") == 3
    assert_writable(guest, "/mnt/late")
    guest.sh(f"umount /mnt/late; losetup -d {loop}; rm /tmp/late.img")


@case(**GUEST)
def cancelled_by_a_thaw_of_the_same_session(guest):
    mount_all(guest)
    replies = []
    with connect(guest) as client:
        client.sync()
        client.send(b'{"execute":"guest-fsfreeze-freeze"}\n{"execute":"guest-fsfreeze-thaw"}\n')
        replies = [client.line() for _ in range(2)]
        assert client.call("guest-fsfreeze-status") == "thawed"
    assert b"the freeze was cancelled by a thaw" in replies[0], replies
    assert b"return" in replies[1], replies
    assert_writable(guest, *(f"/mnt/{kind}" for kind in TYPES))


@case(full=True, **GUEST)
def syncs_and_pings_while_frozen(guest):
    mount_all(guest)
    with connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-freeze") == 3
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            client.sync()
            client.call("guest-ping")
            assert client.call("guest-fsfreeze-status") == "frozen"
        assert client.call("guest-fsfreeze-thaw") == 3
