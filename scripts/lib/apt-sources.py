#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints this machine's own Debian sources with another suite in place of the running release.

usage: apt-sources.py CODENAME SUITE
Where a source names CODENAME, it comes out naming SUITE; for a plain release (no "-backports") its
"-updates" and "-security" companions come along. Every other source is left out. The output is
deb822, for a scratch apt root: the machine's own settings are only read.
"""
import glob
import re
import sys


def one_line_sources(text):
    for line in text.splitlines():
        m = re.match(r"\s*deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)", line)
        if not m:
            continue
        options, uri, suite, components = m.groups()
        stanza = {"Types": "deb", "URIs": uri, "Suites": suite, "Components": components.strip()}
        signed = re.search(r"signed-by=(\S+)", options or "")
        if signed:
            stanza["Signed-By"] = signed[1]
        yield stanza


def deb822_sources(text):
    text = re.sub(r"(?m)^#.*\n?", "", text)
    for block in re.split(r"\n\s*\n", text):
        stanza, key = {}, None
        for line in block.splitlines():
            if line[:1] in " \t" and key:  # a folded value, such as a key in ASCII armour
                stanza[key] += "\n" + line
            elif ":" in line:
                key, value = line.split(":", 1)
                stanza[key] = value.strip()
        if stanza.get("Enabled", "yes").lower() not in ("no", "false") and "URIs" in stanza:
            yield stanza


def main():
    codename, suite = sys.argv[1:]
    renamed = {codename: suite}
    if "-" not in suite:
        renamed |= {f"{codename}{end}": f"{suite}{end}" for end in ("-updates", "-security")}

    stanzas = []
    for path in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*.list"))]:
        try:
            stanzas += one_line_sources(open(path).read())
        except FileNotFoundError:
            pass
    for path in sorted(glob.glob("/etc/apt/sources.list.d/*.sources")):
        stanzas += deb822_sources(open(path).read())

    kept = 0
    for stanza in stanzas:
        suites = [renamed[s] for s in stanza["Suites"].split() if s in renamed]
        if "deb" not in stanza["Types"].split() or not suites:
            continue
        stanza |= {"Types": "deb", "Suites": " ".join(suites)}
        print("".join(f"{key}: {value}\n" for key, value in stanza.items()))
        kept += 1
    if not kept:
        sys.exit(f"apt-sources: no source under /etc/apt names {codename}")


main()
