/**
 * What the tests are written with: trees as text, a client that behaves like a program over the
 * kernel, a model, and wrappers around the real system calls.
 */
package org.stratafs.testkit;
