package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Metadata-only copy-up on a real mount: through the page cache, and next to kernel overlayfs. */
@Timeout(180)
class MetacopyTest {
  /** 1 GiB that is quickly made, and a megabyte of it that is data. */
  private static final String MAKE =
      "cd $1 && head -c 1048576 /dev/urandom >big && truncate -s 1G big && mkdir d"
          + " && printf end | dd of=big bs=1 seek=1073741821 conv=notrunc 2>/dev/null && chmod 644 big";

  /** The file by read, by mmap, by a copy in the kernel and by its holes. */
  private static final String READ =
      "head -c 1048576 $1 | cmp - $2/part && tail -c 3 $1 && cp --sparse=always $1 $2/copy"
          + " && cmp $1 $2/copy && python3 -c '\n"
          + "import mmap, os, sys\n"
          + "f = os.open(sys.argv[1], os.O_RDONLY)\n"
          + "m = mmap.mmap(f, 0, prot=mmap.PROT_READ)\n"
          + "assert m[:1048576] == open(sys.argv[2] + \"/part\", \"rb\").read(), \"mmap\"\n"
          + "assert os.lseek(f, 2 << 20, os.SEEK_DATA) > 1 << 29, \"hole\"\n"
          + "g = os.open(sys.argv[1] + \"-part\", os.O_RDWR | os.O_CREAT)\n"
          + "assert os.copy_file_range(f, g, 1000, 5, 0) == 1000\n"
          + "assert os.pread(g, 1000, 0) == m[5:1005]\n"
          + "os.unlink(sys.argv[1] + \"-part\")\n"
          + "' $1 $2";

  private Layers layers;

  @BeforeAll
  static void rootAndFuse() {
    Layers.assumeRootAndFuse();
  }

  @BeforeEach
  void layers() throws IOException {
    layers = new Layers();
    Run.shell(MAKE + " && head -c 1048576 big >../part", layers.lower.toString()).ok();
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    layers.close();
  }

  private int upperKib() {
    return Integer.parseInt(Run.shell("du -sk $1 | cut -f1", layers.upper.toString()).ok().trim());
  }

  private void assertReads(String name) {
    String file = layers.merged.resolve(name).toString();
    assertEquals("end", Run.shell(READ, file, layers.root.toString()).ok(), name);
  }

  private void umount() throws IOException, InterruptedException {
    Run.of("umount", layers.merged.toString()).ok();
    assertTrue(layers.daemonsEnd());
  }

  @Test
  void chmodAndRenameOfAGibibyteCopyNothingAndTheKernelReadsThem()
      throws IOException, InterruptedException {
    assertEquals(new Run(0, "", ""), layers.mount());
    String look = "cd $1 && stat -c '%a %s %b' big && chmod 600 big && stat -c '%a %s %b' big";
    String[] lines = Run.shell(look, layers.merged.toString()).ok().split("\n", -1);
    assertEquals(lines[0].replace("644 ", "600 "), lines[1], "size and blocks stay");
    assertReads("big");
    Run.shell("cd $1 && mv big d/moved && ln d/moved linked", layers.merged.toString()).ok();
    assertReads("d/moved");
    assertReads("linked");
    assertTrue(upperKib() < 100, "upper takes " + upperKib() + " KiB");
    umount();
    String kernel = layers.options() + ",metacopy=on,redirect_dir=on";
    Run.of("mount", "-t", "overlay", "overlay", "-o", kernel, layers.merged.toString()).ok();
    assertReads("linked");
    assertReads("d/moved");
    Run.shell("cd $1 && chmod 640 linked && mv linked d/again", layers.merged.toString()).ok();
    Run.of("umount", layers.merged.toString()).ok();
    assertEquals(new Run(0, "", ""), layers.mount());
    assertReads("d/again");
    String write =
        "cd $1/d && exec 3<again && printf new | dd of=moved bs=1 seek=1073741821 conv=notrunc"
            + " 2>/dev/null && tail -c 3 <&3 && stat -c ' %a %h %s' again";
    assertEquals(
        "new 640 2 1073741824\n", Run.shell(write, layers.merged.toString()).ok(), "written");
    assertTrue(upperKib() > 1000, "upper takes " + upperKib() + " KiB");
  }

  @Test
  void dataOnlyLayersShowOnlyThroughMetacopies() throws IOException, InterruptedException {
    Path data = Files.createDirectory(layers.root.resolve("data"));
    String make =
        "cd $1 && mv big $2/blob && truncate -s 1G big"
            + " && setfattr -n trusted.overlay.metacopy big"
            + " && setfattr -n trusted.overlay.redirect -v /blob big";
    Run.shell(make, layers.lower.toString(), data.toString()).ok();
    String options =
        "lowerdir="
            + layers.lower
            + "::"
            + data
            + ",upperdir="
            + layers.upper
            + ",workdir="
            + layers.work;
    assertEquals(new Run(0, "", ""), layers.mount(options));
    assertReads("big");
    assertEquals("big\nd\nfile\n", Run.of("ls", layers.merged.toString()).ok());
    umount();
  }
}
