# SPDX-License-Identifier: MIT
"""Memory that is plugged in, brought online, and taken offline again."""
import errno

from vm import case
from vm.shapes import CONTROLLED

SYS = "/sys/devices/system/memory"


def blocks(guest):
    """What sysfs says: {index: (online, removable)}."""
    text = guest.sh(f'cd {SYS} && for b in memory*; do echo "$b $(cat $b/state) $(cat $b/removable)"; done')
    rows = (line.split() for line in text.splitlines())
    return {int(name[6:]): (state == "online", removable != "0") for name, state, removable in rows}


def agents(host):
    return {b["phys-index"]: (b["online"], b["can-offline"]) for b in host.call("guest-get-memory-blocks")}


def set_blocks(host, *wanted):
    arguments = {"mem-blks": [{"phys-index": n, "online": on} for n, on in wanted]}
    return host.call("guest-set-memory-blocks", arguments, timeout=30)


def plugged(guest):
    """The index of the last block; a module is plugged in if that has not been done."""
    if all(online for online, _ in blocks(guest).values()):
        guest.plug_memory()
    return max(blocks(guest))


@case(**CONTROLLED)
def blocks_and_their_size(guest):
    with guest.client() as host:
        size = int(guest.sh(f"cat {SYS}/block_size_bytes"), 16)
        assert host.call("guest-get-memory-block-info") == {"size": size}
        listed = host.call("guest-get-memory-blocks")
        assert {b["phys-index"]: (b["online"], b["can-offline"]) for b in listed} == blocks(guest)
        indexes = [b["phys-index"] for b in listed]
        assert indexes == sorted(indexes), indexes


@case(**CONTROLLED)
def online_and_offline(guest):
    new = plugged(guest)
    before = int(guest.sh("awk '/MemTotal/ {print $2}' /proc/meminfo"))
    with guest.client() as host:
        assert agents(host)[new][0] is False
        assert set_blocks(host, (new, True)) == [{"phys-index": new, "response": "success"}]
        assert blocks(guest)[new][0] and agents(host) == blocks(guest)
        assert int(guest.sh("awk '/MemTotal/ {print $2}' /proc/meminfo")) > before
        assert set_blocks(host, (new, True)) == [{"phys-index": new, "response": "success"}]    # is so already
        assert set_blocks(host, (new, False)) == [{"phys-index": new, "response": "success"}]
        assert not blocks(guest)[new][0] and not agents(host)[new][0]
    assert int(guest.sh("awk '/MemTotal/ {print $2}' /proc/meminfo")) == before


@case(**CONTROLLED)
def one_answer_each(guest):
    """The kernel's own pages cannot move: the block that holds them stays. Others are tried nevertheless."""
    new = plugged(guest)
    with guest.client() as host:
        answers = set_blocks(host, (0, False), (4000, True), (new, True), (new, False))
    failed, missing, *done = answers
    assert failed["phys-index"] == 0 and failed["response"] == "operation-failed", answers
    assert failed["error-code"] in (errno.EBUSY, errno.EINVAL), answers
    assert missing == {"phys-index": 4000, "response": "not-found", "error-code": errno.ENOENT}, answers
    assert done == [{"phys-index": new, "response": "success"}] * 2, answers
    assert blocks(guest)[0][0] and not blocks(guest)[new][0]
