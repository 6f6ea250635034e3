package org.stratafs.mounted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.stratafs.testkit.Coverage;

/** {@code -o transport=libfuse}: the same union under libfuse 2. */
@Timeout(300)
class LibfuseTest {
  private static final int OPERATIONS = Integer.getInteger("stratafs.libfuseOperations", 100_000);

  private Layers layers;

  @BeforeAll
  static void rootAndFuse() {
    Layers.assumeRootAndFuse();
  }

  @BeforeEach
  void layers() throws IOException {
    layers = new Layers();
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    layers.close();
  }

  private void mount(String options) {
    Run run = layers.mount(layers.options() + ",transport=libfuse" + options);
    assertEquals(0, run.exit(), run.err());
  }

  private String shell(String script) {
    return Run.shell("cd \"$1\" && " + script, layers.merged.toString()).ok();
  }

  @Test
  void readsWritesCopiesUpAndLeavesWhiteouts() throws IOException {
    mount("");
    assertEquals("lower\n", Files.readString(layers.merged.resolve("file")));
    shell("echo more >>file && mkdir d && echo new >d/new && mv d/new d/name && ln -s name d/link");
    assertEquals("lower\n", Files.readString(layers.lower.resolve("file")));
    assertEquals("lower\nmore\n", Files.readString(layers.upper.resolve("file")));
    assertEquals("new\n", shell("cat d/link"));
    shell("rm file");
    assertEquals("d\n", shell("ls"));
    assertEquals("character special file\n", Run.of("stat", "-c%F", layers.upper + "/file").ok());
  }

  @Test
  void theMountLooksLikeThatOfTheOtherTransport() throws IOException {
    mount(",fsname=a\\,b");
    String line = layers.mountLines().get(0);
    assertTrue(line.startsWith("a,b " + layers.merged + " fuse.stratafs rw,"), line);
    assertTrue(line.contains("default_permissions,allow_other"), line);
  }

  @Test
  void namesAreBytes() {
    String name = "$(printf '\\377\\200\\303\\244 \\n.')";
    Run.shell("printf 1 >\"$1/" + name + "\"", layers.lower.toString()).ok();
    mount("");
    assertEquals("1", shell("cat \"" + name + "\""));
    shell("mv \"" + name + "\" \"" + name + "2\" && mkdir \"d" + name + "\"");
    assertEquals("3\n", shell("ls -b | wc -l"));
    String upper = layers.upper.toString();
    assertEquals("1", Run.shell("cat \"$1/" + name + "2\"", upper).ok());
    shell("setfattr -n user.x -v \"" + name + "\" file && ln -s \"" + name + "2\" link");
    assertEquals("1", shell("cat link"));
    assertEquals(
        "same\n",
        shell("test \"$(getfattr --only-values -n user.x file)\" = \"" + name + "\" && echo same"));
  }

  @Test
  void anUnlinkedFileLivesOnForItsDescriptors() throws IOException {
    mount("");
    String seen =
        shell(
            "exec 3<>file && rm file && test -z \"$(ls -A)\" && printf UPPER >&3 && chmod 640"
                + " /dev/fd/3 && stat -L -c '%h %s %a' /dev/fd/3 && cat /dev/fd/3");
    assertEquals("0 6 640\nUPPER\n", seen);
    // One that is replaced, and libfuse's name for it never shows.
    seen =
        shell(
            "echo old >a && echo new >b && exec 3<a && mv b a && ls -A && cat a && cat <&3 &&"
                + " stat -L -c %h /dev/fd/3");
    assertEquals("a\nnew\nold\n0\n", seen);
    assertEquals("a\nfile\n", Run.of("ls", "-A", layers.upper.toString()).ok());
  }

  @Test
  void aFileThatOnlyLooksLikeOneOfLibfusesHiddenOnesIsOrdinary() {
    mount("");
    String name = ".fuse_hidden0000000200000001";
    assertEquals("1\n", shell("exec 3<file && echo 1 >x && mv x " + name + " && cat " + name));
    assertEquals("lower\n", shell("mv file " + name + " && cat " + name));
    shell("rm " + name);
    assertEquals("", shell("ls -A"));
  }

  @Test
  void hardLinksShowOneFile() {
    mount("");
    String seen =
        shell(
            "echo 1 >a && ln a b && echo 22 >b && cat a && stat -c %h:%s a && rm a && stat -c %h b");
    assertEquals("22\n2:3\n1\n", seen);
    assertEquals("same\n", shell("ln b c && test b -ef c && echo same"));
  }

  @Test
  void aReadOnlyStackRefusesChanges() {
    Run run = layers.mount("lowerdir=" + layers.lower + ":" + layers.upper + ",transport=libfuse");
    assertEquals(0, run.exit(), run.err());
    Run write = Run.shell("echo x >\"$1/new\"", layers.merged.toString());
    assertTrue(write.err().contains("Read-only file system"), write.err());
  }

  @Test
  void theDaemonEndsWithTheMount() throws IOException, InterruptedException {
    mount("");
    Run.of("umount", layers.merged.toString()).ok();
    assertTrue(layers.daemonsEnd());
    mount("");
    Run.of("kill", Long.toString(layers.daemon())).ok();
    assertTrue(layers.daemonsEnd());
    assertFalse(layers.isMounted());
  }

  @Test
  void theDefaultTransportLoadsNothingOfIt() throws IOException {
    Path log = mountWithItsClassesLogged();
    shell("ls -l && cat file && echo x >new");
    List<String> loaded = Files.readAllLines(log);
    assertTrue(loaded.stream().anyMatch(line -> line.contains("org.stratafs.fuse.kernel.Session")));
    for (String of : List.of("ru.serce.", "jnr.", "org.stratafs.fuse.libfuse.")) {
      List<String> wrong = loaded.stream().filter(line -> line.contains("] " + of)).toList();
      assertEquals(List.of(), wrong);
    }
  }

  @Test
  void aMountStartsNothingOfTheJdkThatIsSlowToStart() throws IOException, InterruptedException {
    Path log = mountWithItsClassesLogged();
    shell(
        "ls -lR && cat file && ! cat absent && stat -f . && echo x >>file && chmod 600 file"
            + " && chown 1 file && mkdir new && mv file new/ && ln new/file link && rm link"
            + " && ln -s a soft && readlink soft && cp -a new copy && setfattr -n user.a -v b copy"
            + " && rm -rf new copy");
    Run.of("umount", layers.merged.toString()).ok();
    assertTrue(layers.daemonsEnd());
    List<String> loaded = Files.readAllLines(log);
    // Lambdas, the equals of records, regular expressions, java.util.logging: 10 to 50 ms each.
    for (String of :
        List.of(
            "java.lang.invoke.LambdaMetafactory",
            "java.lang.runtime.ObjectMethods",
            "java.util.regex.Matcher",
            "java.util.logging.Logger")) {
      List<String> wrong = loaded.stream().filter(line -> line.contains("] " + of + " ")).toList();
      assertEquals(List.of(), wrong);
    }
  }

  /** Mounts with the default transport; the file that has a line for each class as it is loaded. */
  private Path mountWithItsClassesLogged() {
    Path log = layers.root.resolve("classes");
    Run run =
        Run.shell(
            "STRATAFS_JAVA_OPTS=\"-Xlog:class+load:file=$1\" scripts/stratafs -o \"$2\" \"$3\"",
            log.toString(),
            layers.options(),
            layers.merged.toString());
    assertEquals(0, run.exit(), run.err());
    return log;
  }

  @Test
  void memoryAndThreadsStayFlatOverManyOperations() throws IOException {
    // A small fixed heap: what grows then is not heap that the JVM has not cleaned up yet.
    Run run =
        Run.shell(
            "STRATAFS_JAVA_OPTS=-Xmx32m scripts/stratafs -o \"$1\" \"$2\"",
            layers.options() + ",transport=libfuse",
            layers.merged.toString());
    assertEquals(0, run.exit(), run.err());
    Path status = Path.of("/proc", Long.toString(layers.daemon()), "status");
    operate(OPERATIONS / 4);
    long memory = value(status, "VmRSS:");
    long threads = value(status, "Threads:");
    operate(OPERATIONS);
    Coverage.add("operations under libfuse", OPERATIONS);
    long grown = value(status, "VmRSS:") - memory;
    // Attaching a thread for each callback leaks, or makes anew, 20 KiB of scratch memory each.
    assertTrue(grown < 16 * 1024, "grew by " + grown + " KiB from " + memory);
    long now = value(status, "Threads:");
    assertTrue(
        now <= threads + 2, threads + " threads became " + now); // the JVM has some of its own
  }

  private void operate(int operations) throws IOException {
    Path file = layers.merged.resolve("file");
    Path made = layers.merged.resolve("made");
    byte[] content = new byte[3000];
    for (int i = 0; i < operations; i++) {
      Files.size(file);
      if (i % 50 == 0) {
        Files.write(made, content);
        assertEquals(3000, Files.readAllBytes(made).length);
        try (var names = Files.list(layers.merged)) {
          assertEquals(2, names.count());
        }
        Files.delete(made);
      }
    }
  }

  private static long value(Path status, String name) throws IOException {
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.substring(name.length()).replace("kB", "").strip());
      }
    }
    throw new AssertionError(name);
  }
}
