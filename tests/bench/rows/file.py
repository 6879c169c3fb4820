# SPDX-License-Identifier: MIT
"""Files: how fast they go out and in, in pieces of every size, and what memory the largest take.

Megabytes (10^6) of file data per second; the file is on a tmpfs. One request is sent after the reply to the one
before, as all clients do. The floor moves the same bytes through the same kind of socket with one pass of the agent's
base64 in between, and touches no file (filefloor.c).
"""
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from vm import Guest

from bench import Goal, Row, Samples, Unmeasured, measurement
from bench.agents import Agent
from bench.programs import TOP, Client, ProgramError, program

TESTS = Path(__file__).resolve().parents[2]
sys.path.append(str(TESTS / "files"))
import fence  # noqa: E402  (the path has to be set first)
import footprint  # noqa: E402

KIB, MIB = 1 << 10, 1 << 20
TMPFS = "/dev/shm"
COMMANDS = {"guest-file-" + name for name in ("open", "close", "read", "write", "seek", "flush")}
SOURCES = ["base/b64.c", *(["base/b64_avx2.c", "base/b64_ssse3.c", "base/b64_x86.c"] if platform.machine() == "x86_64"
                           else ["base/b64_none.c"])]     # as src/meson.build chooses

FLOOR = Goal(at_least=0.7, of="floor")
LARGEST_WRITE = 48 * MIB - 192      # more does not fit into a request


@dataclass(frozen=True)
class Size:
    bytes: int
    name: str
    pieces: int     # of one sample
    of_qemu: int    # of one sample of qemu-ga, which takes many times as long


SIZES = (Size(4 * KIB, "4 KiB", 2000, 500), Size(64 * KIB, "64 KiB", 500, 50), Size(MIB, "1 MiB", 48, 6),
         Size(16 * MIB, "16 MiB", 4, 1), Size(48 * MIB, "48 MiB", 2, 1))
SMALLEST, SMALL, MIDDLE, LARGE, LARGEST = SIZES


def rows_of(verb, sizes, judged):
    """Rows by size; the design has goals for some."""
    return {size: Row(f"file {verb}, {size.name}", "MB/s", FLOOR if size in judged else None, digits=0) for size in sizes}


READS = rows_of("read", SIZES, (MIDDLE, LARGEST))
WRITES = rows_of("write", SIZES[:-1], (SMALL, MIDDLE, LARGE))
FILE_BYTES = 97 * MIB   # beyond the end of the longest sample: no read runs into it

READ_PEAK = Row("file read, 48 MiB: peak memory", "MB", Goal(at_most=10))
WRITE_PEAK = Row("file write, 48 MiB: peak memory", "MB", Goal(at_most=72))

VM_READ = Row("file read in the VM: 64 MiB", "MB/s")
VM_WRITE = Row("file write in the VM: 64 MiB", "MB/s")
VM_BYTES, VM_PIECE = 64 * MIB, MIB

CP_IN = Row("vactl cp into the guest, 256 MiB", "MB/s", digits=0)
CP_OUT = Row("vactl cp out of the guest, 256 MiB", "MB/s", digits=0)
CP_BYTES = 256 * MIB
FRESH = {"read": "r", "write": "w"}
CP_GOAL = Goal(at_least=0.9, of="floor")
CP_WRITE = Row("vactl cp beside file write, 1 MiB", "MB/s", CP_GOAL, digits=0)
CP_READ = Row("vactl cp beside file read, 1 MiB", "MB/s", CP_GOAL, digits=0)
CP_BOTH = Row("vactl cp with verification beside write and read", "MB/s", CP_GOAL, digits=0)
VM_CP_READ = Row("vactl cp beside file read in the VM: 64 MiB", "MB/s", CP_GOAL)
VM_CP_WRITE = Row("vactl cp beside file write in the VM: 64 MiB", "MB/s", CP_GOAL)


def with_files(agent):
    """The same agent with guest-file-* allowed; the floor is another program."""
    if agent.name == "floor":
        return Agent("floor", program("filefloor", *SOURCES), ["{sock}"])
    if agent.name == "ours":
        return replace(agent, arguments=[*agent.arguments, "-t", "{dir}"])
    arguments = list(agent.arguments)
    at = arguments.index("-b") + 1
    arguments[at] = ",".join(name for name in arguments[at].split(",") if name not in COMMANDS)
    return replace(agent, arguments=arguments)


@contextmanager
def folder():
    """For files that an agent without rights shall write."""
    if not os.access(TMPFS, os.W_OK):
        raise Unmeasured(f"no {TMPFS}")
    path = tempfile.mkdtemp(prefix="virtagent-b-", dir=TMPFS)
    try:
        os.chmod(path, 0o777)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def call(sock, command, arguments):
    """One request over a connection of its own: qemu-ga serves one client at a time."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(20)
        link.connect(str(sock))
        link.sendall(fence.check(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n"))
        reply = b""
        while not reply.endswith(b"\n"):
            piece = link.recv(65536)
            if not piece:
                raise ProgramError(f"{command}: the agent closed the connection")
            reply += piece
    value = json.loads(reply)
    if "return" not in value:
        raise ProgramError(f"{command}: {reply.decode()}")
    return value["return"]


def handle_of(agent, sock, path):
    return 0 if agent.name == "floor" else call(sock, "guest-file-open", {"path": path, "mode": "r+"})


class Peers:
    """All agents with the same file open, each with one of its own, and a client connected to each."""

    def __init__(self, session):
        self.agents = [with_files(agent) for agent in session.agents]

    def __enter__(self):
        with ExitStack() as stack:
            place = stack.enter_context(folder())
            self.instances, self.handles = {}, {}
            for agent in self.agents:
                path = os.path.join(place, agent.name)
                if agent.name != "floor":
                    with open(path, "wb") as file:
                        for _ in range(FILE_BYTES // MIB):
                            file.write(os.urandom(MIB))
                    os.chmod(path, 0o666)
                instance = stack.enter_context(agent.running())
                self.instances[agent.name] = instance
                self.handles[agent.name] = handle_of(agent, instance.sock, path)
            self.names = list(self.instances)
            self.client = stack.enter_context(Client([i.sock for i in self.instances.values()]))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def move(self, verb, name, pieces, size):
        """Nanoseconds for so many pieces from the start of the file."""
        return self.client.ask(verb, self.names.index(name), f"{pieces} {size} {self.handles[name]}")


def speeds(session, verb, rows):
    """MB/s of every size in `rows`."""
    samples = {row.name: Samples() for row in rows.values()}
    with Peers(session) as peers:
        for size, row in rows.items():
            for name in peers.names:
                peers.move(verb, name, 1, size.bytes)
            for order in session.rounds(15, 4, f"{verb}s of {size.name}"):
                for agent in order:
                    pieces = size.of_qemu if agent.name == "qemu-ga" else size.pieces
                    took = peers.move(verb, agent.name, pieces, size.bytes)
                    samples[row.name].add(agent.name, pieces * size.bytes * 1000 / took)
    return samples


@measurement(*READS.values())
def reads(session):
    return speeds(session, "read", READS)


@measurement(*WRITES.values())
def writes(session):
    return speeds(session, "write", WRITES)


def peaks(session, verb, size):
    samples = Samples()
    with Peers(session) as peers:
        names = [name for name in peers.names if name != "floor"]
        for order in session.rounds(4, 2, f"memory of a {verb} of 48 MiB"):
            for name in (agent.name for agent in order if agent.name in names):
                with footprint.peak(peers.instances[name].process.pid) as peak:
                    for _ in range(4):
                        peers.move(verb, name, 1, size)
                if peak.samples < 5:
                    raise Unmeasured("too few looks at the memory")
                samples.add(name, peak.bytes / 1e6)
    return samples


def needs_root():
    if os.geteuid():
        raise Unmeasured("needs root: an agent that handles passwords hides its memory from others")


@measurement(READ_PEAK)
def peak_of_reads(session):
    needs_root()
    return {READ_PEAK.name: peaks(session, "read", 48 * MIB)}


@measurement(WRITE_PEAK)
def peak_of_writes(session):
    needs_root()
    return {WRITE_PEAK.name: peaks(session, "write", LARGEST_WRITE)}


def vactl():
    path = TOP / "build" / "vactl"
    done = subprocess.run([path, "cp", "--help"], capture_output=True, check=False) if path.is_file() else None
    if done is None or done.returncode:
        raise Unmeasured("there is no vactl cp yet")
    return str(path)


def copy_speed(sock, source, target, *options, bytes_=CP_BYTES):
    begun = time.monotonic()
    done = subprocess.run([vactl(), "-q", "-s", sock, "-t", "60", "cp", *options, source, target], capture_output=True,
                          text=True, check=False)
    took = time.monotonic() - begun
    if done.returncode:
        raise ProgramError(f"vactl cp: status {done.returncode}: {done.stderr.strip()}")
    return bytes_ / 1e6 / took


@measurement(CP_IN, CP_OUT)
def copies(session):
    """End to end, start of the program, verification and all; with the stock agent, too."""
    inward, outward = Samples(), Samples()
    vactl()
    with folder() as place, ExitStack() as stack:
        here = os.path.join(place, "here")
        with open(here, "wb") as file:
            for _ in range(CP_BYTES // MIB):
                file.write(os.urandom(MIB))
        agents = [with_files(agent) for agent in session.agents if agent.name != "floor"]
        socks = {agent.name: stack.enter_context(agent.running()).sock for agent in agents}
        for order in session.rounds(4, 1, "copies with vactl"):
            for name in (agent.name for agent in order if agent.name in socks):
                there = os.path.join(place, name)
                inward.add(name, copy_speed(socks[name], here, f":{there}"))
                outward.add(name, copy_speed(socks[name], f":{there}", os.path.join(place, "back")))
    return {CP_IN.name: inward, CP_OUT.name: outward}


def command_speed(sock, path, verb):
    """What the requests reach by themselves: a client that neither encodes nor decodes nor has a file. What is written
    is a new file, as in a copy."""
    handle = call(sock, "guest-file-open", {"path": path, "mode": FRESH[verb]})
    with Client([sock]) as client:
        took = client.ask(verb, 0, f"{CP_BYTES // MIB} {MIB} {handle}")
    call(sock, "guest-file-close", {"handle": handle})
    return CP_BYTES * 1000 / took


@measurement(CP_WRITE, CP_READ, CP_BOTH)
def copies_beside_commands(session):
    """The same requests to the same agent from a client that does nothing else: as the floor."""
    rows = {row.name: Samples() for row in (CP_WRITE, CP_READ, CP_BOTH)}
    vactl()
    with folder() as place, with_files(session.agents[0]).running() as agent:
        here, there = os.path.join(place, "here"), os.path.join(place, "there")
        for path in (here, there):
            with open(path, "wb") as file:
                for _ in range(CP_BYTES // MIB):
                    file.write(os.urandom(MIB))
            os.chmod(path, 0o666)
        for _ in session.rounds(5, 2, "copies beside commands"):
            write, read = (command_speed(agent.sock, there, verb) for verb in ("write", "read"))
            for row, floor, source, target, options in (
                    (CP_WRITE, write, here, f":{there}", ["--no-verify"]),
                    (CP_READ, read, f":{there}", os.path.join(place, "back"), ["--no-verify"]),
                    (CP_BOTH, 1 / (1 / write + 1 / read), here, f":{there}", [])):
                rows[row.name].add("ours", copy_speed(agent.sock, source, target, *options))
                rows[row.name].add("floor", floor)
    return rows


@measurement(VM_CP_READ, VM_CP_WRITE, in_vm=True)
def copies_in_the_vm(session):
    rows = {row.name: Samples() for row in (VM_CP_READ, VM_CP_WRITE)}
    ours = with_files(session.agents[0])
    session.progress("a guest boots")
    with folder() as place, Guest(agent=ours.program, memory="512M") as guest:
        guest.sh(f"head -c {VM_BYTES} /dev/zero >/dev/shm/file")
        here = os.path.join(place, "here")
        with open(here, "wb") as file:
            file.write(os.urandom(VM_BYTES))
        for _ in session.rounds(3, 1, "copies in the VM"):
            for row, verb, source, target in ((VM_CP_READ, "read", ":/dev/shm/file", os.path.join(place, "back")),
                                              (VM_CP_WRITE, "write", here, ":/dev/shm/file")):
                rows[row.name].add("floor", vm_speed(guest, ours, verb, FRESH[verb]))
                guest.start_agent("-m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0",
                                  ours.program.rpartition("/")[2])
                # one piece before the clock runs, as there: a worker has to be started, its memory made
                piece = os.path.join(place, "piece")
                with open(piece, "wb") as file:
                    file.write(os.urandom(VM_PIECE))
                copy_speed(guest.agent_socket, piece, ":/dev/shm/piece", "--no-verify")
                copy_speed(guest.agent_socket, ":/dev/shm/piece", piece, "--no-verify")
                rows[row.name].add("ours", copy_speed(guest.agent_socket, source, target, "--no-verify",
                                                      bytes_=VM_BYTES))
                guest.kill_agent()
    return rows


@measurement(VM_READ, VM_WRITE, in_vm=True)
def in_the_vm(session):
    """Over virtio-serial: QEMU emulates processor and device, which bounds all three alike."""
    samples = {VM_READ.name: Samples(), VM_WRITE.name: Samples()}
    agents = {agent.name: with_files(agent) for agent in session.agents}
    programs = [agent.program for agent in agents.values()]
    session.progress("a guest boots")
    with Guest(agent=programs[0], programs=programs[1:], memory="512M") as guest:
        guest.sh("head -c 70000000 /dev/zero >/dev/shm/file")
        for order in session.rounds(3, 1, "files in the VM"):
            for agent in order:
                for row, verb in ((VM_READ, "read"), (VM_WRITE, "write")):
                    samples[row.name].add(agent.name, vm_speed(guest, agents[agent.name], verb))
    return samples


def vm_speed(guest, agent, verb, mode="r+"):
    port = "/dev/virtio-ports/org.qemu.guest_agent.0"
    # not verbose: qemu-ga would log every byte
    arguments = port if agent.name == "floor" else f"-m virtio-serial -p {port}"
    guest.start_agent(arguments, agent.program.rpartition("/")[2])
    handle = 0
    if agent.name != "floor":
        with guest.client() as host:
            host.sync(timeout=30)
            handle = host.call("guest-file-open", {"path": "/dev/shm/file", "mode": mode})
    time.sleep(0.2)
    with Client([guest.agent_socket]) as client:
        client.ask(verb, 0, f"1 {VM_PIECE} {handle}")
        took = client.ask(verb, 0, f"{VM_BYTES // VM_PIECE} {VM_PIECE} {handle}")
    guest.kill_agent()
    return VM_BYTES * 1000 / took
