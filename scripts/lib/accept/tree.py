"""Prints a tree, a line an entry: type, mode, owner, device, size or target, mtime, xattrs, contents by digest, links."""

import hashlib
import os
import stat
import sys

os.chdir(sys.argv[1])
first = {}


def line(path):
    st = os.lstat(path)
    words = [path, oct(st.st_mode), f"{st.st_uid}:{st.st_gid}", str(int(st.st_mtime))]
    if stat.S_ISREG(st.st_mode):
        with open(path, "rb") as file:
            words.append(hashlib.sha256(file.read()).hexdigest()[:16])
        if st.st_nlink > 1:
            words.append("same as " + first.setdefault(st.st_ino, path))
    elif stat.S_ISLNK(st.st_mode):
        words.append("-> " + os.readlink(path))
    elif not stat.S_ISDIR(st.st_mode):
        words.append(f"{os.major(st.st_rdev)}:{os.minor(st.st_rdev)}")
    for name in sorted(os.listxattr(path, follow_symlinks=False)):
        words.append(f"{name}={os.getxattr(path, name, follow_symlinks=False).hex()}")
    return " ".join(words)


for directory, names, files in os.walk("."):
    names.sort()
    if directory != ".":
        print(line(directory))
    for name in sorted(files + [n for n in names if os.path.islink(os.path.join(directory, n))]):
        print(line(os.path.join(directory, name)))
