/* link(2), unlink(2), symlink(2), readlink(2), mknod(2). */
#include "check.h"

#include <sys/socket.h>
#include <sys/un.h>

CHECK(link_gives_a_second_name_to_the_same_inode) {
  make_content("a", "one");
  OK(link("a", "b"));
  EQ(2, stat_of("a").st_nlink);
  EQ(2, stat_of("b").st_nlink);
  EQ(stat_of("a").st_ino, stat_of("b").st_ino);
  make_content("b", "two");
  expect_content("a", "two");
  OK(chmod("b", 0600));
  EQ(0600, stat_of("a").st_mode & 07777);
}

CHECK(link_moves_ctime_of_the_file_and_times_of_the_directory) {
  make_file("a", 0644);
  OK(mkdir("d", 0755));
  set_times("d", 1000);
  struct stat before = stat_of("a");
  tick();
  OK(link("a", "d/b"));
  TRUE(ts_after(stat_of("a").st_ctim, before.st_ctim));
  TRUE(ts_equal(stat_of("a").st_mtim, before.st_mtim));
  TRUE(stat_of("d").st_mtime > 1000);
}

CHECK(unlink_of_one_name_lowers_nlink_and_moves_ctime_of_the_other) {
  make_content("a", "one");
  OK(link("a", "b"));
  struct stat before = stat_of("b");
  tick();
  OK(unlink("a"));
  struct stat st = stat_of("b");
  EQ(1, st.st_nlink);
  EQ(before.st_ino, st.st_ino);
  TRUE(ts_after(st.st_ctim, before.st_ctim));
  expect_content("b", "one");
}

CHECK(link_existing_is_EEXIST) {
  make_file("a", 0644);
  make_file("b", 0644);
  OK(mkdir("d", 0755));
  OK(symlink("nowhere", "s"));
  ERR(EEXIST, link("a", "b"));
  ERR(EEXIST, link("a", "d"));
  ERR(EEXIST, link("a", "s"));
  ERR(EEXIST, link("a", "a"));
}

CHECK(link_absent_is_ENOENT) {
  make_file("a", 0644);
  ERR(ENOENT, link("x", "b"));
  ERR(ENOENT, link("a", "d/b"));
}

CHECK(link_beneath_a_file_is_ENOTDIR) {
  make_file("a", 0644);
  ERR(ENOTDIR, link("a", "a/b"));
  ERR(ENOTDIR, link("a/b", "c"));
}

CHECK(link_of_a_directory_is_EPERM) {
  OK(mkdir("d", 0755));
  ERR(EPERM, link("d", "e"));
}

CHECK(link_of_a_symlink_links_the_symlink) {
  make_file("a", 0644);
  OK(symlink("a", "s"));
  OK(link("s", "t"));
  TRUE(S_ISLNK(stat_of("t").st_mode));
  EQ(2, stat_of("s").st_nlink);
  OK(linkat(AT_FDCWD, "s", AT_FDCWD, "f", AT_SYMLINK_FOLLOW));
  EQ(stat_of("a").st_ino, stat_of("f").st_ino);
}

CHECK(link_of_fifo_device_and_socket_works) {
  OK(mkfifo("p", 0644));
  OK(mknod("c", S_IFCHR | 0644, makedev(1, 3)));
  OK(mknod("s", S_IFSOCK | 0644, 0));
  OK(link("p", "p2"));
  OK(link("c", "c2"));
  OK(link("s", "s2"));
  EQ(2, stat_of("p").st_nlink);
  EQ(makedev(1, 3), stat_of("c2").st_rdev);
  EQ(stat_of("s").st_ino, stat_of("s2").st_ino);
}

CHECK(link_in_directory_without_write_permission_is_EACCES) {
  OK(chmod(".", 0755));
  OK(mkdir("d", 0777));
  OK(chmod("d", 0777));
  AS(USER_A, GROUP_A) {
    make_file("d/f", 0644);
    ERR(EACCES, link("d/f", "g"));
    OK(link("d/f", "d/g"));
  }
}

CHECK(many_links_count_right) {
  make_file("f", 0644);
  char name[10];
  for (int i = 1; i < 100; i++) {
    snprintf(name, sizeof(name), "l%d", i);
    OK(link("f", name));
    EQ(i + 1, stat_of("f").st_nlink);
  }
  for (int i = 1; i < 100; i++) {
    snprintf(name, sizeof(name), "l%d", i);
    OK(unlink(name));
  }
  EQ(1, stat_of("f").st_nlink);
}

CHECK(linkat_of_a_descriptor_whose_names_are_gone_is_ENOENT) {
  make_content("f", "x");
  int fd = (int)OK(open("f", O_RDWR));
  OK(unlink("f"));
  ERR(ENOENT, linkat(fd, "", AT_FDCWD, "g", AT_EMPTY_PATH));
}

CHECK(unlink_removes) {
  make_file("f", 0644);
  OK(unlink("f"));
  ERR(ENOENT, access("f", F_OK));
  EQ(0, count_entries("."));
}

CHECK(unlink_absent_is_ENOENT) {
  ERR(ENOENT, unlink("f"));
  ERR(ENOENT, unlink("d/f"));
  ERR(ENOENT, unlink(""));
}

CHECK(unlink_directory_is_EISDIR) {
  OK(mkdir("d", 0755));
  ERR(EISDIR, unlink("d"));
  TRUE(listed(".", "d"));
}

CHECK(unlink_beneath_a_file_is_ENOTDIR) {
  make_file("f", 0644);
  ERR(ENOTDIR, unlink("f/x"));
  ERR(ENOTDIR, unlink("f/"));
}

CHECK(unlink_of_symlink_leaves_its_target) {
  make_file("f", 0644);
  OK(symlink("f", "s"));
  OK(unlink("s"));
  OK(access("f", F_OK));
}

CHECK(unlink_moves_parent_times) {
  make_file("f", 0644);
  set_times(".", 1000);
  struct stat before = stat_of(".");
  tick();
  OK(unlink("f"));
  TRUE(stat_of(".").st_mtime > 1000);
  TRUE(ts_after(stat_of(".").st_ctim, before.st_ctim));
}

CHECK(failed_unlink_leaves_parent_times) {
  set_times(".", 1000);
  ERR(ENOENT, unlink("f"));
  EQ(1000, stat_of(".").st_mtime);
}

CHECK(unlink_of_every_type) {
  OK(mkfifo("p", 0644));
  OK(mknod("c", S_IFCHR | 0644, makedev(1, 3)));
  OK(mknod("s", S_IFSOCK | 0644, 0));
  OK(symlink("x", "l"));
  OK(unlink("p"));
  OK(unlink("c"));
  OK(unlink("s"));
  OK(unlink("l"));
  EQ(0, count_entries("."));
}

CHECK(unlink_without_write_permission_on_the_directory_is_EACCES) {
  OK(chmod(".", 0755));
  make_file("f", 0666);
  AS(USER_A, GROUP_A) { ERR(EACCES, unlink("f")); }
}

CHECK(unlink_by_owner_of_the_directory_of_anothers_file_works) {
  OK(chown(".", USER_A, GROUP_A));
  make_file("f", 0600);
  AS(USER_A, GROUP_A) { OK(unlink("f")); }
}

CHECK(symlink_keeps_its_target_to_the_byte) {
  const char *target = "../some/\xff where\n//else/";
  OK(symlink(target, "s"));
  char buffer[200] = {0};
  EQ(strlen(target), OK(readlink("s", buffer, sizeof(buffer))));
  STREQ(target, buffer);
  struct stat st = stat_of("s");
  EQ(0777, st.st_mode & 07777);
  EQ(strlen(target), st.st_size);
  EQ(1, st.st_nlink);
}

CHECK(symlink_of_4095_bytes_works_and_4096_is_ENAMETOOLONG) {
  char *target = name_of_length(4095, 't');
  if (symlink(target, "s") < 0) {
    if (errno == ENAMETOOLONG) SKIP("the file system beneath holds shorter symbolic links only");
    FAIL("symlink: %s", strerror(errno));
  }
  char buffer[5000];
  EQ(4095, OK(readlink("s", buffer, sizeof(buffer))));
  ERR(ENAMETOOLONG, symlink(name_of_length(4096, 't'), "t"));
}

CHECK(symlink_to_nothing_is_ENOENT) { ERR(ENOENT, symlink("", "s")); }

CHECK(symlink_existing_is_EEXIST) {
  make_file("f", 0644);
  OK(mkdir("d", 0755));
  OK(symlink("x", "s"));
  ERR(EEXIST, symlink("y", "f"));
  ERR(EEXIST, symlink("y", "d"));
  ERR(EEXIST, symlink("y", "s"));
}

CHECK(readlink_truncates_to_the_buffer) {
  OK(symlink("0123456789", "s"));
  char buffer[20] = {0};
  EQ(4, OK(readlink("s", buffer, 4)));
  STREQ("0123", buffer);
}

CHECK(readlink_of_what_is_no_symlink_is_EINVAL) {
  make_file("f", 0644);
  char buffer[20];
  ERR(EINVAL, readlink("f", buffer, sizeof(buffer)));
  ERR(EINVAL, readlink(".", buffer, sizeof(buffer)));
  ERR(ENOENT, readlink("x", buffer, sizeof(buffer)));
}

CHECK(symlink_owner_and_times_can_be_set_without_following) {
  make_file("f", 0644);
  OK(symlink("f", "s"));
  OK(lchown("s", USER_A, GROUP_B));
  set_times("s", 5000);
  EQ(USER_A, stat_of("s").st_uid);
  EQ(GROUP_B, stat_of("s").st_gid);
  EQ(5000, stat_of("s").st_mtime);
  EQ(0, stat_of("f").st_uid);
  TRUE(stat_of("f").st_mtime != 5000);
}

CHECK(symlink_replaced_by_rename_is_read_anew) {
  for (int i = 0; i < 20; i++) {
    char target[10], buffer[20] = {0};
    snprintf(target, sizeof(target), "t%d", i);
    OK(symlink(target, "new"));
    OK(rename("new", "s"));
    OK(readlink("s", buffer, sizeof(buffer)));
    STREQ(target, buffer);
  }
}

CHECK(mknod_makes_every_type) {
  umask(0);
  OK(mknod("r", S_IFREG | 0604, 0));
  OK(mknod("r0", 0640, 0));
  OK(mknod("p", S_IFIFO | 0620, 0));
  OK(mknod("s", S_IFSOCK | 0777, 0));
  OK(mknod("c", S_IFCHR | 0600, makedev(300, 70000)));
  OK(mknod("b", S_IFBLK | 0600, makedev(8, 17)));
  EQ(S_IFREG | 0604, stat_of("r").st_mode);
  EQ(S_IFREG | 0640, stat_of("r0").st_mode);
  EQ(S_IFIFO | 0620, stat_of("p").st_mode);
  EQ(S_IFSOCK | 0777, stat_of("s").st_mode);
  EQ(S_IFCHR | 0600, stat_of("c").st_mode);
  EQ(S_IFBLK | 0600, stat_of("b").st_mode);
  EQ(makedev(300, 70000), stat_of("c").st_rdev);
  EQ(makedev(8, 17), stat_of("b").st_rdev);
}

CHECK(mknod_existing_is_EEXIST) {
  make_file("f", 0644);
  ERR(EEXIST, mknod("f", S_IFIFO | 0644, 0));
  ERR(EEXIST, mknod("f", S_IFREG | 0644, 0));
}

CHECK(mknod_directory_is_EPERM_or_EINVAL) {
  errno = 0;
  EQ(-1, mknod("d", S_IFDIR | 0755, 0));
  TRUE(errno == EPERM || errno == EINVAL);
}

CHECK(mknod_of_device_without_privilege_is_EPERM) {
  OK(chmod(".", 0777));
  AS(USER_A, GROUP_A) {
    ERR(EPERM, mknod("c", S_IFCHR | 0600, makedev(1, 3)));
    OK(mkfifo("p", 0600));
    EQ(USER_A, stat_of("p").st_uid);
  }
}

CHECK(mknod_obeys_umask) {
  umask(026);
  OK(mknod("p", S_IFIFO | 0666, 0));
  EQ(0640, stat_of("p").st_mode & 07777);
}

CHECK(unix_socket_can_be_bound_and_connected) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "sock"};
  int server = (int)OK(socket(AF_UNIX, SOCK_STREAM, 0));
  OK(bind(server, (struct sockaddr *)&address, sizeof(address)));
  TRUE(S_ISSOCK(stat_of("sock").st_mode));
  OK(listen(server, 1));
  int client = (int)OK(socket(AF_UNIX, SOCK_STREAM, 0));
  OK(connect(client, (struct sockaddr *)&address, sizeof(address)));
  ERR(EADDRINUSE, bind((int)OK(socket(AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *)&address,
                       sizeof(address)));
}
