# SPDX-License-Identifier: MIT
"""Freezes in which something is lost: the agent, its guard, the host, a disk, the time. Whatever it is, nothing stays
frozen past the deadline."""
import time

from vm import Disk, case, layers
from vm.freezing import (FROZEN, GUEST, MARK, TYPES, Writers, agent_refused, agent_with, agent_on_odd_kernel,
                         assert_writable, await_no_guard, await_text, connect, guard_pid, is_frozen, mount_all, refused,
                         without_hope)

PLACES = [f"/mnt/{kind}" for kind in TYPES]
AUTOMATIC = "filesystems were thawed automatically after "


def await_status(client, status, seconds=60):
    until = time.monotonic() + seconds
    while client.call("guest-fsfreeze-status") != status:
        assert time.monotonic() < until, f"the status does not become {status}"
        time.sleep(0.1)


def freeze(client, n=3):
    client.sync()
    assert client.call("guest-fsfreeze-freeze") == n


@case(**GUEST)
def deadline(guest):
    mount_all(guest)
    with agent_with(guest, "--freeze-timeout 2"), connect(guest) as client:
        freeze(client)
        await_status(client, "thawed")
        assert_writable(guest, *PLACES)
        text = refused(client, "guest-fsfreeze-thaw")
        assert text.startswith(AUTOMATIC + "2 s; ") and text.endswith("the snapshot may be inconsistent"), text
        assert client.call("guest-fsfreeze-thaw") == 0
        freeze(client)  # and the next one is a new one
        assert client.call("guest-fsfreeze-thaw") == 3


@case(**GUEST)
def agent_killed_and_a_successor(guest):
    """The freeze goes on: the guard is the same, the status is frozen, and the thaw counts."""
    mount_all(guest)
    with agent_with(guest, ""):
        with connect(guest) as client:
            freeze(client)
        guard = guard_pid(guest)
        guest.kill_agent()
        assert is_frozen(guest, "/mnt/xfs")
        guest.start_agent()
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-status") == "frozen"
            assert refused(client, "guest-get-time") == FROZEN.format("guest-get-time")
            assert guard_pid(guest) == guard
            assert client.call("guest-fsfreeze-thaw") == 3
            assert client.call("guest-fsfreeze-status") == "thawed"
            client.call("guest-get-time")
        assert_writable(guest, *PLACES)
        await_no_guard(guest)
        assert guest.shell(f"ls {MARK}")[0] != 0


@case(full=True, **GUEST)
def guard_killed_while_frozen(guest):
    """Another takes its place: what is frozen stays frozen, and the deadline stays what it was."""
    mount_all(guest)
    with agent_with(guest, "--freeze-timeout 8"), connect(guest) as client:
        freeze(client)
        first = guard_pid(guest)
        guest.sh(f"kill -9 {first}")
        await_text(guest, "cat /proc/[0-9]*/comm 2>/dev/null", "virtagent-grd")
        assert client.call("guest-fsfreeze-status") == "frozen"
        assert is_frozen(guest, "/mnt/btrfs")
        assert guard_pid(guest) != first
        await_status(client, "thawed")
        assert refused(client, "guest-fsfreeze-thaw").startswith(AUTOMATIC)
    assert_writable(guest, *PLACES)


@case(full=True, **GUEST)
def agent_and_guard_killed(guest):
    """What the mark says is enough for a successor."""
    mount_all(guest)
    with agent_with(guest, "--freeze-timeout 20"):
        with connect(guest) as client:
            freeze(client)
        without_hope(guest)
        assert is_frozen(guest, "/mnt/ext4")
        guest.start_agent()
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-status") == "frozen"
            assert is_frozen(guest, "/mnt/ext4")
            assert client.call("guest-fsfreeze-thaw") == 3
    assert_writable(guest, *PLACES)


@case(full=True, **GUEST)
def agent_killed_and_nobody_comes(guest):
    """The guard thaws after 30 s; an agent that starts then tells the next thaw."""
    mount_all(guest)
    with agent_with(guest, ""):
        with connect(guest) as client:
            freeze(client)
        guest.kill_agent()
        time.sleep(25)
        assert is_frozen(guest, "/mnt/ext4")
        time.sleep(7)
        await_no_guard(guest)
        assert_writable(guest, *PLACES)
        guest.start_agent()
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-status") == "thawed"
            assert refused(client, "guest-fsfreeze-thaw").startswith(AUTOMATIC + "3")
            assert client.call("guest-fsfreeze-thaw") == 0


@case(full=True, **GUEST)
def zygote_killed_while_frozen(guest):
    mount_all(guest)
    with agent_with(guest, ""):
        with connect(guest) as client:
            freeze(client)
        guest.sh("kill -9 $(grep -l virtagent-zyg /proc/[0-9]*/comm | cut -d/ -f3)")
        await_text(guest, f"readlink /proc/{guest.agent_pid}/exe || echo gone", "gone")
        assert is_frozen(guest, "/mnt/ext4")
        guest.start_agent()
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-thaw") == 3
    assert_writable(guest, *PLACES)


@case(**GUEST)
def host_disconnects_while_frozen(guest):
    mount_all(guest)
    with connect(guest) as client:
        freeze(client)
    time.sleep(0.5)
    with connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-status") == "frozen"
        assert client.call("guest-fsfreeze-thaw") == 3


@case(full=True, **GUEST)
def sigterm_while_frozen(guest):
    """It ends when the host has thawed."""
    mount_all(guest)
    with agent_with(guest, ""), connect(guest) as client:
        freeze(client)
        guest.sh(f"kill -TERM {guest.agent_pid}")
        time.sleep(1)
        assert client.call("guest-fsfreeze-status") == "frozen"
        client.send(b'{"execute":"guest-fsfreeze-thaw"}\n')
        await_text(guest, f"readlink /proc/{guest.agent_pid}/exe || echo gone", "gone")
        assert_writable(guest, *PLACES)
        await_no_guard(guest)


@case(full=True, **GUEST)
def sigterm_and_no_thaw(guest):
    mount_all(guest)
    with agent_with(guest, ""):
        with connect(guest) as client:
            freeze(client)
        guest.sh(f"kill -TERM {guest.agent_pid}")
        time.sleep(26)
        assert is_frozen(guest, "/mnt/ext4")
        await_text(guest, f"readlink /proc/{guest.agent_pid}/exe || echo gone", "gone")
        assert_writable(guest, *PLACES)
        assert guest.shell(f"ls {MARK}")[0] != 0


@case(full=True, **GUEST)
def two_sigterms_do_not_wait(guest):
    mount_all(guest)
    with agent_with(guest, ""):
        with connect(guest) as client:
            freeze(client)
        guest.sh(f"kill -TERM {guest.agent_pid}; usleep 200000; kill -TERM {guest.agent_pid}")
        await_text(guest, f"readlink /proc/{guest.agent_pid}/exe || echo gone", "gone", seconds=10)
        assert_writable(guest, *PLACES)


class SlowDisk:
    """An ext4 filesystem on a device that can be suspended while somebody writes to it directly."""

    def __init__(self, guest):
        self.guest = guest
        mount_all(guest)
        guest.sh("truncate -s 24M /tmp/slow.img")
        self.loop = layers.loop(guest, "/tmp/slow.img")
        dm = layers.linear(guest, "slow", self.loop)
        guest.sh(f"mkfs.ext4 -q -F {dm} >/dev/null 2>&1 && mkdir -p /mnt/slow && mount -t ext4 {dm} /mnt/slow")
        self.writers = Writers(guest, ["/mnt/slow/load"], direct=True)

    def suspend(self):
        self.guest.sh("dmsetup suspend --noflush --nolockfs slow; usleep 300000")
        assert self.writers.all_stand_still()

    def resume(self):
        self.guest.sh("dmsetup resume slow")

    def remove(self):
        self.writers.stop()
        self.guest.sh(f"umount /mnt/slow; dmsetup remove --retry slow; losetup -d {self.loop}; rm /tmp/slow.img")


@case(**GUEST)
def disk_hangs_and_the_host_gives_up(guest):
    """Its writer hangs in the kernel, so the freeze of it does. Everything else answers; a thaw ends it."""
    slow = SlowDisk(guest)
    with agent_with(guest, ""), connect(guest) as client:
        client.sync()
        slow.suspend()
        client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
        time.sleep(1)
        for _ in range(3):
            client.sync()
            client.call("guest-ping")
        n = client.call("guest-fsfreeze-thaw")
        assert client.call("guest-fsfreeze-status") == "thawed"
        assert_writable(guest, *PLACES)
        text = refused(client, "guest-fsfreeze-freeze")
        assert text == "a filesystem of an earlier freeze still hangs", text
        slow.resume()
        await_no_guard(guest)
        assert slow.writers.all_move()
        assert client.call("guest-fsfreeze-freeze") == 4
        assert client.call("guest-fsfreeze-thaw") == 4
        assert n >= 0
    assert slow.writers.all_move()
    slow.remove()


@case(full=True, **GUEST)
def disk_hangs_until_the_deadline(guest):
    slow = SlowDisk(guest)
    with agent_with(guest, "--freeze-timeout 70"), connect(guest) as client:
        client.sync()
        slow.suspend()
        client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
        assert b"the freeze was not complete within its time" in client.line(150)
        assert client.call("guest-fsfreeze-status") == "thawed"
        assert_writable(guest, *PLACES)
        slow.resume()
        await_no_guard(guest)
    assert slow.writers.all_move()
    slow.remove()


@case(full=True, **GUEST)
def guard_killed_while_a_freeze_hangs(guest):
    """The dying guard's freeze comes into being when the disk comes back: its successor undoes it."""
    slow = SlowDisk(guest)
    with agent_with(guest, ""), connect(guest) as client:
        client.sync()
        slow.suspend()
        client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
        # writing out has been given up, the mark is made, the freeze hangs
        await_text(guest, f"cat {MARK}", "state=frozen", 150)
        time.sleep(1)
        guest.sh(f"kill -9 {guard_pid(guest)}")
        assert b"error" in client.line()
        assert client.call("guest-fsfreeze-status") == "thawed"
        assert_writable(guest, *PLACES)
        slow.resume()
        await_no_guard(guest)
        assert slow.writers.all_move()
    slow.remove()


@case(full=True, **GUEST)
def agent_killed_while_a_freeze_hangs(guest):
    slow = SlowDisk(guest)
    with agent_with(guest, "--freeze-timeout 100"):
        with connect(guest) as client:
            client.sync()
            slow.suspend()
            client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
            await_text(guest, f"cat {MARK}", "state=frozen", 150)
            time.sleep(1)
            guest.kill_agent()
        guest.start_agent()
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-status") == "frozen"
            client.call("guest-fsfreeze-thaw")
            assert client.call("guest-fsfreeze-status") == "thawed"
            assert_writable(guest, *PLACES)
        slow.resume()
        await_no_guard(guest)
    assert slow.writers.all_move()
    slow.remove()


@case(**GUEST)
def logs_and_state_on_frozen_filesystems(guest):
    """Log, audit, mark and pid file lie on what is frozen; the restart too."""
    mount_all(guest)
    guest.sh("mkdir -p /mnt/ext4/state")
    options = "-t /mnt/ext4/state -l /mnt/xfs/agent.log --audit=file --audit-file=/mnt/xfs/audit.log"
    with agent_with(guest, options):
        with connect(guest) as client:
            freeze(client)
            for _ in range(20):
                client.call("guest-ping")
                refused(client, "guest-get-time")
                refused(client, "guest-exec", {"path": "/bin/while-frozen"})
        guest.kill_agent()
        guest.start_agent(f"-v -m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0 {options}")
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-status") == "frozen"
            assert client.call("guest-fsfreeze-thaw") == 3
            client.call("guest-get-time")
        await_text(guest, "cat /mnt/xfs/agent.log", "logging re-enabled due to filesystem unfreeze")
        assert guest.shell("ls /mnt/ext4/state/qga.state.isfrozen")[0] != 0
        port = 'channel="virtio-serial" peer="org.qemu.guest_agent.0"'
        await_text(guest, "cat /mnt/xfs/audit.log", f"{port} command=guest-fsfreeze-thaw verdict=ok")
        audit = guest.sh("cat /mnt/xfs/audit.log")
        assert f"{port} command=guest-fsfreeze-freeze verdict=ok" in audit, audit
        # with the agent that was killed went what it had not written; its writer went on
        assert audit.count('command=guest-exec verdict=refused') == 20 and "guest-get-time" not in audit, audit
    guest.sh("rm -rf /mnt/ext4/state /mnt/xfs/agent.log /mnt/xfs/audit.log")


@case(**GUEST)
def marker_of_another_agent(guest):
    """Of this boot: frozen until a thaw. Of an earlier one: nothing."""
    mount_all(guest)
    with agent_with(guest, ""):
        guest.kill_agent()
        guest.sh(f"fsfreeze --freeze /mnt/xfs; : >{MARK}")
        guest.start_agent()
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-status") == "frozen"
            assert client.call("guest-fsfreeze-thaw") == 1
            assert client.call("guest-fsfreeze-status") == "thawed"
        guest.kill_agent()
        guest.sh(f"echo 'boot=0-0-0\nstate=frozen\nfilesystem=8:1 /x' >{MARK}")
        guest.start_agent()
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-status") == "thawed"
            assert client.call("guest-fsfreeze-freeze") == 3
            assert client.call("guest-fsfreeze-thaw") == 3


TWO = {"disks": [Disk("64M", fs="ext4"), Disk("64M", fs="ext4")], "compiled": ("refuse.so",)}


def mount_two(guest):
    for n, device in enumerate(guest.devices):
        if guest.shell(f"grep -q ' /mnt/{n} ' /proc/mounts")[0]:
            layers.mount(guest, device, "ext4", f"/mnt/{n}")


@case(**TWO)
def one_refuses(guest):
    """Strict: everything is thawed, and the error names it. Best-effort: it stays out."""
    mount_two(guest)
    hint = "; root is denied this: it looks like SELinux or the like"
    for number, text in ((5, "Input/output error"), (13, "Permission denied" + hint)):
        with agent_refused(guest, number, "/mnt/0"), connect(guest) as client:
            client.sync()
            assert refused(client, "guest-fsfreeze-freeze") == f"failed to freeze /mnt/0: {text}"
            assert client.call("guest-fsfreeze-status") == "thawed"
            assert_writable(guest, "/mnt/0", "/mnt/1")
    with agent_refused(guest, 13, "/mnt/0", "--freeze-policy best-effort"), connect(guest) as client:
        client.sync()
        assert client.call("guest-fsfreeze-freeze") == 1
        assert is_frozen(guest, "/mnt/1")
        assert client.call("guest-fsfreeze-thaw") == 1
    assert "/mnt/0 is not frozen: Permission denied" in guest.agent_log().decode()


@case(full=True, **TWO)
def guard_killed_while_freezing(guest):
    """Before the mark is there, and when one filesystem is frozen and the other is not yet."""
    mount_two(guest)
    for place, sign in (("mark", f"{MARK}.new"), ("/mnt/0", MARK)):
        with agent_on_odd_kernel(guest, f"DELAY='4 {place}'"), connect(guest) as client:
            client.sync()
            client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
            await_text(guest, f"ls {sign} 2>/dev/null", sign)
            guest.sh(f"usleep 500000; kill -9 {guard_pid(guest)}")
            line = client.line()
            assert b"the guard of the freeze was lost" in line, line
            assert client.call("guest-fsfreeze-status") == "thawed"
            assert_writable(guest, "/mnt/0", "/mnt/1")
            assert client.call("guest-fsfreeze-freeze") == 2
            assert client.call("guest-fsfreeze-thaw") == 2
        await_no_guard(guest)
        assert guest.shell(f"ls {MARK}")[0] != 0


@case(full=True, **TWO)
def agent_killed_while_freezing(guest):
    """The successor's thaw ends what its predecessor has begun."""
    mount_two(guest)
    for place, sign in (("mark", f"{MARK}.new"), ("/mnt/0", MARK)):
        with agent_on_odd_kernel(guest, f"DELAY='4 {place}'"):
            with connect(guest) as client:
                client.sync()
                client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
                await_text(guest, f"ls {sign} 2>/dev/null", sign)
                guest.sh("usleep 500000")
                guest.kill_agent()
            guest.start_agent()
            with connect(guest) as client:
                client.sync()
                client.call("guest-fsfreeze-thaw")
                assert client.call("guest-fsfreeze-status") == "thawed"
        guest.sh(f"{guest.agent.name} --thaw", timeout=40)
        await_no_guard(guest, 60)
        assert_writable(guest, "/mnt/0", "/mnt/1")


@case(full=True, **GUEST)
def guard_killed_at_any_moment(guest):
    """An error or a freeze; never something between."""
    mount_all(guest)
    with agent_with(guest, ""), connect(guest) as client:
        client.sync()
        for n in range(16):
            client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
            guest.sh(f"usleep {n * 15000}; kill -9 {guard_pid(guest)} 2>/dev/null; :")
            line = client.line()
            assert line == b'{"return": 3}' or b"the guard of the freeze was lost" in line, line
            if b"error" not in line:
                assert client.call("guest-fsfreeze-status") == "frozen"
                assert client.call("guest-fsfreeze-thaw") == 3
            assert client.call("guest-fsfreeze-status") == "thawed"
            assert_writable(guest, *PLACES)
    await_no_guard(guest)
    assert guest.shell(f"ls {MARK}")[0] != 0


@case(full=True, **GUEST)
def agent_killed_at_any_moment(guest):
    mount_all(guest)
    with agent_with(guest, ""):
        for n in range(12):
            with connect(guest) as client:
                client.sync()
                client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
                guest.sh(f"usleep {n * 20000}")
                guest.kill_agent()
            guest.start_agent()
            with connect(guest) as client:
                client.sync()
                status = client.call("guest-fsfreeze-status")
                thawed = client.call("guest-fsfreeze-thaw")
                assert thawed == (3 if status == "frozen" else 0), (n, status, thawed)
            assert_writable(guest, *PLACES)
    await_no_guard(guest)


@case(full=True, **GUEST)
def agent_killed_while_writing_out(guest):
    """Nothing is frozen yet, and nothing will be."""
    slow = SlowDisk(guest)
    with agent_with(guest, ""):
        with connect(guest) as client:
            client.sync()
            slow.suspend()
            client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
            time.sleep(3)
            assert guest.shell(f"ls {MARK}")[0] != 0
            guest.kill_agent()
        assert_writable(guest, *PLACES)
        guest.start_agent()
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-status") == "thawed"
        slow.resume()
        await_no_guard(guest)
    assert slow.writers.all_move()
    slow.remove()


@case(**GUEST)
def pid_file_on_a_frozen_filesystem(guest):
    """A daemon that starts there is ready all the same; the file comes with the thaw."""
    mount_all(guest)
    with agent_with(guest, ""):
        with connect(guest) as client:
            freeze(client)
        guest.kill_agent()
        guest.sh(f"{guest.agent.name} -d -f /mnt/ext4/agent.pid -l /var/log/agent.log -p /dev/virtio-ports/org.qemu.guest_agent.0")
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-status") == "frozen"
            assert guest.shell("ls /mnt/ext4/agent.pid")[0] != 0
            assert client.call("guest-fsfreeze-thaw") == 3
        pid = await_text(guest, "cat /mnt/ext4/agent.pid", "\n").strip()
        assert guest.sh(f"cat /proc/{pid}/comm") == guest.agent.name[:15]
        guest.sh(f"kill {pid}")
        await_text(guest, "ls /mnt/ext4/agent.pid 2>/dev/null || echo gone", "gone")


@case(full=True, alone=True, **GUEST)
def suspended_while_frozen(guest):
    """The host cannot ask for it; a guest that does it by itself is not frozen for longer."""
    mount_all(guest)
    with agent_with(guest, "--freeze-timeout 20"):
        with connect(guest) as client:
            freeze(client)
            assert refused(client, "guest-suspend-ram") == FROZEN.format("guest-suspend-ram")
        guest.sh("(usleep 300000; echo mem >/sys/power/state) >/dev/null 2>&1 &")
        guest.wait_event("SUSPEND", 60)
        time.sleep(22)
        guest.wake_up()
        with connect(guest) as client:
            client.sync()
            await_status(client, "thawed")
            text = refused(client, "guest-fsfreeze-thaw")
            assert text.startswith(AUTOMATIC), text
            assert int(text[len(AUTOMATIC):].split()[0]) >= 20, text
            assert client.call("guest-fsfreeze-thaw") == 0
        assert_writable(guest, *PLACES)


@case(full=True, **{**GUEST, "compiled": (*GUEST["compiled"], "refuse.so")})
def thawed_by_the_administrator_while_a_freeze_hangs(guest):
    """Agent and guard are killed, and the guard cannot die. Until it does the guest counts as frozen."""
    slow = SlowDisk(guest)
    with agent_on_odd_kernel(guest, "DELAY='8 /mnt/slow'"):
        with connect(guest) as client:
            client.sync()
            client.send(b'{"execute":"guest-fsfreeze-freeze"}\n')
            await_text(guest, f"cat {MARK}", "state=frozen")
            slow.suspend()
            time.sleep(9)
            without_hope(guest)
        status, output = guest.shell(f"{guest.agent.name} --thaw", timeout=60)
        assert status == 1 and "a guard that was killed has not ended" in output, (status, output)
        assert_writable(guest, *PLACES)
        assert "state=frozen" in guest.sh(f"cat {MARK}")
        slow.resume()
        await_no_guard(guest)
        assert "state=thawed" in guest.sh(f"cat {MARK}")
        assert slow.writers.all_move()
        guest.start_agent()
        with connect(guest) as client:
            client.sync()
            assert client.call("guest-fsfreeze-status") == "thawed"
            assert "by the guest's administrator" in refused(client, "guest-fsfreeze-thaw")
    slow.remove()
