# SPDX-License-Identifier: MIT
# The handshake, and the byte 0xFF (behaviour.md 1.7, decision 1).

== sync  # behaviour 1.7, behaviour 4.1, clients 5
sweep
> {"execute":"guest-sync","arguments":{"id":1234567}}<LF>
< {"return": 1234567}

== sync-delimited  # behaviour 1.7, behaviour 4.1, appendix C, clients 5
sweep
> {"execute":"guest-sync-delimited","arguments":{"id":5}}
< <FF>{"return": 5}

== sync-delimited-with-id  # behaviour 1.7
> {"execute":"guest-sync-delimited","arguments":{"id":5},"id":"x"}
< <FF>{"return": 5, "id": "x"}

== sync-delimited-error-has-no-prefix  # behaviour 1.7, appendix C
> {"execute":"guest-sync-delimited"}{"execute":"guest-sync-delimited","arguments":{"id":"5"},"id":1}
E Parameter 'id' is missing
< {"id": 1, "error": {"class": "GenericError", "desc": "Invalid parameter type for 'id', expected: integer"}}

== sync-limits-of-int64  # behaviour 4.1, clients 12
> {"execute":"guest-sync","arguments":{"id":9223372036854775807}}{"execute":"guest-sync","arguments":{"id":-9223372036854775808}}
< {"return": 9223372036854775807}
< {"return": -9223372036854775808}

== handshake  # behaviour 1.7, decision 1, clients 6
> <FF>{"execute":"guest-sync-delimited","arguments":{"id":5}}<LF>
< <FF>{"return": 5}

== ff-alone  # decision 1
> <FF>
quiet

== ff-many  # decision 1
> <<FF>*100>{"execute":"guest-ping"}<FF><FF>
< {"return": {}}

== ff-drops-open-object  # decision 1
> {"execute":"guest-ping"<FF>}<LF>
E JSON parse error, expecting value

== ff-drops-open-string  # decision 1
> {"execute":"guest-pi<FF>ng"}<LF>
E JSON parse error, invalid keyword 'ng'
E JSON parse error, stray '\"}\n'

== ff-drops-pending-word  # decision 1, decision 62
> null<FF><LF>
quiet

== ff-drops-pending-bad-word  # decision 1, decision 62
> foo<FF><LF>
quiet

== ff-drops-pending-number  # decision 1, decision 62
> 12<FF><LF>
quiet

== ff-drops-torn-number  # decision 1
> -<FF>1.<FF>1e<FF>1e+<FF>
quiet

== ff-drops-torn-escape  # decision 1
> "\<FF>{"execute":"guest-ping"}
< {"return": {}}

== ff-drops-torn-unicode-escape  # decision 1
> "\u00<FF>{"execute":"guest-ping"}
< {"return": {}}

== ff-drops-torn-utf8  # decision 1
> "<E2><82><FF>{"execute":"guest-ping"}
< {"return": {}}

== ff-ends-recovery  # decision 1
> @ abc<FF>true<SP>
E JSON parse error, stray '@'
E QMP input must be a JSON object

== ff-drops-deep-message  # decision 1
> <[*1024><FF>{"execute":"guest-ping"}
< {"return": {}}

== ff-keeps-what-was-complete  # decision 1
> {"execute":"guest-ping","id":1}{"execute":"guest-ping","id":2<FF>{"execute":"guest-ping","id":3}
< {"return": {}, "id": 1}
< {"return": {}, "id": 3}

== ff-between-requests  # decision 1
> <FF>{"execute":"guest-ping","id":1}<FF>{"execute":"guest-ping","id":2}<FF>
< {"return": {}, "id": 1}
< {"return": {}, "id": 2}

== ff-and-linefeed-as-libvirt-sends  # decision 1
> <FF><LF>{"execute":"guest-sync-delimited","arguments":{"id":1}}<LF>
< <FF>{"return": 1}

== fe-costs-an-error  # behaviour 1.7, decision 1
> {"execute":"guest-ping"<FE>{"execute":"guest-ping"}
E JSON parse error, stray '\uFFFD'
< {"return": {}}

== control-byte-resets-with-an-error  # behaviour 1.7
> {"execute":"guest-ping","id":"a<1B>{"execute":"guest-ping"}
E JSON parse error, stray '\"a\u001B'
< {"return": {}}

== stale-reply-comes-first  # behaviour 1.7, clients 9
> {"execute":"guest-ping"}<FF>{"execute":"guest-sync-delimited","arguments":{"id":77}}
< {"return": {}}
< <FF>{"return": 77}

== short-command-then-sync-in-one-write  # decision 41, clients 2
> {"execute":"guest-ping"}{"execute":"guest-sync","arguments":{"id":78}}
< {"return": {}}
< {"return": 78}
