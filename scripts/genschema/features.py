# SPDX-License-Identifier: MIT
"""Our own facts about commands and arguments, which stand in the schema as features.

The names of the flags are those of src/proto/command.h. The words go into the reference page.
"""

from .naming import VENDOR_FEATURE

COMMAND_FLAGS = {
    VENDOR_FEATURE + 'in-front': ('CMD_IN_FRONT', 'answered by the front process, never waits'),
    VENDOR_FEATURE + 'when-frozen': ('CMD_WHEN_FROZEN', 'allowed while filesystems are frozen'),
    VENDOR_FEATURE + 'always-when-frozen': ('CMD_ALWAYS_WHEN_FROZEN', 'cannot be blocked while filesystems are frozen'),
    VENDOR_FEATURE + 'delimited': ('CMD_DELIMITED', 'one byte 0xFF precedes the success reply'),
    VENDOR_FEATURE + 'sync': ('CMD_SYNC', 'may overtake a running command'),
    VENDOR_FEATURE + 'writes': ('CMD_WRITES', 'changes the guest: makes an audit line'),
    VENDOR_FEATURE + 'survives-sync': ('CMD_SURVIVES_SYNC', 'still runs when a sync overtakes it in the queue'),
    VENDOR_FEATURE + 'needs-peer': ('CMD_NEEDS_PEER', 'discarded unstarted when its client has left'),
    VENDOR_FEATURE + 'opens-handle': ('CMD_OPENS_HANDLE', 'makes a file handle'),
    VENDOR_FEATURE + 'uses-handle': ('CMD_USES_HANDLE', 'works on a file handle'),
    VENDOR_FEATURE + 'closes-handle': ('CMD_CLOSES_HANDLE', 'ends a file handle'),
    VENDOR_FEATURE + 'streams': ('CMD_STREAMS', 'writes its reply while it runs'),
    VENDOR_FEATURE + 'starts-child': ('CMD_STARTS_CHILD', 'its reply comes when the program runs'),
    VENDOR_FEATURE + 'reports-child': ('CMD_REPORTS_CHILD', 'tells how a program is doing'),
    VENDOR_FEATURE + 'machine': ('CMD_MACHINE', 'changes the state of the machine, not only files'),
    VENDOR_FEATURE + 'freezer': ('CMD_FREEZER', 'answered when the freeze or thaw has ended, without a worker'),
    VENDOR_FEATURE + 'thaws': ('CMD_THAWS', 'ends a freeze under way as soon as it arrives'),
    VENDOR_FEATURE + 'waits-settled': ('CMD_WAITS_SETTLED', 'waits for the end of a freeze or thaw that is under way'),
    VENDOR_FEATURE + 'never-refused': ('CMD_NEVER_REFUSED', 'runs even when too many workers are stuck'),
    VENDOR_FEATURE + 'profile-info': ('CMD_PROFILE_INFO', 'in the profiles info, backup, manage and full'),
    VENDOR_FEATURE + 'profile-backup': ('CMD_PROFILE_BACKUP', 'in the profiles backup, manage and full'),
    VENDOR_FEATURE + 'profile-manage': ('CMD_PROFILE_MANAGE', 'in the profiles manage and full'),
}
COMMAND_FLAGS[VENDOR_FEATURE + 'runs-programs'] = ('CMD_RUNS_PROGRAMS', 'may start programs of the guest')

# Privileges of the process in which a command does its work. What stands behind each in the schema says why, and goes
# into the table of docs/SECURITY-MODEL.md.
ALL_CAPABILITIES = VENDOR_FEATURE + 'needs-all'
CAPABILITY = VENDOR_FEATURE + 'needs-'
CAPABILITIES = {CAPABILITY + name: 'CAP_' + name.upper().replace('-', '_') for name in (
    'chown', 'dac-override', 'dac-read-search', 'fowner', 'fsetid', 'ipc-lock', 'kill', 'net-admin', 'net-bind-service',
    'setgid', 'setuid', 'sys-admin', 'sys-boot', 'sys-rawio', 'sys-resource', 'sys-time', 'sys-tty-config', 'syslog')}
CAPABILITIES[ALL_CAPABILITIES] = 'all capabilities'
# Of these a process that can change nothing may have some.
READING_CAPABILITIES = {CAPABILITY + 'dac-read-search'}
READS_ONLY_FLAG = 'CMD_READS_ONLY'

# The lowest profile that has the command, at most one of them. A command that says nothing is in `full` only: a new
# one must not turn up in a profile that somebody has chosen because of what it leaves out.
PROFILES = {VENDOR_FEATURE + 'profile-info': 'info', VENDOR_FEATURE + 'profile-backup': 'backup',
            VENDOR_FEATURE + 'profile-manage': 'manage'}
PROFILE_FULL_WORDS = 'in the profile full only'
NO_REPLY_FLAG = 'CMD_NO_REPLY'
SECRET_FLAG = 'CMD_SECRET'  # of commands with a secret argument

SECRET = VENDOR_FEATURE + 'secret'
LOGGABLE = VENDOR_FEATURE + 'loggable'
SUBJECT = VENDOR_FEATURE + 'subject'
BASE64 = VENDOR_FEATURE + 'base64'
MEMBER_WORDS = {
    SECRET: 'secret: never logged, wiped after use',
    LOGGABLE: 'stands in the audit line',
    SUBJECT: 'stands in the audit line as what the command acts on',
    BASE64: 'base64',
}

# QAPI's own, allowed anywhere.
STANDARD = {'deprecated': 'deprecated', 'unstable': 'unstable'}


def profile_of(command):
    """The lowest profile that has it."""
    names = {feature.name for feature in command.features}
    return next((profile for name, profile in PROFILES.items() if name in names), 'full')


def flags_of(command):
    """CMD_ flags in the order of the header's enum."""
    names = {feature.name for feature in command.features}
    flags = [flag for name, (flag, _) in COMMAND_FLAGS.items() if name in names]
    if not command.success_response:
        flags.append(NO_REPLY_FLAG)
    if reads_only(command):
        flags.append(READS_ONLY_FLAG)
    return flags


def capabilities_of(command):
    """Features, in the order of the schema."""
    return [feature.name for feature in command.features if feature.name in CAPABILITIES]


def reads_only(command):
    """Whether its worker may be one that can change nothing."""
    names = {feature.name[len(VENDOR_FEATURE):] for feature in command.features
             if feature.name.startswith(VENDOR_FEATURE)}
    elsewhere = {'in-front', 'freezer', 'starts-child'}
    acts = {'writes', 'runs-programs', 'opens-handle', 'uses-handle', 'closes-handle'}
    return not names & (elsewhere | acts) and set(capabilities_of(command)) <= READING_CAPABILITIES
