# SPDX-License-Identifier: MIT
# The commands every agent has (behaviour.md 4.1 to 4.4, appendix A).

== ping  # behaviour 4.2
> {"execute":"guest-ping"}
< {"return": {}}

== ping-takes-no-arguments  # behaviour 4.2, behaviour 2
> {"execute":"guest-ping","arguments":{"x":1}}
E Parameter 'x' is unexpected

== info  # behaviour 4.3, decision 3, decision 40, decision 64, clients 22, clients 23
> {"execute":"guest-info"}
< {"return": {"version": "10.2.2", "supported_commands": [<ENTRIES>], "__org.virtagent_version": "<TEXT>"}}

== info-with-id  # behaviour 4.3
> {"execute":"guest-info","id":"i"}
< {"return": {"version": "10.2.2", "supported_commands": [<ENTRIES>], "__org.virtagent_version": "<TEXT>"}, "id": "i"}

== info-takes-no-arguments  # behaviour 4.3
> {"execute":"guest-info","arguments":{"verbose":true}}
E Parameter 'verbose' is unexpected

== info-order-is-reverse-registration  # behaviour 4.3, appendix B
> {"execute":"guest-info"}
< {"return": {"version": "10.2.2", "supported_commands": [<ANYTHING>{"name": "guest-info", <ANYTHING>{"name": "guest-get-time", <ANYTHING>{"name": "guest-ping", "enabled": true, "success-response": true}, {"name": "guest-sync", "enabled": true, "success-response": true}, {"name": "guest-sync-delimited", "enabled": true, "success-response": true}<ANYTHING>

== get-time  # behaviour 4.4, decision 39
> {"execute":"guest-get-time"}
< {"return": <TIME>}

== get-time-with-id  # behaviour 4.4
> {"execute":"guest-get-time","id":[1]}
< {"return": <TIME>, "id": [1]}

== get-time-takes-no-arguments  # behaviour 4.4
> {"execute":"guest-get-time","arguments":{"x":null}}
E Parameter 'x' is unexpected
