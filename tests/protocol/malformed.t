# SPDX-License-Identifier: MIT
# The table of behaviour.md 1.10, row by row, each from a freshly reset reader. 0xFF is silent here (decision 1).

== malformed-01-nothing  # behaviour 1.10
> <LF>
> <SP><SP><SP>
> <CR><LF>
quiet

== malformed-02-ff  # behaviour 1.10, decision 1
> <FF>
quiet

== malformed-02-fe  # behaviour 1.10
> <FE>
E JSON parse error, stray '\uFFFD'

== malformed-02-80  # behaviour 1.10
> <80>
E JSON parse error, stray '\uFFFD'

== malformed-02-utf8  # behaviour 1.10
> é
E JSON parse error, stray '\uFFFD'

== malformed-03-ff-three-times  # behaviour 1.10, decision 1
> <FF><FF><FF>
quiet

== malformed-03-fe-three-times  # behaviour 1.10
> <FE><FE><FE>
E JSON parse error, stray '\uFFFD'
E JSON parse error, stray '\uFFFD'
E JSON parse error, stray '\uFFFD'

== malformed-04-nul  # behaviour 1.10
> <00>
E JSON parse error, stray ''

== malformed-05-01  # behaviour 1.10
> <01>
E JSON parse error, stray '\u0001'

== malformed-06-0c  # behaviour 1.10
> <0C>
E JSON parse error, stray '\f'

== malformed-07-1b  # behaviour 1.10
> <1B>
E JSON parse error, stray '\u001B'

== malformed-08-7f  # behaviour 1.10
> <7F>
E JSON parse error, stray '\u007F'

== malformed-09-byte-order-mark  # behaviour 1.10
> <EF><BB><BF>{"execute":"guest-ping"}
E JSON parse error, stray '\uFFFD'
< {"return": {}}

== malformed-10-word  # behaviour 1.10
> abc<LF>
E JSON parse error, invalid keyword 'abc'

== malformed-11-upper-case  # behaviour 1.10
> NULL<LF>
E JSON parse error, stray 'N'

== malformed-12-at  # behaviour 1.10
sweep
> @ {"execute":"guest-ping"}
E JSON parse error, stray '@'
< {"return": {}}

== malformed-13-comment  # behaviour 1.10
> //c<LF>{"execute":"guest-ping"}
E JSON parse error, stray '/'
< {"return": {}}

== malformed-14-word-ff  # behaviour 1.10, decision 1
> foo<FF>
quiet

== malformed-14-word-fe  # behaviour 1.10
> foo<FE>
E JSON parse error, invalid keyword 'foo'
E JSON parse error, stray '\uFFFD'

== malformed-15-01  # behaviour 1.10
> 01
E JSON parse error, stray '01'

== malformed-16-minus  # behaviour 1.10
> -<LF>
E JSON parse error, stray '-\n'

== malformed-17-point  # behaviour 1.10
> 12.e
E JSON parse error, stray '12.e'

== malformed-18-object-ff  # behaviour 1.10, decision 1
> {"execute":"guest-ping"<FF>
quiet

== malformed-18-object-fe  # behaviour 1.10
> {"execute":"guest-ping"<FE>
E JSON parse error, stray '\uFFFD'

== malformed-19-object-ff-brace  # behaviour 1.10, decision 1
> {"execute":"guest-ping"<FF>}<LF>
E JSON parse error, expecting value

== malformed-19-object-fe-brace  # behaviour 1.10
> {"execute":"guest-ping"<FE>}<LF>
E JSON parse error, stray '\uFFFD'
E JSON parse error, expecting value

== malformed-20-string-fe  # behaviour 1.10
> {"execute":"guest-pi<FE>ng"}
E JSON parse error, stray '\"guest-pi\uFFFD'
E JSON parse error, expecting value

== malformed-21-string-tab  # behaviour 1.10
> {"execute":"guest-<TAB>ping"}
E JSON parse error, stray '\"guest-\t'
E JSON parse error, expecting value

== malformed-22-string-linefeed  # behaviour 1.10
> "a<LF>b"
E JSON parse error, stray '\"a\n'
> <LF>{"execute":"guest-ping"}
< {"return": {}}

== malformed-23-object-nul  # behaviour 1.10
> {"execute":"guest-ping"<00>}
E JSON parse error, stray ''
E JSON parse error, expecting value

== malformed-24-brace  # behaviour 1.10
> }
E JSON parse error, expecting value

== malformed-24-bracket  # behaviour 1.10
> ]
E JSON parse error, expecting value

== malformed-24-comma  # behaviour 1.10
> ,
E JSON parse error, expecting value

== malformed-24-colon  # behaviour 1.10
> :
E JSON parse error, expecting value

== malformed-25-crossed  # behaviour 1.10
> [}{]
E JSON parse error, expecting value
E JSON parse error, expecting value

== malformed-26-commas  # behaviour 1.10
> {,}{"a":}{"a":1,}[1,][1,,2][,]
E JSON parse error, expecting value
E JSON parse error, expecting value
E JSON parse error, expecting value
E JSON parse error, expecting value
E JSON parse error, expecting value
E JSON parse error, expecting value

== malformed-27-colons  # behaviour 1.10
> {"a"}{"a" "b"}{"a",1}{"a"]
E JSON parse error, missing : in object pair
E JSON parse error, missing : in object pair
E JSON parse error, missing : in object pair
E JSON parse error, missing : in object pair

== malformed-28-dict-separators  # behaviour 1.10
> {"a":1 "b":2}{"a":1]{"a":1:2}
E JSON parse error, expected separator in dict
E JSON parse error, expected separator in dict
E JSON parse error, expected separator in dict

== malformed-29-list-separators  # behaviour 1.10
> [1 2][1}[1:2]["a""b"]
E JSON parse error, expected separator in list
E JSON parse error, expected separator in list
E JSON parse error, expected separator in list
E JSON parse error, expected separator in list

== malformed-30-keys  # behaviour 1.10
> {1:2}{[]:1}{true:1}{{}:1}{null:1}{1}
E JSON parse error, key is not a string in object
E JSON parse error, key is not a string in object
E JSON parse error, key is not a string in object
E JSON parse error, key is not a string in object
E JSON parse error, key is not a string in object
E JSON parse error, key is not a string in object

== malformed-31-bare-key  # behaviour 1.10
> {execute:'guest-ping'}
E JSON parse error, invalid keyword 'execute'

== malformed-32-duplicates  # behaviour 1.10
> {"a":1,"a":2}{"execute":"guest-ping","execute":"guest-ping"}
E JSON parse error, duplicate key
E JSON parse error, duplicate key

== malformed-33-upper-case-inside  # behaviour 1.10
> {"execute":True}
E JSON parse error, stray 'T'
E JSON parse error, expecting value

== malformed-34-keyword-inside  # behaviour 1.10
> {"execute":tru}
E JSON parse error, invalid keyword 'tru'

== malformed-35-escapes  # behaviour 1.10
> "\q""\x41"
E JSON parse error, invalid escape sequence in string
E JSON parse error, invalid escape sequence in string

== malformed-36-hex  # behaviour 1.10
> "\u12zz"
E JSON parse error, \\u12zz is not a valid Unicode character

== malformed-37-high-surrogates  # behaviour 1.10
> "\ud800""\ud800x""\ud800\u0041"
E JSON parse error, \\ud800 is not a valid Unicode character
E JSON parse error, \\ud800 is not a valid Unicode character
E JSON parse error, \\ud800 is not a valid Unicode character

== malformed-38-low-surrogate  # behaviour 1.10
> "\udc00"
E JSON parse error, \\udc00 is not a valid Unicode character

== malformed-38-noncharacters-accepted  # behaviour 1.10, decision 7
> "\uffff""\ufdd0"
E QMP input must be a JSON object
E QMP input must be a JSON object

== malformed-39-short-hex  # behaviour 1.10
> "\u12"
E JSON parse error, \\u12\" is not a valid Unicode character

== malformed-40-utf8  # behaviour 1.10
> "<C3>""<C0><AF>""<ED><A0><80>""<F4><90><80><80>""<F8><88><80><80><80>"
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string

== malformed-41-not-an-object  # behaviour 1.10
> []1<SP>null<LF>"abc"[{"execute":"guest-ping"}]
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object

== malformed-42-empty  # behaviour 1.10
> {}
E QMP input lacks member 'execute'

== malformed-43-execute-type  # behaviour 1.10
> {"execute":1}{"execute":null}
E QMP input member 'execute' must be a string
E QMP input member 'execute' must be a string

== malformed-44-arguments-type  # behaviour 1.10
> {"execute":"guest-ping","arguments":[]}
E QMP input member 'arguments' must be an object

== malformed-45-unexpected-member  # behaviour 1.10
> {"execute":"guest-ping","foo":1}
E QMP input member 'foo' is unexpected

== malformed-46-trailing-words  # behaviour 1.10
> {"execute":"guest-ping"} trailing garbage<LF>
< {"return": {}}
E JSON parse error, invalid keyword 'trailing'
E JSON parse error, invalid keyword 'garbage'
