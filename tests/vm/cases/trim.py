# SPDX-License-Identifier: MIT
"""Unused blocks given back: the files that hold the disks shrink."""
import json
import time

from vm import PORT, Disk, case, layers
from vm.qga import request

MIB = 1 << 20
DISKS = [Disk("64M", fs="ext4"), Disk("320M", fs="xfs"), Disk("32M", fs="ext4", device="discard=off"),
         Disk("64M", fs="ext4", bus="scsi")]
BTRFS = [Disk("128M", fs="btrfs")]      # its module measures the processor for seconds
TRIM = {"needs": "virtagent", "disks": DISKS}
HANG = {"needs": "virtagent", "alone": True, "layers": ("dm",),
        "disks": [Disk("64M", fs="ext4"), Disk("64M", fs="ext4"), Disk("64M", fs="ext4")]}
FILL = 20     # MiB


def held(guest, n):
    """Bytes of the host's disk that the guest's n-th takes up."""
    return guest.image(n).stat().st_blocks * 512


def mount(guest, n, at, options=""):
    return layers.mount(guest, guest.devices[n], DISKS[n].fs, at, options)


def fill_and_delete(guest, *places):
    for at in places:
        guest.sh(f"yes unused | head -c {FILL * MIB} >{at}/big && sync && rm {at}/big && sync", timeout=60)


def trim(host, minimum=None, timeout=60):
    arguments = None if minimum is None else {"minimum": minimum}
    return host.call("guest-fstrim", arguments, timeout)["paths"]


def by_path(paths):
    return {one["path"]: one for one in paths}


@case(**TRIM)
def images_shrink(guest):
    check_shrinks(guest, (0, 1, 3), [mount(guest, 0, "/mnt/ext4"), mount(guest, 1, "/mnt/xfs"), mount(guest, 3, "/mnt/scsi")])


@case(needs="virtagent", disks=BTRFS, full=True)
def image_of_btrfs_shrinks(guest):
    check_shrinks(guest, (0,), [layers.mount(guest, guest.devices[0], "btrfs")])


def check_shrinks(guest, disks, places):
    fill_and_delete(guest, *places)
    before = [held(guest, n) for n in disks]
    with guest.client() as host:
        paths = trim(host)
    after = [held(guest, n) for n in disks]
    assert [one["path"] for one in paths] == places[::-1], paths
    for one in paths:
        assert set(one) == {"path", "trimmed", "minimum"} and one["trimmed"] >= FILL * MIB * 9 // 10, paths
    for n, was, now in zip(disks, before, after):
        assert was - now >= FILL * MIB * 9 // 10, f"disk {n}: {was} and then {now} bytes"
    layers.unmount(guest, *places)


@case(**TRIM)
def minimum_is_passed_on(guest):
    """A run that is shorter stays; the filesystem says what it took for the minimum."""
    at = mount(guest, 0, "/mnt/ext4")
    with guest.client() as host:
        trim(host)
        fill_and_delete(guest, at)
        before = held(guest, 0)
        one, = trim(host, 2 ** 62)
        assert set(one) == {"path", "error"} and one["error"] == "failed to trim: Invalid argument", one
        assert held(guest, 0) == before
        one, = trim(host, 8 * MIB)
        assert one["minimum"] == 8 * MIB and one["trimmed"] > 0, one
        assert held(guest, 0) < before
    layers.unmount(guest, at)


@case(**TRIM)
def each_has_its_own_error(guest):
    good, bad = mount(guest, 0, "/mnt/good"), mount(guest, 2, "/mnt/bad")
    fill_and_delete(guest, good)
    before = held(guest, 0)
    with guest.client() as host:
        paths = trim(host, 0)
    assert [one["path"] for one in paths] == [bad, good]
    assert paths[0] == {"path": bad, "error": "trim not supported"}
    assert paths[1]["trimmed"] >= FILL * MIB * 9 // 10 and held(guest, 0) < before
    layers.unmount(guest, bad, good)


@case(**TRIM)
def one_answer_for_each_filesystem(guest):
    """Bind mounts and pseudo filesystems have none; a covered mount point is not taken for another filesystem."""
    at = mount(guest, 0, "/mnt/one")
    layers.bind(guest, at, "/mnt/two")
    guest.sh("mkdir -p /mnt/one/covered")
    other = mount(guest, 3, "/mnt/three")
    layers.tmpfs(guest, "/mnt/three")
    fill_and_delete(guest, at)
    with guest.client() as host:
        found = by_path(trim(host))
        assert set(found) == {at, other}, found
        assert found[at]["trimmed"] > 0
        assert found[other] == {"path": other, "error": "failed to open: Device or resource busy"}, found
        layers.bind(guest, at, "/mnt/four")
        layers.unmount(guest, "/mnt/three")
        assert by_path(trim(host))[other]["trimmed"] >= 0
    layers.unmount(guest, "/mnt/four", other, "/mnt/two", at)


@case(**TRIM)
def nothing_to_trim(guest):
    with guest.client() as host:
        assert trim(host) == []


def hang_one(guest):
    """Three filesystems with work for a trim; the disk below the second does not answer."""
    slow = layers.linear(guest, "slow", guest.devices[1])
    places = [layers.mount(guest, device, "ext4", f"/mnt/{name}")
              for device, name in ((guest.devices[0], "a"), (slow, "slow"), (guest.devices[2], "c"))]
    fill_and_delete(guest, *places)
    guest.sh("dmsetup suspend --noflush --nolockfs slow")
    return places, [held(guest, n) for n in range(3)]


@case(full=True, **HANG)
def a_hung_disk_costs_only_itself(guest):
    """The others are trimmed meanwhile, whatever their place; a sync gets the host its agent back."""
    _, before = hang_one(guest)
    with guest.client() as host:
        host.send(request("guest-fstrim"))
        time.sleep(1)
        host.sync(timeout=5)
        end = time.monotonic() + 30
        while not all(held(guest, n) < before[n] - FILL * MIB // 2 for n in (0, 2)):
            assert time.monotonic() < end, [held(guest, n) for n in range(3)]
            time.sleep(0.5)
        assert held(guest, 1) == before[1]
        assert host.call("guest-ping") == {}
        guest.sh("dmsetup resume slow")
        while held(guest, 1) >= before[1] - FILL * MIB // 2:
            assert time.monotonic() < end, "not trimmed when it came back"
            time.sleep(0.2)


@case(full=True, **HANG)
def a_hung_disk_has_an_error_in_the_end(guest):
    guest.kill_agent("TERM")
    guest.start_agent(f"-v -m virtio-serial -p /dev/virtio-ports/{PORT} --fstrim-timeout 3")
    (first, slow, last), _ = hang_one(guest)
    with guest.client() as host:
        host.send(request("guest-fstrim"))
        found = by_path(json.loads(host.line(40))["return"]["paths"])
        assert found[slow] == {"path": slow, "error": "failed to trim: no end after 3 s"}, found
        assert found[first]["trimmed"] > 0 and found[last]["trimmed"] > 0, found
        assert host.call("guest-ping") == {}
    guest.sh("dmsetup resume slow")
