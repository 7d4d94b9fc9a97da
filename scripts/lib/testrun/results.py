# SPDX-License-Identifier: Apache-2.0
"""What a stage of scripts/test came to, and how it is read from what test programs leave behind.

A result must never be better than what is proven: a test program without a report, or with one that
is cut short, counts as failed, and so does each test that it announced and never reached.
"""
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field


@dataclass
class Result:
    passed: int = 0
    failed: list[str] = field(default_factory=list)  # names
    skipped: list[str] = field(default_factory=list)
    note: str = ""
    seconds: float = 0.0

    def broken(self, why):
        """The stage itself went wrong, beside whatever its tests say."""
        self.failed.append(why)
        self.note = self.note or why
        return self


def single(name, ok, note=""):
    """A stage that is one test by itself."""
    return Result(passed=1) if ok else Result(failed=[name], note=note)


def from_ctest(path):
    """CTest's JUnit file: a test that could not be started counts as failed."""
    result = Result()
    for case in ET.parse(path).getroot().iter("testcase"):
        name, status, skip = case.get("name"), case.get("status"), case.find("skipped")
        if status == "run":
            result.passed += 1
        elif status == "disabled" or (skip is not None and "SKIP" in skip.get("message", "")):
            result.skipped.append(name)
        else:
            result.failed.append(name)
    return result


def from_gtest_xml(path):
    result = Result()
    for case in ET.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            result.failed.append(name)
        elif case.get("result") == "skipped":
            result.skipped.append(name)
        elif case.get("status") == "run":
            result.passed += 1
        elif case.get("result") != "suppressed":  # disabled on purpose, and not counted by gtest
            result.failed.append(f"{name} (did not run)")
    return result


def from_gtest_log(text, why):
    """A program that died: what it had finished stands, the test it was in and the rest failed."""
    result = Result(note=why)
    announced = re.search(r"^\[=+\] Running (\d+) tests?", text, re.M)
    if not announced:
        return result.broken(why)
    ended = {}
    for mark, name in re.findall(r"^\[ +(OK|FAILED|SKIPPED) +\] (\S+?)(?: \(\d+ ms\)|,|$)", text, re.M):
        ended.setdefault(name, mark)
    for name, mark in ended.items():
        if mark == "OK":
            result.passed += 1
        else:
            (result.failed if mark == "FAILED" else result.skipped).append(name)
    started = re.findall(r"^\[ RUN +\] (\S+)", text, re.M)
    missing = int(announced[1]) - len(ended)
    if started and started[-1] not in ended:
        result.failed.append(f"{started[-1]} ({why})")
        missing -= 1
    result.failed += [f"a test that was never reached ({why})"] * max(missing, 0)
    if not result.failed:
        result.broken(why)
    return result


def from_gtest(xml, log, status):
    """The program's own report if it is whole; otherwise its output tells how far it came."""
    whys = {124: "time ran out", 125: "the VM died", 126: "cannot be run", 127: "not found"}
    text = log.read_text(errors="replace") if log.exists() else ""
    if not xml.exists():
        if status == 0 and not re.search(r"^\[=+\] Running", text, re.M):
            return Result(passed=1)  # not a GoogleTest program: it is one test
        return from_gtest_log(text, whys.get(status, f"exit status {status}, no report"))
    try:
        result = from_gtest_xml(xml)
    except ET.ParseError:
        return from_gtest_log(text, "its report is cut short")
    if status != 0 and not result.failed:  # such as a crash or a leak after the last test
        result.broken(whys.get(status, f"exit status {status} with no failed test"))
    return result


def excerpt(log, ending=False, tests=4, lines=25):
    """What a log says about its first failures (and how it ends), for people who only see our output."""
    text = log.read_text(errors="replace") if log.exists() else ""
    blocks = re.findall(r"^\[ RUN +\] (\S+)\n((?:(?!\[ RUN|\[ +OK|\[ +SKIPPED).*\n)*?\[  FAILED  \] \1.*)", text, re.M)
    if not blocks:  # a build says what is wrong where it stops first; most else at its end
        _, stop, rest = text.partition("\nFAILED: ")
        return rest.splitlines()[:lines] if stop else text.splitlines()[-lines:]
    shown = []
    for _, block in blocks[:tests]:
        shown += block.splitlines()[:lines]
    return shown + (["…", *text.splitlines()[-lines:]] if ending else [])
