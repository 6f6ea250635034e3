/* What names the union shows, and what removing, renaming and making over lower names does. */
#include "fixture.h"

CHECK(merged_directory_shows_the_names_of_all_layers_once) {
  EQ(5, count_entries("merged"));
  expect_content("merged/l1", "1");
  expect_content("merged/l2", "2");
  expect_content("merged/l3", "3");
  expect_content("merged/same", "from l1");
  expect_content("merged/sub/deep", "deep");
}

CHECK(whiteout_hides_and_is_not_shown) {
  ERR(ENOENT, access("gone", F_OK));
  TRUE(!listed(".", "gone"));
  ERR(ENOENT, open("merged/l3gone", O_RDONLY));
  TRUE(!listed("merged", "l3gone"));
}

CHECK(opaque_directory_hides_what_is_below) {
  EQ(1, count_entries("opaque"));
  ERR(ENOENT, access("opaque/old", F_OK));
}

CHECK(name_of_255_bytes_in_a_lower_is_renamed_and_removed) {
  char *long_name = name_of_length(255, 'N');
  expect_content(long_name, "long");
  OK(rename(long_name, name_of_length(255, 'M')));
  ERR(ENOENT, access(long_name, F_OK));
  OK(unlink(name_of_length(255, 'M')));
  make_content(long_name, "again");
  expect_content(long_name, "again");
}

CHECK(unlink_of_lower_file_and_create_again) {
  for (int i = 0; i < 5; i++) {
    OK(unlink("f"));
    ERR(ENOENT, access("f", F_OK));
    TRUE(!listed(".", "f"));
    make_content("f", "new");
    expect_content("f", "new");
    TRUE(listed(".", "f"));
  }
}

CHECK(create_over_a_whiteout_from_a_lower_layer) {
  make_content("gone", "new");
  expect_content("gone", "new");
  OK(unlink("gone"));
  ERR(ENOENT, access("gone", F_OK));
  OK(mkdir("gone", 0755));
  EQ(0, count_entries("gone"));
  OK(rmdir("gone"));
  OK(symlink("x", "gone"));
  OK(unlink("gone"));
  OK(mkfifo("gone", 0644));
  TRUE(S_ISFIFO(stat_of("gone").st_mode));
}

CHECK(every_creating_call_works_over_a_removed_lower_name) {
  OK(unlink("f"));
  OK(mkdir("f", 0755));
  OK(rmdir("f"));
  OK(symlink("x", "f"));
  OK(unlink("f"));
  OK(mknod("f", S_IFIFO | 0644, 0));
  OK(unlink("f"));
  OK(link("old", "f"));
  expect_content("f", "times");
  OK(unlink("f"));
  make_content("n", "renamed");
  OK(rename("n", "f"));
  expect_content("f", "renamed");
  OK(unlink("f"));
  int fd = open(".", O_TMPFILE | O_RDWR, 0644);
  if (fd >= 0) {
    OK(linkat(fd, "", AT_FDCWD, "f", AT_EMPTY_PATH));
    EQ(0, stat_of("f").st_size);
  }
}

CHECK(rmdir_of_a_lower_directory_wants_it_empty) {
  ERR(ENOTEMPTY, rmdir("dir"));
  OK(rmdir("empty"));
  ERR(ENOENT, access("empty", F_OK));
}

CHECK(rm_rf_and_mkdir_of_a_merged_directory_is_empty) {
  EQ(0, system("rm -rf merged"));
  ERR(ENOENT, access("merged", F_OK));
  OK(mkdir("merged", 0700));
  EQ(0, count_entries("merged"));
  ERR(ENOENT, access("merged/l3", F_OK));
  make_content("merged/l2", "new");
  EQ(1, count_entries("merged"));
  EQ(0700, stat_of("merged").st_mode & 07777);
}

CHECK(directory_replaces_removed_file_and_file_replaces_removed_directory) {
  OK(unlink("f"));
  OK(mkdir("f", 0755));
  make_content("f/x", "x");
  EQ(0, system("rm -rf dir"));
  make_content("dir", "a file now");
  expect_content("dir", "a file now");
  EQ(1, count_entries("f"));
  ERR(ENOTDIR, access("dir/a", F_OK));
}

CHECK(rename_of_a_lower_file_leaves_nothing_behind) {
  OK(rename("f", "g"));
  ERR(ENOENT, access("f", F_OK));
  TRUE(!listed(".", "f"));
  expect_content("g", F_TEXT);
  make_content("f", "new");
  expect_content("g", F_TEXT);
}

CHECK(rename_over_a_lower_file) {
  make_content("n", "new");
  OK(rename("n", "f"));
  expect_content("f", "new");
  OK(unlink("f"));
  ERR(ENOENT, access("f", F_OK));
}

CHECK(rename_of_lower_over_lower) {
  OK(rename("f", "big"));
  expect_content("big", F_TEXT);
  ERR(ENOENT, access("f", F_OK));
  OK(unlink("big"));
  ERR(ENOENT, access("big", F_OK));
}

CHECK(rename_new_directory_over_an_emptied_merged_directory) {
  EQ(0, system("rm -rf merged/*"));
  OK(mkdir("n", 0755));
  make_content("n/x", "x");
  OK(rename("n", "merged"));
  EQ(1, count_entries("merged"));
  expect_content("merged/x", "x");
}

CHECK(rename_new_directory_over_a_full_lower_directory_is_ENOTEMPTY) {
  OK(mkdir("n", 0755));
  errno = 0;
  EQ(-1, rename("n", "dir"));
  TRUE(errno == ENOTEMPTY || (errno == EEXIST && strcmp(check_kind, "plain") == 0)); /* XFS says EEXIST */
  expect_content("dir/a", "a");
}

CHECK(rename_of_a_lower_directory_works_or_is_EXDEV) {
  if (rename("dir", "moved") < 0) {
    EQ(EXDEV, errno);
    expect_content("dir/a", "a");
    EQ(0, system("mv dir moved"));
  }
  expect_content("moved/a", "a");
  expect_content("moved/sub/c", "c");
  ERR(ENOENT, access("dir", F_OK));
  OK(mkdir("dir", 0755));
  EQ(0, count_entries("dir"));
}

CHECK(rename_of_a_merged_directory_works_or_is_EXDEV) {
  if (rename("merged", "moved") < 0) {
    EQ(EXDEV, errno);
    EQ(0, system("mv merged moved"));
  }
  EQ(5, count_entries("moved"));
  expect_content("moved/same", "from l1");
  expect_content("moved/sub/deep", "deep");
}

CHECK(rename_EXCHANGE_of_lower_and_new) {
  make_content("n", "new");
  int result = (int)syscall(SYS_renameat2, AT_FDCWD, "n", AT_FDCWD, "f", RENAME_EXCHANGE);
  OK(result);
  expect_content("n", F_TEXT);
  expect_content("f", "new");
  OK(unlink("f"));
  OK(unlink("n"));
  ERR(ENOENT, access("f", F_OK));
  ERR(ENOENT, access("n", F_OK));
}

CHECK(rename_EXCHANGE_of_two_lower_files) {
  OK(syscall(SYS_renameat2, AT_FDCWD, "old", AT_FDCWD, "f", RENAME_EXCHANGE));
  expect_content("old", F_TEXT);
  expect_content("f", "times");
}

CHECK(rename_NOREPLACE_over_a_removed_lower_name_works) {
  make_content("n", "new");
  ERR(EEXIST, syscall(SYS_renameat2, AT_FDCWD, "n", AT_FDCWD, "f", RENAME_NOREPLACE));
  OK(unlink("f"));
  OK(syscall(SYS_renameat2, AT_FDCWD, "n", AT_FDCWD, "f", RENAME_NOREPLACE));
  expect_content("f", "new");
}

CHECK(excl_create_of_a_lower_name_is_EEXIST) {
  ERR(EEXIST, open("f", O_CREAT | O_EXCL | O_RDWR, 0644));
  ERR(EEXIST, mkdir("dir", 0755));
  ERR(EEXIST, symlink("x", "big"));
  ERR(EEXIST, link("f", "old"));
  ERR(EEXIST, mknod("merged/l3", S_IFIFO | 0644, 0));
}

CHECK(listing_is_right_after_each_change_of_a_merged_directory) {
  OK(unlink("merged/l2"));
  EQ(4, count_entries("merged"));
  make_content("merged/new", "n");
  EQ(5, count_entries("merged"));
  OK(unlink("merged/same"));
  EQ(4, count_entries("merged"));
  ERR(ENOENT, access("merged/same", F_OK));
  OK(rename("merged/l3", "merged/l2"));
  EQ(4, count_entries("merged"));
  expect_content("merged/l2", "3");
}

CHECK(telldir_positions_hold_in_a_merged_directory) {
  DIR *d = opendir("merged");
  long at[20];
  char names[20][256];
  int n = 0;
  struct dirent *e;
  at[0] = telldir(d);
  while ((e = readdir(d))) {
    strcpy(names[n], e->d_name);
    at[++n] = telldir(d);
  }
  EQ(7, n);
  OK(unlink("merged/l1"));
  for (int i = n - 1; i >= 0; i--) {
    seekdir(d, at[i]);
    e = readdir(d);
    if (strcmp(names[i], "l1") != 0) {
      TRUE(e != NULL);
      STREQ(names[i], e->d_name);
    }
  }
}

CHECK(open_directory_stream_over_removal_of_the_directory) {
  DIR *d = opendir("merged");
  TRUE(readdir(d) != NULL);
  EQ(0, system("rm -rf merged"));
  while (readdir(d)) {
  }
  ERR(ENOENT, openat(dirfd(d), "l2", O_RDONLY));
  ERR(ENOENT, openat(dirfd(d), "new", O_CREAT | O_RDWR, 0644));
}

CHECK(removed_lower_current_directory) {
  OK(chdir("empty"));
  OK(rmdir("../empty"));
  ERR(ENOENT, open("f", O_CREAT | O_RDWR, 0644));
  ERR(ENOENT, mkdir("d", 0755));
  OK(mkdir("../empty", 0755));
  ERR(ENOENT, open("f", O_CREAT | O_RDWR, 0644));
}

CHECK(lower_directory_nlink_is_sane) {
  nlink_t n = stat_of("dir").st_nlink;
  TRUE(n == 1 || n == 3);
  TRUE(stat_of("merged").st_nlink == 1 || stat_of("merged").st_nlink >= 2);
}

CHECK(private_xattrs_are_hidden_and_refused) {
  needs_union();
  char list[1000];
  ssize_t n = OK(listxattr("opaque", list, sizeof(list)));
  for (char *p = list; p < list + n; p += strlen(p) + 1)
    if (strncmp(p, "trusted.overlay.", 16) == 0) FAIL("%s is listed", p);
  errno = 0;
  EQ(-1, getxattr("opaque", "trusted.overlay.opaque", list, sizeof(list)));
  TRUE(errno == ENODATA || errno == EOPNOTSUPP);
}

/* Set by a union whose layers are in the mount (linux fs/overlayfs/xattrs.c, since 6.7). */
CHECK(private_xattrs_of_a_union_inside_are_kept_and_mean_nothing) {
  needs_union();
  char value[100], list[1000];
  const char *name = "trusted.overlay.opaque";
  OK(setxattr("dir", name, "y", 1, 0));
  EQ(1, OK(getxattr("dir", name, value, sizeof(value))));
  EQ('y', value[0]);
  int shown = 0;
  ssize_t n = OK(listxattr("dir", list, sizeof(list)));
  for (char *p = list; p < list + n; p += strlen(p) + 1) shown += strcmp(p, name) == 0;
  EQ(1, shown);
  OK(setxattr("dir", "trusted.overlay.overlay.opaque", "z", 1, 0));
  EQ(1, OK(getxattr("dir", name, value, sizeof(value))));
  EQ('y', value[0]);
  OK(setxattr("dir", "user.overlay.redirect", "/nowhere", 8, 0));
  EQ(8, OK(getxattr("dir", "user.overlay.redirect", value, sizeof(value))));
  EQ(3, count_entries("dir"));
  OK(removexattr("dir", name));
  ERR(ENODATA, getxattr("dir", name, value, sizeof(value)));
  ERR(ENODATA, removexattr("dir", name));
  EQ(1, OK(getxattr("dir", "trusted.overlay.overlay.opaque", value, sizeof(value))));
  char too_long[256] = "trusted.overlay.";
  memset(too_long + 16, 'a', 239);
  ERR(EOPNOTSUPP, setxattr("dir", too_long, "z", 1, 0));
}

CHECK(wh_names_made_through_the_mount_are_literal) {
  if (strcmp(check_kind, "stratafs") != 0) SKIP("only StrataFS reads .wh. names");
  make_content(".wh.f", "literal");
  expect_content("f", F_TEXT);
  expect_content(".wh.f", "literal");
  TRUE(listed(".", ".wh.f"));
  OK(unlink(".wh.f"));
  expect_content("f", F_TEXT);
  OK(mkdir(".wh.dir", 0755));
  expect_content("dir/a", "a");
  OK(rename(".wh.dir", ".wh.big"));
  TRUE(listed(".", "big"));
  OK(rmdir(".wh.big"));
}

CHECK(device_0_0_made_through_the_mount_does_not_hide) {
  needs_union();
  errno = 0;
  int made = mknod("dir/zero", S_IFCHR | 0644, makedev(0, 0));
  if (made == 0) TRUE(listed("dir", "zero") || access("dir/zero", F_OK) < 0);
  expect_content("dir/a", "a");
}

CHECK(tree_of_lower_removed_by_rm_rf) {
  EQ(0, system("rm -rf -- * .[a-z]*"));
  EQ(0, count_entries("."));
  make_content("f", "again");
  EQ(1, count_entries("."));
}

CHECK(copy_of_the_tree_is_equal) {
  EQ(0, system("cp -a . ../copy_of_the_tree && diff -r --no-dereference . ../copy_of_the_tree -x sock -x p -x dev"));
  EQ(0, system("rm -rf ../copy_of_the_tree"));
}

CHECK(find_sees_the_same_twice) {
  EQ(0, system("find . | sort > /tmp/.stratafs-find-$$-1; find . | sort | cmp - /tmp/.stratafs-find-$$-1; r=$?; "
               "rm -f /tmp/.stratafs-find-$$-1; exit $r"));
}

CHECK(deep_lower_directories_are_copied_up_for_a_new_file) {
  make_content("deepdir/1/new", "n");
  expect_content("deepdir/1/f", "one");
  expect_content("deepdir/2/f", "two");
  OK(unlink("deepdir/1/f"));
  EQ(1, count_entries("deepdir/1"));
  ERR(ENOTEMPTY, rmdir("deepdir/1"));
  OK(unlink("deepdir/1/new"));
  OK(rmdir("deepdir/1"));
  EQ(1, count_entries("deepdir"));
}
