# SPDX-License-Identifier: MIT
"""Programs in the guest, and copies that need some: vactl exec, sh, cp -r, -p, --resume.

Against an agent in this process that really runs programs and opens files (in directories of the tests), against
scripted ones, and against Debian's qemu-ga, which runs as nobody.
"""
import base64
import json
import os
import signal
import socket
import stat
import subprocess
import threading
import time

import harness
from files import FILE_COMMANDS, FileAgent, directory, result, sample
from harness import (CONNECT, FAILED, HARMLESS, OK, PATIENCE, TIMEOUT, USAGE, Agent, check, environment, every,
                     not_found, on_terminal, packaged_agent, test, vactl)
from verbs import OWN, refusing, returning, wait_until

EXEC = {"guest-exec", "guest-exec-status"}


class RealAgent(FileAgent):
    """Runs what it is told to, as the user of the tests, with files that exist.

    wrong   {pid or "exec": value returned instead}; env and cwd are those of an agent: little, and /
    """

    def __init__(self, **more):
        super().__init__(**more)
        self.replies.update({"guest-exec": self.start, "guest-exec-status": self.ask})
        self.children, self.asked = {}, 0

    def start(self, request):
        a = request["arguments"]
        env = dict(e.split("=", 1) for e in a["env"]) if "env" in a else {"PATH": os.environ["PATH"], "LANG": "C"}
        keep = subprocess.PIPE if a.get("capture-output") else subprocess.DEVNULL
        try:
            p = subprocess.Popen([a["path"], *a.get("arg", [])], env=env, cwd="/", stdin=subprocess.PIPE, stdout=keep,
                                 stderr=keep, start_new_session=True)
        except OSError as e:
            return refusing(f"Failed to execute child process “{a['path']}” ({e.strerror})")
        self.children[p.pid] = child = {"process": p, "out": None}
        data = base64.b64decode(a.get("input-data", ""))
        child["thread"] = threading.Thread(target=lambda: child.update(out=p.communicate(data)), daemon=True)
        child["thread"].start()
        return returning({"pid": p.pid})

    def ask(self, request):
        self.asked += 1
        child = self.children.get(request["arguments"]["pid"])
        if not child:
            return refusing("PID ld does not exist")
        if child["out"] is None:
            return returning({"exited": False})
        del self.children[request["arguments"]["pid"]]
        code = child["process"].returncode
        end = {"exited": True, **({"exitcode": code} if code >= 0 else {"signal": -code})}
        for key, data in zip(("out-data", "err-data"), child["out"]):
            if data:
                end[key] = base64.b64encode(data).decode()
        return returning(end)

    def open(self, path, mode):
        try:
            f = open(path, mode.replace("b", "") + "b", buffering=0)
        except OSError as e:
            return refusing(f"failed to open file '{path}' (mode: '{mode}'): {e.strerror}")
        self.handles[self.next_handle] = f
        self.next_handle += 1
        return result(self.next_handle - 1)

    def close(self, handle):
        self.handles.pop(handle).close()
        return result({})

    def read(self, handle, count):
        data = self.handles[handle].read(count)
        return result({"count": len(data), "buf-b64": base64.b64encode(data).decode(), "eof": len(data) < count})

    def write(self, handle, buf_b64):
        return result({"count": self.handles[handle].write(base64.b64decode(buf_b64)), "eof": False})

    def seek(self, handle, offset, whence):
        return result({"position": self.handles[handle].seek(offset, whence), "eof": False})


# ---- exec ---------------------------------------------------------------------------------------


@test
def exec_passes_everything_through():
    with RealAgent() as a:
        exec_ = lambda *args, **more: vactl("exec", *args, path=a.path, **more)  # noqa: E731
        r = exec_("sh", "-c", "echo out; echo err >&2; exit 5")
        check(r.code == 5 and r.out == b"out\n" and r.err == b"err\n", r)
        exec_("true").expect(OK, out=b"")
        check(exec_("sh", "-c", "kill -9 $$").code == 137, "signal")
        exec_("cat", stdin=bytes(range(256)) * 1000).expect(OK, out=bytes(range(256)) * 1000)
        exec_("-n", "cat", stdin=b"not read").expect(OK, out=b"")
        exec_("printf", "%s|", "a b", "", "\u00e4", "-x", "'\"$").expect(OK, out="a b||ä|-x|'\"$|".encode())
        check(exec_("sh", "-c", "exit 255").code == 255 and exec_("sh", "-c", "exit 3").code == 3, "codes of others")
        r = exec_("/nonexistent/program")
        check(r.code == OWN and b"Failed to execute child process" in r.err, r)
        r = vactl("exec", path=a.path)
        check(r.code == OWN and b"which program" in r.err, r)
        r = vactl("exec", "true", path="/nonexistent")
        check(r.code == OWN and b"No such file" in r.err, r)


@test
def bound_of_what_exec_reads():
    with Agent(replies={"guest-exec": returning({"pid": 5}),
                        "guest-exec-status": returning({"exited": True, "exitcode": 0})}) as a:
        r = vactl("exec", "x", path=a.path, stdin=bytes((46 << 20) + 1))
        check(r.code == OWN and b"standard input has more than 46 MiB; cp it first" in r.err and not a.requests[1:], r)


@test
def exec_environment_directory_and_user():
    with RealAgent() as a, directory() as d:
        vactl("exec", "-e", "A=1 2", "--env", "B==", "sh", "-c", "echo $A $B ${PATH:+path}",
              path=a.path).expect(OK, out=b"1 2 = path\n")
        vactl("exec", "--clear-env", "-e", "A=1", "/usr/bin/env", path=a.path).expect(OK, out=b"A=1\n")
        vactl("exec", "--cwd", d, "pwd", path=a.path).expect(OK, out=f"{d}\n".encode())
        vactl("exec", "--cwd", d, "-e", "A=x", "sh", "-c", 'echo "$A" "$@"', "sh", "-a b", "c",
              path=a.path).expect(OK, out=b"x -a b c\n")
        r = vactl("exec", "--cwd", d / "none", "pwd", path=a.path)
        check(r.code not in (OK, OWN) and b"none" in r.err, "said by the guest's shell", r)
        if os.geteuid() == 0:
            vactl("exec", "--user", "nobody", "id", "-un", path=a.path).expect(OK, out=b"nobody\n")
            vactl("exec", "--user", "nobody", "--cwd", "/tmp", "sh", "-c", "pwd; echo $#", "sh", "a b",
                  path=a.path).expect(OK, out=b"/tmp\n1\n")
        for args in (["-e", "x", "true"], ["-e", "=x", "true"], ["-e", "A=1", "a=b"], ["--clear-env", "--cwd", "/", "pwd"], [""]):
            r = vactl("exec", *args, path=a.path)
            check(r.code == OWN and b"--help" in r.err, args, r)


@test
def shell_scripts():
    with RealAgent() as a:
        r = vactl("sh", 'echo "$1-$2"; exit 4', "a b", "c", path=a.path)
        check(r.code == 4 and r.out == b"a b-c\n", r)
        vactl("sh", "-", "x", path=a.path, stdin=b"echo got $1\n").expect(OK, out=b"got x\n")
        check(vactl("sh", path=a.path).code == OWN, "no script")


@test
def exec_documents():
    with RealAgent() as a:
        doc = json.loads(vactl("exec", "--json", "sh", "-c", "printf 'a\\0'; echo e >&2; exit 3", path=a.path).out)
        check(doc.pop("pid") > 0 and doc == {"exitcode": 3, "stdout-b64": "YQA=", "stderr-b64": "ZQo=", "truncated": False}, doc)


@test
def exec_asks_ever_less_often():
    with RealAgent() as a:
        vactl("exec", "sleep", "2", path=a.path).expect(OK)
        check(1 < a.asked < 60, "times asked in two seconds", a.asked)


@test
def exec_that_is_cut_says_so():
    with Agent(replies={"guest-exec": returning({"pid": 5}), "guest-exec-status": returning(
            {"exited": True, "exitcode": 0, "out-data": "YQ==", "out-truncated": True, "err-truncated": False})}) as a:
        r = vactl("exec", "x", path=a.path)
        check(r.code == OK and r.out == b"a" and b"standard output is incomplete" in r.err and
              b"standard error" not in r.err, r)


@test
def exec_timeout_and_interrupt_stop_it_in_the_guest():
    with RealAgent() as a, directory() as d:
        script = f"trap 'touch {d}/term; exit 9' TERM; trap 'touch {d}/int; exit 9' INT; touch {d}/runs; while :; do sleep 0.05; done"
        r = vactl("-t", "1", "exec", "-n", "sh", "-c", script, path=a.path)
        check(r.code == OWN and b"stopped in the guest after 1 s" in r.err and (d / "term").exists(), r)
        (d / "runs").unlink()
        p = subprocess.Popen([harness.VACTL, "-s", a.path, "exec", "-n", "sh", "-c", script], env=environment(),
                             stderr=subprocess.PIPE)
        wait_until(lambda: (d / "runs").exists())
        p.send_signal(signal.SIGINT)
        _, err = p.communicate(timeout=PATIENCE)
        check(p.returncode == -signal.SIGINT and not err and (d / "int").exists(), p.returncode, err)
        r = vactl("-t", "1", "exec", "-n", "sh", "-c", "trap '' TERM; while :; do sleep 0.05; done", path=a.path)
        check(r.code == OWN and b"stopped in the guest" in r.err and r.seconds > 3, r)
        check(not a.children, "left in the guest", a.children)


@test
def exec_timeout_without_kill():
    def start(request):
        return returning({"pid": 77}) if request["arguments"]["path"] == "x" else refusing("no such program")
    with Agent(replies={"guest-exec": start, "guest-exec-status": returning({"exited": False})}) as a:
        r = vactl("-t", "0.5", "exec", "x", path=a.path)
        check(r.code == OWN and b"may still run in the guest, as process 77" in r.err, r)


@test
def exec_of_an_agent_that_falls_silent():
    """That is not the program's time limit, and no reason to end it."""
    def one(limit):
        with Agent(replies={"guest-exec": returning({"pid": 77}), "guest-exec-status": lambda _: None}) as a:
            r = vactl(*limit, "exec", "x", path=a.path)
            check(r.code == OWN and b"stopped answering; it may still run in the guest, as process 77" in r.err, r)
            check(a.requests.count("guest-exec") == 1, a.requests)
    every(one, ([], ["-t", "1000"]))


@test
def exec_with_hostile_agents():
    for end in (returning({}), returning([]), returning({"exited": 1}), returning({"exited": True, "out-data": "?"}),
                b"garbage", refusing("Invalid parameter 'pid'")):
        with Agent(replies={"guest-exec": returning({"pid": 5}), "guest-exec-status": end}) as a:
            r = vactl("exec", "x", path=a.path)
            check(r.code == (OWN if b"exited\": true" not in end or b"?" in end else OK) and r.err.count(b"\n") == 1, end, r)
    for pid in ({}, {"pid": 0}, {"pid": -1}, {"pid": "5"}, []):
        with Agent(replies={"guest-exec": returning(pid)}) as a:
            r = vactl("exec", "x", path=a.path)
            check(r.code == OWN and b"not one to guest-exec" in r.err, pid, r)
    with Agent(replies={"guest-exec": refusing("Command guest-exec has been disabled: the command is not allowed",
                                               "CommandNotFound")}) as a:
        r = vactl("exec", "x", path=a.path)
        check(r.code == OWN and b"blocked in the guest" in r.err, r)


@test
def exec_on_a_terminal_is_escaped():
    with RealAgent() as a:
        seen = on_terminal("exec", "-n", "printf", r"a\tb\033[2J\n", path=a.path)
        check(seen == b"a\tb\\u001B[2J\r\n", seen)
        seen = on_terminal("exec", "-n", "--raw", "printf", r"\033[2J\n", path=a.path)
        check(seen == b"\x1b[2J\r\n", seen)


@test
def colour_only_on_a_terminal():
    with Agent(replies={"guest-fsfreeze-status": returning("frozen")}) as a:
        os.environ.setdefault("TERM", "xterm")
        check(vactl("status", path=a.path).out == b"frozen\n", "a pipe")
        check(vactl("--color", "always", "status", path=a.path).out == b"\x1b[33mfrozen\x1b[0m\n", "always")
        check(b"\x1b[33m" in on_terminal("status", path=a.path), "terminal")
        check(b"\x1b" not in on_terminal("--color=never", "status", path=a.path), "never")
    check(vactl("--color", "x", "list").code == USAGE, "unknown word")


# ---- trees --------------------------------------------------------------------------------------


def make_tree(top):
    (top / "a b" / "deep" / "er").mkdir(parents=True)
    (top / "empty").mkdir(mode=0o700)
    (top / "file").write_bytes(sample(5000))
    (top / "a b" / "run").write_text("#!/bin/sh\n")
    (top / "a b" / "run").chmod(0o755)
    (top / "a b" / "deep" / "sécret\nline").write_text("x")
    (top / "a b" / "deep" / "sécret\nline").chmod(0o600)
    (top / "a b" / "deep" / "er" / "none").touch()
    (top / "link").symlink_to("a b/run")
    (top / "broken").symlink_to("/nonexistent")
    (top / "dirlink").symlink_to("a b")
    os.mkfifo(top / "fifo")


def picture(top):
    """{path: kind, mode, contents} of a tree; what is not copied is left out."""
    found = {}
    for base, dirs, files in os.walk(top):
        for name in [".", *dirs, *files] if base == str(top) else [*dirs, *files]:
            path = os.path.join(base, name)
            st = os.lstat(path)
            if stat.S_ISLNK(st.st_mode):
                found[os.path.relpath(path, top)] = ("link", os.readlink(path))
            elif stat.S_ISDIR(st.st_mode):
                found[os.path.relpath(path, top)] = ("directory", oct(st.st_mode & 0o777))
            elif stat.S_ISREG(st.st_mode):
                found[os.path.relpath(path, top)] = ("file", oct(st.st_mode & 0o777), open(path, "rb").read())
    return found


def both_ways(sock, d, there):
    """A tree goes in and comes out; there is a directory that the agent can write to."""
    make_tree(d / "tree")
    wanted = picture(d / "tree")
    r = vactl("cp", "-r", d / "tree", f":{there}/into", path=sock)
    check(r.code == OK and b"1 pipes, sockets or devices were not copied" in r.err, r)
    check(picture(there / "into") == wanted, picture(there / "into"), wanted)
    vactl("cp", "-r", f":{there}/into", d / "back", path=sock).expect(OK, out=b"")
    check(picture(d / "back") == wanted, picture(d / "back"), wanted)
    (there / "into" / "file").write_text("changed")  # once more, over what is there
    vactl("cp", "-r", f":{there}/into/", d / "back", path=sock).expect(OK)
    check((d / "back" / "file").read_text() == "changed", "second copy")


@test
def trees_in_and_out():
    with RealAgent() as a, directory() as d, directory() as there:
        both_ways(a.path, d, there)
        doc = json.loads(vactl("cp", "-r", "--json", d / "back", f":{there}/n", path=a.path).out)
        check(doc["files"] == 4 and doc["bytes"] > 10, doc)
        r = vactl("cp", "-rv", d / "back", f":{there}/n", path=a.path).expect(OK)
        check(r.out.startswith(b"4 files, "), r)
        (d / "plain").write_text("y")
        (d / "plain").chmod(0o750)
        vactl("cp", "-r", d / "plain", f":{there}/plain", path=a.path).expect(OK)
        check((there / "plain").stat().st_mode & 0o777 == 0o750, "mode of one file")


@test
def trees_of_odd_things():
    """What is no file is said in both directions; names that are no text cannot be sent, and are named."""
    with RealAgent() as a, directory() as d:
        top = d / "t"
        top.mkdir()
        os.mkfifo(top / "p")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(f"{top}/s")
        (top / "hole").write_bytes(b"")
        os.truncate(top / "hole", 300000)
        (top / "secret").write_text("x")
        (top / "secret").chmod(0o000)
        r = vactl("cp", "-r", f":{top}", d / "out", path=a.path)
        check(r.code == OK and b"2 pipes, sockets or devices were not copied" in r.err, r)
        check(picture(d / "out") == picture(top), picture(d / "out"))
        (top / os.fsdecode(b"caf\xe9")).write_text("y")
        for source, to in ((top, f":{d}/n"), (f":{top}", d / "n2")):
            r = vactl("cp", "-r", source, to, path=a.path)
            check(r.code in (USAGE, FAILED) and b"not valid UTF-8" in r.err and b"caf" in r.err and r.err.count(b"\n") == 1, r)


@test
def interrupted_trees():
    """Between files, in one, and while a program of the guest runs: nothing temporary is left here."""
    data = sample(20000)
    for slow in ("read", "exec"):
        reached = threading.Event()

        def trouble(verb, n, request, slow=slow, reached=reached):
            if slow == verb and n >= 3:
                reached.set()
                time.sleep(0.2)
        with RealAgent(trouble=trouble) as a, directory() as d:
            (d / "t").mkdir()
            for n in range(40):
                (d / "t" / f"f{n}").write_bytes(data)
            if slow == "exec":
                a.replies["guest-exec-status"] = lambda _: reached.set() or returning({"exited": False})
            p = subprocess.Popen([harness.VACTL, "-s", a.path, "cp", "-r", "--chunk", "4K", f":{d}/t", d / "out"],
                                 env=environment(), stderr=subprocess.PIPE)
            check(reached.wait(PATIENCE), "never got there", slow)
            p.send_signal(signal.SIGINT)
            _, err = p.communicate(timeout=PATIENCE)
            check(p.returncode == -signal.SIGINT, slow, p.returncode, err)
            left = [name for _, _, names in os.walk(d) for name in names if "vactl" in name]
            check(not left and not a.handles, "left behind", left, a.handles)


@test
def one_file_with_its_mode():
    with RealAgent() as a, directory() as d:
        (d / "x").write_text("#!/bin/sh\n")
        (d / "x").chmod(0o711)
        vactl("cp", "-p", d / "x", f":{d}/y", path=a.path).expect(OK, out=b"")
        check((d / "y").stat().st_mode & 0o7777 == 0o711, "mode")
        vactl("cp", "-p", "-", f":{d}/z", path=a.path, stdin=b"x").expect(OK)
        check((d / "z").stat().st_mode & 0o400, "a pipe has no mode")


@test
def trees_that_fail():
    with RealAgent() as a, directory() as d:
        (d / "t").mkdir()
        (d / "t" / "f").write_text("x")
        vactl("cp", "-r", d / "none", f":{d}/x", path=a.path).expect(FAILED, "No such file")
        vactl("cp", "-r", f":{d}/none", d / "x", path=a.path).expect(FAILED, "none")
        vactl("cp", "-r", d / "t", ":/proc/x", path=a.path).expect(FAILED, "/proc/x")
        vactl("cp", "-r", "-", f":{d}/x", path=a.path).expect(USAGE, "a pipe")
        vactl("cp", "-r", "--resume", d / "t", f":{d}/x", path=a.path).expect(USAGE, "--resume is for one file")
    with FileAgent(unknown={"guest-exec": not_found("guest-exec")}) as a, directory() as d:
        (d / "t").mkdir()
        vactl("cp", "-r", d / "t", ":/x", path=a.path).expect(FAILED, "this agent does not have the command")


@test
def guests_cannot_write_outside_the_destination():
    def lying(names, links=b""):
        def start(request):
            script = request["arguments"]["arg"][1]
            out = (b"" if "type l" not in script else links) if "type d" not in script else names
            if "type f" in script:
                out = b"./evil\0" if "stat" not in script else b"644\n"
            if "stat" in script and "type d" in script:
                out = b"755\n" * 5
            a.out = out
            return returning({"pid": 9})

        def status(request):
            return returning({"exited": True, "exitcode": 0, "out-data": base64.b64encode(a.out).decode()})
        a = FileAgent({"/t/evil": b"evil"})
        a.replies.update({"guest-exec": start, "guest-exec-status": status})
        return a
    for names in (b".\0./../up\0", b".\0/etc/x\0", b".\0./a/../../b\0", b".\0./a//b\0", b".\0..\0"):
        with lying(names) as a, directory() as d:
            vactl("cp", "-r", ":/t", d / "in", path=a.path).expect(FAILED, "not in the directory")
            check(not (d / "in").exists(), names)
    with lying(b".\0./sub\0") as a, directory() as d:  # a link that was made by an earlier copy
        (d / "in").mkdir()
        (d / "out").mkdir()
        (d / "in" / "sub").symlink_to(d / "out")
        vactl("cp", "-r", ":/t", d / "in", path=a.path).expect(FAILED, "is there and not a directory")
    name = "s\033[31m\nub"
    with lying(b".\0./" + name.encode() + b"\0") as a, directory() as d:  # nor steer the terminal by a name
        (d / "in").mkdir()
        (d / "in" / name).symlink_to(d / "in")
        r = vactl("cp", "-r", ":/t", d / "in", path=a.path).expect(FAILED, "/s\\u001B[31m ub: ")
        check(b"\x1b" not in r.err, r)
    with lying(b".\0") as a, directory() as d:
        (d / "in").mkdir()
        (d / "in" / "evil").symlink_to(d / "victim")
        (d / "victim").write_text("safe")
        vactl("cp", "-r", ":/t", d / "in", path=a.path).expect(FAILED, "not a regular file")
        check((d / "victim").read_text() == "safe", "written through a link")


# ---- resume -------------------------------------------------------------------------------------


@test
def resumed_uploads():
    data = sample(300000)
    with RealAgent() as a, directory() as d:
        (d / "f").write_bytes(data)
        for there, sent in ((data[:100001], 199999), (b"", 300000), (data, 0), (data + b"longer", 300000)):
            (d / "g").write_bytes(there)
            a.arguments.clear()
            a.raw.clear()
            r = vactl("cp", "--resume", "--chunk", "64K", d / "f", f":{d}/g", path=a.path).expect(OK)
            check((d / "g").read_bytes() == data, len(there), r)
            written = sum(len(base64.b64decode(json.loads(line)["arguments"]["buf-b64"])) for line in a.raw if b"file-write" in line)
            check(written == sent, written, sent)
        (d / "g").write_bytes(b"x" * 1000)  # of another file: the comparison at the end finds it
        vactl("cp", "--resume", d / "f", f":{d}/g", path=a.path).expect(FAILED, "differs from what was copied")
        (d / "g").unlink()
        vactl("cp", "--resume", d / "f", f":{d}/g", path=a.path).expect(OK)


@test
def resumed_downloads():
    data = sample(300000, 7)
    with RealAgent() as a, directory() as d:
        (d / "g").write_bytes(data)
        part = d / ".f.vactl-part"
        for here, got in ((data[:100001], 199999), (b"", 300000), (data, 0), (data + b"longer", 300000), (None, 300000)):
            if here is not None:
                part.write_bytes(here)
            a.arguments.clear()
            vactl("cp", "--resume", "--chunk", "64K", f":{d}/g", d / "f", path=a.path).expect(OK)
            check((d / "f").read_bytes() == data and not part.exists(), here and len(here))
        part.write_bytes(b"x" * 1000)
        vactl("cp", "--resume", f":{d}/g", d / "f", path=a.path).expect(FAILED, "another file than the one")
        check(not part.exists(), "removed")
        vactl("cp", "--resume", "-", f":{d}/g", path=a.path).expect(USAGE, "a pipe")


@test
def interrupted_download_goes_on():
    """The connection ends in the middle; what came is kept, and the second attempt asks for the rest only."""
    data = sample(300000, 8)
    with directory() as d:
        def trouble(verb, n, request):
            return b'{"error": {"class": "GenericError", "desc": "I/O error"}}' if (verb, n) == ("read", 3) else None
        with FileAgent({"/g": data}, trouble=trouble) as a:
            vactl("cp", "--resume", "--chunk", "64K", ":/g", d / "f", path=a.path).expect(FAILED, "I/O error")
            check((d / ".f.vactl-part").read_bytes() == data[:3 * 65536] and not (d / "f").exists(), "kept")
        with FileAgent({"/g": data}, unknown={"guest-exec": not_found("guest-exec")}) as a:
            doc = json.loads(vactl("cp", "--json", "--resume", "--chunk", "64K", ":/g", d / "f", path=a.path).out)
            check((d / "f").read_bytes() == data and doc["verified"] is False, "no cksum in the guest", doc)
            check([x for v, x in a.arguments if v == "seek"][-1]["offset"] == 3 * 65536, a.arguments)


# ---- Debian's agent -----------------------------------------------------------------------------


@test
def packaged_qemu_ga_runs_programs():
    with packaged_agent(HARMLESS | FILE_COMMANDS | EXEC) as sock, directory() as d:
        path = ["--clear-env", "-e", "PATH=/usr/bin:/bin"]
        r = vactl("exec", *path, "sh", "-c", "id -un; echo err >&2; exit 6", path=sock)
        check(r.code == 6 and r.out == b"nobody\n" and r.err == b"err\n", r)
        vactl("exec", *path, "cat", path=sock, stdin=b"in").expect(OK, out=b"in")
        check(vactl("exec", *path, "sh", "-c", "kill -TERM $$", path=sock).code == 143, "signal")
        r = vactl("exec", "/nonexistent", path=sock)
        check(r.code == OWN and b"/nonexistent" in r.err, r)
