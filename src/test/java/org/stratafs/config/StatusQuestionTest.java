package org.stratafs.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatusQuestionTest {
  private static StatusQuestion of(String... arguments) {
    return StatusQuestion.of(List.of(arguments));
  }

  @Test
  void argumentsComeInAnyOrder() {
    assertEquals(new StatusQuestion("/m", false), of("--status", "/m"));
    assertEquals(new StatusQuestion("/m", true), of("--status", "/m", "--json"));
    assertEquals(new StatusQuestion("/m", true), of("--status", "--json", "/m"));
    assertEquals(new StatusQuestion("/m", true), of("--json", "/m", "--status"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--status", "--status /a /b", "--status --json", "--status -x", "--status -x /m"})
  void anythingButOneMountPointIsRefused(String line) {
    assertThrows(OptionException.class, () -> of(line.split(" ")));
  }
}
