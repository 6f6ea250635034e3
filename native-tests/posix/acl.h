/* POSIX ACLs as the xattrs hold them (linux include/uapi/linux/posix_acl_xattr.h). */
#ifndef STRATAFS_ACL_H
#define STRATAFS_ACL_H
#include "check.h"

enum { ACL_USER_OBJ = 1, ACL_USER = 2, ACL_GROUP_OBJ = 4, ACL_GROUP = 8, ACL_MASK = 16, ACL_OTHER = 32 };
#define ACL_NO_ID 0xffffffffu

struct acl_entry {
  uint16_t tag, perm;
  uint32_t id;
};
struct acl {
  uint32_t version;
  struct acl_entry entries[10];
};
#define ACL_SIZE(count) (4 + 8 * (count))

/* u::rw- u:USER_A:user g::r-- m::mask o::--- */
static inline struct acl acl_for_user_a(uint16_t user, uint16_t mask) {
  return (struct acl){2,
                      {{ACL_USER_OBJ, 6, ACL_NO_ID},
                       {ACL_USER, user, USER_A},
                       {ACL_GROUP_OBJ, 4, ACL_NO_ID},
                       {ACL_MASK, mask, ACL_NO_ID},
                       {ACL_OTHER, 0, ACL_NO_ID}}};
}

static inline void set_acl_or_skip(const char *path, const char *name, const struct acl *acl, int count) {
  if (setxattr(path, name, acl, (size_t)ACL_SIZE(count), 0) < 0) {
    if (errno == EOPNOTSUPP) SKIP("the file system beneath has no POSIX ACLs");
    FAIL("setxattr %s %s: %s", path, name, strerrorname_np(errno));
  }
}

#define ACL_ACCESS "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"
#endif
