# SPDX-License-Identifier: MIT
"""Commands that only read, against what ip(8), /proc and /sys say in the guest's shell, and against the packaged
qemu-ga in the same guest."""
import ipaddress
import json
import shutil
import sys
import time
from pathlib import Path

from vm import case
from vm.runner import Skip

sys.path.append(str(Path(__file__).resolve().parents[2] / "roots"))
import binary  # noqa: E402  (the path has to be set first)

IP = shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin")
MAC = "52:54:00:12:34:56"
GUEST = {"cpus": 2, "reference": True, "needs": "virtagent", "programs": [IP] if IP else [],
         "modules": ["virtio_net", "dummy", "veth", "bridge", "tun", "ipip", "sit", "8021q"],
         "qemu_args": ["-netdev", "hubport,id=net0,hubid=0", "-device", f"virtio-net-pci,netdev=net0,mac={MAC}"]}
# Every kind of hardware address: none, four bytes, six; links up and down, with and without addresses.
NETWORK = """link set lo up
link set eth0 up
addr add 192.0.2.15/24 dev eth0
addr add 192.0.2.16/25 dev eth0 label eth0:vip
addr add 192.0.2.17/25 dev eth0 label eth0:vip
addr add fd00::15/64 dev eth0 nodad
link add dum0 type dummy
link add ve0 type veth peer name ve1
link set ve0 addrgenmode none up
addr add 10.1.0.1 peer 10.2.0.0/16 dev ve0
link add br0 type bridge
link set br0 addrgenmode none up
addr add 198.51.100.1/30 dev br0
tuntap add dev tun0 mode tun
addr add 10.8.0.1 peer 10.8.0.2/32 dev tun0
link add ipt0 type ipip local 192.0.2.15 remote 192.0.2.99
addr add 10.9.0.1/32 dev ipt0
link add sit7 type sit local 192.0.2.15 remote 192.0.2.98
link add link eth0 name eth0.7 type vlan id 7
link set dum0 up
addr add 203.0.113.5/32 dev dum0 label dum0:only
route add default via 192.0.2.1 metric 50
route add 203.0.113.0/24 dev br0 metric 4000000000 mtu 1400 window 100
route add blackhole 10.66.0.0/16
route add 2001:db8::/32 via fd00::1 dev eth0 metric 77
route add unreachable 2001:db8:dead::/48"""


def build_network(guest):
    """Once per guest."""
    if not IP:
        raise Skip("no ip(8) to put into the guest")
    if guest.shell("test -e /sys/class/net/dum0")[0] == 0:
        return
    guest.put("/tmp/network", NETWORK.encode() + b"\n")
    guest.sh("/usr/sbin/ip -batch /tmp/network", timeout=60)
    time.sleep(3)  # neighbour discovery and multicast reports; then nothing is sent any more


def ask(guest, *commands):
    with guest.client() as client:
        client.sync(timeout=30)
        return [client.call(command, timeout=30) for command in commands]


def ask_reference(guest, *commands):
    guest.kill_agent()
    guest.start_agent(binary="qemu-ga")
    try:
        return ask(guest, *commands)
    finally:
        guest.kill_agent()
        guest.start_agent()


def hardware_address(guest, name):
    """Six bytes of it, as SIOCGIFHWADDR has them."""
    text = guest.sh(f"cat /sys/class/net/{name}/address")
    parts = [part for part in text.split(":") if part]
    return ":".join((parts + ["00"] * 6)[:6])


def wanted_interfaces(guest):
    """What `ip` and sysfs make of the guest; statistics as ip's stats64."""
    found = {}
    facts = json.loads(guest.sh("/usr/sbin/ip -j -s addr", timeout=30))
    for link in facts:
        found[link["ifname"]] = {"name": link["ifname"], "hardware-address": hardware_address(guest, link["ifname"])}
    # the kernel dumps all of IPv4 before IPv6
    addresses = [(link, one) for family in ("inet", "inet6") for link in facts
                 for one in link["addr_info"] if one["family"] == family]
    for link, one in addresses:
        name = one.get("label", link["ifname"])
        mac = found[link["ifname"]]["hardware-address"]
        entry = found.setdefault(name, {"name": name, "hardware-address": mac})
        entry.setdefault("ip-addresses", []).append(
            {"ip-address": one["local"], "ip-address-type": "ipv4" if one["family"] == "inet" else "ipv6",
             "prefix": one["prefixlen"]})
        if name == link["ifname"]:
            entry["statistics"] = link["stats64"]
    return list(found.values())


def same_statistics(got, facts):
    """ip counts by direction: {"rx": {"bytes": …, "errors": …, "dropped": …}, …}."""
    names = {"bytes": "bytes", "packets": "packets", "errs": "errors", "dropped": "dropped"}
    return all(got[f"{way}-{short}"] == facts[way][long] for way in ("rx", "tx") for short, long in names.items())


@case(**GUEST)
def interfaces_as_ip_has_them(guest):
    build_network(guest)
    for _ in range(10):
        before, got = wanted_interfaces(guest), ask(guest, "guest-network-get-interfaces")[0]
        if before == wanted_interfaces(guest):
            break
    else:
        raise AssertionError("the guest's counters do not come to rest")
    assert [one["name"] for one in got] == [one["name"] for one in before], (got, before)
    for one, fact in zip(got, before):
        assert ("statistics" in one) == ("statistics" in fact), (one, fact)
        if "statistics" in one:
            assert same_statistics(one.pop("statistics"), fact.pop("statistics")), (one, fact)
        assert one == fact, (one, fact)


@case(**GUEST)
def interfaces_as_the_reference_has_them(guest):
    build_network(guest)
    for _ in range(10):
        ours, = ask(guest, "guest-network-get-interfaces")
        theirs, = ask_reference(guest, "guest-network-get-interfaces")
        if ours == theirs:
            return
        time.sleep(1)
    raise AssertionError(f"ours {json.dumps(ours)}\nreference {json.dumps(theirs)}")


@case(**GUEST)
def interfaces_that_come_and_go(guest):
    """A dump that is interrupted is done again; an interface in the middle of its end is no error."""
    build_network(guest)
    guest.put("/tmp/churn", b"".join(b"link add c%d type dummy\nlink set c%d up\n" % (n, n) for n in range(60))
              + b"".join(b"link del c%d\n" % n for n in range(60)))
    guest.sh("(while [ ! -e /tmp/stop ]; do /usr/sbin/ip -batch /tmp/churn; done >/dev/null 2>&1; rm /tmp/stop) &")
    try:
        for _ in range(40):
            got, = ask(guest, "guest-network-get-interfaces")
            names = [one["name"] for one in got]
            assert names[0] == "lo" and "eth0:vip" in names, names
            assert len(set(names)) == len(names), names
            assert len(next(one for one in got if one["name"] == "eth0")["ip-addresses"]) >= 2, got
    finally:
        guest.sh("touch /tmp/stop; while [ -e /tmp/stop ]; do usleep 100000; done", timeout=60)


@case(**GUEST)
def routes_as_ip_has_them(guest):
    build_network(guest)
    got, = ask(guest, "guest-network-get-route")
    four = [one for one in got if one["version"] == 4]
    assert four == got[:len(four)], got
    lines = int(guest.sh("wc -l < /proc/net/route")) - 1, int(guest.sh("wc -l < /proc/net/ipv6_route"))
    assert (len(four), len(got) - len(four)) == lines, (got, lines)
    for route in json.loads(guest.sh("/usr/sbin/ip -j -4 route show table main")):
        net = ipaddress.ip_network(route["dst"].replace("default", "0.0.0.0/0"))
        iface = "*" if route.get("type") == "blackhole" else route["dev"]
        matching = [one for one in four if one["iface"] == iface and one["destination"] == str(net.network_address)
                    and one["mask"] == str(net.netmask) and one["metric"] == route.get("metric", 0)]
        assert len(matching) == 1 and matching[0]["gateway"] == route.get("gateway", "0.0.0.0"), (route, four)
    limited = next(one for one in four if one["destination"] == "203.0.113.0")
    assert (limited["metric"], limited["window"]) == (4000000000, 100), limited
    six = [one for one in got if one["version"] == 6]
    over = next(one for one in six if one["destination"] == "2001:db8::" and one["desprefixlen"] == "32")
    assert (over["nexthop"], over["metric"], over["iface"]) == ("fd00::1", 77, "eth0"), over
    assert all(one["flags"] < 1 << 32 and 0 <= one["metric"] < 1 << 32 for one in got), got


@case(cmdline="ipv6.disable=1", needs="virtagent")
def routes_without_ipv6(guest):
    guest.sh("ip link set lo up; ip route add 10.0.0.0/8 dev lo")
    got, = ask(guest, "guest-network-get-route")
    assert [(one["iface"], one["destination"], one["mask"]) for one in got] == [("lo", "10.0.0.0", "255.0.0.0")], got
    assert guest.shell("test -e /proc/net/ipv6_route")[0] == 1


@case(**GUEST)
def processors_that_go(guest):
    both, = ask(guest, "guest-get-cpustats")
    guest.sh("echo 0 > /sys/devices/system/cpu/cpu1/online")
    one, = ask(guest, "guest-get-cpustats")
    guest.sh("echo 1 > /sys/devices/system/cpu/cpu1/online")
    assert [cpu["cpu"] for cpu in both] == [0, 1] and [cpu["cpu"] for cpu in one] == [0], (both, one)
    first = guest.sh("grep '^cpu0 ' /proc/stat").split()[1:]
    later, = ask(guest, "guest-get-cpustats")
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guestnice")
    assert list(later[0])[2:] == list(names), later
    assert all(both[0][name] <= later[0][name] for name in ("user", "system", "idle")), (both, later)
    assert all(int(ticks) * 10 <= later[0][name] for name, ticks in zip(names, first) if name != "iowait"), (first, later)


@case(**GUEST)
def small_facts(guest):
    disks, load, devices = ask(guest, "guest-get-diskstats", "guest-get-load", "guest-get-devices")
    lines = [line.split() for line in guest.sh("cat /proc/diskstats").splitlines()]
    assert [(one["name"], one["major"], one["minor"]) for one in disks] == [
        (name, int(major), int(minor)) for major, minor, name, *_ in lines], (disks, lines)
    assert all(len(one["stats"]) == 17 for one in disks), disks
    now = [float(text) for text in guest.sh("cat /proc/loadavg").split()[:3]]
    assert all(abs(a - b) < 0.5 for a, b in zip(now, (load["load1m"], load["load5m"], load["load15m"]))), (now, load)
    facts = guest.sh("for d in /sys/bus/pci/devices/*/virtio[0-9]*; do echo $(basename $(readlink $d/driver))"
                     " $(cat $d/../device); done").splitlines()
    assert [f"{one['driver-name']} 0x{one['id']['device-id']:x}" for one in devices] == facts, (devices, facts)
    assert {one["driver-version"] for one in devices} == {guest.sh("uname -r")}, devices


@case(**GUEST)
def names_that_change(guest):
    """Nothing is kept from one request to the next, in the front or in a worker."""
    with guest.client() as client:
        client.sync(timeout=30)
        for name in ("first", "second.example"):
            guest.sh(f"hostname {name}")
            assert client.call("guest-get-host-name") == {"host-name": name}
        guest.sh("printf 'ID=one\\nNAME=\"The One\"\\n' > /etc/os-release")
        info = client.call("guest-get-osinfo")
        assert (info["id"], info["name"]) == ("one", "The One"), info
        assert info["kernel-release"] == guest.sh("uname -r") and info["kernel-version"] == guest.sh("uname -v"), info
        guest.sh("echo ID=two > /etc/os-release")
        assert client.call("guest-get-osinfo")["id"] == "two"
        for name, seconds in (("AAA", 3600), ("BBB", -7200)):
            guest.put("/etc/localtime", binary.KINDS["tzif"]([f"type {seconds} std {name}"]))
            assert client.call("guest-get-timezone") == {"zone": name, "offset": seconds}
        guest.sh("rm /etc/localtime; mkdir -p /run/systemd/sessions")
        guest.sh("printf 'USER=ann\\nCLASS=user\\nREALTIME=1700000000500000\\n' > /run/systemd/sessions/1")
        assert client.call("guest-get-users") == [{"user": "ann", "login-time": 1700000000.5}]
        guest.sh("mkdir -p /var/run")
        guest.put("/var/run/utmp", binary.KINDS["utmp"](["user bob line ttyS1 time 1700000001"]))
        assert client.call("guest-get-users") == [{"user": "bob", "login-time": 1700000001}]
        guest.sh(": > /var/run/utmp; rm /run/systemd/sessions/1")
        assert client.call("guest-get-users") == []
