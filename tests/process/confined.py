# SPDX-License-Identifier: MIT
"""What each process has given up: as the kernel tells it, and by trying."""

import base64
import ctypes
import errno
import json
import os
import platform
import signal
import struct
import subprocess

import freezer
import proctree
from cases import PATIENCE, Skipped, case, check, same

LANDLOCK_CREATE_RULESET = 444
SECCOMP = {"x86_64": 317, "aarch64": 277}
BITS = {"dac-override": 1, "dac-read-search": 2, "kill": 5, "setpcap": 8, "net-bind-service": 10, "ipc-lock": 14,
        "sys-admin": 21, "sys-resource": 24, "sys-time": 25}
FEW = "guest-ping,__org.virtagent_test-pid,__org.virtagent_test-try-writing,__org.virtagent_test-privileged"
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


def needs_root():
    if os.geteuid() != 0:
        raise Skipped("not started as root: there are no privileges to give up")


def needs_filters():
    if SECCOMP.get(platform.machine()) is None or struct.calcsize("P") != 8:
        raise Skipped("no filters are built for this processor")


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
    needs_root()
    status = proctree.status(agent.pid)
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
    if lab.sanitized:
        del wanted["ptrace"]    # the sanitizer looks for leaks with it
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
    status = proctree.status(agent.pid)
    same((int(status["CapEff"], 16), status["NoNewPrivs"], status["Seccomp"]), (0, "1", "0"), "what it still gives up")
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
    same(confinement(lab), {"system-calls": os.strerror(errno.ENOSYS), "files": os.strerror(errno.ENOSYS),
                            "programs": "allowed"}, "what --status says")


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


# --- the other processes ---

def set_of(*names):
    """Those of the names that this test has itself."""
    have = int(proctree.status("self")["CapPrm"], 16)
    return sum(1 << BITS[name] for name in names) & have


def sets(pid):
    """Capabilities that a process has, that are in effect, and that programs of root would have."""
    status = proctree.status(pid)
    return [int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")]


def gaining(pid):
    status = proctree.status(pid)
    return status["NoNewPrivs"], status["Seccomp"]


def everything():
    return int(proctree.status("self")["CapPrm"], 16)


@case
def what_reads_can_do_nothing_else(lab):
    needs_filters()
    needs_root()
    path = a_file(lab)
    wanted = {"exec": errno.EPERM, "exec-open": errno.EPERM, "write": errno.EPERM, "append": errno.EPERM,
              "truncate": errno.EPERM, "unlink": errno.EPERM, "mkdir": errno.EPERM, "chmod": errno.EPERM,
              "ptrace": errno.EPERM, "mount": errno.EPERM, "unshare": errno.EPERM, "hostname": errno.EPERM,
              "setuid": errno.EPERM, "bpf": errno.EPERM, "io_uring": errno.EPERM,
              "read": 0, "unix": 0, "inet": 0, "later": errno.ENOSYS}
    with lab.start().connect() as peer:
        refused(peer, wanted, path, "")
        worker = peer.call("pid")
        same(sets(worker), [set_of("dac-read-search"), 0, set_of("dac-read-search")], "capabilities")
        same(gaining(worker), ("1", "2"), "no_new_privs, mode of seccomp")


@case
def landlock_alone_keeps_files(lab):
    """What the filter of system calls refuses, Landlock would refuse, too."""
    needs_filters()
    landlock_version()
    path = a_file(lab)
    with lab.start(before=older_kernel(SECCOMP[platform.machine()])).connect() as peer:
        for place in "-front", "":
            refused(peer, {what: errno.EACCES for what in ("exec", "write", "append", "unlink")}, path, place)
    with open(path, encoding="ascii") as text:
        same(text.read(), "content", "the file")


@case
def privileges_are_in_effect_for_one_command(lab):
    needs_root()
    agent = lab.start()
    with agent.connect() as peer:
        same(peer.call("privileged"), set_of("kill", "sys-time"), "in effect while the command runs")
        worker = agent.busy_worker()
        same(sets(worker), [everything(), 0, everything()], "capabilities of a worker that serves file commands")
        if SECCOMP.get(platform.machine()):
            same(attempt(peer, "exec", "/bin/true", "-writing"), errno.EPERM, "a program, when none may be")
            same(gaining(worker), ("1", "2"), "no_new_privs, mode of seccomp")


@case
def workers_that_start_programs_can(lab):
    agent = freezer.start(lab)
    with agent.connect() as peer:
        same(attempt(peer, "exec", "/bin/true", "-writing"), 0, "starting a program")
        same(gaining(agent.busy_worker()), ("0", "0"), "no_new_privs, mode of seccomp")


@case
def what_nobody_may_ask_for_no_process_has(lab):
    needs_filters()
    needs_root()
    agent = lab.start("--allow-rpcs", FEW)
    with agent.connect() as peer:
        same(peer.call("privileged"), set_of("kill", "sys-time"), "in effect while the command runs")
        for what in "exec", "exec-open":
            same(attempt(peer, what, "/bin/true", "-writing"), errno.EPERM, what)
        worker = agent.busy_worker()
        same(sets(worker), [set_of("kill", "sys-time"), 0, set_of("kill", "sys-time")], "capabilities of a worker")
    wanted = set_of("kill", "sys-time", "setpcap", "dac-override", "dac-read-search", "net-bind-service")
    same(sets(agent.zygote), [wanted, wanted, wanted], "capabilities of the zygote")
    for pid in worker, agent.zygote:
        same(gaining(pid), ("1", "2"), "no_new_privs, mode of seccomp")
    same(confinement(lab)["programs"], "none", "what --status says")


@case
def programs_are_free(lab):
    """Nothing of what the agent has given up is theirs."""
    path = a_file(lab)
    script = f"cat /proc/self/status; echo more >> {path}; cat {path}"
    agent = lab.start()
    with agent.connect() as peer:
        pid = peer.call("guest-exec", {"path": "/bin/sh", "arg": ["-c", script], "capture-output": True})["pid"]
        done = proctree.wait_for("its end", PATIENCE, lambda: (lambda one: one["exited"] and one)(
            peer.call("guest-exec-status", {"pid": pid})))
    text = base64.b64decode(done["out-data"]).decode()
    check(text.endswith("contentmore\n"), f"it can write: {text[-60:]}")
    own = proctree.status("self")
    told = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    for name in ("CapPrm", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp"):
        same(told[name], own[name], name)
    same(gaining(agent.zygote), (own["NoNewPrivs"], own["Seccomp"]), "of the zygote that starts them")


@case
def the_guard_has_what_it_needs(lab):
    needs_root()
    agent = freezer.start(lab)
    with agent.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
        wanted = set_of("dac-read-search", "ipc-lock", "sys-admin", "sys-resource")
        same(sets(freezer.guard_of(agent))[:2], [wanted, wanted], "capabilities of the guard")
        same(peer.call("guest-fsfreeze-thaw"), 2, "filesystems")


@case
def the_writer_of_the_log_has_what_it_needs(lab):
    needs_filters()
    needs_root()
    agent = lab.start("-v")
    agent.works()
    pid = proctree.wait_for("a writer of the log", PATIENCE, lambda: [
        pid for pid in proctree.children(agent.zygote) if proctree.name_of(pid) == "virtagent-log"])[0]
    same(sets(pid), [set_of("dac-override")] * 3, "capabilities")
    same(gaining(pid), ("1", "2"), "no_new_privs, mode of seccomp")


@case
def the_keeper_of_programs_has_nothing(lab):
    needs_filters()
    needs_root()
    agent = lab.start()
    with agent.connect() as peer:
        program = peer.call("guest-exec", {"path": "/bin/sleep", "arg": ["1000"]})["pid"]
    agent.uncounted = True
    same(agent.terminate(), 0, "exit status")
    try:
        proctree.wait_for("a keeper", PATIENCE, lambda: proctree.name_of(agent.zygote) == "virtagent-keep")
        same(sets(agent.zygote), [0, 0, 0], "capabilities of the keeper")
        same(gaining(agent.zygote), ("1", "2"), "no_new_privs, mode of seccomp")
        same((sets(program), gaining(program)), ([everything()] * 3, ("0", "0")), "privileges of the program")
    finally:
        os.kill(program, 9)
    agent.destroy()


@case
def without_confinement_workers_have_everything(lab):
    needs_root()
    agent = lab.start("--confine", "off")
    with agent.connect() as peer:
        worker = peer.call("pid")
        same((sets(worker), gaining(worker)), ([everything()] * 3, ("0", "0")), "privileges of a worker")
        same(peer.call("privileged"), everything(), "in effect while a command runs")


# --- what others do for the front ---

def answers(lab):
    return subprocess.run([lab.agent, "--status", "-t", lab.dir], capture_output=True, timeout=PATIENCE,
                          check=False).returncode == 0


@case
def the_control_socket_is_made_after_the_thaw(lab):
    """By an opener: the front, started while filesystems were frozen, can make none any more."""
    first = freezer.start(lab)
    with first.connect() as peer:
        same(peer.call("guest-fsfreeze-freeze"), 2, "filesystems")
    first.kill()
    second = freezer.start(lab)
    check(not answers(lab), "no control socket while frozen")
    with second.connect() as peer:
        same(peer.call("guest-fsfreeze-thaw"), 2, "filesystems")
        proctree.wait_for("a control socket", PATIENCE, lambda: answers(lab))
    same(second.terminate(), 0, "exit status")
    check(not os.path.exists(lab.path("virtagent.sock")), "it is removed at the end")


@case
def the_last_lines_reach_a_log_that_was_rotated(lab):
    """Without its zygote the front has to write the log itself, and it can open no file."""
    path, rotated = lab.path("log"), lab.path("log.1")
    agent = lab.start("-v", "-l", path)
    agent.works()
    proctree.wait_for("lines in the log", PATIENCE, lambda: os.path.getsize(path) > 0)
    os.rename(path, rotated)
    os.kill(agent.pid, signal.SIGHUP)
    proctree.wait_for("a new log, held by the front", PATIENCE, lambda: os.path.exists(path) and path in
                      proctree.descriptors(agent.pid).values())
    os.kill(agent.zygote, signal.SIGKILL)
    same(agent.wait_exit(), 1, "exit status of the front")

    def told():
        with open(path, encoding="utf-8") as text:
            return "the zygote process is gone" in text.read()
    proctree.wait_for("the reason in the new log", PATIENCE, told)
