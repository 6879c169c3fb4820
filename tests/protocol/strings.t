# SPDX-License-Identifier: MIT
# Escapes and UTF-8 in, ASCII out (behaviour.md 1.5; decisions 6, 7).

== escapes-all  # behaviour 1.5
sweep
> {"execute":"guest-ping","id":"\"\'\\\/\b\f\n\r\t\u0041"}
< {"return": {}, "id": "\"'\\/\b\f\n\r\tA"}

== escaped-command-name  # behaviour 1.5, appendix C
> {"execute":"guest-\u0070ing"}{"\u0065xecute":"guest-ping"}
< {"return": {}}
< {"return": {}}

== escapes-hex-case  # behaviour 1.5
> {"execute":"guest-ping","id":"\u00e9\u00E9\uabcd\uABCD"}
< {"return": {}, "id": "\u00E9\u00E9\uABCD\uABCD"}

== surrogate-pair  # behaviour 1.5
> {"execute":"guest-ping","id":"\ud83d\ude00\uD800\uDC00\udbff\udffd"}
< {"return": {}, "id": "\uD83D\uDE00\uD800\uDC00\uDBFF\uDFFD"}

== raw-utf8  # behaviour 1.5
sweep
> {"execute":"guest-ping","id":"é €😀"}
< {"return": {}, "id": "\u00E9 \u20AC\uD83D\uDE00"}

== raw-utf8-edges  # behaviour 1.5
> {"execute":"guest-ping","id":"<C2><80><DF><BF><E0><A0><80><ED><9F><BF><EE><80><80><F0><90><80><80><F4><8F><BF><BD>"}
< {"return": {}, "id": "\u0080\u07FF\u0800\uD7FF\uE000\uD800\uDC00\uDBFF\uDFFD"}

== output-ascii-as-is  # behaviour 1.5
> {"execute":"guest-ping","id":" !#$%&()*+,-./0123456789:;<3C>=>?@ABCXYZ[]^_`abcxyz{|}~"}
< {"return": {}, "id": " !#$%&()*+,-./0123456789:;<3C>=>?@ABCXYZ[]^_`abcxyz{|}~"}

== output-controls  # behaviour 1.5
> {"execute":"guest-ping","id":"\u0001\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u001f\u007f\u0080\u009f"}
< {"return": {}, "id": "\u0001\u0007\b\t\n\u000B\f\r\u001F\u007F\u0080\u009F"}

== output-slash-unescaped  # behaviour 1.5
> {"execute":"guest-ping","id":"\/a/b"}
< {"return": {}, "id": "/a/b"}

== nul-in-id  # behaviour 1.5, decision 6
> {"execute":"guest-ping","id":"a\u0000b<C0><80>c"}
< {"return": {}, "id": "a\u0000b\u0000c"}

== nul-in-id-key  # behaviour 1.5, decision 6
> {"execute":"guest-ping","id":{"\u0000":"\u0000"}}
< {"return": {}, "id": {"\u0000": "\u0000"}}

== nul-in-command-name  # behaviour 1.5, decision 6
> {"execute":"nope\u0000"}{"execute":"guest-ping\u0000"}
N The command nope\u0000 has not been found
N The command guest-ping\u0000 has not been found

== nul-in-member-name  # behaviour 1.5
> {"execute\u0000":"guest-ping"}
E QMP input member 'execute\u0000' is unexpected

== nul-in-argument-name  # behaviour 1.5
> {"execute":"guest-sync","arguments":{"id":1,"id\u0000":2}}
E Parameter 'id\u0000' is unexpected

== noncharacters-escaped  # decision 7
> {"execute":"guest-ping","id":"\uffff\ufffe\ufdd0\ufdef\ud83f\udffe"}
< {"return": {}, "id": "\uFFFF\uFFFE\uFDD0\uFDEF\uD83F\uDFFE"}

== noncharacters-raw  # decision 7
> {"execute":"guest-ping","id":"<EF><BF><BF><EF><BF><BE><EF><B7><90><F0><9F><BF><BE><F4><8F><BF><BF>"}
< {"return": {}, "id": "\uFFFF\uFFFE\uFDD0\uD83F\uDFFE\uDBFF\uDFFF"}

== noncharacters-in-lexical-text  # decision 7
> "<EF><BF><BE><01><LF>
E JSON parse error, stray '\"\uFFFE\u0001'

== escape-unknown  # behaviour 1.5, behaviour 1.10
> "\q""\x41""\U0041""\0""\ ""\é"
E JSON parse error, invalid escape sequence in string
E JSON parse error, invalid escape sequence in string
E JSON parse error, invalid escape sequence in string
E JSON parse error, invalid escape sequence in string
E JSON parse error, invalid escape sequence in string
E JSON parse error, invalid escape sequence in string

== escape-bad-hex  # behaviour 1.5, behaviour 1.10
> "\u12zz""\uzzzz""\u+123""\u 123"
E JSON parse error, \\u12zz is not a valid Unicode character
E JSON parse error, \\uzzzz is not a valid Unicode character
E JSON parse error, \\u+123 is not a valid Unicode character
E JSON parse error, \\u 123 is not a valid Unicode character

== escape-too-short  # behaviour 1.10
> "\u12""\u1""\u"'\u123'
E JSON parse error, \\u12\" is not a valid Unicode character
E JSON parse error, \\u1\" is not a valid Unicode character
E JSON parse error, \\u\" is not a valid Unicode character
E JSON parse error, \\u123' is not a valid Unicode character

== escape-bad-hex-takes-four-bytes  # behaviour 1.10, choice unicode-error-text
> "\u12é""\u123é""\u1\"ab"
E JSON parse error, \\u12\u00E9 is not a valid Unicode character
E JSON parse error, \\u123\uFFFD is not a valid Unicode character
E JSON parse error, \\u1\\\"a is not a valid Unicode character

== surrogate-high-alone  # behaviour 1.5, behaviour 1.10
> "\ud800""\ud800x""\ud800\u0041""\uDBFF\n""\ud800\ud800""\ud800\u12zz"
E JSON parse error, \\ud800 is not a valid Unicode character
E JSON parse error, \\ud800 is not a valid Unicode character
E JSON parse error, \\ud800 is not a valid Unicode character
E JSON parse error, \\uDBFF is not a valid Unicode character
E JSON parse error, \\ud800 is not a valid Unicode character
E JSON parse error, \\ud800 is not a valid Unicode character

== surrogate-low-alone  # behaviour 1.5, behaviour 1.10
> "\udc00""\uDFFF\ud800"
E JSON parse error, \\udc00 is not a valid Unicode character
E JSON parse error, \\uDFFF is not a valid Unicode character

== utf8-torn  # behaviour 1.5, behaviour 1.10
> "<C3>""<E2><82>""<F0><9F><98>""<80>""a<BF>b"
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string

== utf8-overlong  # behaviour 1.5, behaviour 1.10
> "<C0><AF>""<C1><BF>""<E0><9F><BF>""<F0><8F><BF><BF>""<C0><81>""<E0><80><80>"
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string

== utf8-surrogates  # behaviour 1.5, behaviour 1.10
> "<ED><A0><80>""<ED><BF><BF>""<ED><A0><BD><ED><B8><80>"
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string

== utf8-too-large  # behaviour 1.5, behaviour 1.10
> "<F4><90><80><80>""<F5><80><80><80>""<F8><88><80><80><80>""<FC><84><80><80><80><80>"
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string

== utf8-checked-in-keys-and-names  # behaviour 1.5
> {"execute":"guest-ping","id":{"<C3>":1}}{"<C3>":1}{"execute":"<C3>"}
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid UTF-8 sequence in string

== utf8-checked-in-unused-places  # behaviour 1.5, behaviour 1.8
> {"execute":"nope","arguments":{"x":["<C3>"]}}{"execute":"nope","arguments":{"x":["\q"]}}
E JSON parse error, invalid UTF-8 sequence in string
E JSON parse error, invalid escape sequence in string

== non-ascii-names-in-errors  # behaviour 1.5
> {"execute":"é😀\u007f\n\"\\"}{"é":1}{"execute":"guest-ping","arguments":{"€":1}}
N The command \u00E9\uD83D\uDE00\u007F\n\"\\ has not been found
E QMP input member '\u00E9' is unexpected
E Parameter '\u20AC' is unexpected

== bad-sequences-count  # behaviour 1.5, choice one-replacement-per-sequence
> "<80><80>(<F8><88><80><80><80>(<ED><A0><80><ED><A0><80>(<F4><90><80><80>(<FC><84><80><80><80><80><01><LF>
E JSON parse error, stray '\"\uFFFD\uFFFD(\uFFFD(\uFFFD\uFFFD(\uFFFD(\uFFFD\u0001'
