/* Who may do what: mode bits, groups, sticky, sgid directories, ACLs, and the clearing of suid, sgid and capabilities. */
#include "acl.h"

CHECK(mode_bits_owner_group_other) {
  OK(chmod(".", 0755));
  make_content("f", "x");
  OK(chown("f", USER_A, GROUP_B));
  for (int bit = 0; bit < 3; bit++) {
    OK(chmod("f", 0600 >> (3 * bit)));
    AS(USER_A, GROUP_A) {
      if (bit == 0) OK(open("f", O_RDWR));
      else ERR(EACCES, open("f", O_RDONLY));
    }
    AS(USER_B, GROUP_A, GROUP_B) {
      if (bit == 1) OK(open("f", O_RDWR));
      else ERR(EACCES, open("f", O_RDONLY));
    }
    AS(USER_B, GROUP_A) {
      if (bit == 2) OK(open("f", O_RDWR));
      else ERR(EACCES, open("f", O_RDONLY));
    }
    OK(open("f", O_RDWR)); /* root */
  }
}

CHECK(supplementary_group_gives_access) {
  OK(chmod(".", 0755));
  make_content("f", "x");
  OK(chown("f", 0, GROUP_B));
  OK(chmod("f", 0660));
  AS(USER_A, GROUP_A, 1, 2, 3, GROUP_B) { OK(open("f", O_RDWR)); }
  AS(USER_A, GROUP_A, 1, 2, 3) { ERR(EACCES, open("f", O_RDWR)); }
}

CHECK(supplementary_group_of_a_directory_allows_creation) {
  OK(chmod(".", 0755));
  OK(mkdir("d", 0775));
  OK(chown("d", 0, GROUP_B));
  OK(chmod("d", 0770));
  AS(USER_A, GROUP_A, GROUP_B) {
    make_file("d/f", 0644);
    OK(mkdir("d/sub", 0755));
    OK(symlink("x", "d/s"));
    OK(rename("d/f", "d/g"));
    EQ(USER_A, stat_of("d/g").st_uid);
    EQ(GROUP_A, stat_of("d/g").st_gid);
    EQ(USER_A, stat_of("d/sub").st_uid);
    EQ(USER_A, stat_of("d/s").st_uid);
  }
  AS(USER_A, GROUP_A) { ERR(EACCES, open("d/f", O_CREAT | O_RDWR, 0644)); }
}

CHECK(access_uses_the_real_ids) {
  OK(chmod(".", 0755));
  make_file("f", 0600);
  IN_CHILD {
    OK(setresuid(USER_A, 0, 0));
    ERR(EACCES, access("f", R_OK));
    OK(faccessat(AT_FDCWD, "f", R_OK, AT_EACCESS));
    OK(open("f", O_RDONLY));
  }
}

CHECK(access_of_root_needs_one_x_bit) {
  make_file("f", 0644);
  OK(access("f", R_OK | W_OK));
  ERR(EACCES, access("f", X_OK));
  OK(chmod("f", 0001));
  OK(access("f", X_OK));
}

CHECK(search_permission_on_every_directory_of_the_path) {
  OK(chmod(".", 0755));
  OK(mkdir("a", 0755));
  OK(mkdir("a/b", 0755));
  make_content("a/b/f", "x");
  AS(USER_A, GROUP_A) { expect_content("a/b/f", "x"); }
  OK(chmod("a", 0700));
  AS(USER_A, GROUP_A) {
    ERR(EACCES, open("a/b/f", O_RDONLY));
    struct stat st;
    ERR(EACCES, stat("a/b", &st));
  }
  OK(chmod("a", 0711));
  AS(USER_A, GROUP_A) { expect_content("a/b/f", "x"); }
}

CHECK(chmod_is_effective_at_once_for_another_user) {
  OK(chmod(".", 0755));
  make_content("f", "x");
  for (int i = 0; i < 10; i++) {
    OK(chmod("f", i % 2 ? 0644 : 0600));
    AS(USER_A, GROUP_A) {
      if (i % 2) OK(open("f", O_RDONLY));
      else ERR(EACCES, open("f", O_RDONLY));
    }
  }
}

CHECK(descriptor_outlives_the_permission) {
  OK(chmod(".", 0755));
  make_content("f", "abc");
  OK(chown("f", USER_A, GROUP_A));
  AS(USER_A, GROUP_A) {
    int fd = (int)OK(open("f", O_RDWR));
    OK(chmod("f", 0));
    expect_fd_content(fd, "abc");
    OK(pwrite(fd, "ABC", 3, 0));
    OK(ftruncate(fd, 2));
    EQ(2, fstat_of(fd).st_size);
  }
}

CHECK(new_files_belong_to_their_creator) {
  OK(chmod(".", 0777));
  AS(USER_A, GROUP_B) {
    make_file("f", 0644);
    OK(mkdir("d", 0755));
    OK(symlink("x", "s"));
    OK(mkfifo("p", 0644));
  }
  const char *names[] = {"f", "d", "s", "p"};
  for (int i = 0; i < 4; i++) {
    EQ(USER_A, stat_of(names[i]).st_uid);
    EQ(GROUP_B, stat_of(names[i]).st_gid);
  }
}

CHECK(sgid_directory_gives_its_group) {
  OK(chown(".", 0, GROUP_B));
  OK(chmod(".", 02777));
  AS(USER_A, GROUP_A) {
    make_file("f", 0644);
    OK(mkdir("d", 0755));
    OK(symlink("x", "s"));
    OK(mkfifo("p", 0644));
  }
  EQ(GROUP_B, stat_of("f").st_gid);
  EQ(GROUP_B, stat_of("d").st_gid);
  EQ(GROUP_B, stat_of("s").st_gid);
  EQ(GROUP_B, stat_of("p").st_gid);
  EQ(02755, stat_of("d").st_mode & 07777);
  EQ(0644, stat_of("f").st_mode & 07777);
}

CHECK(sgid_directory_drops_sgid_of_a_file_made_by_a_non_member) {
  OK(chown(".", 0, GROUP_B));
  OK(chmod(".", 02777));
  AS(USER_A, GROUP_A) {
    umask(0);
    make_file("f", 02775);
    EQ(0775, stat_of("f").st_mode & 07777);
  }
}

CHECK(sticky_directory_protects_files_of_others) {
  OK(chmod(".", 01777));
  AS(USER_A, GROUP_A) {
    make_file("f", 0666);
    OK(chmod("f", 0666));
    OK(mkdir("d", 0777));
    OK(chmod("d", 0777));
  }
  AS(USER_B, GROUP_B) {
    make_file("mine", 0644);
    ERR(EPERM, unlink("f"));
    ERR(EPERM, rmdir("d"));
    ERR(EPERM, rename("f", "g"));
    ERR(EPERM, rename("mine", "f"));
    make_content("d/x", "in d the sticky bit does not hold");
    OK(unlink("d/x"));
    OK(unlink("mine"));
  }
  AS(USER_A, GROUP_A) {
    OK(rename("f", "g"));
    OK(unlink("g"));
    OK(rmdir("d"));
  }
}

CHECK(sticky_directory_owner_may_remove) {
  OK(chown(".", USER_B, GROUP_B));
  OK(chmod(".", 01777));
  AS(USER_A, GROUP_A) { make_file("f", 0666); }
  AS(USER_B, GROUP_B) { OK(unlink("f")); }
}

static void make_suid(const char *path, mode_t mode) {
  make_content(path, "program");
  OK(chown(path, USER_A, GROUP_A));
  OK(chmod(path, mode));
}

CHECK(write_by_another_user_clears_suid_and_sgid) {
  OK(chmod(".", 0755));
  make_suid("f", 06777);
  AS(USER_B, GROUP_B) {
    int fd = (int)OK(open("f", O_WRONLY));
    EQ(06777, stat_of("f").st_mode & 07777);
    OK(write(fd, "x", 1));
    EQ(0777, stat_of("f").st_mode & 07777);
  }
}

/* What a program asks for the mode alone, and exec(2) uses, need not be fetched anew after a write. */
CHECK(cleared_suid_is_gone_from_the_mode_that_is_remembered) {
  OK(chmod(".", 0755));
  make_suid("f", 06777);
  struct statx x;
  OK(statx(AT_FDCWD, "f", 0, STATX_MODE, &x));
  EQ(06777, x.stx_mode & 07777);
  AS(USER_B, GROUP_B) {
    int fd = (int)OK(open("f", O_WRONLY));
    OK(write(fd, "x", 1));
  }
  OK(statx(AT_FDCWD, "f", 0, STATX_MODE, &x));
  EQ(0777, x.stx_mode & 07777);
}

CHECK(write_clears_suid_though_root_had_the_file_open_before) {
  OK(chmod(".", 0755));
  make_suid("f", 06777);
  OK(open("f", O_RDONLY));
  AS(USER_B, GROUP_B) {
    int fd = (int)OK(open("f", O_WRONLY));
    OK(write(fd, "x", 1));
  }
  EQ(0777, stat_of("f").st_mode & 07777);
}

CHECK(write_by_the_owner_clears_suid) {
  OK(chmod(".", 0755));
  make_suid("f", 06755);
  AS(USER_A, GROUP_A) {
    int fd = (int)OK(open("f", O_WRONLY));
    OK(write(fd, "x", 1));
    EQ(0755, stat_of("f").st_mode & 07777);
  }
}

CHECK(write_by_root_keeps_suid) {
  make_suid("f", 06755);
  int fd = (int)OK(open("f", O_WRONLY));
  OK(write(fd, "x", 1));
  EQ(06755, stat_of("f").st_mode & 07777);
}

CHECK(write_keeps_sgid_without_group_execute) {
  OK(chmod(".", 0755));
  make_suid("f", 02666);
  AS(USER_A, GROUP_A) {
    int fd = (int)OK(open("f", O_WRONLY));
    OK(write(fd, "x", 1));
    EQ(02666, stat_of("f").st_mode & 07777);
  }
}

CHECK(truncate_by_user_clears_suid) {
  OK(chmod(".", 0755));
  make_suid("f", 06777);
  AS(USER_B, GROUP_B) {
    OK(truncate("f", 2));
    EQ(0777, stat_of("f").st_mode & 07777);
  }
  make_suid("g", 06777);
  AS(USER_B, GROUP_B) {
    OK(close((int)OK(open("g", O_WRONLY | O_TRUNC))));
    EQ(0777, stat_of("g").st_mode & 07777);
  }
}

CHECK(fallocate_by_user_clears_suid) {
  OK(chmod(".", 0755));
  make_suid("f", 06777);
  AS(USER_B, GROUP_B) {
    int fd = (int)OK(open("f", O_RDWR));
    if (fallocate(fd, 0, 0, 10000) < 0 && errno == EOPNOTSUPP) SKIP("no fallocate here");
    EQ(0777, stat_of("f").st_mode & 07777);
  }
}

/* struct vfs_cap_data, revision 2: CAP_NET_RAW permitted and effective. */
static const uint32_t capability[5] = {0x02000001, 1u << 13, 0, 0, 0};
static const char capability_name[] = "security.capability";

static void set_capability(const char *path) {
  if (setxattr(path, capability_name, capability, sizeof(capability), 0) < 0) {
    if (errno == EOPNOTSUPP || errno == EPERM) SKIP("no file capabilities here");
    FAIL("setxattr security.capability: %s", strerrorname_np(errno));
  }
}

CHECK(capability_is_read_back) {
  make_file("f", 0755);
  set_capability("f");
  uint32_t value[6];
  EQ(sizeof(capability), OK(getxattr("f", capability_name, value, sizeof(value))));
  TRUE(memcmp(value, capability, sizeof(capability)) == 0);
}

CHECK(write_clears_the_capability) {
  OK(chmod(".", 0755));
  make_file("f", 0777);
  OK(chmod("f", 0777));
  set_capability("f");
  AS(USER_B, GROUP_B) {
    int fd = (int)OK(open("f", O_WRONLY));
    OK(write(fd, "x", 1));
  }
  ERR(ENODATA, getxattr("f", capability_name, NULL, 0));
}

CHECK(write_by_root_clears_the_capability_too) {
  make_file("f", 0755);
  set_capability("f");
  int fd = (int)OK(open("f", O_WRONLY));
  OK(write(fd, "x", 1));
  ERR(ENODATA, getxattr("f", capability_name, NULL, 0));
}

CHECK(truncate_clears_the_capability) {
  make_content("f", "text");
  set_capability("f");
  OK(truncate("f", 1));
  ERR(ENODATA, getxattr("f", capability_name, NULL, 0));
}

CHECK(chown_clears_the_capability) {
  make_file("f", 0755);
  set_capability("f");
  OK(chown("f", USER_A, GROUP_A));
  ERR(ENODATA, getxattr("f", capability_name, NULL, 0));
}

CHECK(chmod_and_rename_keep_the_capability) {
  make_file("f", 0755);
  set_capability("f");
  OK(chmod("f", 0700));
  OK(rename("f", "g"));
  EQ(sizeof(capability), OK(getxattr("g", capability_name, NULL, 0)));
}

CHECK(acl_gives_a_named_user_access_and_the_mask_limits_it) {
  OK(chmod(".", 0755));
  make_content("f", "x");
  struct acl acl = acl_for_user_a(6, 6);
  set_acl_or_skip("f", ACL_ACCESS, &acl, 5);
  EQ(0660, stat_of("f").st_mode & 07777);
  AS(USER_A, GROUP_A) { OK(open("f", O_RDWR)); }
  AS(USER_B, GROUP_B) { ERR(EACCES, open("f", O_RDONLY)); }
  acl = acl_for_user_a(6, 4);
  set_acl_or_skip("f", ACL_ACCESS, &acl, 5);
  AS(USER_A, GROUP_A) {
    ERR(EACCES, open("f", O_RDWR));
    OK(open("f", O_RDONLY));
  }
}

CHECK(acl_is_read_back_byte_for_byte) {
  make_content("f", "x");
  struct acl acl = acl_for_user_a(7, 5), read;
  set_acl_or_skip("f", ACL_ACCESS, &acl, 5);
  EQ(ACL_SIZE(5), OK(getxattr("f", ACL_ACCESS, &read, sizeof(read))));
  TRUE(memcmp(&acl, &read, ACL_SIZE(5)) == 0);
}

CHECK(chmod_sets_the_mask_of_an_acl) {
  make_content("f", "x");
  struct acl acl = acl_for_user_a(7, 7), read;
  set_acl_or_skip("f", ACL_ACCESS, &acl, 5);
  OK(chmod("f", 0640));
  OK(getxattr("f", ACL_ACCESS, &read, sizeof(read)));
  EQ(ACL_MASK, read.entries[3].tag);
  EQ(4, read.entries[3].perm);
  EQ(7, read.entries[1].perm);
}

CHECK(acl_equal_to_a_mode_is_stored_as_the_mode) {
  make_content("f", "x");
  struct acl acl = {2, {{ACL_USER_OBJ, 7, ACL_NO_ID}, {ACL_GROUP_OBJ, 5, ACL_NO_ID}, {ACL_OTHER, 1, ACL_NO_ID}}};
  set_acl_or_skip("f", ACL_ACCESS, &acl, 3);
  EQ(0751, stat_of("f").st_mode & 07777);
  ERR(ENODATA, getxattr("f", ACL_ACCESS, NULL, 0));
}

CHECK(acl_removal_leaves_the_mode) {
  make_content("f", "x");
  struct acl acl = acl_for_user_a(6, 6);
  set_acl_or_skip("f", ACL_ACCESS, &acl, 5);
  OK(removexattr("f", ACL_ACCESS));
  ERR(ENODATA, getxattr("f", ACL_ACCESS, NULL, 0));
  AS(USER_A, GROUP_A) { ERR(EACCES, open("f", O_RDONLY)); }
}

CHECK(acl_malformed_is_EINVAL) {
  make_content("f", "x");
  struct acl acl = acl_for_user_a(6, 6);
  set_acl_or_skip("f", ACL_ACCESS, &acl, 5);
  acl.version = 7;
  errno = 0;
  EQ(-1, setxattr("f", ACL_ACCESS, &acl, ACL_SIZE(5), 0));
  TRUE(errno == EINVAL || errno == EOPNOTSUPP);
  acl.version = 2;
  acl.entries[0].tag = 64;
  ERR(EINVAL, setxattr("f", ACL_ACCESS, &acl, ACL_SIZE(5), 0));
}

CHECK(acl_by_another_user_is_EPERM) {
  OK(chmod(".", 0755));
  make_content("f", "x");
  struct acl acl = acl_for_user_a(6, 6);
  set_acl_or_skip("f", ACL_ACCESS, &acl, 5);
  AS(USER_A, GROUP_A) { ERR(EPERM, setxattr("f", ACL_ACCESS, &acl, ACL_SIZE(5), 0)); }
}

CHECK(acl_set_by_a_non_member_drops_sgid) {
  OK(chmod(".", 0755));
  make_content("f", "x");
  OK(chown("f", USER_A, GROUP_B));
  struct acl acl = acl_for_user_a(6, 6);
  set_acl_or_skip("f", ACL_ACCESS, &acl, 5);
  OK(chmod("f", 02760));
  AS(USER_A, GROUP_A) {
    OK(setxattr("f", ACL_ACCESS, &acl, ACL_SIZE(5), 0));
    EQ(0, stat_of("f").st_mode & S_ISGID);
  }
}

CHECK(default_acl_on_a_file_is_EACCES) {
  make_content("f", "x");
  struct acl acl = acl_for_user_a(6, 6);
  set_acl_or_skip(".", ACL_DEFAULT, &acl, 5);
  ERR(EACCES, setxattr("f", ACL_DEFAULT, &acl, ACL_SIZE(5), 0));
}

CHECK(default_acl_is_inherited_by_a_file_and_umask_is_not_applied) {
  struct acl acl = acl_for_user_a(7, 7), read;
  OK(chmod(".", 0755));
  set_acl_or_skip(".", ACL_DEFAULT, &acl, 5);
  umask(077);
  make_file("f", 0666);
  EQ(ACL_SIZE(5), OK(getxattr("f", ACL_ACCESS, &read, sizeof(read))));
  EQ(7, read.entries[1].perm);
  EQ(6, read.entries[3].perm); /* mask, limited by the group bits of 0666 */
  EQ(0660, stat_of("f").st_mode & 07777);
  ERR(ENODATA, getxattr("f", ACL_DEFAULT, NULL, 0));
  AS(USER_A, GROUP_A) { OK(open("f", O_RDWR)); }
}

CHECK(default_acl_is_inherited_by_a_directory_as_both) {
  struct acl acl = acl_for_user_a(7, 7), read;
  set_acl_or_skip(".", ACL_DEFAULT, &acl, 5);
  OK(mkdir("d", 0755));
  EQ(ACL_SIZE(5), OK(getxattr("d", ACL_DEFAULT, &read, sizeof(read))));
  TRUE(memcmp(&acl, &read, ACL_SIZE(5)) == 0);
  EQ(ACL_SIZE(5), OK(getxattr("d", ACL_ACCESS, &read, sizeof(read))));
  EQ(5, read.entries[3].perm);
  OK(mkdir("d/e", 0755));
  make_file("d/e/f", 0640);
  EQ(ACL_SIZE(5), OK(getxattr("d/e/f", ACL_ACCESS, NULL, 0)));
}

CHECK(default_acl_is_inherited_by_fifo_and_tmpfile_but_not_by_symlink) {
  struct acl acl = acl_for_user_a(7, 7);
  set_acl_or_skip(".", ACL_DEFAULT, &acl, 5);
  OK(mkfifo("p", 0644));
  EQ(ACL_SIZE(5), OK(getxattr("p", ACL_ACCESS, NULL, 0)));
  OK(symlink("x", "s"));
  errno = 0;
  EQ(-1, lgetxattr("s", ACL_ACCESS, NULL, 0));
  TRUE(errno == EOPNOTSUPP || errno == ENODATA);
  int fd = open(".", O_TMPFILE | O_RDWR, 0644);
  if (fd >= 0) EQ(ACL_SIZE(5), OK(fgetxattr(fd, ACL_ACCESS, NULL, 0)));
}

CHECK(default_acl_without_named_entries_is_inherited_as_mode) {
  struct acl acl = {2, {{ACL_USER_OBJ, 7, ACL_NO_ID}, {ACL_GROUP_OBJ, 7, ACL_NO_ID}, {ACL_OTHER, 7, ACL_NO_ID}}};
  set_acl_or_skip(".", ACL_DEFAULT, &acl, 3);
  umask(077);
  make_file("f", 0666);
  EQ(0666, stat_of("f").st_mode & 07777);
  ERR(ENODATA, getxattr("f", ACL_ACCESS, NULL, 0));
}

CHECK(acl_is_listed_among_xattrs) {
  make_content("f", "x");
  struct acl acl = acl_for_user_a(6, 6);
  set_acl_or_skip("f", ACL_ACCESS, &acl, 5);
  char list[1000];
  ssize_t n = OK(listxattr("f", list, sizeof(list)));
  bool found = false;
  for (char *p = list; p < list + n; p += strlen(p) + 1) found |= strcmp(p, ACL_ACCESS) == 0;
  TRUE(found);
}
