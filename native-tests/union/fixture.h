/*
 * What every union check finds in its directory; it comes from three lower layers, l1 on top.
 *
 *   l1: f big suid old x cap hl1 hl2 s p sock dev  dir/{a,b,sub/c}  empty/
 *       merged/{l1,same}     whiteouts: gone (0:0), merged/l3gone (0:0)   opaque/{new} (xattr)
 *       NAME (255 bytes)  sparse (for copy_up_keeps_holes)
 *   l2: merged/{l2,same}  gone  opaque/{old}  below
 *   l3: merged/{l3,same,l3gone,sub/deep}  deepdir/{1,2}/f
 */
#ifndef STRATAFS_FIXTURE_H
#define STRATAFS_FIXTURE_H
#include "check.h"

#define F_TEXT "lower content 0123456789\n"
enum { BIG_SIZE = 300000, SPARSE_SIZE = 16 << 20 };
#define OLD_SECONDS 1000000000
#define OLD_NANOSECONDS 123456789

/* The byte of `big` at an offset. */
static inline char big_byte(size_t at) { return (char)(at * 13 + at / 4099); }

/* The checks beneath a plain directory cannot tell layers. */
static inline void needs_union(void) {
  if (strcmp(check_kind, "plain") == 0) SKIP("a plain directory has no layers");
}

#endif
