# SPDX-License-Identifier: MIT
"""The cases, in their order: each begins where the one before it has ended. A case that covers several things yields their
names."""
import json
import time

from debian import virsh
from debian.domain import BOOT_SECONDS, NAME

CONF = "[general]\nblacklist=guest-file-open\nfsfreeze-hook=/etc/qemu/fsfreeze-hook\n"
HOOK = "#!/bin/sh\necho $1 >>/var/log/hook-was-here\n"
DROP_IN = "[Service]\nEnvironment=FROM_DROP_IN=yes\n"
DEFAULTS = "# kept\nDAEMON_ARGS=\n"
CONFIGURATION = {"/etc/qemu/qemu-ga.conf": CONF, "/etc/qemu/fsfreeze-hook.d/hook": HOOK,
                 "/etc/systemd/system/qemu-guest-agent.service.d/local.conf": DROP_IN,
                 "/etc/default/qemu-guest-agent": DEFAULTS}


def dpkg(domain, words):
    return domain.sh(f"export DEBIAN_FRONTEND=noninteractive; cd /mnt && dpkg {words} </dev/null", BOOT_SECONDS)


def await_agent(domain, seconds=BOOT_SECONDS):
    """Until libvirt says that somebody has opened the port, and he answers."""
    end = time.monotonic() + seconds
    while domain.run_virsh("qemu-agent-command", NAME, '{"execute":"guest-ping"}').returncode:
        assert time.monotonic() < end, "no agent:\n" + domain.shell("systemctl status qemu-guest-agent virtagent; journalctl -b "
                                                                    "--no-pager -n 30 -u virtagent -u qemu-guest-agent")[1]
        time.sleep(0.3)


def main_pid(domain):
    return int(domain.sh("systemctl show --value -p MainPID virtagent.service"))


def is_ours(domain):
    return "__org.virtagent_version" in virsh.agent(domain, "guest-info")


def restart(domain, **lines):
    """With another configuration file: key=value."""
    domain.put("/etc/virtagent/virtagent.conf", "[general]\n" + "".join(f"{k}={v}\n" for k, v in lines.items()))
    domain.sh("systemctl restart virtagent")
    await_agent(domain)


def recover(domain):
    """After a failed case: whatever it has left frozen or half done."""
    domain.run_virsh("domfsthaw", NAME)
    domain.run_virsh("dompmwakeup", NAME)


def check_configuration(domain):
    for path, text in CONFIGURATION.items():
        assert domain.sh(f"cat {path}") == text.rstrip("\n"), path


# From the packaged agent to ours

def packaged_agent(domain):
    for path, text in CONFIGURATION.items():
        domain.put(path, text)
    domain.sh("chmod +x /etc/qemu/fsfreeze-hook.d/hook")
    dpkg(domain, "-i qemu-guest-agent_*.deb")
    domain.sh("systemctl start qemu-guest-agent")
    await_agent(domain)
    assert not is_ours(domain)


def installing_beside_it_leaves_it_alone(domain):
    dpkg(domain, "-i virtagent_*.deb")
    assert not is_ours(domain)
    assert domain.shell("systemctl is-active virtagent")[1].strip() == "inactive"


def upgrade_from_it(domain):
    """Row 266: the new one serves at once, and all of the configuration is there."""
    dpkg(domain, "-i virtagent-qemu-ga_*.deb")
    await_agent(domain)
    assert is_ours(domain)
    check_configuration(domain)
    assert domain.sh("systemctl show --value -p Id qemu-guest-agent.service") == "virtagent.service"
    assert domain.sh("readlink -f /usr/sbin/qemu-ga") == "/usr/sbin/virtagent"
    assert domain.sh("qemu-ga --version").startswith("QEMU Guest Agent ")


def its_configuration_is_in_effect(domain):
    assert "guest-file-open" not in virsh.enabled_commands(domain)
    assert "FROM_DROP_IN=yes" in domain.sh(f"tr '\\0' '\\n' </proc/{main_pid(domain)}/environ")
    for purged in (False, True):
        if purged:  # the script of the package is gone, ours stands in for it
            dpkg(domain, "--purge qemu-guest-agent")
            check_configuration(domain)
        domain.sh("rm -f /var/log/hook-was-here")
        virsh.freeze(domain)
        assert domain.sh("cat /var/log/hook-was-here") == "freeze\nthaw"


def service_in_its_place(domain):
    """For what comes: nothing is blocked."""
    domain.sh("rm /etc/qemu/qemu-ga.conf /etc/qemu/fsfreeze-hook.d/hook")
    domain.sh("systemctl restart qemu-guest-agent")
    await_agent(domain)
    assert "guest-file-open" in virsh.enabled_commands(domain)
    assert domain.sh("systemctl show --value -p Result virtagent") == "success"


# The service

def killed(domain):
    before = main_pid(domain)
    domain.sh(f"kill -9 {before}")
    domain.until(f"[ $(systemctl show --value -p MainPID virtagent) -gt {before} ]")
    await_agent(domain)


def killed_while_frozen(domain):
    """The new one comes from memory alone, knows that the guest is frozen, and thaws it."""
    assert "Froze 2" in domain.ask("domfsfreeze")
    try:
        for _ in range(2):
            before = main_pid(domain)
            domain.sh(f"kill -9 {before}")
            await_agent(domain)
            assert virsh.agent(domain, "guest-fsfreeze-status") == "frozen"
    finally:
        text = domain.ask("domfsthaw")
    assert "Thawed 2" in text, text
    domain.sh("touch /thawed && rm /thawed")


def restarted_while_frozen(domain):
    """systemctl restart: the old one waits for a thaw and then thaws; nothing stays frozen."""
    assert "Froze 2" in domain.ask("domfsfreeze")
    domain.sh("systemctl restart virtagent", 120)
    await_agent(domain)
    assert virsh.agent(domain, "guest-fsfreeze-status") == "thawed"
    domain.sh("touch /thawed && rm /thawed")


def port_comes_and_goes(domain):
    """The unit ends with its port and starts with it."""
    before = main_pid(domain)
    domain.ask("detach-device", domain.d / "channel.xml", "--live")
    domain.until("[ $(systemctl is-active virtagent) = inactive ]")
    domain.ask("attach-device", domain.d / "channel.xml", "--live")
    domain.until("[ $(systemctl is-active virtagent) = active ]")
    await_agent(domain)
    assert main_pid(domain) != before


def masked(domain):
    """As with the packaged agent: a unit that is masked does not start with the port."""
    domain.sh("systemctl mask --now qemu-guest-agent")
    domain.ask("detach-device", domain.d / "channel.xml", "--live")
    domain.until("[ ! -e /dev/virtio-ports/org.qemu.guest_agent.0 ]")
    domain.ask("attach-device", domain.d / "channel.xml", "--live")
    domain.until("[ -e /dev/virtio-ports/org.qemu.guest_agent.0 ]")
    domain.sh("udevadm settle; sleep 1; ! systemctl is-active --quiet virtagent")
    domain.sh("systemctl unmask qemu-guest-agent; systemctl daemon-reload; systemctl start qemu-guest-agent")
    await_agent(domain)


def upgrade_by_a_program_of_the_host(domain):
    """The package manager that upgrades the agent is the agent's child, and lives."""
    before = main_pid(domain)
    pid = virsh.agent(domain, "guest-exec", path="/bin/sh", arg=["-c", "dpkg -i /mnt/virtagent_*.deb </dev/null && echo upgraded"],
                      env=["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive"],
                      **{"capture-output": True})["pid"]
    domain.until(f"[ $(systemctl show --value -p MainPID virtagent) != {before} ]", BOOT_SECONDS)
    await_agent(domain)
    while not (status := virsh.agent(domain, "guest-exec-status", pid=pid))["exited"]:
        time.sleep(0.5)
    assert status["exitcode"] == 0, status


def vactl_and_its_test(domain):
    """The test of the packages that autopkgtest would run."""
    dpkg(domain, "-i libqgaclient0_*.deb vactl_*.deb")
    domain.put("/root/answers", open(__file__.replace("tests/debian/cases.py", "debian/tests/answers"), encoding="utf-8").read())
    domain.sh("sh /root/answers", BOOT_SECONDS)


def init_script(domain):
    """For guests without systemd."""
    domain.sh("systemctl stop virtagent")
    script = "SYSTEMCTL_SKIP_REDIRECT=1 _SYSTEMCTL_SKIP_REDIRECT=1 /etc/init.d/virtagent"
    for command in ("start", "status", "reload", "restart", "status"):
        domain.sh(f"{script} {command}")
    await_agent(domain)
    domain.sh(f"{script} stop; ! {script} status; {script} stop; [ ! -e /run/virtagent.pid ]")
    domain.sh("systemctl start virtagent")
    await_agent(domain)


def in_a_confidential_vm(domain):
    """Without a configuration virtagent only answers questions there; what takes the place of qemu-ga does all."""
    domain.sh("touch /dev/sev-guest; systemctl restart virtagent")
    await_agent(domain)
    assert "guest-exec" not in virsh.enabled_commands(domain)
    dpkg(domain, "-i virtagent-qemu-ga_*.deb")
    domain.sh("systemctl restart virtagent")
    await_agent(domain)
    assert "guest-exec" in virsh.enabled_commands(domain)
    domain.sh("rm /dev/sev-guest /etc/qemu/qemu-ga.conf; systemctl restart virtagent")
    await_agent(domain)


# What libvirt makes of it

def every_command(domain):
    for name, _, check in virsh.commands():
        check(domain)
        yield f"virsh {name}"


def snapshot(domain):
    """Between freeze and thaw libvirt asks for nothing else; the snapshot is of a frozen filesystem."""
    domain.ask("snapshot-create-as", "--quiesce", "--disk-only", "--atomic", "--no-metadata",
               "--diskspec", f"vda,snapshot=external,file={domain.d}/overlay.img", "--diskspec", "vdb,snapshot=no",
               "--diskspec", "vdc,snapshot=no")
    assert virsh.agent(domain, "guest-fsfreeze-status") == "thawed"
    domain.sh("touch /after-the-snapshot && rm /after-the-snapshot")


def profiles(domain):
    """With each profile every command works, or says that it is not allowed."""
    for profile in ("info", "backup", "manage", "full"):
        restart(domain, profile=profile)
        enabled = virsh.enabled_commands(domain)
        for name, wires, check in virsh.commands():
            refused = [wire for wire in wires if wire not in enabled]
            if refused and refused[0] in virsh.REFUSALS:
                done = domain.run_virsh(virsh.REFUSALS[refused[0]][0], NAME, *virsh.REFUSALS[refused[0]][1:])
                assert done.returncode and "has been disabled" in done.stderr, (profile, name, done)
            elif not refused:
                check(domain)
        for wire in ("guest-shutdown", "guest-suspend-ram", "guest-suspend-disk", "guest-suspend-hybrid"):
            if wire not in enabled:
                done = domain.run_virsh(virsh.REFUSALS[wire][0], NAME, *virsh.REFUSALS[wire][1:])
                assert done.returncode and "has been disabled" in done.stderr, (profile, wire, done)
        yield f"virsh with profile {profile}: {len(enabled)} commands of the agent"
    domain.sh("rm /etc/virtagent/virtagent.conf")
    domain.sh("systemctl restart virtagent")
    await_agent(domain)


def hardened(domain):
    """With the drop-in for its profile the service starts, and what the profile allows works."""
    for profile in ("info", "backup"):
        domain.sh(f"mkdir -p /etc/systemd/system/virtagent.service.d; ln -sf /usr/share/virtagent/profile-{profile}.conf "
                  "/etc/systemd/system/virtagent.service.d/50-profile.conf; systemctl daemon-reload; systemctl restart virtagent")
        await_agent(domain)
        enabled = virsh.enabled_commands(domain)
        for name, wires, check in virsh.commands():
            if all(wire in enabled for wire in wires):
                check(domain)
        assert "guest-exec" not in enabled and ("guest-fsfreeze-freeze" in enabled) == (profile == "backup")
        yield f"hardened service, profile {profile}"
    domain.sh("rm /etc/systemd/system/virtagent.service.d/50-profile.conf; systemctl daemon-reload; systemctl restart virtagent")
    await_agent(domain)


# Power

def suspend_to_memory(domain):
    domain.ask("dompmsuspend", "mem", timeout=BOOT_SECONDS)
    domain.await_state("pmsuspended")
    domain.ask("dompmwakeup")
    domain.await_state("running")
    await_agent(domain)
    assert "Entering sleep state 'suspend'" in domain.sh("dmesg | grep systemd-sleep")


def suspend_to_disk(domain):
    domain.sh("swapon /dev/vdb; echo here >/run/survives")
    domain.ask("dompmsuspend", "disk", timeout=BOOT_SECONDS)
    domain.await_state("shut off")
    domain.ask("start")
    domain.await_resume()
    await_agent(domain)
    assert domain.sh("cat /run/survives") == "here"


def suspend_hybrid(domain):
    domain.sh("swapon /dev/vdb; echo here >/run/survives")
    domain.ask("dompmsuspend", "hybrid", timeout=BOOT_SECONDS)
    domain.await_state("pmsuspended")
    domain.ask("dompmwakeup")
    domain.await_state("running")
    await_agent(domain)
    assert domain.sh("cat /run/survives") == "here"


def reboot(domain):
    before = domain.sh("cat /proc/sys/kernel/random/boot_id")
    domain.ask("reboot", "--mode", "agent", timeout=BOOT_SECONDS)
    domain.await_boot()
    assert domain.sh("cat /proc/sys/kernel/random/boot_id") != before
    await_agent(domain)
    assert is_ours(domain)


def shutdown(domain):
    domain.ask("shutdown", "--mode", "agent", timeout=BOOT_SECONDS)
    domain.await_state("shut off")
    domain.start()
    await_agent(domain)
    assert "recovery complete" not in domain.sh("dmesg")  # of a filesystem that was not unmounted


def power_cut(domain):
    domain.ask("destroy")
    domain.start()
    await_agent(domain)
    assert is_ours(domain)


# And back

def back_to_the_packaged_agent(domain):
    for path, text in CONFIGURATION.items():
        domain.put(path, text)
    domain.sh("chmod +x /etc/qemu/fsfreeze-hook.d/hook")
    dpkg(domain, "--remove virtagent-qemu-ga virtagent")
    dpkg(domain, "-i qemu-guest-agent_*.deb")
    check_configuration(domain)
    domain.sh("systemctl start qemu-guest-agent")
    await_agent(domain)
    assert not is_ours(domain)
    done = domain.run_virsh("qemu-agent-command", NAME, json.dumps({"execute": "guest-file-open", "arguments": {"path": "/x"}}))
    assert done.returncode and "disabled" in done.stderr, done


def back_with_ours_beside_it(domain):
    """Row 266. As after "apt install qemu-guest-agent": the agent that is removed hands the port over."""
    dpkg(domain, "-i virtagent_*.deb")
    assert not is_ours(domain)
    domain.sh("systemctl stop qemu-guest-agent; systemctl start virtagent")
    await_agent(domain)
    assert is_ours(domain)
    dpkg(domain, "--remove virtagent")
    await_agent(domain)
    assert not is_ours(domain)


def purged(domain):
    """Nothing of ours is left."""
    dpkg(domain, "--purge virtagent virtagent-qemu-ga vactl libqgaclient0")
    left = domain.sh("find / -xdev -name '*virtagent*' ! -path '/var/log/*' ! -path '/proc/*' ! -path '/run/*'; "
                     "find /run -name '*virtagent*' ! -path '/run/udev/*' ! -path '/run/systemd/*'; ls /usr/sbin/qemu-ga")
    assert left == "/usr/sbin/qemu-ga", left
    check_configuration(domain)


ALWAYS = (packaged_agent, installing_beside_it_leaves_it_alone, upgrade_from_it, service_in_its_place)
CASES = [
    packaged_agent, installing_beside_it_leaves_it_alone, upgrade_from_it, its_configuration_is_in_effect, service_in_its_place,
    killed, killed_while_frozen, restarted_while_frozen, port_comes_and_goes, masked, upgrade_by_a_program_of_the_host,
    vactl_and_its_test, init_script, in_a_confidential_vm, every_command,
    # Under emulation the kernel itself hangs in a second suspend of another kind and in a shutdown after a hybrid one,
    # whoever asks for it: one in each boot, and the power is cut after that.
    suspend_to_disk, reboot, every_command, shutdown, suspend_hybrid, power_cut, suspend_to_memory, profiles, hardened, snapshot,
    back_to_the_packaged_agent, back_with_ours_beside_it, purged]
