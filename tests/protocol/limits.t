# SPDX-License-Identifier: MIT
# Limits, and how an oversized message is skipped (behaviour.md 1.6, decision 8). The size of a message is the sum of
# its tokens without blanks; it must stay below 64 MiB (behaviour.md names 64 MiB, observed is one byte less).

== depth-1024-in-all  # behaviour 1.6, appendix C
> {"execute":"guest-ping","id":<[*1023><]*1023>}
< {"return": {}, "id": <[*1023><]*1023>}

== depth-1024-objects  # behaviour 1.6
> {"execute":"guest-ping","id":<{"a":*1022>{}<}*1022>}
< {"return": {}, "id": <{"a": *1022>{}<}*1022>}

== depth-1024-no-object  # behaviour 1.6
> <[*1024><]*1024>
E QMP input must be a JSON object

== depth-exceeded-one-error  # behaviour 1.6, decision 8
> {"execute":"guest-ping","id":<[*1024><]*1024>}
E JSON nesting depth limit exceeded

== depth-exceeded-then-good  # decision 8
> {"execute":"guest-ping","id":<[*1024><]*1024>}{"execute":"guest-ping"}
E JSON nesting depth limit exceeded
< {"return": {}}

== depth-exceeded-objects  # decision 8
> <{"a":*1025>1<}*1025><LF>{"execute":"guest-ping"}
E JSON nesting depth limit exceeded
< {"return": {}}

== depth-exceeded-error-comes-at-once  # decision 8
> {"execute":"guest-ping","id":<[*1024>
E JSON nesting depth limit exceeded
> <]*1024>
quiet
> }{"execute":"guest-ping"}
< {"return": {}}

== depth-exceeded-by-far  # decision 8
> <[*100000><]*100000>{"execute":"guest-ping"}
E JSON nesting depth limit exceeded
< {"return": {}}

== skip-follows-strings  # decision 8
> <[*1025>"]]]]\"]]",'}}\'}}',"\\"<]*1025>{"execute":"guest-ping"}
E JSON nesting depth limit exceeded
< {"return": {}}

== skip-opens-and-closes  # decision 8
> <[*1025>{"a":[1,{"b":2}]},<[*50><]*50><]*1025>{"execute":"guest-ping"}
E JSON nesting depth limit exceeded
< {"return": {}}

== skip-reports-nothing-else  # decision 8
> <[*1025>@ tru 01 "\q" <01><00><FE><LF> , : "<C3>" +<]*1025>{"execute":"guest-ping"}
E JSON nesting depth limit exceeded
< {"return": {}}

== skip-control-bytes-in-string  # decision 8, choice skipping-looks-only-at-strings-and-brackets
> <[*1025>"<TAB>]<LF>]"<]*1025>{"execute":"guest-ping"}
E JSON nesting depth limit exceeded
< {"return": {}}

== skip-ended-by-ff  # decision 8, decision 1
> <[*1500>
E JSON nesting depth limit exceeded
> <FF>{"execute":"guest-ping"}
< {"return": {}}

== skip-in-string-ended-by-ff  # decision 8, decision 1
> <[*1025>"abc\<FF>{"execute":"guest-ping"}
E JSON nesting depth limit exceeded
< {"return": {}}

== skip-swallows-requests-until-closed  # decision 8
> <[*1030>{"execute":"guest-ping"}<]*1029>
E JSON nesting depth limit exceeded
quiet
> ]{"execute":"guest-ping","id":1}
< {"return": {}, "id": 1}

== skip-ended-by-closer-of-wrong-kind  # decision 8, decision 4
> <[*1025>]}{"execute":"guest-ping"}
E JSON nesting depth limit exceeded
< {"return": {}}

== skip-kinds-unknown-beyond-the-limit  # decision 8, choice skipping-looks-only-at-strings-and-brackets
> <[*1030><}*6><]*1024>{"execute":"guest-ping"}
E JSON nesting depth limit exceeded
< {"return": {}}

== skip-left-unfinished  # decision 8
unfinished
> <{"a":[*600>
E JSON nesting depth limit exceeded

== count-at-the-limit  # behaviour 1.6
slow
> [{},<1,*1048573>1]
E QMP input must be a JSON object

== count-at-the-limit-odd  # behaviour 1.6
slow
> [<1,*1048574>1]
E QMP input must be a JSON object

== count-exceeded-by-the-last-token  # behaviour 1.6, decision 8
slow
> [<1,*1048575>1]{"execute":"guest-ping"}
E JSON token count limit exceeded
< {"return": {}}

== count-exceeded  # behaviour 1.6, decision 8
slow
> {"execute":"guest-ping","id":[<1,*1048580>{"a":[1]},"]"]}<LF>{"execute":"guest-ping"}
E JSON token count limit exceeded
< {"return": {}}

== count-exceeded-in-arguments  # decision 8
slow
> {"execute":"guest-ping","arguments":{"x":[<[],*1048576>1]},"id":7}{"execute":"guest-ping"}
E JSON token count limit exceeded
< {"return": {}}

== count-starts-anew-with-each-message  # behaviour 1.6
slow
> [<1,*700000>1][<1,*700000>1]{"execute":"guest-ping"}
E QMP input must be a JSON object
E QMP input must be a JSON object
< {"return": {}}

== size-one-token-below  # behaviour 1.6
slow
> "<x*67108861>"
E QMP input must be a JSON object

== size-one-token-at-the-limit  # behaviour 1.6, choice size-limit-is-exclusive
slow
> "<x*67108862>"{"execute":"guest-ping"}
E JSON token size limit exceeded
< {"return": {}}

== size-one-token-beyond  # behaviour 1.6, decision 8
slow
> "<x*67109000>\"}"{"execute":"guest-ping"}
E JSON token size limit exceeded
< {"return": {}}

== size-word-beyond  # behaviour 1.6, decision 8
slow
> <x*67109000><LF>{"execute":"guest-ping"}
E JSON token size limit exceeded
< {"return": {}}

== size-number-beyond  # behaviour 1.6, decision 8
slow
> {"execute":"guest-ping","id":<7*67109000>}{"execute":"guest-ping"}
E JSON token size limit exceeded
< {"return": {}}

== size-sum-below  # behaviour 1.6
slow
> ["<x*67108859>"]
E QMP input must be a JSON object

== size-sum-at-the-limit  # behaviour 1.6, choice size-limit-is-exclusive
slow
> ["<x*67108860>"]{"execute":"guest-ping"}
E JSON token size limit exceeded
< {"return": {}}

== size-sum-beyond  # behaviour 1.6, decision 8
slow
> {"execute":"guest-ping","arguments":{"a":"<x*40000000>","b":"<]*40000000>"},"id":[1]}{"execute":"guest-ping"}
E JSON token size limit exceeded
< {"return": {}}

== size-exceeded-error-comes-at-once  # behaviour 1.6, decision 8
slow
> {"execute":"guest-ping","id":"<x*67108862>
E JSON token size limit exceeded
> xxx
quiet
> "}{"execute":"guest-ping"}
< {"return": {}}

== size-exceeded-by-word-error-comes-at-once  # behaviour 1.6, decision 8
slow
> <x*67108900>
E JSON token size limit exceeded
> xxx
quiet
> <LF>{"execute":"guest-ping"}
< {"return": {}}

== size-exceeded-by-number-error-comes-at-once  # behaviour 1.6, decision 8
slow
> {"execute":"guest-ping","id":<1*67108900>
E JSON token size limit exceeded
> 111}{"execute":"guest-ping"}
< {"return": {}}

== size-exceeded-far-beyond  # decision 8, decision 43
slow
> {"execute":"guest-ping","id":"<x*200000000>"}{"execute":"guest-ping"}
E JSON token size limit exceeded
< {"return": {}}

== size-exceeded-then-ff  # decision 8, decision 1
slow
> {"execute":"guest-ping","id":"<x*67108900>
E JSON token size limit exceeded
> <FF>{"execute":"guest-ping"}
< {"return": {}}

== size-blanks-do-not-count  # behaviour 1.6
slow
> {"execute"<<SP>*80000000>:"guest-ping"}
< {"return": {}}

== size-blanks-between-tokens-few  # decision 58
slow
> [<<<SP>*15>1,*900000>1]
E QMP input must be a JSON object

== size-blanks-between-tokens-many  # decision 58
slow
> [<<<SP>*120>1,*900000>1]{"execute":"guest-ping"}
E JSON token size limit exceeded
< {"return": {}}

== size-blanks-between-messages  # behaviour 1.6
slow
> <<LF>*80000000>{"execute":"guest-ping"}
< {"return": {}}

== size-of-many-messages-does-not-add-up  # behaviour 1.6
slow
> <["<x*20000000>"]*4>
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object
E QMP input must be a JSON object

== large-argument  # behaviour 1.6
slow
> {"execute":"guest-ping","arguments":{"x":"<x*67000000>"},"id":1}
< {"id": 1, "error": {"class": "GenericError", "desc": "Parameter 'x' is unexpected"}}

== id-up-to-a-mebibyte  # behaviour 1.8, decision 54
slow
> {"execute":"guest-ping","id":"<x*1048574>"}
< {"return": {}, "id": "<x*1048574>"}

== id-beyond-a-mebibyte  # decision 54
slow
> {"execute":"guest-ping","id":"<x*1048575>"}{"execute":"guest-ping","id":1}
E limit exceeded: an id may take 1048576 bytes in the reply
< {"return": {}, "id": 1}

== id-beyond-a-mebibyte-when-escaped  # decision 54
slow
> {"execute":"guest-ping","id":"<é*200000>"}{"execute":"nope","id":[<"é",*200000>1]}
E limit exceeded: an id may take 1048576 bytes in the reply
E limit exceeded: an id may take 1048576 bytes in the reply

== large-lexical-error  # decision 53
slow
> "<x*67108000><01><LF>{"execute":"guest-ping"}
E JSON parse error, stray '\"<x*1015>
< {"return": {}}

== medium-request  # behaviour 1.1
> {"execute":"guest-ping","id":"<abc*5000>"}
< {"return": {}, "id": "<abc*5000>"}

== long-command-name  # behaviour 1.8
> {"execute":"<n*5000>"}
N The command <n*5000> has not been found

== long-member-name  # behaviour 1.8
> {"<n*5000>":1}
E QMP input member '<n*5000>' is unexpected

== long-argument-name  # behaviour 2
> {"execute":"guest-ping","arguments":{"<n*5000>":1}}
E Parameter '<n*5000>' is unexpected

== long-keyword-cut  # behaviour 1.10
> <q*1500><LF>
E JSON parse error, invalid keyword '<q*1006>

== long-keyword-just-not-cut  # behaviour 1.10
> <q*1005><LF>
E JSON parse error, invalid keyword '<q*1005>'

== long-bad-string-is-not-echoed  # behaviour 1.10
> "<x*5000>\q"
E JSON parse error, invalid escape sequence in string
