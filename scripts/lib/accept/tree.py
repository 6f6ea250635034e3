"""Prints a tree, a line an entry: type, mode, owner, device, size or target, mtime, xattrs, contents by digest, links.

Names and targets are bytes, escaped as Python does. Links are names of one inode within the tree, whatever st_nlink says: a name of a
lower hard link that was deleted still counts there, as on kernel overlayfs.
"""

import hashlib
import os
import stat
import sys

os.chdir(sys.argv[1])


def shown(name):
    return repr(name)[2:-1]


def entries():
    yield b"."
    for directory, names, files in os.walk(b"."):
        names.sort()
        for name in sorted(names + files):
            yield os.path.join(directory, name)


first = {}
several = set()
paths = sorted(entries())
for path in paths:
    st = os.lstat(path)
    if not stat.S_ISDIR(st.st_mode) and first.setdefault(st.st_ino, path) != path:
        several.add(st.st_ino)

for path in paths:
    st = os.lstat(path)
    words = [shown(path), oct(st.st_mode), f"{st.st_uid}:{st.st_gid}"]
    if path != b".":  # of the root no layer need say when it was changed
        words.append(str(st.st_mtime_ns))
    if stat.S_ISREG(st.st_mode):
        with open(path, "rb") as file:
            words.append(hashlib.sha256(file.read()).hexdigest()[:16])
    elif stat.S_ISLNK(st.st_mode):
        words.append("-> " + shown(os.readlink(path)))
    elif not stat.S_ISDIR(st.st_mode):
        words.append(f"{os.major(st.st_rdev)}:{os.minor(st.st_rdev)}")
    if st.st_ino in several:
        words.append("same as " + shown(first[st.st_ino]))
    for name in sorted(os.listxattr(path, follow_symlinks=False)):
        words.append(f"{name}={os.getxattr(path, name, follow_symlinks=False).hex()}")
    print(" ".join(words))
