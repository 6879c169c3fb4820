# SPDX-License-Identifier: MIT
# The request object: its members, the order of the checks, the echo of the id (behaviour.md 1.8).

== not-an-object  # behaviour 1.8
> []<LF>"x"<LF>1<LF>true<LF>null<LF>[{"execute":"guest-ping"}]
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object

== empty-object  # behaviour 1.8
> {}
E QMP input lacks member 'execute'

== execute-types  # behaviour 1.8
> {"execute":1}{"execute":null}{"execute":["guest-ping"]}{"execute":{}}{"execute":true}{"execute":1.5}
E QMP input member 'execute' must be a string
E QMP input member 'execute' must be a string
E QMP input member 'execute' must be a string
E QMP input member 'execute' must be a string
E QMP input member 'execute' must be a string
E QMP input member 'execute' must be a string

== arguments-types  # behaviour 1.8
> {"execute":"guest-ping","arguments":[]}{"execute":"guest-ping","arguments":null}{"execute":"guest-ping","arguments":1}
E QMP input member 'arguments' must be an object
E QMP input member 'arguments' must be an object
E QMP input member 'arguments' must be an object

== arguments-absent-or-empty  # behaviour 1.8
> {"execute":"guest-ping"}{"execute":"guest-ping","arguments":{}}{"arguments":{},"execute":"guest-ping"}
< {"return": {}}
< {"return": {}}
< {"return": {}}

== member-unknown  # behaviour 1.8
> {"execute":"guest-ping","foo":1}{"foo":1}{"execute":"guest-ping","foo":null}
E QMP input member 'foo' is unexpected
E QMP input member 'foo' is unexpected
E QMP input member 'foo' is unexpected

== member-names-case  # behaviour 1.8
> {"Execute":"guest-ping"}{"execute":"guest-ping","ID":1}{"execute":"guest-ping","Arguments":{}}
E QMP input member 'Execute' is unexpected
E QMP input member 'ID' is unexpected
E QMP input member 'Arguments' is unexpected

== member-name-empty  # behaviour 1.8
> {"execute":"guest-ping","":1}
E QMP input member '' is unexpected

== exec-oob  # behaviour 1.8
> {"exec-oob":"guest-ping"}
E QMP input member 'exec-oob' is unexpected

== member-unknown-before-missing-execute  # behaviour 1.8
> {"id":1,"foo":2}
< {"id": 1, "error": {"class": "GenericError", "desc": "QMP input member 'foo' is unexpected"}}

== arguments-type-before-missing-execute  # behaviour 1.8
> {"arguments":[]}
E QMP input member 'arguments' must be an object

== arguments-type-before-unknown-command  # behaviour 1.8
> {"execute":"nope","arguments":[]}
E QMP input member 'arguments' must be an object

== member-unknown-before-unknown-command  # behaviour 1.8
> {"execute":"nope","foo":1}
E QMP input member 'foo' is unexpected

== first-offender-in-input-order  # behaviour 1.8, decision 57
> {"zoo":1,"bar":2}{"bar":2,"zoo":1}
E QMP input member 'zoo' is unexpected
E QMP input member 'bar' is unexpected

== first-offender-execute-first  # behaviour 1.8, decision 57
> {"execute":1,"foo":2,"arguments":3}{"arguments":3,"foo":2,"execute":1}{"foo":2,"execute":1}
E QMP input member 'execute' must be a string
E QMP input member 'arguments' must be an object
E QMP input member 'foo' is unexpected

== unknown-command  # behaviour 1.8, clients 20, clients 21
sweep
> {"execute":"nope"}
N The command nope has not been found

== unknown-command-with-id  # behaviour 1.8, appendix C, clients 10
> {"execute":"nope","id":3}
< {"id": 3, "error": {"class": "CommandNotFound", "desc": "The command nope has not been found"}}

== unknown-command-arguments-not-looked-at  # behaviour 1.8
> {"execute":"nope","arguments":{"a":[{"b":1.5}],"c":null}}
N The command nope has not been found

== command-names-exact  # behaviour 1.8
> {"execute":"Guest-Ping"}{"execute":"guest-pin"}{"execute":" guest-ping"}{"execute":"guest-ping "}{"execute":"guest_ping"}{"execute":""}
N The command Guest-Ping has not been found
N The command guest-pin has not been found
N The command  guest-ping has not been found
N The command guest-ping  has not been found
N The command guest_ping has not been found
N The command  has not been found

== id-every-type  # behaviour 1.8, clients 4, clients 10
> {"execute":"guest-ping","id":null}{"execute":"guest-ping","id":true}{"execute":"guest-ping","id":false}{"execute":"guest-ping","id":""}
> {"execute":"guest-ping","id":0}{"execute":"guest-ping","id":[]}{"execute":"guest-ping","id":{}}{"execute":"guest-ping","id":2.5}
< {"return": {}, "id": null}
< {"return": {}, "id": true}
< {"return": {}, "id": false}
< {"return": {}, "id": ""}
< {"return": {}, "id": 0}
< {"return": {}, "id": []}
< {"return": {}, "id": {}}
< {"return": {}, "id": 2.5}

== id-nested  # behaviour 1.8, appendix C
sweep
> {"execute":"guest-ping","id":{"a":[1,2.5,"x",null,true]}}
< {"return": {}, "id": {"a": [1, 2.5, "x", null, true]}}

== id-rewritten  # behaviour 1.8
> {"execute":"guest-ping","id":  {'a' :[ 1.50 ,1E2,'é',"\/"] , "b":-0}  }
< {"return": {}, "id": {"a": [1.5, 100, "\u00E9", "/"], "b": 0}}

== id-keeps-member-order  # behaviour 1.8, decision 56
> {"execute":"guest-ping","id":{"z":1,"a":2,"m":{"y":3,"b":4},"":5}}
< {"return": {}, "id": {"z": 1, "a": 2, "m": {"y": 3, "b": 4}, "": 5}}

== id-anywhere-in-the-request  # behaviour 1.8
> {"id":1,"execute":"guest-sync","arguments":{"id":2}}{"execute":"guest-sync","id":1,"arguments":{"id":2}}{"arguments":{"id":2},"execute":"guest-sync","id":1}
< {"return": 2, "id": 1}
< {"return": 2, "id": 1}
< {"return": 2, "id": 1}

== id-on-every-error  # behaviour 1.8, clients 10, appendix C
> {"execute":"guest-ping","foo":1,"id":7}{"id":7,"execute":1}{"execute":"guest-ping","id":7,"arguments":1}{"id":7}{"execute":"guest-ping","id":7,"arguments":{"x":1}}
< {"id": 7, "error": {"class": "GenericError", "desc": "QMP input member 'foo' is unexpected"}}
< {"id": 7, "error": {"class": "GenericError", "desc": "QMP input member 'execute' must be a string"}}
< {"id": 7, "error": {"class": "GenericError", "desc": "QMP input member 'arguments' must be an object"}}
< {"id": 7, "error": {"class": "GenericError", "desc": "QMP input lacks member 'execute'"}}
< {"id": 7, "error": {"class": "GenericError", "desc": "Parameter 'x' is unexpected"}}

== id-null-on-errors  # behaviour 1.8
> {"id":null}
< {"id": null, "error": {"class": "GenericError", "desc": "QMP input lacks member 'execute'"}}

== id-after-the-fault  # behaviour 1.8
> {"foo":1,"execute":"guest-ping","id":{"a":"b"}}
< {"id": {"a": "b"}, "error": {"class": "GenericError", "desc": "QMP input member 'foo' is unexpected"}}

== id-not-on-parse-errors  # behaviour 1.8, clients 10
> {"id":1,"execute":"guest-ping",}
E JSON parse error, expecting value
