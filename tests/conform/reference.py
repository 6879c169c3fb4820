# SPDX-License-Identifier: MIT
"""Debian's packaged qemu-ga as a black box: fetched with apt, unpacked into the cache, started without privileges
and with every command with an effect blocked. Whatever is sent passes the fence first."""

import os
import platform
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "protocol"), os.path.join(HERE, "..")]
import agent  # noqa: E402
import fence  # noqa: E402
from vm.fetch import FetchError, qemu_ga  # noqa: E402

FENCE_ID = 0x51A5


class Unavailable(Exception):
    pass


def fetch():
    """The path of the binary and the environment it needs."""
    try:
        binary = str(qemu_ga())
    except FetchError as err:
        raise Unavailable(str(err)) from err
    root = os.path.dirname(os.path.dirname(os.path.dirname(binary)))
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    libs = subprocess.run(["ldd", binary], capture_output=True, text=True, timeout=30)
    if "not found" in libs.stdout:
        triple = platform.machine() + "-linux-gnu"
        env["LD_LIBRARY_PATH"] = f"{root}/usr/lib/{triple}:{root}/lib/{triple}"
    return binary, env


class Reference:
    """`also`: commands that only read and may be sent besides the harmless ones; see fence.QUERIES."""

    def __init__(self, extra_blocked=(), also=(), env=None):
        binary, own_env = fetch()
        env = {**own_env, **(env or {})}
        self.also, allowed = also, fence.allowed(also)
        names = subprocess.run([binary, "-b", "help"], env=env, capture_output=True, text=True, timeout=30).stdout.split()
        blocked = [name for name in names if name not in allowed or name in extra_blocked]
        if len(names) < 30 or len(blocked) != len(names) - len(allowed) + len(extra_blocked):
            raise Unavailable("the reference's list of commands does not look right")
        self.agent = agent.Agent([binary, "-m", "unix-listen", "-p", "{sock}", "-t", "{dir}", "-f", "{dir}/pid",
                                  "-b", ",".join(blocked)], ours=False, env=env, as_nobody=os.geteuid() == 0)
        self.agent.start()

    def connect(self):
        return FencedLink(self.agent.connect(), self.also)

    def stop(self):
        self.agent.stop()


class FencedLink:
    """A link that looks at everything sent over it so far before it sends more."""

    def __init__(self, link, also=()):
        self.link, self.sent, self.also = link, bytearray(), also

    def __getattr__(self, name):
        if name.startswith("push"):
            raise AttributeError(name)
        return getattr(self.link, name)

    def push(self, data):
        # Names are short: the tail of what went before is enough to find one that is sent in pieces.
        fence.check_reference(bytes(self.sent[-4096:]) + data, self.also)
        self.sent[:] = (self.sent + data[-4096:])[-4096:]
        self.link.push(data)
