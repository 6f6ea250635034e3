#include "check.h"

#include <grp.h>
#include <signal.h>
#include <stdarg.h>

enum { EXIT_SKIP = 77, TIME_LIMIT_SECONDS = 60 };

const char *check_root = NULL;
const char *check_kind = "plain";

static bool fixtures_exist = false;
static struct check *first = NULL, **last = &first;

void check_register(struct check *check) {
  *last = check;
  last = &check->next;
}

/* The child's last words; a pipe that the parent prints after the result line. */
static int words = -1;

static void say(const char *format, va_list args) {
  char text[1000];
  int length = vsnprintf(text, sizeof(text), format, args);
  if (length > (int)sizeof(text) - 1) length = sizeof(text) - 1;
  if (write(words, text, (size_t)length) < 0) _exit(2);
}

static void say_line(const char *format, ...) {
  va_list args;
  va_start(args, format);
  say(format, args);
  va_end(args);
}

void check_fail(const char *file, int line, const char *format, ...) {
  const char *base = strrchr(file, '/');
  say_line("%s:%d: ", base ? base + 1 : file, line);
  va_list args;
  va_start(args, format);
  say(format, args);
  va_end(args);
  _exit(1);
}

void check_skip(const char *format, ...) {
  va_list args;
  va_start(args, format);
  say(format, args);
  va_end(args);
  _exit(EXIT_SKIP);
}

struct as_user child_begin(void) {
  pid_t pid = fork();
  if (pid < 0) FAIL("fork: %s", strerrorname_np(errno));
  if (pid == 0) return (struct as_user){true};
  int status;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) FAIL("waitpid: %s", strerrorname_np(errno));
  }
  if (WIFSIGNALED(status)) FAIL("child died of signal %d", WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) _exit(WEXITSTATUS(status));
  return (struct as_user){false};
}

struct as_user as_begin(uid_t uid, gid_t gid, size_t count, const gid_t *groups) {
  struct as_user as = child_begin();
  if (as.child) {
    OK(setgroups(count, groups));
    OK(setresgid(gid, gid, gid));
    OK(setresuid(uid, uid, uid));
  }
  return as;
}

int make_file(const char *path, mode_t mode) {
  int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, mode);
  if (fd < 0) FAIL("create %s: %s", path, strerrorname_np(errno));
  OK(close(fd));
  return 0;
}

void make_content(const char *path, const char *text) {
  int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
  if (fd < 0) FAIL("create %s: %s", path, strerrorname_np(errno));
  EQ(strlen(text), OK(write(fd, text, strlen(text))));
  OK(close(fd));
}

void write_file(const char *path, const char *text) {
  int fd = (int)OK(open(path, O_WRONLY));
  OK(write(fd, text, strlen(text)));
  OK(close(fd));
}

void expect_fd_content(int fd, const char *text) {
  char *buffer = malloc(strlen(text) + 100);
  ssize_t n = OK(pread(fd, buffer, strlen(text) + 99, 0));
  buffer[n] = 0;
  STREQ(text, buffer);
  free(buffer);
}

void expect_content(const char *path, const char *text) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) FAIL("open %s: %s", path, strerrorname_np(errno));
  expect_fd_content(fd, text);
  OK(close(fd));
}

struct stat stat_of(const char *path) {
  struct stat st;
  if (lstat(path, &st) < 0) FAIL("lstat %s: %s", path, strerrorname_np(errno));
  return st;
}

struct stat fstat_of(int fd) {
  struct stat st;
  OK(fstat(fd, &st));
  return st;
}

char *name_of_length(size_t length, char fill) {
  char *name = malloc(length + 1);
  memset(name, fill, length);
  name[length] = 0;
  return name;
}

bool listed(const char *dir, const char *name) {
  DIR *d = opendir(dir);
  if (!d) FAIL("opendir %s: %s", dir, strerrorname_np(errno));
  bool found = false;
  struct dirent *e;
  while ((e = readdir(d))) found |= strcmp(e->d_name, name) == 0;
  closedir(d);
  return found;
}

int count_entries(const char *dir) {
  DIR *d = opendir(dir);
  if (!d) FAIL("opendir %s: %s", dir, strerrorname_np(errno));
  int n = 0;
  struct dirent *e;
  while ((e = readdir(d))) n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
  closedir(d);
  return n;
}

void set_times(const char *path, time_t seconds) {
  struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
  if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) < 0)
    FAIL("utimensat %s: %s", path, strerrorname_np(errno));
}

void tick(void) { usleep(12000); }

bool ts_after(struct timespec a, struct timespec b) {
  return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

bool ts_equal(struct timespec a, struct timespec b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* By rm, because trees here may be deeper than PATH_MAX. */
static void remove_tree(const char *dir) {
  pid_t pid = fork();
  if (pid == 0) {
    execlp("rm", "rm", "-rf", "--", dir, NULL);
    _exit(127);
  }
  waitpid(pid, NULL, 0);
}

/* "name reason" lines of the file of known differences; NULL if the name is not among them. */
static const char *known_difference(const char *file, const char *name) {
  static char line[500];
  FILE *f = file ? fopen(file, "r") : NULL;
  if (!f) return NULL;
  const char *reason = NULL;
  size_t length = strlen(name);
  while (!reason && fgets(line, sizeof(line), f)) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, name, length) == 0 && line[length] == ' ') reason = line + length + 1;
  }
  fclose(f);
  return reason;
}

static int run_one(const struct check *check, const char *dir, char *text, size_t size) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) < 0) return 2;
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    close(pipe_ends[0]);
    words = pipe_ends[1];
    umask(022);
    alarm(TIME_LIMIT_SECONDS);
    if ((!fixtures_exist && mkdir(dir, 0755) < 0) || chdir(dir) < 0) FAIL("fixture %s: %s", dir, strerror(errno));
    check->run();
    _exit(0);
  }
  close(pipe_ends[1]);
  /* Wait first: a grandchild left behind may hold the pipe open. */
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  kill(-pid, SIGKILL);
  size_t length = 0;
  ssize_t n;
  while (length < size - 1 && (n = read(pipe_ends[0], text + length, size - 1 - length)) > 0)
    length += (size_t)n;
  text[length] = 0;
  close(pipe_ends[0]);
  if (WIFSIGNALED(status)) {
    snprintf(text + length, size - length, "%s",
             WTERMSIG(status) == SIGALRM ? "time limit exceeded" : strsignal(WTERMSIG(status)));
    return 1;
  }
  return WEXITSTATUS(status);
}

/* Programs whose checks find a fixture replace this; called in a child for each check. */
__attribute__((weak)) void check_prepare(const char *where, const char *name) {
  FAIL("no fixtures to prepare in %s for %s", where, name);
}

static int prepare(const char *where) {
  words = STDERR_FILENO;
  umask(022);
  for (const struct check *c = first; c; c = c->next) {
    IN_CHILD { check_prepare(where, c->name); }
  }
  return 0;
}

static int usage(const char *program) {
  fprintf(stderr,
          "usage: %s [-k KIND] [-x KNOWN-DIFFERENCES] [-e] [-l] [-v] DIRECTORY [NAME...]\n"
          "       %s -p LAYERS\n"
          "Runs the checks (or those whose name contains NAME) in new directories beneath DIRECTORY;\n"
          "with -e in those that -p has prepared.\n",
          program, program);
  return 2;
}

int main(int argc, char **argv) {
  const char *known = NULL;
  bool verbose = false;
  int option;
  while ((option = getopt(argc, argv, "k:x:p:elv")) != -1) {
    if (option == 'k') check_kind = optarg;
    else if (option == 'p') return prepare(optarg);
    else if (option == 'e') fixtures_exist = true;
    else if (option == 'x') known = optarg;
    else if (option == 'v') verbose = true;
    else if (option == 'l') {
      for (const struct check *c = first; c; c = c->next) puts(c->name);
      return 0;
    } else return usage(argv[0]);
  }
  if (optind >= argc) return usage(argv[0]);
  if (chdir(argv[optind]) < 0) {
    fprintf(stderr, "%s: %s\n", argv[optind], strerror(errno));
    return 2;
  }
  check_root = getcwd(NULL, 0);
  int passed = 0, failed = 0, skipped = 0;
  for (const struct check *c = first; c; c = c->next) {
    bool wanted = optind + 1 == argc;
    for (int i = optind + 1; i < argc; i++) wanted |= strstr(c->name, argv[i]) != NULL;
    if (!wanted) continue;
    char dir[PATH_MAX], text[4000];
    snprintf(dir, sizeof(dir), "%s/%s", check_root, c->name);
    int result = run_one(c, dir, text, sizeof(text));
    if (chdir(check_root) < 0) return 2;
    if (!fixtures_exist) remove_tree(dir);
    const char *reason = known_difference(known, c->name);
    if (result == 0) {
      passed++;
      if (verbose) printf("ok %s\n", c->name);
      if (reason) printf("# %s passes although it is listed as a difference: %s\n", c->name, reason);
    } else if (result == EXIT_SKIP) {
      skipped++;
      printf("ok %s # SKIP %s\n", c->name, text);
    } else if (reason) {
      skipped++;
      printf("ok %s # SKIP known difference of %s: %s (%s)\n", c->name, check_kind, reason, text);
    } else {
      failed++;
      printf("not ok %s # %s\n", c->name, text);
    }
  }
  printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
  return failed != 0;
}
