# SPDX-License-Identifier: MIT
"""Programs that are called around a freeze: which, in which order, and what they may not do to it."""
import time

from vm import case
from vm.freezing import (GUEST, MARK, TYPES, agent_with, assert_writable, await_no_guard, await_text, connect, is_frozen,
                         mount_all, refused, without_hope)

DIRECTORY = "/etc/virtagent/freeze.d"
LOG = "/run/hooks"


def hook(guest, name, body="", path=None):
    """A program that says in the log how it was called, and on what kind of guest."""
    path = path or f"{DIRECTORY}/{name}"
    guest.put(path, f"#!/bin/sh\necho \"{name} $1\" >>{LOG}\n{body}\n".encode())
    guest.sh(f"chmod 755 {path}")
    return path


def fresh(guest):
    mount_all(guest)
    guest.sh(f"rm -rf {DIRECTORY} {LOG}; mkdir -p {DIRECTORY}; : >{LOG}")


def called(guest):
    lines = guest.sh(f"cat {LOG}").splitlines()
    guest.sh(f": >{LOG}")
    return lines


@case(**GUEST)
def directory_in_order_and_back(guest):
    fresh(guest)
    hook(guest, "20-second", "[ $1 = freeze ] && echo x >/mnt/ext4/probe; :")  # not frozen yet, nor any more
    hook(guest, "10-first", "[ $1 = thaw ] && echo x >/mnt/ext4/probe; :")
    for leftover in ("30-old~", "30-old.bak", ".hidden", "30-old.dpkg-dist"):
        hook(guest, leftover)
    hook(guest, "40-foreign")
    hook(guest, "50-open")
    hook(guest, "60-not-executable")
    guest.sh(f"cd {DIRECTORY} && chown 1 40-foreign && chmod 777 50-open && chmod 644 60-not-executable && mkdir 70-directory")
    with agent_with(guest, ""), connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-freeze") == 3
        assert called(guest) == ["10-first freeze", "20-second freeze"]
        assert client.call("guest-fsfreeze-thaw") == 3
        assert called(guest) == ["20-second thaw", "10-first thaw"]
        # nothing selected: still each call is matched
        assert client.call("guest-fsfreeze-freeze-list", {"mountpoints": ["/nowhere"]}) == 0
        assert called(guest) == ["10-first freeze", "20-second freeze", "20-second thaw", "10-first thaw"]
        assert client.call("guest-fsfreeze-freeze-list", {"mountpoints": []}) == 0
        assert len(called(guest)) == 4
    log = guest.agent_log().decode()
    assert "40-foreign is not called: it does not belong to root" in log
    assert "50-open is not called: others than root can write it" in log


@case(**GUEST)
def one_program_and_no_directory(guest):
    fresh(guest)
    hook(guest, "10-directory")
    path = hook(guest, "single", path="/run/single")
    with agent_with(guest, f"-F{path}"), connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-thaw") == 0
        assert called(guest) == ["single thaw"]  # also when nothing is frozen, as the reference does
        assert client.call("guest-fsfreeze-freeze") == 3
        assert client.call("guest-fsfreeze-thaw") == 3
        assert called(guest) == ["single freeze", "single thaw"]
    with agent_with(guest, "-F/run/missing"), connect(guest) as client:
        client.sync()
        text = refused(client, "guest-fsfreeze-freeze")
        assert text == ("child process has failed to execute fsfreeze hook: failed to exec '/run/missing':"
                        " No such file or directory\n"), text
        assert client.call("guest-fsfreeze-status") == "thawed"


@case(**GUEST)
def one_that_fails(guest):
    fresh(guest)
    hook(guest, "10-first")
    path = hook(guest, "20-fails", "[ $1 = thaw ] || { echo boo; echo err >&2; exit 3; }")
    hook(guest, "30-never")
    with agent_with(guest, ""), connect(guest) as client:
        client.sync()
        text = refused(client, "guest-fsfreeze-freeze")
        assert text == f"{path}: child process has failed to execute fsfreeze hook: boo\nerr\n", text
        assert called(guest) == ["10-first freeze", "20-fails freeze", "20-fails thaw", "10-first thaw"]
        assert client.call("guest-fsfreeze-status") == "thawed"
    hook(guest, "20-fails", "[ $1 = freeze ] || { echo later; exit 1; }")
    with agent_with(guest, ""), connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-freeze") == 3
        assert "later" in refused(client, "guest-fsfreeze-thaw")  # all the same it is thawed
        assert client.call("guest-fsfreeze-status") == "thawed"
    assert_writable(guest, *(f"/mnt/{kind}" for kind in TYPES))


@case(**GUEST)
def those_that_leave_things_behind(guest):
    """A daemon that holds the output, and megabytes of it."""
    fresh(guest)
    hook(guest, "10-daemon", "sleep 1000 &")
    hook(guest, "20-spews", "head -c 3000000 /dev/zero | tr '\\0' x")
    with agent_with(guest, ""), connect(guest) as client:
        client.sync()
        started = time.monotonic()
        assert client.call("guest-fsfreeze-freeze") == 3
        assert client.call("guest-fsfreeze-thaw") == 3
        assert time.monotonic() - started < 60
    guest.sh("kill $(pidof sleep) 2>/dev/null; :")


@case(full=True, **GUEST)
def one_that_hangs(guest):
    fresh(guest)
    path = hook(guest, "10-hangs", "[ $1 = thaw ] || exec sleep 1000")
    with agent_with(guest, ""), connect(guest) as client:
        client.sync()
        text = refused(client, "guest-fsfreeze-freeze", timeout=90)
        assert text.startswith(f"{path}: child process has failed to execute fsfreeze hook: killed after 30000 ms"), text
        assert called(guest) == ["10-hangs freeze", "10-hangs thaw"]
        assert client.call("guest-fsfreeze-status") == "thawed"
    assert guest.shell("pidof sleep")[0] != 0


@case(full=True, **GUEST)
def cancelled_between_hooks(guest):
    """The hook that runs may end; the next one is not called; the thaw waits for that."""
    fresh(guest)
    hook(guest, "10-slow", "[ $1 = thaw ] || sleep 2")
    hook(guest, "20-never")
    with agent_with(guest, ""), connect(guest) as client:
        client.sync()
        client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
        await_text(guest, f"cat {LOG}", "10-slow freeze")
        client.send(b'{"execute":"guest-fsfreeze-thaw"}\n')
        assert b"the freeze was cancelled by a thaw" in client.line()
        assert b"return" in client.line()
        assert called(guest)[:2] == ["10-slow freeze", "10-slow thaw"]
        assert not is_frozen(guest, "/mnt/ext4")


@case(full=True, **GUEST)
def called_after_the_agent_is_gone(guest):
    """The guard calls them when it thaws for want of a successor."""
    fresh(guest)
    hook(guest, "10-first")
    hook(guest, "20-second")
    with agent_with(guest, ""):
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-freeze") == 3
        guest.kill_agent()
        await_text(guest, f"cat {LOG}", "10-first thaw", 90)
        assert called(guest) == ["10-first freeze", "20-second freeze", "20-second thaw", "10-first thaw"]


@case(**GUEST)
def called_after_the_agent_is_killed_in_a_hook(guest):
    """The one that runs may end; nothing is frozen; those that were called are called again, and no others."""
    fresh(guest)
    hook(guest, "10-first")
    hook(guest, "20-slow", "[ $1 = thaw ] || sleep 2")
    hook(guest, "30-never")
    with agent_with(guest, ""):
        with connect(guest) as client:
            client.sync()
            client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
            await_text(guest, f"cat {LOG}", "20-slow freeze")
            guest.kill_agent()
        await_text(guest, f"cat {LOG}", "10-first thaw")
        assert called(guest) == ["10-first freeze", "20-slow freeze", "20-slow thaw", "10-first thaw"]
        await_no_guard(guest)
        guest.start_agent()
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-status") == "thawed"


@case(full=True, **GUEST)
def called_after_the_agent_is_killed_in_a_thaw(guest):
    """An agent that cannot listen to its guard, and is killed behind the thaw: the guard calls them."""
    fresh(guest)
    hook(guest, "10-first")
    with agent_with(guest, "--freeze-timeout 2"):
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-freeze") == 3
        guest.sh(f"kill -STOP {guest.agent_pid}")
        await_text(guest, f"cat {MARK}", "state=thawed")
        assert called(guest) == ["10-first freeze"]
        guest.kill_agent()
        await_text(guest, f"cat {LOG}", "10-first thaw")
        await_no_guard(guest)
        assert called(guest) == ["10-first thaw"]


@case(full=True, **GUEST)
def called_by_a_thaw_of_the_administrator(guest):
    """With nobody else there who could."""
    fresh(guest)
    hook(guest, "10-first")
    with agent_with(guest, ""):
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-freeze") == 3
        without_hope(guest)
        assert guest.sh(f"{guest.agent.name} --thaw") == "3 filesystems thawed"
        await_text(guest, f"cat {LOG}", "10-first thaw")
        await_no_guard(guest)
        assert called(guest) == ["10-first freeze", "10-first thaw"]


@case(**GUEST)
def a_successor_calls_those_of_its_predecessor(guest):
    fresh(guest)
    hook(guest, "10-first")
    with agent_with(guest, ""):
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-freeze") == 3
        guest.kill_agent()
        hook(guest, "20-new")  # was not called before
        guest.start_agent()
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-thaw") == 3
        assert called(guest) == ["10-first freeze", "10-first thaw"]
    guest.sh(f"rm -rf {DIRECTORY}")
