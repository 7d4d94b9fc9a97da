# SPDX-License-Identifier: Apache-2.0
"""The stages of scripts/test: how each kind of test is built and run.

Each function returns a Result and leaves its output in a log named after the stage. Nothing here
prints: the order of stages and what people see is the business of __main__.
"""
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import results
from .results import Result

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / "build"
OUT = BUILD / "test-results"
FUZZ_SECONDS = 12

_running = set()
_lock = threading.Lock()
stopping = threading.Event()


def stop_all():
    """Asks every program that we started to end; scripts/vm then takes its machine with it."""
    stopping.set()
    with _lock:
        for process in _running:
            process.terminate()
        for process in _running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def run(log, *command, env=None):
    """Runs a command with its output in a log; returns the exit status."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        out.write(("$ " + " ".join(map(str, command)) + "\n").encode())
        out.flush()
        with _lock:
            if stopping.is_set():
                return 130
            process = subprocess.Popen(list(map(str, command)), cwd=ROOT, stdin=subprocess.DEVNULL,
                                       stdout=out, stderr=out, env={**os.environ, **(env or {})})
            _running.add(process)
        status = process.wait()
        with _lock:
            _running.discard(process)
    return status if status >= 0 else 128 - status


def log_of(stage):
    return OUT / (re.sub(r"[^\w.]+", "-", stage) + ".log")


def fresh_results():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)


def build(preset, log):
    return run(log, "cmake", "--preset", preset) == 0 and run(log, "cmake", "--build", "--preset", preset) == 0


def build_stage(stage):
    return Result() if build("release", log_of(stage)) else Result().broken("the build failed")


def check_stage(stage):
    ok = run(log_of(stage), "tests/check/run") == 0
    return results.single("tests/check/run", ok, "see its log")


def ctest_filter(pattern):
    """A GoogleTest filter as options of ctest, whose names are unit.ROOM.SUITE.TEST."""
    def names(part):
        globs = [re.escape(p).replace(r"\*", ".*").replace(r"\?", ".") for p in part.split(":") if p]
        return rf"^unit\.[a-z_]+\.({'|'.join(globs)})$"
    wanted, _, unwanted = pattern.partition("-")
    return (["-R", names(wanted)] if wanted else []) + (["-E", names(unwanted)] if unwanted else [])


def unit_stage(stage, preset, pattern):
    log = log_of(stage)
    if not list(ROOT.glob("tests/unit/*/*_test.cpp")):
        return Result(note="absent: no tests/unit")
    if preset != "release" and not build(preset, log):
        return Result().broken("the build failed")
    report = log.with_suffix(".xml")
    status = run(log, "ctest", "--preset", preset, "-j", os.cpu_count() or 1, "--output-junit", report,
                 *(ctest_filter(pattern) if pattern else []))
    if not report.exists():
        return Result().broken(f"ctest gave no report (exit status {status})")
    result = results.from_ctest(report)
    if status != 0 and not result.failed:
        result.broken(f"ctest: exit status {status}")
    return result


def fuzz_stage(stage):
    log = log_of(stage)
    sources = sorted(ROOT.glob("tests/fuzz/*_fuzz.cpp"))
    if not sources:
        return Result(note="absent: no tests/fuzz")
    if not build("asan", log):
        return Result().broken("the build failed")

    def one(source):
        name = source.stem.removesuffix("_fuzz")
        found = BUILD / "fuzz-corpus" / name  # what this machine learnt; the seeds stay as they are
        artifacts = BUILD / "fuzz-artifacts" / name
        for folder in (found, artifacts):
            folder.mkdir(parents=True, exist_ok=True)
        seeds = [d for d in [ROOT / "tests" / "fuzz" / "corpus" / name] if d.is_dir()]
        status = run(log.with_name(f"{log.stem}-{name}.log"), BUILD / "asan" / "tests" / f"fuzz_{name}",
                     f"-max_total_time={FUZZ_SECONDS}", "-timeout=10", "-rss_limit_mb=2048",
                     "-print_final_stats=1", f"-artifact_prefix={artifacts}/", found, *seeds)
        return results.single(f"fuzz {name} (input in {artifacts})", status == 0)

    total = Result()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for result in pool.map(one, sources):
            total.passed += result.passed
            total.failed += result.failed
    return total


def host_stage(stage, program, pattern):
    """A test program that needs no privilege and no kernel of its own."""
    log, xml = log_of(stage), OUT / f"{stage}.xml"
    status = run(log, BUILD / "tests" / program, f"--gtest_output=xml:{xml}",
                 *([f"--gtest_filter={pattern}"] if pattern else []))
    return results.from_gtest(xml, log, status)


def telemetry_stage(stage, pattern):
    """What sinks send, read by receivers that are not ours, where scripts/receivers can bring them."""
    if run(log_of(stage), "scripts/receivers") != 0:
        return Result().broken("the receivers could not be brought")
    return host_stage(stage, "telemetry_tests", pattern)


def vm_stage(stage, kernel, program, timeout, pattern="", options=("--smp", "2")):
    """One test program on one kernel, in a VM of its own, so that no run inherits another's state."""
    folder = ROOT / "tests" / program.removesuffix("_tests")
    binary = BUILD / "tests" / program
    if not any(folder.glob("*.cpp")):
        return Result(note=f"absent: no {folder.relative_to(ROOT)}")
    if not binary.exists():
        return Result().broken(f"{binary.relative_to(ROOT)} was not built")
    log = log_of(stage)
    shared = OUT / log.stem
    shared.mkdir(parents=True, exist_ok=True)
    xml = shared / "report.xml"
    status = run(log, "scripts/vm", "--kernel", kernel, *options, "--timeout", timeout, "-w", shared, "--",
                 binary, f"--gtest_output=xml:{xml}", *([f"--gtest_filter={pattern}"] if pattern else []),
                 env={"GH_TEST_KERNEL": kernel})
    return results.from_gtest(xml, log, status)


def timed(function, *arguments, **named):
    start = time.monotonic()
    try:
        result = function(*arguments, **named)
    except OSError as error:  # such as a tool that is not there
        result = Result().broken(f"could not run: {error}")
    result.seconds = time.monotonic() - start
    tests = result.passed + len(result.failed) + len(result.skipped)
    if not tests and not result.note and function in (vm_stage, unit_stage, host_stage, telemetry_stage):
        result.note = "no test matches"
    return result


def end_on(number):
    """Ctrl-C and kill: end our programs first, so that no virtual machine is left behind."""
    signal.signal(number, lambda *_: (stop_all(), os._exit(128 + number)))
