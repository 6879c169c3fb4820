# SPDX-License-Identifier: MIT
"""Freezing and thawing, seen from outside the agent."""
import time

from vm import AgentError, Disk, case, layers

TYPES = ("ext4", "xfs", "btrfs", "vfat")
DISKS = [Disk("64M", fs="ext4"), Disk("320M", fs="xfs"), Disk("128M", fs="btrfs"), Disk("64M", fs="vfat")]
FROZEN = "Command {} has been disabled: the command is not allowed"


def mount_all(guest):
    """The four filesystems under /mnt/<type>, once."""
    for device, kind in zip(guest.devices, TYPES):
        if guest.shell(f"grep -q ' /mnt/{kind} ' /proc/mounts")[0]:
            layers.mount(guest, device, kind, f"/mnt/{kind}")


def is_frozen(guest, at):
    """Whether a write there waits; what it leaves behind goes away by itself after the thaw."""
    guest.sh(f"sync; (echo x >{at}/probe.$$; rm -f {at}/probe.$$) >/dev/null 2>&1 & echo $! >/run/probe; usleep 300000")
    return guest.shell("kill -0 $(cat /run/probe) 2>/dev/null")[0] == 0


def refused(client, command, arguments=None):
    try:
        client.call(command, arguments)
    except AgentError as e:
        return str(e)
    raise AssertionError(f"{command} was not refused")


@case(disks=DISKS)
def counts_and_states(guest):
    mount_all(guest)
    with guest.client() as client:
        client.sync()
        assert client.call("guest-fsfreeze-status") == "thawed"
        assert client.call("guest-fsfreeze-thaw") == 0
        assert client.call("guest-fsfreeze-freeze") == 3
        assert client.call("guest-fsfreeze-status") == "frozen"
        frozen = [kind for kind in TYPES if is_frozen(guest, f"/mnt/{kind}")]
        assert refused(client, "guest-fsfreeze-freeze") == FROZEN.format("guest-fsfreeze-freeze")
        assert refused(client, "guest-get-time") == FROZEN.format("guest-get-time")
        client.call("guest-ping")
        assert client.call("guest-fsfreeze-thaw") == 3
        assert client.call("guest-fsfreeze-status") == "thawed"
        assert frozen == ["ext4", "xfs", "btrfs"], frozen
        time.sleep(0.3)
        assert guest.shell("kill -0 $(cat /run/probe) 2>/dev/null")[0] != 0
