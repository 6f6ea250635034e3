package org.stratafs.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Errno;
import org.stratafs.posix.FsException;

class VolatileMarkTest {
  private static final String MARK = "work/work/incompat/volatile";

  private final Dirs dirs = new Dirs();
  private final StackSpec durable = dirs.simpleSpec();
  private final StackSpec volatileSpec = durable.asVolatile();

  @AfterEach
  void remove() {
    dirs.close();
  }

  private void mount(StackSpec spec) {
    LayerStack.open(dirs.sys, spec, dirs.warnings::add).close();
  }

  @Test
  void aVolatileMountLeavesTheKernelsMarkAndADurableOneNone() {
    mount(durable);
    assertFalse(dirs.exists("work/work/incompat"));
    mount(volatileSpec);
    assertTrue(dirs.stat(MARK).isDirectory());
    assertEquals(0, dirs.warnings.size());
  }

  @Test
  void oneVolatileMountAfterAnotherGoesOnWithALineEach() {
    for (int i = 0; i < 3; i++) {
      mount(volatileSpec);
      assertEquals(i, dirs.warnings.size());
    }
    assertTrue(dirs.warnings.get(0).contains("was mounted volatile before"));
    assertFalse(dirs.warnings.get(0).contains("crash"), dirs.warnings.get(0));
    assertTrue(dirs.exists(MARK));
  }

  @Test
  void aDurableMountOfTheSameBootSyncsSaysSoAndTakesTheMarkAway() {
    mount(volatileSpec);
    mount(durable);
    assertEquals(1, dirs.warnings.size());
    assertTrue(dirs.warnings.get(0).contains("synced"), dirs.warnings.get(0));
    assertFalse(dirs.exists("work/work/incompat"));
    mount(durable);
    assertEquals(1, dirs.warnings.size());
  }

  @Test
  void aDurableMountAfterAnotherBootIsRefusedWithPathAndRemedyAndChangesNothing() {
    mount(volatileSpec);
    dirs.mkdir(MARK + "/00000000-0000-0000-0000-000000000000");
    String before = dirs.names(MARK);
    FsException refusal = dirs.refusal(durable);
    assertEquals(Errno.EINVAL, refusal.errno());
    assertTrue(refusal.getMessage().contains(dirs.path("upper")), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("remove work/incompat"), refusal.getMessage());
    assertEquals(before, dirs.names(MARK));
  }

  @Test
  void aVolatileMountAfterAnotherBootGoesOnAndSaysWhatMayBeLost() {
    dirs.mkdir("work/work", "work/work/incompat", MARK); // as the kernel leaves it
    mount(volatileSpec);
    assertEquals(1, dirs.warnings.size());
    assertTrue(dirs.warnings.get(0).contains("may have lost"), dirs.warnings.get(0));
    assertEquals(Errno.EINVAL, dirs.refusal(durable).errno());
  }

  @Test
  void aFeatureThatIsNotKnownIsRefusedByName() {
    dirs.mkdir("work/work", "work/work/incompat", "work/work/incompat/other");
    for (StackSpec spec : new StackSpec[] {durable, volatileSpec}) {
      FsException refusal = dirs.refusal(spec);
      assertEquals(Errno.EINVAL, refusal.errno());
      assertTrue(refusal.getMessage().contains("'other'"), refusal.getMessage());
    }
  }
}
