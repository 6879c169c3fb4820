# SPDX-License-Identifier: MIT
"""Shutdown, halt, reboot and suspend: for real, seen through QEMU, and the choice of the way with programs that only say
that they were called."""
import time

from vm import PORT, AgentError, Disk, case

from vm.qga import request

FAKES = "/usr/sbin/systemctl /usr/sbin/pm-is-supported /usr/sbin/pm-suspend /usr/sbin/pm-hibernate /usr/sbin/pm-suspend-hybrid" \
        " /usr/sbin/openrc-shutdown /usr/sbin/runit-init /usr/sbin/telinit"
FAKE = b"""#!/bin/sh
echo "${0##*/}${*:+ $*}" >>/tmp/calls
[ ! -f /tmp/does.${0##*/} ] || . /tmp/does.${0##*/}
exit 0
"""
CHOICE = {"needs": "virtagent"}
UNSUPPORTED = "the requested suspend mode is not supported by the guest"
NO_SHUTDOWN = "child process has failed to shutdown: failed to exec '/sbin/shutdown': No such file or directory\n"


class Programs:
    """Programs in the guest that write down how they were called; what else they do is a line of shell."""

    def __init__(self, guest):
        self.guest = guest

    def __enter__(self):
        self.guest.sh("rm -f /tmp/calls /tmp/does.*; : >/tmp/calls")
        self.guest.put("/tmp/fake", FAKE)
        return self

    def __exit__(self, *_):
        self.guest.sh(f"rm -f {FAKES} /sbin/poweroff /sbin/halt /sbin/reboot /sbin/shutdown /tmp/own; rm -rf /run/systemd")

    def add(self, path, does="exit 0"):
        name = path.rpartition("/")[2]
        self.guest.put(f"/tmp/does.{name}", does.encode() + b"\n")
        self.guest.sh(f"cp /tmp/fake {path} && chmod 755 {path}")

    def calls(self):
        """Since the last look."""
        return self.guest.sh("cat /tmp/calls && : >/tmp/calls").splitlines()


def shutdown(host, mode=None):
    """The text of the error; "" when there is none, which is told by the reply to the next request."""
    return silent(host, "guest-shutdown", None if mode is None else {"mode": mode})


def silent(host, command, arguments=None, timeout=20):
    host.send(request(command, arguments))
    try:
        assert host.call("guest-ping", timeout=timeout) == {}
    except AgentError as error:
        assert host.line(timeout) == b'{"return": {}}'
        return str(error)
    return ""


def restart(guest, options=""):
    if guest.agent_runs():
        guest.kill_agent("TERM")
    guest.start_agent(f"-v -m virtio-serial -p /dev/virtio-ports/{PORT} {options}")


# Which way

@case(**CHOICE)
def the_specified_programs(guest):
    """/sbin/poweroff, halt and reboot without arguments; /sbin/shutdown with many where they are missing."""
    with Programs(guest) as programs, guest.client() as host:
        for name in ("poweroff", "halt", "reboot", "shutdown"):
            programs.add(f"/sbin/{name}")
        for mode, name in ((None, "poweroff"), ("powerdown", "poweroff"), ("halt", "halt"), ("reboot", "reboot")):
            assert shutdown(host, mode) == ""
            assert programs.calls() == [name], mode
        guest.sh("chmod 644 /sbin/poweroff; rm /sbin/halt /sbin/reboot")
        for mode, letter in (("powerdown", "P"), ("halt", "H"), ("reboot", "r")):
            assert shutdown(host, mode) == ""
            assert programs.calls() == [f"shutdown -h -{letter} +0 hypervisor initiated shutdown"], mode


@case(**CHOICE)
def invalid_modes(guest):
    with guest.client() as host:
        for mode in ("", "Halt", "poweroff", "halt "):
            assert shutdown(host, mode) == "mode is invalid (valid values are: halt|powerdown|reboot", mode


@case(**CHOICE)
def one_after_the_other(guest):
    """Whatever fails, the next way is tried; the first one's error is the reply if none works."""
    restart(guest, "--shutdown-chain program,shutdown,systemd,openrc,runit,sysvinit,/tmp/own")
    guest.sh("mkdir -p /run/systemd/system")
    fail = "echo no $0 >&2; exit 3"
    with Programs(guest) as programs, guest.client() as host:
        guest.sh("mkdir -p /run/systemd/system")
        for path in ("/sbin/reboot", "/sbin/shutdown", "/usr/sbin/systemctl", "/usr/sbin/openrc-shutdown", "/usr/sbin/runit-init",
                     "/usr/sbin/telinit", "/tmp/own"):
            programs.add(path, fail)
        every = ["reboot", "shutdown -h -r +0 hypervisor initiated shutdown", "systemctl reboot", "openrc-shutdown -r now",
                 "runit-init 6", "telinit 6", "own reboot"]
        assert shutdown(host, "reboot") == "child process has failed to shutdown: no /sbin/reboot\n"
        assert programs.calls() == every
        for n, path in enumerate(("/tmp/own", "/usr/sbin/telinit", "/usr/sbin/runit-init", "/usr/sbin/openrc-shutdown")):
            programs.add(path)
            assert shutdown(host, "reboot") == "", path
            assert programs.calls() == every[:len(every) - n], path
        guest.sh("rm -r /run/systemd /usr/sbin/openrc-shutdown")
        assert shutdown(host, "halt") == ""
        assert programs.calls() == ["shutdown -h -H +0 hypervisor initiated shutdown", "runit-init 0"]
    restart(guest)


@case(**CHOICE)
def no_way_at_all(guest):
    restart(guest, "--shutdown-chain program,shutdown,systemd")
    with guest.client() as host:
        assert shutdown(host) == NO_SHUTDOWN
    restart(guest)


@case(**CHOICE)
def a_killed_program_is_no_reason_for_the_last_resort(guest):
    """That is what happens to it in a shutdown that has begun."""
    restart(guest, "--shutdown-chain program,systemd,kernel")
    with Programs(guest) as programs, guest.client() as host:
        programs.add("/sbin/halt", "echo bye; kill -TERM $$")
        assert shutdown(host, "halt") == "child process has terminated abnormally: bye\n"
        assert programs.calls() == ["halt"]
    restart(guest)


@case(**CHOICE)
def a_program_that_leaves_a_child_behind(guest):
    with Programs(guest) as programs, guest.client() as host:
        programs.add("/sbin/poweroff", "sleep 1000 &")
        started = time.monotonic()
        assert shutdown(host) == ""
        assert time.monotonic() - started < 100
        guest.sh("killall sleep")


# For real

@case(needs="virtagent", alone=True)
def powerdown(guest):
    """busybox is what this guest has; its init is told."""
    with guest.client() as host:
        host.send(request("guest-shutdown"))
        event = guest.wait_event("SHUTDOWN", 40)
    assert event["data"] == {"guest": True, "reason": "guest-shutdown"}, event


@case(needs="virtagent", alone=True, full=True)
def reboot(guest):
    with guest.client() as host:
        host.send(request("guest-shutdown", {"mode": "reboot"}))
        event = guest.wait_event("SHUTDOWN", 40)
    assert event["data"] == {"guest": True, "reason": "guest-reset"}, event


@case(needs="virtagent", alone=True, full=True)
def halt(guest):
    with guest.client() as host:
        host.send(request("guest-shutdown", {"mode": "halt"}))
        end = time.monotonic() + 40
        while "System halted" not in guest.console_tail():
            assert time.monotonic() < end, guest.console_tail()
            time.sleep(0.2)
    assert guest.qmp("query-status")["status"] == "running"


@case(needs="virtagent", alone=True, disks=[Disk("16M", fs="ext4")], full=True)
def the_kernel_as_the_last_resort(guest):
    """Only if it is in the chain; what was written before is on the disk then."""
    restart(guest, "--shutdown-chain program,shutdown,kernel")
    guest.sh(f"mkdir -p /mnt/a && mount -t ext4 -o commit=1000 {guest.devices[0]} /mnt/a && echo kept >/mnt/a/file")
    with guest.client() as host:
        host.send(request("guest-shutdown"))
        event = guest.wait_event("SHUTDOWN", 40)
    assert event["data"]["reason"] == "guest-shutdown", event
    assert b"kept\n" in guest.image(0).read_bytes()


# Suspend: which way

def suspend(host, mode):
    return silent(host, f"guest-suspend-{mode}")


class State:
    """A file in place of /sys/power/state."""

    def __init__(self, guest, text):
        self.guest, self.text = guest, text

    def __enter__(self):
        self.guest.sh(f"echo '{self.text}' >/tmp/state && mount --bind /tmp/state /sys/power/state")
        return self

    def __exit__(self, *_):
        self.guest.sh("umount /sys/power/state")

    def written(self):
        return self.guest.sh("cat /tmp/state")


@case(**CHOICE)
def systemd_suspends(guest):
    verbs = {"ram": ("suspend", "suspend"), "disk": ("hibernate", "hibernate"), "hybrid": ("hybrid-sleep", "hybrid-sleep")}
    with Programs(guest) as programs, State(guest, "freeze") as state, guest.client() as host:
        programs.add("/usr/sbin/systemctl", '[ "$1" != status ] || exit 3')
        for mode, (service, verb) in verbs.items():
            assert suspend(host, mode) == ""
            assert programs.calls() == [f"systemctl status systemd-{service}", f"systemctl {verb}"]
        for status in (0, 4, 5):
            programs.add("/usr/sbin/systemctl", f"exit {status}")
            assert suspend(host, "ram") == UNSUPPORTED, status
            assert programs.calls() == ["systemctl status systemd-suspend"]
        assert state.written() == "freeze"


@case(**CHOICE)
def pm_utils_suspend(guest):
    options = {"ram": ("--suspend", "pm-suspend"), "disk": ("--hibernate", "pm-hibernate"),
               "hybrid": ("--suspend-hybrid", "pm-suspend-hybrid")}
    with Programs(guest) as programs, State(guest, "freeze"), guest.client() as host:
        for name in ("pm-is-supported", "pm-suspend", "pm-hibernate", "pm-suspend-hybrid"):
            programs.add(f"/usr/sbin/{name}")
        for mode, (option, program) in options.items():
            assert suspend(host, mode) == ""
            assert programs.calls() == [f"pm-is-supported {option}", program]
        programs.add("/usr/sbin/pm-is-supported", "exit 1")
        assert suspend(host, "ram") == UNSUPPORTED
        assert programs.calls() == ["pm-is-supported --suspend"]


@case(**CHOICE)
def nothing_counts_but_success(guest):
    """Row 29: whoever says that he can and fails hands over; if the last fails too, the reply is an error."""
    with Programs(guest) as programs, guest.client() as host:
        programs.add("/usr/sbin/systemctl", '[ "$1" != status ] || exit 1; exit 1')
        programs.add("/usr/sbin/pm-is-supported")
        programs.add("/usr/sbin/pm-suspend", "kill -9 $$")
        programs.add("/usr/sbin/pm-suspend-hybrid", "exit 2")
        with State(guest, "freeze mem"):
            assert suspend(host, "ram") == ""      # the kernel's file, after the others
            assert guest.sh("head -c 3 /tmp/state") == "mem"
            assert programs.calls() == ["systemctl status systemd-suspend", "systemctl suspend", "pm-is-supported --suspend",
                                        "pm-suspend"]
        with State(guest, "freeze memory disks"):
            assert suspend(host, "ram") == "the helper program 'pm-suspend' was killed by signal 9"
            assert suspend(host, "hybrid") == "unknown guest suspend mode"
            guest.sh("rm /usr/sbin/pm-suspend")
            assert suspend(host, "ram") == "the helper program 'pm-suspend' was not found"
            guest.sh("rm /usr/sbin/pm-is-supported")
            assert suspend(host, "ram") == "the helper program 'systemctl suspend' returned an unexpected exit status code (1)"
            guest.sh("rm /usr/sbin/systemctl")
            for mode in ("ram", "disk", "hybrid"):
                assert suspend(host, mode) == UNSUPPORTED, mode


@case(**CHOICE)
def the_kernel_refuses(guest):
    """No swap space: the kernel knows the way and cannot take it."""
    with guest.client() as host:
        assert suspend(host, "disk") == "suspend: cannot write to '/sys/power/state': No such device"


# Suspend for real

@case(needs="virtagent", alone=True)
def suspend_to_ram_and_wake_up(guest):
    with guest.client() as host:
        host.send(request("guest-suspend-ram"))
        guest.wait_event("SUSPEND", 30)
        assert guest.qmp("query-status")["status"] == "suspended"
        guest.wake_up()
        host.sync(timeout=30)
        assert host.call("guest-ping") == {}
    with guest.client() as host:
        host.sync(timeout=20)
        assert host.call("guest-get-vcpus")
    assert guest.sh("echo awake") == "awake"


@case(needs="virtagent", alone=True, disks=[Disk("512M", fs="swap")], resume=0, full=True)
def suspend_to_disk_and_resume(guest):
    """Off, on again, and everything goes on where it was, the agent too."""
    guest.sh(f"swapon {guest.devices[0]} && echo remembered >/tmp/note && (sleep 100000 & echo $! >/tmp/sleeper)")
    pid = guest.agent_pid
    with guest.client() as host:
        host.send(request("guest-suspend-disk"))
        guest.wait_event("SHUTDOWN", 90)
    guest.power_cycle()
    with guest.client() as host:
        host.sync(timeout=90)
        assert host.call("guest-ping", timeout=20) == {}
    assert guest.sh("cat /tmp/note && kill -0 $(cat /tmp/sleeper)", timeout=30) == "remembered"
    assert guest.sh(f"readlink /proc/{pid}/exe") == "/usr/sbin/virtagent"
