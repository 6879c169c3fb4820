# SPDX-License-Identifier: MIT
# Names of the protocol's first draft (July 2011): filepath, filehandle, data_b64 (end of decisions.md). What needs an
# open handle is in tests/files.

== file-draft-open  # choice draft-names
> {"execute":"guest-file-open","arguments":{"filepath":"/proc/none"}}{"execute":"guest-file-open","arguments":{"mode":"rb","filepath":"/proc/none"},"id":1}
E failed to open file '/proc/none' (mode: 'r'): No such file or directory
< {"id": 1, "error": {"class": "GenericError", "desc": "failed to open file '/proc/none' (mode: 'rb'): No such file or directory"}}

== file-draft-handle-everywhere  # choice draft-names
> {"execute":"guest-file-read","arguments":{"filehandle":7}}{"execute":"guest-file-write","arguments":{"filehandle":7,"data_b64":"YQ=="}}{"execute":"guest-file-write","arguments":{"filehandle":7,"buf-b64":"YQ=="}}{"execute":"guest-file-write","arguments":{"handle":7,"data_b64":"YQ=="}}{"execute":"guest-file-seek","arguments":{"filehandle":7,"offset":0,"whence":0}}{"execute":"guest-file-flush","arguments":{"filehandle":7}}{"execute":"guest-file-close","arguments":{"filehandle":7}}
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found
E handle '7' has not been found

== file-draft-both-paths  # choice draft-names
> {"execute":"guest-file-open","arguments":{"path":"/proc/none","filepath":"/proc/none"}}{"execute":"guest-file-open","arguments":{"filepath":"/proc/a","path":"/proc/b"}}
< {"error": {"class": "GenericError", "desc": "<TEXT>'path'<TEXT>'filepath'<TEXT>"}}
< {"error": {"class": "GenericError", "desc": "<TEXT>'path'<TEXT>'filepath'<TEXT>"}}

== file-draft-both-handles  # choice draft-names
> {"execute":"guest-file-close","arguments":{"handle":7,"filehandle":7}}{"execute":"guest-file-read","arguments":{"filehandle":8,"handle":7}}{"execute":"guest-file-write","arguments":{"filehandle":8,"handle":7,"buf-b64":""}}{"execute":"guest-file-seek","arguments":{"filehandle":8,"handle":7,"offset":0,"whence":0}}{"execute":"guest-file-flush","arguments":{"filehandle":8,"handle":7}}
< {"error": {"class": "GenericError", "desc": "<TEXT>'handle'<TEXT>'filehandle'<TEXT>"}}
< {"error": {"class": "GenericError", "desc": "<TEXT>'handle'<TEXT>'filehandle'<TEXT>"}}
< {"error": {"class": "GenericError", "desc": "<TEXT>'handle'<TEXT>'filehandle'<TEXT>"}}
< {"error": {"class": "GenericError", "desc": "<TEXT>'handle'<TEXT>'filehandle'<TEXT>"}}
< {"error": {"class": "GenericError", "desc": "<TEXT>'handle'<TEXT>'filehandle'<TEXT>"}}

== file-draft-both-data  # choice draft-names
> {"execute":"guest-file-write","arguments":{"handle":7,"buf-b64":"","data_b64":""}}
< {"error": {"class": "GenericError", "desc": "<TEXT>'buf-b64'<TEXT>'data_b64'<TEXT>"}}

== file-draft-neither  # choice draft-names
> {"execute":"guest-file-open","arguments":{"mode":"r"}}{"execute":"guest-file-write","arguments":{"filehandle":7}}{"execute":"guest-file-write","arguments":{"data_b64":""}}
E Parameter 'path' is missing
E Parameter 'buf-b64' is missing
E Parameter 'handle' is missing

== file-draft-nul-in-path  # choice draft-names, decision 6
> {"execute":"guest-file-open","arguments":{"filepath":"/dev/null\u0000"}}
< {"error": {"class": "GenericError", "desc": "Parameter '<TEXT>path' contains a NUL character"}}

== file-draft-names-elsewhere  # choice draft-names, behaviour 2
> {"execute":"guest-file-open","arguments":{"path":"/proc/none","filehandle":7}}{"execute":"guest-file-read","arguments":{"handle":7,"filepath":"x"}}{"execute":"guest-ping","arguments":{"filehandle":7}}
E Parameter 'filehandle' is unexpected
E Parameter 'filepath' is unexpected
E Parameter 'filehandle' is unexpected
