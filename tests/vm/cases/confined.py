# SPDX-License-Identifier: MIT
"""What the agent's processes have given up, on a kernel that tells what it refuses: nothing that is needed."""
import base64

from vm import AgentError, Disk, case
from vm.guest import PORT

GUEST = {"disks": [Disk("64M", fs="ext4"), Disk("32M", bus="nvme")], "compiled": ("refused-call",), "cpus": 2}
DEFAULT = f"-m virtio-serial -p /dev/virtio-ports/{PORT}"
READING = ("guest-get-fsinfo", "guest-get-osinfo", "guest-get-timezone", "guest-get-users", "guest-get-vcpus",
           "guest-network-get-interfaces", "guest-network-get-route", "guest-get-devices", "guest-get-memory-blocks",
           "guest-get-load", "guest-get-cpustats", "guest-get-diskstats", "guest-get-host-name", "guest-get-time",
           "guest-info", "guest-fsfreeze-status")
REFUSED = "dmesg | grep 'audit: type=1326' || true"


def restart(guest, args):
    guest.kill_agent("TERM")
    guest.start_agent(f"{DEFAULT} {args}")
    guest.sh("until virtagent --status | grep -q 'open: yes'; do usleep 20000; done")


def status(guest, pid, name):
    return guest.sh(f"sed -n 's/^{name}:\t//p' /proc/{pid}/status")


def b64(text):
    return base64.b64encode(text.encode()).decode()


def zygote(guest):
    return guest.sh("pidof virtagent-zyg || grep -l virtagent-zyg /proc/[0-9]*/comm | cut -d/ -f3").split()[0]


def set_time(host):
    """On a busy machine an emulated clock may seem to have stopped: that is no refusal."""
    try:
        host.call("guest-set-time", timeout=60)
    except AgentError as error:
        assert "has stopped" in str(error), error


def read_all(host):
    for command in READING:
        host.call(command, timeout=20)
    disks = host.call("guest-get-disks", timeout=20)
    assert [disk for disk in disks if "smart" in disk], disks


@case(needs="virtagent", **GUEST)
def what_it_does_is_not_refused(guest):
    """All kinds of commands, with everything on; then the kernel has noted no refusal, as it would have."""
    guest.sh(f"mkdir -p /home/private /mnt/inner && chmod 700 /home/private && mount {guest.devices[0]} /mnt/inner")
    guest.sh("echo content >/home/private/file; chmod 000 /home/private/file; chown -R 1000:1000 /home/private")
    restart(guest, "-v --confine on -l /var/log/confined.log")
    said = guest.sh("virtagent --status")
    assert "system-calls: restricted" in said and "files: restricted" in said, said
    with guest.client() as host:
        host.sync()
        read_all(host)
        # a file that only root's privileges can open
        handle = host.call("guest-file-open", {"path": "/home/private/file", "mode": "r+"})
        assert base64.b64decode(host.call("guest-file-read", {"handle": handle})["buf-b64"]) == b"content\n"
        host.call("guest-file-write", {"handle": handle, "buf-b64": b64("more\n")})
        host.call("guest-file-close", {"handle": handle})
        assert host.call("guest-fsfreeze-freeze", timeout=60) >= 1
        assert host.call("guest-fsfreeze-thaw", timeout=60) >= 1
        host.call("guest-fstrim", timeout=60)
        pid = host.call("guest-exec", {"path": "/bin/sh", "arg": ["-c", "echo x >/tmp/by-a-program"]})["pid"]
        guest.sh("until [ -s /tmp/by-a-program ]; do usleep 20000; done")
        host.call("guest-exec-status", {"pid": pid})
        set_time(host)
    guest.sh("kill -HUP $(pidof virtagent | tr ' ' '\\n' | sort -n | head -1); sleep 1")
    guest.kill_agent("TERM")
    assert guest.sh("cat /home/private/file") == "content\nmore"
    assert guest.sh("ls /var/run/virtagent.sock 2>/dev/null || true") == "", "the control socket is removed at the end"
    refusals = guest.sh(REFUSED)
    guest.sh("refused-call")
    assert "type=1326" in guest.sh(REFUSED), "the kernel would have told"
    assert not refusals, refusals
    guest.start_agent()


@case(needs="virtagent", **GUEST)
def a_profile_that_needs_little(guest):
    """With the profile info nothing can be executed, by no process."""
    restart(guest, "-v --profile info")
    with guest.client() as host:
        host.sync()
        read_all(host)
        pids = [zygote(guest), *guest.sh("pidof virtagent-work || true").split()]
        assert len(pids) >= 2, pids
        for pid in pids:
            assert (status(guest, pid, "NoNewPrivs"), status(guest, pid, "Seccomp")) == ("1", "2"), pid
    restart(guest, "-v")
