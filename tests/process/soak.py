# SPDX-License-Identifier: MIT
"""Many random clients for a while: afterwards the agent is as it was before."""

import json
import random
import threading

from cases import Failed, case, check, same
from peer import AgentDied, request, sync, sync_reply

CLIENTS = 8
REQUESTS = 20000
WARM_UP = 2000
GROWTH = 1 << 20


def random_request(rng, number):
    kind = rng.random()
    if kind < 0.35:
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
    return request("guest-get-time", None, number)


def converse(peer, rng, count):
    """Sends `count` requests in one go, most often reads the replies, and checks that they are in order."""
    peer.push(b"".join(random_request(rng, number) for number in range(count)))
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


def client(agent, seed, total, failures):
    rng = random.Random(seed)
    done = 0
    try:
        while done < total:
            with agent.connect() as peer:
                stays = True
                while stays and done < total:
                    count = min(rng.choice((1, 1, 2, 5, 30)), total - done)
                    done += count
                    stays = converse(peer, rng, count)
    except (Failed, AgentDied, OSError, TimeoutError, ValueError) as err:
        failures.append(f"client {seed}: {type(err).__name__}: {err}")


def crowd(agent, seed, total):
    failures = []
    threads = [threading.Thread(target=client, args=(agent, seed + number, total // CLIENTS, failures))
               for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(failures, [], "what clients complain about")
    agent.wait_workers(0)


@case
def nothing_grows(lab):
    agent = lab.start("--worker-idle", "100")
    crowd(agent, 100, WARM_UP)
    before = agent.memory()
    crowd(agent, 200, REQUESTS)
    agent.compare_fds()
    after = agent.memory()
    check(lab.sanitized or after < before + GROWTH, f"memory grew from {before} to {after} bytes")
    agent.works()
