# SPDX-License-Identifier: MIT
# Replies of commands that run in a worker, with the test-only commands (behaviour.md 1.1, 1.5, 1.8, 1.9).

== echo-texts  # behaviour 1.5
> {"execute":"__org.virtagent_test-echo","arguments":{"data":""}}{"execute":"__org.virtagent_test-echo","arguments":{"data":"é😀\u007f\n\"\\\/"},"id":1}
< {"return": {"data": ""}}
< {"return": {"data": "\u00E9\uD83D\uDE00\u007F\n\"\\/"}, "id": 1}

== echo-large  # behaviour 1.9
> {"execute":"__org.virtagent_test-echo","arguments":{"data":"<ab*100000>"},"id":"x"}
< {"return": {"data": "<ab*100000>"}, "id": "x"}

== echo-larger-than-a-mebibyte  # behaviour 1.9
slow
> {"execute":"__org.virtagent_test-echo","arguments":{"data":"<x*3000000>"}}
< {"return": {"data": "<x*3000000>"}}

== big-reply  # behaviour 1.6, behaviour 1.9
slow
> {"execute":"__org.virtagent_test-big","arguments":{"size":20000000},"id":1}{"execute":"guest-ping","id":2}
< {"return": {"data": "<x*20000000>"}, "id": 1}
< {"return": {}, "id": 2}

== worker-and-front-in-order  # behaviour 1.1, clients 2, clients 3, clients 16
> {"execute":"__org.virtagent_test-echo","arguments":{"data":"a"}}{"execute":"guest-ping","id":1}{"execute":"__org.virtagent_test-front","arguments":{"n":2}}{"execute":"nope"}{"execute":"__org.virtagent_test-echo","arguments":{"data":"b"}}{"a"}{"execute":"__org.virtagent_test-echo","arguments":{"data":"c"}}
< {"return": {"data": "a"}}
< {"return": {}, "id": 1}
< {"return": 2}
N The command nope has not been found
< {"return": {"data": "b"}}
E JSON parse error, missing : in object pair
< {"return": {"data": "c"}}

== slow-command-keeps-order  # behaviour 1.1, clients 3, clients 16
> {"execute":"__org.virtagent_test-sleep","arguments":{"ms":100},"id":1}{"execute":"guest-ping","id":2}@<LF>[]
quiet
< {"return": {}, "id": 1}
< {"return": {}, "id": 2}
E JSON parse error, stray '@'
E QMP input must be a JSON object

== ff-behind-a-running-command  # decision 1
> {"execute":"__org.virtagent_test-sleep","arguments":{"ms":100},"id":1}{"execute":"guest-ping","id":2}{"execute":"guest-ping"<FF>{"execute":"guest-ping","id":3}
< {"return": {}, "id": 1}
< {"return": {}, "id": 2}
< {"return": {}, "id": 3}

== silent-success  # behaviour 1.9, clients 17
> {"execute":"__org.virtagent_test-silent"}
quiet

== silent-success-even-with-id  # behaviour 1.9, clients 17
> {"execute":"__org.virtagent_test-silent","id":1}{"execute":"guest-ping","id":2}
< {"return": {}, "id": 2}

== silent-command-answers-errors  # behaviour 1.9, clients 17
> {"execute":"__org.virtagent_test-silent","id":1,"arguments":{"x":1}}
< {"id": 1, "error": {"class": "GenericError", "desc": "Parameter 'x' is unexpected"}}

== error-text-is-escaped  # behaviour 1.5, behaviour 3
> {"execute":"__org.virtagent_test-error","arguments":{"text":"a \"b\" \\ é\n%s %n"},"id":[1]}
< {"id": [1], "error": {"class": "GenericError", "desc": "a \"b\" \\ \u00E9\n%s %n"}}

== nul-in-path  # decision 6
> {"execute":"__org.virtagent_test-read","arguments":{"path":"/dev/null\u0000x"}}{"execute":"__org.virtagent_test-read","arguments":{"path":"/dev/nul\u006c"}}
E Parameter 'path' contains a NUL character
< {"return": {"count": 0}}

== half-close-waits-for-the-worker  # behaviour 1.1
> {"execute":"__org.virtagent_test-sleep","arguments":{"ms":50},"id":1}{"execute":"__org.virtagent_test-echo","arguments":{"data":"z"}}
hangup
< {"return": {}, "id": 1}
< {"return": {"data": "z"}}
