# SPDX-License-Identifier: MIT
"""Processors taken offline and back, seen in sysfs and by the scheduler."""
from vm import AgentError, case
from vm.shapes import CONTROLLED

SYS = "/sys/devices/system/cpu"


def online(guest):
    return guest.sh(f"cat {SYS}/online")


def set_vcpus(host, *wanted):
    return host.call("guest-set-vcpus", {"vcpus": [{"logical-id": n, "online": on} for n, on in wanted]}, timeout=20)


def listed(host):
    return {cpu["logical-id"]: cpu for cpu in host.call("guest-get-vcpus")}


@case(**CONTROLLED)
def listed_as_sysfs_has_them(guest):
    with guest.client() as host:
        cpus = host.call("guest-get-vcpus")
    assert [cpu["logical-id"] for cpu in cpus] == [0, 1, 2], cpus
    for cpu in cpus:
        there = guest.shell(f"[ -e {SYS}/cpu{cpu['logical-id']}/online ]")[0] == 0
        assert cpu["online"] and cpu["can-offline"] == there, cpu


@case(**CONTROLLED)
def offline_and_online(guest):
    with guest.client() as host:
        assert set_vcpus(host, (1, False)) == 1
        assert online(guest) == "0,2"
        cpus = host.call("guest-get-vcpus")
        assert [c["online"] for c in cpus] == [True, False, True], cpus   # its place in the list is the same
        assert set_vcpus(host, (1, False), (2, True), (1, True)) == 3
    assert online(guest) == "0-2"


@case(**CONTROLLED)
def stops_at_the_first_that_fails(guest):
    with guest.client() as host:
        assert set_vcpus(host, (2, False), (99, False), (1, False)) == 1
        assert online(guest) == "0-1"
        try:
            set_vcpus(host, (99, True), (2, True))
        except AgentError as error:
            assert str(error) == f'open("{SYS}/cpu99/"): No such file or directory', error
        else:
            raise AssertionError("no error")
        assert online(guest) == "0-1"
        assert set_vcpus(host) == 0
        assert set_vcpus(host, (2, True)) == 1
    assert online(guest) == "0-2"


@case(**CONTROLLED)
def the_last_one_stays(guest):
    """What the kernel refuses is an error with its reason."""
    can = guest.shell(f"[ -e {SYS}/cpu0/online ]")[0] == 0
    with guest.client() as host:
        assert set_vcpus(host, (1, False), (2, False)) == 2
        try:
            set_vcpus(host, (0, False))
        except AgentError as error:
            wanted = (f'pwrite("{SYS}/cpu0//online"): Device or resource busy' if can
                      else "logical processor #0 can't be offlined")
            assert str(error) == wanted, error
        else:
            raise AssertionError("the last processor went offline")
        assert set_vcpus(host, (0, True), (1, True), (2, True)) == 3


@case(needs="virtagent", cpus=1, max_cpus=2, alone=True, full=True)
def plugged_in_later(guest):
    with guest.client() as host:
        assert list(listed(host)) == [0]
        guest.plug_cpu()
        assert [(n, cpu["online"]) for n, cpu in listed(host).items()] == [(0, True), (1, False)]
        assert set_vcpus(host, (1, True)) == 1
        assert online(guest) == "0-1"
