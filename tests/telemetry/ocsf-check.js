// SPDX-License-Identifier: Apache-2.0
// Holds lines of OCSF against the published schema as ocsf-compile.py has resolved it. It must never pass over a
// member, a number or a requirement that it does not understand.
//
// node ocsf-check.js SCHEMA FILE: a line of text for each thing wrong; then "N events, M wrong".
'use strict';
const fs = require('fs');
const schema = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const integers = ['integer_t', 'long_t', 'port_t', 'timestamp_t'];
const words = ['string_t', 'hostname_t', 'ip_t', 'file_name_t', 'file_path_t', 'process_name_t', 'username_t', 'uuid_t', 'url_t', 'datetime_t', 'resource_uid_t'];
let wrong = [];

function check(place, value, one, profiles) {
  if (one.list) {
    if (!Array.isArray(value)) return wrong.push(`${place}: no list`);
    return value.forEach((v, i) => check(`${place}[${i}]`, v, { ...one, list: false }, profiles));
  }
  if (integers.includes(one.type)) {
    if (!Number.isSafeInteger(value)) return wrong.push(`${place}: ${JSON.stringify(value)} is no integer`);
    if (one.enum && !one.enum.includes(value)) wrong.push(`${place}: ${value} is not in its enum`);
  } else if (one.type === 'boolean_t') {
    if (typeof value !== 'boolean') wrong.push(`${place}: no boolean`);
  } else if (words.includes(one.type)) {
    if (typeof value !== 'string') wrong.push(`${place}: no string`);
    if (one.type === 'ip_t' && !require('net').isIP(value)) wrong.push(`${place}: ${value} is no address`);
  } else if (one.type === 'object') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong.push(`${place}: no object`);
  } else if (schema.objects[one.type]) {
    members(place, value, schema.objects[one.type], profiles);
  } else {
    wrong.push(`${place}: a type that this check does not know: ${one.type}`);
  }
}

function members(place, value, definition, profiles) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong.push(`${place}: no object`);
  for (const [key, one] of Object.entries(definition.attributes)) {
    const used = !one.profile || profiles.includes(one.profile);
    if (key in value && !used) wrong.push(`${place}.${key}: is of the profile ${one.profile}`);
    if (!(key in value) && used && one.requirement === 'required') wrong.push(`${place}.${key}: is required`);
  }
  for (const key of Object.keys(value)) {
    const one = definition.attributes[key];
    if (one) check(`${place}.${key}`, value[key], one, profiles);
    else wrong.push(`${place}.${key}: is not in the schema`);
  }
  for (const [rule, keys] of Object.entries(definition.constraints)) {
    const there = keys.filter((key) => key in value).length;
    if (rule === 'at_least_one' ? there === 0 : rule === 'just_one' ? there !== 1 : true) wrong.push(`${place}: ${rule} of ${keys}`);
  }
}

let count = 0;
let bad = 0;
for (const line of fs.readFileSync(process.argv[3], 'utf8').split('\n').filter((l) => l)) {
  wrong = [];
  count++;
  const event = JSON.parse(line);
  const definition = schema.classes[event.class_uid];
  const profiles = (event.metadata || {}).profiles || [];
  if (!definition) {
    wrong.push(`class_uid ${event.class_uid} is not known`);
  } else {
    members(definition.name, event, definition, profiles);
    for (const profile of profiles) if (!definition.profiles.includes(profile)) wrong.push(`${definition.name} has no profile ${profile}`);
    if (event.category_uid !== definition.category) wrong.push(`category_uid ${event.category_uid}, not ${definition.category}`);
    if (event.type_uid !== event.class_uid * 100 + event.activity_id) wrong.push(`type_uid ${event.type_uid}`);
    if (event.metadata.version !== schema.version) wrong.push(`metadata.version ${event.metadata.version}`);
  }
  if (wrong.length) bad++;
  for (const text of wrong) console.log(`${text} (${(event.metadata || {}).event_code})`);
}
console.log(`${count} events, ${bad} wrong`);
