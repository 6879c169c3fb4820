# SPDX-License-Identifier: MIT
"""Passwords, checked by the stored hash and by a login; keys of users who play tricks. Debian's chpasswd, busybox's su."""
import base64
import crypt
import glob
import os

from vm import AgentError, Skip, case
from vm.cases.programs import end, start
from vm.guest import PORT

PAM = next(iter(glob.glob("/lib/*-linux-gnu/security/pam_unix.so")), None)
CHPASSWD = "/usr/sbin/chpasswd"
USERS = (b"root:x:0:0:root:/root:/bin/sh\nalice:x:1001:1001::/home/alice:/bin/sh\n"
         b"eve:x:1002:1002::/data/eve:/bin/sh\nlinked:x:1003:1003::/home/linked:/bin/sh\n")
GUEST = {
    "programs": [CHPASSWD] if os.path.exists(CHPASSWD) else [],
    "files": {
        "etc/passwd": USERS,
        "etc/group": b"root:x:0:\nalice:x:1001:\neve:x:1002:\nlinked:x:1003:\nextra:x:2000:alice\n",
        "etc/shadow": b"root:*:19000:0:99999:7:::\nalice:*:19000:0:99999:7:::\neve:*:19000:0:99999:7:::\n",
        "etc/login.defs": b"ENCRYPT_METHOD SHA512\n",
        "etc/pam.d/chpasswd": b"password required pam_unix.so sha512\n",
        "etc/pam.d/other": b"auth required pam_unix.so\naccount required pam_unix.so\npassword required pam_unix.so\n",
        **({PAM.lstrip("/"): PAM} if PAM else {}),
    },
}
KEY = "ssh-ed25519 AAAAC3Nza alice@host"


def b64(text):
    return base64.b64encode(text.encode()).decode()


def stored(guest, user):
    return guest.sh(f"sed -n 's/^{user}:\\([^:]*\\):.*/\\1/p' /etc/shadow")


def can_log_in(guest, user, password):
    """As somebody else, who is asked for the password."""
    guest.put("/tmp/password", password.encode() + b"\n")
    guest.sh("chmod 644 /tmp/password; chmod u+s /bin/busybox; cp /bin/busybox /tmp/su; chmod 4755 /tmp/su")
    status, said = guest.shell(f"su eve -s /bin/sh -c '/tmp/su {user} -c \"id -un\" </tmp/password'")
    return status == 0 and said.strip().endswith(user)


def set_password(host, user, password, crypted=False):
    return host.call("guest-set-user-password", {"username": user, "password": b64(password), "crypted": crypted},
                     timeout=30)


def fails(host, command, arguments):
    try:
        value = host.call(command, arguments, timeout=30)
    except AgentError as error:
        return str(error)
    raise AssertionError(f"{command} should have failed, but returned {value}")


def needs_chpasswd():
    if not PAM or not os.path.exists(CHPASSWD):
        raise Skip("no chpasswd with PAM here")


@case(**GUEST)
def password_by_hash_and_by_login(guest):
    needs_chpasswd()
    with guest.client() as host:
        host.sync()
        for password in ("correct horse", "p:w'\"$HOME\\", "Pässwörd"):
            assert set_password(host, "alice", password) == {}
            found = stored(guest, "alice")
            assert found.startswith("$6$") and crypt.crypt(password, found) == found, found
            assert can_log_in(guest, "alice", password), password
            assert not can_log_in(guest, "alice", password + "x")
        log = guest.agent_log()
        assert b"guest-set-user-password" in log, log[-2000:]
        assert b"correct horse" not in log and b64("correct horse").encode() not in log


@case(**GUEST)
def password_that_is_a_hash_already(guest):
    needs_chpasswd()
    hashed = crypt.crypt("battery staple", crypt.mksalt(crypt.METHOD_SHA512))
    with guest.client() as host:
        host.sync()
        assert set_password(host, "alice", hashed, crypted=True) == {}
        assert stored(guest, "alice") == hashed
        assert can_log_in(guest, "alice", "battery staple")


@case(**GUEST)
def password_of_nobody(guest):
    needs_chpasswd()
    with guest.client() as host:
        host.sync()
        said = fails(host, "guest-set-user-password", {"username": "nobody-here", "password": b64("x"), "crypted": False})
        assert said.startswith("child process has failed to set user password: "), said
        before = guest.sh("cat /etc/shadow")
        for user, password in (("alice\nroot", "x"), ("a:b", "x"), ("alice", "x\nroot:y"), ("alice", "x\0y")):
            assert fails(host, "guest-set-user-password",
                         {"username": user, "password": b64(password), "crypted": False}).startswith("forbidden")
        assert guest.sh("cat /etc/shadow") == before


@case(**{"needs": "virtagent", **GUEST})
def only_some_users(guest):
    needs_chpasswd()
    guest.kill_agent("TERM")
    guest.sh("echo 'toor:x:0:0::/root:/bin/sh' >>/etc/passwd; echo 'toor:*:19000:0:99999:7:::' >>/etc/shadow")
    guest.start_agent(f"-v -p /dev/virtio-ports/{PORT} --password-users '*,!root' --ssh-users alice --exec-user alice")
    try:
        with guest.client() as host:
            host.sync()
            before = guest.sh("cat /etc/shadow")
            for user in ("root", "toor"):
                assert fails(host, "guest-set-user-password",
                             {"username": user, "password": b64("x"), "crypted": False}) == \
                    f"user '{user}': not allowed by password-users"
            assert guest.sh("cat /etc/shadow") == before
            assert set_password(host, "alice", "now allowed") == {}
            assert can_log_in(guest, "alice", "now allowed")
            fresh_homes(guest)
            assert fails(host, "guest-ssh-add-authorized-keys", {"username": "eve", "keys": [KEY]}) == \
                "user 'eve': not allowed by ssh-users"
            assert host.call("guest-ssh-add-authorized-keys", {"username": "alice", "keys": [KEY]}, timeout=30) == {}
            assert guest.sh("cat /home/alice/.ssh/authorized_keys").strip() == KEY
            got = end(host, start(host, "sh", "-c", "id -u; id -G; echo $HOME; cat /root/secret", capture=True))
            assert got["out-data"] == b"1001\n1001 2000\n/home/alice\n" and got["exitcode"] != 0, got
    finally:
        guest.kill_agent("TERM")
        guest.sh("sed -i /^toor/d /etc/passwd /etc/shadow")
        guest.start_agent()


def fresh_homes(guest):
    guest.sh("rm -rf /home /data; mkdir -p /home/alice /data/eve /data/real; chown 1001:1001 /home/alice;"
             "chown 1002:1002 /data/eve; chown 1003:1003 /data/real; ln -s /data/real /home/linked;"
             "echo root-secret >/root/secret; chmod 600 /root/secret; chmod 755 /home/* /data/*")


def add(host, user, keys=(KEY,), **more):
    return host.call("guest-ssh-add-authorized-keys", {"username": user, "keys": list(keys), **more}, timeout=30)


def get(host, user):
    return host.call("guest-ssh-get-authorized-keys", {"username": user}, timeout=30)["keys"]


def facts(guest, path):
    return guest.sh(f"stat -c '%u %g %a' {path}")


@case(**GUEST)
def keys_of_users(guest):
    fresh_homes(guest)
    with guest.client() as host:
        host.sync()
        for user, home, uid in (("alice", "/home/alice", 1001), ("linked", "/data/real", 1003), ("root", "/root", 0)):
            guest.sh(f"mkdir -p {home}")
            assert add(host, user) == {}
            assert facts(guest, f"{home}/.ssh") == f"{uid} {uid} 700"
            assert facts(guest, f"{home}/.ssh/authorized_keys") == f"{uid} {uid} 600"
            assert add(host, user, [KEY, "second key", ""]) == {}
            assert get(host, user) == ["second key", KEY]
            assert host.call("guest-ssh-remove-authorized-keys", {"username": user, "keys": [KEY]}) == {}
            assert get(host, user) == ["second key"]
            assert add(host, user, [], reset=True) == {}
            assert get(host, user) == []
        # what strerror(0) says: the second is musl's (row 265)
        assert fails(host, "guest-ssh-get-authorized-keys", {"username": "nobody-here"}) in (
            "failed to lookup user 'nobody-here': Success", "failed to lookup user 'nobody-here': No error information")


@case(**GUEST)
def keys_of_a_user_who_plays_tricks(guest):
    """Nothing of root's becomes his, and nothing waits for him."""
    ssh, name = "/data/eve/.ssh", "/data/eve/.ssh/authorized_keys"
    tricks = {
        "linked file": f"mkdir {ssh}; ln -s /root/secret {name}",
        "linked directory": f"ln -s /root {ssh}",
        "fifo": f"mkdir {ssh}; mkfifo {name}",
        "hard link": f"mkdir {ssh}; ln /root/secret {name}",
        "device": f"mkdir {ssh}; ln -s /dev/zero {name}",
        "huge": f"mkdir {ssh}; truncate -s 100G {name}",
        "directory": f"mkdir -p {name}",
    }
    with guest.client() as host:
        host.sync()
        for trick, how in tricks.items():
            # the secret is beside the homes, so that hard links are possible
            fresh_homes(guest)
            guest.sh(f"{how}; chown -h 1002:1002 {ssh} {name} 2>/dev/null; chown 0:0 /root/secret; chmod 600 /root/secret")
            before = guest.sh("ls -la /root; cat /root/secret")
            said = fails(host, "guest-ssh-get-authorized-keys", {"username": "eve"})
            assert said.startswith("failed to read '/data/eve/.ssh/authorized_keys': "), (trick, said)
            fails(host, "guest-ssh-add-authorized-keys", {"username": "eve", "keys": [KEY]})
            assert guest.sh("ls -la /root; cat /root/secret") == before, trick
            assert facts(guest, "/root/secret") == "0 0 600", trick
            leaked = guest.shell(f"test ! -L {name} -a -f {name} -a ! -s {name} || "
                                 "find /data/eve -type f -user 1002 -size -10k -exec grep -l root-secret {} +")[1]
            assert not leaked.strip(), (trick, leaked)
