# SPDX-License-Identifier: MIT
"""Guests that cases of several topics share: each boot saved is seconds."""

# Processors and memory that come and go, and a local time that is not UTC. What is plugged in is for pages that can
# move, so that it can be taken out again.
CONTROLLED = {"needs": "virtagent", "cpus": 3, "dimms": 2, "cmdline": "movable_node",
              "files": {"/etc/localtime": "/usr/share/zoneinfo/Asia/Tokyo"}}
