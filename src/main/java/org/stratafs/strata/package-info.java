/** The command {@code strata}: its command line (picocli), its tables and its JSON. */
package org.stratafs.strata;
