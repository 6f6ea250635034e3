/*
 * The workloads of scripts/bench that are so short, call by call, that an interpreter would be what is measured.
 *
 *   storm WORKLOAD ARGUMENT...     works in the current directory; files of a directory are f0 f1 f2 ...
 *
 * Prints "NANOSECONDS COUNT" (latency: more) for the calls alone, without the start of this process. COUNT is what was
 * really done, in entries or bytes; a call that fails ends the process with its name on standard error.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void must(long long result, const char *what, const char *name) {
  if (result >= 0) return;
  fprintf(stderr, "%s %s: %s\n", what, name, strerror(errno));
  exit(1);
}

static uint64_t state = 1;
static uint64_t next_random(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static const char *path(const char *directory, const char *prefix, long i) {
  static char text[4096];
  snprintf(text, sizeof text, "%s/%s%ld", directory, prefix, i);
  return text;
}

/* Random bytes; quick, for it is within what is timed. */
static void *block(size_t size) {
  uint64_t *memory = malloc(size);
  if (!memory) exit(1);
  for (size_t i = 0; i < size / sizeof *memory; i++) memory[i] = next_random();
  return memory;
}

/* stat DIRECTORY COUNT TIMES: every file of the directory, TIMES times over. */
static long long stats(char **a) {
  struct stat st;
  long count = atol(a[1]), times = atol(a[2]);
  for (long t = 0; t < times; t++)
    for (long i = 0; i < count; i++) {
      const char *name = path(a[0], "f", i);
      must(stat(name, &st), "stat", name);
    }
  return count * times;
}

/* absent DIRECTORY COUNT DISTINCT: COUNT lookups of DISTINCT names that are not there. */
static long long absent(char **a) {
  struct stat st;
  long count = atol(a[1]), distinct = atol(a[2]), missing = 0;
  for (long i = 0; i < count; i++) missing += stat(path(a[0], "absent", i % distinct), &st) < 0 && errno == ENOENT;
  return missing;
}

/* readdir DIRECTORY TIMES */
static long long readdirs(char **a) {
  long long entries = 0;
  for (long t = atol(a[1]); t > 0; t--) {
    DIR *directory = opendir(a[0]);
    must(directory ? 0 : -1, "opendir", a[0]);
    errno = 0;
    while (readdir(directory)) entries++;
    must(errno ? -1 : 0, "readdir", a[0]);
    closedir(directory);
  }
  return entries;
}

/* read FILE BLOCK: the whole file in sequence. */
static long long reads(char **a) {
  size_t size = (size_t)atol(a[1]);
  char *memory = block(size);
  int fd = open(a[0], O_RDONLY);
  must(fd, "open", a[0]);
  long long bytes = 0;
  ssize_t n;
  while ((n = read(fd, memory, size)) > 0) bytes += n;
  must(n, "read", a[0]);
  close(fd);
  return bytes;
}

/* randread FILE BLOCK COUNT */
static long long random_reads(char **a) {
  size_t size = (size_t)atol(a[1]);
  char *memory = block(size);
  int fd = open(a[0], O_RDONLY);
  must(fd, "open", a[0]);
  struct stat st;
  must(fstat(fd, &st), "fstat", a[0]);
  uint64_t blocks = (uint64_t)st.st_size / size;
  long long bytes = 0;
  for (long i = atol(a[2]); i > 0; i--) {
    ssize_t n = pread(fd, memory, size, (off_t)(next_random() % blocks * size));
    must(n, "pread", a[0]);
    bytes += n;
  }
  close(fd);
  return bytes;
}

/* mapread FILE: a byte of each page. */
static long long mapped_reads(char **a) {
  int fd = open(a[0], O_RDONLY);
  must(fd, "open", a[0]);
  struct stat st;
  must(fstat(fd, &st), "fstat", a[0]);
  volatile unsigned char *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
  must(map == MAP_FAILED ? -1 : 0, "mmap", a[0]);
  unsigned sum = 0;
  for (off_t at = 0; at < st.st_size; at += 4096) sum += map[at];
  if (sum == 0) exit(1); /* the files hold random bytes */
  munmap((void *)map, (size_t)st.st_size);
  close(fd);
  return st.st_size;
}

/* write FILE BLOCK BYTES: a new file, in sequence. */
static long long writes(char **a) {
  size_t size = (size_t)atol(a[1]);
  long long bytes = atoll(a[2]), done = 0;
  char *memory = block(size);
  int fd = open(a[0], O_WRONLY | O_CREAT | O_EXCL, 0644);
  must(fd, "open", a[0]);
  while (done < bytes) {
    ssize_t n = write(fd, memory, size);
    must(n, "write", a[0]);
    done += n;
  }
  must(close(fd), "close", a[0]);
  return done;
}

/* randwrite FILE BLOCK COUNT: into a file that is there. */
static long long random_writes(char **a) {
  size_t size = (size_t)atol(a[1]);
  char *memory = block(size);
  int fd = open(a[0], O_WRONLY);
  must(fd, "open", a[0]);
  struct stat st;
  must(fstat(fd, &st), "fstat", a[0]);
  uint64_t blocks = (uint64_t)st.st_size / size;
  long long bytes = 0;
  for (long i = atol(a[2]); i > 0; i--) {
    ssize_t n = pwrite(fd, memory, size, (off_t)(next_random() % blocks * size));
    must(n, "pwrite", a[0]);
    bytes += n;
  }
  must(close(fd), "close", a[0]);
  return bytes;
}

/* create DIRECTORY COUNT BYTES: open, write, close of new files. */
static long long creates(char **a) {
  size_t size = (size_t)atol(a[2]);
  char *memory = block(size);
  long count = atol(a[1]);
  for (long i = 0; i < count; i++) {
    const char *name = path(a[0], "new", i);
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
    must(fd, "open", name);
    must(write(fd, memory, size), "write", name);
    must(close(fd), "close", name);
  }
  return count;
}

/* unlink DIRECTORY PREFIX COUNT */
static long long unlinks(char **a) {
  long count = atol(a[2]);
  for (long i = 0; i < count; i++) {
    const char *name = path(a[0], a[1], i);
    must(unlink(name), "unlink", name);
  }
  return count;
}

/* append DIRECTORY COUNT: a byte at the end of each file. */
static long long appends(char **a) {
  long count = atol(a[1]);
  for (long i = 0; i < count; i++) {
    const char *name = path(a[0], "f", i);
    int fd = open(name, O_WRONLY | O_APPEND);
    must(fd, "open", name);
    must(write(fd, "x", 1), "write", name);
    must(close(fd), "close", name);
  }
  return count;
}

/* chown DIRECTORY COUNT OWNER */
static long long chowns(char **a) {
  long count = atol(a[1]);
  uid_t owner = (uid_t)atol(a[2]);
  for (long i = 0; i < count; i++) {
    const char *name = path(a[0], "f", i);
    must(chown(name, owner, owner), "chown", name);
  }
  return count;
}

/* change FILE: a byte in the middle of a file, from open to close. */
static long long change(char **a) {
  int fd = open(a[0], O_WRONLY);
  must(fd, "open", a[0]);
  must(pwrite(fd, "x", 1, 4096), "pwrite", a[0]);
  must(close(fd), "close", a[0]);
  return 1;
}

static int by_value(const void *a, const void *b) {
  long long x = *(const long long *)a, y = *(const long long *)b;
  return (x > y) - (x < y);
}

/*
 * latency DIRECTORY COUNT FILE: stat(2) of COUNT files nobody has looked up, one a millisecond, while another process
 * changes FILE. Prints "NANOSECONDS COUNT MEDIAN P99 MAXIMUM": those of the change, the stats done until its end, and
 * theirs.
 */
static void latency(char **a) {
  long count = atol(a[1]), done = 0;
  long long *taken = calloc((size_t)count, sizeof *taken);
  if (!taken) exit(1);
  long long start = now(), end = 0;
  pid_t child = fork();
  must(child, "fork", "");
  if (child == 0) {
    change(a + 2);
    _exit(0);
  }
  while (!end) {
    int status;
    if (done < count) {
      struct stat st;
      const char *name = path(a[0], "f", done);
      long long before = now();
      must(stat(name, &st), "stat", name);
      taken[done++] = now() - before;
    }
    usleep(1000);
    pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) {
      if (status != 0) exit(1);
      end = now();
    }
  }
  qsort(taken, (size_t)done, sizeof *taken, by_value);
  printf("%lld %ld %lld %lld %lld\n", end - start, done, taken[done / 2], taken[done * 99 / 100], taken[done - 1]);
}

static const struct {
  const char *name;
  int arguments;
  long long (*run)(char **);
} workloads[] = {
    {"stat", 3, stats},       {"absent", 3, absent},       {"readdir", 2, readdirs},
    {"read", 2, reads},       {"randread", 3, random_reads}, {"mapread", 1, mapped_reads},
    {"write", 3, writes},     {"randwrite", 3, random_writes}, {"create", 3, creates},
    {"unlink", 3, unlinks},   {"append", 2, appends},      {"chown", 3, chowns},
    {"change", 1, change},
};

int main(int argc, char **argv) {
  if (argc == 5 && strcmp(argv[1], "latency") == 0) {
    latency(argv + 2);
    return 0;
  }
  for (size_t i = 0; argc > 1 && i < sizeof workloads / sizeof *workloads; i++) {
    if (strcmp(workloads[i].name, argv[1]) != 0 || argc != workloads[i].arguments + 2) continue;
    long long start = now();
    long long count = workloads[i].run(argv + 2);
    printf("%lld %lld\n", now() - start, count);
    return 0;
  }
  fprintf(stderr, "storm: no such workload, or not its arguments\n");
  return 2;
}
