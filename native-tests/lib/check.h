/*
 * A small frame for checks of a file system.
 *
 * Each CHECK runs in a forked child whose working directory is a fresh empty directory on the file
 * system under test, with umask 022 and an alarm. It ends at the first failed assertion, which prints
 * where and what. The output is TAP with a summary line that scripts/test adds up.
 */
#ifndef STRATAFS_CHECK_H
#define STRATAFS_CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

struct check {
  const char *name;
  void (*run)(void);
  struct check *next;
};

void check_register(struct check *check);

/* Defines and registers a check; the name is its claim. */
#define CHECK(name)                                            \
  static void name(void);                                      \
  static struct check check_##name = {#name, name, NULL};      \
  __attribute__((constructor)) static void register_##name(void) { \
    check_register(&check_##name);                             \
  }                                                            \
  static void name(void)

_Noreturn void check_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void check_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define FAIL(...) check_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(...) check_skip(__VA_ARGS__)

/* The call succeeds; its value is the value of the expression. */
#define OK(call)                                                                        \
  ({                                                                                    \
    long ok_ = (long)(call);                                                            \
    if (ok_ == -1) FAIL("%s: %s", #call, strerrorname_np(errno));                       \
    ok_;                                                                                \
  })

/* The call fails with this errno. */
#define ERR(error, call)                                                                   \
  do {                                                                                     \
    errno = 0;                                                                             \
    long err_ = (long)(call);                                                              \
    if (err_ != -1) FAIL("%s: succeeded with %ld, expected %s", #call, err_, #error);      \
    if (errno != (error)) FAIL("%s: %s, expected %s", #call, strerrorname_np(errno), #error); \
  } while (0)

#define TRUE(condition)                            \
  do {                                             \
    if (!(condition)) FAIL("not so: %s", #condition); \
  } while (0)

#define EQ(expected, actual)                                                              \
  do {                                                                                    \
    long long eq_e_ = (long long)(expected), eq_a_ = (long long)(actual);                 \
    if (eq_e_ != eq_a_)                                                                   \
      FAIL("%s is %lld (%#llo), expected %s = %lld (%#llo)", #actual, eq_a_,              \
           (unsigned long long)eq_a_, #expected, eq_e_, (unsigned long long)eq_e_);       \
  } while (0)

#define STREQ(expected, actual)                                                             \
  do {                                                                                      \
    const char *se_ = (expected), *sa_ = (actual);                                          \
    if (strcmp(se_, sa_) != 0) FAIL("%s is \"%s\", expected \"%s\"", #actual, sa_, se_);    \
  } while (0)

/* Programs with fixtures define it: writes the fixture of check `name` beneath `where`. */
void check_prepare(const char *where, const char *name);

/* Runs the block that follows in a child as this user, group and supplementary groups. */
struct as_user {
  bool child;
};
struct as_user as_begin(uid_t uid, gid_t gid, size_t count, const gid_t *groups);
#define AS(uid, gid, ...)                                                          \
  for (struct as_user as_ = as_begin(uid, gid, sizeof((gid_t[]){__VA_ARGS__}) / sizeof(gid_t), \
                                     (gid_t[]){__VA_ARGS__});                      \
       as_.child; _exit(0))

/* Runs the block that follows in a child process and waits for it. */
#define IN_CHILD for (struct as_user in_ = child_begin(); in_.child; _exit(0))
struct as_user child_begin(void);

/* Fixtures; all fail the check when they cannot do it. */
int make_file(const char *path, mode_t mode); /* empty; closes it and gives 0 */
void make_content(const char *path, const char *text);
void expect_content(const char *path, const char *text);
void expect_fd_content(int fd, const char *text);
struct stat stat_of(const char *path);  /* lstat */
struct stat fstat_of(int fd);
char *name_of_length(size_t length, char fill); /* malloc'ed */
bool listed(const char *dir, const char *name);
int count_entries(const char *dir); /* without "." and ".." */
void set_times(const char *path, time_t seconds);      /* atime and mtime, not following */
void tick(void); /* lets the file system's clock move on: timestamps are as coarse as a jiffy */
bool ts_after(struct timespec a, struct timespec b);
bool ts_equal(struct timespec a, struct timespec b);
extern const char *check_root; /* absolute path of the directory all checks run beneath */
extern const char *check_kind; /* plain, overlay, stratafs: what is under test, for reasons of skips */
void write_file(const char *path, const char *text); /* for /proc */

#define USER_A 1001
#define USER_B 1002
#define GROUP_A 2001
#define GROUP_B 2002

#endif
