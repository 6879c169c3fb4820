# SPDX-License-Identifier: MIT
# guest-file-open, -close, -read, -write, -seek, -flush (behaviour.md 4.7): all that needs no open handle. Whatever needs
# one, or a file of its own, is in tests/files. The paths here can be opened by nobody: no case leaves a handle.

== file-open-path-missing  # behaviour 4.7, behaviour 2
> {"execute":"guest-file-open"}{"execute":"guest-file-open","arguments":{}}{"execute":"guest-file-open","arguments":{"mode":"r"}}{"execute":"guest-file-open","arguments":{"mode":"x"}}
E Parameter 'path' is missing
E Parameter 'path' is missing
E Parameter 'path' is missing
E Parameter 'path' is missing

== file-open-wrong-types  # behaviour 4.7, behaviour 2, clients 21
> {"execute":"guest-file-open","arguments":{"path":1}}{"execute":"guest-file-open","arguments":{"path":null}}{"execute":"guest-file-open","arguments":{"path":["/proc/none"]}}{"execute":"guest-file-open","arguments":{"path":"/proc/none","mode":0}}{"execute":"guest-file-open","arguments":{"path":"/proc/none","mode":null}}
E Invalid parameter type for 'path', expected: string
E Invalid parameter type for 'path', expected: string
E Invalid parameter type for 'path', expected: string
E Invalid parameter type for 'mode', expected: string
E Invalid parameter type for 'mode', expected: string

== file-open-unexpected  # behaviour 4.7, behaviour 2, clients 44
> {"execute":"guest-file-open","arguments":{"path":"/proc/none","flags":"r"}}{"execute":"guest-file-open","arguments":{"path":"/proc/none","handle":1000}}{"execute":"guest-file-open","arguments":{"path":"/proc/none","Mode":"r"}}
E Parameter 'flags' is unexpected
E Parameter 'handle' is unexpected
E Parameter 'Mode' is unexpected

== file-open-unexpected-before-the-mode-is-judged  # behaviour 2
> {"execute":"guest-file-open","arguments":{"path":"/proc/none","mode":"x","z":1}}
E Parameter 'z' is unexpected

== file-open-nul  # decision 6
> {"execute":"guest-file-open","arguments":{"path":"/dev/null\u0000"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null<C0><80>/x"}}{"execute":"guest-file-open","arguments":{"path":"\u0000"}}{"execute":"guest-file-open","arguments":{"path":"/proc/none","mode":"r\u0000"}}
E Parameter 'path' contains a NUL character
E Parameter 'path' contains a NUL character
E Parameter 'path' contains a NUL character
E Parameter 'mode' contains a NUL character

== file-open-modes-that-are-none  # behaviour 4.7
> {"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"x"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"wx"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"rw"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"re"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"rt"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":""}}
E invalid file open mode 'x'
E invalid file open mode 'wx'
E invalid file open mode 'rw'
E invalid file open mode 're'
E invalid file open mode 'rt'
E invalid file open mode ''

== file-open-modes-almost-right  # behaviour 4.7
> {"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"R"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"br"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"r "}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":" r"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"+r"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"r++"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"rbb"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"w+b+"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"ab+b"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"rb+b"}}
E invalid file open mode 'R'
E invalid file open mode 'br'
E invalid file open mode 'r '
E invalid file open mode ' r'
E invalid file open mode '+r'
E invalid file open mode 'r++'
E invalid file open mode 'rbb'
E invalid file open mode 'w+b+'
E invalid file open mode 'ab+b'
E invalid file open mode 'rb+b'

== file-open-bad-mode-is-escaped  # behaviour 4.7, behaviour 1.5
> {"execute":"guest-file-open","arguments":{"path":"/dev/null","mode":"é\"\\\n"},"id":1}
< {"id": 1, "error": {"class": "GenericError", "desc": "invalid file open mode '\u00E9\"\\\n'"}}

== file-open-mode-before-path  # behaviour 4.7
> {"execute":"guest-file-open","arguments":{"path":"/proc/none","mode":"x"}}
E invalid file open mode 'x'

== file-open-default-mode  # behaviour 4.7, clients 21
> {"execute":"guest-file-open","arguments":{"path":"/proc/none"}}
E failed to open file '/proc/none' (mode: 'r'): No such file or directory

== file-open-mode-as-it-was-spelled  # behaviour 4.7
> {"execute":"guest-file-open","arguments":{"path":"/proc/none","mode":"r"}}{"execute":"guest-file-open","arguments":{"path":"/proc/none","mode":"rb"}}{"execute":"guest-file-open","arguments":{"path":"/proc/none","mode":"r+"}}{"execute":"guest-file-open","arguments":{"path":"/proc/none","mode":"rb+"}}{"execute":"guest-file-open","arguments":{"path":"/proc/none","mode":"r+b"}}
E failed to open file '/proc/none' (mode: 'r'): No such file or directory
E failed to open file '/proc/none' (mode: 'rb'): No such file or directory
E failed to open file '/proc/none' (mode: 'r+'): No such file or directory
E failed to open file '/proc/none' (mode: 'rb+'): No such file or directory
E failed to open file '/proc/none' (mode: 'r+b'): No such file or directory

== file-open-creating-modes-spelled  # behaviour 4.7
> {"execute":"guest-file-open","arguments":{"path":"/dev/null/x","mode":"w"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null/x","mode":"wb"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null/x","mode":"w+"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null/x","mode":"wb+"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null/x","mode":"w+b"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null/x","mode":"a"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null/x","mode":"ab"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null/x","mode":"a+"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null/x","mode":"ab+"}}{"execute":"guest-file-open","arguments":{"path":"/dev/null/x","mode":"a+b"}}
E failed to open file '/dev/null/x' (mode: 'w'): Not a directory
E failed to open file '/dev/null/x' (mode: 'wb'): Not a directory
E failed to open file '/dev/null/x' (mode: 'w+'): Not a directory
E failed to open file '/dev/null/x' (mode: 'wb+'): Not a directory
E failed to open file '/dev/null/x' (mode: 'w+b'): Not a directory
E failed to open file '/dev/null/x' (mode: 'a'): Not a directory
E failed to open file '/dev/null/x' (mode: 'ab'): Not a directory
E failed to open file '/dev/null/x' (mode: 'a+'): Not a directory
E failed to open file '/dev/null/x' (mode: 'ab+'): Not a directory
E failed to open file '/dev/null/x' (mode: 'a+b'): Not a directory

== file-open-directory-for-writing  # behaviour 4.7
> {"execute":"guest-file-open","arguments":{"path":"/proc","mode":"w"}}{"execute":"guest-file-open","arguments":{"path":"/proc","mode":"r+"}}{"execute":"guest-file-open","arguments":{"path":"/proc/","mode":"r+"}}
E failed to open file '/proc' (mode: 'w'): Is a directory
E failed to open file '/proc' (mode: 'r+'): Is a directory
E failed to open file '/proc/' (mode: 'r+'): Is a directory

== file-open-empty-path  # behaviour 4.7
> {"execute":"guest-file-open","arguments":{"path":""}}{"execute":"guest-file-open","arguments":{"path":"","mode":"w"}}
E failed to open file '' (mode: 'r'): No such file or directory
E failed to open file '' (mode: 'w'): No such file or directory

== file-open-path-is-escaped  # behaviour 4.7, behaviour 1.5, decision 7
> {"execute":"guest-file-open","arguments":{"path":"/proc/no\u006ee \"é\ud83d\ude00\uffff\n%s'"}}
E failed to open file '/proc/none \"\u00E9\uD83D\uDE00\uFFFF\n%s'' (mode: 'r'): No such file or directory

== file-open-long-names  # behaviour 4.7
> {"execute":"guest-file-open","arguments":{"path":"/proc/<a*300>"}}{"execute":"guest-file-open","arguments":{"path":"/proc<//*2100>none"}}
E failed to open file '/proc/<a*300>' (mode: 'r'): <ANYTHING>
E failed to open file '/proc<//*2100>none' (mode: 'r'): File name too long

== file-open-with-id  # behaviour 1.8, clients 10
> {"execute":"guest-file-open","arguments":{"path":"/proc/none"},"id":"a"}{"arguments":{"mode":"r","path":"/proc/none"},"id":{"b":[2]},"execute":"guest-file-open"}
< {"id": "a", "error": {"class": "GenericError", "desc": "failed to open file '/proc/none' (mode: 'r'): No such file or directory"}}
< {"id": {"b": [2]}, "error": {"class": "GenericError", "desc": "failed to open file '/proc/none' (mode: 'r'): No such file or directory"}}

== file-handle-missing  # behaviour 4.7, behaviour 2
> {"execute":"guest-file-close"}{"execute":"guest-file-read","arguments":{}}{"execute":"guest-file-read","arguments":{"count":-1}}{"execute":"guest-file-write","arguments":{"buf-b64":"!"}}{"execute":"guest-file-seek","arguments":{"offset":0,"whence":9}}{"execute":"guest-file-flush","arguments":{"Handle":1}}
E Parameter 'handle' is missing
E Parameter 'handle' is missing
E Parameter 'handle' is missing
E Parameter 'handle' is missing
E Parameter 'handle' is missing
E Parameter 'handle' is missing

== file-handle-wrong-types  # behaviour 4.7, behaviour 2, clients 27
> {"execute":"guest-file-close","arguments":{"handle":"1000"}}{"execute":"guest-file-read","arguments":{"handle":1000.0}}{"execute":"guest-file-write","arguments":{"handle":null,"buf-b64":""}}{"execute":"guest-file-seek","arguments":{"handle":true,"offset":0,"whence":0}}{"execute":"guest-file-flush","arguments":{"handle":9223372036854775808}}
E Invalid parameter type for 'handle', expected: integer
E Invalid parameter type for 'handle', expected: integer
E Invalid parameter type for 'handle', expected: integer
E Invalid parameter type for 'handle', expected: integer
E Invalid parameter type for 'handle', expected: integer

== file-close-unknown-handles  # behaviour 4.7, clients 21
> {"execute":"guest-file-close","arguments":{"handle":0}}{"execute":"guest-file-close","arguments":{"handle":1}}{"execute":"guest-file-close","arguments":{"handle":-1}}{"execute":"guest-file-close","arguments":{"handle":999}}{"execute":"guest-file-close","arguments":{"handle":9223372036854775807}}{"execute":"guest-file-close","arguments":{"handle":-9223372036854775808},"id":3}
E handle '0' has not been found
E handle '1' has not been found
E handle '-1' has not been found
E handle '999' has not been found
E handle '9223372036854775807' has not been found
< {"id": 3, "error": {"class": "GenericError", "desc": "handle '-9223372036854775808' has not been found"}}

== file-handles-beyond-32-bits  # behaviour 4.7
> {"execute":"guest-file-flush","arguments":{"handle":4294968296}}{"execute":"guest-file-read","arguments":{"handle":4294967296}}
E handle '4294968296' has not been found
E handle '4294967296' has not been found

== file-unknown-handle-everywhere  # behaviour 4.7, clients 21
> {"execute":"guest-file-read","arguments":{"handle":7}}{"execute":"guest-file-read","arguments":{"handle":7,"count":0}}{"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":"YQ=="}}{"execute":"guest-file-seek","arguments":{"handle":7,"offset":0,"whence":"set"}}{"execute":"guest-file-flush","arguments":{"handle":7}}{"execute":"guest-file-close","arguments":{"handle":7}}
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found

== file-close-unexpected  # behaviour 2, clients 44
> {"execute":"guest-file-close","arguments":{"handle":7,"x":1}}{"execute":"guest-file-flush","arguments":{"handle":7,"count":1}}
E Parameter 'x' is unexpected
E Parameter 'count' is unexpected

== file-read-count-types  # behaviour 2
> {"execute":"guest-file-read","arguments":{"handle":7,"count":"1"}}{"execute":"guest-file-read","arguments":{"handle":7,"count":null}}{"execute":"guest-file-read","arguments":{"handle":7,"count":1.5}}{"execute":"guest-file-read","arguments":{"handle":7,"count":9223372036854775808}}
E Invalid parameter type for 'count', expected: integer
E Invalid parameter type for 'count', expected: integer
E Invalid parameter type for 'count', expected: integer
E Invalid parameter type for 'count', expected: integer

== file-read-handle-before-count  # behaviour 4.7
> {"execute":"guest-file-read","arguments":{"handle":7,"count":-1}}{"execute":"guest-file-read","arguments":{"handle":7,"count":50331649}}{"execute":"guest-file-read","arguments":{"handle":7,"count":9223372036854775807}}
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found

== file-read-unexpected  # behaviour 2, clients 44
> {"execute":"guest-file-read","arguments":{"handle":7,"buf-b64":"","count":1}}
E Parameter 'buf-b64' is unexpected

== file-write-data-missing  # behaviour 4.7, behaviour 2
> {"execute":"guest-file-write","arguments":{"handle":7}}{"execute":"guest-file-write","arguments":{"handle":7,"count":1}}{"execute":"guest-file-write","arguments":{"handle":7,"buf":"YQ=="}}
E Parameter 'buf-b64' is missing
E Parameter 'buf-b64' is missing
E Parameter 'buf-b64' is missing

== file-write-wrong-types  # behaviour 2
> {"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":1}}{"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":null}}{"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":["YQ=="]}}{"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":"YQ==","count":"1"}}
E Invalid parameter type for 'buf-b64', expected: string
E Invalid parameter type for 'buf-b64', expected: string
E Invalid parameter type for 'buf-b64', expected: string
E Invalid parameter type for 'count', expected: integer

== file-write-handle-before-data-and-count  # behaviour 4.7
> {"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":"!"}}{"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":"YQ==","count":2}}{"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":"YQ==","count":-1}}{"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":""}}
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found

== file-write-unknown-handle-with-much-data  # behaviour 4.7
> {"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":"<YWJj*30000>"},"id":1}{"execute":"guest-ping","id":2}
< {"id": 1, "error": {"class": "GenericError", "desc": "handle '7' has not been found"}}
< {"return": {}, "id": 2}

== file-write-unknown-handle-with-mebibytes  # behaviour 4.7
slow
> {"execute":"guest-file-write","arguments":{"buf-b64":"<YWJj*2000000>","handle":7},"id":1}{"execute":"guest-ping","id":2}
< {"id": 1, "error": {"class": "GenericError", "desc": "handle '7' has not been found"}}
< {"return": {}, "id": 2}

== file-write-beyond-the-size-limit  # behaviour 1.6
slow
> {"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":"<YWJj*16777216>"}}<FF>{"execute":"guest-ping","id":2}
E JSON token size limit exceeded
< {"return": {}, "id": 2}

== file-seek-missing  # behaviour 4.7, behaviour 2
> {"execute":"guest-file-seek","arguments":{"handle":7}}{"execute":"guest-file-seek","arguments":{"handle":7,"whence":0}}{"execute":"guest-file-seek","arguments":{"handle":7,"offset":0}}
E Parameter 'offset' is missing
E Parameter 'offset' is missing
E Parameter 'whence' is missing

== file-seek-wrong-types  # behaviour 2
> {"execute":"guest-file-seek","arguments":{"handle":7,"offset":"0","whence":0}}{"execute":"guest-file-seek","arguments":{"handle":7,"offset":0.0,"whence":0}}{"execute":"guest-file-seek","arguments":{"handle":7,"offset":0,"whence":true}}{"execute":"guest-file-seek","arguments":{"handle":7,"offset":0,"whence":null}}{"execute":"guest-file-seek","arguments":{"handle":7,"offset":0,"whence":[]}}{"execute":"guest-file-seek","arguments":{"handle":7,"offset":0,"whence":1.5}}{"execute":"guest-file-seek","arguments":{"handle":7,"offset":9223372036854775808,"whence":0}}
E Invalid parameter type for 'offset', expected: integer
E Invalid parameter type for 'offset', expected: integer
E Invalid parameter type for 'whence', expected: GuestFileWhence
E Invalid parameter type for 'whence', expected: GuestFileWhence
E Invalid parameter type for 'whence', expected: GuestFileWhence
E Invalid parameter type for 'whence', expected: integer
E Invalid parameter type for 'offset', expected: integer

== file-seek-whence-names  # behaviour 4.7, behaviour 2
> {"execute":"guest-file-seek","arguments":{"handle":1,"offset":0,"whence":"SET"}}{"execute":"guest-file-seek","arguments":{"handle":1,"offset":0,"whence":""}}{"execute":"guest-file-seek","arguments":{"handle":1,"offset":0,"whence":"0"}}{"execute":"guest-file-seek","arguments":{"handle":1,"offset":0,"whence":"data"}}
E Parameter 'whence' does not accept value 'SET'
E Parameter 'whence' does not accept value ''
E Parameter 'whence' does not accept value '0'
E Parameter 'whence' does not accept value 'data'

== file-seek-handle-before-whence-code  # behaviour 4.7
> {"execute":"guest-file-seek","arguments":{"handle":7,"offset":0,"whence":3}}{"execute":"guest-file-seek","arguments":{"handle":7,"offset":-1,"whence":-1}}{"execute":"guest-file-seek","arguments":{"handle":7,"offset":0,"whence":"cur"}}
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found

== file-requests-in-order  # behaviour 1.1, clients 2
> {"execute":"guest-file-close","arguments":{"handle":1},"id":1}{"execute":"guest-ping","id":2}{"execute":"guest-file-open","arguments":{"path":"/proc/none"},"id":3}{"execute":"guest-file-flush","arguments":{"handle":2},"id":4}{"execute":"guest-ping","id":5}
< {"id": 1, "error": {"class": "GenericError", "desc": "handle '1' has not been found"}}
< {"return": {}, "id": 2}
< {"id": 3, "error": {"class": "GenericError", "desc": "failed to open file '/proc/none' (mode: 'r'): No such file or directory"}}
< {"id": 4, "error": {"class": "GenericError", "desc": "handle '2' has not been found"}}
< {"return": {}, "id": 5}

== file-ff-behind-a-file-request  # decision 1
> {"execute":"guest-file-open","arguments":{"path":"/proc/none"},"id":1}{"execute":"guest-file-open","arguments":{"path":"/dev/null"<FF>{"execute":"guest-ping","id":2}
< {"id": 1, "error": {"class": "GenericError", "desc": "failed to open file '/proc/none' (mode: 'r'): No such file or directory"}}
< {"return": {}, "id": 2}
