/**
 * The command line, read into values. Text in, values and lines for the person out: nothing here
 * touches a file system. Imports layer for the values that name a stack.
 */
package org.stratafs.config;
