"""Adds up surefire's reports: prints "PASSED FAILED SKIPPED"; each failure and skip goes to standard error.

With --failures it prints each failure with its message instead, which holds the seed and the script.
"""

import pathlib
import sys
import xml.etree.ElementTree

messages = sys.argv[1] == "--failures"
passed = failed = skipped = 0
for report in sorted(pathlib.Path(sys.argv[-1]).glob("TEST-*.xml")):
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skip = case.find("skipped")
        problem = case.find("failure") if case.find("failure") is not None else case.find("error")
        if skip is not None:
            skipped += 1
            if not messages:
                reason = skip.get("message") or (skip.text or "without a reason").strip().splitlines()[0]
                print(f"skipped: {name}: {reason}", file=sys.stderr)
        elif problem is not None:
            failed += 1
            if messages:
                print(f"{name}: {problem.get('message')}")
            else:
                print(f"FAILED: {name}", file=sys.stderr)
        else:
            passed += 1
if not messages:
    print(passed, failed, skipped)
