# SPDX-License-Identifier: MIT
"""vactl on the host against the agent in the guest, as a user would; the guest's shell says what really happened."""
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from vm import Disk, case
from vm.fetch import TOP
from vm.runner import Skip

BINARY = Path(os.environ.get("VACTL") or TOP / "build" / "vactl")
NET = {"modules": ["virtio_net", "vsock", "vsock_loopback"],
       "qemu_args": ("-netdev", "user,id=n0", "-device", "virtio-net-pci,netdev=n0,mac=52:54:00:12:34:56")}
GUEST = {"disks": [Disk("64M", fs="ext4")], "reference": True, "programs": [BINARY] if BINARY.is_file() else [], **NET}
PORT = "/dev/virtio-ports/org.qemu.guest_agent.0"


def vactl(guest, *words, code=0, data=b""):
    if not BINARY.is_file():
        raise Skip(f"{BINARY} is not built")
    done = subprocess.run([BINARY, guest.agent_socket, *map(str, words)], input=data, capture_output=True,
                          timeout=120, check=False)
    assert done.returncode == code, (words, done)
    return done.stdout.decode() if code == 0 else done.stderr.decode()


def prepared(guest):
    """With a name, an address and a filesystem, once."""
    if guest.shell("grep -q ' /srv ' /proc/mounts")[0]:
        guest.sh(f"mkdir -p /srv; mount -t ext4 {guest.devices[0]} /srv; hostname web1; ip link set lo up; "
                 "ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2")
    return guest


@case(**GUEST, needs="virtagent")
def looks(guest):
    prepared(guest)
    assert vactl(guest, "wait", "--for", "ip") == ""
    assert "virtagent" in vactl(guest, "doctor") and "problem" not in vactl(guest, "doctor")
    assert vactl(guest, "os").startswith("hostname   web1\n")
    assert vactl(guest, "ip") == "10.0.2.15\n"
    assert re.search(r"^default +10\.0\.2\.2 +eth0", vactl(guest, "net"), re.M)
    size, used = map(int, guest.sh("df -k /srv | tail -1 | awk '{print $2, $3}'").split())
    fs = [f for f in json.loads(vactl(guest, "--json", "df")) if f["mountpoint"] == "/srv"][0]
    assert abs(fs["used-bytes"] // 1024 - used) < 64, (fs, used, size)
    assert re.search(r"^vda +ext4 .* /srv$", vactl(guest, "df"), re.M)
    assert re.search(r"^/dev/vda +disk +virtio +\d{4}:", vactl(guest, "disks"), re.M)
    total = int(guest.sh("grep MemTotal /proc/meminfo | tr -dc 0-9"))
    assert json.loads(vactl(guest, "--json", "memory"))["total-bytes"] == total * 1024
    assert re.fullmatch(r"\d+\.\d\d \d+\.\d\d \d+\.\d\d\n", vactl(guest, "load"))


@case(**GUEST, needs="virtagent")
def runs_programs(guest):
    prepared(guest)
    assert vactl(guest, "exec", "uname", "-n") == "web1\n"
    assert vactl(guest, "exec", "cat", data=b"through") == "through"
    assert vactl(guest, "sh", "echo $PWD-$1", "x") == "/-x\n"
    assert vactl(guest, "exec", "--cwd", "/srv", "-e", "A=b", "sh", "-c", "pwd; echo $A") == "/srv\nb\n"
    assert "err" in vactl(guest, "sh", "echo err >&2; exit 7", code=7)
    vactl(guest, "sh", "kill -9 $$", code=137)
    assert "stopped in the guest" in vactl(guest, "-t", "1", "exec", "-n", "sleep", "1000", code=255)
    assert guest.shell("pidof sleep")[0] != 0, "it still runs"


def copy_both_ways(guest, size):
    with tempfile.TemporaryDirectory(prefix="vactl-vm-") as d:
        top = Path(d) / "site"
        (top / "a b" / "c").mkdir(parents=True)
        (top / "a b" / "c" / "large").write_bytes(os.urandom(size))
        (top / "run").write_text("#!/bin/sh\n")
        (top / "run").chmod(0o750)
        (top / "l").symlink_to("a b/c")
        vactl(guest, "cp", "-r", top, ":/srv/www")
        here = subprocess.run("find . -type f | sort | xargs -d '\\n' sha256sum", shell=True, cwd=top, text=True,
                              capture_output=True, check=True).stdout
        assert guest.sh("cd /srv/www && find . -type f | sort | tr '\\n' '\\0' | xargs -0 sha256sum") == here.strip()
        assert guest.sh("stat -c %a /srv/www/run; readlink /srv/www/l") == "750\na b/c"
        vactl(guest, "cp", "-r", ":/srv/www", Path(d) / "back")
        subprocess.run(["diff", "-r", "--no-dereference", top, Path(d) / "back"], check=True)
        assert (Path(d) / "back" / "run").stat().st_mode & 0o777 == 0o750
        (Path(d) / ".part.vactl-part").write_bytes((top / "a b" / "c" / "large").read_bytes()[:size // 3])
        doc = json.loads(vactl(guest, "cp", "--json", "--resume", ":/srv/www/a b/c/large", Path(d) / "part"))
        assert doc["bytes"] == size, doc  # not verified: this busybox has no cksum
        assert (Path(d) / "part").read_bytes() == (top / "a b" / "c" / "large").read_bytes()
    guest.sh("rm -rf /srv/www")


@case(**GUEST, needs="virtagent")
def copies_a_directory_both_ways(guest):
    copy_both_ways(prepared(guest), 6 << 20)


@case(**GUEST, needs="virtagent")
def works_with_the_packaged_agent(guest):
    """qemu-ga 7.2: programs, a tree of files, a freeze."""
    prepared(guest)
    guest.kill_agent()
    guest.start_agent(f"-m virtio-serial -p {PORT}", "qemu-ga")
    try:
        vactl(guest, "wait")
        assert vactl(guest, "info").startswith("version    7.2")
        assert vactl(guest, "exec", "uname", "-n") == "web1\n"
        copy_both_ways(guest, 1 << 20)
        assert vactl(guest, "-t", "30", "freeze", "--", "echo", "taken") == "taken\n"
        assert not is_frozen(guest)
    finally:
        guest.kill_agent()
        guest.start_agent()
    vactl(guest, "wait")


@case(**GUEST, needs="virtagent")
def comes_over_vsock(guest):
    """There is no other side here: vactl runs in the guest, over the loopback of vsock."""
    prepared(guest)
    there = f"LD_LIBRARY_PATH={BINARY.resolve().parent}/src/client vactl"
    guest.sh("mkdir -p /run/vs; cd /run/vs; (virtagent -m vsock-listen -p 4294967295:7000 --vsock-peers=any -t /run/vs -f pid "
             "</dev/null >log 2>&1 & echo $! >agent); head -c 3000000 /dev/urandom >in")
    try:
        guest.sh(f"{there} -t 20 vsock:1:7000 wait")
        assert "reply from vsock:1:7000" in guest.sh(f"{there} vsock:1:7000 ping")
        assert guest.sh(f"{there} vsock:1:7000 exec echo over vsock") == "over vsock"
        guest.sh(f"cd /run/vs; {there} vsock:1:7000 cp in :/run/vs/there && {there} vsock:1:7000 cp :/run/vs/there back && cmp in back")
        assert "problem" not in guest.sh(f"{there} vsock:1:7000 doctor")
        status, said = guest.shell(f"{there} -t 2 vsock:1:7001 ping 2>&1")
        assert status == 2 and "vsock:1:7001" in said, said
    finally:
        guest.sh("kill $(cat /run/vs/agent); rm -rf /run/vs")


def is_frozen(guest):
    guest.sh("(echo x >/srv/probe) >/dev/null 2>&1 & echo $! >/run/probe; usleep 300000")
    return guest.shell("kill -0 $(cat /run/probe) 2>/dev/null")[0] == 0


@case(**GUEST, needs="virtagent")
def freezes_for_a_command(guest):
    """The command looks into the guest while it runs; the image is consistent and complete then."""
    prepared(guest)
    guest.sh("echo precious >/srv/file")
    image = guest.image(0)
    with tempfile.TemporaryDirectory(prefix="vactl-vm-") as d:
        copy = Path(d) / "snapshot"
        said = vactl(guest, "freeze", "--", "sh", "-c", f"cp --sparse=always '{image}' '{copy}' && echo taken")
        assert said == "taken\n"
        check = subprocess.run(["/sbin/e2fsck", "-fn", copy], capture_output=True, text=True, check=False)
        assert check.returncode == 0 and "recovering journal" not in check.stdout, check
        found = subprocess.run(["/sbin/debugfs", "-R", "cat file", copy], capture_output=True, text=True, check=True)
        assert found.stdout == "precious\n", found
    assert vactl(guest, "status") == "thawed\n" and not is_frozen(guest)
    vactl(guest, "freeze", "--", "false", code=1)
    assert not is_frozen(guest)


@case(**GUEST, needs="virtagent")
def thaws_when_it_is_killed(guest):
    prepared(guest)
    with tempfile.TemporaryDirectory(prefix="vactl-vm-") as d:
        p = subprocess.Popen([BINARY, guest.agent_socket, "freeze", "--", "sh", "-c",
                              f"touch {d}/runs; exec sleep 5"], stderr=subprocess.DEVNULL)
        while not (Path(d) / "runs").exists():
            assert p.poll() is None
            time.sleep(0.05)
        assert is_frozen(guest)
        p.kill()
        p.wait()
    end = time.monotonic() + 20
    while guest.shell("kill -0 $(cat /run/probe) 2>/dev/null")[0] == 0:
        assert time.monotonic() < end, "still frozen"
        time.sleep(0.2)


@case(**GUEST, needs="virtagent")
def says_who_is_in_the_way(guest):
    prepared(guest)
    with guest.connect() as other:
        other.send(b"\n")
        time.sleep(0.2)
        text = vactl(guest, "-t", "0.5", "ping", code=4)
        assert f"(process {os.getpid()}) holds this socket" in text, text
    guest.kill_agent()
    assert "nobody has read" in vactl(guest, "-t", "0.5", "ping", code=4)
    assert "systemctl start" in subprocess.run([BINARY, guest.agent_socket, "doctor"],
                                               capture_output=True, text=True, check=False).stdout
    vactl(guest, "-t", "1", "wait", code=5)
    guest.start_agent()
    vactl(guest, "wait")


@case(alone=True, needs="virtagent")
def shuts_down(guest):
    vactl(guest, "-t", "3", "shutdown")
    guest.wait_event("SHUTDOWN")
    vactl(guest, "-t", "20", "wait", "--for", "shutdown")
