package org.stratafs.union;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stratafs.posix.Mode;

/** Does what a HashMap does, over growing, gaps and shrinking. */
class ChildrenTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void namesAreWhatAMapOfThemHas(long seed) {
    Random random = new Random(seed);
    Children children = new Children();
    Map<String, Node> expected = new HashMap<>();
    for (int step = 0; step < 40_000; step++) {
      // First it grows, then it shrinks.
      boolean adds = random.nextInt(20_000) > step - 10_000;
      String name = "n" + random.nextInt(2_000);
      Node known = expected.get(name);
      assertSame(known, children.get(name));
      if (adds) {
        Node node = new FileNode(step, Mode.S_IFREG, step);
        expected.put(name, node);
        children.put(name, node);
      } else if (known != null) {
        assertFalse(children.remove(name, new FileNode(step, Mode.S_IFREG, step)), "of another");
        assertTrue(children.remove(name, known));
        expected.remove(name);
      } else {
        assertFalse(children.remove(name, null), "absent");
      }
      assertEquals(expected.isEmpty(), children.isEmpty());
    }
    expected.forEach((name, node) -> assertSame(node, children.get(name)));
    expected.forEach((name, node) -> assertTrue(children.remove(name, node)));
    assertTrue(children.isEmpty());
  }
}
