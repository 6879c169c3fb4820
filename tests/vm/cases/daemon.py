# SPDX-License-Identifier: MIT
"""The daemon in a real guest: serial line, vsock, ports that are pulled out, several channels, a dead log disk, and the
place of the packaged qemu-ga."""
import json
import os
import socket
import tempfile

from vm import AgentError, Disk, case
from vm.guest import PORT
from vm.hang import HangingDisk
from vm.qga import Client, request

SECOND = "org.example.second.0"
PING = request("guest-ping").decode().strip()
EXEC = request("guest-exec", {"path": "/nonexistent"}).decode().strip()
SERIAL = os.path.join(tempfile.gettempdir(), f"virtagent-isa-{os.getpid()}.sock")
GUEST = {
    "ports": (PORT, SECOND),
    "qemu_args": ("-chardev", f"socket,id=isa,path={SERIAL},server=on,wait=off", "-device", "isa-serial,chardev=isa,index=2,iobase=0x3e8,irq=5"),
    "modules": ("vsock", "vsock_loopback"),
    "compiled": ("vsock-ask",),
    "dm": True,
    "disks": [Disk("16M", fs="ext4")],
    "reference": True,
}
DEFAULT = f"-m virtio-serial -p /dev/virtio-ports/{PORT}"


def restart(guest, args, binary=None):
    if guest.agent_runs():
        guest.kill_agent("TERM")
    guest.start_agent(args, binary)


def await_open(guest):
    guest.sh("until virtagent --status | grep -q 'open: yes'; do usleep 20000; done")


def await_log(guest, text):
    """The log is written by a process of its own, a moment later."""
    guest.sh(f"until grep -q '{text}' /var/log/agent.log; do usleep 20000; done")


def answers(client, timeout=10):
    client.sync(timeout)
    return client.call("guest-ping", timeout=timeout) == {}


def check_port(guest, port=PORT):
    with guest.client(port) as host:
        assert answers(host)


def serial():
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(10)
    sock.connect(SERIAL)
    return Client(sock)


@case(needs="virtagent", **GUEST)
def serial_line(guest):
    """Bytes go as they are, both ways, whatever the terminal did before; hosts come and go."""
    guest.sh("stty -F /dev/ttyS2 sane cs7 parenb 9600")
    restart(guest, "-v -m isa-serial -p /dev/ttyS2")
    # what comes before the agent is there belongs to nobody and is thrown away
    await_open(guest)
    for _ in range(2):
        with serial() as host:
            assert answers(host)
            # what a terminal would act upon, and more than its buffer of lines holds
            host.send(b'{"execute":"guest-ping","id":"\x7f\xc3\xa4' + b"x" * 8000 + b'"}\r\n')
            assert json.loads(host.line(20)) == {"return": {}, "id": "\x7f\u00e4" + "x" * 8000}
            host.send(b"\xff\x03\x11\x13\x04\xff")
            assert answers(host)
    assert "speed 38400" in guest.sh("stty -F /dev/ttyS2")


@case(needs="virtagent", **GUEST)
def vsock(guest):
    """Loopback stands for the host: context 1 is not the host's and is turned away unless it is named."""
    restart(guest, "-v -m vsock-listen -p 4294967295:7000")
    await_open(guest)
    status, out = guest.shell(f"vsock-ask 1 7000 '{PING}'")
    assert status and "return" not in out, (status, out)
    await_log(guest, "vsock context 1 may not connect")
    for peers in ("1", "any", "5,1"):
        restart(guest, f"-v -m vsock-listen -p 4294967295:7000 --vsock-peers={peers}")
        await_open(guest)
        assert guest.sh(f"vsock-ask 1 7000 '{PING}'") == '{"return": {}}', peers
    restart(guest, "-v -m vsock-listen -p 4294967295:7000 --vsock-peers=any --audit=file --audit-file=/tmp/audit")
    await_open(guest)
    assert "error" in guest.sh(f"vsock-ask 1 7000 '{EXEC}'")
    guest.sh("until grep -q 'peer=\"cid=1,port=[0-9]*\" command=guest-exec verdict=error' /tmp/audit; do usleep 20000; done")
    restart(guest, "-v -m vsock-listen -p 4294967295:7000 --vsock-peers=5,11")
    await_open(guest)
    assert guest.shell(f"vsock-ask 1 7000 '{PING}'")[0] != 0


@case(needs="virtagent", **GUEST)
def two_ports_at_once(guest):
    guest.put("/tmp/two.conf", f"[channel second]\npath=/dev/virtio-ports/{SECOND}\n".encode())
    restart(guest, f"-v {DEFAULT} -c /tmp/two.conf")
    with guest.client() as one, guest.client(SECOND) as two:
        assert answers(one) and answers(two)
        one.send(b'{"execute":')
        assert answers(two)
        one.send(b'"guest-ping"}\n')
        assert one.line() == b'{"return": {}}'
    out = guest.sh("virtagent --status")
    assert out.count("open: yes") == 2 and "name: second" in out, out


def unplug(guest):
    guest.qmp("device_del", id="vport0")
    guest.wait_event("DEVICE_DELETED")


def plug(guest):
    guest.qmp("device_add", driver="virtserialport", bus="ports.0", chardev="port0", name=PORT, id="vport0")
    guest.sh("until grep -qx org.qemu.guest_agent.0 /sys/class/virtio-ports/*/name; do usleep 20000; done")
    guest.link_ports()


@case(needs="virtagent", **GUEST)
def port_is_pulled_out_and_comes_back(guest):
    """With --retry-path the agent waits for it, while the other channel goes on."""
    guest.put("/tmp/two.conf", f"[channel second]\npath=/dev/virtio-ports/{SECOND}\n".encode())
    restart(guest, f"-v -r {DEFAULT} -c /tmp/two.conf")
    for host_is_there in (True, False):
        host = guest.client() if host_is_there else None
        if host:
            assert answers(host)
            host.close()
        unplug(guest)
        check_port(guest, SECOND)
        assert "open: no" in guest.sh("virtagent --status")
        assert guest.agent_runs()
        plug(guest)
        guest.sh("until virtagent --status | grep -c 'open: yes' | grep -q 2; do usleep 100000; done", timeout=30)
        check_port(guest)
    await_log(guest, "is lost, waiting for it")


@case(needs="virtagent", **GUEST)
def port_is_pulled_out_without_retry(guest):
    """As the reference: the agent ends with 0, and the service manager starts another one."""
    guest.kill_agent("TERM")
    guest.sh(f"(virtagent {DEFAULT}; echo $? >/tmp/status) </dev/null >/dev/null 2>&1 &")
    check_port(guest)
    unplug(guest)
    assert guest.sh("until [ -s /tmp/status ]; do usleep 20000; done; cat /tmp/status") == "0"
    plug(guest)
    guest.start_agent()
    check_port(guest)


@case(needs="virtagent", **GUEST)
def port_that_is_not_there_at_the_start(guest):
    guest.kill_agent("TERM")
    unplug(guest)
    guest.start_agent(f"-v -r {DEFAULT}")
    guest.sh("until virtagent --status | grep -q 'open: no'; do usleep 20000; done")
    plug(guest)
    guest.sh("until virtagent --status | grep -q 'open: yes'; do usleep 100000; done")
    check_port(guest)


@case(needs="virtagent", **GUEST)
def log_on_a_dead_disk(guest):
    """The writer hangs with the disk; the agent answers, ends, and is started again."""
    disk = HangingDisk(guest, guest.devices[0])
    disk.suspend()
    try:
        # the file is looked at when the agent starts: that is not what is tested
        guest.sh("ln -sf /tmp/log-before /tmp/log")
        restart(guest, f"-v -l /tmp/log {DEFAULT}")
        check_port(guest)
        guest.sh(f"ln -sf {disk.path()} /tmp/log && kill -HUP {guest.agent_pid}")
        with guest.client() as host:
            for _ in range(300):
                assert answers(host)
        guest.kill_agent("TERM")
        guest.start_agent()
        check_port(guest)
    finally:
        disk.resume()
        guest.sh("umount /mnt/hang; dmsetup remove hang; rm -f /tmp/log")


def refusal(host, command):
    try:
        host.call(command, timeout=20)
    except AgentError as error:
        return str(error)
    raise AssertionError(f"{command} should have been refused")


def await_profile(guest, name):
    guest.sh(f"until virtagent --status | grep -q 'profile: {name}'; do usleep 20000; done")


@case(needs="virtagent", **GUEST)
def a_policy_for_each_port(guest):
    """Who may only look cannot spoil a backup; and a policy that is changed while the guest is frozen locks nobody out."""
    blocked = "Command {} has been disabled: the command is not allowed"
    ports = f"method=virtio-serial\npath=/dev/virtio-ports/{PORT}\n"
    second = f"[channel second]\npath=/dev/virtio-ports/{SECOND}\nprofile=info\n"
    guest.put("/tmp/policy.conf", f"[general]\n{ports}{second}".encode())
    guest.sh(f"mkdir -p /mnt/backup; mount -t ext4 {guest.devices[0]} /mnt/backup")
    restart(guest, "-v -c /tmp/policy.conf")
    try:
        with guest.client() as host, guest.client(SECOND) as look:
            assert answers(host) and answers(look)
            assert look.call("guest-get-osinfo", timeout=20)
            less = " by profile=info in [channel second]"
            for command in ("guest-exec", "guest-fsfreeze-freeze", "guest-fsfreeze-thaw", "guest-fstrim"):
                assert refusal(look, command) == blocked.format(command) + less
            frozen = host.call("guest-fsfreeze-freeze", timeout=30)
            assert frozen > 0, frozen
            assert look.call("guest-fsfreeze-status", timeout=20) == "frozen"
            assert refusal(look, "guest-fsfreeze-thaw") == blocked.format("guest-fsfreeze-thaw") + less
            assert refusal(look, "guest-get-osinfo") == blocked.format("guest-get-osinfo")
            guest.put("/tmp/policy.conf", f"[general]\n{ports}profile=backup\nblock-rpcs=guest-fsfreeze-thaw\n{second}".encode())
            guest.sh(f"kill -HUP {guest.agent_pid}")
            await_profile(guest, "backup")
            assert look.call("guest-fsfreeze-thaw", timeout=30) == frozen
            assert host.call("guest-fsfreeze-status", timeout=20) == "thawed"
            assert refusal(host, "guest-fsfreeze-thaw") == blocked.format("guest-fsfreeze-thaw")
            assert refusal(host, "guest-exec") == blocked.format("guest-exec") + " by profile=backup"
            assert host.call("guest-fstrim", timeout=30)
    finally:
        guest.shell("virtagent --thaw; umount /mnt/backup")
        restart(guest, None)


@case(needs="virtagent", **GUEST)
def in_the_place_of_qemu_ga(guest):
    """/usr/sbin/qemu-ga becomes a link. The unit and the init script of the package, its file in /etc and its pid file
    stay as they are."""
    guest.kill_agent("TERM")
    guest.sh("mv /usr/sbin/qemu-ga /usr/sbin/qemu-ga.packaged && ln -s virtagent /usr/sbin/qemu-ga && mkdir -p /etc/qemu")
    guest.put("/etc/qemu/qemu-ga.conf", b"[general]\nblacklist=guest-file-open;guest-exec\nleft-over=1\n")
    try:
        # the unit: no options
        guest.start_agent("", binary="/usr/sbin/qemu-ga")
        with guest.client() as host:
            assert answers(host)
            host.send(request("guest-file-open", {"path": "/etc/passwd"}))
            assert b"has been disabled" in host.line()
        guest.kill_agent("TERM")
        # the init script
        guest.sh(f"/usr/sbin/qemu-ga --daemonize {DEFAULT} --pidfile /var/run/qemu-ga.pid </dev/null >/dev/null 2>&1")
        pid = guest.sh("cat /run/qemu-ga.pid")
        assert "virtagent" in guest.sh(f"readlink /proc/{pid}/exe")
        check_port(guest)
        status, _ = guest.shell(f"/usr/sbin/qemu-ga --daemonize {DEFAULT} </dev/null >/dev/null 2>&1")
        assert status == 1
        assert guest.sh("cat /run/qemu-ga.pid") == pid
        check_port(guest)
        guest.sh(f"kill {pid}; while [ -e /run/qemu-ga.pid ]; do usleep 20000; done")
    finally:
        guest.sh("mv -f /usr/sbin/qemu-ga.packaged /usr/sbin/qemu-ga; rm -rf /etc/qemu")
