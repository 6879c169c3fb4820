# SPDX-License-Identifier: MIT
# Commands that only read the guest (behaviour.md 4.9, 4.10, 4.18 to 4.21): none takes arguments. What they answer is
# compared in tests/roots and tests/conform/queries.

== interfaces-takes-no-arguments  # behaviour 4.9, behaviour 2
> {"execute":"guest-network-get-interfaces","arguments":{"name":"eth0"}}
E Parameter 'name' is unexpected

== route-takes-no-arguments  # behaviour 4.10
> {"execute":"guest-network-get-route","arguments":{"x":1}}
E Parameter 'x' is unexpected

== osinfo-takes-no-arguments  # behaviour 4.18
> {"execute":"guest-get-osinfo","arguments":{"x":1}}
E Parameter 'x' is unexpected

== host-name-takes-no-arguments  # behaviour 4.19
> {"execute":"guest-get-host-name","arguments":{"x":1}}
E Parameter 'x' is unexpected

== timezone-takes-no-arguments  # behaviour 4.19
> {"execute":"guest-get-timezone","arguments":{"x":1}}
E Parameter 'x' is unexpected

== users-takes-no-arguments  # behaviour 4.19
> {"execute":"guest-get-users","arguments":{"x":1}}
E Parameter 'x' is unexpected

== load-takes-no-arguments  # behaviour 4.19
> {"execute":"guest-get-load","arguments":{"x":1}}
E Parameter 'x' is unexpected

== diskstats-takes-no-arguments  # behaviour 4.20
> {"execute":"guest-get-diskstats","arguments":{"x":1}}
E Parameter 'x' is unexpected

== cpustats-takes-no-arguments  # behaviour 4.21
> {"execute":"guest-get-cpustats","arguments":{"x":1}}
E Parameter 'x' is unexpected

== devices-takes-no-arguments  # decision 37
> {"execute":"guest-get-devices","arguments":{"x":1}}
E Parameter 'x' is unexpected
