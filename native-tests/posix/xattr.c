/* setxattr(2), getxattr(2), listxattr(2), removexattr(2). */
#include "check.h"

static void need_user_xattrs(const char *path) {
  if (setxattr(path, "user.probe", "x", 1, 0) < 0) {
    if (errno == EOPNOTSUPP) SKIP("the file system beneath has no user xattrs");
    FAIL("setxattr: %s", strerrorname_np(errno));
  }
  OK(removexattr(path, "user.probe"));
}

CHECK(xattr_is_read_back) {
  make_file("f", 0644);
  need_user_xattrs("f");
  OK(setxattr("f", "user.a", "bin\0ary", 7, 0));
  char value[100];
  EQ(7, OK(getxattr("f", "user.a", value, sizeof(value))));
  TRUE(memcmp(value, "bin\0ary", 7) == 0);
}

CHECK(xattr_create_and_replace_flags) {
  make_file("f", 0644);
  need_user_xattrs("f");
  ERR(ENODATA, setxattr("f", "user.a", "1", 1, XATTR_REPLACE));
  OK(setxattr("f", "user.a", "1", 1, XATTR_CREATE));
  ERR(EEXIST, setxattr("f", "user.a", "2", 1, XATTR_CREATE));
  OK(setxattr("f", "user.a", "33", 2, XATTR_REPLACE));
  char value[10];
  EQ(2, OK(getxattr("f", "user.a", value, sizeof(value))));
  ERR(EINVAL, setxattr("f", "user.a", "2", 1, 0x1000));
}

CHECK(xattr_size_query_and_ERANGE) {
  make_file("f", 0644);
  need_user_xattrs("f");
  OK(setxattr("f", "user.a", "12345", 5, 0));
  char value[10];
  EQ(5, OK(getxattr("f", "user.a", NULL, 0)));
  ERR(ERANGE, getxattr("f", "user.a", value, 4));
  EQ(5, OK(getxattr("f", "user.a", value, 5)));
}

CHECK(xattr_empty_value) {
  make_file("f", 0644);
  need_user_xattrs("f");
  OK(setxattr("f", "user.e", "", 0, 0));
  char value[10];
  EQ(0, OK(getxattr("f", "user.e", value, sizeof(value))));
  EQ(7, OK(listxattr("f", NULL, 0)));
}

CHECK(xattr_absent_is_ENODATA) {
  make_file("f", 0644);
  need_user_xattrs("f");
  ERR(ENODATA, getxattr("f", "user.none", NULL, 0));
  ERR(ENODATA, removexattr("f", "user.none"));
}

CHECK(xattr_of_absent_file_is_ENOENT) {
  ERR(ENOENT, setxattr("f", "user.a", "1", 1, 0));
  ERR(ENOENT, getxattr("f", "user.a", NULL, 0));
  ERR(ENOENT, listxattr("f", NULL, 0));
}

CHECK(xattr_list_gives_all_names) {
  make_file("f", 0644);
  need_user_xattrs("f");
  char name[40], list[4000];
  for (int i = 0; i < 20; i++) {
    snprintf(name, sizeof(name), "user.name%02d", i);
    OK(setxattr("f", name, name, strlen(name), 0));
  }
  ssize_t n = OK(listxattr("f", list, sizeof(list)));
  EQ(20 * 12, n - 0);
  int found = 0;
  for (char *p = list; p < list + n; p += strlen(p) + 1) found += strncmp(p, "user.name", 9) == 0;
  EQ(20, found);
  EQ(n, OK(listxattr("f", NULL, 0)));
  ERR(ERANGE, listxattr("f", list, 10));
}

CHECK(xattr_remove) {
  make_file("f", 0644);
  need_user_xattrs("f");
  OK(setxattr("f", "user.a", "1", 1, 0));
  OK(setxattr("f", "user.b", "1", 1, 0));
  OK(removexattr("f", "user.a"));
  ERR(ENODATA, getxattr("f", "user.a", NULL, 0));
  EQ(7, OK(listxattr("f", NULL, 0)));
}

CHECK(xattr_moves_ctime_only) {
  make_file("f", 0644);
  need_user_xattrs("f");
  set_times("f", 1000);
  struct stat before = stat_of("f");
  tick();
  OK(setxattr("f", "user.a", "1", 1, 0));
  TRUE(ts_after(stat_of("f").st_ctim, before.st_ctim));
  EQ(1000, stat_of("f").st_mtime);
  before = stat_of("f");
  tick();
  OK(removexattr("f", "user.a"));
  TRUE(ts_after(stat_of("f").st_ctim, before.st_ctim));
}

CHECK(xattr_name_of_255_bytes_works_and_256_is_ERANGE) {
  make_file("f", 0644);
  need_user_xattrs("f");
  char name[300] = "user.";
  memset(name + 5, 'n', 250);
  name[255] = 0;
  OK(setxattr("f", name, "1", 1, 0));
  EQ(1, OK(getxattr("f", name, NULL, 0)));
  strcat(name, "n");
  ERR(ERANGE, setxattr("f", name, "1", 1, 0));
}

CHECK(xattr_value_of_3000_bytes_works_and_65537_is_E2BIG) {
  make_file("f", 0644);
  need_user_xattrs("f");
  char *value = calloc(1, 70000);
  memset(value, 'v', 70000);
  OK(setxattr("f", "user.a", value, 3000, 0));
  char back[4000];
  EQ(3000, OK(getxattr("f", "user.a", back, sizeof(back))));
  TRUE(memcmp(value, back, 3000) == 0);
  ERR(E2BIG, setxattr("f", "user.a", value, 65537, 0));
}

CHECK(xattr_of_unknown_namespace_is_EOPNOTSUPP) {
  make_file("f", 0644);
  ERR(EOPNOTSUPP, setxattr("f", "nonsense.a", "1", 1, 0));
  ERR(EOPNOTSUPP, getxattr("f", "nonsense.a", NULL, 0));
}

CHECK(xattr_user_on_a_symlink_or_fifo_is_EPERM) {
  OK(symlink("x", "s"));
  OK(mkfifo("p", 0644));
  ERR(EPERM, lsetxattr("s", "user.a", "1", 1, 0));
  ERR(EPERM, setxattr("p", "user.a", "1", 1, 0));
}

CHECK(xattr_on_a_directory) {
  OK(mkdir("d", 0755));
  need_user_xattrs("d");
  OK(setxattr("d", "user.a", "1", 1, 0));
  OK(rename("d", "e"));
  EQ(1, OK(getxattr("e", "user.a", NULL, 0)));
}

CHECK(xattr_user_without_write_permission_is_EACCES) {
  OK(chmod(".", 0755));
  make_file("f", 0644);
  need_user_xattrs("f");
  OK(setxattr("f", "user.a", "1", 1, 0));
  AS(USER_A, GROUP_A) {
    ERR(EACCES, setxattr("f", "user.b", "1", 1, 0));
    ERR(EACCES, removexattr("f", "user.a"));
    EQ(1, OK(getxattr("f", "user.a", NULL, 0)));
  }
  OK(chmod("f", 0600));
  AS(USER_A, GROUP_A) { ERR(EACCES, getxattr("f", "user.a", NULL, 0)); }
}

CHECK(xattr_trusted_is_for_root_only) {
  OK(chmod(".", 0755));
  make_file("f", 0666);
  OK(chmod("f", 0666));
  if (setxattr("f", "trusted.a", "1", 1, 0) < 0) SKIP("no trusted xattrs here: %s", strerrorname_np(errno));
  EQ(1, OK(getxattr("f", "trusted.a", NULL, 0)));
  AS(USER_A, GROUP_A) {
    ERR(EPERM, setxattr("f", "trusted.b", "1", 1, 0));
    ERR(ENODATA, getxattr("f", "trusted.a", NULL, 0));
  }
  OK(removexattr("f", "trusted.a"));
}

CHECK(xattr_security_namespace_is_kept) {
  make_file("f", 0644);
  if (setxattr("f", "security.stratafs_test", "1", 1, 0) < 0)
    SKIP("no free security xattrs here: %s", strerrorname_np(errno));
  EQ(1, OK(getxattr("f", "security.stratafs_test", NULL, 0)));
}

CHECK(xattr_by_descriptor_and_on_unlinked_file) {
  make_file("f", 0644);
  need_user_xattrs("f");
  int fd = (int)OK(open("f", O_RDWR));
  OK(fsetxattr(fd, "user.a", "1", 1, 0));
  OK(unlink("f"));
  EQ(1, OK(fgetxattr(fd, "user.a", NULL, 0)));
  OK(fsetxattr(fd, "user.b", "22", 2, 0));
  EQ(14, OK(flistxattr(fd, NULL, 0)));
  OK(fremovexattr(fd, "user.a"));
  ERR(ENODATA, fgetxattr(fd, "user.a", NULL, 0));
}

CHECK(xattr_survives_rename_and_link_but_not_copy_over) {
  make_file("f", 0644);
  need_user_xattrs("f");
  OK(setxattr("f", "user.a", "1", 1, 0));
  OK(link("f", "g"));
  OK(rename("f", "h"));
  EQ(1, OK(getxattr("g", "user.a", NULL, 0)));
  EQ(1, OK(getxattr("h", "user.a", NULL, 0)));
  make_file("n", 0644);
  OK(rename("n", "h"));
  ERR(ENODATA, getxattr("h", "user.a", NULL, 0));
}

CHECK(xattr_names_of_odd_bytes) {
  make_file("f", 0644);
  need_user_xattrs("f");
  OK(setxattr("f", "user.\xff\xfe. x", "1", 1, 0));
  EQ(1, OK(getxattr("f", "user.\xff\xfe. x", NULL, 0)));
  char list[100];
  EQ(11, OK(listxattr("f", list, sizeof(list))));
  STREQ("user.\xff\xfe. x", list);
}
