/*
 * Several processes do random namespace and data operations in one tree at once; afterwards the tree must
 * be readable as a whole and agree with itself.
 *
 *   hammer [-p PROCESSES] [-n OPERATIONS] [-s SEED] DIRECTORY
 *
 * While it runs only these errnos are in order: ENOENT EEXIST ENOTEMPTY ENOTDIR EISDIR ELOOP EXDEV EINVAL
 * EBUSY ENXIO ETXTBSY ENODATA EOPNOTSUPP EPERM EACCES EMLINK; others (EIO, ESTALE, ENOMEM, ENOSPC, ...) are failures.
 * Each file holds its own stamp in every 16-byte slot, so that data that mixes two files is seen.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { SLOT = 16, NAMES = 12, DEPTH = 3 };

static uint64_t state;
static uint64_t next_random(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static unsigned below(unsigned n) { return (unsigned)(next_random() % n); }

static bool in_order(int error) {
  static const int errors[] = {ENOENT, EEXIST, ENOTEMPTY, ENOTDIR, EISDIR, ELOOP,      EXDEV, EINVAL,
                               EBUSY,  ENXIO,  ETXTBSY,   ENODATA, EPERM,  EOPNOTSUPP, EMLINK, EACCES};
  for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
    if (errors[i] == error) return true;
  return false;
}

static int failures;
static void verdict(long result, const char *what, const char *path) {
  if (result >= 0 || in_order(errno)) return;
  printf("not ok hammer: %s %s: %s\n", what, path, strerrorname_np(errno));
  failures++;
}

static void random_path(char *out) {
  int depth = 1 + (int)below(DEPTH);
  char *at = out;
  for (int i = 0; i < depth; i++) at += sprintf(at, "%s%c%u", i ? "/" : "", i == depth - 1 ? 'n' : 'd', below(NAMES));
}

static void random_directory(char *out) {
  int depth = 1 + (int)below(DEPTH - 1);
  char *at = out;
  for (int i = 0; i < depth; i++) at += sprintf(at, "%sd%u", i ? "/" : "", below(NAMES));
}

static void check_slots(int fd, const char *path) {
  char data[SLOT * 64];
  ssize_t n = pread(fd, data, sizeof(data), 0);
  verdict(n, "read", path);
  for (ssize_t i = 0; i + SLOT <= n; i += SLOT) {
    if (data[i] == 0) continue;
    if (memcmp(data + i, "stamp", 5) != 0 || data[i + SLOT - 1] != '\n') {
      printf("not ok hammer: %s: torn slot at %zd\n", path, i);
      failures++;
      return;
    }
  }
}

static void write_slots(int fd, const char *path) {
  char slot[SLOT + 1];
  snprintf(slot, sizeof(slot), "stamp%010llu\n", (unsigned long long)(next_random() % 10000000000u));
  verdict(pwrite(fd, slot, SLOT, (off_t)below(64) * SLOT), "write", path);
}

static void one_operation(void) {
  char a[100], b[100], target[100];
  random_path(a);
  random_path(b);
  struct stat st;
  int fd;
  switch (below(22)) {
    case 0: case 1: case 2:
      verdict(fd = open(a, O_CREAT | O_RDWR | O_NOFOLLOW | (below(4) ? 0 : O_EXCL), 0644), "create", a);
      if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        write_slots(fd, a);
        check_slots(fd, a);
      }
      if (fd >= 0) close(fd);
      break;
    case 3: case 4:
      verdict(fd = open(a, O_RDWR | O_NOFOLLOW | O_NONBLOCK), "open", a);
      if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        check_slots(fd, a);
        write_slots(fd, a);
        if (below(5) == 0) verdict(ftruncate(fd, (off_t)below(64) * SLOT), "ftruncate", a);
        if (below(10) == 0) verdict(fsync(fd), "fsync", a);
      }
      if (fd >= 0) close(fd);
      break;
    case 5: case 6: verdict(unlink(a), "unlink", a); break;
    case 7: case 8: verdict(rename(a, b), "rename", a); break;
    case 9: verdict(link(a, b), "link", a); break;
    case 10: verdict(symlink("n1", a), "symlink", a); break;
    case 11: verdict(mknod(a, S_IFIFO | 0644, 0), "mknod", a); break;
    case 12: case 13:
      random_directory(a);
      verdict(mkdir(a, 0755), "mkdir", a);
      break;
    case 14:
      random_directory(a);
      verdict(rmdir(a), "rmdir", a);
      break;
    case 15:
      random_directory(a);
      random_directory(b);
      verdict(syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, below(3)), "renameat2 of directory", a);
      break;
    case 16: verdict(syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 1 + below(2)), "renameat2", a); break;
    case 17: verdict(lstat(a, &st), "lstat", a); break;
    case 18: verdict(chmod(a, below(2) ? 0644 : 0600), "chmod", a); break;
    case 19: verdict(readlink(a, target, sizeof(target)), "readlink", a); break;
    case 20: verdict(lsetxattr(a, "user.h", "v", 1, 0), "setxattr", a); break;
    case 21: {
      random_directory(a);
      DIR *d = opendir(a);
      verdict(d ? 0 : -1, "opendir", a);
      if (d) {
        errno = 0;
        while (readdir(d)) errno = 0;
        verdict(errno ? -1 : 0, "readdir", a);
        closedir(d);
      }
      break;
    }
  }
}

/* Everything listed can be read, and everything counted is right. */
static void check_tree(int dir, const char *name) {
  DIR *d = fdopendir(dir);
  struct dirent *e;
  while ((e = readdir(d))) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", name, e->d_name);
    struct stat st;
    if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
      printf("not ok hammer: %s is listed, lstat says %s\n", path, strerrorname_np(errno));
      failures++;
      continue;
    }
    if (st.st_ino != e->d_ino || (e->d_type != DT_UNKNOWN && e->d_type != IFTODT(st.st_mode))) {
      printf("not ok hammer: %s: d_ino %lu st_ino %lu d_type %d mode %o\n", path, e->d_ino, st.st_ino, e->d_type, st.st_mode);
      failures++;
    }
    if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
      int fd = openat(dirfd(d), e->d_name, O_RDONLY | O_NOFOLLOW);
      if (fd < 0) {
        printf("not ok hammer: %s: open: %s\n", path, strerrorname_np(errno));
        failures++;
      } else if (S_ISDIR(st.st_mode)) {
        check_tree(fd, path);
      } else {
        check_slots(fd, path);
        close(fd);
      }
    }
  }
  closedir(d);
}

int main(int argc, char **argv) {
  unsigned processes = 4;
  long operations = 5000;
  uint64_t seed = 1;
  int option;
  while ((option = getopt(argc, argv, "p:n:s:")) != -1) {
    if (option == 'p') processes = (unsigned)atoi(optarg);
    else if (option == 'n') operations = atol(optarg);
    else if (option == 's') seed = strtoull(optarg, NULL, 0);
    else return 2;
  }
  if (optind >= argc || chdir(argv[optind]) < 0) {
    fprintf(stderr, "usage: %s [-p PROCESSES] [-n OPERATIONS] [-s SEED] DIRECTORY\n", argv[0]);
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (unsigned p = 0; p < processes; p++) {
    if (fork() == 0) {
      state = seed * 1000003 + p;
      for (long i = 0; i < operations && failures < 10; i++) one_operation();
      _exit(failures != 0);
    }
  }
  int status;
  bool bad = false;
  while (wait(&status) > 0) bad |= status != 0;
  check_tree(open(".", O_RDONLY | O_DIRECTORY), argv[optind]);
  if (bad || failures) printf("# seed %llu\n", (unsigned long long)seed);
  printf("%d passed, %d failed, 0 skipped\n", !(bad || failures), bad || failures);
  return bad || failures;
}
