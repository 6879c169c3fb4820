# SPDX-License-Identifier: MIT
"""Many random clients for a while: afterwards the agent is as it was before."""

import base64
import json
import random
import threading
import time

import fence
import proctree
from cases import PATIENCE, Failed, case, check, same
from peer import OURS, AgentDied, request, sync, sync_reply

CLIENTS = 8
REQUESTS = 16000        # --polls of the runner
WARM_UP = 2000
PORTIONS = 8
GROWTH = 1 << 20
READS = ("guest-get-time", "guest-network-get-interfaces", "guest-network-get-route", "guest-get-cpustats",
         "guest-get-diskstats", "guest-get-load", "guest-get-osinfo", "guest-get-host-name", "guest-get-timezone",
         "guest-get-users", "guest-get-devices")

# What has no effect and still is not asked again and again without arguments.
LEFT_OUT = ("guest-sync", "guest-sync-delimited")


def polled(agent):
    """Every command that changes nothing and can do without arguments: the agent itself says which it has."""
    with agent.connect() as peer:
        names = [one["name"] for one in peer.call("guest-info")["supported_commands"]]
        known = fence.schema_commands()
        names = [name for name in names if not name.startswith(OURS) and name not in fence.machine_commands()
                 and not known.get(name, True) and name not in LEFT_OUT]
        return [name for name in names if can_be_called(peer, name)]


def can_be_called(peer, name):
    peer.ask(name)
    reply = json.loads(peer.line())
    return "return" in reply or "missing" not in reply["error"]["desc"]


def random_request(rng, number, names):
    kind = rng.random()
    if kind < 0.3:
        return request(rng.choice(names), None, number)
    if kind < 0.4:
        return request("guest-ping", None, number)
    if kind < 0.5:
        return request("front", {"n": number}, number)
    if kind < 0.7:
        return request("echo", {"data": "z" * rng.randrange(300)}, number)
    if kind < 0.73:
        return request("echo", {"data": "z" * rng.randrange(200000)}, number)
    if kind < 0.75:
        return request("big", {"size": rng.randrange(300000)}, number)
    if kind < 0.8:
        return request("error", {"text": "wanted"}, number)
    if kind < 0.85:
        return request("guest-info", None, number)
    if kind < 0.9:
        return request("no-such-command", None, number)
    if kind < 0.95:
        return request("front", {"n": "wrong"}, number)
    return request(rng.choice(READS), None, number)


def move_a_file(peer, rng, path):
    """Through a handle, in and out again."""
    data = rng.randbytes(rng.choice((10, 5000, 150000)))
    handle = peer.call("guest-file-open", {"path": path, "mode": "w+"})
    peer.ask("guest-file-write", {"handle": handle, "buf-b64": base64.b64encode(data).decode()})
    peer.ask("guest-file-seek", {"handle": handle, "offset": 0, "whence": 0})
    peer.ask("guest-file-read", {"handle": handle, "count": len(data) + 1})
    peer.ask("guest-file-flush", {"handle": handle})
    peer.ask("guest-file-close", {"handle": handle})
    replies = [json.loads(line) for line in peer.lines(5)]
    check(base64.b64decode(replies[2]["return"]["buf-b64"]) == data, "content of a file")
    same(replies[4], {"return": {}}, "reply of a close")


def run_a_program(peer):
    pid = peer.call("guest-exec", {"path": "/bin/true", "capture-output": True})["pid"]
    deadline = time.monotonic() + PATIENCE
    while not peer.call("guest-exec-status", {"pid": pid})["exited"]:
        check(time.monotonic() < deadline, "/bin/true does not end")
        time.sleep(0.002)


def converse(peer, rng, count, what):
    """Sends `count` requests in one go, most often reads the replies, and checks that they are in order."""
    if rng.random() < 0.03:
        move_a_file(peer, rng, what.path)
    if what.runs_programs and rng.random() < 0.01:
        run_a_program(peer)
    peer.push(b"".join(random_request(rng, number, what.names) for number in range(count)))
    if rng.random() < 0.15:
        return False
    numbers = [json.loads(line).get("id") for line in peer.lines(count)]
    same(numbers, list(range(count)), "ids of the replies")
    if rng.random() < 0.1:
        peer.push(b'{"execute": "guest-pi' + sync(count))
        peer.exactly(sync_reply(count), "sync")
    if rng.random() < 0.01:
        check("signal" in peer.error("crash"), "error of a crash")
    return rng.random() < 0.9


class Work:
    """What a client does besides the test commands."""

    def __init__(self, lab, names, runs_programs, number):
        self.names, self.runs_programs = names, runs_programs
        self.path = lab.path(f"soak{number}")


def client(agent, seed, total, what, failures):
    rng = random.Random(seed)
    done = 0
    try:
        while done < total:
            with agent.connect() as peer:
                stays = True
                while stays and done < total:
                    count = min(rng.choice((1, 1, 2, 5, 30)), total - done)
                    done += count
                    stays = converse(peer, rng, count, what)
    except (Failed, AgentDied, OSError, TimeoutError, ValueError, KeyError) as err:
        failures.append(f"client {seed}: {type(err).__name__}: {err}")


class Crowd:
    def __init__(self, lab, agent):
        self.agent = agent
        names = polled(agent)
        check(len(names) >= 3, f"only {names} can be polled")
        with agent.connect() as peer:
            runs_programs = "guest-exec" in {one["name"] for one in peer.call("guest-info")["supported_commands"]}
        self.works = [Work(lab, names, runs_programs, number) for number in range(CLIENTS)]

    def talk(self, seed, total):
        failures = []
        threads = [threading.Thread(target=client, args=(self.agent, seed + number, total // CLIENTS, work, failures))
                   for number, work in enumerate(self.works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        same(failures, [], "what clients complain about")
        self.agent.wait_workers(0)

    def memory(self):
        """When nothing goes on: what is kept for a while has gone."""
        def now():
            return sum(map(proctree.private, self.agent.tree()))

        sizes = [now()]
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            time.sleep(0.1)
            sizes.append(now())
        return min(sizes)


@case
def nothing_grows(lab):
    """`run --polls 1000000 soak` is the long one."""
    agent = lab.start("--worker-idle", "100")
    crowd = Crowd(lab, agent)
    crowd.talk(100, WARM_UP)
    sizes = [crowd.memory()]
    portions = PORTIONS if REQUESTS > 100000 else 1
    for number in range(portions):
        crowd.talk(1000 * (number + 1), REQUESTS // portions)
        agent.compare_fds()
        sizes.append(crowd.memory())
    check(lab.sanitized or sizes[-1] < sizes[0] + GROWTH, f"memory grew: {sizes} bytes")
    if portions > 1:
        print(f"memory after the warm-up and after each {REQUESTS // portions} requests, KiB:", *(size >> 10 for size in sizes),
              f"; {len(crowd.works[0].names)} commands polled: {' '.join(crowd.works[0].names)}")
    check(len(proctree.children(agent.pid)) == 1, "children of the front")
    agent.works()
