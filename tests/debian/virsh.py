# SPDX-License-Identifier: MIT
"""Every virsh command that uses the agent: what it sends, and a check of what it says and does.

commands() gives those that leave the guest running and as it was; the others (suspend, reboot, shutdown) are cases of their
own. A command is (name, wire commands, function): with a profile that allows the wire commands the function must pass,
with any other virsh must say that the agent refused.
"""
import json
import re
import tempfile
import time
from pathlib import Path

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0123456789012345678901234567890123456789abc test@host"
SECRET = "cor-rect horse"


def agent(domain, execute, **arguments):
    request = {"execute": execute, **({"arguments": arguments} if arguments else {})}
    return json.loads(domain.ask("qemu-agent-command", json.dumps(request)))["return"]


def enabled_commands(domain):
    return {c["name"] for c in agent(domain, "guest-info")["supported_commands"] if c["enabled"]}


def hostname(domain):
    assert domain.ask("domhostname") == domain.sh("hostname")


def addresses(domain):
    domain.sh("ip link set eth0 up; ip address replace 192.0.2.7/24 dev eth0")
    text = domain.ask("domifaddr", "--source", "agent")
    assert re.search(r"eth0 +52:54:00:12:34:56 +ipv4 +192\.0\.2\.7/24", text), text
    assert re.search(r"lo +00:00:00:00:00:00 +ipv4 +127\.0\.0\.1/8", text), text
    info = domain.ask("guestinfo", "--interface")
    assert "192.0.2.7" in info, info


def filesystems(domain):
    text = domain.ask("domfsinfo")
    assert re.search(r"^ ?/ +vda +ext4 +vda", text, re.M), text
    info = domain.ask("guestinfo", "--filesystem")
    for line in (r"fs\.\d+\.mountpoint *: /$", r"fs\.\d+\.disk\.0\.alias *: vda$"):
        assert re.search(line, info, re.M), info


def disks(domain):
    info = domain.ask("guestinfo", "--disk")
    assert {"/dev/vda", "/dev/vdb", "/dev/vdc"} <= set(re.findall(r": (/dev/\w+)$", info, re.M)), info


def users(domain):
    assert re.search(r"user\.count *: \d", domain.ask("guestinfo", "--user"))


def system(domain):
    info = domain.ask("guestinfo", "--os")
    assert re.search(r"os\.id *: debian$", info, re.M) and re.search(r"os\.version-id *: 12$", info, re.M), info
    assert domain.sh("uname -r") in info


def timezone(domain):
    assert re.search(r"timezone\.offset *: 0$", domain.ask("guestinfo", "--timezone"), re.M)


def host_name_of_guestinfo(domain):
    assert domain.sh("hostname") in domain.ask("guestinfo", "--hostname")


def everything(domain):
    """What the agent does not allow is left out, silently."""
    info = domain.ask("guestinfo")
    assert "os.id" in info and "hostname" in info and "fs.count" in info and "disk.count" in info and "if.count" in info, info


def count_processors(domain):
    assert domain.ask("vcpucount", "--guest") == "2"
    assert re.search(r"online *: 0-1$", domain.ask("guestvcpus"), re.M)


def processors(domain):
    online = "/sys/devices/system/cpu/cpu1/online"
    for words, wanted in ((("guestvcpus", "--disable", "--cpulist", "1"), "0"), (("guestvcpus", "--enable", "--cpulist", "1"), "1"),
                          (("setvcpus", "1", "--guest"), "0"), (("setvcpus", "2", "--guest"), "1")):
        domain.ask(*words)
        assert domain.sh(f"cat {online}") == wanted, words


def read_time(domain):
    seconds = int(re.search(r"Time: (\d+)", domain.ask("domtime"))[1])
    assert abs(seconds - int(domain.sh("date +%s"))) < 60


def set_time(domain):
    domain.ask("domtime", "--time", "2000000000")
    assert 2000000000 <= int(domain.sh("date +%s")) < 2000000600
    domain.ask("domtime", "--now")
    assert abs(int(domain.sh("date +%s")) - time.time()) < 600
    domain.ask("domtime", "--sync")
    assert abs(int(domain.sh("date +%s")) - time.time()) < 600


def password(domain):
    before = domain.sh("grep ^joe: /etc/shadow")
    domain.ask("set-user-password", "joe", SECRET)
    after = domain.sh("grep ^joe: /etc/shadow")
    assert before != after and after.split(":")[1].startswith("$"), after
    domain.ask("set-user-password", "joe", "$6$salt$made-elsewhere", "--encrypted")
    assert domain.sh("grep ^joe: /etc/shadow").split(":")[1] == "$6$salt$made-elsewhere"
    assert SECRET not in domain.sh("journalctl -b --no-pager")


def read_keys(domain):
    domain.sh("install -d -o joe -g joe -m 700 ~joe/.ssh; [ -e ~joe/.ssh/authorized_keys ] || "
              f"install -o joe -g joe -m 600 /dev/null ~joe/.ssh/authorized_keys; echo '{KEY}' >~joe/.ssh/authorized_keys")
    assert KEY in domain.ask("get-user-sshkeys", "joe")


def keys(domain):
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "keys")
        file.write_text(KEY + "\n")
        domain.sh("rm -rf ~joe/.ssh")
        domain.ask("set-user-sshkeys", "joe", "--file", file)
        assert domain.sh("cat ~joe/.ssh/authorized_keys; stat -c '%U %a' ~joe/.ssh/authorized_keys") == f"{KEY}\njoe 600"
        domain.ask("set-user-sshkeys", "joe", "--remove", "--file", file)
        assert KEY not in domain.sh("cat ~joe/.ssh/authorized_keys")
        domain.ask("set-user-sshkeys", "joe", "--reset", "--file", file)
        domain.ask("set-user-sshkeys", "joe", "--reset")
        assert domain.sh("cat ~joe/.ssh/authorized_keys") == ""


def freeze(domain):
    try:
        assert "Froze 2 filesystem" in domain.ask("domfsfreeze")
        assert agent(domain, "guest-fsfreeze-status") == "frozen"
        # the shell and what it needs are in memory; a write waits
        domain.sh("touch /frozen & sleep 0.5; [ ! -e /frozen ]")
    finally:
        text = domain.ask("domfsthaw")
    assert "Thawed 2 filesystem" in text, text
    domain.until("[ -e /frozen ]")
    domain.sh("rm /frozen")


def freeze_one(domain):
    try:
        assert "Froze 1 filesystem" in domain.ask("domfsfreeze", "--mountpoint", "/", "/not-there")
    finally:
        text = domain.ask("domfsthaw")
    assert "Thawed 1 filesystem" in text, text


def trim(domain):
    domain.ask("domfstrim")
    domain.ask("domfstrim", "--minimum", "1048576")


def arbitrary(domain):
    assert domain.ask("qemu-agent-command", '{"execute":"guest-ping"}') == '{"return":{}}'
    pid = agent(domain, "guest-exec", path="/bin/echo", arg=["through libvirt"], **{"capture-output": True})["pid"]
    while not (status := agent(domain, "guest-exec-status", pid=pid))["exited"]:
        time.sleep(0.2)
    assert status["exitcode"] == 0 and status["out-data"], status


def time_limit(domain):
    domain.ask("guest-agent-timeout", "--timeout", "20")
    assert domain.ask("domhostname")
    domain.ask("guest-agent-timeout", "--timeout", "-2")


def commands():
    return [
        ("domhostname", ["guest-get-host-name"], hostname),
        ("domifaddr --source agent, guestinfo --interface", ["guest-network-get-interfaces"], addresses),
        ("domfsinfo, guestinfo --filesystem", ["guest-get-fsinfo"], filesystems),
        ("guestinfo --disk", ["guest-get-disks"], disks),
        ("guestinfo --user", ["guest-get-users"], users),
        ("guestinfo --os", ["guest-get-osinfo"], system),
        ("guestinfo --timezone", ["guest-get-timezone"], timezone),
        ("guestinfo --hostname", ["guest-get-host-name"], host_name_of_guestinfo),
        ("guestinfo", [], everything),
        ("vcpucount --guest, guestvcpus", ["guest-get-vcpus"], count_processors),
        ("setvcpus --guest, guestvcpus --enable, --disable", ["guest-get-vcpus", "guest-set-vcpus"], processors),
        ("domtime", ["guest-get-time"], read_time),
        ("domtime --time, --now, --sync", ["guest-set-time"], set_time),
        ("set-user-password", ["guest-set-user-password"], password),
        ("get-user-sshkeys", ["guest-ssh-get-authorized-keys"], read_keys),
        ("set-user-sshkeys", ["guest-ssh-add-authorized-keys", "guest-ssh-remove-authorized-keys"], keys),
        ("domfsfreeze, domfsthaw", ["guest-fsfreeze-freeze", "guest-fsfreeze-thaw"], freeze),
        ("domfsfreeze --mountpoint", ["guest-fsfreeze-freeze-list", "guest-fsfreeze-thaw"], freeze_one),
        ("domfstrim", ["guest-fstrim"], trim),
        ("qemu-agent-command", ["guest-exec", "guest-exec-status"], arbitrary),
        ("guest-agent-timeout", ["guest-get-host-name"], time_limit),
    ]


# What is refused, as virsh is asked for it.
REFUSALS = {
    "guest-get-host-name": ["domhostname"],
    "guest-get-fsinfo": ["domfsinfo"],
    "guest-network-get-interfaces": ["domifaddr", "--source", "agent"],
    "guest-get-vcpus": ["guestvcpus"],
    "guest-set-vcpus": ["setvcpus", "1", "--guest"],
    "guest-get-time": ["domtime"],
    "guest-set-time": ["domtime", "--time", "2000000000"],
    "guest-set-user-password": ["set-user-password", "joe", "x"],
    "guest-ssh-get-authorized-keys": ["get-user-sshkeys", "joe"],
    "guest-ssh-add-authorized-keys": ["set-user-sshkeys", "joe", "--reset"],
    "guest-fsfreeze-freeze": ["domfsfreeze"],
    "guest-fsfreeze-freeze-list": ["domfsfreeze", "--mountpoint", "/"],
    "guest-fstrim": ["domfstrim"],
    "guest-exec": ["qemu-agent-command", '{"execute":"guest-exec","arguments":{"path":"/bin/true"}}'],
    "guest-shutdown": ["shutdown", "--mode", "agent"],
    "guest-suspend-ram": ["dompmsuspend", "mem"],
    "guest-suspend-disk": ["dompmsuspend", "disk"],
    "guest-suspend-hybrid": ["dompmsuspend", "hybrid"],
}
