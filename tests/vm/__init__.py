# SPDX-License-Identifier: MIT
"""A throwaway guest under QEMU (emulated, no KVM) and what tests do with it.

    from vm import Guest, Disk
    with Guest(agent="build/virtagent") as guest:
        guest.start_agent()
        print(guest.client().call("guest-ping"))
        print(guest.shell("uname -r"))
"""
from . import layers
from .disk import Disk
from .fetch import FetchError
from .guest import PORT, Guest, GuestError
from .qga import AgentError, Client
from .runner import Skip, case
