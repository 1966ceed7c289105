"""A sender's folders on its SFTP server: list the inbox, fetch a file, move it aside, leave a receipt. The one door to paramiko.

What the usual tools get wrong, and this module does not (each was measured): one file name that is not UTF-8 kills a whole listing,
a missing folder looks like an empty one, a file still growing is fetched short without an error, a silent server blocks for ever,
compression is on by default and four times slower, an unknown host key is accepted.
"""

from passerelle.dropbox.box import Dropbox, FileError, RemoteFile, UnstableError
from passerelle.dropbox.session import opened

__all__ = ["Dropbox", "FileError", "RemoteFile", "UnstableError", "opened"]
