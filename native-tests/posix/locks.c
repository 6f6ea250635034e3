/* POSIX locks, open file description locks, flock(2), leases. */
#include "check.h"

#include <sys/file.h>

static int posix_lock(int fd, int command, short type, off_t start, off_t length) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  return fcntl(fd, command, &lock);
}

CHECK(posix_lock_excludes_another_process) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDWR));
  OK(posix_lock(fd, F_SETLK, F_WRLCK, 0, 5));
  IN_CHILD {
    int other = (int)OK(open("f", O_RDWR));
    ERR(EAGAIN, posix_lock(other, F_SETLK, F_RDLCK, 0, 1));
    OK(posix_lock(other, F_SETLK, F_WRLCK, 5, 5));
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 3};
    OK(fcntl(other, F_GETLK, &lock));
    EQ(F_WRLCK, lock.l_type);
    EQ(getppid(), lock.l_pid);
    EQ(5, lock.l_len);
  }
  OK(posix_lock(fd, F_SETLK, F_UNLCK, 0, 0));
  IN_CHILD { OK(posix_lock((int)OK(open("f", O_RDWR)), F_SETLK, F_WRLCK, 0, 0)); }
}

CHECK(posix_read_locks_are_shared) {
  make_content("f", "x");
  int fd = (int)OK(open("f", O_RDWR));
  OK(posix_lock(fd, F_SETLK, F_RDLCK, 0, 0));
  IN_CHILD {
    int other = (int)OK(open("f", O_RDWR));
    OK(posix_lock(other, F_SETLK, F_RDLCK, 0, 0));
    ERR(EAGAIN, posix_lock(other, F_SETLK, F_WRLCK, 0, 0));
  }
}

CHECK(posix_lock_is_dropped_by_closing_any_descriptor) {
  make_content("f", "x");
  int fd = (int)OK(open("f", O_RDWR));
  OK(posix_lock(fd, F_SETLK, F_WRLCK, 0, 0));
  OK(close((int)OK(open("f", O_RDONLY))));
  IN_CHILD { OK(posix_lock((int)OK(open("f", O_RDWR)), F_SETLK, F_WRLCK, 0, 0)); }
}

CHECK(posix_lock_waits_and_is_granted) {
  make_content("f", "x");
  int fd = (int)OK(open("f", O_RDWR));
  int ends[2];
  OK(pipe(ends));
  pid_t pid = fork();
  if (pid == 0) {
    OK(posix_lock(fd, F_SETLK, F_WRLCK, 0, 0));
    OK(write(ends[1], "x", 1));
    usleep(200000);
    OK(pwrite(fd, "written", 7, 0));
    _exit(0);
  }
  char c;
  OK(read(ends[0], &c, 1));
  OK(posix_lock(fd, F_SETLKW, F_WRLCK, 0, 0));
  expect_fd_content(fd, "written");
  OK(waitpid(pid, NULL, 0));
}

CHECK(posix_lock_deadlock_is_EDEADLK) {
  make_content("f", "0123456789");
  int fd = (int)OK(open("f", O_RDWR));
  OK(posix_lock(fd, F_SETLK, F_WRLCK, 0, 1));
  pid_t pid = fork();
  if (pid == 0) {
    OK(posix_lock(fd, F_SETLK, F_WRLCK, 1, 1));
    posix_lock(fd, F_SETLKW, F_WRLCK, 0, 1);
    _exit(0);
  }
  usleep(200000);
  ERR(EDEADLK, posix_lock(fd, F_SETLKW, F_WRLCK, 1, 1));
  OK(posix_lock(fd, F_SETLK, F_UNLCK, 0, 1));
  OK(waitpid(pid, NULL, 0));
}

CHECK(posix_write_lock_on_read_only_descriptor_is_EBADF) {
  make_content("f", "x");
  ERR(EBADF, posix_lock((int)OK(open("f", O_RDONLY)), F_SETLK, F_WRLCK, 0, 0));
}

CHECK(ofd_lock_excludes_another_description_of_the_same_process) {
  make_content("f", "x");
  int a = (int)OK(open("f", O_RDWR)), b = (int)OK(open("f", O_RDWR));
  OK(posix_lock(a, F_OFD_SETLK, F_WRLCK, 0, 0));
  ERR(EAGAIN, posix_lock(b, F_OFD_SETLK, F_WRLCK, 0, 0));
  int dup_of_a = (int)OK(dup(a));
  OK(posix_lock(dup_of_a, F_OFD_SETLK, F_WRLCK, 0, 0));
  OK(close(a));
  ERR(EAGAIN, posix_lock(b, F_OFD_SETLK, F_WRLCK, 0, 0));
  OK(close(dup_of_a));
  OK(posix_lock(b, F_OFD_SETLK, F_WRLCK, 0, 0));
}

CHECK(flock_excludes_and_is_shared) {
  make_content("f", "x");
  int a = (int)OK(open("f", O_RDONLY)), b = (int)OK(open("f", O_RDONLY));
  OK(flock(a, LOCK_EX));
  ERR(EWOULDBLOCK, flock(b, LOCK_SH | LOCK_NB));
  OK(flock(a, LOCK_SH));
  OK(flock(b, LOCK_SH | LOCK_NB));
  ERR(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
  OK(flock(a, LOCK_UN));
  OK(flock(b, LOCK_EX | LOCK_NB));
}

CHECK(flock_on_a_directory) {
  int a = (int)OK(open(".", O_RDONLY)), b = (int)OK(open(".", O_RDONLY));
  OK(flock(a, LOCK_EX));
  ERR(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
}

CHECK(locks_of_an_unlinked_file) {
  make_content("f", "x");
  int a = (int)OK(open("f", O_RDWR)), b = (int)OK(open("f", O_RDWR));
  OK(unlink("f"));
  OK(flock(a, LOCK_EX));
  ERR(EWOULDBLOCK, flock(b, LOCK_EX | LOCK_NB));
}
