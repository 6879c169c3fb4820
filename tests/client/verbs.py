# SPDX-License-Identifier: MIT
"""The verbs that show and control, against scripted agents: tables, documents, requests, refusals."""
import json
import os
import pty
import re
import signal
import socket
import subprocess
import threading
import time

import harness
from files import FileAgent, directory
from harness import (CONNECT, FAILED, OK, PATIENCE, TIMEOUT, USAGE, Agent, Closed, check, environment, not_found,
                     patiently, test, vactl)

UNREAD, OWN = 5, 255


def returning(value):
    return json.dumps({"return": value}).encode()


def refusing(text, kind="GenericError"):
    return json.dumps({"error": {"class": kind, "desc": text}}).encode()


def agent(known, **more):
    """An agent with these commands, given as values they return; any other it does not know."""
    def missing(request):
        return refusing(f"The command {request['execute']} has not been found", "CommandNotFound")

    class Replies(dict):
        def __missing__(self, name):
            return missing
    a = Agent(**more)
    a.replies = Replies({name: v if callable(v) or isinstance(v, bytes) or v is None else returning(v)
                         for name, v in {"guest-ping": {}, **known}.items()})
    return a


def arguments(a, command):
    return [json.loads(line)["arguments"] for line in a.raw if json.loads(line)["execute"] == command
            and "arguments" in json.loads(line)]


OS = {"name": "Debian GNU/Linux", "pretty-name": "Debian GNU/Linux 12 (bookworm)", "id": "debian",
      "kernel-release": "6.1.0-9-amd64", "machine": "x86_64", "kernel-version": "#1 SMP"}


@test
def os_of_a_guest():
    with agent({"guest-get-osinfo": OS, "guest-get-host-name": {"host-name": "web1"},
                "guest-get-timezone": {"zone": "NST", "offset": -12600}}) as a:
        vactl("os", path=a.path).expect(OK, out=b"""\
hostname   web1
os         Debian GNU/Linux 12 (bookworm)
kernel     6.1.0-9-amd64 (x86_64)
timezone   NST (UTC-03:30)
""")
        doc = json.loads(vactl("os", "--json", path=a.path).expect(OK).out)
        check(doc == {"host-name": "web1", "os": OS, "timezone": {"zone": "NST", "offset": -12600}}, doc)
        vactl("os", "-q", path=a.path).expect(OK, out=b"")
    with agent({"guest-get-osinfo": {}}) as a:  # knows little, and neither host name nor time zone
        vactl("os", path=a.path).expect(OK, out=b"")
    with agent({}) as a:
        vactl("os", path=a.path).expect(FAILED, "this agent does not have the command", b"")


def interface(name, *addresses, mac="52:54:00:00:00:01", stats=None):
    i = {"name": name, "hardware-address": mac}
    if addresses:
        i["ip-addresses"] = [{"ip-address": a.split("/")[0], "prefix": int(a.split("/")[1]),
                              "ip-address-type": "ipv6" if ":" in a else "ipv4"} for a in addresses]
    if stats:
        i["statistics"] = {"rx-bytes": stats[0], "tx-bytes": stats[1]}
    return i


LO = interface("lo", "127.0.0.1/8", "::1/128", mac="00:00:00:00:00:00")
DOCKER = interface("docker0", "172.17.0.1/16")
ETH = interface("eth0", "192.0.2.5/24", "2001:db8::5/64", "fe80::1/64", stats=(1 << 30, 512))
WAN = interface("wan", "198.51.100.9/32")


def route(iface, to="0.0.0.0", mask="0.0.0.0", metric=0, gateway="192.0.2.1"):
    return {"iface": iface, "destination": to, "mask": mask, "metric": metric, "gateway": gateway, "version": 4}


@test
def primary_address():
    rows = [
        ([LO, DOCKER, ETH], None, (), "192.0.2.5"),
        ([LO, ETH, WAN], [route("eth0", metric=600), route("wan", metric=100)], (), "198.51.100.9"),
        ([LO, ETH, WAN], [route("eth0"), route("wan", to="10.0.0.0", mask="255.0.0.0")], (), "192.0.2.5"),
        ([LO, DOCKER, ETH], None, ("-6",), "2001:db8::5"),
        ([LO, DOCKER, ETH], None, ("-4",), "192.0.2.5"),
        ([LO, DOCKER], None, (), "172.17.0.1"),
        ([LO, interface("eth0", "fe80::1/64")], None, (), "fe80::1"),
        ([LO, interface("eth0", "169.254.1.1/16"), interface("eth1", "2001:db8::1/64")], None, (), "2001:db8::1"),
        ([LO, ETH], [{"iface": "lo", "destination": "::", "desprefixlen": "0", "metric": -1, "version": 6}], (), "192.0.2.5"),
        ([LO, DOCKER, ETH], None, ("-4", "--all"), "172.17.0.1\n192.0.2.5"),
    ]
    for interfaces, routes, args, expected in rows:
        known = {"guest-network-get-interfaces": interfaces}
        if routes is not None:
            known["guest-network-get-route"] = routes
        with agent(known) as a:
            vactl("ip", *args, path=a.path).expect(OK, out=expected.encode() + b"\n")
    with agent({"guest-network-get-interfaces": [LO, interface("eth0")]}) as a:
        vactl("ip", path=a.path).expect(FAILED, "no address yet", b"")
    with agent({"guest-network-get-interfaces": [LO, ETH]}) as a:
        doc = json.loads(vactl("ip", "--json", path=a.path).expect(OK).out)
        check(doc["address"] == "192.0.2.5" and doc["interface"] == "eth0" and len(doc["all"]) == 3 and
              doc["all"][0] == {"interface": "eth0", "address": "192.0.2.5", "prefix": 24}, doc)


@test
def network_table():
    routes = [route("eth0"), route("eth0", "192.0.2.0", "255.255.255.0", gateway="0.0.0.0"),
              {"iface": "eth0", "destination": "fe80::", "desprefixlen": "64", "nexthop": "::", "metric": 256, "version": 6},
              {"iface": "lo", "destination": "::1", "desprefixlen": "128", "nexthop": "::", "metric": 0, "version": 6}]
    with agent({"guest-network-get-interfaces": [LO, ETH], "guest-network-get-route": routes}) as a:
        vactl("net", path=a.path).expect(OK, out=b"""\
INTERFACE  MAC                RECEIVED   SENT  ADDRESS
lo         00:00:00:00:00:00         -      -  127.0.0.1/8
                                               ::1/128
eth0       52:54:00:00:00:01   1.0 GiB  512 B  192.0.2.5/24
                                               2001:db8::5/64
                                               fe80::1/64

ROUTE         GATEWAY    INTERFACE  METRIC
default       192.0.2.1  eth0            0
192.0.2.0/24  -          eth0            0
fe80::/64     -          eth0          256
""")
        doc = json.loads(vactl("net", "--json", path=a.path).expect(OK).out)
        check(doc == {"interfaces": [LO, ETH], "routes": routes}, doc)


FS = [{"name": "sda2", "mountpoint": "/home/with a long name", "type": "xfs", "disk": []},
      {"name": "sda1", "mountpoint": "/", "type": "ext4", "used-bytes": 96 << 30, "total-bytes": 100 << 30,
       "disk": [{"bus-type": "scsi", "dev": "/dev/sda1", "serial": "QM1", "bus": 0, "target": 0, "unit": 0,
                 "pci-controller": {"domain": 0, "bus": 0, "slot": 31, "function": 2}}]}]


@test
def filesystems_and_disks():
    with agent({"guest-get-fsinfo": FS}) as a:
        vactl("df", path=a.path).expect(OK, out=b"""\
DEVICE  TYPE     SIZE      USED     FREE  USE  MOUNTED ON
sda1    ext4  100 GiB  96.0 GiB  4.0 GiB  96%  /
sda2    xfs         -         -        -    -  /home/with a long name
""")
        check(json.loads(vactl("df", "--json", path=a.path).out) == FS, "document")
        # before 5.2: disks as far as filesystems lie on them
        vactl("disks", path=a.path).expect(OK, out=b"""\
DISK       BUS   PCI           SERIAL  HOLDS
/dev/sda1  scsi  0000:00:1f.2  QM1     /
""")
    disks = [{"name": "/dev/dm-0", "partition": False, "alias": "vg-root", "dependencies": ["/dev/vda1", "/dev/vdb"]},
             {"name": "/dev/vda1", "partition": True, "dependencies": ["/dev/vda"]},
             {"name": "/dev/vda", "partition": False, "dependencies": [],
              "address": {"bus-type": "virtio", "serial": "\x1b[31m", "pci-controller": {"domain": 0, "bus": 6, "slot": 0, "function": 0}}}]
    with agent({"guest-get-disks": disks}) as a:
        vactl("disks", path=a.path).expect(OK, out=b"""\
DISK       KIND       BUS     PCI           SERIAL      ON
/dev/vda   disk       virtio  0000:06:00.0  \\u001B[31m  -
/dev/vda1  partition  -       -             -           /dev/vda
/dev/dm-0  vg-root    -       -             -           /dev/vda1 /dev/vdb
""")


@test
def users_table():
    with agent({"guest-get-users": [{"user": "root", "login-time": 1700000000.25}, {"user": "x", "domain": "D"}]}) as a:
        vactl("users", path=a.path, env={"TZ": "UTC"}).expect(OK, out=b"""\
USER  DOMAIN  SINCE
root  -       2023-11-14 22:13
x     D       -
""")


@test
def cpus_table():
    cpus = [{"logical-id": 0, "online": True, "can-offline": False}, {"logical-id": 1, "online": False, "can-offline": True}]
    stats = [{"type": "linux", "cpu": 0, "user": 50, "system": 25, "idle": 25}]
    with agent({"guest-get-vcpus": cpus, "guest-get-cpustats": stats}) as a:
        vactl("cpus", path=a.path).expect(OK, out=b"""\
CPU  STATE     USER  SYSTEM  IOWAIT  STEAL   IDLE  CAN BE OFFLINE
  0  online   50.0%   25.0%    0.0%   0.0%  25.0%  no
  1  offline      -       -       -      -      -  yes
""")
        doc = json.loads(vactl("cpus", "--json", path=a.path).out)
        check(doc == {"cpus": cpus, "stats": stats}, doc)
        vactl("vcpus", path=a.path).expect(OK, out=b"1 of 2\n")


MEMINFO = b"MemTotal:        1024000 kB\nMemFree:          100 kB\nMemAvailable:     512000 kB\nCached: 7 kB\nSwapCached: 5 kB\nSwapTotal:  0 kB\nSwapFree: 0 kB\n"


@test
def memory_and_load_from_files_and_commands():
    with FileAgent({"/proc/meminfo": MEMINFO, "/proc/loadavg": b"0.15 1.10 12.05 1/100 999\n"},
                   unknown={"guest-get-load": not_found("guest-get-load")}) as a:
        vactl("memory", path=a.path).expect(OK, out=b"""\
          TOTAL     USED  AVAILABLE
memory  1.0 GiB  500 MiB    500 MiB
""")
        doc = json.loads(vactl("memory", "--json", path=a.path).out)
        check(doc["total-bytes"] == 1024000 << 10 and doc["cached-bytes"] == 7 << 10 and doc["swap-total-bytes"] == 0, doc)
        vactl("load", path=a.path).expect(OK, out=b"0.15 1.10 12.05\n")
    blocks = [{"phys-index": n, "online": n < 3, "can-offline": True} for n in range(4)]
    with agent({"guest-get-memory-blocks": blocks, "guest-get-memory-block-info": {"size": 128 << 20},
                "guest-get-load": {"load1m": 0.5, "load5m": 1, "load15m": 2}}) as a:
        vactl("memory", path=a.path).expect(OK, out=b"""\
          TOTAL     USED  AVAILABLE
blocks  512 MiB  384 MiB    128 MiB
""")
        vactl("load", path=a.path).expect(OK, out=b"0.50 1.00 2.00\n")
        check(json.loads(vactl("load", "--json", path=a.path).out) == {"load1m": 0.5, "load5m": 1, "load15m": 2}, "json")
    with agent({}) as a:
        vactl("memory", path=a.path).expect(FAILED, "neither /proc/meminfo nor memory blocks")
        vactl("load", path=a.path).expect(FAILED, "neither guest-get-load nor /proc/loadavg")


@test
def clock():
    offset = [0]
    with agent({"guest-get-time": lambda _: returning(time.time_ns() + offset[0]), "guest-set-time": {}}) as a:
        r = vactl("time", path=a.path).expect(OK)
        check(re.fullmatch(rb"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC, in step with this host \(within \d\.\d{3} s\)\n", r.out), r)
        offset[0] = -5 * 10**9
        r = vactl("time", path=a.path).expect(OK)
        check(re.search(rb" UTC, [45]\.\d{3} s behind this host\n", r.out), r)
        doc = json.loads(vactl("time", "--json", path=a.path).out)
        check(-6 * 10**9 < doc["ahead-ns"] < -4 * 10**9, doc)
        vactl("time", "--sync", "-q", path=a.path).expect(OK)
        check(abs(arguments(a, "guest-set-time")[0]["time"] - time.time_ns()) < 60 * 10**9, a.raw)


@test
def names_of_commands():
    info = {"version": "8", "supported_commands": [{"name": "guest-a", "enabled": True}, {"name": "guest-b", "enabled": False}]}
    with agent({"guest-info": info}) as a:
        vactl("commands", path=a.path).expect(OK, out=b"guest-a\n")
        vactl("commands", "--disabled", path=a.path).expect(OK, out=b"guest-b\n")


# ---- control ------------------------------------------------------------------------------------


@test
def power():
    for args, command, wanted in ((["shutdown"], "guest-shutdown", {"mode": "powerdown"}),
                                  (["shutdown", "--halt"], "guest-shutdown", {"mode": "halt"}),
                                  (["reboot"], "guest-shutdown", {"mode": "reboot"}),
                                  (["suspend"], "guest-suspend-ram", None),
                                  (["suspend", "hybrid"], "guest-suspend-hybrid", None)):
        with agent({command: None}) as a:
            patiently(lambda t: vactl("-t", t, *args, path=a.path).expect(OK, out=b""))
            check(arguments(a, command)[-1:] == ([wanted] if wanted else []), a.raw)
        with agent({command: refusing("child process has failed to shutdown")}) as a:
            vactl(*args, path=a.path).expect(FAILED, "child process has failed")
    with agent({"guest-shutdown": {}}) as a:  # agents that do answer
        vactl("shutdown", path=a.path).expect(OK)
    vactl("suspend", "x", path="/nonexistent").expect(USAGE, "none of ram, disk, hybrid")


@test
def trim():
    paths = {"paths": [{"path": "/", "trimmed": 1 << 30, "minimum": 0}, {"path": "/boot", "error": "trim not supported"}]}
    with agent({"guest-fstrim": paths}) as a:
        vactl("trim", "--minimum", "64K", path=a.path).expect(OK, out=b"""\
TRIMMED  RESULT              MOUNTED ON
1.0 GiB  ok                  /
      -  trim not supported  /boot
""")
        check(arguments(a, "guest-fstrim") == [{"minimum": 65536}], a.raw)
    with agent({"guest-fstrim": {}}) as a:  # before 2.4
        vactl("trim", path=a.path).expect(OK)


@test
def vcpus():
    def cpus(*online):
        return [{"logical-id": n, "online": n in online, "can-offline": n > 0} for n in range(4)]
    with agent({"guest-get-vcpus": cpus(0, 1), "guest-set-vcpus": lambda r: returning(len(r["arguments"]["vcpus"]))}) as a:
        vactl("vcpus", "4", path=a.path).expect(OK, out=b"")
        vactl("vcpus", "1", path=a.path).expect(OK)
        vactl("vcpus", "2", path=a.path).expect(OK)
        check(arguments(a, "guest-set-vcpus") == [
            {"vcpus": [{"logical-id": 2, "online": True}, {"logical-id": 3, "online": True}]},
            {"vcpus": [{"logical-id": 1, "online": False}]}], a.raw)
        vactl("vcpus", "5", path=a.path).expect(FAILED, "5 processors cannot be had")
    with agent({"guest-get-vcpus": cpus(0), "guest-set-vcpus": 1}) as a:
        vactl("vcpus", "3", path=a.path).expect(FAILED, "only 1 of 2 processors were switched")
    vactl("vcpus", "0", path="/nonexistent").expect(USAGE)


@test
def passwords():
    with agent({"guest-set-user-password": {}}) as a:
        vactl("passwd", "root", path=a.path, stdin=b"s3cret\nnot this\n").expect(OK, out=b"")
        vactl("passwd", "--crypted", "j\u00fcrgen", path=a.path, stdin=b"$6$x$y").expect(OK)
        check(arguments(a, "guest-set-user-password") == [
            {"username": "root", "password": "czNjcmV0", "crypted": False},
            {"username": "j\u00fcrgen", "password": "JDYkeCR5", "crypted": True}], a.raw)
        a.raw.clear()
        vactl("passwd", "root", path=a.path).expect(USAGE, "on standard input")
        vactl("passwd", "root", path=a.path, stdin=b"a\0b\n").expect(USAGE, "NUL")
        vactl("passwd", "root", path=a.path, stdin=b"x" * 2000).expect(USAGE, "too long")
        vactl("passwd", path=a.path).expect(USAGE, "whose password")
        vactl("passwd", b"r\xff", path=a.path, stdin=b"x\n").expect(USAGE, "name is not valid UTF-8")
        vactl("ssh-keys", b"r\xff", path=a.path).expect(USAGE, "name is not valid UTF-8")
        check(not a.raw, "nothing was sent", a.raw)
    with agent({"guest-set-user-password": refusing("child process has failed: one\ntwo\n\nthree\n")}) as a:
        vactl("passwd", "root", path=a.path, stdin=b"x").expect(FAILED, "has failed: one two three\n")


@test
def password_at_a_terminal():
    def type_in(a, *lines):
        master, slave = pty.openpty()
        p = subprocess.Popen([harness.VACTL, "-s", a.path, "passwd", "root"], stdin=slave, stderr=slave,
                             stdout=subprocess.PIPE, env=environment())
        os.close(slave)
        seen = b""
        for line in lines:
            while not seen.rstrip().endswith(b":"):
                seen += os.read(master, 1000)
            os.write(master, line)
            seen += b"|"
        code = p.wait(PATIENCE)
        while b"\n" not in seen.rsplit(b"|", 1)[1]:
            seen += os.read(master, 1000)
        os.close(master)
        p.stdout.close()
        return code, seen
    with agent({"guest-set-user-password": {}}) as a:
        code, seen = type_in(a, b"geheim\n", b"geheim\n")
        check(code == OK and b"geheim" not in seen, code, seen)
        check(arguments(a, "guest-set-user-password")[0]["password"] == "Z2VoZWlt", a.raw)
        code, seen = type_in(a, b"one\n", b"other\n")
        check(code == USAGE, code, seen)


@test
def ssh_keys():
    with agent({"guest-ssh-get-authorized-keys": {"keys": ["ssh-ed25519 AAAA a@b", "ssh-rsa B\x1b c"]},
                "guest-ssh-add-authorized-keys": {}, "guest-ssh-remove-authorized-keys": {}}) as a, directory() as d:
        vactl("ssh-keys", "root", path=a.path).expect(OK, out=b"ssh-ed25519 AAAA a@b\nssh-rsa B\\u001B c\n")
        (d / "k").write_text("# mine\nssh-ed25519 K me\r\n\n")
        vactl("ssh-keys", "root", "--add", d / "k", path=a.path).expect(OK)
        vactl("ssh-keys", "root", "--set", d / "k", path=a.path).expect(OK)
        vactl("ssh-keys", "--remove", "-", "root", path=a.path, stdin=b"ssh-ed25519 K me").expect(OK)
        check(arguments(a, "guest-ssh-add-authorized-keys") == [
            {"username": "root", "keys": ["ssh-ed25519 K me"]},
            {"username": "root", "keys": ["ssh-ed25519 K me"], "reset": True}], a.raw)
        check(arguments(a, "guest-ssh-remove-authorized-keys") == [{"username": "root", "keys": ["ssh-ed25519 K me"]}], a.raw)
        vactl("ssh-keys", "root", "--add", d / "none", path=a.path).expect(FAILED, "No such file")
        (d / "empty").write_text("# none\n")
        a.raw.clear()
        for how in ("--add", "--remove"):
            vactl("ssh-keys", "root", how, d / "empty", path=a.path).expect(FAILED, "there is no key in it")
        vactl("ssh-keys", "root", "--set", d / "empty", path=a.path).expect(OK)
        check(arguments(a, "guest-ssh-add-authorized-keys") == [{"username": "root", "keys": [], "reset": True}], a.raw)
        a.replies["guest-ssh-get-authorized-keys"] = refusing("failed to read '/root/.ssh/authorized_keys': Failed to open "
                                                              "file “/root/.ssh/authorized_keys”: No such file or directory")
        vactl("ssh-keys", "root", path=a.path).expect(OK, out=b"")
        a.replies["guest-ssh-get-authorized-keys"] = refusing("failed to lookup user 'x': Success")
        vactl("ssh-keys", "x", path=a.path).expect(FAILED, "failed to lookup user")
        vactl("ssh-keys", "root", "--add", "a", "--set", "b", path=a.path).expect(USAGE, "at a time")


# ---- freeze -------------------------------------------------------------------------------------


class FreezeAgent(Agent):
    """Counts as the reference does; may thaw by itself, refuse, hang or go."""

    def __init__(self, n=2, own_thaw=None, thaw_reply=None, freeze_reply=None, **more):
        self.n, self.frozen, self.own_thaw = n, 0, own_thaw
        self.thaw_reply, self.freeze_reply = thaw_reply, freeze_reply
        super().__init__(replies={"guest-fsfreeze-status": self.status, "guest-fsfreeze-freeze": self.freeze,
                                  "guest-fsfreeze-freeze-list": self.freeze, "guest-fsfreeze-thaw": self.thaw}, **more)

    def status(self, _):
        return returning("frozen" if self.frozen else "thawed")

    def freeze(self, _):
        if self.freeze_reply:
            return self.freeze_reply
        self.frozen = self.n
        return returning(self.n)

    def thaw(self, _):
        n, self.frozen = self.frozen, 0
        return self.thaw_reply or returning(n)


def frozen_run(a, *args, env=None):
    return vactl("freeze", *args, path=a.path, env=env)


@test
def freeze_runs_the_command_and_thaws():
    with FreezeAgent() as a, directory() as d:
        r = frozen_run(a, "--", "sh", "-c", f"echo out; echo err >&2; touch {d}/ran; exit 7")
        check(r.code == 7 and r.out == b"out\n" and r.err == b"err\n" and (d / "ran").exists(), r)
        check([c for c in a.requests if "fsfreeze" in c] == ["guest-fsfreeze-status", "guest-fsfreeze-freeze",
              "guest-fsfreeze-status", "guest-fsfreeze-thaw"], a.requests)
        frozen_run(a, "--", "true").expect(OK, out=b"")
        r = frozen_run(a, "-v", "true")
        check(r.code == OK and r.err == b"2 filesystems frozen\n2 filesystems thawed\n", r)
        check(frozen_run(a, "--", "sh", "-c", "kill -9 $$").code == 137, "death by signal")
        check(frozen_run(a, "--", "/nonexistent/program").code == 127, "no such program")
        frozen_run(a, "-m", "/", "-m", "/srv", "--", "true").expect(OK)
        check(arguments(a, "guest-fsfreeze-freeze-list") == [{"mountpoints": ["/", "/srv"]}], a.raw)
        check(a.frozen == 0, "still frozen")


@test
def freeze_that_does_not_hold():
    text = "filesystems were thawed automatically after 600 s; the snapshot may be inconsistent"
    with FreezeAgent(thaw_reply=refusing(text)) as a:  # ours
        r = frozen_run(a, "--", "true")
        check(r.code == OWN and b"did not stay frozen" in r.err and text.encode() in r.err, r)
    with FreezeAgent() as a:  # the guest thaws itself: the reference says so by status and count
        a.replies["guest-fsfreeze-freeze"] = returning(2)
        r = frozen_run(a, "--", "true")
        check(r.code == OWN and b"thawed already" in r.err, r)
    with FreezeAgent() as a:  # part of it
        a.replies["guest-fsfreeze-thaw"] = lambda r: (a.thaw(r), returning(1))[1]
        r = frozen_run(a, "--", "true")
        check(r.code == OWN and b"2 filesystems were frozen, 1 were left" in r.err, r)
    for words, text in ((["--", "touch", "/nonexistent/x"], b"no filesystem of the guest can be"),
                        (["-m", "/x", "--", "true"], b"nothing that can be is mounted there"),
                        (["--hold"], b"no filesystem of the guest can be")):
        with FreezeAgent(n=0) as a:
            r = frozen_run(a, *words)
            check(r.code == OWN and b"nothing was frozen: " + text in r.err and not r.out, r)
            check(a.requests[-1] == "guest-fsfreeze-thaw", a.requests)


@test
def freeze_that_fails():
    with FreezeAgent(freeze_reply=refusing("failed to freeze /: Input/output error")) as a, directory() as d:
        r = frozen_run(a, "--", "touch", d / "x")
        check(r.code == OWN and b"Input/output error" in r.err and not (d / "x").exists(), r)
        check(a.requests[-1] == "guest-fsfreeze-thaw", a.requests)
    with FreezeAgent() as a, directory() as d:
        a.frozen = 1
        r = frozen_run(a, "--", "touch", d / "x")
        check(r.code == OWN and b"frozen already" in r.err and not (d / "x").exists(), r)
    with FreezeAgent(thaw_reply=refusing("thaw hook has failed with status 1")) as a:
        r = frozen_run(a, "--", "true")
        check(r.code == OWN and b"thaw (the filesystems are thawed)" in r.err, r)
    for args in ([], ["--hold", "--", "true"], ["--hold", "--limit", "5"], ["--json", "--", "true"], ["--limit", "0", "--", "true"],
                 ["-m", b"/\xff", "--", "true"]):
        r = vactl("freeze", *args, path="/nonexistent")
        check(r.code == OWN and b"see vactl freeze --help" in r.err, args, r)


@test
def freeze_thaws_when_interrupted():
    for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with FreezeAgent() as a, directory() as d:
            p = subprocess.Popen([harness.VACTL, "-s", a.path, "freeze", "--", "sh", "-c",
                                  f"trap 'touch {d}/told; exit 3' INT TERM HUP; touch {d}/runs; while :; do sleep 0.05; done"],
                                 env=environment(), stderr=subprocess.PIPE)
            wait_until(lambda: (d / "runs").exists())
            p.send_signal(signo)
            _, err = p.communicate(timeout=PATIENCE)
            check(p.returncode == -signo and not err, signo, p.returncode, err)
            check(a.frozen == 0 and (d / "told").exists(), "thawed, and the command was told", a.frozen)


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        check(time.monotonic() < end, "waited in vain")
        time.sleep(0.01)


@test
def freeze_thaws_when_killed():
    with FreezeAgent() as a, directory() as d:
        p = subprocess.Popen([harness.VACTL, "-s", a.path, "freeze", "--", "sh", "-c", f"touch {d}/runs; exec sleep 1"],
                             env=environment(), stderr=subprocess.PIPE)
        wait_until(lambda: (d / "runs").exists())
        check(a.frozen == 2, "frozen")
        p.kill()
        p.wait(PATIENCE)
        wait_until(lambda: a.frozen == 0)
        check(b"was killed while the guest was frozen; it is thawed now" in p.stderr.read(), "said so")
        p.stderr.close()


@test
def freeze_with_a_limit():
    with FreezeAgent() as a:
        r = frozen_run(a, "--limit", "0.3", "--", "sleep", "50")
        check(r.code == OWN and b"sleep: stopped after 0.3 s" in r.err and a.frozen == 0 and r.seconds < 20, r)


@test
def freeze_over_a_connection_that_breaks():
    """The agent's side closes while the command runs: a new connection thaws."""
    broken = threading.Event()

    def send(c, data, what):
        if what == "guest-fsfreeze-status" and b"frozen" in data and not broken.is_set():
            broken.set()
            raise Closed
        c.sendall(data)
    with FreezeAgent(send=send) as a:
        r = frozen_run(a, "--", "true")
        check(broken.is_set() and a.frozen == 0 and r.code == OK, r)


@test
def freeze_that_takes_too_long():
    """No answer in time: what was asked for may still happen, so it is taken back."""
    def slow(r):
        a.frozen = 2
        time.sleep(1.2)
        return returning(2)
    with FreezeAgent() as a, directory() as d:
        a.replies["guest-fsfreeze-freeze"] = slow
        r = vactl("-t", "0.5", "freeze", "--", "touch", d / "x", path=a.path)
        check(r.code == OWN and b"timed out" in r.err and not (d / "x").exists(), r)
        check(a.frozen == 0 and a.requests[-1] == "guest-fsfreeze-thaw", a.requests)


@test
def hold_thaw_status():
    with FreezeAgent() as a:
        vactl("status", path=a.path).expect(OK, out=b"thawed\n")
        r = frozen_run(a, "--hold").expect(OK)
        check(r.out.startswith(b"2 filesystems frozen"), r)
        vactl("status", path=a.path).expect(OK, out=b"frozen\n")
        check(json.loads(vactl("status", "--json", path=a.path).out) == "frozen", "json")
        vactl("thaw", path=a.path).expect(OK, out=b"2 filesystems thawed\n")
        vactl("thaw", "--json", path=a.path).expect(OK, out=b'{"thawed": 0}\n')


# ---- wait and doctor ----------------------------------------------------------------------------

INFO = {"version": "8.2.0", "supported_commands": [
    {"name": n, "enabled": n != "guest-exec"} for n in ("guest-exec", "guest-file-open", "guest-get-time")]}


@test
def wait_for_what_is_there():
    known = {"guest-info": INFO, "guest-network-get-interfaces": [LO, ETH]}
    with agent(known) as a:
        for goal in ("ready", "ip", "file"):
            vactl("wait", "--for", goal, path=a.path).expect(OK, out=b"")
        vactl("wait", path=a.path).expect(OK)
        r = vactl("wait", "--for", "exec", path=a.path)
        check(r.code == FAILED and b"blocked in the guest" in r.err and r.seconds < 10, r)
        vactl("-t", "1", "wait", "--for", "shutdown", path=a.path).expect(TIMEOUT, "still answers")
    vactl("wait", "--for", "x", path="/nonexistent").expect(USAGE, "none of ready, ip")
    vactl("-t", "0.5", "wait", path="/nonexistent/s").expect(CONNECT, "waited in vain for ready")
    vactl("wait", "--for", "shutdown", path="/nonexistent/s").expect(OK)


@test
def wait_for_what_comes():
    addresses = [[LO], [LO], [LO, interface("eth0", "fe80::1/64")], [LO, ETH]]
    with agent({"guest-network-get-interfaces": lambda _: returning(addresses.pop(0) if len(addresses) > 1 else addresses[0])}) as a:
        vactl("wait", "--for", "ip", path=a.path).expect(OK)
        check(len(addresses) == 1, addresses)
    frozen = {"version": "8", "supported_commands": [{"name": n, "enabled": False} for n in ("guest-exec", "guest-get-time")]}
    ready = {"version": "8", "supported_commands": [{"name": "guest-exec", "enabled": True}]}
    answers = [frozen, frozen, ready]
    with agent({"guest-info": lambda _: returning(answers.pop(0) if len(answers) > 1 else answers[0])}) as a:
        vactl("wait", "--for", "exec", path=a.path).expect(OK)
    with directory() as d:
        late = Agent()

        def start():
            time.sleep(0.4)
            late.__enter__()
            os.symlink(late.path, d / "s")
        thread = threading.Thread(target=start)
        thread.start()
        vactl("wait", path=d / "s").expect(OK)
        thread.join()
        late.__exit__(None, None, None)


@test
def wait_for_nobody():
    with Agent(send=lambda c, data, what: None) as a:
        vactl("-t", "0.6", "wait", path=a.path).expect(TIMEOUT, "does not answer the handshake")
    with directory() as d:
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(str(d / "s"))
            s.listen()
            vactl("-t", "0.6", "wait", path=d / "s").expect(UNREAD, "nobody has read")


def lines_of(r):
    return [line.split(None, 1) for line in r.out.decode().splitlines()]


@test
def doctor_of_a_healthy_guest():
    good = {"guest-info": {"version": "8.2.0", "supported_commands": [{"name": "guest-ping", "enabled": True}]},
            "guest-fsfreeze-status": "thawed", "guest-get-time": lambda _: returning(time.time_ns())}
    with agent(good) as a:
        r = vactl("doctor", path=a.path).expect(OK)
        check({level for level, _ in lines_of(r)} == {"ok"} and len(lines_of(r)) == 7, r)
        vactl("doctor", "-q", path=a.path).expect(OK, out=b"")
        doc = json.loads(vactl("doctor", "--json", path=a.path).expect(OK).out)
        check(all(list(d) == ["level", "what"] for d in doc), doc)


@test
def doctor_with_a_time_limit():
    """It is for all of the examination, and then for each step: one has 5 seconds without it."""
    known = {"guest-info": {"version": "8.2.0", "supported_commands": []}, "guest-fsfreeze-status": "thawed"}

    def late(seconds):
        a = agent(known)
        a.send = lambda c, data, what: (time.sleep(seconds if what == "sync" else 0), c.sendall(data))
        return a
    with late(2) as a:
        check(vactl("-t", "0.3", "doctor", path=a.path).code == TIMEOUT, "late")
    with late(6) as a:
        vactl("-t", "60", "doctor", path=a.path).expect(OK)


@test
def doctor_of_sick_guests():
    def diagnose(path, code, text, level="problem"):
        r = vactl("doctor", path=path)
        found = [what for lev, what in lines_of(r) if lev == level]
        check(r.code == code and any(text in what and " -> " in what for what in found), text, r)
    diagnose("/nonexistent/s", CONNECT, "no socket at /nonexistent/s")
    with directory() as d:
        (d / "f").touch()
        diagnose(d / "f", CONNECT, "is not a socket")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(str(d / "s"))
            diagnose(d / "s", CONNECT, "Connection refused")
    with Agent() as a, subprocess.Popen(["python3", "-c", f"import socket, sys\ns = socket.socket(socket.AF_UNIX)\n"
                                         f"s.connect('{a.path}')\nprint(flush=True)\nsys.stdin.read()"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        diagnose(a.path, UNREAD, f"python3 (process {holder.pid}) is connected", "warning")
        holder.stdin.close()
    with Agent(send=lambda c, data, what: None) as a:
        diagnose(a.path, TIMEOUT, "does not answer the handshake")
    info = {"version": "2.3.0", "supported_commands": [{"name": "guest-exec", "enabled": False}]}
    with agent({"guest-info": info, "guest-get-time": lambda _: returning(time.time_ns() - 10**11)}) as a:
        diagnose(a.path, OK, "2.3.0, which is old", "warning")
        diagnose(a.path, OK, "1 command is disabled: guest-exec", "warning")
        diagnose(a.path, OK, "clock is 100.0 s behind", "warning")
    with agent({"guest-info": info, "guest-fsfreeze-status": "frozen"}) as a:
        diagnose(a.path, FAILED, "filesystems are frozen")
    with Agent(stale=b'{"QMP": {"version": {}, "capabilities": []}}\r\n') as a:
        diagnose(a.path, FAILED, "QMP monitor")
