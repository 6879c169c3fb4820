# SPDX-License-Identifier: MIT
"""udev in the guest, with Debian's rules for disks: Guest(udev=True) brings it, start() starts it."""
from . import fetch

RULES = ("50-udev-default", "55-dm", "60-block", "60-persistent-storage")
HELPERS = ("scsi_id", "ata_id")


def programs():
    return [fetch.udev_program("udevadm"), *(fetch.udev_program(name) for name in HELPERS)]


def files():
    """{path in the guest: path here}: its own rules and those for device-mapper."""
    rules = [rule for name in ("udev", "dmsetup") for rule in fetch.fetch(name).glob("lib/udev/rules.d/*.rules")]
    return {f"lib/udev/rules.d/{rule.name}": str(rule) for rule in rules if rule.name.startswith(RULES)}


def start(guest):
    """Starts it, tells it of every disk there is, and waits until it has noted them."""
    guest.sh("mkdir -p /run/udev && for n in " + " ".join(HELPERS) + "; do ln -sf /usr/sbin/$n /lib/udev/$n; done"
             " && ln -sf /usr/sbin/udevadm /usr/sbin/systemd-udevd && systemd-udevd --daemon 2>/dev/null", timeout=30)
    settle(guest)


def settle(guest):
    guest.sh("udevadm trigger --action=add --subsystem-match=block && udevadm settle --timeout=30", timeout=40)


def stop(guest):
    """And forgets what it has noted, as in a guest that never had it."""
    guest.sh("udevadm control --exit 2>/dev/null; rm -rf /run/udev")
