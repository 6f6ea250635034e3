package org.stratafs.core;

import java.util.ArrayList;
import java.util.List;
import org.stratafs.testkit.Real;
import org.stratafs.testkit.ScriptRunner;
import org.stratafs.testkit.Step;
import org.stratafs.testkit.TempTree;
import org.stratafs.testkit.TreeSpec;
import org.stratafs.testkit.UnionFixture;

/** One operation for each path through the union, over layers that have every state of a name. */
final class Operations {
  private static final String UPPER =
      """
      file u "upper u" mode=640 user.t=v mtime=5.000000001
      file u2 "upper u2"
      dir ud user.d=v
      file ud/x "x"
      dir ue
      dir emptied
      whiteout emptied/x
      whiteout gone
      dir redone mode=711
      opaque redone
      file redone/new "new"
      """;

  private static final String TOP =
      """
      dir d mode=2755 gid=100 mtime=7.000000002
      file d/f "lower f" mode=4755 uid=1000 gid=100 user.t=v mtime=9.000000003
      file d/g "g"
      dir d/sub mode=700
      file d/sub/x "x"
      dir empty uid=1000
      dir emptied
      file emptied/x "x"
      link l target
      fifo p
      file big "big" size=300000 mode=600
      file gone "gone"
      dir redone
      file redone/old "old"
      """;

  private static final String BOTTOM =
      """
      dir d
      file d/f "lowest f"
      file d/h "h"
      dir emptied
      file emptied/y "y"
      """;

  /**
   * One case.
   *
   * @param prepare steps before the one that is looked at
   */
  record Operation(String name, List<Step> prepare, Step step) {
    @Override
    public String toString() {
      return name;
    }
  }

  private Operations() {}

  /** The lowers of all operations, built once for many unions. */
  static final class Lowers implements AutoCloseable {
    private final TempTree temp = new TempTree(Real.SYS);
    // The lowest has what the top whites out, so that "emptied" is a merged directory with
    // whiteouts
    // and yet empty.
    private final String top = temp.build("top", TreeSpec.parse(TOP + "whiteout emptied/y\n"));
    private final String bottom = temp.build("bottom", TreeSpec.parse(BOTTOM));

    /** A union with an upper of its own, not yet opened. */
    UnionFixture fixture() {
      return new UnionFixture().upper(UPPER).lowerAt(top).lowerAt(bottom).metacopyAbove(0);
    }

    @Override
    public void close() {
      temp.close();
    }
  }

  static ScriptRunner prepare(UnionFixture fixture, Operation operation) {
    ScriptRunner runner = new ScriptRunner(fixture.client());
    for (Step step : operation.prepare()) {
      String outcome = runner.run(step);
      if (!outcome.startsWith("ok")) {
        throw new AssertionError("preparing " + operation + ", " + step + ": " + outcome);
      }
    }
    return runner;
  }

  static List<Operation> all() {
    List<Operation> all = new ArrayList<>();
    for (String line : LINES.lines().toList()) {
      String[] steps = line.split(";", -1);
      List<Step> script = new ArrayList<>();
      for (String step : steps) {
        script.addAll(Step.parse(step));
      }
      int last = script.size() - 1;
      all.add(new Operation(line, script.subList(0, last), script.get(last)));
    }
    return all;
  }

  /** An operation a line; what stands before a semicolon prepares it. */
  private static final String LINES =
      """
      mkdir new 755
      mkdir gone 755
      mkdir d/sub/new 755
      mkdir .wh.lit 755
      open 0 new rwc
      open 0 gone rwc
      open 0 d/sub/new rwc
      open 0 .wh.lit rwc
      symlink to new
      symlink to gone
      symlink to d/new
      mknod new fifo 600
      mknod gone fifo 600
      mknod d/new sock 600
      link u new
      link u gone
      link d/f new
      link d/f gone
      link d/f d/sub/new
      link l new
      unlink u
      unlink d/f
      unlink d/sub/x
      unlink l
      chmod d/f 600; unlink d/f
      write gone 0 x; unlink gone
      open 0 u rw; unlink u
      open 0 d/f r; unlink d/f
      rmdir ue
      rmdir empty
      rmdir emptied
      unlink redone/new; rmdir redone
      mkdir gone 755; rmdir gone
      rename u new 0
      rename u gone 0
      rename u u2 0
      rename u d/f 0
      rename u d/sub/new 0
      rename d/f new 0
      rename d/f gone 0
      rename d/f u 0
      rename d/f d/g 0
      rename d/f new 1
      rename d/sub/x d/g 0
      rename l new 0
      rename p d/p 0
      chmod d/f 600; rename d/f new 0
      write gone 0 x; rename gone new 0
      rename ud new 0
      rename ud gone 0
      rename ud ue 0
      rename ud empty 0
      rename ud emptied 0
      rename ud d/sub/new 0
      rename redone new 0
      rename redone gone 0
      mkdir gone 755; rename gone new 0
      rename d new 0
      rename d gone 0
      rename d ud/new 0
      rename d ue 0
      rename d/sub new 0
      rename emptied new 0
      rename d ud 2
      rename d emptied 2
      chmod d/f 600; rename d gone 0
      rename d new 0; rename new ud/new 0
      rename u u2 2
      rename u d/f 2
      rename d/f d/g 2
      rename d/f d/sub/x 2
      rename ud ue 2
      rename ud u 2
      rename redone d/f 2
      chmod u 600
      chmod d/f 600
      chmod d/sub 711
      chown d/f 1 2
      chown l 1 2
      utimens d/f 11 12
      setxattr d/f user.n v 0
      setxattr d/sub user.n v 0
      removexattr d/f user.t
      truncate u 2
      truncate big 100
      truncate big 0
      open 0 big rw
      open 0 d/f rw
      open 0 big rwt
      open 0 u rwt
      open 0 big r
      open 0 u rw; hwrite 0 3 text
      open 0 u rw; htruncate 0 3
      open 0 big r; truncate big 5; hread 0 0 20
      tmpfile 0 d 600
      tmpfile 0 d 600; hlink 0 d/new
      tmpfile 0 d 600; hlink 0 gone
      open 0 d/f r; unlink d/f; hread 0 0 10
      open 0 d/f r; unlink d/f; hstat 0
      list d
      list emptied
      lstat d/sub/x
      readlink l
      read d/f
      getxattr d/f user.t
      """;
}
