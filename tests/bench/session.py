# SPDX-License-Identifier: MIT
"""What a measurement gets: the agents, how thorough to be, and a place to say how far it is."""
import sys
import time

SILENCE = 5  # seconds without a word where the output is not a terminal


class Session:
    def __init__(self, agents, quick=False):
        self.agents = agents  # those that are there: ours first
        self.quick = quick
        self.said = 0

    def rounds(self, full, quick, what):
        """Yields lists of the agents, one per round, in an order that turns round every time."""
        count = quick if self.quick else full
        for n in range(count):
            self.progress(f"{what}, round {n + 1} of {count}")
            yield self.agents if n % 2 == 0 else self.agents[::-1]
        self.progress("")

    def progress(self, text):
        if sys.stdout.isatty():
            print(f"\r\033[K  {text}" if text else "\r\033[K", end="", flush=True)
        elif text and time.monotonic() - self.said > SILENCE:
            print(f"  {text}", flush=True)
            self.said = time.monotonic()
