# SPDX-License-Identifier: MIT
"""Plays one case over a link: sends its bytes whole, byte by byte or in random pieces, and compares."""

import random

import transcript

QUIET = 0.03
SYNC = b'{"execute":"guest-sync-delimited","arguments":{"id":%d}}'
SYNC_REPLY = b'\xff{"return": %d}\n'
BYTEWISE_LIMIT = 20000


class Mismatch(Exception):
    pass


def first_difference(want, got):
    at = next((n for n, (a, b) in enumerate(zip(want, got)) if a != b), min(len(want), len(got)))
    start = max(0, at - 20)
    return (f"first difference at byte {at}: expected ...{transcript.escape(want[start:at + 30], 50)}\n"
            f"{' ' * 26}got      ...{transcript.escape(got[start:at + 30], 50)}")


class Player:
    def __init__(self, connect, seconds, keep_link=False):
        self.connect, self.seconds, self.keep_link = connect, seconds, keep_link
        self.sync_id = 1000000

    def play(self, case, mode, seed):
        """Raise Mismatch or AgentDied unless the agent answers as the case says."""
        link = self.connect()
        rng = random.Random(f"{seed}.{case.name}")
        seconds = self.seconds * (6 if "slow" in case.flags else 1)
        hung_up = False
        try:
            for kind, text in case.ops:
                if kind == "send":
                    self.send(link, transcript.to_bytes(text), mode, rng)
                elif kind == "reply":
                    self.expect(link, text, seconds)
                elif kind == "quiet":
                    self.expect_quiet(link, mode)
                elif kind == "hangup":
                    link.half_close()
                    hung_up = True
                elif kind == "reconnect":
                    link.close()
                    link = self.connect()
            self.finish(link, case, hung_up, seconds)
        finally:
            if not self.keep_link:
                link.close()

    def send(self, link, data, mode, rng):
        if mode == "bytewise":
            link.push_bytewise(data)
        elif mode == "chunks":
            most = rng.choice((3, 8, 40))
            cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(1, most)))
            for start, end in zip([0, *cuts], [*cuts, len(data)]):
                link.push(data[start:end])
                link.drain()
        else:
            link.push(data)

    def expect(self, link, text, seconds):
        parts = transcript.expand(text)
        lines = 1 + sum(part.count(b"\n") for part in parts if isinstance(part, bytes))
        got = link.take_lines(lines, seconds)
        if transcript.matches(text, got):
            return
        if not got:
            raise Mismatch(f"expected {transcript.show(text)}\n  got nothing within {seconds:g} s")
        note = ""
        if len(parts) == 1:
            note = "\n  " + first_difference(parts[0] + b"\n", got)
        raise Mismatch(f"expected {transcript.show(text)}\n  got      {transcript.escape(got)}{note}")

    @staticmethod
    def expect_quiet(link, mode):
        link.drain()
        got = link.take_quiet(QUIET if mode == "whole" else 0.001)
        if got:
            raise Mismatch(f"expected nothing here\n  got      {transcript.escape(got)}")

    def finish(self, link, case, hung_up, seconds):
        """Nothing more has come: the reply to a sync must be the very next bytes, or the end of the link."""
        if hung_up:
            got = link.take_to_end(seconds)
            if got is None:
                raise Mismatch("the agent did not close the link after the client's half")
            if got:
                raise Mismatch(f"expected nothing before the end\n  got      {transcript.escape(got)}")
            return
        self.sync_id += 1
        link.push((b"\xff" if "unfinished" in case.flags else b"") + SYNC % self.sync_id)
        want = SYNC_REPLY % self.sync_id
        got = link.take_lines(1, seconds)
        if got != want:
            got += link.take_quiet(0.05)
            raise Mismatch("after the case a sync must be answered and nothing else\n"
                           f"  expected {transcript.escape(want)}\n  got      {transcript.escape(got)}")

    def exchange(self, link, data, seed):
        """All replies to `data` as lines, whatever state it leaves the reader in."""
        rng = random.Random(seed)
        self.sync_id += 1
        self.send(link, data, "chunks", rng)
        link.push(b"\xff" + SYNC % self.sync_id)
        mark = SYNC_REPLY % self.sync_id
        got = link.take_until(mark, self.seconds)
        if got is None:
            raise Mismatch(f"sent     {transcript.escape(data, 2000)}\n  no answer to the sync within {self.seconds:g} s")
        return got[:-len(mark)].splitlines(keepends=True)


def modes_for(case):
    size = sum(len(transcript.to_bytes(text)) for text in case.sends()) if "slow" not in case.flags else 1 << 26
    modes = ["whole", "chunks"]
    if size <= BYTEWISE_LIMIT:
        modes.append("bytewise")
    if "sweep" in case.flags:
        modes.append("ff-sweep")
    return modes
