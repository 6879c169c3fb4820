# SPDX-License-Identifier: MIT
# Number literals: what is one, what is an integer, how they are echoed (behaviour.md 1.2, 1.4; decisions 5, 7a).

== integers  # behaviour 1.4
> {"execute":"guest-ping","id":[0,1,-1,42,-42,9223372036854775807,-9223372036854775808]}
< {"return": {}, "id": [0, 1, -1, 42, -42, 9223372036854775807, -9223372036854775808]}

== minus-zero-is-integer-zero  # behaviour 1.2
> {"execute":"guest-ping","id":-0}{"execute":"guest-sync","arguments":{"id":-0}}
< {"return": {}, "id": 0}
< {"return": 0}

== unsigned-64  # behaviour 1.4, appendix C
> {"execute":"guest-ping","id":[9223372036854775808,18446744073709551615]}
< {"return": {}, "id": [9223372036854775808, 18446744073709551615]}

== beyond-64-bits-is-double  # behaviour 1.4, appendix C
> {"execute":"guest-ping","id":18446744073709551616}
< {"return": {}, "id": 1.8446744073709552e+19}

== below-64-bits-is-double  # behaviour 1.4, decision 5
> {"execute":"guest-ping","id":-9223372036854775809}
< {"return": {}, "id": -9.223372036854776e+18}

== many-digits-are-double  # behaviour 1.4
> {"execute":"guest-ping","id":123456789012345678901234567890}
< {"return": {}, "id": 1.2345678901234568e+29}

== doubles-shortest  # decision 5
> {"execute":"guest-ping","id":[0.1,1.1,2.5,-0.3,0.30000000000000004,3.141592653589793,123456789.125]}
< {"return": {}, "id": [0.1, 1.1, 2.5, -0.3, 0.30000000000000004, 3.141592653589793, 123456789.125]}

== doubles-whole  # behaviour 1.4
> {"execute":"guest-ping","id":[1.0,1e2,1e5,-2.50e1,1E+2,0.0,0.0e1,100e-2]}
< {"return": {}, "id": [1, 100, 100000, -25, 100, 0, 0, 1]}

== double-minus-zero  # behaviour 1.4
> {"execute":"guest-ping","id":[-0.0,-0.0e5]}
< {"return": {}, "id": [-0, -0]}

== doubles-with-exponent  # behaviour 1.4, decision 5
> {"execute":"guest-ping","id":[1e17,1e22,1e300,1e-7,2.5e-10,1.5e+20,1e100]}
< {"return": {}, "id": [1e+17, 1e+22, 1e+300, 1e-07, 2.5e-10, 1.5e+20, 1e+100]}

== doubles-laid-out-as-with-17-digits  # behaviour 1.4, choice double-layout
> {"execute":"guest-ping","id":[1e15,1e16,12345678901234567.0,0.0001,0.00001,0.000123]}
< {"return": {}, "id": [1000000000000000, 10000000000000000, 12345678901234568, 0.0001, 1e-05, 0.000123]}

== doubles-at-the-edges  # decision 5
> {"execute":"guest-ping","id":[5e-324,2.2250738585072014e-308,1.7976931348623157e308,-1.7976931348623157e+308]}
< {"return": {}, "id": [5e-324, 2.2250738585072014e-308, 1.7976931348623157e+308, -1.7976931348623157e+308]}

== doubles-underflow-to-zero  # decision 5, choice underflow
> {"execute":"guest-ping","id":[1e-400,-1e-400]}
< {"return": {}, "id": [0, -0]}

== double-overflow  # decision 5, decision 55
> {"execute":"guest-ping","id":1e999}
E JSON parse error, number out of range

== double-overflow-negative  # decision 5, decision 55
> {"execute":"guest-ping","id":[1,-1e999]}{"execute":"guest-ping"}
E JSON parse error, number out of range
< {"return": {}}

== double-overflow-just  # decision 5, decision 55
> {"execute":"guest-ping","id":1.7976931348623159e308}
E JSON parse error, number out of range

== double-overflow-by-many-digits  # decision 5, decision 55
> {"execute":"guest-ping","id":<9*400>}
E JSON parse error, number out of range

== double-overflow-top-level  # decision 5, decision 55
> 1e999<LF>
E JSON parse error, number out of range

== double-overflow-in-place-in-order  # decision 5, decision 55, choice first-error
> {"a" 1e999}[tru,1e999][1e999,tru]
E JSON parse error, missing : in object pair
E JSON parse error, invalid keyword 'tru'
E JSON parse error, number out of range

== long-fraction  # behaviour 1.4, decision 5
> {"execute":"guest-ping","id":0.<1*2000>}
< {"return": {}, "id": 0.1111111111111111}

== long-exponent  # behaviour 1.4
> {"execute":"guest-ping","id":[1e<0*500>2,0e<9*30>]}
< {"return": {}, "id": [100, 0]}

== many-zeros-then-small-exponent  # behaviour 1.4
> {"execute":"guest-ping","id":1<0*400>e-400}
< {"return": {}, "id": 1}

== lone-zero-with-exponent  # decision 7a
> {"execute":"guest-ping","id":[0e1,0E+2,-0e1,0e-5]}
< {"return": {}, "id": [0, 0, -0, 0]}

== leading-zero  # behaviour 1.2, behaviour 1.10
> 01<LF>
E JSON parse error, stray '01'

== leading-zero-negative  # behaviour 1.2
> {"execute":"guest-ping","id":-01}
E JSON parse error, stray '-01'
E JSON parse error, expecting value

== minus-alone  # behaviour 1.2, behaviour 1.10
> -<LF>
E JSON parse error, stray '-\n'

== minus-then-letter  # behaviour 1.2
> -Infinity<LF>
E JSON parse error, stray '-I'

== plus-sign  # behaviour 1.2
> +1<LF>
E JSON parse error, stray '+'

== point-first  # behaviour 1.2
> .5<LF>
E JSON parse error, stray '.'

== point-last  # behaviour 1.2
> [5.]<LF>
E JSON parse error, stray '5.]'

== exponent-empty  # behaviour 1.2
> 12.5e<LF>
E JSON parse error, stray '12.5e\n'

== exponent-sign-only  # behaviour 1.2
> 1e+}<LF>
E JSON parse error, stray '1e+}'

== exponent-with-point  # behaviour 1.2
> 1e5.5<LF>
E QMP input must be a JSON object
E JSON parse error, stray '.'

== underscore  # behaviour 1.2
> 1_000<LF>
E QMP input must be a JSON object
E JSON parse error, stray '_'

== hexadecimal-at-top  # behaviour 1.2
> 0x10<LF>
E QMP input must be a JSON object
E JSON parse error, invalid keyword 'x'
E QMP input must be a JSON object

== hexadecimal-inside  # behaviour 1.2
> {"execute":"guest-ping","id":0x10}
E JSON parse error, expected separator in dict

== number-ends-at-structure  # behaviour 1.2
> {"execute":"guest-ping","id":[1,2.5,3e1]}
< {"return": {}, "id": [1, 2.5, 30]}
