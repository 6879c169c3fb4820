# SPDX-License-Identifier: MIT
# Rules about arguments (docs/DECISIONS.md 235, 236, 239): the texts. Rules at work are in tests/daemon and
# tests/unit/test-confine.c. The agent has another root and only notes what it would do.
agent --root / --file-read /usr/share/none,/proc/version --file-write /usr/share/none --exec-programs /usr/share/none --password-users *,!root --ssh-users no*,!root

== rules-refuse-reading  # decision 235
> {"execute":"guest-file-open","arguments":{"path":"/etc/hostname"}}
E failed to open file '/etc/hostname' (mode: 'r'): not allowed by file-read

== rules-refuse-what-is-not-there  # decision 236
> {"execute":"guest-file-open","arguments":{"path":"/etc/no-such-file"}}{"execute":"guest-file-open","arguments":{"path":"/usr/share/none/x"}}
E failed to open file '/etc/no-such-file' (mode: 'r'): not allowed by file-read
E failed to open file '/usr/share/none/x' (mode: 'r'): No such file or directory

== rules-refuse-writing  # decision 235
> {"execute":"guest-file-open","arguments":{"path":"/proc/version","mode":"w"}}{"execute":"guest-file-open","arguments":{"path":"/proc/version","mode":"r+"}}
E failed to open file '/proc/version' (mode: 'w'): not allowed by file-write
E failed to open file '/proc/version' (mode: 'r+'): not allowed by file-write

== rules-after-the-mode  # behaviour 4.7
> {"execute":"guest-file-open","arguments":{"path":"/etc/hostname","mode":"q"}}
E invalid file open mode 'q'

== rules-refuse-variables  # decision 239
> {"execute":"guest-exec","arguments":{"path":"true","env":["LANG=C","LD_PRELOAD=/x"]}}
E variable 'LD_PRELOAD': not allowed by exec-programs

== rules-refuse-keys  # decision 235
> {"execute":"guest-ssh-get-authorized-keys","arguments":{"username":"daemon"}}{"execute":"guest-ssh-get-authorized-keys","arguments":{"username":"root"}}{"execute":"guest-ssh-get-authorized-keys","arguments":{"username":"no-such-user"}}
E user 'daemon': not allowed by ssh-users
E user 'root': not allowed by ssh-users
E failed to lookup user 'no-such-user': Success

== rules-refuse-passwords  # decision 235
> {"execute":"guest-set-user-password","arguments":{"username":"root","password":"%","crypted":false}}{"execute":"guest-set-user-password","arguments":{"username":"daemon","password":"%%%%","crypted":false}}
E user 'root': not allowed by password-users
E Base64 data contains invalid characters
