# SPDX-License-Identifier: Apache-2.0
"""The order of the stages of scripts/test, and what people see of them. See scripts/test --help.

Stages on the host come first, one after the other; then the virtual machines, two at a time where
memory allows. A stage that cannot run is a failure and never stops the others from telling theirs.
"""
import argparse
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from . import stages
from .results import Result, excerpt

KERNELS = ["6.1", "6.12", "6.18", "7.3"]
# They are about user space, and take eight minutes: the oldest and the newest kernel, unless one is chosen.
E2E_KERNELS = (KERNELS[0], KERNELS[-1])
# Of the second of them, without what depends on the kernel least: words of the command line, what is sent and read.
E2E_AGAIN = "-" + ":".join(f"{suite}.*" for suite in (
    "AlwaysAsked", "Learn", "Policy", "Report", "Reviewers", "Telemetry", "Terminal", "Told", "Verbs", "Watch"))
# What takes minutes and hardly depends on the kernel runs on this one, or on the first that is chosen.
ONE_KERNEL = "6.12"
SOAK_FILTER = "-Asks.*:Controller.APolicy*"  # minutes by themselves: by hand (docs/testing.md)
# The cases of ordinary tools that take longest are left to runs that name a kernel.
COMPAT_FILTER = "-" + ":".join(
    f"*/{name}" for name in ("cmake", "dpkg_buildpackage", "gdb", "git", "git_clone", "gxx", "npm"))
PREEMPT_FILTER = "*Preempt*:Path*"


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/test",
        description="Builds Gatehouse and runs its tests: on this host what needs no privilege, in "
        "virtual machines what does, on each kernel of the matrix. Closes with one line of counts.")
    parser.add_argument("--kernel", action="append", choices=KERNELS, metavar="K",
                        help=f"only this kernel; may be repeated (all: {' '.join(KERNELS)})")
    parser.add_argument("--unit-only", action="store_true", help="leave out the virtual machines")
    parser.add_argument("--vm-only", action="store_true",
                        help="build, then only the virtual machines")
    parser.add_argument("--filter", default="", metavar="GTEST_FILTER", help="only tests that match")
    parser.add_argument("--timeout", type=int, default=1200, metavar="SECS",
                        help="limit of one test program in a virtual machine (%(default)s)")
    parser.add_argument("--setup-seconds", type=float, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


class Report:
    def __init__(self):
        self.rows = []

    def add(self, stage, result):
        self.rows.append((stage, result))
        counts = f"{result.passed} passed, {len(result.failed)} failed, {len(result.skipped)} skipped"
        print(f"  {stage:<20} {counts}, {result.seconds:.0f} s{'  ' if result.note else ''}{result.note}",
              flush=True)

    def close(self):
        results = [r for _, r in self.rows]
        passed = sum(r.passed for r in results)
        failed = sum(len(r.failed) for r in results)
        skipped = sum(len(r.skipped) for r in results)
        print(f"\n{'stage':<20} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}")
        for stage, r in self.rows:
            print(f"{stage:<20} {r.passed:>7} {len(r.failed):>7} {len(r.skipped):>8} {r.seconds:>8.1f}"
                  f"{'  ' if r.note else ''}{r.note}")
        if skipped:
            print("\nskipped:")
            for stage, r in self.rows:
                for name in r.skipped:
                    print(f"  {stage}: {name}")
        if failed:
            print("\nfailed:")
            for stage, r in self.rows:
                for name in r.failed:
                    print(f"  {stage}: {name}")
                if r.failed:
                    for line in excerpt(stages.log_of(stage), ending=bool(r.note)):
                        print(f"    | {line}")
                    print(f"    log: {stages.log_of(stage)}")
        print(f"\n{passed} passed, {failed} failed, {skipped} skipped")
        return 1 if failed else 0


def side_by_side():
    """How many virtual machines at once: each has two CPUs and 1.5 GB, and more than two only wait."""
    try:
        pages = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 1
    return max(1, min(2, os.cpu_count() or 1, pages // (5 << 29)))


def vm_jobs(options, ready):
    """(stage, function, arguments) of every run in a virtual machine; the longest first."""
    chosen = options.kernel or KERNELS
    one = ONE_KERNEL if ONE_KERNEL in chosen else chosen[0]
    for kernel in chosen:
        if kernel not in ready:
            yield f"{kernel} kernel", lambda _: Result().broken("no such kernel here (stage kernels)"), ()
            continue
        again = E2E_AGAIN if kernel == E2E_KERNELS[1] and not options.kernel else ""
        runs = [("kernel_tests", "kernel", "2", ""), ("e2e_tests", "e2e", "2", again),
                ("escape_tests", "escape", "1", "")]
        if kernel == one:
            runs += [("compat_tests", "compat", "2", "" if options.kernel else COMPAT_FILTER),
                     ("soak_tests", "soak", "2", SOAK_FILTER)]
        for program, name, cpus, pattern in runs:
            if name == "e2e" and not options.kernel and kernel not in E2E_KERNELS:
                continue
            memory = ("--memory", "3072") if name == "soak" else ()
            yield (f"{kernel} {name}", stages.vm_stage,
                   (kernel, program, options.timeout, options.filter or pattern, ("--smp", cpus, *memory)))
        if not options.filter:
            yield (f"{kernel} preempt", stages.vm_stage,
                   (kernel, "kernel_tests", options.timeout, PREEMPT_FILTER, ("--preempt", "full")))


def fetch_kernels(stage, wanted, ready):
    result = Result()
    for kernel in wanted:
        if stages.run(stages.log_of(stage), "scripts/kernels", kernel) == 0:
            ready.add(kernel)
        else:
            result.broken(f"kernel {kernel} could not be fetched")
    return result


def main():
    options = arguments()
    stages.fresh_results()
    report = Report()
    report.add("setup", Result(seconds=options.setup_seconds))

    def stage(name, function, *rest):
        result = stages.timed(function, name, *rest)
        report.add(name, result)
        return result

    if stage("build", stages.build_stage).failed:
        return report.close()
    if not options.vm_only:
        if not options.filter:
            stage("check", stages.check_stage)
        stage("unit", stages.unit_stage, "release", options.filter)
        stage("unit asan", stages.unit_stage, "asan", options.filter)
        stage("differential", stages.host_stage, "differential", options.filter)
        stage("telemetry", stages.telemetry_stage, options.filter)
        if not options.filter:
            stage("fuzz", stages.fuzz_stage)
    if not options.unit_only:
        ready = set()
        stage("kernels", fetch_kernels, options.kernel or KERNELS, ready)
        with ThreadPoolExecutor(side_by_side()) as pool:
            jobs = [(name, pool.submit(stages.timed, function, name, *rest))
                    for name, function, rest in vm_jobs(options, ready)]
            for name, job in jobs:
                report.add(name, job.result())
    return report.close()


for number in (signal.SIGINT, signal.SIGTERM):
    stages.end_on(number)
sys.exit(main())
