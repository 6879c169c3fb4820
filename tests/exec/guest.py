# SPDX-License-Identifier: MIT
"""An agent as a host sees it that runs programs."""

import base64
import time

import cases
import proctree

PATIENCE = 60.0


def encode(data):
    return base64.b64encode(data).decode()


class Lab(cases.Lab):
    def __init__(self, agent, sanitized, full):
        super().__init__(agent, sanitized)
        self.full = full

    def host(self):
        return Host(self.start())

    def look_over(self):
        """No descriptor more than before; what the last program left may still be on its way."""
        for agent in self.daemons:
            if agent.ended or agent.uncounted:
                continue
            proctree.wait_for("descriptors of the front as before", PATIENCE, lambda one=agent: len(
                proctree.descriptors(one.pid)) - len(one.workers()) <= one.idle_fds)
            proctree.wait_for("descriptors of the zygote as before", PATIENCE, lambda one=agent: len(
                proctree.descriptors(one.zygote)) <= one.zygote_fds)
            agent.uncounted = True
        super().look_over()


class Host:
    """One connection to an agent."""

    def __init__(self, agent):
        self.agent = agent
        self.peer = agent.connect()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.close()

    def start(self, path, *arg, **more):
        """Process id. more: env, input (bytes), capture."""
        arguments = {"path": path}
        if arg:
            arguments["arg"] = list(arg)
        if "env" in more:
            arguments["env"] = more["env"]
        if "input" in more:
            arguments["input-data"] = encode(more["input"])
        if "capture" in more:
            arguments["capture-output"] = more["capture"]
        return self.peer.call("guest-exec", arguments)["pid"]

    def status(self, pid):
        return self.peer.call("guest-exec-status", {"pid": pid})

    def end(self, pid):
        """The status that tells the end, its data decoded, without `exited`."""
        deadline = time.monotonic() + PATIENCE
        pause = 0.0005
        while True:
            status = self.status(pid)
            if status["exited"]:
                break
            cases.same(status, {"exited": False}, "status of a program that runs")
            cases.check(time.monotonic() < deadline, f"program {pid} does not end")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)
        del status["exited"]
        return {key: base64.b64decode(value) if key.endswith("-data") else value for key, value in status.items()}

    def run(self, path, *arg, **more):
        return self.end(self.start(path, *arg, **more))

    def shell(self, script, **more):
        return self.run("sh", "-c", script, **more)

    def gone(self, pid):
        cases.same(self.peer.error("guest-exec-status", {"pid": pid}), f"PID {pid} does not exist", "a told end")
