# SPDX-License-Identifier: MIT
# The safe test vectors of appendix C, as amended by decision 5.

== vector-three-pings  # appendix C
> {"execute":"guest-ping"}<LF>{"execute":"guest-ping","id":1}{"id":"x","execute":"guest-ping"}
< {"return": {}}
< {"return": {}, "id": 1}
< {"return": {}, "id": "x"}

== vector-single-quotes  # appendix C
> {'execute':'guest-ping','id':'it\'s "q"'}
< {"return": {}, "id": "it's \"q\""}

== vector-numbers  # appendix C, decision 5
> {"execute":"guest-ping","id":18446744073709551615}{"execute":"guest-ping","id":18446744073709551616}
> {"execute":"guest-ping","id":-9223372036854775809}{"execute":"guest-ping","id":0.1}
< {"return": {}, "id": 18446744073709551615}
< {"return": {}, "id": 1.8446744073709552e+19}
< {"return": {}, "id": -9.223372036854776e+18}
< {"return": {}, "id": 0.1}

== vector-strings  # appendix C
sweep
> {"execute":"guest-ping","id":"é 😀 \u00e9 \u0000 <7F> \n\r\t\b\f\/\\\" \u001f"}
< {"return": {}, "id": "\u00E9 \uD83D\uDE00 \u00E9 \u0000 \u007F \n\r\t\b\f/\\\" \u001F"}

== vector-escaped-name  # appendix C
> {"execute":"guest-\u0070ing"}
< {"return": {}}

== vector-errors  # appendix C
> {"execute":"nope","id":3}{"execute":"guest-ping","foo":1,"id":7}
< {"id": 3, "error": {"class": "CommandNotFound", "desc": "The command nope has not been found"}}
< {"id": 7, "error": {"class": "GenericError", "desc": "QMP input member 'foo' is unexpected"}}

== vector-delimited  # appendix C
> {"execute":"guest-sync-delimited","arguments":{"id":5}}{"execute":"guest-sync-delimited"}
< <FF>{"return": 5}
E Parameter 'id' is missing
