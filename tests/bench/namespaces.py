# SPDX-License-Identifier: MIT
"""Network and mount namespaces for a while: what is built inside concerns nobody outside, and goes with them."""
import ctypes
import os
import subprocess
from contextlib import ExitStack, contextmanager

from .registry import Unmeasured

CLONE_NEWNS, CLONE_FS, CLONE_NEWNET = 0x00020000, 0x00000200, 0x40000000
KINDS = {"net": CLONE_NEWNET, "mnt": CLONE_NEWNS | CLONE_FS}


def _call(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        raise Unmeasured(f"{name}: {os.strerror(ctypes.get_errno())}: no namespaces here")


@contextmanager
def inside(*kinds):
    """This process, and what it starts meanwhile, in namespaces of their own ("net", "mnt")."""
    with ExitStack() as stack:
        for kind in kinds:
            home = os.open(f"/proc/self/ns/{kind}", os.O_RDONLY)
            stack.callback(os.close, home)
            _call("unshare", KINDS[kind])
            stack.callback(_call, "setns", home, 0)
        if "mnt" in kinds:
            subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        yield


def ip(lines):
    """Commands of ip(8), all at once."""
    try:
        done = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", capture_output=True, text=True,
                              check=False)
    except FileNotFoundError:
        raise Unmeasured("no ip(8)") from None
    if done.returncode:
        raise Unmeasured(f"ip: {done.stderr.strip()[:200]}")
