# SPDX-License-Identifier: MIT
"""A disk that stops answering: an ext4 filesystem on a device-mapper device that can be suspended.

Looking up a file whose directory is not cached then waits in the kernel without taking signals
(state D), as on a dead disk. A plain buffered read of the device would not do: that wait ends at
SIGKILL.
"""

MOUNT = "/mnt/hang"
FILES = 8


class HangingDisk:
    """Needs a Guest with dm=True and a disk with ext4 on it."""

    def __init__(self, guest, device):
        self.guest = guest
        sectors = guest.sh(f"blockdev --getsz {device}")
        guest.sh(f"echo '0 {sectors} linear {device} 0' | dmsetup create hang && mkdir -p {MOUNT}"
                 f" && mount -t ext4 /dev/mapper/hang {MOUNT} && cd {MOUNT}"
                 f" && for n in $(seq {FILES}); do mkdir -p d$n && head -c 8192 /dev/zero >d$n/file; done")
        self.used = 0

    def path(self):
        """A file that was not looked at since the last suspend()."""
        self.used += 1
        return f"{MOUNT}/d{(self.used - 1) % FILES + 1}/file"

    def suspend(self):
        """From here on whoever opens a path() hangs. A fresh mount makes sure that nothing is cached."""
        self.guest.sh(f"umount {MOUNT} && mount -t ext4 /dev/mapper/hang {MOUNT}"
                      " && echo 3 >/proc/sys/vm/drop_caches && dmsetup suspend --noflush --nolockfs hang")
        self.used = 0

    def resume(self):
        self.guest.sh("dmsetup resume hang")
