package org.stratafs.sabotage;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That the list of sabotages is up to date; {@code scripts/sabotage} runs them. */
class SabotageTest {
  static List<Sabotage> all() {
    return Sabotage.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("all")
  void theSabotageStillAppliesAndItsTestsAreThere(Sabotage sabotage) {
    String changed = assertDoesNotThrow(sabotage::apply);
    assertFalse(changed.isEmpty());
    assertFalse(sabotage.tests().isEmpty(), "no test is named for it");
    for (String test : sabotage.tests()) {
      Path source =
          Path.of(
              "src/test/java/org/stratafs", test.replaceAll("#.*", "").replace('.', '/') + ".java");
      assertTrue(Files.exists(source), source + " is not there");
    }
  }

  @Test
  void everySabotageHasANameOfItsOwn() {
    Set<String> names = new HashSet<>();
    all().forEach(sabotage -> names.add(sabotage.name()));
    assertEquals(all().size(), names.size());
  }
}
