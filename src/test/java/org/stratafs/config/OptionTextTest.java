package org.stratafs.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class OptionTextTest {
  @Test
  void commasSeparateAndEmptyOptionsAreDropped() {
    assertEquals(List.of("a=1", "volatile"), OptionText.split("a=1,,volatile,"));
    assertEquals(List.of(), OptionText.split(""));
    assertEquals(List.of(), OptionText.split(",,"));
  }

  @Test
  void escapedCommaStaysInItsOption() {
    assertEquals(List.of("upperdir=/a\\,b", "ro"), OptionText.split("upperdir=/a\\,b,ro"));
    assertEquals("/a,b", OptionText.unescape("/a\\,b"));
  }

  @Test
  void escapedBackslashBeforeACommaDoesNotProtectIt() {
    assertEquals(List.of("upperdir=/a\\\\", "ro"), OptionText.split("upperdir=/a\\\\,ro"));
    assertEquals("/a\\", OptionText.unescape("/a\\\\"));
  }

  @Test
  void quotesProtectCommasAndVanishFromTheValue() {
    assertEquals(
        List.of("context=\"system_u:object_r:t:s0:c1,c2\"", "ro"),
        OptionText.split("context=\"system_u:object_r:t:s0:c1,c2\",ro"));
    assertEquals(
        "system_u:object_r:t:s0:c1,c2", OptionText.unescape("\"system_u:object_r:t:s0:c1,c2\""));
    assertEquals(List.of("/a,b", "/c"), OptionText.paths("\"/a,b\":/c"));
    assertEquals(List.of("/a,b", "/c"), OptionText.paths("\"/a,b:/c\""));
  }

  @Test
  void aQuoteInTheMiddleOrUnclosedIsItself() {
    assertEquals(List.of("upperdir=/a\"b", "ro"), OptionText.split("upperdir=/a\"b,ro"));
    assertEquals(List.of("upperdir=\"/a", "ro"), OptionText.split("upperdir=\"/a,ro"));
    assertEquals("\"/a", OptionText.unescape("\"/a"));
    assertEquals("\"", OptionText.unescape("\""));
  }

  @Test
  void colonsSeparateLowersAndAnEscapedColonIsOne() {
    assertEquals(List.of("/a", "/b:c", "d\\e"), OptionText.paths("/a:/b\\:c:d\\\\e"));
    assertEquals(List.of("/a\\", "/b"), OptionText.paths("/a\\\\:/b"));
    assertEquals(List.of("/a", "", "/b"), OptionText.paths("/a::/b"));
    assertEquals(List.of("/a", ""), OptionText.paths("/a:"));
  }

  @Test
  void aLastBackslashIsItself() {
    assertEquals("/a\\", OptionText.unescape("/a\\"));
    assertEquals(List.of("a\\"), OptionText.split("a\\"));
  }

  @Test
  void anEscapedEqualsSignInAValueIsOne() {
    assertEquals(List.of("fsname=a=b", "ro"), OptionText.split("fsname=a=b,ro"));
  }
}
