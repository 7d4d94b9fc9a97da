// SPDX-License-Identifier: Apache-2.0
// One function per section of a policy file: Value → part of the Model, findings to the report. None
// may look at another section or another file: what depends on several is parse.cpp's.
#pragma once

#include <string>
#include <vector>

#include "policy/fields.h"
#include "policy/model.h"
#include "policy/pattern.h"
#include "policy/report.h"
#include "policy/value.h"

namespace gatehouse::policy {

Filesystem read_filesystem(const Value& value, const std::string& at, const Variables& variables,
                           Report& report);
Exec read_exec(const Value& value, const std::string& at, const Variables& variables,
               Report& report);
Network read_network(const Value& value, const std::string& at, Report& report);
// The member of the network section; the rule that lets a session talk to Gatehouse is not in it.
UnixSockets read_unix_sockets(const Value& value, const std::string& at, const Variables& variables,
                              Report& report);
Privilege read_privilege(const Value& value, const std::string& at, Report& report);
Approvals read_approvals(const Value& value, const std::string& at, Report& report);
// "reviewers" of that section, where so many must allow.
std::vector<Reviewer> read_reviewers(const Fields& approvals, unsigned approvers);
// "answers": to rules of the layer, which were read before. Expired ones are said and left out. How many hold.
std::size_t read_answers(const Fields& top, const Variables& variables, Layer& layer);
std::vector<PolicyTest> read_tests(const Value& value, const std::string& at,
                                   const Variables& variables, Report& report);

// Shared by the sections.

// id, action, reason and log of a rule.
void read_rule(const Fields& fields, Rule& rule);

// What a rule is about: its patterns, words or addresses.
void read_path_objects(const Fields& fields, const Variables& variables, PathRule& rule);
void read_socket_objects(const Fields& fields, const Variables& variables, PathRule& rule);
void read_command_objects(const Fields& fields, const Variables& variables, CommandRule& rule);
void read_net_objects(const Fields& fields, NetRule& rule);
// "access" of a filesystem rule; all if it is left out.
AccessSet read_path_access(const Fields& fields);

// The elements of "rules", unless there are more than any policy may have.
const Value::Array* rules_of(const Fields& fields);

// "default": one action, or an object of an action per access. `write` of a filesystem sets kWriteSet.
Defaults read_defaults(const Fields& fields, int access_class);

}  // namespace gatehouse::policy
