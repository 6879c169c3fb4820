# SPDX-License-Identifier: MIT
"""Requests and replies of every size: through messages, memory that is handed over, and the ring, byte for byte."""

import json
import random
import time

import proctree
from cases import PATIENCE, case, check, same
from peer import request, returned, sync, sync_reply

KIB, MIB = 1 << 10, 1 << 20
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
ENVELOPE = len(request("echo", {"data": ""}))
ARGUMENTS = len('{"data":""}')
VALUE = len('{"data": ""}')


def text(rng, size):
    """Letters that do not repeat with any power of two."""
    return rng.randbytes(size).translate(LETTERS * 4).decode()


def echo_all(peer, strings):
    """Sends all requests at once and compares the replies."""
    peer.push(b"".join(request("echo", {"data": string}, number) for number, string in enumerate(strings)))
    for number, string in enumerate(strings):
        same(peer.line(), returned({"data": string}, number), f"echo of {len(string)} bytes")


def sizes_around(limit, reach, step):
    """Sizes of the string with which the string, its value, its arguments or the request crosses the limit."""
    for overhead in (0, ARGUMENTS, VALUE, ENVELOPE):
        yield from (limit - overhead + more for more in range(-reach, reach + 1, step))


@case
def around_the_small_limits(lab):
    agent, rng = lab.start(), random.Random(1)
    with agent.connect() as peer:
        for limit in (4 * KIB, 16 * KIB, 32 * KIB, 64 * KIB):
            echo_all(peer, [text(rng, size) for size in sorted(set(sizes_around(limit, 4, 1)))])


@case
def around_the_large_limits(lab):
    agent, rng = lab.start(), random.Random(2)
    with agent.connect() as peer:
        for limit in (256 * KIB, MIB, 2 * MIB, 4 * MIB):
            for size in sorted(set(sizes_around(limit, 1, 1))):
                echo_all(peer, [text(rng, size)])


@case
def the_smallest(lab):
    agent = lab.start()
    with agent.connect() as peer:
        for string in ("", "x", "\x01", "\n", '"', "\\", "\x7f", "\u00e9", "\U0001f600"):
            same(peer.call("echo", {"data": string}), {"data": string}, "echo")
        same(peer.call("big", {"size": 0}), {"data": ""}, "nothing")


@case
def replies_of_every_order_of_magnitude(lab):
    agent = lab.start()
    with agent.connect() as peer:
        for size in (1, KIB, 16 * KIB - VALUE, 16 * KIB - VALUE + 1, 2 * MIB - VALUE, 2 * MIB - VALUE + 1, 48 * MIB,
                     64 * MIB):
            peer.ask("big", {"size": size}, size)
            peer.exactly(returned({"data": "x" * size}, size), f"reply of {size} letters")


@case
def there_and_back(lab):
    agent, rng = lab.start(), random.Random(3)
    with agent.connect() as peer:
        echo_all(peer, [text(rng, 40 * MIB)])


@case
def escapes_inside_large_strings(lab):
    agent, rng = lab.start(), random.Random(4)
    pieces = ["\x01", "\n", '"', "\\", "/", "\x7f", "\u20ac", "\U0001f600", "\ufffd", "plain letters " * 9]
    with agent.connect() as peer:
        for size in (1000, 9000, 30000, 140000):
            string = "".join(rng.choices(pieces, k=size))
            for ascii_only in (True, False):
                sent = json.dumps({"execute": "__org.virtagent_test-echo", "arguments": {"data": string}},
                                  ensure_ascii=ascii_only)
                peer.push(sent.encode())
                reply = peer.line()
                check(reply.isascii(), "the reply is not ASCII")
                same(json.loads(reply), {"return": {"data": string}}, f"echo of {len(sent)} bytes with escapes")


@case
def a_large_id_and_large_arguments(lab):
    agent, rng = lab.start(), random.Random(5)
    with agent.connect() as peer:
        for size in (10 * KIB, 100 * KIB, 900 * KIB):
            tag, string = text(rng, size), text(rng, size + 7)
            peer.push(request("echo", {"data": string}, tag))
            same(peer.line(), returned({"data": string}, tag), "reply with a large id")


@case
def several_large_requests_in_a_row(lab):
    agent, rng = lab.start(), random.Random(6)
    with agent.connect() as peer:
        echo_all(peer, [text(rng, rng.choice((10, 20 * KIB, 70 * KIB, 300 * KIB, 1500 * KIB, 3 * MIB)))
                        for _ in range(30)])


@case
def large_requests_from_several_clients(lab):
    agent, rng = lab.start(), random.Random(7)
    peers = [agent.connect() for _ in range(6)]
    strings = [text(rng, 3 * MIB + number) for number in range(len(peers))]
    wholes = [memoryview(request("echo", {"data": string})) for string in strings]
    while any(wholes):
        for number, peer in enumerate(peers):
            piece = rng.randrange(1, 200000)
            peer.push(wholes[number][:piece])
            wholes[number] = wholes[number][piece:]
    for peer, string in zip(peers, strings):
        same(peer.line(), returned({"data": string}), "echo")
        peer.close()


@case
def requests_cut_at_random(lab):
    agent, rng = lab.start(), random.Random(8)
    with agent.connect() as peer:
        for most in (3, 50, 5000, 100000):
            strings = [text(rng, rng.randrange(most * 20)) for _ in range(5)]
            data = b" ".join(request("echo", {"data": string}, number) for number, string in enumerate(strings))
            while data:
                cut = rng.randrange(1, most + 1)
                peer.push(data[:cut])
                data = data[cut:]
                if rng.random() < 0.02:
                    time.sleep(0.002)
            for number, string in enumerate(strings):
                same(peer.line(), returned({"data": string}, number), "echo")


@case
def a_large_request_after_a_reset(lab):
    agent, rng = lab.start(), random.Random(9)
    with agent.connect() as peer:
        for size in (100, 100 * KIB, 3 * MIB):
            whole = request("echo", {"data": text(rng, size)})
            peer.push(whole[:-3] + sync(size))
            peer.exactly(sync_reply(size), "the sync behind a request that 0xFF cut off")
            echo_all(peer, [text(rng, size)])


@case
def unused_memory_is_given_back(lab):
    agent, rng = lab.start("--worker-idle", "50"), random.Random(10)
    with agent.connect() as peer:
        echo_all(peer, [text(rng, MIB)])
        agent.wait_workers(0)
        before = agent.memory()
        echo_all(peer, [text(rng, 20 * MIB)])
        agent.wait_workers(0)
        # not at once: the next large request may come soon. A sanitizer keeps what is freed: its figures mean nothing
        proctree.wait_for(f"memory goes back to {before} bytes", PATIENCE,
                          lambda: lab.sanitized or agent.memory() < before + 2 * MIB)
