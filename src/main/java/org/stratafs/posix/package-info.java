/** The vocabulary of POSIX that everyone may import: errnos, modes, flags, stat, names as bytes. */
package org.stratafs.posix;
