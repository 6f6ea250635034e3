/* open(2), creat(2), close(2): flags and errnos. */
#include "check.h"

#include <signal.h>

CHECK(open_creat_makes_an_empty_regular_file) {
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0640));
  struct stat st = fstat_of(fd);
  TRUE(S_ISREG(st.st_mode));
  EQ(0640, st.st_mode & 07777);
  EQ(0, st.st_size);
  EQ(1, st.st_nlink);
  EQ(0, st.st_blocks);
}

CHECK(open_creat_obeys_umask) {
  umask(027);
  make_file("f", 0666);
  EQ(0640, stat_of("f").st_mode & 07777);
}

CHECK(open_creat_umask_zero_gives_all_bits) {
  umask(0);
  make_file("f", 06777);
  EQ(06777, stat_of("f").st_mode & 07777);
}

CHECK(open_creat_without_read_permission_still_gives_a_writable_descriptor) {
  AS(USER_A, GROUP_A) {
    umask(0);
    ERR(EACCES, open("f", O_CREAT | O_RDWR, 0));
  }
  OK(chmod(".", 0777));
  AS(USER_A, GROUP_A) {
    int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0));
    EQ(3, OK(write(fd, "abc", 3)));
    EQ(0, fstat_of(fd).st_mode & 07777);
    ERR(EACCES, open("f", O_RDONLY));
  }
}

CHECK(open_creat_read_only_mode_0444_can_be_written_through_the_first_descriptor) {
  OK(chmod(".", 0777));
  AS(USER_A, GROUP_A) {
    int fd = (int)OK(open("f", O_CREAT | O_EXCL | O_WRONLY, 0444));
    EQ(3, OK(write(fd, "abc", 3)));
    OK(close(fd));
    expect_content("f", "abc");
    ERR(EACCES, open("f", O_WRONLY));
  }
}

CHECK(open_creat_of_existing_keeps_content_and_mode) {
  make_content("f", "old");
  OK(chmod("f", 0600));
  int fd = (int)OK(open("f", O_CREAT | O_RDWR, 0777));
  expect_fd_content(fd, "old");
  EQ(0600, fstat_of(fd).st_mode & 07777);
}

CHECK(open_excl_of_existing_is_EEXIST) {
  make_file("f", 0644);
  ERR(EEXIST, open("f", O_CREAT | O_EXCL | O_RDWR, 0644));
}

CHECK(open_excl_of_directory_is_EEXIST) {
  OK(mkdir("d", 0755));
  ERR(EEXIST, open("d", O_CREAT | O_EXCL | O_RDWR, 0644));
}

CHECK(open_excl_of_symlink_is_EEXIST_even_when_it_dangles) {
  OK(symlink("nowhere", "s"));
  ERR(EEXIST, open("s", O_CREAT | O_EXCL | O_RDWR, 0644));
  ERR(ENOENT, access("nowhere", F_OK));
}

CHECK(open_creat_through_dangling_symlink_creates_its_target) {
  OK(symlink("target", "s"));
  OK(close((int)OK(open("s", O_CREAT | O_RDWR, 0644))));
  TRUE(S_ISREG(stat_of("target").st_mode));
  TRUE(S_ISLNK(stat_of("s").st_mode));
}

CHECK(open_of_absent_is_ENOENT) { ERR(ENOENT, open("f", O_RDONLY)); }
CHECK(open_of_empty_path_is_ENOENT) { ERR(ENOENT, open("", O_RDONLY)); }

CHECK(open_creat_in_absent_directory_is_ENOENT) {
  ERR(ENOENT, open("d/f", O_CREAT | O_RDWR, 0644));
}

CHECK(open_beneath_a_file_is_ENOTDIR) {
  make_file("f", 0644);
  ERR(ENOTDIR, open("f/x", O_RDONLY));
  ERR(ENOTDIR, open("f/x", O_CREAT | O_RDWR, 0644));
}

CHECK(open_of_file_with_trailing_slash_is_ENOTDIR) {
  make_file("f", 0644);
  ERR(ENOTDIR, open("f/", O_RDONLY));
}

CHECK(open_creat_with_trailing_slash_is_EISDIR) {
  ERR(EISDIR, open("f/", O_CREAT | O_RDWR, 0644));
  ERR(ENOENT, access("f", F_OK));
}

CHECK(open_directory_for_writing_is_EISDIR) {
  OK(mkdir("d", 0755));
  ERR(EISDIR, open("d", O_WRONLY));
  ERR(EISDIR, open("d", O_RDWR));
  ERR(EISDIR, open("d", O_RDONLY | O_TRUNC));
  ERR(EISDIR, open("d", O_CREAT | O_RDONLY, 0644));
}

CHECK(open_O_DIRECTORY_of_a_file_is_ENOTDIR) {
  make_file("f", 0644);
  ERR(ENOTDIR, open("f", O_DIRECTORY | O_RDONLY));
}

CHECK(open_O_DIRECTORY_of_a_fifo_is_ENOTDIR_and_does_not_block) {
  OK(mkfifo("p", 0644));
  ERR(ENOTDIR, open("p", O_DIRECTORY | O_RDONLY));
}

CHECK(open_O_DIRECTORY_of_a_directory_lists_it) {
  OK(mkdir("d", 0755));
  int fd = (int)OK(open("d", O_DIRECTORY | O_RDONLY));
  TRUE(S_ISDIR(fstat_of(fd).st_mode));
}

CHECK(read_of_a_directory_is_EISDIR) {
  char c;
  int fd = (int)OK(open(".", O_RDONLY));
  ERR(EISDIR, read(fd, &c, 1));
  ERR(EBADF, write(fd, &c, 1));
}

CHECK(open_O_NOFOLLOW_of_a_symlink_is_ELOOP) {
  make_file("f", 0644);
  OK(symlink("f", "s"));
  ERR(ELOOP, open("s", O_NOFOLLOW | O_RDONLY));
  ERR(ELOOP, open("s", O_NOFOLLOW | O_CREAT | O_RDWR, 0644));
  ERR(ENOTDIR, open("s", O_NOFOLLOW | O_DIRECTORY | O_RDONLY));
}

CHECK(open_O_NOFOLLOW_follows_symlinks_in_the_middle) {
  OK(mkdir("d", 0755));
  make_file("d/f", 0644);
  OK(symlink("d", "s"));
  OK(open("s/f", O_NOFOLLOW | O_RDONLY));
}

CHECK(open_O_PATH_O_NOFOLLOW_of_a_symlink_gives_the_link) {
  OK(symlink("nowhere", "s"));
  int fd = (int)OK(open("s", O_PATH | O_NOFOLLOW));
  TRUE(S_ISLNK(fstat_of(fd).st_mode));
  char target[100];
  EQ(7, OK(readlinkat(fd, "", target, sizeof(target))));
}

CHECK(open_O_PATH_needs_no_permission_and_refuses_io) {
  OK(chmod(".", 0755));
  make_file("f", 0);
  AS(USER_A, GROUP_A) {
    int fd = (int)OK(open("f", O_PATH));
    char c;
    ERR(EBADF, read(fd, &c, 1));
    ERR(EBADF, fchmod(fd, 0777));
    EQ(0, fstat_of(fd).st_size);
  }
}

CHECK(open_O_PATH_can_be_reopened_by_proc) {
  make_content("f", "text");
  int fd = (int)OK(open("f", O_PATH));
  char path[64];
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  expect_content(path, "text");
  int w = (int)OK(open(path, O_WRONLY | O_TRUNC));
  OK(write(w, "new", 3));
  expect_content("f", "new");
}

CHECK(open_symlink_loop_is_ELOOP) {
  OK(symlink("b", "a"));
  OK(symlink("a", "b"));
  ERR(ELOOP, open("a", O_RDONLY));
  ERR(ELOOP, open("a", O_CREAT | O_RDWR, 0644));
}

CHECK(open_forty_symlinks_work_and_forty_one_are_ELOOP) {
  make_content("l0", "end");
  char from[10], to[10];
  for (int i = 1; i <= 41; i++) {
    snprintf(to, sizeof(to), "l%d", i - 1);
    snprintf(from, sizeof(from), "l%d", i);
    OK(symlink(to, from));
  }
  expect_content("l40", "end");
  ERR(ELOOP, open("l41", O_RDONLY));
}

CHECK(open_name_of_255_bytes_works) {
  char *name = name_of_length(255, 'n');
  make_content(name, "x");
  expect_content(name, "x");
  TRUE(listed(".", name));
}

CHECK(open_name_of_256_bytes_is_ENAMETOOLONG) {
  char *name = name_of_length(256, 'n');
  ERR(ENAMETOOLONG, open(name, O_RDONLY));
  ERR(ENAMETOOLONG, open(name, O_CREAT | O_RDWR, 0644));
  ERR(ENAMETOOLONG, mkdir(name, 0755));
  ERR(ENAMETOOLONG, unlink(name));
  ERR(ENAMETOOLONG, rmdir(name));
  ERR(ENAMETOOLONG, symlink("x", name));
  ERR(ENAMETOOLONG, mknod(name, S_IFREG | 0644, 0));
  make_file("f", 0644);
  ERR(ENAMETOOLONG, link("f", name));
  ERR(ENAMETOOLONG, rename("f", name));
  ERR(ENAMETOOLONG, rename(name, "g"));
  struct stat st;
  ERR(ENAMETOOLONG, stat(name, &st));
}

CHECK(names_of_odd_bytes_work) {
  const char *names[] = {"\xff\xfe", "new\nline", "tab\there", " ", "..a", "...", "a\\b", "\x01", "\xc3\xa4",
                         "a:b,c", "\"q\"", ".hidden", "-rf", "*", "\x80\x81\x82"};
  for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
    make_content(names[i], names[i]);
    TRUE(listed(".", names[i]));
  }
  for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) expect_content(names[i], names[i]);
  EQ(sizeof(names) / sizeof(*names), count_entries("."));
}

CHECK(every_byte_but_slash_and_nul_is_a_name) {
  for (int c = 1; c < 256; c++) {
    if (c == '/' || c == '.') continue;
    char name[2] = {(char)c, 0};
    make_file(name, 0644);
  }
  EQ(253, count_entries("."));
}

CHECK(path_of_PATH_MAX_minus_1_works_and_PATH_MAX_is_ENAMETOOLONG) {
  char path[PATH_MAX + 10] = "";
  char *component = name_of_length(200, 'd');
  while (strlen(path) + 201 + 201 < PATH_MAX) {
    strcat(path, component);
    OK(mkdir(path, 0755));
    strcat(path, "/");
  }
  size_t rest = PATH_MAX - 1 - strlen(path);
  while (rest > 255) {
    strcat(path, "e");
    OK(mkdir(path, 0755));
    strcat(path, "/");
    rest -= 2;
  }
  strcat(path, name_of_length(rest, 'f'));
  EQ(PATH_MAX - 1, strlen(path));
  make_content(path, "deep");
  expect_content(path, "deep");
  OK(chmod(path, 0600));
  strcat(path, "f");
  ERR(ENAMETOOLONG, open(path, O_RDONLY));
}

CHECK(tree_deeper_than_PATH_MAX_works_by_chdir) {
  char *component = name_of_length(250, 'd');
  for (int i = 0; i < 20; i++) {
    OK(mkdir(component, 0755));
    OK(chdir(component));
  }
  make_content("f", "bottom");
  expect_content("f", "bottom");
  OK(rename("f", "g"));
  OK(link("g", "h"));
  expect_content("h", "bottom");
  OK(unlink("g"));
  OK(unlink("h"));
  for (int i = 0; i < 20; i++) {
    OK(chdir(".."));
    OK(rmdir(component));
  }
}

CHECK(open_O_TRUNC_empties_and_moves_mtime_and_ctime) {
  make_content("f", "content");
  set_times("f", 1000);
  struct stat before = stat_of("f");
  tick();
  OK(close((int)OK(open("f", O_WRONLY | O_TRUNC))));
  struct stat st = stat_of("f");
  EQ(0, st.st_size);
  TRUE(ts_after(st.st_mtim, before.st_mtim));
  TRUE(ts_after(st.st_ctim, before.st_ctim));
}

CHECK(open_O_TRUNC_of_an_empty_file_moves_mtime) {
  make_file("f", 0644);
  set_times("f", 1000);
  OK(close((int)OK(open("f", O_WRONLY | O_TRUNC))));
  TRUE(stat_of("f").st_mtime > 1000);
}

CHECK(open_O_TRUNC_without_write_permission_is_EACCES_and_keeps_content) {
  OK(chmod(".", 0755));
  make_content("f", "content");
  AS(USER_A, GROUP_A) { ERR(EACCES, open("f", O_WRONLY | O_TRUNC)); }
  expect_content("f", "content");
}

CHECK(open_O_APPEND_writes_at_the_end_whatever_the_offset) {
  make_content("f", "one");
  int a = (int)OK(open("f", O_WRONLY | O_APPEND));
  int b = (int)OK(open("f", O_WRONLY | O_APPEND));
  OK(write(a, "2", 1));
  OK(write(b, "3", 1));
  OK(lseek(a, 0, SEEK_SET));
  OK(write(a, "4", 1));
  EQ(6, lseek(a, 0, SEEK_CUR));
  expect_content("f", "one234");
}

CHECK(pwrite_on_O_APPEND_appends_as_Linux_does) {
  make_content("f", "one");
  int fd = (int)OK(open("f", O_WRONLY | O_APPEND));
  EQ(1, OK(pwrite(fd, "X", 1, 0)));
  expect_content("f", "oneX");
}

CHECK(fcntl_can_set_and_clear_O_APPEND) {
  make_content("f", "one");
  int fd = (int)OK(open("f", O_WRONLY));
  OK(fcntl(fd, F_SETFL, O_APPEND));
  OK(write(fd, "2", 1));
  expect_content("f", "one2");
  OK(fcntl(fd, F_SETFL, 0));
  OK(pwrite(fd, "O", 1, 0));
  expect_content("f", "One2");
}

CHECK(concurrent_appends_lose_nothing) {
  make_file("f", 0644);
  pid_t pids[4];
  for (int i = 0; i < 4; i++) {
    if ((pids[i] = fork()) == 0) {
      int fd = (int)OK(open("f", O_WRONLY | O_APPEND));
      char line[8];
      for (int n = 0; n < 200; n++) {
        snprintf(line, sizeof(line), "%d%05d\n", i, n);
        EQ(7, OK(write(fd, line, 7)));
      }
      _exit(0);
    }
  }
  for (int i = 0; i < 4; i++) {
    int status;
    OK(waitpid(pids[i], &status, 0));
    EQ(0, status);
  }
  EQ(4 * 200 * 7, stat_of("f").st_size);
  FILE *f = fopen("f", "r");
  char line[100];
  int next[4] = {0};
  while (fgets(line, sizeof(line), f)) {
    EQ(7, strlen(line));
    EQ(next[line[0] - '0']++, atoi(line + 1));
  }
}

CHECK(read_on_write_only_and_write_on_read_only_is_EBADF) {
  make_content("f", "x");
  char c;
  int r = (int)OK(open("f", O_RDONLY)), w = (int)OK(open("f", O_WRONLY));
  ERR(EBADF, write(r, "x", 1));
  ERR(EBADF, read(w, &c, 1));
  ERR(EINVAL, ftruncate(r, 0));
}

CHECK(open_fifo_for_writing_without_reader_is_ENXIO) {
  OK(mkfifo("p", 0644));
  ERR(ENXIO, open("p", O_WRONLY | O_NONBLOCK));
}

CHECK(fifo_carries_data) {
  OK(mkfifo("p", 0644));
  int r = (int)OK(open("p", O_RDONLY | O_NONBLOCK));
  int w = (int)OK(open("p", O_WRONLY));
  OK(write(w, "hello", 5));
  char buffer[10];
  EQ(5, OK(read(r, buffer, sizeof(buffer))));
}

CHECK(open_of_a_socket_is_ENXIO) {
  OK(mknod("s", S_IFSOCK | 0644, 0));
  ERR(ENXIO, open("s", O_RDONLY));
}

CHECK(open_device_null_on_the_mount_works) {
  OK(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
  int fd = open("null", O_RDWR);
  if (fd < 0 && errno == EACCES) SKIP("the file system is mounted nodev");
  OK(fd);
  EQ(4, OK(write(fd, "data", 4)));
  char c;
  EQ(0, OK(read(fd, &c, 1)));
}

CHECK(open_executable_being_run_for_writing_is_ETXTBSY) {
  OK(system("cp /bin/sleep sleep"));
  pid_t pid = fork();
  if (pid == 0) {
    execl("./sleep", "sleep", "30", NULL);
    _exit(3);
  }
  usleep(300000);
  int fd = open("sleep", O_WRONLY);
  int error = errno;
  kill(pid, 9);
  OK(waitpid(pid, NULL, 0));
  if (fd >= 0) FAIL("open for writing succeeded while it runs");
  EQ(ETXTBSY, error);
}

CHECK(exec_of_a_file_open_for_writing_is_ETXTBSY) {
  OK(system("cp /bin/true true"));
  OK(open("true", O_WRONLY));
  IN_CHILD {
    execl("./true", "true", NULL);
    EQ(ETXTBSY, errno);
  }
}

CHECK(exec_without_x_bit_is_EACCES) {
  OK(system("cp /bin/true true; chmod 644 true"));
  IN_CHILD {
    execl("./true", "true", NULL);
    EQ(EACCES, errno);
  }
}

CHECK(exec_of_script_works) {
  make_content("s", "#!/bin/sh\nexit 7\n");
  OK(chmod("s", 0755));
  EQ(7, WEXITSTATUS(system("./s")));
}

CHECK(O_TMPFILE_has_no_name_and_nlink_0) {
  int fd = open(".", O_TMPFILE | O_RDWR, 0640);
  if (fd < 0 && errno == EOPNOTSUPP) SKIP("no O_TMPFILE here");
  OK(fd);
  EQ(0, fstat_of(fd).st_nlink);
  EQ(0640, fstat_of(fd).st_mode & 07777);
  EQ(0, count_entries("."));
  EQ(5, OK(write(fd, "hello", 5)));
  expect_fd_content(fd, "hello");
}

CHECK(O_TMPFILE_can_be_linked_by_proc) {
  int fd = open(".", O_TMPFILE | O_RDWR, 0640);
  if (fd < 0 && errno == EOPNOTSUPP) SKIP("no O_TMPFILE here");
  OK(fd);
  OK(write(fd, "hello", 5));
  char path[64];
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  OK(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
  expect_content("named", "hello");
  EQ(1, fstat_of(fd).st_nlink);
  EQ(stat_of("named").st_ino, fstat_of(fd).st_ino);
  OK(pwrite(fd, "J", 1, 0));
  expect_content("named", "Jello");
}

CHECK(O_TMPFILE_can_be_linked_by_AT_EMPTY_PATH) {
  int fd = open(".", O_TMPFILE | O_WRONLY, 0640);
  if (fd < 0 && errno == EOPNOTSUPP) SKIP("no O_TMPFILE here");
  OK(fd);
  OK(linkat(fd, "", AT_FDCWD, "named", AT_EMPTY_PATH));
  TRUE(listed(".", "named"));
  ERR(EEXIST, linkat(fd, "", AT_FDCWD, "named", AT_EMPTY_PATH));
}

CHECK(O_TMPFILE_with_O_EXCL_can_not_be_linked) {
  int fd = open(".", O_TMPFILE | O_EXCL | O_RDWR, 0640);
  if (fd < 0 && errno == EOPNOTSUPP) SKIP("no O_TMPFILE here");
  OK(fd);
  ERR(ENOENT, linkat(fd, "", AT_FDCWD, "named", AT_EMPTY_PATH));
}

CHECK(O_TMPFILE_read_only_is_EINVAL) { ERR(EINVAL, open(".", O_TMPFILE | O_RDONLY, 0600)); }

CHECK(O_TMPFILE_on_a_file_is_ENOTDIR) {
  make_file("f", 0644);
  ERR(ENOTDIR, open("f", O_TMPFILE | O_RDWR, 0600));
}

CHECK(O_TMPFILE_obeys_umask_and_owner) {
  OK(chmod(".", 0777));
  AS(USER_A, GROUP_A) {
    umask(077);
    int fd = open(".", O_TMPFILE | O_RDWR, 0666);
    if (fd < 0 && errno == EOPNOTSUPP) SKIP("no O_TMPFILE here");
    OK(fd);
    EQ(0600, fstat_of(fd).st_mode & 07777);
    EQ(USER_A, fstat_of(fd).st_uid);
    EQ(GROUP_A, fstat_of(fd).st_gid);
  }
}

CHECK(creat_truncates) {
  make_content("f", "content");
  OK(close((int)OK(creat("f", 0600))));
  EQ(0, stat_of("f").st_size);
  EQ(0644, stat_of("f").st_mode & 07777);
}

CHECK(open_moves_parent_mtime_only_when_it_creates) {
  make_file("f", 0644);
  set_times(".", 1000);
  OK(close((int)OK(open("f", O_CREAT | O_RDWR, 0644))));
  EQ(1000, stat_of(".").st_mtime);
  struct stat before = stat_of(".");
  tick();
  OK(close((int)OK(open("g", O_CREAT | O_RDWR, 0644))));
  TRUE(stat_of(".").st_mtime > 1000);
  TRUE(ts_after(stat_of(".").st_ctim, before.st_ctim));
}

CHECK(open_creat_sets_all_three_times_to_now) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  make_file("f", 0644);
  struct stat st = stat_of("f");
  TRUE(!ts_after(now, st.st_atim) && !ts_after(now, st.st_mtim) && !ts_after(now, st.st_ctim));
}

CHECK(open_O_NOATIME_by_another_user_is_EPERM) {
  OK(chmod(".", 0755));
  make_file("f", 0644);
  AS(USER_A, GROUP_A) { ERR(EPERM, open("f", O_RDONLY | O_NOATIME)); }
}

CHECK(open_ENOENT_then_creat_is_visible_at_once) {
  for (int i = 0; i < 50; i++) {
    char name[20];
    snprintf(name, sizeof(name), "f%d", i);
    ERR(ENOENT, open(name, O_RDONLY));
    make_file(name, 0644);
    OK(close((int)OK(open(name, O_RDONLY))));
    OK(unlink(name));
    ERR(ENOENT, open(name, O_RDONLY));
  }
}

CHECK(many_descriptors_of_one_file_agree) {
  make_content("f", "0");
  int fds[200];
  for (int i = 0; i < 200; i++) fds[i] = (int)OK(open("f", O_RDWR));
  for (int i = 0; i < 200; i += 17) {
    char text[16];
    snprintf(text, sizeof(text), "%d", i);
    OK(ftruncate(fds[i], 0));
    OK(pwrite(fds[i], text, strlen(text), 0));
    for (int j = 0; j < 200; j += 7) expect_fd_content(fds[j], text);
  }
}
