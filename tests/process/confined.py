# SPDX-License-Identifier: MIT
"""What each process has given up: as the kernel tells it, and by trying."""

import ctypes
import errno
import json
import os
import platform
import struct
import subprocess

from cases import PATIENCE, Skipped, case, check, same

LANDLOCK_CREATE_RULESET = 444
SECCOMP = {"x86_64": 317, "aarch64": 277}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2


class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class Program(ctypes.Structure):
    _fields_ = [("n", ctypes.c_ushort), ("code", ctypes.POINTER(Instruction))]


def older_kernel(*calls):
    """For the child: as if the kernel did not have these calls. Its own no_new_privs stays visible."""
    def prepare():
        libc = ctypes.CDLL(None, use_errno=True)
        code = [(0x20, 0, 0, 0)]    # the number of the call
        for call in calls:
            code += [(0x15, 0, 1, call), (0x06, 0, 0, 0x50000 | errno.ENOSYS)]
        code.append((0x06, 0, 0, 0x7FFF0000))
        rows = (Instruction * len(code))(*(Instruction(*row) for row in code))
        program = Program(len(code), rows)
        if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program)):
            raise OSError(ctypes.get_errno(), "filter")
    return prepare


def landlock_version():
    version = ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 0:
        raise Skipped("this kernel has no Landlock")
    return version


def needs_filters():
    if SECCOMP.get(platform.machine()) is None or struct.calcsize("P") != 8:
        raise Skipped("no filters are built for this processor")


def status_of(pid):
    """The lines of /proc/PID/status."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as text:
        return dict(line.rstrip("\n").split(":\t", 1) for line in text if ":\t" in line)


def confinement(lab):
    done = subprocess.run([lab.agent, "--status", "--json", "-t", lab.dir], capture_output=True, timeout=PATIENCE,
                          check=True)
    return json.loads(done.stdout)["return"]["confinement"]


def attempt(peer, what, path="", place="-front"):
    return peer.call(f"try{place}", {"what": what, "path": path})


def refused(peer, wanted, path, place="-front"):
    """Each of these has this error, or one of these."""
    for what, numbers in wanted.items():
        got = attempt(peer, what, path, place)
        numbers = numbers if isinstance(numbers, tuple) else (numbers,)
        check(got in numbers, f"{what} with {path}: {errno.errorcode.get(got, got)}")


def a_file(lab):
    path = lab.path("precious")
    with open(path, "w", encoding="ascii") as text:
        text.write("content")
    os.chmod(path, 0o755)
    return path


@case
def the_front_has_given_up(lab):
    needs_filters()
    agent = lab.start()
    status = status_of(agent.pid)
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        same(int(status[name], 16), 0, name)
    same((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), "no_new_privs, mode of seccomp")
    same(confinement(lab)["system-calls"], "restricted", "what --status says of calls")


@case
def the_front_can_do_nothing(lab):
    needs_filters()
    path = a_file(lab)
    wanted = {"exec": errno.EPERM, "exec-open": errno.EPERM, "write": errno.EPERM, "append": errno.EPERM,
              "truncate": errno.ENOSYS, "unlink": errno.EPERM, "mkdir": errno.ENOSYS, "chmod": errno.ENOSYS,
              "unix": errno.EPERM, "inet": errno.EPERM, "ptrace": errno.EPERM, "kill": errno.EPERM,
              "mount": errno.EPERM, "unshare": errno.ENOSYS, "hostname": errno.ENOSYS, "setuid": errno.ENOSYS,
              "bpf": errno.EPERM, "io_uring": errno.EPERM, "later": errno.ENOSYS}
    with lab.start().connect() as peer:
        refused(peer, wanted, path)
        same(attempt(peer, "read", "/proc/stat"), 0, "reading what the kernel says")
    with open(path, encoding="ascii") as text:
        same(text.read(), "content", "the file")


@case
def there_is_no_other_way_into_the_kernel(lab):
    needs_filters()
    if platform.machine() != "x86_64":
        raise Skipped("only x86-64 has others")
    with lab.start().connect() as peer:
        same(attempt(peer, "x32"), errno.ENOSYS, "a call of x32")
        check(attempt(peer, "i386") in (errno.ENOSYS, -11), "a call of i386")


@case
def the_front_reads_nothing_else(lab):
    landlock_version()
    path = a_file(lab)
    with lab.start().connect() as peer:
        for name in (path, "/etc/passwd", "/dev/null"):
            same(attempt(peer, "read", name), errno.EACCES, f"reading {name}")
        same(attempt(peer, "read", "/sys/kernel/mm/transparent_hugepage/enabled"), 0, "reading below /sys")
    same(confinement_of(lab, "files"), "restricted", "what --status says of files")


def confinement_of(lab, what):
    agent = lab.start()
    agent.works()
    return confinement(lab).get(what)


@case
def it_can_be_turned_off(lab):
    path = a_file(lab)
    agent = lab.start("--confine", "off")
    with agent.connect() as peer:
        same([attempt(peer, what, path) for what in ("read", "append", "later")], [0, 0, errno.ENOSYS], "errors")
    status = status_of(agent.pid)
    same((int(status["CapEff"], 16), status["NoNewPrivs"], status["Seccomp"]), (0, "1", "0"), "capabilities, privileges, filter")
    same(confinement(lab), {"all": "off"}, "what --status says")
    check("confine=off" in agent.complaint(), "the log says so")


@case
def an_older_kernel_will_do(lab):
    needs_filters()
    path = a_file(lab)
    agent = lab.start(before=older_kernel(LANDLOCK_CREATE_RULESET, SECCOMP[platform.machine()]))
    agent.works()
    with agent.connect() as peer:
        same(attempt(peer, "append", path), 0, "a file that could be written")
    same(confinement(lab), {"system-calls": os.strerror(errno.ENOSYS), "files": os.strerror(errno.ENOSYS)},
         "what --status says")


@case
def without_landlock_files_are_read_only(lab):
    needs_filters()
    path = a_file(lab)
    with lab.start(before=older_kernel(LANDLOCK_CREATE_RULESET)).connect() as peer:
        refused(peer, {"read": 0, "write": errno.EPERM, "append": errno.EPERM, "unlink": errno.EPERM}, path)


@case
def all_of_it_or_no_agent(lab):
    needs_filters()
    for call, word in (LANDLOCK_CREATE_RULESET, "files"), (SECCOMP[platform.machine()], "system calls"):
        if word == "system calls":
            landlock_version()
        done = subprocess.run([lab.agent, "-m", "unix-listen", "-p", lab.path("s"), "-t", lab.dir, "--confine", "on",
                               "--block-rpcs", "guest-shutdown"],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False,
                              preexec_fn=older_kernel(call))
        same(done.returncode, 1, "exit status")
        check(f"confine: {word} cannot be restricted" in done.stderr.decode(), done.stderr)
    landlock_version()
    lab.start("--confine", "on").works()
