# SPDX-License-Identifier: MIT
"""The clock, set and read back; the real-time clock is looked at by busybox's hwclock and by QEMU."""
import calendar
import re
import time

from vm import AgentError, case
from vm.shapes import CONTROLLED

NS = 10 ** 9
NEAR = 30      # seconds: an emulated guest on a busy machine is slow, and what is wrong is wrong by hours
HELPER = "child process has failed to set hardware clock to system time: "



def clock(guest):
    return int(guest.sh("date -u +%s"))


def rtc(guest, zone="-u"):
    """The machine's clock as busybox reads it."""
    text = guest.sh(f"TZ=UTC hwclock -r {zone} -f /dev/rtc0")
    return calendar.timegm(time.strptime(re.sub(r"\s+\S+ seconds.*", "", text.strip()), "%a %b %d %H:%M:%S %Y"))


def near(left, right, what, limit=NEAR):
    assert abs(left - right) <= limit, f"{what}: {left} and {right}"


def set_time(host, ns=None):
    return host.call("guest-set-time", None if ns is None else {"time": ns}, timeout=30)


def fails(host, ns=None):
    try:
        set_time(host, ns)
    except AgentError as error:
        return str(error)
    raise AssertionError("no error")


@case(**CONTROLLED)
def both_clocks_are_set(guest):
    wanted = calendar.timegm((2031, 2, 3, 4, 5, 6))
    with guest.client() as host:
        assert set_time(host, wanted * NS + 250_000_000) == {}
        near(clock(guest), wanted, "the kernel's clock")
        near(rtc(guest), clock(guest), "the two clocks")
        near(host.call("guest-get-time") / NS, clock(guest), "what the agent says")


def offset(guest):
    """How far the kernel's clock is ahead of the machine's, in seconds, measured where the latter ticks."""
    text = guest.sh("f=/sys/class/rtc/rtc0/since_epoch; read a <$f; b=$a; while [ $a = $b ]; do read b <$f; done;"
                    " echo $b $(adjtimex | sed -n 's/.*tv_\\(sec\\|usec\\)[^0-9]*//p')")
    ticked, seconds, microseconds = (int(n) for n in text.split())
    return seconds + microseconds / 1e6 - ticked


@case(full=True, **CONTROLLED)
def to_a_part_of_a_second(guest):
    """The machine's clock, which QEMU lets begin its seconds where it always did, is at most half of one off, which takes
    the right moment to set it; the kernel's clock follows its ticks closely. The best of a few counts: an emulated guest
    on a busy machine can be late."""
    there, back = [], []
    with guest.client() as host:
        for fraction in (100, 400, 700, 900):
            set_time(host, clock(guest) * NS + fraction * NS // 1000)
            there.append(offset(guest))
            guest.sh("date -u -s @1000000000")
            set_time(host)
            back.append(offset(guest))
    assert min(map(abs, there)) <= 0.5 and min(map(abs, back)) < 0.05, (there, back)


@case(**CONTROLLED)
def from_the_machines_clock(guest):
    """A host sets the kernel's clock wrong; without an argument the other one corrects it."""
    right = clock(guest)
    with guest.client() as host:
        set_time(host, right * NS)
        guest.sh("date -u -s @1000000000")
        assert set_time(host) == {}
        near(clock(guest), right, "the kernel's clock")
        near(rtc(guest), clock(guest), "the two clocks")


@case(**CONTROLLED)
def a_week_back(guest):
    """What a test suite of other people does: one week back, then by the machine's clock."""
    with guest.client() as host:
        wanted = clock(guest) - 7 * 86400
        set_time(host, wanted * NS)
        near(clock(guest), wanted, "the kernel's clock")
        guest.sh("date -u -s @1500000000")
        set_time(host)
        near(clock(guest), wanted, "the kernel's clock by the machine's")


@case(**CONTROLLED)
def local_time(guest):
    """/etc/adjtime says that the machine's clock runs in local time: in Tokyo it is nine hours ahead."""
    wanted = calendar.timegm((2030, 7, 1, 12, 0, 0))
    guest.sh("printf '0.0 0 0.0\\n0\\nLOCAL\\n' >/etc/adjtime")
    try:
        with guest.client() as host:
            set_time(host, wanted * NS)
            near(clock(guest), wanted, "the kernel's clock")
            near(rtc(guest), clock(guest) + 9 * 3600, "the machine's clock, nine hours ahead")
            guest.sh("date -u -s @1000000000")
            set_time(host)
            near(clock(guest), wanted, "the kernel's clock by the machine's")
    finally:
        guest.sh("rm /etc/adjtime && hwclock -w -u -f /dev/rtc0")


@case(**CONTROLLED)
def out_of_range(guest):
    """1970 to 2069 in local time; the clocks are left alone otherwise."""
    first, end = -9 * 3600, calendar.timegm((2070, 1, 1, 0, 0, 0)) - 9 * 3600
    before = clock(guest)
    with guest.client() as host:
        for seconds in (first - 1, end, -10 ** 9 * 5, 9_000_000_000):
            assert fails(host, seconds * NS) == "Invalid time", seconds
        assert fails(host, first * NS) == "Failed to set time to guest: Invalid argument"
        assert fails(host, (first + 1) * NS + 1) == "Failed to set time to guest: Invalid argument"
        near(clock(guest), before, "the kernel's clock")
        near(rtc(guest), before, "the machine's clock")
        assert set_time(host, (end - 3600) * NS) == {}
        near(clock(guest), end - 3600, "an hour before the end")
        assert set_time(host, before * NS) == {}


@case(**CONTROLLED)
def without_a_machines_clock(guest):
    """Setting works, since there is nothing that it could be written to; the other direction cannot."""
    guest.sh("mkdir -p /tmp/dev && mv /dev/rtc* /tmp/dev/")
    before = clock(guest)
    try:
        with guest.client() as host:
            assert set_time(host, (before + 1000) * NS) == {}
            near(clock(guest), before + 1000, "the kernel's clock")
            assert fails(host) == HELPER + "there is no real-time clock"
    finally:
        guest.sh("mv /tmp/dev/rtc* /dev/")


@case(**CONTROLLED)
def a_machines_clock_that_cannot_be_used(guest):
    """Nothing is set then, and the reply says why."""
    guest.sh("mkdir -p /tmp/dev && mv /dev/rtc* /tmp/dev/ && : >/dev/rtc")
    before = clock(guest)
    try:
        with guest.client() as host:
            assert fails(host) == HELPER + "cannot read the real-time clock: Inappropriate ioctl for device"
            near(clock(guest), before, "the kernel's clock")
            assert fails(host, (before + 1000) * NS) == HELPER + "cannot read the real-time clock: Inappropriate ioctl for device"
            near(clock(guest), before, "the kernel's clock")
    finally:
        guest.sh("rm /dev/rtc && mv /tmp/dev/rtc* /dev/")
