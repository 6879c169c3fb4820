# SPDX-License-Identifier: MIT
# What may start and continue a token, lexical errors and the recovery after them (behaviour.md 1.2).

== single-quotes  # behaviour 1.2
sweep
> {'execute':'guest-ping','id':'it'}
< {"return": {}, "id": "it"}

== quotes-contain-each-other  # behaviour 1.2
> {"execute":"guest-ping","id":["a'b",'a"b','it\'s',"\"x\"",'\"',"\'"]}
< {"return": {}, "id": ["a'b", "a\"b", "it's", "\"x\"", "\"", "'"]}

== string-not-ended-by-other-quote  # behaviour 1.2
> "a'
quiet
> b"
E QMP input must be a JSON object

== no-comments-slash  # behaviour 1.2
> //c<LF>{"execute":"guest-ping"}
E JSON parse error, stray '/'
< {"return": {}}

== no-comments-hash  # behaviour 1.2
> # {"execute":"guest-ping"}
E JSON parse error, stray '#'
< {"return": {}}

== byte-order-mark  # behaviour 1.2, behaviour 1.10
> <EF><BB><BF>{"execute":"guest-ping"}
E JSON parse error, stray '\uFFFD'
< {"return": {}}

== upper-case-starts-nothing  # behaviour 1.2
> True<LF>False<LF>NaN<LF>Infinity<LF>
E JSON parse error, stray 'T'
E JSON parse error, stray 'F'
E JSON parse error, stray 'N'
E JSON parse error, stray 'I'

== marks-start-nothing  # behaviour 1.2
> +<LF>.<LF>%<LF>_<LF>(<LF>)<LF>*<LF>;<LF>=<LF>$<LF>&<LF>`<LF>~<LF>^<LF>|<LF>!<LF>?<LF>
E JSON parse error, stray '+'
E JSON parse error, stray '.'
E JSON parse error, stray '%'
E JSON parse error, stray '_'
E JSON parse error, stray '('
E JSON parse error, stray ')'
E JSON parse error, stray '*'
E JSON parse error, stray ';'
E JSON parse error, stray '='
E JSON parse error, stray '$'
E JSON parse error, stray '&'
E JSON parse error, stray '`'
E JSON parse error, stray '~'
E JSON parse error, stray '^'
E JSON parse error, stray '|'
E JSON parse error, stray '!'
E JSON parse error, stray '?'

== backslash-starts-nothing  # behaviour 1.2
> \<LF>
E JSON parse error, stray '\\'

== high-bytes-start-nothing  # behaviour 1.2
> <80><LF><C3><LF><F8><LF><FD><LF>
E JSON parse error, stray '\uFFFD'
E JSON parse error, stray '\uFFFD'
E JSON parse error, stray '\uFFFD'
E JSON parse error, stray '\uFFFD'

== word-ends-at-other-byte  # behaviour 1.2
> foo1<SP>
E JSON parse error, invalid keyword 'foo'
E QMP input must be a JSON object

== word-ends-at-upper-case  # behaviour 1.2
> fooBar<LF>
E JSON parse error, invalid keyword 'foo'
E JSON parse error, stray 'B'

== words-and-brackets  # behaviour 1.2
> {"execute":"guest-ping","id":[true,false,null]}
< {"return": {}, "id": [true, false, null]}

== tab-in-string  # behaviour 1.2, behaviour 1.10
> {"execute":"guest-<TAB>ping"}
E JSON parse error, stray '\"guest-\t'
E JSON parse error, expecting value

== linefeed-in-string  # behaviour 1.2, behaviour 1.10
> "a<LF>b"<LF>
E JSON parse error, stray '\"a\n'

== nul-in-string-cuts-the-text  # behaviour 1.2
> "ab<00>cd"<LF>
E JSON parse error, stray '\"ab'

== fe-in-string  # behaviour 1.2
> "a<FE><LF>
E JSON parse error, stray '\"a\uFFFD'

== fd-in-string-is-invalid-utf8-only  # behaviour 1.2, behaviour 1.5
> "a<FD>"
E JSON parse error, invalid UTF-8 sequence in string

== del-in-string  # behaviour 1.2
> {"execute":"guest-ping","id":"<7F>"}
< {"return": {}, "id": "\u007F"}

== backslash-takes-no-control-byte  # behaviour 1.2
> "\<LF>
E JSON parse error, stray '\"\\\n'

== backslash-takes-no-tab  # behaviour 1.2
> "\<TAB><LF>
E JSON parse error, stray '\"\\\t'

== backslash-takes-no-fe  # behaviour 1.2
> "\<FE><LF>
E JSON parse error, stray '\"\\\uFFFD'

== backslash-takes-the-quote  # behaviour 1.2
> {"execute":"guest-ping","id":"a\\"}{"execute":"guest-ping","id":"\\\""}
< {"return": {}, "id": "a\\"}
< {"return": {}, "id": "\\\""}

== message-dropped-by-lexical-error  # behaviour 1.2
> {"execute":"guest-ping","id":@
E JSON parse error, stray '@'
> {"execute":"guest-ping"}
< {"return": {}}

== syntax-error-hidden-by-lexical-error  # behaviour 1.2, choice one-error-per-message
> {"a" "b", nope @<LF>
E JSON parse error, stray '@'

== recovery-skips-to-linefeed  # behaviour 1.2
> @ abc "def" 12 \ \u <TAB> é <LF>{"execute":"guest-ping"}
E JSON parse error, stray '@'
< {"return": {}}

== recovery-skips-to-carriage-return  # behaviour 1.2
> @ abc<CR>abc<LF>
E JSON parse error, stray '@'
E JSON parse error, invalid keyword 'abc'

== recovery-does-not-end-at-tab-or-space  # behaviour 1.2
> @ abc<TAB>abc abc<LF>
E JSON parse error, stray '@'

== recovery-ends-at-brace  # behaviour 1.2
> @ {"execute":"guest-ping"}
E JSON parse error, stray '@'
< {"return": {}}

== recovery-ends-at-bracket  # behaviour 1.2
> @[1]
E JSON parse error, stray '@'
E QMP input must be a JSON object

== recovery-ends-at-closing  # behaviour 1.2
> @}@]@,@:
E JSON parse error, stray '@'
E JSON parse error, expecting value
E JSON parse error, stray '@'
E JSON parse error, expecting value
E JSON parse error, stray '@'
E JSON parse error, expecting value
E JSON parse error, stray '@'
E JSON parse error, expecting value

== recovery-ends-at-control-byte  # behaviour 1.2, decision 1
> @ x<01>
E JSON parse error, stray '@'
E JSON parse error, stray '\u0001'

== recovery-ends-at-nul  # behaviour 1.2
> @ x<00>
E JSON parse error, stray '@'
E JSON parse error, stray ''

== recovery-ends-at-fe  # behaviour 1.2, decision 1
> @ x<FE>
E JSON parse error, stray '@'
E JSON parse error, stray '\uFFFD'

== recovery-ignores-quotes  # behaviour 1.2
> @ "{"execute":"guest-ping"}
E JSON parse error, stray '@'
< {"return": {}}

== recovery-ignores-del-and-high-bytes  # behaviour 1.2
> @ <7F><80><FD>é<LF>
E JSON parse error, stray '@'

== every-control-byte-costs-an-error  # behaviour 1.2, decision 1
> <01><02><03><04><05><06><07><08><0B><0C><0E><0F><10><11><12><13><14><15><16><17><18><19><1A><1B><1C><1D><1E><1F>
E JSON parse error, stray '\u0001'
E JSON parse error, stray '\u0002'
E JSON parse error, stray '\u0003'
E JSON parse error, stray '\u0004'
E JSON parse error, stray '\u0005'
E JSON parse error, stray '\u0006'
E JSON parse error, stray '\u0007'
E JSON parse error, stray '\b'
E JSON parse error, stray '\u000B'
E JSON parse error, stray '\f'
E JSON parse error, stray '\u000E'
E JSON parse error, stray '\u000F'
E JSON parse error, stray '\u0010'
E JSON parse error, stray '\u0011'
E JSON parse error, stray '\u0012'
E JSON parse error, stray '\u0013'
E JSON parse error, stray '\u0014'
E JSON parse error, stray '\u0015'
E JSON parse error, stray '\u0016'
E JSON parse error, stray '\u0017'
E JSON parse error, stray '\u0018'
E JSON parse error, stray '\u0019'
E JSON parse error, stray '\u001A'
E JSON parse error, stray '\u001B'
E JSON parse error, stray '\u001C'
E JSON parse error, stray '\u001D'
E JSON parse error, stray '\u001E'
E JSON parse error, stray '\u001F'

== word-then-illegal-byte-two-replies  # behaviour 1.2
> foo<01>
E JSON parse error, invalid keyword 'foo'
E JSON parse error, stray '\u0001'

== number-then-illegal-byte-two-replies  # behaviour 1.2
> 12@<LF>
E QMP input must be a JSON object
E JSON parse error, stray '@'

== word-then-illegal-byte-inside-message  # behaviour 1.2
> {"execute":nope@<LF>
E JSON parse error, stray '@'

== lexical-text-is-escaped  # behaviour 1.2, behaviour 1.5
> "a\é<F0><9F><98><80>'<7F><01><LF>
E JSON parse error, stray '\"a\\\u00E9\uD83D\uDE00'\u007F\u0001'

== lexical-text-with-bad-utf8  # behaviour 1.2, behaviour 1.5
> "<C3>(<ED><A0><80>(<F0><9F><98>(<C0><AF>(<01><LF>
E JSON parse error, stray '\"\uFFFD(\uFFFD(\uFFFD(\uFFFD(\u0001'

== lexical-text-shows-c0-80-as-nul  # behaviour 1.5
> "a<C0><80>b<01><LF>
E JSON parse error, stray '\"a\u0000b\u0001'

== lexical-text-cut  # decision 53
> "<x*3000><01><LF>
E JSON parse error, stray '\"<x*1015>

== lexical-text-just-not-cut  # decision 53
> "<x*1013><01><LF>
E JSON parse error, stray '\"<x*1013>\u0001'
