# SPDX-License-Identifier: MIT
"""Ways to name a guest: sockets, vsock through a unix socket, TCP, libvirt, and lists of guests; locks and holders."""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import harness
from files import FileAgent
from harness import (CONNECT, FAILED, OK, PATIENCE, TIMEOUT, USAGE, Agent, Skip, check, environment, expect_timeout,
                     test, vactl, write_program)


@contextlib.contextmanager
def relay(listener, path, greet):
    """Accepts one client after the other, lets greet() speak with each, then carries bytes to the agent at path."""
    stop = threading.Event()

    def copy(a, b):
        with contextlib.suppress(OSError):
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)

    def serve():
        listener.settimeout(0.05)
        while not stop.is_set():
            try:
                c, _ = listener.accept()
            except TimeoutError:
                continue
            c.settimeout(None)
            with c, socket.socket(socket.AF_UNIX) as agent:
                if not greet(c):
                    continue
                agent.connect(str(path))
                back = threading.Thread(target=copy, args=(agent, c))
                back.start()
                copy(c, agent)
                back.join(PATIENCE)
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)


@contextlib.contextmanager
def mux(path, answer):
    """A socket like Firecracker's: answer(line) is sent back, and what follows goes to the agent."""
    def greet(c):
        line = b""
        while not line.endswith(b"\n"):
            line += c.recv(1)
        said = answer(line)
        c.sendall(said)
        return said.startswith(b"OK")
    with tempfile.TemporaryDirectory(prefix="vactl-mux-") as d, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{d}/v.sock")
        listener.listen()
        with relay(listener, path, greet):
            yield f"vsock-mux:{d}/v.sock:1234"


@test
def guest_in_front_of_the_verb():
    with Agent() as a:
        vactl(a.path, "ping", "-q").expect(OK)
        vactl("-q", f"unix:{a.path}", "ping").expect(OK)
        vactl("-q", a.path, "-t", "5", "ping", "-c", "2", "-i", "0").expect(OK)
        vactl(a.path, "-q", "-t5", "ping").expect(OK)
        vactl(a.path, "--bad", "ping").expect(USAGE, "unknown option --bad")
        vactl("ping", "-q", env={"VACTL_GUEST": str(a.path)}).expect(OK)
        vactl(a.path, "ping", "-q", env={"VACTL_GUEST": "/nonexistent"}).expect(OK)
        vactl(a.path, "ping", "-q", env={"VACTL_SOCKET": "/nonexistent"}).expect(OK)
        r = vactl(a.path, "ping").expect(OK)
        check(r.out.startswith(f"reply from {a.path}: ".encode()), r)
    vactl("/nonexistent", "ping").expect(CONNECT, "No such file")
    vactl("/nonexistent", "nothing").expect(USAGE, "unknown verb 'nothing'")
    vactl("/nonexistent").expect(USAGE, "a verb is missing")
    vactl("-s", "/nonexistent", "/other", "ping").expect(USAGE, "unknown verb '/other'")


@test
def a_guest_may_be_called_like_a_verb():
    # to be looked for as a domain, and not found where there is none
    r = vactl("-c", "test:///default", "ping", "ping")
    check(r.code in (USAGE, CONNECT) and b"domain" in r.err, r)


@test
def vsock_through_a_unix_socket():
    seen = []
    with Agent() as a, mux(a.path, lambda line: seen.append(line) or b"OK 1073741824\n") as target:
        vactl(target, "ping", "-q", "-c", "3", "-i", "0").expect(OK)
        check(seen == [b"CONNECT 1234\n"], seen)
    with Agent() as a, mux(a.path, lambda line: b'OK\n{"return": {}}\n\xff') as target:  # of an earlier client
        vactl(target, "ping", "-q").expect(OK)
    for answer in (b"O", b"OKAY 5\n", b"\n", b"ok 5\n", b"\0" * 40 + b"\n", b"\xff\xfe\n", b"ERR\nOK 5\n"):
        with Agent() as a, mux(a.path, lambda line, answer=answer: answer) as target:
            r = vactl("-t", "2", target, "ping")
            check(r.code in (CONNECT, TIMEOUT) and r.err.count(b"\n") == 1 and not a.requests, answer, r)
    with Agent() as a, mux(a.path, lambda line: b"nothing here\n") as target:
        vactl(target, "ping").expect(CONNECT, "refuses port 1234")
    with Agent() as a, mux(a.path, lambda line: b"") as target:
        vactl(target, "ping").expect(CONNECT, "closed the connection")
    with Agent() as a, mux(a.path, lambda line: b"x" * 5000) as target:
        vactl(target, "ping").expect(FAILED, "a line without end")


@test
def vsock_through_a_silent_socket():
    with tempfile.TemporaryDirectory() as d, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{d}/s")
        listener.listen()
        expect_timeout(vactl("-t", "0.2", f"vsock-mux:{d}/s:5", "ping"), 0.2, "timed out connecting")


@test
def tcp():
    with Agent() as a, socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with relay(listener, a.path, lambda c: True):
            for host in ("127.0.0.1", "localhost", "[127.0.0.1]"):
                vactl(f"tcp:{host}:{port}", "ping", "-q").expect(OK)
    # bound and not listening: nobody else can have the port meanwhile
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        vactl(f"tcp:127.0.0.1:{deaf.getsockname()[1]}", "ping").expect(CONNECT, "Connection refused")
    vactl("tcp:guest.example:5", "ping").expect(USAGE, "not a numeric address")


@test
def addresses_that_are_none():
    for target, text in {"vsock:1": "not vsock:CID:PORT", "vsock:x:1": "not vsock:CID:PORT",
                         "vsock:3:99999999999": "not vsock:CID:PORT", "vsock:4294967295:1": "not vsock:CID:PORT",
                         "vsock-mux:/s": "not vsock-mux:PATH:PORT", "tcp:127.0.0.1": "not tcp:ADDRESS:PORT",
                         "tcp::80": "not tcp:ADDRESS:PORT", "tcp:127.0.0.1:65536": "not tcp:ADDRESS:PORT",
                         "unix:": "neither a path"}.items():
        vactl(target, "ping").expect(USAGE, text)


@test
def vsock_without_a_peer():
    r = vactl("-t", "3", "vsock:77:1024", "ping")  # no device, no driver, or no such guest
    check(r.code in (CONNECT, TIMEOUT) and b"vsock:77:1024" in r.err, r)


# ---- libvirt without a daemon ------------------------------------------------------------------


def bridge():
    program = Path(harness.VACTL).parent / "qgac-libvirt"
    if not program.exists():
        raise Skip("built without libvirt")
    return program


@test
def libvirt_domains():
    bridge()
    # the hypervisor that libvirt has for tests: a domain called test, and no agent in it
    uri = "test:///default"
    vactl("-c", uri, "none", "ping").expect(CONNECT, "domain 'none': ")
    vactl("-c", uri, "test", "ping").expect(FAILED, "not supported by the connection driver")
    vactl(f"libvirt:{uri}#test", "ping").expect(FAILED, "not supported by the connection driver")
    vactl("-c", uri, "libvirt:none", "ping").expect(CONNECT, "domain 'none': ")
    vactl("-c", "nothing:///", "x", "ping").expect(CONNECT, "domain 'x': ")
    vactl("libvirt:", "ping").expect(USAGE, "neither a path")
    r = vactl("-c", uri, "list", env={"VACTL_SOCKETS": ""}).expect(OK)
    check(r.out.startswith(b"GUEST") and b"\ntest " in r.out, r)


@test
def libvirt_that_is_not_there():
    env = {"QGAC_LIBVIRT_BRIDGE": "/nonexistent/qgac-libvirt"}
    vactl("web1", "ping", env=env).expect(USAGE, "/nonexistent/qgac-libvirt is not installed")
    vactl("list", env={**env, "VACTL_SOCKETS": ""}).expect(FAILED, "no guests were found")


BRIDGE = """#!/usr/bin/python3
import json, sys, time
uri, name = sys.argv[1:]
print("ok" if name == "web1" else "no domain with\\tthis name", flush=True)
if {forks} and __import__("os").fork():
    __import__("os")._exit(0)
for line in sys.stdin.buffer:
    if line.startswith(b"S"):
        sys.stdout.buffer.write(b"\\xff" + b'{{"return": %s}}\\n' % line[1:-1])
    else:
        seconds, request = line.split(b" ", 1)
        command = json.loads(request)["execute"]
        print({{"guest-ping": '{{"return": {{}}}}', "guest-x": json.dumps({{"return": int(seconds)}}),
               "guest-slow": '{{"error": {{"class": "__libvirt_timeout", "desc": "guest agent timeout"}}}}',
               **dict.fromkeys(["guest-shutdown", "guest-fstrim"], json.dumps({{"error": {{"class": sys.argv[1], "desc": "as told"}}}})),
               "guest-gone": '{{"error": {{"class": "__libvirt_closed", "desc": "not connected"}}}}'}}[command],
              end="\\n", flush=True)
    sys.stdout.flush()
"""


@test
def libvirt_bridge_protocol():
    """What the library says to the program that is linked with libvirt, spoken by one that is not."""
    with tempfile.TemporaryDirectory(prefix="vactl-bridge-") as d:
        program = Path(d) / "bridge"
        write_program(program, BRIDGE.format(forks=True))
        env = {"QGAC_LIBVIRT_BRIDGE": str(program)}
        vactl("web1", "ping", "-q", "-c", "3", "-i", "0", env=env).expect(OK)
        vactl("-t", "7", "web1", "raw", '{"execute":\n"guest-x"}', env=env).expect(OK, out=b'{"return": 7}\n')
        for kind, code in (("ended", OK), ("no_reply", OK), ("closed", FAILED), ("timeout", TIMEOUT)):
            for words in (["reboot"], ["raw", "-n", '{"execute": "guest-shutdown"}']):
                r = vactl("-c", f"__libvirt_{kind}", "web1", *words, env=env)
                check(r.code == (code if words == ["reboot"] or code == OK else FAILED), kind, words, r)
            expected = TIMEOUT if kind in ("no_reply", "timeout") else FAILED
            vactl("-c", f"__libvirt_{kind}", "web1", "trim", env=env).expect(expected, "as told")
        vactl("web2", "ping", env=env).expect(CONNECT, "domain 'web2': no domain with\\u0009this name")


FILES_BRIDGE = """#!/usr/bin/python3
import base64, json, os, sys
if os.fork():
    os._exit(0)
print("ok", flush=True)
data, at = bytearray(), 0
for line in sys.stdin.buffer:
    if line.startswith(b"S"):
        sys.stdout.buffer.write(b"\\xff" + b'{{"return": %s}}\\n' % line[1:-1])
        sys.stdout.flush()
        continue
    request = json.loads(line.split(b" ", 1)[1])
    name, a = request["execute"], request.get("arguments", {{}})
    with open("{log}", "a") as log:
        print(len(line), name, a.get("count", ""), file=log)
    if name == "guest-file-open":
        at = 0
        value = 1
    elif name == "guest-file-write":
        more = base64.b64decode(a["buf-b64"])
        data[at:at + len(more)] = more
        at += len(more)
        value = {{"count": len(more), "eof": False}}
    elif name == "guest-file-read":
        some = bytes(data[at:at + a["count"]])
        at += len(some)
        value = {{"count": len(some), "buf-b64": base64.b64encode(some).decode(), "eof": at == len(data)}}
    else:
        value = {{}}
    print(json.dumps({{"return": value}}), flush=True)
"""


@test
def bounds_of_libvirt():
    """A request that its socket to the agent would not take is refused here; contents go in pieces that it takes."""
    with tempfile.TemporaryDirectory(prefix="vactl-bridge-") as d:
        program, log = Path(d) / "bridge", Path(d) / "log"
        write_program(program, FILES_BRIDGE.format(log=log))
        env = {"QGAC_LIBVIRT_BRIDGE": str(program)}
        head = b'{"execute":"guest-x","arguments":{"a":"'
        fits = head + b"x" * ((128 << 10) - len(head) - 4) + b'"}}'
        vactl("web1", "raw", "-", env=env, stdin=fits).expect(OK)
        vactl("web1", "raw", "-", env=env, stdin=fits.replace(b"xx", b"xxx", 1)).expect(
            USAGE, "libvirt does not carry requests of more than 128 KiB")
        data = os.urandom(5 << 20)
        (Path(d) / "in").write_bytes(data)
        vactl("web1", "cp", "--chunk", "48M", f"{d}/in", ":/x", env=env).expect(OK)
        rows = [line.split() for line in log.read_text().splitlines()]
        writes = [int(row[0]) for row in rows if row[1] == "guest-file-write"]
        check(len(writes) == 160 and max(writes) < 44 << 10, len(writes), max(writes))
        check({row[2] for row in rows if row[1] == "guest-file-read"} == {str(2 << 20)}, rows)


# ---- lists, --all, locks -----------------------------------------------------------------------


@contextlib.contextmanager
def guests(*agents):
    """A directory with sockets called a, b, c…"""
    with tempfile.TemporaryDirectory(prefix="vactl-guests-") as d, contextlib.ExitStack() as stack:
        for name, agent in zip("abcdefgh", agents):
            stack.enter_context(agent)
            os.symlink(agent.path, f"{d}/{name}.sock")
        yield {"VACTL_SOCKETS": f"/nonexistent/*:{d}/*.sock", "QGAC_LIBVIRT_BRIDGE": "/nonexistent"}


INFO = b'{"return": {"version": "8.2.0", "supported_commands": [], "__org.virtagent_version": "0.1.0"}}'


@test
def list_of_guests():
    with guests(Agent(replies={"guest-info": INFO}), Agent(send=lambda c, data, what: None)) as env:
        r = vactl("-t", "1", "list", env=env).expect(OK)
        lines = r.out.decode().splitlines()
        check(re.fullmatch(r"GUEST  AGENT +ROUND TRIP  STATE", lines[0]), r)
        check(re.fullmatch(r"a      virtagent 0\.1\.0 +\d+\.\d\d ms  answers", lines[1]), r)
        check(re.fullmatch(r"b      - +-  timed out: the agent does not answer the handshake", lines[2]), r)
        check(len({len(line.split("  ")[0]) for line in lines}) >= 1 and len(lines) == 3, r)
        doc = json.loads(vactl("-t", "1", "--json", "list", env=env).expect(OK).out)
        check([g["guest"] for g in doc] == ["a", "b"] and doc[0]["agent"] == "virtagent 0.1.0" and
              doc[1]["answers"] is False and "error" in doc[1], doc)
        vactl("list", "--names", env=env).expect(OK, out=b"a\nb\n")
        vactl("list", "--names", "--json", env=env).expect(OK, out=b'["a", "b"]\n')
    with guests() as env:
        vactl("list", "--json", env=env).expect(OK, out=b"[]\n")


@test
def every_guest_at_once():
    agents = [Agent() for _ in range(5)]
    with guests(*agents, Agent(send=lambda c, data, what: None)) as env:
        r = vactl("-t", "2", "--all", "--jobs", "3", "ping", env=env)
        check(r.code == TIMEOUT, r)
        lines = sorted(r.out.decode().splitlines())
        check(len(lines) == 5 and all(re.fullmatch(rf"{n}  reply from {n}: time=\S+ ms", line)
                                      for n, line in zip("abcde", lines)), r)
        check(re.fullmatch(rb"f  vactl: ping: timed out: [^\n]*\n", r.err), r)
        r = vactl("-t", "2", "--all", "--json", "ping", env=env)
        docs = {d["guest"]: d for d in map(json.loads, r.out.splitlines())}
        check(sorted(docs) == list("abcdef") and docs["a"]["exit"] == 0 and docs["a"]["document"]["answered"] == 1 and
              docs["f"]["exit"] == 4 and "timed out" in docs["f"]["error"] and r.code == TIMEOUT, docs)
    with guests(Agent(replies={"guest-get-fsinfo": b'{"return": [{"name": "a"}]}'})) as env:  # a list is a document, too
        doc = json.loads(vactl("--all", "--json", "df", env=env).expect(OK).out)
        check(doc == {"guest": "a", "exit": 0, "document": [{"name": "a"}]}, doc)
    with guests() as env:
        vactl("--all", "ping", env=env).expect(FAILED, "no guests were found")
        vactl("--all", "--jobs", "3", "list", env=env).expect(FAILED, "no guests were found")
    vactl("--all", "--jobs", "0", "ping").expect(USAGE, "from 1 to 256")
    vactl("--jobs", "3", "-s", "/none", "ping").expect(USAGE, "--jobs is for --all")
    vactl("-s", "/none", "ping", "--jobs", "3").expect(USAGE, "--jobs is for --all")


@test
def bound_of_what_a_guest_prints():
    """64 MiB of each of --all; past that it is stopped and said."""
    line = b"x" * 1023 + b"\n"
    for size, code in ((64 << 20, OK), ((64 << 20) + 400000, FAILED)):
        with guests(FileAgent({"/f": line * (size >> 10)})) as env, tempfile.TemporaryFile() as out:
            r = vactl("-t", "60", "--all", "cat", "/f", env=env, stdout=out)
            check(r.code == code and r.err == (b"" if code == OK else b"a  vactl: there is more than 64 MiB of output\n"), r)


@test
def two_on_one_socket():
    """The second one waits; in vain it says who is there."""
    with tempfile.TemporaryDirectory(prefix="vactl-lock-") as d:
        env = {"XDG_RUNTIME_DIR": d}
        started, go_on = threading.Event(), threading.Event()

        def slow(_):
            started.set()
            go_on.wait(PATIENCE)
            return b'{"return": 1}'
        with Agent(replies={"guest-x": slow}) as a:
            first = subprocess.Popen([harness.VACTL, "-t", "60", "-s", a.path, "raw", '{"execute":"guest-x"}'],
                                     stdout=subprocess.PIPE, env=environment(env))
            started.wait(PATIENCE)
            r = vactl("-t", "0.3", "ping", path=a.path, env=env)
            r.expect(TIMEOUT, f"another vactl (process {first.pid}) is using {a.path}")
            second = subprocess.Popen([harness.VACTL, "-t", "60", "-s", a.path, "ping", "-q"], env=environment(env))
            go_on.set()
            check(first.wait(PATIENCE) == OK and second.wait(PATIENCE) == OK, "both in turn")
            first.stdout.close()


@test
def no_place_for_a_lock():
    with tempfile.TemporaryDirectory() as d, Agent() as a:
        environ = {"XDG_RUNTIME_DIR": f"{d}/none"}
        if os.geteuid():
            vactl("ping", "-q", path=a.path, env=environ).expect(OK)
            return
        # root has a directory of its own: as somebody else, who may not be able to reach the build
        for directory in (d, a.path.parent):
            os.chmod(directory, 0o755)
        os.chmod(a.path, 0o666)
        program = Path(shutil.copy(harness.VACTL, d))
        for library in Path(harness.VACTL).parent.glob("src/client/*.so.?"):
            shutil.copy(library, d)
        p = subprocess.run([program, "-s", a.path, "ping", "-q"], env=environment({**environ, "LD_LIBRARY_PATH": d}),
                           capture_output=True, timeout=PATIENCE, user=65534, group=65534, extra_groups=[], cwd="/")
        check(p.returncode == OK and not p.stderr, p)

