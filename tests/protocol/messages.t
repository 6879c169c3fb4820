# SPDX-License-Identifier: MIT
# When a message is complete, and its syntax (behaviour.md 1.3, decision 4).

== stray-closers  # behaviour 1.3
> }],:
E JSON parse error, expecting value
E JSON parse error, expecting value
E JSON parse error, expecting value
E JSON parse error, expecting value

== closer-of-wrong-kind-at-once  # behaviour 1.3, decision 4
> {"a":1]
E JSON parse error, expected separator in dict

== closer-of-wrong-kind-in-list  # behaviour 1.3
> [1}
E JSON parse error, expected separator in list

== closer-of-wrong-kind-inside-object  # decision 4
sweep
> {"execute":"x","id":[1,2}
E JSON parse error, expected separator in list

== closer-of-wrong-kind-then-reading-goes-on  # decision 4
> {"execute":"x","id":[1,2}{"execute":"guest-ping"}
E JSON parse error, expected separator in list
< {"return": {}}

== closer-of-wrong-kind-the-rest-is-new-input  # decision 4
> {"execute":"x","id":[1,2}]}<LF>
E JSON parse error, expected separator in list
E JSON parse error, expecting value
E JSON parse error, expecting value

== closer-of-wrong-kind-object-in-list  # decision 4
> [{"a":1]
E JSON parse error, expected separator in dict

== closer-of-wrong-kind-after-key  # decision 4
> [{"a"]
E JSON parse error, missing : in object pair

== closer-of-wrong-kind-after-colon  # decision 4
> [{"a":]
E JSON parse error, expecting value

== closer-of-wrong-kind-empty-list  # decision 4
> {"a":[}
E JSON parse error, expecting value

== closer-of-wrong-kind-empty-object  # decision 4
> [[{]
E JSON parse error, expecting value

== closer-of-wrong-kind-after-comma  # decision 4
> {"a":[1,}
E JSON parse error, expecting value

== closer-of-wrong-kind-deep  # decision 4
> <[*500>{"a":<[*500>}
E JSON parse error, expecting value

== earlier-syntax-error-wins-over-wrong-closer  # decision 4, behaviour 1.3
> {"a" 1, "b":[1,2}
E JSON parse error, missing : in object pair

== wrong-closer-in-string-is-text  # decision 4
> {"execute":"guest-ping","id":["]}",'}]']}
< {"return": {}, "id": ["]}", "}]"]}

== syntax-error-waits-for-the-end  # behaviour 1.3
> {"a" "b"
quiet
> }
E JSON parse error, missing : in object pair

== no-recovery-after-syntax-error  # behaviour 1.3
> {"a"}abc<SP>{"execute":"guest-ping"}
E JSON parse error, missing : in object pair
E JSON parse error, invalid keyword 'abc'
< {"return": {}}

== first-syntax-error-only  # behaviour 1.3
> {"a":tru,"b" "c",}
E JSON parse error, invalid keyword 'tru'

== string-error-before-syntax-error  # behaviour 1.3, behaviour 1.5
> {"\q" 1}["<C3>" 1][1 "\q"]
E JSON parse error, invalid escape sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, expected separator in list

== duplicate-key-nested  # behaviour 1.3
> {"execute":"guest-ping","id":[{"a":1,"b":{"c":1,"c":1}}]}
E JSON parse error, duplicate key

== duplicate-key-after-unescaping  # behaviour 1.3, behaviour 1.5
> {"execute":"guest-ping","id":{"a":1,"\u0061":2}}
E JSON parse error, duplicate key

== duplicate-key-other-quotes  # behaviour 1.3
> {"execute":"guest-ping",'execute':'guest-ping'}
E JSON parse error, duplicate key

== duplicate-key-needs-its-value-first  # behaviour 1.3, choice first-error
> {"a":1,"a":tru}{"a":1,"a"}{"a":1,"a":2 3}
E JSON parse error, invalid keyword 'tru'
E JSON parse error, missing : in object pair
E JSON parse error, duplicate key

== same-key-in-different-objects  # behaviour 1.3
> {"execute":"guest-ping","id":[{"a":1},{"a":1},{"a":{"a":1}}]}
< {"return": {}, "id": [{"a": 1}, {"a": 1}, {"a": {"a": 1}}]}

== duplicate-key-nul-both-spellings  # behaviour 1.5, behaviour 1.3
> {"execute":"guest-ping","id":{"a\u0000":1,"a<C0><80>":2}}
E JSON parse error, duplicate key

== key-case-matters  # behaviour 1.3
> {"execute":"guest-ping","id":{"a":1,"A":2}}
< {"return": {}, "id": {"a": 1, "A": 2}}

== sixty-keys  # behaviour 1.3
> {"execute":"guest-ping","id":{"k0":0,"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7,"k8":8,"k9":9,"k10":10,"k11":11,"k12":12,"k13":13,"k14":14,"k15":15,"k16":16,"k17":17,"k18":18,"k19":19,"k20":20,"k21":21,"k22":22,"k23":23,"k24":24,"k25":25,"k26":26,"k27":27,"k28":28,"k29":29,"k30":30,"k31":31,"k32":32,"k33":33,"k34":34,"k35":35,"k36":36,"k37":37,"k38":38,"k39":39,"k40":40,"k41":41,"k42":42,"k43":43,"k44":44,"k45":45,"k46":46,"k47":47,"k48":48,"k49":49,"k50":50,"k51":51,"k52":52,"k53":53,"k54":54,"k55":55,"k56":56,"k57":57,"k58":58,"k59":59}}
< {"return": {}, "id": {"k0": 0, "k1": 1, "k2": 2, "k3": 3, "k4": 4, "k5": 5, "k6": 6, "k7": 7, "k8": 8, "k9": 9, "k10": 10, "k11": 11, "k12": 12, "k13": 13, "k14": 14, "k15": 15, "k16": 16, "k17": 17, "k18": 18, "k19": 19, "k20": 20, "k21": 21, "k22": 22, "k23": 23, "k24": 24, "k25": 25, "k26": 26, "k27": 27, "k28": 28, "k29": 29, "k30": 30, "k31": 31, "k32": 32, "k33": 33, "k34": 34, "k35": 35, "k36": 36, "k37": 37, "k38": 38, "k39": 39, "k40": 40, "k41": 41, "k42": 42, "k43": 43, "k44": 44, "k45": 45, "k46": 46, "k47": 47, "k48": 48, "k49": 49, "k50": 50, "k51": 51, "k52": 52, "k53": 53, "k54": 54, "k55": 55, "k56": 56, "k57": 57, "k58": 58, "k59": 59}}

== sixty-keys-last-twice  # behaviour 1.3
> {"execute":"guest-ping","id":{"k0":0,"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7,"k8":8,"k9":9,"k10":10,"k11":11,"k12":12,"k13":13,"k14":14,"k15":15,"k16":16,"k17":17,"k18":18,"k19":19,"k20":20,"k21":21,"k22":22,"k23":23,"k24":24,"k25":25,"k26":26,"k27":27,"k28":28,"k29":29,"k30":30,"k31":31,"k32":32,"k33":33,"k34":34,"k35":35,"k36":36,"k37":37,"k38":38,"k39":39,"k40":40,"k41":41,"k42":42,"k43":43,"k44":44,"k45":45,"k46":46,"k47":47,"k48":48,"k49":49,"k50":50,"k51":51,"k52":52,"k53":53,"k54":54,"k55":55,"k56":56,"k57":57,"k58":58,"k59":59,"k59":0}}
E JSON parse error, duplicate key

== sixty-keys-first-twice  # behaviour 1.3
> {"execute":"guest-ping","id":{"k0":0,"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7,"k8":8,"k9":9,"k10":10,"k11":11,"k12":12,"k13":13,"k14":14,"k15":15,"k16":16,"k17":17,"k18":18,"k19":19,"k20":20,"k21":21,"k22":22,"k23":23,"k24":24,"k25":25,"k26":26,"k27":27,"k28":28,"k29":29,"k30":30,"k31":31,"k32":32,"k33":33,"k34":34,"k35":35,"k36":36,"k37":37,"k38":38,"k39":39,"k40":40,"k41":41,"k42":42,"k43":43,"k44":44,"k45":45,"k46":46,"k47":47,"k48":48,"k49":49,"k50":50,"k51":51,"k52":52,"k53":53,"k54":54,"k55":55,"k56":56,"k57":57,"k58":58,"k59":59,"k0":0}}
E JSON parse error, duplicate key

== empty-containers  # behaviour 1.3
> {"execute":"guest-ping","id":[{},[],{"a":{}},[[]]]}
< {"return": {}, "id": [{}, [], {"a": {}}, [[]]]}

== any-value-is-a-message  # behaviour 1.3, behaviour 1.8
> [][[]]"a"true<LF>1.5<LF>
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object
