"""What the operating system refuses, in words that end with what to do."""

from __future__ import annotations

import errno

_ROOM = "make room on that disk"
_RIGHT = "give this user the right to it, or name another place"
_MEND = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: f"{_ROOM}, or raise the quota",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EROFS: "name a place that can be written to",
    errno.EMFILE: "allow this process more open files (ulimit -n)",
    errno.ENFILE: "allow this machine more open files (sysctl fs.file-max)",
    errno.EAGAIN: "allow this user more processes (ulimit -u)",
    errno.ENOMEM: "give this machine more memory",
    errno.EACCES: _RIGHT,
    errno.EPERM: _RIGHT,
    errno.ENOENT: "see that it is there",
    errno.ENOTDIR: "see that it is there",
    errno.EIO: "see to that disk",
    errno.EADDRINUSE: "end what listens there, or take another port",
}
_NO_TEMPORARY = "No usable temporary directory"


def os_words(error: OSError) -> str:
    """One line: what failed, why, and the mend.

    >>> os_words(OSError(28, "No space left on device", "/var/x"))
    '/var/x: No space left on device: make room on that disk.'
    """
    if _NO_TEMPORARY in str(error):
        return "There is no folder for temporary files: set TMPDIR to one that can be written to, and has room."
    if isinstance(error, TimeoutError):
        return "It took too long: see that what it waits for runs, then try again."
    where = f"{error.filename}: " if error.filename else ""
    why = error.strerror or str(error) or type(error).__name__
    mend = _MEND.get(error.errno or 0, "see to it, then try again")
    return f"{where}{why}: {mend}."
