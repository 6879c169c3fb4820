# SPDX-License-Identifier: MIT
"""The documents of --json: every verb has one, says that it has none, or refuses. They are an interface: what is here
only grows.

A form is a type, [form] for a list, or a dictionary of members; one with ? in front may be missing.
"""
import json
import os
import time

from command_line import verbs
from exec_copy import RealAgent
from files import directory
from harness import OK, USAGE, check, test, vactl
from verbs import ETH, FS, LO, MEMINFO, OS, OWN, agent, returning, route

NUMBER = (int, float)
INTERFACE = {"name": str, "hardware-address": str, "?ip-addresses": [
    {"ip-address": str, "prefix": int, "ip-address-type": str}], "?statistics": dict}
FILESYSTEM = {"name": str, "mountpoint": str, "type": str, "disk": [dict], "?used-bytes": int, "?total-bytes": int}
INFO = {"version": "8.2.0", "supported_commands": [{"name": "guest-ping", "enabled": True, "success-response": True}]}

KNOWN = {
    "guest-info": INFO, "guest-get-osinfo": OS, "guest-get-host-name": {"host-name": "web1"},
    "guest-get-timezone": {"zone": "UTC", "offset": 0}, "guest-network-get-interfaces": [LO, ETH],
    "guest-network-get-route": [route("eth0")], "guest-get-fsinfo": FS,
    "guest-get-disks": [{"name": "/dev/vda", "partition": False, "dependencies": []}],
    "guest-get-users": [{"user": "root", "login-time": 1700000000.25}],
    "guest-get-vcpus": [{"logical-id": 0, "online": True, "can-offline": False}],
    "guest-get-cpustats": [{"type": "linux", "cpu": 0, "user": 1, "system": 2, "idle": 3}],
    "guest-get-load": {"load1m": 0.5, "load5m": 1, "load15m": 2},
    "guest-get-memory-block-info": {"size": 1 << 27},
    "guest-get-memory-blocks": [{"phys-index": 0, "online": True, "can-offline": True}],
    "guest-get-time": lambda _: returning(time.time_ns()), "guest-set-time": {},
    "guest-fsfreeze-status": "thawed", "guest-fsfreeze-thaw": 2,
    "guest-fstrim": {"paths": [{"path": "/", "trimmed": 1, "minimum": 0}]},
    "guest-set-user-password": {}, "guest-ssh-get-authorized-keys": {"keys": ["ssh-ed25519 A x"]},
    "guest-shutdown": {}, "guest-suspend-ram": {},
}

# verb: its arguments, and the form of what it prints; None: it prints nothing
DOCUMENTS = {
    "doctor": ([], [{"level": str, "what": str, "?advice": str}]),
    "wait": ([], None),
    "ping": ([], {"sent": int, "answered": int, "?min-ns": int, "?avg-ns": int, "?max-ns": int}),
    "info": ([], {"return": {"version": str, "supported_commands": [dict]}}),
    "commands": ([], {"return": {"version": str, "supported_commands": [dict]}}),
    "os": ([], {"?host-name": str, "os": dict, "?timezone": {"?zone": str, "offset": int}}),
    "ip": ([], {"address": str, "interface": str, "all": [{"interface": str, "address": str, "prefix": int}]}),
    "net": ([], {"interfaces": [INTERFACE], "?routes": [dict]}),
    "df": ([], [FILESYSTEM]),
    "disks": ([], [{"name": str, "partition": bool, "dependencies": [str]}]),
    "users": ([], [{"user": str, "?domain": str, "?login-time": NUMBER}]),
    "cpus": ([], {"cpus": [dict], "?stats": [dict]}),
    "memory": ([], {"block-bytes": int, "blocks": int, "blocks-online": int}),
    "load": ([], {"load1m": NUMBER, "load5m": NUMBER, "load15m": NUMBER}),
    "time": ([], {"guest-ns": int, "ahead-ns": int, "round-trip-ns": int}),
    "thaw": ([], {"thawed": int}),
    "status": ([], str),
    "trim": ([], {"paths": [{"path": str, "?trimmed": int, "?minimum": int, "?error": str}]}),
    "shutdown": ([], None),
    "reboot": ([], None),
    "suspend": ([], None),
    "vcpus": ([], {"online": int, "all": int}),
    "passwd": (["root"], None),
    "ssh-keys": (["root"], {"keys": [str]}),
    "raw": (['{"execute": "guest-ping"}'], {"return": dict}),
}
REFUSED = {"cat": ["/f"], "freeze": ["--", "true"]}
ELSEWHERE = {"list", "exec", "sh", "cp"}  # below
NO_GUEST = {"completion"}


def differs(value, form, at="document"):
    """Where it is not of the form, or None."""
    if isinstance(form, list):
        if not isinstance(value, list):
            return at
        return next(filter(None, (differs(item, form[0], f"{at}[{n}]") for n, item in enumerate(value))), None)
    if not isinstance(form, dict):
        return None if isinstance(value, form) and not (isinstance(value, bool) and form is not bool) else at
    if not isinstance(value, dict):
        return at
    members = {name.lstrip("?"): (inner, name[0] == "?") for name, inner in form.items()}
    for name in value:
        if name not in members:
            return f"{at}.{name} is not documented"
    for name, (inner, optional) in members.items():
        if name not in value and not optional:
            return f"{at}.{name} is missing"
        if name in value and (wrong := differs(value[name], inner, f"{at}.{name}")):
            return wrong
    return None


def expect_document(r, form):
    lines = r.out.decode().splitlines()
    check(r.code == OK and not r.err and len(lines) == (1 if form else 0), r)
    if form:
        wrong = differs(json.loads(lines[0]), form)
        check(not wrong, wrong, r)


@test
def documents_of_every_verb():
    check(set(verbs()) == {*DOCUMENTS, *REFUSED, *ELSEWHERE, *NO_GUEST}, "a verb without a document here",
          set(verbs()) ^ {*DOCUMENTS, *REFUSED, *ELSEWHERE, *NO_GUEST})
    with agent(KNOWN) as a:
        for verb, (words, form) in DOCUMENTS.items():
            expect_document(vactl("-t", "5", "--json", verb, *words, path=a.path, stdin=b"secret\n"), form)
            r = vactl("-t", "5", "--json", "-q", verb, *words, path=a.path, stdin=b"secret\n")
            check(r.code == OK and (r.out == b"" or verb == "raw"), "with -q", verb, r)
        for verb, words in REFUSED.items():
            r = vactl("--json", verb, *words, path=a.path)
            check(r.code in (USAGE, OWN) and b"JSON" in r.err, verb, r)
        expect_document(vactl("--json", "list", env={"VACTL_SOCKETS": str(a.path), "QGAC_LIBVIRT_BRIDGE": "/none"}),
                        [{"guest": str, "target": str, "answers": bool, "?agent": str, "?error": str, "?round-trip-ns": int}])


@test
def documents_of_programs_and_copies():
    program = {"pid": int, "?exitcode": int, "?signal": int, "stdout-b64": str, "stderr-b64": str, "truncated": bool}
    with RealAgent() as a, directory() as d:
        (d / "meminfo").write_bytes(MEMINFO)
        (d / "tree").mkdir()
        expect_document(vactl("--json", "exec", "true", path=a.path), program)
        expect_document(vactl("--json", "sh", ":", path=a.path), program)
        r = vactl("--json", "sh", "kill -9 $$", path=a.path)
        check(r.code == 128 + 9 and not differs(json.loads(r.out), program), r)
        expect_document(vactl("--json", "cp", d / "meminfo", f":{d}/copy", path=a.path),
                        {"bytes": int, "cksum": int, "verified": bool, "seconds": NUMBER})
        expect_document(vactl("--json", "cp", "-r", d / "tree", f":{d}/tree2", path=a.path),
                        {"files": int, "bytes": int, "seconds": NUMBER})
        check(os.path.isdir(d / "tree2"), "empty directory")
