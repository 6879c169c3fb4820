# SPDX-License-Identifier: MIT
"""The cases with SELinux enforcing, in their order. After each the kernel's log must have no denial that has to do with the
agent, but for those that the case names."""
import base64
import functools
import re
import time

from debian import cases, virsh
from libvirt.daemon import Failed

AGENT, PROGRAMS = "system_u:system_r:virtagent_t:s0", "system_u:system_r:virtagent_unconfined_t:s0"
PLACES = ("/root/file", "/home/joe/file", "/etc/file", "/tmp/file", "/srv/file", "/usr/local/file", "/var/log/file")
QUIET_LOOKS = 30
SCRIPT = "#!/bin/sh\\nid -Z\\n"


def quiet_console(domain):
    """Its text, when nothing has come for a second: a denial is told by a thread of the kernel, later than to whom it befell."""
    text = None
    for _ in range(QUIET_LOOKS):
        before, text = text, (domain.d / "console").read_text(errors="replace")
        if text == before:
            break
        time.sleep(1)
    return text


def denials(domain):
    """Those since the last call, in which the agent or its programs are one of the two sides. A new QEMU begins a new file."""
    text = quiet_console(domain)
    seen = getattr(domain, "console_seen", 0)
    domain.console_seen = len(text)
    new = text[seen:] if len(text) >= seen else text
    return [line for line in new.splitlines() if "avc:  denied" in line and "virtagent" in line]


def check_denials(domain, expected=()):
    unknown = [line for line in denials(domain) if not any(re.search(e, line) for e in expected)]
    assert not unknown, "denied:\n" + "\n".join(unknown[:20])


def watched(function, *expected):
    """expected: what denials that are the point of a case look like."""
    @functools.wraps(function)
    def case(domain):
        yield from function(domain) or [function.__name__]
        check_denials(domain, expected)
    return case


def contexts(domain):
    return set(domain.sh("for p in $(pidof virtagent); do tr '\\0' '\\n' </proc/$p/attr/current; done").splitlines())


def start(domain, path, *words):
    return virsh.agent(domain, "guest-exec", path=path, arg=list(words), **{"capture-output": True})["pid"]


def finish(domain, pid):
    """Exit status and output of a program."""
    while not (status := virsh.agent(domain, "guest-exec-status", pid=pid))["exited"]:
        time.sleep(0.2)
    return status["exitcode"], base64.b64decode(status.get("out-data", "")).decode().rstrip("\n")


def run(domain, path, *words):
    return finish(domain, start(domain, path, *words))


def write(domain, path, text):
    handle = virsh.agent(domain, "guest-file-open", path=path, mode="w")
    virsh.agent(domain, "guest-file-write", handle=handle, **{"buf-b64": base64.b64encode(text.encode()).decode()})
    virsh.agent(domain, "guest-file-close", handle=handle)


def read(domain, path):
    handle = virsh.agent(domain, "guest-file-open", path=path)
    text = virsh.agent(domain, "guest-file-read", handle=handle)["buf-b64"]
    virsh.agent(domain, "guest-file-close", handle=handle)
    return base64.b64decode(text).decode()


def is_refused(domain, command, **arguments):
    """By the kernel, not by the agent's own policy."""
    try:
        virsh.agent(domain, command, **arguments)
    except Failed as e:
        return "Permission denied" in str(e)
    return False


# The agent

def installed(domain):
    """dpkg gives the labels, the service manager the domain."""
    assert domain.sh("getenforce") == "Enforcing"
    domain.put("/etc/virtagent/freeze.d/hook", "#!/bin/sh\necho $1 >>/var/log/hook-was-here; id -Z >/var/log/hook-context\n")
    cases.dpkg(domain, "-i virtagent_*.deb virtagent-qemu-ga_*.deb")
    domain.sh("chmod +x /etc/virtagent/freeze.d/hook; restorecon -R /etc/virtagent")
    cases.await_agent(domain)
    assert domain.sh("stat -c %C /usr/sbin/virtagent").split(":")[2] == "virtagent_exec_t"
    assert domain.sh("stat -c %C /etc/virtagent/freeze.d/hook").split(":")[2] == "virtagent_conf_t"
    assert domain.sh("stat -c %C /run/virtagent.sock").split(":")[2] == "virtagent_runtime_t"


def in_its_domain(domain):
    assert cases.is_ours(domain)
    assert contexts(domain) == {AGENT}, contexts(domain)


def reads_the_machine(domain):
    """What virsh has no command for."""
    for command in ("guest-get-memory-blocks", "guest-get-memory-block-info", "guest-get-load", "guest-get-diskstats",
                    "guest-get-cpustats", "guest-get-devices", "guest-network-get-route"):
        assert virsh.agent(domain, command), command


def files(domain):
    for path in PLACES:
        write(domain, path, "text\n")
        assert read(domain, path) == "text\n", path
        assert domain.sh(f"cat {path}; rm {path}") == "text", path
    assert "processor" in read(domain, "/proc/cpuinfo")


def passwords_are_not_for_the_host(domain):
    for mode in ("r", "w", "a"):
        assert is_refused(domain, "guest-file-open", path="/etc/shadow", mode=mode), mode


def programs(domain):
    assert run(domain, "/bin/true") == (0, "")
    assert run(domain, "/bin/sh", "-c", "id -Z; getenforce; exit 3") == (3, f"{PROGRAMS}\nEnforcing")
    for path in ("/tmp/script", "/home/joe/script", "/root/script"):
        domain.sh(f"printf '{SCRIPT}' >{path}; chmod +x {path}")
        assert run(domain, path) == (0, PROGRAMS), path
    # with domains of their own in the policy, with questions to services, and as another user
    for words, said in ((["/usr/bin/dpkg", "-s", "virtagent"], "install ok"), (["/usr/bin/passwd", "-S", "joe"], "joe "),
                        (["/usr/bin/dmesg"], "Linux version"), (["/usr/sbin/ip", "link"], "eth0"),
                        (["/usr/bin/hostname"], "debian-guest"), (["/usr/bin/hostnamectl"], "debian-guest"),
                        (["/usr/bin/systemctl", "is-active", "virtagent"], "active"), (["/usr/bin/loginctl"], "sessions"),
                        (["/usr/bin/systemd-run", "--pipe", "--wait", "echo", "said"], "said"),
                        (["/usr/bin/su", "joe", "-c", "whoami"], "joe"), (["/usr/bin/wc", "-l", "/etc/shadow"], "/etc/shadow")):
        status, output = run(domain, *words)
        assert status == 0 and said in output, (words, status, output)


def keys_of_root(domain):
    domain.sh("rm -rf /root/.ssh")
    virsh.agent(domain, "guest-ssh-add-authorized-keys", username="root", keys=[virsh.KEY])
    assert virsh.agent(domain, "guest-ssh-get-authorized-keys", username="root")["keys"] == [virsh.KEY]
    assert set(domain.sh("stat -c %C /root/.ssh /root/.ssh/authorized_keys | cut -d: -f3").split()) == {"ssh_home_t"}
    # a new file keeps the label of the old one
    domain.sh("chcon -u unconfined_u /root/.ssh/authorized_keys")
    virsh.agent(domain, "guest-ssh-add-authorized-keys", username="root", keys=[virsh.KEY + "2"])
    assert domain.sh("stat -c %C /root/.ssh/authorized_keys") == "unconfined_u:object_r:ssh_home_t:s0"


def hooks(domain):
    """In /etc/virtagent and in the place of qemu-ga's."""
    domain.put("/etc/qemu/fsfreeze-hook.d/hook", "#!/bin/sh\necho $1 >>/var/log/other-hook\n")
    domain.sh("chmod +x /etc/qemu/fsfreeze-hook.d/hook; rm -f /var/log/hook-was-here")
    cases.restart(domain, **{"fsfreeze-hook": "/etc/qemu/fsfreeze-hook"})
    virsh.freeze(domain)
    assert domain.sh("cat /var/log/other-hook") == "freeze\nthaw"
    domain.sh("rm /etc/virtagent/virtagent.conf; systemctl restart virtagent")
    cases.await_agent(domain)
    virsh.freeze(domain)
    assert domain.sh("cat /var/log/hook-was-here") == "freeze\nthaw"
    assert domain.sh("cat /var/log/hook-context") == PROGRAMS
    domain.sh("rm /etc/virtagent/freeze.d/hook")  # with less rights it could not write, and fail the freeze


def log_and_reload(domain):
    cases.restart(domain, logfile="/var/log/virtagent.log", verbose="true")
    assert domain.sh("stat -c %C /var/log/virtagent.log").split(":")[2] == "virtagent_log_t"
    domain.put("/etc/virtagent/virtagent.conf", "[general]\nlogfile=/var/log/virtagent.log\nblock-rpcs=guest-get-users\n")
    domain.sh("systemctl reload virtagent")
    domain.until("virtagent --status | grep -q virtio-serial")
    assert "guest-get-users" not in virsh.enabled_commands(domain)
    assert domain.sh("wc -l </var/log/virtagent.log") != "0"
    domain.sh("rm /etc/virtagent/virtagent.conf; systemctl restart virtagent")
    cases.await_agent(domain)
    assert "frozen: no" in domain.sh("virtagent --status")


def programs_survive_a_restart(domain):
    pid = start(domain, "/bin/sh", "-c", "sleep 8; echo survived")
    domain.sh("systemctl restart virtagent")
    cases.await_agent(domain)
    assert finish(domain, pid) == (0, "survived")
    pid = start(domain, "/bin/sh", "-c", "sleep 8; echo survived")
    domain.sh(f"kill -9 {cases.main_pid(domain)}")
    cases.await_agent(domain)
    assert finish(domain, pid) == (0, "survived")
    assert contexts(domain) == {AGENT}, contexts(domain)


# What the booleans take away

def without_files(domain):
    """It can write none; what it may start it can still read."""
    domain.sh("setsebool virtagent_manage_files off")
    cases.restart(domain)
    for path in PLACES:
        assert is_refused(domain, "guest-file-open", path=path, mode="w"), path
        assert "/var/log/" in path or domain.shell(f"[ -e {path} ]")[0], path  # there it may make a log, and only append
    check_denials(domain, [FILES])
    yield "virtagent_manage_files off: files"
    yield from cases.every_command(domain)
    keys_of_root(domain)
    yield "virtagent_manage_files off: keys of root"


def with_confined_programs(domain):
    """With both off a program can do no more than the agent."""
    domain.sh("setsebool virtagent_manage_files=off virtagent_run_unconfined=off")
    assert run(domain, "/bin/sh", "-c", "id -Z") == (0, AGENT)
    assert run(domain, "/usr/bin/wc", "-l", "/etc/shadow")[0] != 0
    assert run(domain, "/bin/sh", "-c", "echo text >/srv/by-a-program")[0] != 0
    assert domain.shell("[ -e /srv/by-a-program ]")[0]
    domain.sh(f"printf '{SCRIPT}' >/tmp/script; chmod +x /tmp/script; rm -f /etc/virtagent/freeze.d/hook")
    assert is_refused(domain, "guest-exec", path="/tmp/script")
    for path in ("/root/there", "/home/joe/there", "/tmp/there", "/etc/shadow"):
        domain.sh(f"[ -e {path} ] || echo text >{path}")
        assert is_refused(domain, "guest-file-open", path=path, mode="r"), path
    check_denials(domain, [PROGRAM])
    yield "virtagent_run_unconfined off: programs"


def every_command_with_both_off(domain):
    yield from cases.every_command(domain)


def shutdown(domain):
    """The log of it has no denial either; and the next start is as this one was."""
    domain.ask("shutdown", "--mode", "agent", timeout=cases.BOOT_SECONDS)
    domain.await_state("shut off")
    check_denials(domain)
    domain.start()
    cases.await_agent(domain)
    assert contexts(domain) == {AGENT}, contexts(domain)


# denials that are the point of a case
SHADOW = r'comm="virtagent-work" .*name="shadow" .*scontext=\S+:virtagent_t:s0 .*tclass=file '
FILES = r'comm="virtagent-work" .*scontext=\S+:virtagent_t:s0 .*tclass=(file|dir) '
PROGRAM = r"scontext=\S+:virtagent_t:s0 .*tclass=(file|dir) "
EXPECTED = {passwords_are_not_for_the_host: SHADOW}
CASES = [watched(case, *filter(None, [EXPECTED.get(case)])) for case in (
    installed, in_its_domain, reads_the_machine, cases.every_command, files, passwords_are_not_for_the_host, programs, keys_of_root,
    hooks, log_and_reload, programs_survive_a_restart, cases.killed, cases.killed_while_frozen, cases.restarted_while_frozen,
    cases.port_comes_and_goes, cases.suspend_to_memory, cases.reboot, shutdown, without_files, with_confined_programs,
    every_command_with_both_off)]
ALWAYS = CASES[:1]
