# SPDX-License-Identifier: MIT
"""The virtio-serial port: found, lost, found again; hosts that leave at any moment; agents that
die."""
import json
import time

from vm import Disk, case
from vm.hang import HangingDisk
from vm.qga import request
from vm.probe import processes, tree, wakeups

PING = request("guest-ping")
HANG = {"dm": True, "disks": [Disk("16M", fs="ext4")]}


def check_alive(guest, timeout=5, flush=True):
    """A new host comes, syncs, pings and leaves; returns how long it took."""
    started = time.monotonic()
    with guest.client() as host:
        host.sync(timeout, flush)
        assert host.call("guest-ping", timeout=timeout) == {}
    return time.monotonic() - started


def leave_after(guest, data, wait):
    """A host that sends some bytes, waits a little and is gone."""
    with guest.client() as host:
        host.send(data)
        time.sleep(wait)


def open_files(guest):
    """What the descriptors of the agent's processes lead to."""
    return guest.sh(" ; ".join(f"ls -l /proc/{p.pid}/fd" for p in tree(guest, guest.agent_pid)))


@case()
def sync_and_ping_by_name(guest):
    check_alive(guest)


@case()
def port_is_really_used(guest):
    """The agent holds the port open: the guest's own view, not the agent's word."""
    links = open_files(guest)
    assert "vport" in links, links


@case(needs="virtagent")
def port_found_through_sysfs(guest):
    """Without udev there is no name under /dev/virtio-ports; the default path must still be found."""
    guest.kill_agent("TERM")
    guest.unlink_ports()
    try:
        guest.start_agent("-m virtio-serial")
        check_alive(guest)
        guest.kill_agent("TERM")
        guest.start_agent()  # the name given explicitly
        check_alive(guest)
    finally:
        guest.link_ports()


@case()
def host_leaves_at_every_byte_of_a_request(guest):
    text = request("guest-sync-delimited", {"id": 7})
    for wait in (0, 0.02):  # gone before the agent has read it, and after
        for count in range(len(text) + 1):
            leave_after(guest, text[:count], wait)
            check_alive(guest)


def answers_without_flush(guest, count, wait):
    """Does the next host get its sync, without 0xFF, after one that left `count` bytes of a ping?"""
    leave_after(guest, PING[:count], wait)
    try:
        check_alive(guest, timeout=1, flush=False)
        return True
    except TimeoutError:
        check_alive(guest)  # lets go of the half request
        return False


@case(needs="virtagent")
def half_request_is_forgotten_when_its_host_leaves(guest):
    """libvirt sends no 0xFF, and what an earlier host left must not swallow its sync."""
    for wait in (0, 0.02):  # gone before the agent has read it, and after
        bad = [n for n in range(1, len(PING)) if not answers_without_flush(guest, n, wait)]
        assert not bad, f"no answer after the first {bad} bytes, host gone after {wait} s"


@case(needs="virtagent")
def half_request_is_forgotten_after_a_second(guest):
    for count in (1, 9, 10, 11, 12, 24):
        with guest.client() as host:
            host.send(PING[:count])
            time.sleep(1.2)
            host.sync(timeout=2, flush=False)


def long_request(size):
    return json.dumps({"execute": "guest-ping", "id": "x" * size}).encode() + b"\n"


@case()
def host_leaves_at_many_points_of_a_reply(guest):
    """The reply carries a long id, so it is cut in the guest, in QEMU and on its way to the host."""
    size = 40000
    for count in [0, 1, 2, 10, 100, 4095, 4096, 4097, *range(5000, size, 5000), size]:
        with guest.client() as host:
            host.sync()
            host.send(long_request(size))
            got = len(host.input)
            while got < count:
                got += len(host.sock.recv(min(4096, count - got)))
        check_alive(guest)


@case()
def host_leaves_without_reading(guest):
    """Replies pile up unread before the host goes."""
    for _ in range(5):
        with guest.client() as host:
            host.sync()
            host.send(long_request(3000) * 10)
        check_alive(guest)


def reconnect(guest, times):
    for _ in range(times):
        check_alive(guest)


@case(needs="virtagent")
def thousand_reconnects(guest):
    """Also meets this: a request can reach the driver before the message that the host has opened the port.

    Until then writing gives "would block" and polling a hang-up: the reply has to wait, not to be dropped.
    """
    reconnect(guest, 10)
    before = open_files(guest)
    reconnect(guest, 1000)
    after = open_files(guest)
    assert after.count("->") <= before.count("->"), f"descriptors before:\n{before}\nafter:\n{after}"


@case()
def fifty_reconnects(guest):
    reconnect(guest, 50)


@case()
def killed_agent_is_replaced_within_a_second(guest):
    took = []
    for _ in range(5):
        guest.kill_agent("KILL")
        started = time.monotonic()
        guest.start_agent()
        check_alive(guest)
        took.append(time.monotonic() - started)
    # the best of them: the others may have waited for the machine the guest is on
    assert min(took) < 1, f"{took} s until the first answer"


@case()
def restart_under_a_connected_host(guest):
    """The same host stays on the port while the agent is replaced."""
    with guest.client() as host:
        host.sync()
        guest.kill_agent("KILL")
        guest.start_agent()
        host.sync()
        assert host.call("guest-ping") == {}


@case(needs="virtagent")
def no_process_outlives_the_agent(guest):
    check_alive(guest)
    pids = {p.pid for p in tree(guest, guest.agent_pid)}
    guest.kill_agent("KILL")
    end = time.monotonic() + 2
    while (left := pids & processes(guest).keys()) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left, f"still there: {left} of {pids}"


def start_hanging_read(guest, disk, host):
    """Leaves a worker in the kernel, in a wait that no signal ends; returns its pid."""
    before = {p.pid for p in processes(guest).values() if p.state == "D"}
    host.send(request("__org.virtagent_test-read", {"path": disk.path()}))
    end = time.monotonic() + 3
    while time.monotonic() < end:
        stuck = [p for p in tree(guest, guest.agent_pid) if p.state == "D" and p.pid not in before]
        if stuck:
            return stuck[0].pid
        time.sleep(0.02)
    raise AssertionError("no worker got stuck: " + repr(tree(guest, guest.agent_pid)))


@case(needs="test-build", alone=True, **HANG)
def stuck_worker_does_not_stop_the_agent(guest):
    disk = HangingDisk(guest, guest.devices[0])
    with guest.client() as host:
        host.sync()
        disk.suspend()
        start_hanging_read(guest, disk, host)
        host.sync(timeout=5)
        assert host.call("guest-ping") == {}
    check_alive(guest)
    disk.resume()
    time.sleep(0.5)
    with guest.client() as host:
        host.sync()
        assert host.call("__org.virtagent_test-read", {"path": disk.path()}) == {"count": 4096}


@case(needs="test-build", alone=True, **HANG)
def killed_with_a_stuck_worker_the_next_answers(guest):
    disk = HangingDisk(guest, guest.devices[0])
    with guest.client() as host:
        host.sync()
        disk.suspend()
        stuck = start_hanging_read(guest, disk, host)
    guest.kill_agent("KILL")
    guest.start_agent()
    check_alive(guest)
    assert processes(guest)[stuck].state == "D", "the worker was meant to be stuck"
    disk.resume()


@case(needs="any", alone=True, **HANG)
def suspended_disk_hangs_beyond_sigkill(guest):
    """Proves the tool, not the agent: the other cases mean nothing if this wait could be killed."""
    disk = HangingDisk(guest, guest.devices[0])
    disk.suspend()
    pid = int(guest.sh(f"cat {disk.path()} >/dev/null 2>&1 & echo $!"))
    time.sleep(0.3)
    guest.sh(f"kill -9 {pid}")
    time.sleep(0.3)
    assert processes(guest)[pid].state == "D"
    disk.resume()
    time.sleep(0.5)
    assert pid not in processes(guest)


@case(needs="virtagent")
def idle_without_host_wakes_nobody(guest):
    check_alive(guest)
    time.sleep(2)  # an idle worker retires, queued output drains
    count = wakeups(guest, guest.agent_pid)
    assert count == 0, f"{count} context switches in 5 s"


@case(needs="virtagent")
def idle_with_host_wakes_nobody(guest):
    with guest.client() as host:
        host.sync()
        time.sleep(2)
        count = wakeups(guest, guest.agent_pid)
    assert count == 0, f"{count} context switches in 5 s"
