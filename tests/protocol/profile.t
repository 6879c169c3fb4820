# SPDX-License-Identifier: MIT
# Commands that a profile leaves out (docs/DECISIONS.md 230, 231).
agent --profile backup

== profile-refuses  # decision 230, clients 10, clients 21
> {"execute":"guest-exec","arguments":{"path":"/bin/true"}}
N Command guest-exec has been disabled: the command is not allowed by profile=backup

== profile-refuses-files  # decision 230
> {"execute":"guest-file-open","arguments":{"path":"/etc/hostname"}}
N Command guest-file-open has been disabled: the command is not allowed by profile=backup

== profile-refuses-with-id  # decision 230
> {"execute":"guest-exec-status","arguments":{"pid":1},"id":1}
< {"id": 1, "error": {"class": "CommandNotFound", "desc": "Command guest-exec-status has been disabled: the command is not allowed by profile=backup"}}

== profile-has-what-tells  # decision 231
> {"execute":"guest-ping"}{"execute":"guest-fsfreeze-status"}
< {"return": {}}
< {"return": "thawed"}

== profile-in-guest-info  # decision 231, clients 23
> {"execute":"guest-info"}
< {"return": {"version": "10.2.2", "supported_commands": [<ANYTHING>{"name": "guest-exec", "enabled": false, "success-response": true}, <ANYTHING>
