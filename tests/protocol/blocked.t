# SPDX-License-Identifier: MIT
# Commands blocked by -b (behaviour.md 1.8 step 5, 3).
agent -b guest-get-time

== blocked-text  # behaviour 1.8, behaviour 3, clients 20, clients 21
> {"execute":"guest-get-time"}
N Command guest-get-time has been disabled: the command is not allowed

== blocked-with-id  # behaviour 1.8, clients 10
> {"execute":"guest-get-time","id":5}
< {"id": 5, "error": {"class": "CommandNotFound", "desc": "Command guest-get-time has been disabled: the command is not allowed"}}

== blocked-arguments-not-looked-at  # behaviour 1.8
> {"execute":"guest-get-time","arguments":{"x":1}}
N Command guest-get-time has been disabled: the command is not allowed

== blocked-after-request-checks  # behaviour 1.8
> {"execute":"guest-get-time","arguments":[]}{"execute":"guest-get-time","foo":1}
E QMP input member 'arguments' must be an object
E QMP input member 'foo' is unexpected

== blocked-others-work  # behaviour 1.8
> {"execute":"guest-ping"}
< {"return": {}}

== blocked-stays-in-the-list  # behaviour 4.3, clients 23
> {"execute":"guest-info"}
< {"return": {"version": "10.2.2", "supported_commands": [<ANYTHING>{"name": "guest-get-time", "enabled": false, "success-response": true}, <ANYTHING>
