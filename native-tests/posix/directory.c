/* mkdir(2), rmdir(2), getdents(2), telldir(3), seekdir(3), the current directory. */
#include "check.h"

CHECK(mkdir_makes_an_empty_directory) {
  OK(mkdir("d", 0750));
  struct stat st = stat_of("d");
  TRUE(S_ISDIR(st.st_mode));
  EQ(0750, st.st_mode & 07777);
  EQ(0, count_entries("d"));
  TRUE(listed("d", "."));
  TRUE(listed("d", ".."));
}

CHECK(mkdir_obeys_umask) {
  umask(077);
  OK(mkdir("d", 0777));
  EQ(0700, stat_of("d").st_mode & 07777);
}

CHECK(mkdir_keeps_sticky_and_drops_suid) {
  umask(0);
  OK(mkdir("d", 01777));
  EQ(01777, stat_of("d").st_mode & 07777);
}

CHECK(mkdir_existing_is_EEXIST) {
  OK(mkdir("d", 0755));
  make_file("f", 0644);
  OK(symlink("nowhere", "s"));
  ERR(EEXIST, mkdir("d", 0755));
  ERR(EEXIST, mkdir("f", 0755));
  ERR(EEXIST, mkdir("s", 0755));
  ERR(EEXIST, mkdir(".", 0755));
}

CHECK(mkdir_in_absent_directory_is_ENOENT) { ERR(ENOENT, mkdir("a/b", 0755)); }

CHECK(mkdir_beneath_a_file_is_ENOTDIR) {
  make_file("f", 0644);
  ERR(ENOTDIR, mkdir("f/d", 0755));
}

CHECK(mkdir_with_trailing_slash_works) {
  OK(mkdir("d/", 0755));
  TRUE(S_ISDIR(stat_of("d").st_mode));
}

CHECK(mkdir_moves_parent_times) {
  set_times(".", 1000);
  struct stat before = stat_of(".");
  tick();
  OK(mkdir("d", 0755));
  TRUE(stat_of(".").st_mtime > 1000);
  TRUE(ts_after(stat_of(".").st_ctim, before.st_ctim));
  EQ(1000, before.st_mtime);
}

CHECK(mkdir_raises_and_rmdir_lowers_parent_nlink_or_it_stays_1) {
  nlink_t before = stat_of(".").st_nlink;
  OK(mkdir("d", 0755));
  nlink_t with = stat_of(".").st_nlink;
  OK(rmdir("d"));
  nlink_t after = stat_of(".").st_nlink;
  if (before == 1) {
    EQ(1, with);
    EQ(1, after);
  } else {
    EQ(2, before);
    EQ(3, with);
    EQ(2, after);
  }
}

CHECK(rmdir_removes) {
  OK(mkdir("d", 0755));
  OK(rmdir("d"));
  ERR(ENOENT, access("d", F_OK));
  TRUE(!listed(".", "d"));
}

CHECK(rmdir_absent_is_ENOENT) { ERR(ENOENT, rmdir("d")); }

CHECK(rmdir_file_is_ENOTDIR) {
  make_file("f", 0644);
  OK(symlink(".", "s"));
  ERR(ENOTDIR, rmdir("f"));
  ERR(ENOTDIR, rmdir("s"));
}

CHECK(rmdir_not_empty_is_ENOTEMPTY) {
  OK(mkdir("d", 0755));
  make_file("d/f", 0644);
  ERR(ENOTEMPTY, rmdir("d"));
  TRUE(listed("d", "f"));
}

CHECK(rmdir_dot_is_EINVAL_and_dotdot_is_ENOTEMPTY) {
  OK(mkdir("d", 0755));
  ERR(EINVAL, rmdir("d/."));
  ERR(ENOTEMPTY, rmdir("d/.."));
}

CHECK(rmdir_moves_parent_times) {
  OK(mkdir("d", 0755));
  set_times(".", 1000);
  struct stat before = stat_of(".");
  tick();
  OK(rmdir("d"));
  TRUE(stat_of(".").st_mtime > 1000);
  TRUE(ts_after(stat_of(".").st_ctim, before.st_ctim));
}

CHECK(failed_rmdir_leaves_parent_times) {
  OK(mkdir("d", 0755));
  make_file("d/f", 0644);
  set_times(".", 1000);
  ERR(ENOTEMPTY, rmdir("d"));
  EQ(1000, stat_of(".").st_mtime);
}

CHECK(rmdir_then_mkdir_of_the_same_name_is_empty) {
  OK(mkdir("d", 0755));
  make_file("d/f", 0644);
  OK(unlink("d/f"));
  OK(rmdir("d"));
  OK(mkdir("d", 0700));
  EQ(0, count_entries("d"));
  EQ(0700, stat_of("d").st_mode & 07777);
}

CHECK(removed_current_directory_can_not_create_but_can_be_left) {
  OK(mkdir("d", 0755));
  OK(chdir("d"));
  OK(rmdir("../d"));
  ERR(ENOENT, open("f", O_CREAT | O_RDWR, 0644));
  ERR(ENOENT, mkdir("e", 0755));
  ERR(ENOENT, symlink("x", "s"));
  char cwd[PATH_MAX];
  TRUE(getcwd(cwd, sizeof(cwd)) == NULL && errno == ENOENT);
  DIR *d = opendir(".");
  if (d) {
    TRUE(readdir(d) == NULL);
    closedir(d);
  }
  OK(chdir(".."));
  TRUE(!listed(".", "d"));
}

CHECK(removed_directory_is_not_revived_by_one_of_the_same_name) {
  OK(mkdir("d", 0755));
  int old = (int)OK(open("d", O_RDONLY | O_DIRECTORY));
  OK(rmdir("d"));
  OK(mkdir("d", 0755));
  make_file("d/f", 0644);
  ERR(ENOENT, openat(old, "f", O_RDONLY));
  ERR(ENOENT, openat(old, "g", O_CREAT | O_RDWR, 0644));
  EQ(0, fstat_of(old).st_nlink > 1);
}

CHECK(directory_descriptor_follows_a_rename) {
  OK(mkdir("d", 0755));
  int fd = (int)OK(open("d", O_RDONLY | O_DIRECTORY));
  OK(rename("d", "e"));
  OK(close((int)OK(openat(fd, "f", O_CREAT | O_RDWR, 0644))));
  TRUE(listed("e", "f"));
}

CHECK(getcwd_follows_a_rename) {
  OK(mkdir("d", 0755));
  OK(chdir("d"));
  OK(rename("../d", "../renamed"));
  char cwd[PATH_MAX];
  TRUE(getcwd(cwd, sizeof(cwd)) != NULL);
  STREQ("renamed", strrchr(cwd, '/') + 1);
}

CHECK(readdir_d_type_and_d_ino_agree_with_lstat) {
  make_file("reg", 0644);
  OK(mkdir("dir", 0755));
  OK(symlink("x", "lnk"));
  OK(mkfifo("fifo", 0644));
  OK(mknod("sock", S_IFSOCK | 0644, 0));
  OK(mknod("chr", S_IFCHR | 0644, makedev(1, 3)));
  OK(mknod("blk", S_IFBLK | 0644, makedev(7, 200)));
  OK(link("reg", "reg2"));
  DIR *d = opendir(".");
  struct dirent *e;
  int n = 0;
  while ((e = readdir(d))) {
    struct stat st = stat_of(e->d_name);
    if (strcmp(e->d_name, "..") != 0) {
      if (e->d_ino != st.st_ino) FAIL("%s: d_ino %lu st_ino %lu", e->d_name, e->d_ino, st.st_ino);
    }
    if (e->d_type != DT_UNKNOWN && e->d_type != IFTODT(st.st_mode))
      FAIL("%s: d_type %d mode %o", e->d_name, e->d_type, st.st_mode);
    n++;
  }
  EQ(10, n);
}

CHECK(readdir_dotdot_ino_is_the_parents) {
  OK(mkdir("d", 0755));
  DIR *d = opendir("d");
  struct dirent *e;
  bool seen = false;
  while ((e = readdir(d))) {
    if (strcmp(e->d_name, "..") != 0) continue;
    EQ(stat_of(".").st_ino, e->d_ino);
    seen = true;
  }
  TRUE(seen);
}

static void make_many(int n) {
  char name[40];
  for (int i = 0; i < n; i++) {
    snprintf(name, sizeof(name), "entry-with-a-longer-name-%d", i);
    make_file(name, 0644);
  }
}

CHECK(readdir_of_3000_entries_gives_each_once) {
  make_many(3000);
  char *seen = calloc(3000, 1);
  DIR *d = opendir(".");
  struct dirent *e;
  int n = 0;
  while ((e = readdir(d))) {
    int i;
    if (sscanf(e->d_name, "entry-with-a-longer-name-%d", &i) != 1) continue;
    if (seen[i]++) FAIL("%s twice", e->d_name);
    n++;
  }
  EQ(3000, n);
}

CHECK(seekdir_returns_to_every_telldir_position) {
  make_many(500);
  DIR *d = opendir(".");
  long at[600];
  char names[600][64];
  int n = 0;
  struct dirent *e;
  at[0] = telldir(d);
  while ((e = readdir(d))) {
    strcpy(names[n], e->d_name);
    at[++n] = telldir(d);
  }
  EQ(502, n);
  for (int i = n - 1; i >= 0; i -= 3) {
    seekdir(d, at[i]);
    e = readdir(d);
    TRUE(e != NULL);
    STREQ(names[i], e->d_name);
  }
  seekdir(d, at[n]);
  TRUE(readdir(d) == NULL);
}

CHECK(rewinddir_sees_what_was_created_since) {
  make_many(10);
  DIR *d = opendir(".");
  while (readdir(d)) {
  }
  make_file("new", 0644);
  OK(unlink("entry-with-a-longer-name-3"));
  rewinddir(d);
  bool new = false, removed = false;
  struct dirent *e;
  while ((e = readdir(d))) {
    new |= strcmp(e->d_name, "new") == 0;
    removed |= strcmp(e->d_name, "entry-with-a-longer-name-3") == 0;
  }
  TRUE(new);
  TRUE(!removed);
}

CHECK(readdir_while_entries_are_removed_misses_none) {
  make_many(1000);
  DIR *d = opendir(".");
  struct dirent *e;
  int n = 0;
  while ((e = readdir(d))) {
    if (e->d_name[0] == '.') continue;
    OK(unlink(e->d_name));
    n++;
  }
  EQ(1000, n);
  EQ(0, count_entries("."));
}

CHECK(readdir_while_entries_are_added_gives_the_old_ones_once) {
  make_many(600);
  DIR *d = opendir(".");
  struct dirent *e;
  char *seen = calloc(600, 1);
  int old = 0, added = 0;
  while ((e = readdir(d))) {
    int i;
    if (sscanf(e->d_name, "entry-with-a-longer-name-%d", &i) == 1) {
      if (seen[i]++) FAIL("%s twice", e->d_name);
      old++;
    }
    if (added < 600) {
      char name[20];
      snprintf(name, sizeof(name), "added%d", added++);
      make_file(name, 0644);
    }
  }
  EQ(600, old);
}

CHECK(two_streams_of_one_directory_do_not_disturb_each_other) {
  make_many(300);
  DIR *a = opendir("."), *b = opendir(".");
  int na = 0, nb = 0;
  while (readdir(a)) {
    na++;
    if (na % 2) nb += readdir(b) != NULL;
  }
  while (readdir(b)) nb++;
  EQ(302, na);
  EQ(302, nb);
}

CHECK(getdents_with_a_small_buffer_gives_all_and_EINVAL_when_too_small) {
  make_many(50);
  int fd = (int)OK(open(".", O_RDONLY | O_DIRECTORY));
  char buffer[128];
  ERR(EINVAL, syscall(SYS_getdents64, fd, buffer, 10));
  int n = 0;
  long length;
  while ((length = OK(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)))) > 0) {
    for (long at = 0; at < length; at += *(unsigned short *)(buffer + at + 16)) n++;
  }
  EQ(52, n);
}

CHECK(getdents_of_a_file_is_ENOTDIR) {
  make_file("f", 0644);
  int fd = (int)OK(open("f", O_RDONLY));
  char buffer[128];
  ERR(ENOTDIR, syscall(SYS_getdents64, fd, buffer, sizeof(buffer)));
}

CHECK(opendir_without_read_permission_is_EACCES) {
  OK(mkdir("d", 0711));
  OK(chmod(".", 0755));
  make_file("d/f", 0644);
  AS(USER_A, GROUP_A) {
    TRUE(opendir("d") == NULL && errno == EACCES);
    OK(access("d/f", R_OK));
  }
}

CHECK(readdir_moves_the_listing_after_every_change) {
  for (int i = 0; i < 20; i++) {
    char name[10], other[10];
    snprintf(name, sizeof(name), "f%d", i);
    snprintf(other, sizeof(other), "g%d", i);
    make_file(name, 0644);
    TRUE(listed(".", name));
    OK(rename(name, other));
    TRUE(!listed(".", name));
    TRUE(listed(".", other));
    OK(unlink(other));
    TRUE(!listed(".", other));
    EQ(0, count_entries("."));
  }
}

CHECK(fsync_of_a_directory_works) {
  int fd = (int)OK(open(".", O_RDONLY | O_DIRECTORY));
  make_file("f", 0644);
  OK(fsync(fd));
  OK(fdatasync(fd));
}

CHECK(fchdir_works) {
  OK(mkdir("d", 0755));
  make_file("d/f", 0644);
  int fd = (int)OK(open("d", O_PATH));
  OK(fchdir(fd));
  OK(access("f", F_OK));
}

CHECK(chdir_without_search_permission_is_EACCES) {
  OK(chmod(".", 0755));
  OK(mkdir("d", 0744));
  AS(USER_A, GROUP_A) {
    ERR(EACCES, chdir("d"));
    ERR(EACCES, access("d/x", F_OK));
  }
}

CHECK(rm_rf_of_a_deep_tree) {
  char path[2000] = "t";
  for (int i = 0; i < 60; i++) {
    OK(mkdir(path, 0755));
    char f[2100];
    snprintf(f, sizeof(f), "%s/file", path);
    make_content(f, "x");
    strcat(path, "/sub");
  }
  EQ(0, system("rm -rf t"));
  EQ(0, count_entries("."));
}
