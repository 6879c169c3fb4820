# SPDX-License-Identifier: MIT
"""Programs: how long one takes from the request to its status, and how fast output and input go.

Only /bin/true, /bin/cat, head and sleep 0 run, as nobody. The status is asked for again and again without a pause, as
fast clients do. The floor does not know these commands: there is no row for it. qemu-ga needs so long for
megabytes that it gets fewer rounds; that is how it is used too.
"""
import base64
import json
import socket
import time
from dataclasses import replace

from bench import Goal, Row, Samples, measurement

COMMANDS = {"guest-exec", "guest-exec-status"}
PROGRAMS = {("/bin/true",), ("/bin/cat",), ("/bin/sleep", "0"), ("/usr/bin/head", "-c", "12000000", "/dev/zero")}

TRIP = Row("exec and status of /bin/true", "µs", Goal(at_most=1.25, of="qemu-ga"), digits=0)
OUTPUT = Row("exec, 12 MB captured output", "ms", Goal(at_most=1.0, of="qemu-ga"), digits=0)
MANY = Row("exec, 100 programs at once", "ms", Goal(at_most=1.25, of="qemu-ga"), digits=1)
INPUT = Row("exec, 8 MB of input", "ms", Goal(at_most=1.0, of="qemu-ga"), digits=0)


def with_exec(agent):
    if agent.name == "ours":
        return replace(agent, arguments=[*agent.arguments, "-t", "{dir}"])
    arguments = list(agent.arguments)
    at = arguments.index("-b") + 1
    arguments[at] = ",".join(name for name in arguments[at].split(",") if name not in COMMANDS)
    return replace(agent, arguments=arguments)


class Client:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(str(path))
        self.rest = b""

    def reply(self):
        pieces = [self.rest]
        while b"\n" not in pieces[-1]:
            pieces.append(self.sock.recv(1 << 20))
            if not pieces[-1]:
                raise ConnectionError("the agent closed the connection")
        line, self.rest = b"".join(pieces).split(b"\n", 1)
        return json.loads(line)["return"]

    def start_line(self, path, *arg, capture=False, data=None):
        assert (path, *arg) in PROGRAMS, "only harmless programs are run here"
        arguments = {"path": path, "arg": list(arg), "capture-output": capture}
        if data is not None:
            arguments["input-data"] = data
        return json.dumps({"execute": "guest-exec", "arguments": arguments}).encode() + b"\n"

    def end(self, pid):
        request = json.dumps({"execute": "guest-exec-status", "arguments": {"pid": pid}}).encode() + b"\n"
        while True:
            self.sock.sendall(request)
            status = self.reply()
            if status["exited"]:
                return status

    def run(self, line):
        self.sock.sendall(line)
        return self.end(self.reply()["pid"])


def measure(session, row, rounds, what, work, unit):
    samples = Samples()
    agents = [with_exec(agent) for agent in session.agents if agent.name in ("ours", "qemu-ga")]
    session = type(session)(agents, session.quick)
    for order in session.rounds(*rounds, what):
        for agent in order:
            with agent.running() as running:
                client = Client(running.sock)
                client.run(client.start_line("/bin/true"))
                begun = time.perf_counter()
                count = work(client)
                samples.add(agent.name, (time.perf_counter() - begun) / count * unit)
                client.sock.close()
    return {row.name: samples}


@measurement(TRIP)
def trips(session):
    def work(client):
        line = client.start_line("/bin/true")
        for _ in range(100):
            client.run(line)
        return 100
    return measure(session, TRIP, (12, 4), "100 times /bin/true", work, 1e6)


@measurement(OUTPUT)
def output(session):
    def work(client):
        status = client.run(client.start_line("/usr/bin/head", "-c", "12000000", "/dev/zero", capture=True))
        assert len(status["out-data"]) == 16000000, "output is missing"
        return 1
    return measure(session, OUTPUT, (8, 3), "12 MB of output", work, 1e3)


@measurement(MANY)
def many(session):
    def work(client):
        client.sock.sendall(client.start_line("/bin/sleep", "0", capture=True) * 100)
        pids = [client.reply()["pid"] for _ in range(100)]
        for pid in pids:
            client.end(pid)
        return 1
    return measure(session, MANY, (8, 3), "100 programs", work, 1e3)


@measurement(INPUT)
def given(session):
    data = base64.b64encode(bytes(8 << 20)).decode()

    def work(client):
        client.run(client.start_line("/bin/cat", data=data))
        return 1
    return measure(session, INPUT, (8, 3), "8 MB of input", work, 1e3)
