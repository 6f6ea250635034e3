/**
 * The commands, one class each, and their exit codes. Imports config, image, mount, and sys to
 * begin with.
 */
package org.stratafs.cli;
