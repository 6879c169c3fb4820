# SPDX-License-Identifier: MIT
"""What a case works with: agents, hosts, a folder for files, and the packaged qemu-ga where a case wants both."""

import os
import random

import cases
import host
import oracle
import pair


class Lab(cases.Lab):
    def __init__(self, agent, sanitized, seed, name):
        super().__init__(agent, sanitized)
        self.rng = random.Random(f"{seed}.{name}")
        self.files = self.path("files")
        os.mkdir(self.files)
        self.closing = []

    def file(self, name, data=None):
        """A path in the folder of the case; with data, a file there."""
        path = os.path.join(self.files, name)
        if data is not None:
            with open(path, "wb") as new:
                new.write(data)
        return path

    def start(self, *options, **how):
        """A first file is opened and closed before descriptors are counted: what stays open after that is meant to."""
        agent = super().start(*options, **how)
        with self.host(agent) as first:
            first.works()
            workers = None
            while not agent.uncounted and workers != len(agent.workers()):  # idle ones may end meanwhile
                workers = len(agent.workers())
                agent.count_fds()
                agent.idle_fds -= workers
        return agent

    def host(self, agent, devices=()):
        return host.Host(agent, self.files, devices)

    def both(self, flushed=True):
        """Our agent and the reference side by side; see pair.Pair."""
        agent = self.start()
        ours = pair.Side(self.host(agent), self.files)
        try:
            reference = oracle.Oracle()
        except oracle.Unavailable as err:
            raise cases.Skipped(f"the packaged qemu-ga cannot be had: {err}") from err
        self.closing.append(reference)
        both = pair.Pair(ours, pair.Side(reference, reference.files), flushed)
        self.closing.append(ours.link)
        return both

    def look_over(self):
        self.close_links()
        super().look_over()

    def close_links(self):
        while self.closing:
            self.closing.pop().close()

    def clean(self):
        self.close_links()
        super().clean()
