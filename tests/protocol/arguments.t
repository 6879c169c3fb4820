# SPDX-License-Identifier: MIT
# Argument validation (behaviour.md 2, decision 6). The sync commands show what they can; the rest goes through the
# test-only command of the test build, which returns its arguments:
#   s: str, i: int, *u64: uint64, *b: bool, *n: number, *l: [str], *o: {x: int, *y: [{z: str}]},
#   *e: one|two|three, *w: TestWhence (int or set|cur|end)

== sync-id-missing  # behaviour 2
> {"execute":"guest-sync"}{"execute":"guest-sync","arguments":{}}
E Parameter 'id' is missing
E Parameter 'id' is missing

== sync-missing-before-unexpected  # behaviour 2
> {"execute":"guest-sync","arguments":{"x":2}}
E Parameter 'id' is missing

== sync-unexpected-after-declared  # behaviour 2
> {"execute":"guest-sync","arguments":{"id":1,"y":3}}{"execute":"guest-sync","arguments":{"y":3,"id":1}}
E Parameter 'y' is unexpected
E Parameter 'y' is unexpected

== sync-type-before-unexpected  # behaviour 2
> {"execute":"guest-sync","arguments":{"y":3,"id":"1"}}
E Invalid parameter type for 'id', expected: integer

== sync-null-is-not-absent  # behaviour 2
> {"execute":"guest-sync","arguments":{"id":null}}
E Invalid parameter type for 'id', expected: integer

== sync-id-wrong-types  # behaviour 2, clients 21
> {"execute":"guest-sync","arguments":{"id":"1"}}{"execute":"guest-sync","arguments":{"id":true}}{"execute":"guest-sync","arguments":{"id":[1]}}{"execute":"guest-sync","arguments":{"id":{}}}
E Invalid parameter type for 'id', expected: integer
E Invalid parameter type for 'id', expected: integer
E Invalid parameter type for 'id', expected: integer
E Invalid parameter type for 'id', expected: integer

== sync-id-doubles  # behaviour 2, behaviour 1.4
> {"execute":"guest-sync","arguments":{"id":1.0}}{"execute":"guest-sync","arguments":{"id":1e3}}{"execute":"guest-sync","arguments":{"id":-0.0}}
E Invalid parameter type for 'id', expected: integer
E Invalid parameter type for 'id', expected: integer
E Invalid parameter type for 'id', expected: integer

== sync-id-outside-int64  # behaviour 2
> {"execute":"guest-sync","arguments":{"id":9223372036854775808}}{"execute":"guest-sync","arguments":{"id":-9223372036854775809}}{"execute":"guest-sync","arguments":{"id":99999999999999999999}}
E Invalid parameter type for 'id', expected: integer
E Invalid parameter type for 'id', expected: integer
E Invalid parameter type for 'id', expected: integer

== sync-argument-name-escaped  # behaviour 2, behaviour 1.5
> {"execute":"guest-sync","arguments":{"\u0069d":4}}
< {"return": 4}

== sync-argument-names-case  # behaviour 2
> {"execute":"guest-sync","arguments":{"ID":4}}{"execute":"guest-sync","arguments":{"id":4,"ID":4}}
E Parameter 'id' is missing
E Parameter 'ID' is unexpected

== types-least  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1}}
< {"return": {"s": "x", "i": 1}}

== types-all-in-schema-order  # behaviour 2, decision 3
> {"execute":"__org.virtagent_test-types","arguments":{"w":"cur","e":"two","o":{"y":[{"z":"b"},{"z":""}],"x":-5},"l":["a","é"],"n":2.5,"b":true,"u64":18446744073709551615,"i":-9223372036854775808,"s":""}}
< {"return": {"s": "", "i": -9223372036854775808, "u64": 18446744073709551615, "b": true, "n": 2.5, "l": ["a", "\u00E9"], "o": {"x": -5, "y": [{"z": "b"}, {"z": ""}]}, "e": "two", "w": "cur"}}

== types-empty-arrays  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"l":[],"o":{"x":1,"y":[]}}}
< {"return": {"s": "x", "i": 1, "l": [], "o": {"x": 1, "y": []}}}

== types-missing-in-declared-order  # behaviour 2
> {"execute":"__org.virtagent_test-types"}{"execute":"__org.virtagent_test-types","arguments":{"i":"x"}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x"}}
E Parameter 's' is missing
E Parameter 's' is missing
E Parameter 'i' is missing

== types-first-problem-in-declared-order  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"w":true,"b":1,"i":"x","s":"x"}}{"execute":"__org.virtagent_test-types","arguments":{"w":true,"b":1,"i":1,"s":"x"}}
E Invalid parameter type for 'i', expected: integer
E Invalid parameter type for 'b', expected: boolean

== types-unexpected-last  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"zz":0,"s":"x","i":1}}{"execute":"__org.virtagent_test-types","arguments":{"zz":0,"s":"x","i":1,"w":1.5}}
E Parameter 'zz' is unexpected
E Invalid parameter type for 'w', expected: integer

== types-null-never-absent  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"u64":null}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"b":null}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":null}}
E Parameter 'u64' expects uint64
E Invalid parameter type for 'b', expected: boolean
E Invalid parameter type for 'o', expected: object

== types-null-never-absent-more  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":null,"i":1}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"l":null}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"n":null}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"w":null}}
E Invalid parameter type for 's', expected: string
E Invalid parameter type for 'l', expected: array
E Invalid parameter type for 'n', expected: number
E Invalid parameter type for 'w', expected: TestWhence

== types-str  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":1,"i":1}}{"execute":"__org.virtagent_test-types","arguments":{"s":["x"],"i":1}}{"execute":"__org.virtagent_test-types","arguments":{"s":true,"i":1}}
E Invalid parameter type for 's', expected: string
E Invalid parameter type for 's', expected: string
E Invalid parameter type for 's', expected: string

== types-int  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1.0}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1e3}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":9223372036854775808}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":"1"}}
E Invalid parameter type for 'i', expected: integer
E Invalid parameter type for 'i', expected: integer
E Invalid parameter type for 'i', expected: integer
E Invalid parameter type for 'i', expected: integer

== types-int-limits  # behaviour 2, clients 12
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":9223372036854775807}}
< {"return": {"s": "x", "i": 9223372036854775807}}

== types-uint64  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"u64":"1"}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"u64":1.0}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"u64":true}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"u64":18446744073709551616}}
E Parameter 'u64' expects uint64
E Parameter 'u64' expects uint64
E Parameter 'u64' expects uint64
E Parameter 'u64' expects uint64

== types-uint64-values  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"u64":0}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"u64":9223372036854775808}}
< {"return": {"s": "x", "i": 1, "u64": 0}}
< {"return": {"s": "x", "i": 1, "u64": 9223372036854775808}}

== types-uint64-negative-wraps  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"u64":-1}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"u64":-9223372036854775808}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"u64":-9223372036854775809}}
< {"return": {"s": "x", "i": 1, "u64": 18446744073709551615}}
< {"return": {"s": "x", "i": 1, "u64": 9223372036854775808}}
E Parameter 'u64' expects uint64

== types-bool  # behaviour 2, clients 14
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"b":false}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"b":0}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"b":"true"}}
< {"return": {"s": "x", "i": 1, "b": false}}
E Invalid parameter type for 'b', expected: boolean
E Invalid parameter type for 'b', expected: boolean

== types-number  # behaviour 2, decision 5
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"n":0.1}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"n":7}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"n":"7"}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"n":true}}
< {"return": {"s": "x", "i": 1, "n": 0.1}}
< {"return": {"s": "x", "i": 1, "n": 7}}
E Invalid parameter type for 'n', expected: number
E Invalid parameter type for 'n', expected: number

== types-number-takes-unsigned  # behaviour 2, choice number-takes-every-literal
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"n":18446744073709551615}}
< {"return": {"s": "x", "i": 1, "n": 1.8446744073709552e+19}}

== types-array  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"l":"x"}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"l":{}}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"l":0}}
E Invalid parameter type for 'l', expected: array
E Invalid parameter type for 'l', expected: array
E Invalid parameter type for 'l', expected: array

== types-array-element-path  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"l":["a",2]}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"l":[null]}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"l":[<"a",*12>1]}}
E Invalid parameter type for 'l[1]', expected: string
E Invalid parameter type for 'l[0]', expected: string
E Invalid parameter type for 'l[12]', expected: string

== types-object  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":[]}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":"x"}}
E Invalid parameter type for 'o', expected: object
E Invalid parameter type for 'o', expected: object

== types-nested-paths  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":{}}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":{"x":"1"}}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":{"x":1,"y":{}}}}
E Parameter 'o.x' is missing
E Invalid parameter type for 'o.x', expected: integer
E Invalid parameter type for 'o.y', expected: array

== types-nested-array-paths  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":{"x":1,"y":[{"z":"a"},{}]}}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":{"x":1,"y":[1]}}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":{"x":1,"y":[{"z":1}]}}}
E Parameter 'o.y[1].z' is missing
E Invalid parameter type for 'o.y[0]', expected: object
E Invalid parameter type for 'o.y[0].z', expected: string

== types-nested-unexpected  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":{"q":1,"x":1}}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":{"x":1,"y":[{"z":"a","q":1}]}}}
E Parameter 'o.q' is unexpected
E Parameter 'o.y[0].q' is unexpected

== types-nested-unexpected-before-later-member  # behaviour 2, choice nested-first
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"e":"nine","o":{"q":1,"x":1}}}
E Parameter 'o.q' is unexpected

== types-enum  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"e":"three"}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"e":"One"}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"e":""}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"e":"é\"\n"}}
< {"return": {"s": "x", "i": 1, "e": "three"}}
E Parameter 'e' does not accept value 'One'
E Parameter 'e' does not accept value ''
E Parameter 'e' does not accept value '\u00E9\"\n'

== types-enum-wrong-type  # behaviour 2, choice enum-expects-string
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"e":1}}
E Invalid parameter type for 'e', expected: string

== types-alternate-branches  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"w":-2}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"w":"end"}}
< {"return": {"s": "x", "i": 1, "w": -2}}
< {"return": {"s": "x", "i": 1, "w": "end"}}

== types-alternate-no-branch  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"w":true}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"w":{}}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"w":[]}}
E Invalid parameter type for 'w', expected: TestWhence
E Invalid parameter type for 'w', expected: TestWhence
E Invalid parameter type for 'w', expected: TestWhence

== types-alternate-branch-then-fails  # behaviour 2
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"w":"SET"}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"w":1.5}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"w":18446744073709551615}}
E Parameter 'w' does not accept value 'SET'
E Invalid parameter type for 'w', expected: integer
E Invalid parameter type for 'w', expected: integer

== types-nul-in-strings  # decision 6
> {"execute":"__org.virtagent_test-types","arguments":{"s":"a\u0000b","i":1}}{"execute":"__org.virtagent_test-types","arguments":{"s":"<C0><80>","i":1}}
E Parameter 's' contains a NUL character
E Parameter 's' contains a NUL character

== types-nul-in-nested-strings  # decision 6
> {"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"l":["a","\u0000"]}}{"execute":"__org.virtagent_test-types","arguments":{"s":"x","i":1,"o":{"x":1,"y":[{"z":"a\u0000"}]}}}
E Parameter 'l[1]' contains a NUL character
E Parameter 'o.y[0].z' contains a NUL character

== types-unicode-round-trip  # behaviour 1.5, decision 7
> {"execute":"__org.virtagent_test-types","arguments":{"s":"\ud83d\ude00é\uffff\u007f\/","i":1}}
< {"return": {"s": "\uD83D\uDE00\u00E9\uFFFF\u007F/", "i": 1}}

== types-errors-carry-the-id  # behaviour 1.8
> {"execute":"__org.virtagent_test-types","id":{"k":1},"arguments":{"s":"x","i":1,"o":{"x":null}}}
< {"id": {"k": 1}, "error": {"class": "GenericError", "desc": "Invalid parameter type for 'o.x', expected: integer"}}
