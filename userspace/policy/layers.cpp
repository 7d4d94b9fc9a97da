// SPDX-License-Identifier: Apache-2.0
// Following "extends" and joining what was found. It must never follow a file twice: neither in a
// circle nor along two ways.
#include "policy/layers.h"

#include <algorithm>

#include "base/places.h"
#include "base/quote.h"
#include "policy/document.h"

namespace gatehouse::policy {

using Unattended = Approvals::Unattended;

void Layers::add_mandatory(const Source& source) {
  std::vector<std::string> chain;
  add(source, true, chain);
}

void Layers::add_own(const Source& source) {
  own_file_ = source.file;
  std::vector<std::string> chain;
  add(source, false, chain);
}

void Layers::add(const Source& source, bool mandatory, std::vector<std::string>& chain) {
  if (!seen_.insert(source.file).second) return;
  Report report(findings_, source.file);
  const auto document = read_document(source.text, report);
  if (!document) return;
  PolicyFile file = read_policy_file(*document, report);
  rules_ += file.rule_count();
  if (rules_ > GH_MAX_RULES && rules_ - file.rule_count() <= GH_MAX_RULES) {
    report.error("",
                 "with this file the policy has " + std::to_string(rules_) + " rules, more than " +
                     std::to_string(GH_MAX_RULES),
                 "use wildcards and {a,b}, or one rule with several patterns");
  }
  chain.push_back(source.file);
  follow(file, report, mandatory, chain);
  chain.pop_back();
  if (entries_.size() == kMaxLayers) {
    report.error("", "more than " + std::to_string(kMaxLayers) + " policies are extended",
                 "join some of them");
    return;
  }
  entries_.push_back({std::move(file), mandatory});
}

void Layers::follow(const PolicyFile& file, Report& report, bool mandatory,
                    std::vector<std::string>& chain) {
  for (const auto& [name, pointer] : file.extends) {
    if (entries_.size() >= kMaxLayers) return;  // reported by whoever is added next
    const auto source = loader_(name, report.file());
    if (!source) {
      report.error(pointer, "cannot read the policy " + quote(name) + ": " + source.error().what,
                   "write a file relative to this one, or :name for one that is shipped");
      continue;
    }
    const auto circle = std::find(chain.begin(), chain.end(), source->file);
    if (circle != chain.end()) {
      std::string way;
      for (auto at = circle; at != chain.end(); ++at)
        way += visible(*at) + " → ";
      report.error(pointer,
                   "policies extend each other in a circle: " + way + visible(source->file),
                   "remove one of these");
      continue;
    }
    if (chain.size() > kMaxExtendsDepth) {
      report.error(pointer,
                   "policies are extended more than " + std::to_string(kMaxExtendsDepth) + " deep",
                   "extend the policies directly");
      continue;
    }
    add(*source, mandatory, chain);
  }
}

bool Layers::is_own(const Entry& entry) const { return entry.file.layer.file == own_file_; }

const Layers::Entry& Layers::own() const {
  return *std::find_if(entries_.begin(), entries_.end(),
                       [this](const Entry& entry) { return is_own(entry); });
}

namespace {

// Where the daemon and `run` listen. A process of a session is told apart there and may ask for `why` and
// `status`, unless a rule of the policy says otherwise.
PathRule own_sockets() {
  PathRule rule;
  rule.id = "gatehouse";
  rule.action = Action::allow;
  rule.implied = true;
  rule.reason = "Gatehouse's own socket, where a session may ask about itself";
  rule.access = access_bit(GH_UNIX);
  rule.paths = {std::string(kRunDirectory) + "/*.sock"};
  return rule;
}

// These directories and all below.
PathRule own_files(const char* id, AccessSet access, std::initializer_list<std::string> places) {
  PathRule rule;
  rule.id = id;
  rule.action = Action::deny;
  rule.implied = true;
  rule.reason = "Gatehouse's own files";
  rule.access = access;
  for (const std::string& place : places) {
    rule.paths.push_back(place);
    rule.paths.push_back(place + "/**");
  }
  return rule;
}

}  // namespace

// Files: to each layer that speaks of them; where none does, all are denied anyway. Nobody changes ours, nor
// reads where others' events are kept. Unix sockets: likewise, and to the file itself if no layer speaks of
// them, so that there is a section.
void Layers::add_implied_rules() {
  bool spoken = false;
  for (const Entry& entry : entries_)
    spoken = spoken || entry.file.layer.unix_sockets.has_value();
  for (Entry& entry : entries_) {
    const auto add = [&](std::vector<PathRule>& rules, PathRule rule) {
      rules.push_back(std::move(rule));
      names_.add_implied(rules.back(), entry.file.layer, entry.mandatory, is_own(entry));
    };
    if (auto& files = entry.file.layer.filesystem) {
      add(files->rules, own_files("gatehouse-files", kWriteSet, {kRunDirectory, kConfigDirectory}));
      add(files->rules, own_files("gatehouse-state", kWriteSet | access_bit(GH_READ),
                                  {kStateDirectory, kPinRoot}));
    }
    auto& sockets = entry.file.layer.unix_sockets;
    if (!spoken && is_own(entry)) sockets.emplace();
    if (sockets) add(sockets->rules, own_sockets());
  }
}

void Layers::name_rules() {
  for (const bool mandatory : {true, false})
    for (Entry& entry : entries_)
      if (entry.mandatory == mandatory) names_.add(entry.file.layer, mandatory, is_own(entry));
}

void Layers::settle_mode(Policy& policy) {
  policy.audit = own().file.audit;
  for (const Entry& entry : entries_) {
    policy.log_allowed = policy.log_allowed || entry.file.log_allowed;
    Report report(findings_, entry.file.layer.file);
    if (entry.file.audit && !own().file.audit) {
      report.warning("/mode", "\"audit\" here has no effect: " + quote(own().file.layer.name) +
                                  " is enforced, and so are its layers");
    }
    if (own().file.audit && entry.binding() && !entry.file.audit && policy.audit) {
      policy.audit = false;
      Report(findings_, own().file.layer.file)
          .warning("/mode", "\"audit\" has no effect: the layer " + quote(entry.file.layer.name) +
                                " is locked or the host's, and is enforced");
    }
  }
}

void Layers::settle_approvals(Policy& policy) {
  Approvals& held = policy.approvals;
  if (own().file.approvals) {
    held = *own().file.approvals;
  } else {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
      if (entry->mandatory || !entry->file.approvals) continue;
      held = *entry->file.approvals;
      break;
    }
  }
  for (const Entry& entry : entries_) {
    if (!entry.binding() || is_own(entry)) continue;
    const bool says = entry.file.approvals.has_value();
    const Approvals theirs = entry.file.approvals.value_or(Approvals{});
    Report report(findings_, own().file.layer.file);
    const auto hold = [&](const char* what) {
      report.warning("/approvals", std::string(what) + " is held to that of the layer " +
                                       quote(entry.file.layer.name) +
                                       ", which is stricter and locked or the host's");
    };
    if (theirs.timeout_ms != 0 && (held.timeout_ms == 0 || held.timeout_ms > theirs.timeout_ms)) {
      if (held.timeout_ms != 0) hold("\"timeout\"");
      held.timeout_ms = theirs.timeout_ms;
    }
    if (held.on_timeout < theirs.on_timeout) {
      hold("\"on_timeout\"");
      held.on_timeout = theirs.on_timeout;
    }
    // Waiting lets nothing through: only a layer that says so turns it into a denial.
    const bool allows = held.on_unattended == Unattended::allow;
    if ((allows && theirs.on_unattended != Unattended::allow) ||
        (says && held.on_unattended == Unattended::wait &&
         theirs.on_unattended == Unattended::deny)) {
      hold("\"on_unattended\"");
      held.on_unattended = theirs.on_unattended;
    }
    if (held.remember > theirs.remember) {
      hold("\"remember\"");
      held.remember = theirs.remember;
    }
    if (held.approvers < theirs.approvers) {
      hold("\"approvers\"");
      held.approvers = theirs.approvers;
    }
    held.self_approval = held.self_approval && theirs.self_approval;
    if (theirs.max_open && held.max_open.value_or(*theirs.max_open + 1) > *theirs.max_open) {
      if (held.max_open) hold("\"max_open\"");
      held.max_open = theirs.max_open;
    }
  }
  settle_reviewers(held);
}

// Whoever answers allows: a file below may not bring answerers of its own where one above named them.
void Layers::settle_reviewers(Approvals& held) {
  const Entry* above = nullptr;
  for (const bool mandatory : {true, false})
    for (const Entry& entry : entries_)
      if (above == nullptr && entry.binding() && entry.mandatory == mandatory && !is_own(entry) &&
          entry.file.approvals && !entry.file.approvals->reviewers.empty())
        above = &entry;
  if (above == nullptr) return;
  if (!held.reviewers.empty() && held.reviewers_file != above->file.layer.file)
    Report(findings_, held.reviewers_file)
        .warning("/approvals/reviewers", "has no effect: those of the layer " +
                                             quote(above->file.layer.name) +
                                             " count, which is locked or the host's");
  held.reviewers = above->file.approvals->reviewers;
  held.reviewers_file = above->file.layer.file;
  held.reviewers_of_host = above->mandatory;
}

void Layers::note_silence() {
  const auto any = [&](auto section) {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const Entry& entry) { return section(entry.file.layer); });
  };
  Report report(findings_, own_file_);
  const auto silent = [&](const char* of) {
    report.note("", "nothing in the policy speaks of " + std::string(of) + ": all denied",
                "add a section, if only with a default");
  };
  const bool files = any([](const Layer& layer) { return layer.filesystem.has_value(); });
  if (!files) silent("filesystem");
  if (!files && !any([](const Layer& layer) { return layer.exec.has_value(); })) silent("exec");
  if (!any([](const Layer& layer) { return layer.network.has_value(); })) silent("network");
  if (!any([](const Layer& layer) { return layer.unix_sockets.has_value(); }))
    silent("network.unix_sockets");
  if (!any([](const Layer& layer) { return layer.privilege.has_value(); })) silent("privilege");
}

Policy Layers::join() {
  Policy policy;
  policy.name = own().file.layer.name;
  policy.description = own().file.description;
  policy.tests = own().file.tests;
  settle_mode(policy);
  settle_approvals(policy);
  note_silence();
  add_implied_rules();
  for (const bool mandatory : {false, true})
    for (Entry& entry : entries_)
      if (entry.mandatory == mandatory) policy.layers.push_back(std::move(entry.file.layer));
  return policy;
}

}  // namespace gatehouse::policy
