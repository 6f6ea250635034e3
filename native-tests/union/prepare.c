/* Writes the fixture of every check into three lower layers: union -p LOWERS; see fixture.h. */
#include "fixture.h"

static void layer_dir(const char *lowers, int layer, const char *name) {
  char path[PATH_MAX];
  snprintf(path, sizeof(path), "%s/l%d/%s", lowers, layer, name);
  if (mkdir(path, 0755) < 0 && errno != EEXIST) FAIL("mkdir %s: %s", path, strerror(errno));
  OK(chdir(path));
}

/* Beneath another union, which refuses the device, a whiteout is a name. */
static void make_whiteout(const char *directory, const char *name) {
  char path[PATH_MAX];
  snprintf(path, sizeof(path), "%s/%s", directory, name);
  if (mknod(path, S_IFCHR, makedev(0, 0)) == 0) return;
  EQ(EPERM, errno);
  snprintf(path, sizeof(path), "%s/.wh.%s", directory, name);
  make_content(path, "");
}

static void top(void) {
  static const uint32_t capability[5] = {0x02000001, 1u << 13, 0, 0, 0};
  make_content("f", F_TEXT);
  char *big = malloc(BIG_SIZE);
  for (size_t i = 0; i < BIG_SIZE; i++) big[i] = big_byte(i);
  int fd = (int)OK(open("big", O_CREAT | O_WRONLY, 0644));
  EQ(BIG_SIZE, OK(write(fd, big, BIG_SIZE)));
  OK(close(fd));
  free(big);
  make_content("suid", "program");
  OK(chown("suid", USER_A, GROUP_A));
  OK(chmod("suid", 06755));
  make_content("x", "with xattrs");
  setxattr("x", "user.a", "bin\0ary", 7, 0);
  setxattr("x", "trusted.b", "value", 5, 0);
  make_content("cap", "program");
  setxattr("cap", "security.capability", capability, sizeof(capability), 0);
  make_content("hl1", "linked");
  OK(link("hl1", "hl2"));
  OK(symlink("f", "s"));
  OK(mkfifo("p", 0640));
  OK(mknod("sock", S_IFSOCK | 0640, 0));
  OK(mknod("dev", S_IFCHR | 0600, makedev(1, 3)));
  OK(mkdir("dir", 0755));
  make_content("dir/a", "a");
  make_content("dir/b", "b");
  OK(mkdir("dir/sub", 0755));
  make_content("dir/sub/c", "c");
  OK(mkdir("empty", 0755));
  OK(mkdir("merged", 0755));
  make_content("merged/l1", "1");
  make_content("merged/same", "from l1");
  make_whiteout(".", "gone");
  make_whiteout("merged", "l3gone");
  OK(mkdir("opaque", 0755));
  OK(setxattr("opaque", "trusted.overlay.opaque", "y", 1, 0));
  make_content("opaque/new", "new");
  make_content(name_of_length(255, 'N'), "long");
  make_content("old", "times");
  struct timespec times[2] = {{OLD_SECONDS, 987654321}, {OLD_SECONDS, OLD_NANOSECONDS}};
  OK(chown("old", USER_A, GROUP_B));
  OK(chmod("old", 0604));
  OK(utimensat(AT_FDCWD, "old", times, 0));
  OK(utimensat(AT_FDCWD, "dir/sub", times, 0));
  OK(utimensat(AT_FDCWD, "dir", times, 0));
  OK(utimensat(AT_FDCWD, "s", times, AT_SYMLINK_NOFOLLOW));
  OK(utimensat(AT_FDCWD, ".", times, 0));
}

/* Only where it is used: summing it up takes time. */
static void sparse(void) {
  int fd = (int)OK(open("sparse", O_CREAT | O_WRONLY, 0644));
  OK(ftruncate(fd, SPARSE_SIZE));
  OK(pwrite(fd, "middle", 6, SPARSE_SIZE / 2));
  OK(close(fd));
}

static void middle(void) {
  OK(mkdir("merged", 0755));
  make_content("merged/l2", "2");
  make_content("merged/same", "from l2");
  make_content("gone", "hidden by a whiteout");
  OK(mkdir("opaque", 0755));
  make_content("opaque/old", "hidden by an opaque directory");
  make_content("below", "from l2");
}

static void bottom(void) {
  OK(mkdir("merged", 0755));
  make_content("merged/l3", "3");
  make_content("merged/same", "from l3");
  make_content("merged/l3gone", "hidden by a whiteout");
  OK(mkdir("merged/sub", 0755));
  make_content("merged/sub/deep", "deep");
  OK(mkdir("deepdir", 0755));
  OK(mkdir("deepdir/1", 0755));
  OK(mkdir("deepdir/2", 0755));
  make_content("deepdir/1/f", "one");
  make_content("deepdir/2/f", "two");
}

void check_prepare(const char *lowers, const char *name) {
  layer_dir(lowers, 3, name);
  bottom();
  layer_dir(lowers, 2, name);
  middle();
  layer_dir(lowers, 1, name);
  if (strcmp(name, "copy_up_keeps_holes") == 0) sparse();
  top();
}
