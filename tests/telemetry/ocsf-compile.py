#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Resolves includes, profiles and inheritance of the published OCSF schema for the classes that we send.

usage: ocsf-compile.py CHECKOUT CLASS… > ocsf-VERSION.json
CHECKOUT is a working copy of github.com/ocsf/ocsf-schema (Apache-2.0) at a release. The output holds, for each
class and each object that one of them reaches, its attributes (type, whether it is a list, requirement, numbers of
its enum, profile that brings it) and its constraints. ocsf-check.js reads it; nothing in it is written by hand.
"""
import glob
import json
import os
import sys

root = sys.argv[1]


def load(path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return json.load(file)


dictionary = load("dictionary.json")["attributes"]
categories = load("categories.json")["attributes"]
classes = {}
for name in glob.glob(os.path.join(root, "events/**/*.json"), recursive=True):
    one = load(os.path.relpath(name, root))
    classes[one["name"]] = one
objects = {os.path.basename(name)[:-5]: load(os.path.relpath(name, root))
           for name in glob.glob(os.path.join(root, "objects/*.json"))}
objects = {one.get("name", key): one for key, one in objects.items()}


def merge(into, attributes, profile=None):
    """Attributes of an include, a profile or a class over those that it extends."""
    attributes = dict(attributes)
    includes = attributes.pop("$include", [])
    for path in [includes] if isinstance(includes, str) else includes:
        included = load(path)
        of = included["name"] if included.get("meta") == "profile" or path.startswith("profiles/") else profile
        merge(into, included["attributes"], of)
    for key, value in attributes.items():
        known = into.setdefault(key, {})
        for part in ("requirement", "enum", "profile"):
            if part in value:
                known[part] = {**known.get("enum", {}), **value["enum"]} if part == "enum" else value[part]
        if profile and "profile" not in value:
            known.setdefault("profile", profile)


def resolved(table, name):
    one = table[name]
    attributes, constraints, profiles = {}, {}, []
    if one.get("extends"):
        attributes, constraints, profiles = resolved(table, one["extends"])
        attributes = json.loads(json.dumps(attributes))
    merge(attributes, one.get("attributes", {}))
    if "constraints" in one:
        constraints = one["constraints"]
    return attributes, constraints, sorted({*profiles, *one.get("profiles", [])})


def compiled(attributes):
    out = {}
    for key, value in sorted(attributes.items()):
        of = dictionary.get(key, {})
        enum = {**of.get("enum", {}), **value.get("enum", {})}
        kind = of.get("type", "object")
        out[key] = {"type": kind, "requirement": value.get("requirement") or of.get("requirement") or "optional"}
        if of.get("is_array"):
            out[key]["list"] = True
        if enum and kind in ("integer_t", "long_t"):
            out[key]["enum"] = sorted(map(int, enum))
        if value.get("profile"):
            out[key]["profile"] = value["profile"]
    return out


def category_of(name):
    one = classes[name]
    return one.get("category") or (category_of(one["extends"]) if one.get("extends") else "other")


result = {"version": load("version.json")["version"], "classes": {}, "objects": {}}
wanted = []
for name in sys.argv[2:]:
    attributes, constraints, profiles = resolved(classes, name)
    category = categories.get(category_of(name), {}).get("uid", 0)
    uid = category * 1000 + classes[name].get("uid", 0)
    # The schema's own server fills these in, too: the base event lists its own only.
    for key, number in (("category_uid", category), ("class_uid", uid)):
        attributes[key].pop("enum", None)
        attributes[key]["enum"] = {str(number): {}}
    result["classes"][uid] = {"name": name, "category": category, "profiles": profiles,
                              "constraints": constraints, "attributes": compiled(attributes)}
    wanted += [a["type"] for a in result["classes"][uid]["attributes"].values()]
while wanted:
    name = wanted.pop()
    if name in result["objects"] or name not in objects or name == "object":
        continue
    attributes, constraints, profiles = resolved(objects, name)
    result["objects"][name] = {"constraints": constraints, "attributes": compiled(attributes)}
    wanted += [a["type"] for a in result["objects"][name]["attributes"].values()]
json.dump(result, sys.stdout, indent=None, separators=(",", ":"), sort_keys=True)
print()
