# SPDX-License-Identifier: MIT
"""guest-exec in a real guest, which is slow: every mode, hung program files, an agent that is restarted."""
import base64
import time

from vm import Disk, case
from vm.hang import HangingDisk, MOUNT
from vm.probe import processes

HANG = {"dm": True, "disks": [Disk("16M", fs="ext4")]}
MODES = {None: (), "none": (), "stdout": ("out",), "stderr": ("err",), "separated": ("out", "err"), "merged": ("both",)}


def start(host, path, *arg, capture=None, **more):
    arguments = {"path": path, "arg": list(arg), **more}
    if capture is not None:
        arguments["capture-output"] = capture
    return host.call("guest-exec", arguments, timeout=20)["pid"]


def end(host, pid, seconds=30):
    deadline = time.monotonic() + seconds
    while True:
        status = host.call("guest-exec-status", {"pid": pid}, timeout=20)
        if status["exited"]:
            return {k: base64.b64decode(v) if k.endswith("data") else v for k, v in status.items() if k != "exited"}
        assert time.monotonic() < deadline, f"program {pid} does not end"
        time.sleep(0.005)


@case()
def every_mode_after_every_other(guest):
    with guest.client() as host:
        host.sync()
        for first in MODES:
            for second in MODES:
                for mode in (first, second):
                    got = end(host, start(host, "sh", "-c", "echo out; echo err >&2", capture=mode))
                    kept = MODES[mode]
                    wanted = {"exitcode": 0}
                    if "both" in kept or "out" in kept:
                        wanted["out-data"] = b"out\nerr\n" if "both" in kept else b"out\n"
                    if "err" in kept:
                        wanted["err-data"] = b"err\n"
                    assert got == wanted, (first, second, got)


@case()
def much_output(guest):
    """More than a port takes at once; the reference needs minutes."""
    with guest.client() as host:
        host.sync()
        got = end(host, start(host, "head", "-c", "50000", "/dev/zero", capture=True))
        assert got == {"exitcode": 0, "out-data": b"\0" * 50000}


@case(**HANG)
def program_on_a_hung_disk(guest):
    """It cannot be started, but that is all: others can, and the agent answers."""
    disk = HangingDisk(guest, guest.devices[0])
    guest.sh(f"cp /bin/busybox {disk.path()}")
    with guest.client() as host:
        host.sync()
        disk.suspend()
        host.send(b'{"execute":"guest-exec","arguments":{"path":"%s"}}\n' % disk.path().encode())
        host.sync(timeout=10)
        assert any(p.state == "D" for p in processes(guest).values()), f"nobody waits for {MOUNT}"
        assert end(host, start(host, "echo", "others", capture=True)) == {"exitcode": 0, "out-data": b"others\n"}
        disk.resume()


def restart(guest, sig):
    with guest.client() as host:
        host.sync()
        script = "echo one; until [ -e /tmp/go ]; do usleep 20000; done; echo two; exit 9"
        pid = start(host, "sh", "-c", script, capture=True)
    guest.kill_agent(sig)
    guest.start_agent()
    with guest.client() as host:
        host.sync()
        assert host.call("guest-exec-status", {"pid": pid}) == {"exited": False}
        guest.sh(": >/tmp/go")
        assert end(host, pid) == {"exitcode": 9, "out-data": b"one\ntwo\n"}
    guest.sh("rm /tmp/go")


@case()
def outlives_the_agent(guest):
    restart(guest, "TERM")
    restart(guest, "KILL")
