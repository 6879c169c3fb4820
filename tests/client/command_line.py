# SPDX-License-Identifier: MIT
"""What is made of the table of verbs: --help, completions; and vactl(1), which is held against it."""
import contextlib
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

import harness
from files import directory
from harness import OK, PATIENCE, TOP, USAGE, Skip, check, environment, every, test, vactl

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
            continue  # tests/client skips it where it is asked to complete
        text = vactl("completion", shell).expect(OK).out
        p = subprocess.run([program, "-n"], input=text, capture_output=True, timeout=30)
        check(p.returncode == 0 and not p.stderr, shell, p.stderr)


def shell_environment(**more):
    return environment({"PATH": f"{Path(harness.VACTL).parent}:/usr/bin:/bin", "VACTL_SOCKETS": "",
                        "QGAC_LIBVIRT_BRIDGE": "/nonexistent", "TERM": "dumb", **more})


def in_bash(line, _):
    words = line.split(" ")
    script = ('eval "$(vactl completion bash)"\nCOMP_WORDS=("$@")\nCOMP_CWORD=$(($# - 1))\n_vactl\n'
              'printf "%s\\n" "${COMPREPLY[@]}"')
    p = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, timeout=PATIENCE, cwd="/",
                       env=shell_environment())
    check(p.returncode == 0 and not p.stderr, p)
    return p.stdout.split()


def in_fish(line, d):
    script = 'vactl completion fish | source; complete -C "$argv[1]"'
    p = subprocess.run(["fish", "--no-config", "-c", script, line], capture_output=True, text=True, timeout=PATIENCE, cwd="/",
                       env=shell_environment(HOME=str(d)))
    check(p.returncode == 0 and not p.stderr, p)
    return [line.split("\t")[0].rstrip("/") for line in p.stdout.splitlines()]


# what zsh's completion offers is only to be had from its line editor, on a terminal
ZSH = r"""PROMPT=
fpath=($ZDOTDIR $fpath)
autoload -U compinit
compinit -u -D
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
compadd () {
	if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
		typeset -a hits
		builtin compadd -A hits "$@"
		print -rl -- $hits >>$ZDOTDIR/out
	fi
	builtin compadd "$@"
}
finish () { print END >>$ZDOTDIR/out; exit }
comppostfuncs=(finish)
print READY
"""


def in_zsh(line, d):
    (d / "_vactl").write_bytes(vactl("completion", "zsh").expect(OK).out)
    (d / ".zshrc").write_text(ZSH)
    (d / "out").write_text("")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir("/")
        os.execvpe("zsh", ["zsh", "-o", "nopromptsp", "-i"], shell_environment(ZDOTDIR=str(d), HOME=str(d)))
    seen, end, asked = b"", time.monotonic() + PATIENCE, False
    try:
        while "END" not in (d / "out").read_text() and time.monotonic() < end:
            if select.select([terminal], [], [], 0.05)[0]:
                with contextlib.suppress(OSError):
                    seen += os.read(terminal, 65536)
            if b"READY" in seen and not asked:
                asked = True
                os.write(terminal, line.encode() + b"\t")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
    found = (d / "out").read_text().split("\n")
    check("END" in found, "zsh does not complete", line, seen)
    return [word for word in found if word not in ("", "END")]


def completes(shell, complete):
    if not shutil.which(shell):
        raise Skip(f"no {shell}")

    def one(row):
        line, wanted, unwanted = row
        with directory() as d:
            found = set(complete(line, d))
        check(set(wanted) <= found and not set(unwanted) & found, shell, line, found)
    every(one, [
        ("vactl ", ["ping", "doctor", "freeze"], ["auto"]),
        ("vactl /et", ["/etc" if shell != "zsh" else "etc"], ["ping"]),
        ("vactl web1 fre", ["freeze"], ["ping", "etc"]),
        ("vactl -s /s pi", ["ping"], ["etc"]),
        ("vactl --all p", ["ping", "passwd"], ["proc"]),
        ("vactl web1 exec --", ["--env", "--cwd", "--json"], ["--limit"]),
        ("vactl web1 wait --for sh", ["shutdown"], ["sh"]),
        ("vactl web1 suspend ", ["ram", "disk", "hybrid"], ["ping"]),
        ("vactl --color al", ["always"], ["never"]),
        ("vactl web1 cp /e", ["etc" if shell == "zsh" else "/etc"], ["exec"]),
        ("vactl web1 freeze -- ca", ["cat"], ["--limit"]),
        ("vactl completion z", ["zsh"], ["bash"])])


@test
def completion_in_bash():
    completes("bash", in_bash)


@test
def completion_in_zsh():
    completes("zsh", in_zsh)


@test
def completion_in_fish():
    completes("fish", in_fish)
