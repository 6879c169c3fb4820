# SPDX-License-Identifier: MIT
"""--daemonize: the status of what was started, the pid file, what is left of the terminal."""

import os
import signal
import subprocess

from harness import PATIENCE, case, check, same, wait_for


@case
def it_works_when_the_command_returns(lab):
    same(lab.daemonize(), (0, b""), "status and errors")
    check(lab.ping(lab.path("sock")), "no answer")
    pid = lab.daemon_pid()
    same(lab.read("pid"), b"%d\n" % pid, "pid file")
    same(os.stat(lab.path("pid")).st_mode & 0o7777, 0o600, "mode of the pid file")
    same(os.readlink(f"/proc/{pid}/cwd"), "/", "working directory")
    same(os.getsid(pid), pid, "its session")
    for fd in (0, 1, 2):
        same(os.readlink(f"/proc/{pid}/fd/{fd}"), "/dev/null", f"descriptor {fd}")
    lab.end_daemon()
    check(not os.path.exists(lab.path("pid")), "the pid file is left")
    check(not os.path.exists(lab.path("virtagent.sock")), "the control socket is left")


@case
def nobody_holds_the_terminal(lab):
    """The output of the command ends with it: no process of the agent has it open."""
    argv = lab.argv("-d", "-m", "unix-listen", "-p", lab.path("sock"), "-t", lab.dir, "-f", lab.path("pid"))
    lab.undo.callback(lab.end_daemon)
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=lab.env) as started:
        same(started.communicate(timeout=PATIENCE), (b"", None), "output")
        same(started.returncode, 0, "status")


@case
def relative_paths_count_from_where_it_was_started(lab):
    argv = lab.argv("-d", "-m", "unix-listen", "-p", "sock", "-t", ".", "-f", "pid", "-l", "log", "-v")
    lab.undo.callback(lab.end_daemon)
    same(subprocess.run(argv, cwd=lab.dir, env=lab.env, timeout=PATIENCE, check=False).returncode, 0, "status")
    check(lab.ping(lab.path("sock")), "no answer")
    wait_for("a line in the log", lambda: b"guest-ping" in lab.read("log"))


@case
def a_second_one_does_not_start(lab):
    same(lab.daemonize()[0], 0, "status of the first")
    pid = lab.daemon_pid()
    argv = lab.argv("-d", "-m", "unix-listen", "-p", lab.path("sock2"), "-t", lab.dir, "-f", lab.path("pid"))
    done = subprocess.run(argv, capture_output=True, env=lab.env, timeout=PATIENCE, check=False)
    same(done.returncode, 1, "status of the second")
    check(b"critical: Cannot lock pid file: Resource temporarily unavailable\n" in done.stderr, repr(done.stderr))
    check(not os.path.exists(lab.path("sock2")), "the second one has opened its channel")
    same(lab.daemon_pid(), pid, "pid file")
    check(lab.ping(lab.path("sock")), "the first one does not answer any more")


@case
def what_fails_or_only_prints_leaves_the_pid_file(lab):
    same(lab.daemonize()[0], 0, "status")
    before = lab.read("pid")
    common = ["-d", "-f", lab.path("pid"), "-t", lab.dir]
    for options in (["-D"], ["-m", "unix-listen"], ["-m", "no-such"], ["-x"], ["-c", "/nonexistent"], ["-b", "help"],
                    ["-m", "unix-listen", "-p", "/nonexistent/x"], ["--check-config"], ["--status"]):
        lab.once(*common, *options)
        same(lab.read("pid"), before, f"pid file after {options}")


@case
def errors_reach_the_one_who_started_it(lab):
    for options, text in ((["-p", "/nonexistent/sock"], b"Failed to bind socket to /nonexistent/sock"),
                          (["-f", "/nonexistent/pid"], b"Could not create '/nonexistent/pid'"),
                          (["-l", "/nonexistent/log"], b"unable to open specified log file")):
        status, err = lab.daemonize(*options)
        same(status, 1, f"status with {options}")
        check(b"critical: " + text in err and b"critical: error initializing guest agent\n" in err, repr(err))
        check(not os.path.exists(lab.path("pid")), f"a pid file with {options}")


@case
def one_that_is_killed_leaves_a_file_and_no_lock(lab):
    same(lab.daemonize()[0], 0, "status")
    pid = lab.daemon_pid()
    os.kill(pid, signal.SIGKILL)
    wait_for("its end", lambda: not os.path.exists(f"/proc/{pid}"))
    same(lab.daemonize()[0], 0, "status of the next")
    check(lab.daemon_pid() != pid, "pid file")
    check(lab.ping(lab.path("sock")), "no answer")


@case
def many_at_once(lab):
    """One of them wins, the others say so."""
    argv = lab.argv("-d", "-m", "unix-listen", "-p", lab.path("sock"), "-t", lab.dir, "-f", lab.path("pid"))
    lab.undo.callback(lab.end_daemon)
    started = [subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=lab.env) for _ in range(6)]
    same(sorted(one.wait(PATIENCE) for one in started), [0, 1, 1, 1, 1, 1], "status of each")
    check(lab.ping(lab.path("sock")), "no answer")


@case
def signals(lab):
    for signum in (signal.SIGTERM, signal.SIGINT):
        same(lab.start().end(signum)[0], 0, f"status after {signum}")
    one = lab.start()
    one.process.send_signal(signal.SIGHUP)
    one.process.send_signal(signal.SIGPIPE)
    check(lab.ping(lab.path("sock")), "no answer after SIGHUP and SIGPIPE")
