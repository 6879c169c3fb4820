# SPDX-License-Identifier: MIT
"""The cases, what they may say, and how a topic module adds one: a function of one argument, the Lab."""

import os
import shutil
import tempfile

import daemon

CASES = []

# Every deadline of the suite. Nothing here measures how fast something is: a deadline only ends a test that hangs.
PATIENCE = 20.0


class Failed(AssertionError):
    """What was expected did not happen."""


class Skipped(Exception):
    """This machine, or this build, cannot run the case; the text says why."""


def case(function):
    """Marks a function as a case; its name is <module>.<function>."""
    CASES.append((f"{function.__module__}.{function.__name__}", function))
    return function


def shorten(value, limit=300):
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit // 2]} ... {text[-limit // 2:]} ({len(value)} long)"


def check(condition, text):
    if not condition:
        raise Failed(text)


def same(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}:\n    wanted {shorten(wanted)}\n    got    {shorten(got)}")


class Lab:
    """What a case works with: a folder of its own, and agents that are ended and looked over afterwards."""

    def __init__(self, agent, sanitized):
        self.agent, self.sanitized = agent, sanitized
        self.dir = tempfile.mkdtemp(prefix="virtagent-p-")
        self.daemons = []

    def path(self, name):
        return os.path.join(self.dir, name)

    def start(self, *options, **how):
        """An agent that listens on a socket and has answered; see daemon.Daemon."""
        one = daemon.Daemon(self, options, **how)
        self.daemons.append(one)
        one.wait_ready()
        return one

    def needs_memory_figures(self):
        """Leaves the case when this build's memory says nothing about the product's."""
        if self.sanitized:
            raise Skipped("memory use of a sanitizer build means nothing")

    def look_over(self):
        """What every case ends with: no descriptor lost, a clean end, nothing from a sanitizer."""
        for one in self.daemons:
            one.look_over()

    def clean(self):
        for one in self.daemons:
            one.destroy()
        shutil.rmtree(self.dir, ignore_errors=True)
