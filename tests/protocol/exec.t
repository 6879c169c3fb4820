# SPDX-License-Identifier: MIT
# guest-exec, guest-exec-status (behaviour.md 4.8): arguments and error texts. Programs that run are in tests/exec.

== exec-path-missing  # behaviour 4.8, behaviour 2
> {"execute":"guest-exec"}{"execute":"guest-exec","arguments":{}}{"execute":"guest-exec","arguments":{"arg":[]}}{"execute":"guest-exec","arguments":{"capture-output":true}}
E Parameter 'path' is missing
E Parameter 'path' is missing
E Parameter 'path' is missing
E Parameter 'path' is missing

== exec-wrong-types  # behaviour 2, clients 21
> {"execute":"guest-exec","arguments":{"path":1}}{"execute":"guest-exec","arguments":{"path":"true","arg":"x"}}{"execute":"guest-exec","arguments":{"path":"true","arg":["a",2]}}{"execute":"guest-exec","arguments":{"path":"true","env":{}}}{"execute":"guest-exec","arguments":{"path":"true","env":["A=1",null]}}{"execute":"guest-exec","arguments":{"path":"true","input-data":7}}
E Invalid parameter type for 'path', expected: string
E Invalid parameter type for 'arg', expected: array
E Invalid parameter type for 'arg[1]', expected: string
E Invalid parameter type for 'env', expected: array
E Invalid parameter type for 'env[1]', expected: string
E Invalid parameter type for 'input-data', expected: string

== exec-capture-output-forms-that-are-none  # behaviour 2
> {"execute":"guest-exec","arguments":{"path":"true","capture-output":1}}{"execute":"guest-exec","arguments":{"path":"true","capture-output":null}}{"execute":"guest-exec","arguments":{"path":"true","capture-output":[]}}{"execute":"guest-exec","arguments":{"path":"true","capture-output":"all"}}{"execute":"guest-exec","arguments":{"path":"true","capture-output":"True"}}{"execute":"guest-exec","arguments":{"path":"true","capture-output":""}}
E Invalid parameter type for 'capture-output', expected: GuestExecCaptureOutput
E Invalid parameter type for 'capture-output', expected: GuestExecCaptureOutput
E Invalid parameter type for 'capture-output', expected: GuestExecCaptureOutput
E Parameter 'capture-output' does not accept value 'all'
E Parameter 'capture-output' does not accept value 'True'
E Parameter 'capture-output' does not accept value ''

== exec-unexpected  # behaviour 2, clients 44
> {"execute":"guest-exec","arguments":{"path":"/nonexistent","args":[]}}
E Parameter 'args' is unexpected

== exec-nul  # decision 6
> {"execute":"guest-exec","arguments":{"path":"/nonexistent\u0000"}}{"execute":"guest-exec","arguments":{"path":"/nonexistent","arg":["a","b\u0000"]}}{"execute":"guest-exec","arguments":{"path":"/nonexistent","env":["A=\u0000"]}}
E Parameter 'path' contains a NUL character
E Parameter 'arg[1]' contains a NUL character
E Parameter 'env[0]' contains a NUL character

== exec-input-that-is-not-base64  # behaviour 4.8, decision 11
> {"execute":"guest-exec","arguments":{"path":"/nonexistent","input-data":"a"}}{"execute":"guest-exec","arguments":{"path":"/nonexistent","input-data":"YQ"}}{"execute":"guest-exec","arguments":{"path":"/nonexistent","input-data":"Y!=="}}
E Base64 data contains invalid characters
E Base64 data contains invalid characters
E Base64 data contains invalid characters

== exec-no-such-program  # behaviour 4.8, behaviour 3, clients 21
> {"execute":"guest-exec","arguments":{"path":"/nonexistent"},"id":1}{"execute":"guest-exec","arguments":{"path":"nonexistent-program"}}{"execute":"guest-exec","arguments":{"path":""}}{"execute":"guest-exec","arguments":{"path":"/nonexistent/\"é\n"}}
< {"id": 1, "error": {"class": "GenericError", "desc": "Failed to execute child process \u201C/nonexistent\u201D (No such file or directory)"}}
E Failed to execute child process \u201Cnonexistent-program\u201D (No such file or directory)
E Failed to execute child process \u201C\u201D (No such file or directory)
< {"error": {"class": "GenericError", "desc": "Failed to execute child process \u201C/nonexistent/\"\u00E9\n\u201D (No such file or directory)"}}

== exec-what-cannot-be-run  # behaviour 4.8
> {"execute":"guest-exec","arguments":{"path":"/proc"}}{"execute":"guest-exec","arguments":{"path":"/proc/version"}}{"execute":"guest-exec","arguments":{"path":"/dev/null"}}{"execute":"guest-exec","arguments":{"path":"/proc/version/x"}}
E Failed to execute child process \u201C/proc\u201D (Permission denied)
E Failed to execute child process \u201C/proc/version\u201D (Permission denied)
E Failed to execute child process \u201C/dev/null\u201D (Permission denied)
E Failed to execute child process \u201C/proc/version/x\u201D (Not a directory)

== exec-searches-the-path-of-env  # behaviour 4.8
> {"execute":"guest-exec","arguments":{"path":"true","env":["PATH=/nonexistent"]}}{"execute":"guest-exec","arguments":{"path":"version","env":["PATH=/nonexistent:/proc:/nonexistent"]}}{"execute":"guest-exec","arguments":{"path":"version","env":["PATH=/proc/version:/nonexistent"]}}
E Failed to execute child process \u201Ctrue\u201D (No such file or directory)
E Failed to execute child process \u201Cversion\u201D (Permission denied)
E Failed to execute child process \u201Cversion\u201D (No such file or directory)

== exec-errors-come-with-input-and-output-too  # behaviour 4.8
> {"execute":"guest-exec","arguments":{"path":"/nonexistent","input-data":"aGVsbG8=","capture-output":true}}{"execute":"guest-exec","arguments":{"path":"/nonexistent","capture-output":"stderr"}}{"execute":"guest-exec","arguments":{"path":"/nonexistent","capture-output":"merged","input-data":""}}
E Failed to execute child process \u201C/nonexistent\u201D (No such file or directory)
E Failed to execute child process \u201C/nonexistent\u201D (No such file or directory)
E Failed to execute child process \u201C/nonexistent\u201D (No such file or directory)

== exec-too-many-arguments  # behaviour 4.8
slow
> {"execute":"guest-exec","arguments":{"path":"/bin/true","arg":["<a*9000000>"]}}
E Failed to execute child process \u201C/bin/true\u201D (Argument list too long)

== exec-answers-a-pid  # behaviour 4.8
> {"execute":"guest-exec","arguments":{"path":"true"}}{"execute":"guest-exec","arguments":{"path":"/bin/true","arg":[],"env":[],"input-data":"","capture-output":false},"id":"x"}
< {"return": {"pid": <INT>}}
< {"return": {"pid": <INT>}, "id": "x"}

== exec-status-arguments  # behaviour 4.8, behaviour 2
> {"execute":"guest-exec-status"}{"execute":"guest-exec-status","arguments":{"pid":"1"}}{"execute":"guest-exec-status","arguments":{"pid":1.0}}{"execute":"guest-exec-status","arguments":{"pid":9223372036854775808}}{"execute":"guest-exec-status","arguments":{"pid":1,"x":1}}
E Parameter 'pid' is missing
E Invalid parameter type for 'pid', expected: integer
E Invalid parameter type for 'pid', expected: integer
E Invalid parameter type for 'pid', expected: integer
E Parameter 'x' is unexpected

== exec-status-unknown-pid  # behaviour 4.8, decision 19
> {"execute":"guest-exec-status","arguments":{"pid":0}}{"execute":"guest-exec-status","arguments":{"pid":1}}{"execute":"guest-exec-status","arguments":{"pid":-5},"id":2}{"execute":"guest-exec-status","arguments":{"pid":9223372036854775807}}
E PID 0 does not exist
E PID 1 does not exist
< {"id": 2, "error": {"class": "GenericError", "desc": "PID -5 does not exist"}}
E PID 9223372036854775807 does not exist
