#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what makes a service of the agent: units, rule, scripts, the examples, and what is installed where."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent

PORT = "dev-virtio\\x2dports-org.qemu.guest_agent.0.device"
# A setting and the value it must have in every service.
NEEDED = {
    "Type": "notify",
    "Restart": "always",
    "RestartSec": "0",
    "WatchdogSignal": "SIGKILL",
    "KillMode": "process",
    "OOMPolicy": "continue",
}
PRESENT = ["Description", "Documentation", "StartLimitIntervalSec", "StartLimitBurst", "WatchdogSec"]
# Inherited by the programs that the host starts, or another place for the state than --status and --thaw expect.
BANNED = re.compile(r"Private\w+|Protect\w+|Restrict\w+|NoNewPrivileges|SystemCall\w+|Capability\w+|AmbientCapabilities|"
                    r"User|DynamicUser|ReadOnlyPaths|ReadWritePaths|InaccessiblePaths|\w*BindPaths|BindReadOnlyPaths|"
                    r"TemporaryFileSystem|Mount\w+|Root\w+|MemoryDenyWriteExecute|LockPersonality|StateDirectory|"
                    r"RuntimeDirectory|OOMScoreAdjust|Nice|Limit\w+|UMask|Slice")
RULE_WORD = re.compile(r'[A-Z]+(?:\{\w+\})?(?:==|!=|\+=|=)"[^"]*"')


def parse(text):
    """The sections of a unit: lists of (setting, value), and complaints about lines that are nothing."""
    sections, complaints, current = {}, [], None
    for line in text.splitlines():
        line = line.strip()
        found = re.fullmatch(r"\[(\w+)\]", line)
        if not line or line[0] in "#;":
            continue
        if found:
            current = sections.setdefault(found[1], [])
        elif current is None or not re.match(r"[A-Z]\w*=", line):
            complaints.append(f"not a setting: {line}")
        else:
            current.append(tuple(line.split("=", 1)))
    return sections, complaints


def check_command(command, program, options):
    words = command.split()
    if words[:1] != [program]:
        yield f"starts {words[:1]}, installed is {program}"
    for word in words[1:]:
        name = word.split("=")[0]
        if not word.startswith("$") and name not in options:
            yield f"there is no option {name}"
    if "--retry-path" not in words:
        yield "an unplugged port would use up the start limit: --retry-path"


def check_service(text, program, options):
    sections, complaints = parse(text)
    settings = [pair for part in sections.values() for pair in part]
    values = dict(settings)
    complaints += [f"{key} is {values.get(key)}, not {want}" for key, want in NEEDED.items() if values.get(key) != want]
    complaints += [f"{key} is missing" for key in PRESENT if not values.get(key)]
    complaints += [f"{key} does not belong here" for key, _ in settings if BANNED.fullmatch(key)]
    return complaints + list(check_command(values.get("ExecStart", ""), program, options))


def check_rule(text):
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield from (f"no word of a rule: {w}" for w in re.split(r",\s*", line) if not RULE_WORD.fullmatch(w))
            if 'ATTR{name}=="org.qemu.guest_agent.0"' not in line or 'ENV{SYSTEMD_WANTS}="virtagent.service"' not in line:
                yield f"does not start virtagent.service for the port: {line}"


def same_service(texts):
    """The services differ in their channel only."""
    parts = {name: [p for p in parse(text)[0]["Service"] if p[0] != "ExecStart"] for name, text in texts.items()}
    first = parts["virtagent.service"]
    return [f"{name}: [Service] is not that of virtagent.service" for name, part in parts.items() if part != first]


def run(command, **how):
    result = subprocess.run([str(w) for w in command], capture_output=True, text=True, check=False, **how)
    return result.returncode, result.stdout + result.stderr


def check_with_systemd(units, program):
    """As systemd reads them, where it is installed: what is checked above is checked without it, too."""
    if not shutil.which("systemd-analyze"):
        return []
    with tempfile.TemporaryDirectory() as folder:
        for name, text in units.items():
            Path(folder, name.replace("@.", "@ttyS1.")).write_text(text.replace(program, "/bin/sh"), encoding="utf-8")
        # with the name that it gets when it is enabled
        Path(folder, "qemu-guest-agent.service").symlink_to("virtagent.service")
        # --recursive-errors=no as well: units of this machine are none of our business
        status, output = run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                              *(p for p in Path(folder).iterdir() if not p.is_symlink())],
                             env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"})
    ours = [line for line in output.splitlines() if re.search(r"virtagent|qemu-guest-agent", line)]
    return [f"systemd-analyze: {line}" for line in ours or ([output] if status else [])]


def check_units(build, program, options):
    names = [p.name[:-3] for p in (TOP / "units/systemd").glob("*.in")]
    units = {name: (build / "units" / name).read_text(encoding="utf-8") for name in names}
    services = {name: text for name, text in units.items() if name.endswith(".service")}
    complaints = [f"{name}: {c}" for name, text in services.items() for c in check_service(text, program, options)]
    main = [pair for part in parse(services["virtagent.service"])[0].values() for pair in part]
    for pair in [("BindsTo", PORT), ("After", PORT), ("WantedBy", PORT), ("Alias", "qemu-guest-agent.service")]:
        if pair not in main:
            complaints.append(f"virtagent.service: {'='.join(pair)} is missing")
    if ("ListenStream", "vsock::1234") not in parse(units["virtagent-vsock.socket"])[0]["Socket"]:
        complaints.append("virtagent-vsock.socket: not port 1234")
    complaints += same_service(services) + check_with_systemd(units, program)
    rule = (TOP / "units/udev/61-virtagent.rules").read_text(encoding="utf-8")
    return complaints + [f"61-virtagent.rules: {c}" for c in check_rule(rule)]


# What would give the service a view of its own of the mounts: the agent tells, and freezes, those of the guest.
OWN_VIEW = re.compile(r"Private(?!Users)\w+|Protect(System|Home|Proc|KernelTunables|KernelModules|KernelLogs|ControlGroups|Hostname)|"
                      r"\w*Paths|Root\w+|TemporaryFileSystem|Mount\w+|ProcSubset|DynamicUser")
EXPOSURE_MAX = 5.0  # systemd-analyze calls what is below "OK"


def exposure(folder, unit):
    """What systemd-analyze makes of a unit with its drop-ins: (number, word)."""
    _, output = run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
                    env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:", "LC_ALL": "C"}, cwd=folder)
    found = re.search(r"exposure level for \S+: ([\d.]+) (\w+)", output)
    return (float(found[1]), found[2]) if found else (10.0, output)


def check_profile(text, profile, service, program):
    """A drop-in that narrows the service down to what a profile needs."""
    sections, complaints = parse(text)
    settings = sections.get("Service", [])
    if ("Environment", f"VIRTAGENT_ARGS=--profile={profile}") not in settings:
        complaints.append("does not set the profile")
    complaints += [f"{key} does not belong here" for key, _ in settings if OWN_VIEW.fullmatch(key)]
    if not shutil.which("systemd-analyze"):
        return complaints
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "virtagent.service").write_text(service.replace(program, "/bin/sh"), encoding="utf-8")
        Path(folder, "virtagent.service.d").mkdir()
        Path(folder, "virtagent.service.d", "50-profile.conf").write_text(text, encoding="utf-8")
        number, word = exposure(folder, "virtagent.service")
    if number >= EXPOSURE_MAX or word != "OK":
        complaints.append(f"systemd-analyze security: {number} {word}")
    return complaints


def check_profiles(build, program):
    units = build / "units"
    service = (units / "virtagent.service").read_text(encoding="utf-8")
    return [f"profile-{name}.conf: {c}" for name in ("info", "backup")
            for c in check_profile((units / f"profile-{name}.conf").read_text(encoding="utf-8"), name, service, program)]


def check_scripts(build, program, options):
    made = [build / "units" / name for name in ("openrc-virtagent", "runit-run", "s6-run")]
    complaints = []
    for script in [*made, TOP / "units/install-qemu-ga-link", TOP / "docs/examples/freeze-hook"]:
        tools = [["sh", "-n"]] + ([["shellcheck", "-s", "sh"]] if shutil.which("shellcheck") else [])
        for tool in tools:
            status, output = run([*tool, script])
            if status:
                complaints.append(f"{script.name}: {' '.join(tool)}: {output}")
    for script in made:
        text = script.read_text(encoding="utf-8")
        if program not in text:
            complaints.append(f"{script.name}: does not start {program}")
        used = re.findall(r"(?<=[ \"])--[a-z-]+", re.sub(r"^\s*(?:#|supervise-daemon ).*", "", text, flags=re.M))
        complaints += [f"{script.name}: there is no option {o}" for o in used if o not in options]
    return complaints


def check_hook():
    """The example, where there is no server: what it answers."""
    hook = TOP / "docs/examples/freeze-hook"
    return [f"freeze-hook {words}: {status}, not {want}" for words, want in ([["thaw"], 0], [["what"], 2], [[], 2])
            if (status := run([hook, *words])[0]) != want]


def check_example(agent):
    """As it is, and with every key in effect."""
    text = (TOP / "docs/examples/virtagent.conf").read_text(encoding="utf-8")
    complaints = [f"virtagent.conf: in effect: {line}" for line in text.splitlines()
                  if line and line[0] != "#" and line != "[general]"]
    with tempfile.TemporaryDirectory() as folder:
        for what in (text, re.sub(r"^#(?=[a-z-]+=|\[)", "", text, flags=re.M)):
            path = Path(folder, "virtagent.conf")
            path.write_text(what, encoding="utf-8")
            status, output = run([agent, "--check-config", "-c", path])
            if status:
                complaints.append(output)
    return complaints


def installed(folder):
    return {"/" + str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_symlink() or not p.is_dir()}


def missing(where, have, want):
    return [f"{where}: {name} is not installed" for name in want if name not in have]


def check_install(build, program, unit_dir, rules_dir):
    """What the build installs."""
    prefix = str(Path(program).parent.parent)
    examples = f"{prefix}/share/doc/virtagent/examples"
    want = [program, f"{prefix}/bin/vactl", f"{prefix}/include/qgaclient.h", f"{examples}/virtagent.conf",
            f"{examples}/freeze-hook"]
    if unit_dir != "no":
        want += [f"{unit_dir}/{p.name[:-3]}" for p in (TOP / "units/systemd").glob("*.in")]
    if rules_dir != "no":
        want += [f"{rules_dir}/61-virtagent.rules"]
    with tempfile.TemporaryDirectory() as folder:
        status, output = run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", folder])
        have = installed(Path(folder))
        complaints = [output] if status else missing("install", have, want)
        hook = Path(folder + f"{examples}/freeze-hook")
        if not status and not os.access(hook, os.X_OK):
            complaints.append("freeze-hook is not executable")
    return complaints


# Options of the build, what is installed then, and what is not.
INSTALLS = [
    (["--prefix=/opt/x", "-Dqemu_ga_link=true"],
     ["/opt/x/lib/systemd/system/virtagent.service", "/opt/x/lib/systemd/system/qemu-guest-agent.service",
      "/opt/x/sbin/qemu-ga", "/opt/x/lib/udev/rules.d/61-virtagent.rules"], "/etc/"),
    (["--prefix=/usr", "-Dsystemdsystemunitdir=no", "-Dudevrulesdir=no", "-Dqemu_ga_link=true", "-Dopenrcdir=/etc/init.d",
      "-Drunitdir=/etc/sv", "-Ds6dir=/etc/s6/sv"],
     ["/usr/sbin/qemu-ga", "/etc/init.d/virtagent", "/etc/sv/virtagent/run", "/etc/s6/sv/virtagent/run",
      "/etc/s6/sv/virtagent/type"], "/lib/"),
]


def check_choices():
    """The folder units/ set up alone, with other options."""
    complaints = []
    for options, want, never in INSTALLS:
        with tempfile.TemporaryDirectory() as folder:
            top, dest = Path(folder, "top"), Path(folder, "dest")
            shutil.copytree(TOP / "units", top / "units")
            shutil.copy(TOP / "meson_options.txt", top)
            (top / "meson.build").write_text("project('units', meson_version: '>= 0.56')\nsubdir('units')\n", "utf-8")
            for command in (["meson", "setup", top / "build", top, *options],
                            ["meson", "install", "-C", top / "build", "--no-rebuild", "--destdir", dest]):
                status, output = run(command)
                if status:
                    complaints.append(output)
            have = installed(dest)
            complaints += missing(" ".join(options), have, want)
            complaints += [f"{options}: {name} is installed" for name in have if never in name]
            link = Path(f"{dest}{Path(next(n for n in want if n.endswith('qemu-ga')))}")
            if not link.is_symlink() or os.readlink(link) != "virtagent":
                complaints.append(f"{options}: {link} is no link to virtagent")
    return complaints


def check(options):
    agent = options.build / "virtagent"
    known = set(re.findall(r"--[a-z-]+", run([agent, "--help"])[1]))
    return (check_units(options.build, options.program, known) + check_scripts(options.build, options.program, known) +
            check_profiles(options.build, options.program) + check_hook() + check_example(agent) +
            check_install(options.build, options.program, options.unit_dir, options.rules_dir) + check_choices())


GOOD = """[Unit]
Description=x
Documentation=man:x(8)
StartLimitIntervalSec=1
StartLimitBurst=1
[Service]
Type=notify
ExecStart=/s/virtagent --retry-path --known=1 $MORE
Restart=always
RestartSec=0
WatchdogSec=1
WatchdogSignal=SIGKILL
KillMode=process
OOMPolicy=continue
"""
# What is replaced in a service that is right, by what, and a part of the complaint.
SELF_TEST = [
    ("KillMode=process", "KillMode=process", None),
    ("KillMode=process", "KillMode=mixed", "KillMode is mixed"),
    ("KillMode=process", "", "KillMode is None"),
    ("KillMode=process", "KillMode=process\nPrivateTmp=yes", "PrivateTmp does not"),
    ("KillMode=process", "KillMode=process\nNoNewPrivileges=yes", "NoNewPrivileges does not"),
    ("KillMode=process", "KillMode=process\nStateDirectory=x", "StateDirectory does not"),
    ("KillMode=process", "KillMode=process\nodd", "not a setting: odd"),
    ("WatchdogSec=1", "", "WatchdogSec is missing"),
    ("/s/virtagent", "/usr/bin/virtagent", "installed is /s/virtagent"),
    ("--known", "--unknown", "no option --unknown"),
    ("--retry-path ", "", "start limit"),
]
RULES = [
    ('ATTR{name}=="org.qemu.guest_agent.0", ENV{SYSTEMD_WANTS}="virtagent.service"', 0),
    ('ATTR{name}=="org.qemu.guest_agent.0", ENV{SYSTEMD_WANTS}="other.service"', 1),
    ('ATTR{name}=="org.qemu.guest_agent.0" ENV{SYSTEMD_WANTS}="virtagent.service"', 1),
    ('ATTR{name}==org.qemu.guest_agent.0, ENV{SYSTEMD_WANTS}="virtagent.service"', 2),
]

NARROW = """[Service]
Environment=VIRTAGENT_ARGS=--profile=info
NoNewPrivileges=yes
CapabilityBoundingSet=
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
SystemCallFilter=@system-service
"""
PROFILES = [
    (NARROW, 0),
    (NARROW.replace("info", "full"), 1),
    (NARROW + "ProtectSystem=strict\n", 1),
    # more than "OK"
    *([(NARROW.replace("CapabilityBoundingSet=\n", ""), 1)] if shutil.which("systemd-analyze") else []),
]


def self_test():
    failed = 0
    for old, new, want in SELF_TEST:
        complaints = check_service(GOOD.replace(old, new), "/s/virtagent", {"--retry-path", "--known"})
        if len(complaints) != (want is not None) or (want and want not in complaints[0]):
            failed += 1
            print(f"{old!r} -> {new!r}: {complaints}, expected {want}")
    for line, want in RULES:
        if len(list(check_rule(line))) != want:
            failed += 1
            print(f"{line}: {list(check_rule(line))}, expected {want}")
    for text, want in PROFILES:
        if len(list(check_profile(text, "info", GOOD, "/s/virtagent"))) != want:
            failed += 1
            print(f"{text}: {check_profile(text, 'info', GOOD, '/s/virtagent')}, expected {want}")
    print(f"{len(SELF_TEST) + len(RULES) + len(PROFILES) - failed} passed, {failed} failed")
    return failed > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--build", type=Path, default=TOP / "build")
    parser.add_argument("--program", default="/usr/local/sbin/virtagent", help="where the agent is installed")
    parser.add_argument("--unit-dir", default="/usr/local/lib/systemd/system")
    parser.add_argument("--rules-dir", default="/usr/local/lib/udev/rules.d")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    options.build = options.build.resolve()
    complaints = check(options)
    print("\n".join(complaints + [f"{len(complaints)} complaints"]))
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
