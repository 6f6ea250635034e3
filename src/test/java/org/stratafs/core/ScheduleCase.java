package org.stratafs.core;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.stratafs.testkit.Step;

/**
 * Programs that run at the same time.
 *
 * @param name the line it was made of
 * @param prepare what the first program does before
 * @param programs the steps of each
 * @param cold they look everything up themselves; else each knows all names before
 */
record ScheduleCase(String name, List<Step> prepare, List<List<Step>> programs, boolean cold) {

  /** The whiteouts, directories and files of upper; see {@link Operations} for the format. */
  static final String UPPER =
      """
      file u "upper u" user.t=v
      dir ud
      file ud/x "x"
      hard ud/y u
      whiteout gone
      """;

  static final String LOWER =
      """
      dir d mode=2755 gid=100
      file d/f "lower f" mode=4755 uid=1000 gid=100 user.t=v
      file d/g "g"
      dir d/sub
      file d/sub/x "x"
      dir e
      file h "two names"
      hard d/h h
      link l target
      file gone "gone"
      """;

  static final String BOTTOM =
      """
      dir d
      file d/b "bottom"
      dir e
      """;

  /** Names that programs know which are not cold. */
  static final List<String> KNOWN =
      List.of(
          "u", "ud", "ud/x", "ud/y", "d", "d/f", "d/g", "d/b", "d/sub", "d/sub/x", "e", "h", "d/h",
          "l");

  static List<ScheduleCase> all() {
    return LINES.lines().map(ScheduleCase::parse).toList();
  }

  private static ScheduleCase parse(String line) {
    String text = line;
    boolean cold = text.startsWith("cold: ");
    text = cold ? text.substring("cold: ".length()) : text;
    List<Step> prepare = new ArrayList<>();
    int colon = text.indexOf(": ");
    if (colon >= 0) {
      prepare.addAll(steps(text.substring(0, colon)));
      text = text.substring(colon + 2);
    }
    return new ScheduleCase(
        line, prepare, Stream.of(text.split("\\|")).map(ScheduleCase::steps).toList(), cold);
  }

  private static List<Step> steps(String text) {
    return Stream.of(text.split(";")).flatMap(step -> Step.parse(step).stream()).toList();
  }

  @Override
  public String toString() {
    return name;
  }

  private static final String LINES =
      """
      chmod d/f 600 | unlink d/f
      chmod d/f 600 | rename d/f d/new 0
      chmod d/f 600 | rename d/f u 0
      chmod d/f 600 | rename u d/f 0
      chmod d/f 600 | rename d new 0
      chmod d/sub/x 600 | rename d/sub e/new 0
      chmod d/f 600 | link d/f d/new
      chmod d/f 600 | chmod d/f 640
      chmod d/f 600 | chown d/f 7 8
      chmod d/f 600 | setxattr d/f user.n v 0
      chmod h 600 | unlink d/h
      chmod h 600 | chmod d/h 640
      write h 0 a | rename d/h d/new 0
      write d/f 0 abc | unlink d/f
      write d/f 0 abc | write d/f 2 xyz
      open 0 d/f r: hread 0 0 9 | write d/f 0 abc
      open 0 d/f rw; hwrite 0 0 a; close 0 | open 1 d/f r; hread 1 0 9; close 1
      open 0 d/f r: hread 0 0 9; hstat 0 | unlink d/f
      truncate d/f 2 | chmod d/f 600
      truncate d/f 0 | write d/f 0 abc
      truncate d/f 2 | read d/f
      setxattr d/f user.n v 0 | chown d/f 7 8
      removexattr d/f user.t | getxattr d/f user.t
      mkdir d/new 755 | mkdir d/new 711
      create d/new 600 | create d/new 640
      create gone 600 | create gone 640
      mkdir gone 755 | create gone 600
      create d/new 600 | unlink d/new
      create d/new 600 | list d
      rename u v 0 | rename v u 0
      rename u ud/x 0 | rename ud/x u 0
      rename d/f d/g 0 | rename d/g d/f 0
      rename d ud/n 0 | rename ud d/n 0
      rename d/sub e/n 0 | rename e d/sub/n 0
      rename d new 0 | rename d new2 0
      rename u ud/x 2 | unlink ud/x
      rmdir e | create e/new 600
      rmdir e | mkdir e/new 755
      rmdir e | rename u e/n 0
      rmdir e | list e
      rmdir e | rename d/sub e 0
      unlink d/sub/x; rmdir d/sub | create d/sub/new 600
      link u d/new | unlink u
      link u gone | unlink ud/y
      link d/f new | unlink d/f
      link h new | unlink d/h
      unlink u | unlink ud/y
      unlink d/f | unlink d/f
      unlink d/f | lstat d/f
      cold: list d | unlink d/f
      cold: list d | rename d/f d/new 0
      cold: lstat d/f | lstat d/f
      cold: lstat h | lstat d/h
      cold: lstat d/sub/x | rename d/sub e/n 0
      cold: lstat u | lstat ud/y
      cold: chmod h 600 | chmod d/h 640
      symlink t gone | lstat gone
      chown l 1 2 | readlink l
      tmpfile 0 d 600; hlink 0 d/new; close 0 | create d/new 640
      chmod d/f 600 | unlink d/f | read d/f
      rename d new 0 | chmod d/f 600 | create d/n 600
      """;
}
