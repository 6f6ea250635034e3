package org.stratafs.strata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

/** Which command a command line calls for is known without reading all of them. */
class CommandsTest {
  private static Class<?> called(String... arguments) {
    return Commands.calledBy(arguments);
  }

  @Test
  void aCommandIsFoundUnderTheNameItGivesItself() {
    Commands.all()
        .forEach((name, type) -> assertEquals(type.getAnnotation(Command.class).name(), name));
    assertEquals(19, Commands.all().size());
  }

  @Test
  void theStoreMayComeFirst() {
    assertEquals(ImagesCommand.class, called("images"));
    assertEquals(ImagesCommand.class, called("--store", "import", "images", "tag"));
    assertEquals(ImagesCommand.class, called("--store=import", "images"));
  }

  @Test
  void whereMoreOrNoneIsMeantAllAreRead() {
    assertNull(called());
    assertNull(called("--help"));
    assertNull(called("--store"));
    assertNull(called("--store", "import"));
    assertNull(called("help", "import"));
    assertNull(called("imports"));
  }
}
