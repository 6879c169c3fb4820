# SPDX-License-Identifier: MIT
"""Files in a real guest: full disks, disks that hang, disks that fail in the middle, and much data over virtio-serial."""
import base64
import hashlib
import json
import random
import time

from vm import AgentError, Disk, case
from vm.deadline import Deadline
from vm.hang import MOUNT, HangingDisk
from vm.probe import processes, tree
from vm.qga import request

MIB = 1 << 20
HANG = {"dm": True, "disks": [Disk("16M", fs="ext4")]}
EIO = "failed to read file: Input/output error"


class Files:
    """A host that uses guest-file-*; replies may be of any size."""

    def __init__(self, host):
        self.host = host
        host.sync()

    def reply(self, timeout=60):
        """The next line, parsed; vm.qga reads short ones only."""
        deadline, data = Deadline(timeout), bytearray(self.host.input)
        while (end := data.find(b"\n", max(0, len(data) - MIB))) < 0:
            self.host.sock.settimeout(deadline.left())
            data += self.host.sock.recv(MIB)
        self.host.input = bytes(data[end + 1:])
        return json.loads(data[:end])

    def send(self, command, **arguments):
        data = request("guest-file-" + command, {name.replace("_", "-"): v for name, v in arguments.items()})
        self.host.sock.settimeout(60)
        self.host.sock.sendall(data)

    def call(self, command, **arguments):
        self.send(command, **arguments)
        reply = self.reply()
        if "error" in reply:
            raise AgentError(reply["error"]["desc"])
        return reply["return"]

    def fails(self, command, **arguments):
        try:
            value = self.call(command, **arguments)
        except AgentError as error:
            return str(error)
        raise AssertionError(f"{command} should have failed, but returned {str(value)[:200]}")

    def open(self, path, mode="r"):
        return self.call("open", path=path, mode=mode)

    def close(self, handle):
        assert self.call("close", handle=handle) == {}

    def read(self, handle, count):
        value = self.call("read", handle=handle, count=count)
        data = base64.b64decode(value["buf-b64"])
        assert len(data) == value["count"], (len(data), value["count"])
        return data, value["eof"]

    def write(self, handle, data):
        value = self.call("write", handle=handle, buf_b64=base64.b64encode(data).decode())
        assert value == {"count": len(data), "eof": False}, value

    def seek(self, handle, offset, whence="set"):
        return self.call("seek", handle=handle, offset=offset, whence=whence)["position"]


def fill(files, handle):
    """Writes until the disk is full; returns how much and the error."""
    done = 0
    try:
        while done < 64 * MIB:
            files.write(handle, bytes([done >> 16 & 255]) * 65536)
            done += 65536
    except AgentError as error:
        return done, str(error)
    raise AssertionError("the disk is never full")


def disk_full(guest, place):
    with guest.client() as host:
        files = Files(host)
        handle = files.open(f"{place}/file", "w+")
        done, text = fill(files, handle)
        assert text == "failed to write to file: No space left on device", text
        assert done >= 256 << 10, done
        assert files.call("flush", handle=handle) == {}
        files.seek(handle, done - 65536)
        assert files.read(handle, 65536) == (bytes([done - 65536 >> 16 & 255]) * 65536, False)
        files.seek(handle, 0)
        files.write(handle, b"what is there may be changed")
        small = files.open(f"{place}/small", "a")
        guest.sh(f"rm -f {place}/big")
        files.write(small, b"x" * 100000)
        files.close(small)
        files.close(handle)
    guest.sh(f"rm -f {place}/file {place}/small")


@case(needs="virtagent", disks=[Disk("16M", fs="ext4")])
def full_disk(guest):
    """The error comes with the write, not with a later one, and the handle lives; room made, writing goes on."""
    guest.sh(f"mkdir -p /mnt/full && mount -t ext4 {guest.devices[0]} /mnt/full"
             " && head -c 2000000 /dev/zero >/mnt/full/big")
    disk_full(guest, "/mnt/full")
    guest.sh("umount /mnt/full")


@case(needs="virtagent")
def full_tmpfs(guest):
    guest.sh("mkdir -p /mnt/small && mount -t tmpfs -o size=4m tmpfs /mnt/small && head -c 1000000 /dev/zero >/mnt/small/big")
    disk_full(guest, "/mnt/small")
    guest.sh("umount /mnt/small")


@case(needs="virtagent", disks=[Disk("16M", fs="ext4")])
def full_disk_and_one_large_write(guest):
    """A write that fits in part only is an error; what is in the file then is its beginning."""
    guest.sh(f"mkdir -p /mnt/full && mount -t ext4 {guest.devices[0]} /mnt/full")
    data = random.Random(1).randbytes(24 * MIB)
    with guest.client() as host:
        files = Files(host)
        handle = files.open("/mnt/full/file", "w")
        text = files.fails("write", handle=handle, buf_b64=base64.b64encode(data).decode())
        assert text == "failed to write to file: No space left on device", text
        files.close(handle)
        size = int(guest.sh("stat -c %s /mnt/full/file"))
        assert 0 < size < len(data), size
        assert guest.sh("md5sum </mnt/full/file").split()[0] == hashlib.md5(data[:size]).hexdigest()
    guest.sh("umount /mnt/full")


def make_scattered(guest):
    """A file of which opening reads nothing: where its blocks are stands in a block of its own, and reading that is a
    wait that no signal ends (state D). The mount is fresh afterwards, so that nothing is cached."""
    guest.sh(f"cd {MOUNT} && for n in $(seq 0 2 60); do echo $n | dd of=scattered bs=4096 seek=$n conv=notrunc,sync; done"
             f" 2>/dev/null && cd / && umount {MOUNT} && mount -t ext4 /dev/mapper/hang {MOUNT}"
             " && echo 3 >/proc/sys/vm/drop_caches", timeout=40)
    return f"{MOUNT}/scattered"


def wait_stuck(guest, seconds=5):
    """The pid of a process of the agent that waits in state D for good."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        stuck = [p.pid for p in tree(guest, guest.agent_pid) if p.state == "D"]
        if stuck:
            return stuck[0]
        time.sleep(0.05)
    raise AssertionError(f"nothing is stuck: {tree(guest, guest.agent_pid)}")


def others_work(files, other):
    """All that does not touch the disk that hangs."""
    assert files.host.call("guest-ping") == {}
    files.seek(other, 0)
    assert files.read(other, 100) == (b"other content", True)
    new = files.open("/tmp/new", "w+")
    files.write(new, b"new")
    files.close(new)


def free_again(files, handle, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return files.call("flush", handle=handle)
        except AgentError as error:
            assert str(error) == f"handle '{handle}' is busy", error
        time.sleep(0.05)
    raise AssertionError("the handle stays busy")


def check_stuck_handle(files, handle):
    text = f"handle '{handle}' is busy"
    assert files.fails("read", handle=handle) == text
    assert files.fails("write", handle=handle, buf_b64="YQ==") == text
    assert files.fails("seek", handle=handle, offset=0, whence=0) == text
    assert files.fails("flush", handle=handle) == text
    assert files.fails("close", handle=handle) == text


@case(needs="virtagent", alone=True, **HANG)
def read_of_a_hanging_disk(guest):
    """Its handle is busy, everything else works, whoever asks; when the disk is back so is the handle."""
    disk = HangingDisk(guest, guest.devices[0])
    path = make_scattered(guest)
    guest.put("/tmp/other", b"other content")
    with guest.client() as host:
        files = Files(host)
        handle, other = files.open(path), files.open("/tmp/other", "r+")
        guest.sh("dmsetup suspend --noflush --nolockfs hang")
        files.send("read", handle=handle, count=300000)
        stuck = wait_stuck(guest)
        guest.sh(f"kill -9 {stuck}")     # proves the wait: nothing but the disk ends it
        time.sleep(0.3)
        assert processes(guest)[stuck].state == "D", "the worker was meant to be beyond signals"
        host.sync(timeout=10)
        check_stuck_handle(files, handle)
        others_work(files, other)
    with guest.client() as host:
        files = Files(host)
        check_stuck_handle(files, handle)
        others_work(files, other)
        disk.resume()
        free_again(files, handle)
        files.seek(handle, 0)
        data, eof = files.read(handle, 300000)
        assert data.startswith(b"0\n") and len(data) == 61 * 4096 and eof, (data[:10], len(data), eof)
        files.close(handle)
        files.close(other)


@case(needs="virtagent", alone=True, **HANG)
def large_read_that_hangs_after_its_beginning(guest):
    """The reply has begun: the sync ends its line, and the host is in step again."""
    disk = HangingDisk(guest, guest.devices[0])
    guest.sh(f"head -c 6000000 /dev/zero >{MOUNT}/large && umount {MOUNT} && mount -t ext4 /dev/mapper/hang {MOUNT}"
             " && echo 3 >/proc/sys/vm/drop_caches")
    with guest.client() as host:
        files = Files(host)
        handle = files.open(f"{MOUNT}/large")
        assert files.read(handle, 4 * MIB)[1] is False      # these are cached now
        guest.sh("dmsetup suspend --noflush --nolockfs hang")
        files.seek(handle, 0)
        files.send("read", handle=handle, count=6000000)
        wait_stuck(guest)
        host.sync(timeout=10)
        check_stuck_handle(files, handle)
        assert host.call("guest-ping") == {}
        disk.resume()
        free_again(files, handle)
        files.seek(handle, 0)
        assert files.read(handle, 6000000) == (bytes(6000000), False)
        files.close(handle)


@case(needs="virtagent", alone=True, **HANG)
def open_that_hangs(guest):
    """Given up by a sync; no handle is left of it."""
    disk = HangingDisk(guest, guest.devices[0])
    guest.put("/tmp/other", b"other content")
    with guest.client() as host:
        files = Files(host)
        other = files.open("/tmp/other", "r+")
        disk.suspend()
        path = disk.path()
        files.send("open", path=path)
        wait_stuck(guest)
        host.sync(timeout=5)
        others_work(files, other)
        disk.resume()
        end = time.monotonic() + 10
        while any(p.state == "D" for p in tree(guest, guest.agent_pid)) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.5)
        links = guest.sh(" ; ".join(f"ls -l /proc/{p.pid}/fd" for p in tree(guest, guest.agent_pid)))
        assert path not in links, f"somebody still holds it:\n{links}"
        handle = files.open(path)
        assert files.read(handle, 10) == (bytes(10), False)
        files.close(handle)
        files.close(other)


@case(needs="virtagent", alone=True, **HANG)
def successor_beside_a_hanging_read(guest):
    """The agent is killed while a worker hangs: the next one answers at once, with new handle numbers."""
    disk = HangingDisk(guest, guest.devices[0])
    path = make_scattered(guest)
    guest.sh("mkdir -p /var/lib/state")
    options = "-m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0 -t /var/lib/state"
    guest.kill_agent("TERM")
    guest.start_agent(options)
    with guest.client() as host:
        files = Files(host)
        handle = files.open(path)
        guest.sh("dmsetup suspend --noflush --nolockfs hang")
        files.send("read", handle=handle, count=300000)
        wait_stuck(guest)
    guest.kill_agent("KILL")
    guest.start_agent(options)
    with guest.client() as host:
        files = Files(host)
        assert files.fails("read", handle=handle) == f"handle '{handle}' has not been found"
        new = files.open("/dev/null")
        assert new > handle, (new, handle)
        files.close(new)
        disk.resume()


@case(needs="virtagent", alone=True, **HANG)
def read_error_in_mid_stream(guest):
    """Row 52: the data in front of the bad part is the reply; the error is the next read's."""
    good = 5 * MIB
    guest.sh(f"seq 1000000 2048575 >{guest.devices[0]} && sync"
             f" && printf '0 {good // 512} linear {guest.devices[0]} 0\\n{good // 512} 8192 error\\n' | dmsetup create bad", timeout=60)
    digest = guest.sh(f"head -c {good} /dev/mapper/bad | md5sum").split()[0]
    with guest.client() as host:
        files = Files(host)
        for start, count in ((0, 8 * MIB), (MIB, 48 * MIB), (good - 2 * MIB - 4096, 4 * MIB)):
            handle = files.open("/dev/mapper/bad")
            files.seek(handle, start)
            data, eof = files.read(handle, count)
            assert (len(data), eof) == (good - start, False), (len(data), good - start, eof)
            if start == 0:
                assert hashlib.md5(data).hexdigest() == digest
            assert files.fails("read", handle=handle, count=4096) == EIO
            assert files.fails("read", handle=handle, count=2 * MIB) == EIO
            files.seek(handle, 100)
            assert files.read(handle, 50)[0] == (data[100:150] if start == 0 else files_at(files, 100, 50))
            files.close(handle)


def files_at(files, offset, count):
    handle = files.open("/dev/mapper/bad")
    files.seek(handle, offset)
    data, _ = files.read(handle, count)
    files.close(handle)
    return data


@case(needs="virtagent", alone=True, **HANG)
def read_error_at_once(guest):
    """Nothing was read: an error reply, whatever the count."""
    guest.sh("printf '0 8192 error\\n' | dmsetup create bad")
    with guest.client() as host:
        files = Files(host)
        handle = files.open("/dev/mapper/bad")
        for count in (1, 4096, MIB, MIB + 1, 48 * MIB):
            assert files.fails("read", handle=handle, count=count) == EIO, count
        files.close(handle)


def there_and_back(guest, chunk):
    data = random.Random(chunk).randbytes(64 * MIB)
    with guest.client() as host:
        files = Files(host)
        handle = files.open("/dev/shm/file", "w+")
        for at in range(0, len(data), chunk):
            files.write(handle, data[at:at + chunk])
        assert guest.sh("md5sum </dev/shm/file", timeout=120).split()[0] == hashlib.md5(data).hexdigest()
        files.seek(handle, 0)
        got, eof = bytearray(), False
        while not eof:
            piece, eof = files.read(handle, chunk)
            got += piece
        assert got == data, "64 MiB came back changed"
        files.close(handle)
    guest.sh("rm /dev/shm/file")


@case(needs="virtagent", memory="512M")
def sixty_four_mebibytes_each_way(guest):
    there_and_back(guest, MIB)


@case(needs="virtagent", memory="512M")
def sixty_four_mebibytes_in_large_pieces(guest):
    there_and_back(guest, 32 * MIB)


@case(needs="virtagent", memory="512M")
def hosts_that_leave_a_large_reply(guest):
    """Cut in the guest, in QEMU and on the way: the next host is in step, and the handle is not busy for long."""
    guest.sh("head -c 20000000 /dev/urandom >/dev/shm/file")
    with guest.client() as host:
        handle = Files(host).open("/dev/shm/file")
    for point in (0, 1, 30, 4096, 65536, MIB, 5 * MIB, 20 * MIB):
        with guest.client() as host:
            files = Files(host)
            free_again(files, handle)
            files.seek(handle, 0)
            files.send("read", handle=handle, count=20000000)
            got = 0
            while got < point:
                got += len(host.sock.recv(min(65536, point - got)))
        with guest.client() as host:
            host.sync(timeout=10)
            assert host.call("guest-ping") == {}
    with guest.client() as host:
        files = Files(host)
        free_again(files, handle)
        files.seek(handle, 0)
        data, _ = files.read(handle, 20000000)
        assert hashlib.md5(data).hexdigest() == guest.sh("md5sum </dev/shm/file", timeout=60).split()[0]
        files.close(handle)
    guest.sh("rm /dev/shm/file")


@case(needs="virtagent")
def a_terminal_of_nobody(guest):
    """/dev/tty of a process without a terminal (4.7)."""
    with guest.client() as host:
        text = Files(host).fails("open", path="/dev/tty")
        assert text == "failed to open file '/dev/tty' (mode: 'r'): No such device or address", text
