# SPDX-License-Identifier: MIT
# Where a request ends, and what one reply looks like (behaviour.md 1.1).

== newline-not-needed  # behaviour 1.1, clients 1
sweep
> {"execute":"guest-ping"}
< {"return": {}}

== newline-is-whitespace  # behaviour 1.1, clients 4
> {"execute":"guest-ping"}<LF>
< {"return": {}}
quiet

== crlf-is-whitespace  # behaviour 1.1
> <CR><LF>{"execute":"guest-ping"}<CR><LF>
< {"return": {}}
quiet

== blank-lines-get-nothing  # behaviour 1.1, behaviour 1.10
> <LF><LF> <TAB><CR><LF><SP><SP><LF>
quiet

== no-greeting  # behaviour 1.1, clients 3
quiet

== several-in-one-write  # behaviour 1.1, clients 2, appendix C
> {"execute":"guest-ping"}<LF>{"execute":"guest-ping","id":1}{"id":"x","execute":"guest-ping"}
< {"return": {}}
< {"return": {}, "id": 1}
< {"return": {}, "id": "x"}

== good-and-bad-in-order  # behaviour 1.1, clients 3
> {"execute":"guest-ping","id":1}{"execute":"nope","id":2}[]{"execute":"guest-sync","arguments":{"id":3},"id":3}{"id":4}
< {"return": {}, "id": 1}
< {"id": 2, "error": {"class": "CommandNotFound", "desc": "The command nope has not been found"}}
E QMP input must be a JSON object
< {"return": 3, "id": 3}
< {"id": 4, "error": {"class": "GenericError", "desc": "QMP input lacks member 'execute'"}}

== request-in-many-writes  # behaviour 1.1
> {"exe
> cute"
> :"guest
> -ping","id"
quiet
> :[1,
> "a
> b"]}
< {"return": {}, "id": [1, "ab"]}

== blanks-everywhere  # behaviour 1.2
> <SP>{<LF>"execute"<TAB>:<CR><LF>"guest-ping"<SP>,<SP>"id"<SP>:<SP>[<SP>1<LF>,<TAB>2<SP>]<SP>}<SP>
< {"return": {}, "id": [1, 2]}

== next-request-completes-nothing-before  # behaviour 1.1
> {"execute":"guest-ping","id":1}<SP>{"execute":"guest-p
< {"return": {}, "id": 1}
quiet
> ing","id":2}
< {"return": {}, "id": 2}

== top-level-word-waits  # behaviour 1.1
> null
quiet
> <LF>
E QMP input must be a JSON object

== top-level-number-waits  # behaviour 1.1
> 12
quiet
> 3<SP>
E QMP input must be a JSON object

== top-level-number-ended-by-request  # behaviour 1.1
> 1{"execute":"guest-ping"}
E QMP input must be a JSON object
< {"return": {}}

== top-level-string-does-not-wait  # behaviour 1.1
> "abc"
E QMP input must be a JSON object

== pipelined-thousand  # behaviour 1.1, decision 43
> <{"execute":"guest-ping"}*1000>
< <{"return": {}}<LF>*999>{"return": {}}

== half-close-answers  # behaviour 1.1
> {"execute":"guest-ping","id":"last"}
hangup
< {"return": {}, "id": "last"}

== half-close-drops-the-rest  # behaviour 1.1, decision 2
> {"execute":"guest-ping","id":1}{"execute":"guest-ping"
hangup
< {"return": {}, "id": 1}

== half-request-is-not-inherited  # decision 2, clients 7
> {"execute":"guest-p
quiet
reconnect
> {"execute":"guest-ping","id":2}
< {"return": {}, "id": 2}

== half-string-is-not-inherited  # decision 2, clients 7
> {"execute":"guest-ping","id":"
reconnect
> "x"}
E QMP input must be a JSON object
E JSON parse error, expecting value

== recovery-is-not-inherited  # decision 2
> @ abc<SP>
E JSON parse error, stray '@'
reconnect
> abc<SP>
E JSON parse error, invalid keyword 'abc'

== skipping-is-not-inherited  # decision 2, decision 8
> <[*1025>
E JSON nesting depth limit exceeded
reconnect
> {"execute":"guest-ping"}
< {"return": {}}
