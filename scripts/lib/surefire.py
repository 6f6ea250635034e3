"""Adds up surefire's reports: prints "PASSED FAILED SKIPPED"; each failure and skip goes to standard error."""

import pathlib
import sys
import xml.etree.ElementTree

passed = failed = skipped = 0
for report in sorted(pathlib.Path(sys.argv[1]).glob("TEST-*.xml")):
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skip = case.find("skipped")
        if skip is not None:
            skipped += 1
            print(f"skipped: {name}: {skip.get('message')}", file=sys.stderr)
        elif case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            print(f"FAILED: {name}", file=sys.stderr)
        else:
            passed += 1
print(passed, failed, skipped)
