# SPDX-License-Identifier: MIT
# guest-set-user-password, guest-ssh-* (behaviour.md 4.16, 4.17): what is refused before anything is done. The agent has
# another root and only notes what it would do. Passwords that are set and keys that are changed: tests/vm and
# tests/unit/test-authorized-keys.c.
agent --root /

== password-arguments  # behaviour 4.16, behaviour 2
> {"execute":"guest-set-user-password"}{"execute":"guest-set-user-password","arguments":{"username":"nobody-here"}}{"execute":"guest-set-user-password","arguments":{"username":"nobody-here","password":"YQ=="}}{"execute":"guest-set-user-password","arguments":{"username":1,"password":"YQ==","crypted":false}}{"execute":"guest-set-user-password","arguments":{"username":"nobody-here","password":null,"crypted":false}}{"execute":"guest-set-user-password","arguments":{"username":"nobody-here","password":"YQ==","crypted":0}}
E Parameter 'username' is missing
E Parameter 'password' is missing
E Parameter 'crypted' is missing
E Invalid parameter type for 'username', expected: string
E Invalid parameter type for 'password', expected: string
E Invalid parameter type for 'crypted', expected: boolean

== password-that-is-not-base64  # behaviour 4.16, decision 11
> {"execute":"guest-set-user-password","arguments":{"username":"a:b","password":"a","crypted":false}}{"execute":"guest-set-user-password","arguments":{"username":"a","password":"%%%%","crypted":true}}
E Base64 data contains invalid characters
E Base64 data contains invalid characters

== password-with-a-line-feed  # behaviour 4.16
> {"execute":"guest-set-user-password","arguments":{"username":"a:b","password":"YQpi","crypted":false}}{"execute":"guest-set-user-password","arguments":{"username":"a","password":"YWIK","crypted":true}}
E forbidden characters in raw password
E forbidden characters in raw password

== password-with-nul-or-invalid-utf-8  # decision 189
> {"execute":"guest-set-user-password","arguments":{"username":"a","password":"YQBi","crypted":false}}{"execute":"guest-set-user-password","arguments":{"username":"a","password":"/w==","crypted":false}}{"execute":"guest-set-user-password","arguments":{"username":"a","password":"YcCA","crypted":false}}
E forbidden characters in raw password
E forbidden characters in raw password
E forbidden characters in raw password

== password-user-names  # behaviour 4.16, decision 6
> {"execute":"guest-set-user-password","arguments":{"username":"a:b","password":"YQ==","crypted":false}}{"execute":"guest-set-user-password","arguments":{"username":"a\nroot","password":"YQ==","crypted":false}}{"execute":"guest-set-user-password","arguments":{"username":"a\u0000b","password":"YQ==","crypted":false}}
E forbidden characters in username
E forbidden characters in username
E Parameter 'username' contains a NUL character

== password-line-wrapped  # clients 29
> {"execute":"guest-set-user-password","arguments":{"username":"a","password":"YWJj\nZGVm\n","crypted":false}}
< {"return": {}}

== keys-arguments  # behaviour 4.17, behaviour 2
> {"execute":"guest-ssh-get-authorized-keys"}{"execute":"guest-ssh-add-authorized-keys","arguments":{"username":"nobody-here"}}{"execute":"guest-ssh-add-authorized-keys","arguments":{"username":"nobody-here","keys":"a"}}{"execute":"guest-ssh-remove-authorized-keys","arguments":{"username":"nobody-here","keys":["a",1]}}{"execute":"guest-ssh-remove-authorized-keys","arguments":{"username":"nobody-here","keys":[],"reset":true}}{"execute":"guest-ssh-add-authorized-keys","arguments":{"username":"nobody-here","keys":[],"reset":"yes"}}
E Parameter 'username' is missing
E Parameter 'keys' is missing
E Invalid parameter type for 'keys', expected: array
E Invalid parameter type for 'keys[1]', expected: string
E Parameter 'reset' is unexpected
E Invalid parameter type for 'reset', expected: boolean

== keys-that-are-none  # behaviour 4.17, clients 42
> {"execute":"guest-ssh-add-authorized-keys","arguments":{"username":"nobody-here","keys":["ssh-rsa A","#b"]}}{"execute":"guest-ssh-add-authorized-keys","arguments":{"username":"nobody-here","keys":["a\nb"]}}{"execute":"guest-ssh-remove-authorized-keys","arguments":{"username":"nobody-here","keys":["#"]}}{"execute":"guest-ssh-add-authorized-keys","arguments":{"username":"nobody-here","keys":["a\u0000b"]}}
E invalid OpenSSH public key: '#b'
E invalid OpenSSH public key: 'a\nb'
E invalid OpenSSH public key: '#'
E Parameter 'keys[0]' contains a NUL character

== keys-of-nobody  # behaviour 4.17
> {"execute":"guest-ssh-get-authorized-keys","arguments":{"username":"nobody-here"}}{"execute":"guest-ssh-add-authorized-keys","arguments":{"username":"nobody-here","keys":[]}}{"execute":"guest-ssh-remove-authorized-keys","arguments":{"username":"nobody-here","keys":[""]}}{"execute":"guest-ssh-get-authorized-keys","arguments":{"username":""}}
E failed to lookup user 'nobody-here': Success
E failed to lookup user 'nobody-here': Success
E failed to lookup user 'nobody-here': Success
E failed to lookup user '': Success

== exec-is-only-noted  # decision 188
> {"execute":"guest-exec","arguments":{"path":"true"}}
E programs are not run with --root
