# SPDX-License-Identifier: MIT
# The form of replies (behaviour.md 1.9, decision 3, appendix A).

== success  # behaviour 1.9
> {"execute":"guest-ping"}
< {"return": {}}

== success-return-first-then-id  # behaviour 1.9, clients 11
> {"id":1,"execute":"guest-ping"}
< {"return": {}, "id": 1}

== error-form  # behaviour 1.9, behaviour 3
> {"execute":"guest-sync"}
< {"error": {"class": "GenericError", "desc": "Parameter 'id' is missing"}}

== error-id-first  # behaviour 1.9, decision 3
> {"execute":"guest-sync","id":"x"}
< {"id": "x", "error": {"class": "GenericError", "desc": "Parameter 'id' is missing"}}

== separators-and-empty-containers  # behaviour 1.9
> {"execute":"guest-ping","id":[[],{},[{}],{"a":[]},1,2]}
< {"return": {}, "id": [[], {}, [{}], {"a": []}, 1, 2]}

== error-classes  # behaviour 3, clients 20
> {"execute":"nope"}{"execute":"guest-sync"}{
< {"error": {"class": "CommandNotFound", "desc": "The command nope has not been found"}}
< {"error": {"class": "GenericError", "desc": "Parameter 'id' is missing"}}
> }
< {"error": {"class": "GenericError", "desc": "QMP input lacks member 'execute'"}}
