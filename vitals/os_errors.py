"""Errors of the operating system as messages that end with what to do."""

from __future__ import annotations

import errno

_ROOM = "free some space on that disk"
_RIGHT = "give this user permission, or name another path"
_ADVICE = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: f"{_ROOM}, or raise the quota",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EROFS: "name a writable path",
    errno.EMFILE: "allow this process more open files (ulimit -n)",
    errno.ENFILE: "allow this machine more open files (sysctl fs.file-max)",
    errno.EAGAIN: "allow this user more processes (ulimit -u)",
    errno.ENOMEM: "give this machine more memory",
    errno.EACCES: _RIGHT,
    errno.EPERM: _RIGHT,
    errno.ENOENT: "check that it exists",
    errno.ENOTDIR: "check that it exists",
    errno.EIO: "check that disk",
    errno.EADDRINUSE: "stop the process that listens there, or use another port",
}
_NO_TEMPORARY = "No usable temporary directory"


def os_error_text(error: OSError) -> str:
    """One line: what failed, why, and what to do.

    >>> os_error_text(OSError(28, "No space left on device", "/var/x"))
    '/var/x: No space left on device: free some space on that disk.'
    """
    if _NO_TEMPORARY in str(error):
        return "There is no folder for temporary files: set TMPDIR to a writable folder with free space."
    if isinstance(error, TimeoutError):
        return "It took too long: check that Kafka and Redis run, then try again."
    where = f"{error.filename}: " if error.filename else ""
    why = error.strerror or str(error) or type(error).__name__
    advice = _ADVICE.get(error.errno or 0, "fix that, then try again")
    return f"{where}{why}: {advice}."
