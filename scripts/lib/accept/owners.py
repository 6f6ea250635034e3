"""Makes the lines of tree.py of what an ordinary user unpacked comparable: owners.py ID.

umoci keeps owners in user.rootlesscontainers (a protobuf of uid and gid), strata shows them; files of root are the user's own
in both, and so are symbolic links. Left out is what an ordinary user's store loses: capabilities, ACLs, and devices, which
umoci makes empty files of.
"""
import sys

KEPT_AWAY = ("security.capability=", "system.posix_acl_access=", "system.posix_acl_default=")


def ids(message):
    """Fields 1 and 2, varints; one that is 0 is left out."""
    found = {1: 0, 2: 0}
    at = 0
    while at < len(message):
        field, shift = message[at] >> 3, 0
        at += 1
        while True:
            found[field] |= (message[at] & 0x7F) << shift
            shift += 7
            at += 1
            if message[at - 1] < 0x80:
                break
    return f"{found[1]}:{found[2]}"


for line in sys.stdin:
    words = line.split()
    if words[0] == "./opt/block":
        continue
    kept = []
    for word in words[3:]:
        if word.startswith("user.rootlesscontainers="):
            words[2] = ids(bytes.fromhex(word.split("=")[1]))
        elif not word.startswith(KEPT_AWAY):
            kept.append(word)
    owner = ["0" if part == sys.argv[1] else part for part in words[2].split(":")]
    print(*words[:2], ":".join(owner), *kept)
