# SPDX-License-Identifier: MIT
"""What is made of the table of verbs: --help, completions; and vactl(1), which is held against it."""
import re
import shutil
import subprocess
from pathlib import Path

import harness
from harness import OK, TOP, USAGE, Skip, check, environment, test, vactl

SHELLS = ("bash", "zsh", "fish")


def help_of(*verb):
    return vactl(*verb, "--help").expect(OK).out.decode()


def verbs():
    """{verb: its own options as --name}, as --help has them."""
    listed = re.findall(r"^  ([a-z][a-z-]+) +[A-Z]", help_of().split("\nOptions:")[0], re.M)
    own = {v: help_of(v).split("\nGlobal options:")[0] for v in listed}
    return {v: re.findall(r"^  (?:-\w, |    )(--[a-z0-9-]+)", text, re.M) for v, text in own.items()}


def global_options():
    return re.findall(r"^  (?:-\w, |    )(--[a-z-]+)", help_of().split("\nOptions:")[1], re.M)


@test
def help_of_every_verb():
    table = verbs()
    check(len(table) > 30 and set("list doctor exec cp freeze wait ip ssh-keys completion".split()) <= set(table), table)
    for verb in table:
        text = help_of(verb)
        guest = "" if verb in ("list", "completion") else "GUEST "
        check(text.startswith(f"usage: vactl [OPTION...] {guest}{verb}"), text)
        for line in text.splitlines():
            check(len(line) <= 80 and line == line.rstrip(), "too wide, or blanks at the end", verb, line)
    for line in help_of().splitlines():
        check(len(line) <= 80 and line == line.rstrip(), "too wide, or blanks at the end", line)


@test
def options_do_not_clash():
    """What getopt would have to guess: the same letter or name twice in one verb."""
    letters = re.compile(r"^  -(\w), ", re.M)
    for verb, options in verbs().items():
        own = letters.findall(help_of(verb).split("\nGlobal options:")[0])
        check(len(own) == len(set(own)) and len(options) == len(set(options)), verb, own, options)


@test
def manual_names_every_verb_option_and_exit_code():
    page = (TOP / "docs/man/vactl.1.scd").read_text()
    heads = " ".join(re.findall(r"^## (.*)$", page, re.M)).replace(",", " ").split()
    table = verbs()
    check(sorted(heads) == sorted(table), "sections and verbs differ", set(heads) ^ set(table))
    for option in global_options():
        check(f"*{option}*" in page, "not in vactl(1)", option)
    for verb, options in table.items():
        section = re.search(rf"^## (?:[^\n]*\b)?{verb}\b.*?(?=^## |^# )", page, re.M | re.S)[0]
        for option in options:
            check(f"*{option}*" in section or "sh" == verb, "not in its section", verb, option)
    for code in (*range(6), 255):
        check(re.search(rf"^\*{code}\*$", page, re.M) or f"and {code} in all" in page, "exit code", code)
    named = set(re.findall(r"\*(--[a-z0-9-]+)\*", page))
    known = set(global_options()) | {o for options in table.values() for o in options}
    check(named <= known, "options that do not exist", named - known)


@test
def completions_name_everything():
    table = verbs()
    for shell in SHELLS:
        text = vactl("completion", shell).expect(OK).out.decode()
        for verb, options in table.items():
            check(re.search(rf"\b{verb}\b", text), shell, verb)
            for option in options:
                check(option in text or f"-l {option[2:]} " in text, shell, verb, option)
    vactl("completion", "tcsh").expect(USAGE, "bash, zsh or fish")
    vactl("completion").expect(USAGE, "which shell")


@test
def completions_are_valid():
    for shell in SHELLS:
        program = shutil.which(shell)
        if not program:
            continue  # bash is always there
        text = vactl("completion", shell).expect(OK).out
        p = subprocess.run([program, "-n"], input=text, capture_output=True, timeout=30)
        check(p.returncode == 0 and not p.stderr, shell, p.stderr)


def complete(line):
    """What bash would offer at the end of this line."""
    if not shutil.which("bash"):
        raise Skip("no bash")
    words = line.split(" ")
    script = ('eval "$(vactl completion bash)"\nCOMP_WORDS=("$@")\nCOMP_CWORD=$(($# - 1))\n_vactl\n'
              'printf "%s\\n" "${COMPREPLY[@]}"')
    path = {"PATH": f"{Path(harness.VACTL).parent}:/usr/bin:/bin"}
    p = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, timeout=30, cwd="/",
                       env=environment({**path, "VACTL_SOCKETS": "", "QGAC_LIBVIRT_BRIDGE": "/nonexistent"}))
    check(p.returncode == 0 and not p.stderr, p)
    return p.stdout.split()


@test
def completion_in_bash():
    check({"ping", "doctor", "etc"} <= set(complete("vactl ")), "verbs and files", complete("vactl "))
    check(complete("vactl web1 fre") == ["freeze"], complete("vactl web1 fre"))
    check(complete("vactl -s /s pi") == ["ping"], complete("vactl -s /s pi"))
    check("etc" not in complete("vactl --all "), "no guests behind --all")
    check({"--env", "--cwd", "--json"} <= set(complete("vactl web1 exec --")), complete("vactl web1 exec --"))
    check(complete("vactl web1 wait --for sh") == ["shutdown"], complete("vactl web1 wait --for sh"))
    check(complete("vactl web1 suspend ") == ["ram", "disk", "hybrid"], complete("vactl web1 suspend "))
    check(complete("vactl --color al") == ["always"], complete("vactl --color al"))
    check("etc" in complete("vactl web1 cp /e") or complete("vactl web1 cp /e") == ["/etc"], complete("vactl web1 cp /e"))
