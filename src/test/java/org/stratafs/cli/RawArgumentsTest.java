package org.stratafs.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.stratafs.posix.Names;

class RawArgumentsTest {
  private static List<String> last(String commandLine, int count) {
    return RawArguments.last(Names.toBytes(commandLine), count);
  }

  @Test
  void theLastArgumentsAreTakenByteForByte() {
    assertEquals(
        List.of("-o", "lowerdir=/\u00e4\u00ff", "/m"),
        last("java\0-cp\0x.jar\0Main\0-o\0lowerdir=/\u00e4\u00ff\0/m\0", 3));
  }

  @Test
  void emptyArgumentsAreKept() {
    assertEquals(List.of("", "a", ""), last("java\0Main\0\0a\0\0", 3));
    assertEquals(List.of("", ""), last("java\0Main\0\0\0", 2));
  }

  @Test
  void noArgumentsAreNone() {
    assertEquals(List.of(), last("java\0Main\0", 0));
  }
}
