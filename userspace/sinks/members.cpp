// SPDX-License-Identifier: Apache-2.0
// One function per type of event behind members.h. It must never build a tree: this is the path of
// every event.
#include "sinks/members.h"

#include <sys/wait.h>

#include "events/time.h"
#include "events/words.h"

namespace gatehouse::sinks {
namespace {

using namespace events;  // NOLINT: every name below is one of theirs

void put_object(Members& out, const Object& object) {
  out.text("object", object.text);
  if (object.cut) out.boolean("object_cut", true);
  if (!object.endpoint) return;
  out.text("protocol", object.endpoint->protocol);
  out.text("address", object.endpoint->address);
  out.number("port", object.endpoint->port);
}

void put_judged(Members& out, const Judged& request) {
  out.text("access", access_word(request.access));
  put_object(out, request.object);
  if (!request.argv.empty()) out.list("argv", request.argv);
  out.text("verdict", verdict_word(request.verdict));
  if (request.audit) out.boolean("audit", true);
  if (!request.rule.id.empty()) out.text("rule", request.rule.id);
  if (!request.rule.layer.empty()) out.text("layer", request.rule.layer);
  if (!request.rule.reason.empty()) out.text("rule_reason", request.rule.reason);
  out.text("reason", reason_word(request.reason));
  out.text("detail", reason_sentence(request.reason));
}

void put_status(Members& out, int status) {
  if (WIFSIGNALED(status)) {
    out.integer("signal", WTERMSIG(status));
  } else {
    out.integer("exit_code", WEXITSTATUS(status));
  }
}

void put(Members& out, const Decision& event) { put_judged(out, event); }

void put(Members& out, const Ask& event) {
  if (event.approval != 0) out.number("approval", event.approval);
  put_judged(out, event);
  if (event.again) out.boolean("again", true);
}

void put(Members& out, const AskGone& event) { out.text("access", access_word(event.access)); }

void put(Members& out, const Fork& event) {
  out.number("child", event.child);
  out.wide("child_start", event.child_start);
}

void put(Members& out, const Exec& event) {
  put_object(out, event.program);
  out.list("argv", event.argv);
  if (event.argv_cut) out.boolean("argv_cut", true);
}

void put(Members& out, const Exit& event) { put_status(out, event.status); }

void put(Members& out, const ToolCall& event) {
  out.text("phase", phase_word(event.phase));
  if (event.hook == 0) return;
  out.number("hook", event.hook);
  out.wide("hook_start", event.hook_start);
}

void put(Members& out, const SessionStart& event) {
  out.text("cgroup", event.cgroup);
  if (!event.workspace.empty()) out.text("workspace", event.workspace);
  out.number("owner", event.owner);
  if (!event.argv.empty()) out.list("argv", event.argv);
}

void put(Members& out, const SessionEnd& event) {
  if (event.status) put_status(out, *event.status);
  out.text("why", event.why);
}

void put(Members& out, const PolicyPublished& event) {
  out.wide("digest", event.digest);
  out.number("rules", event.rules);
  out.number("states", event.states);
  out.text("mode", event.audit ? "audit" : "enforce");
}

void put_approver(Members& out, const Approver& by) {
  out.text("by", approver_word(by.kind));
  if (by.kind == Approver::Kind::policy) return;
  if (!by.name.empty()) out.text("by_name", by.name);
  out.number("by_uid", by.uid);
  if (by.pid == 0) return;  // no single process
  out.number("by_pid", by.pid);
  out.text("by_comm", by.comm);
}

void put(Members& out, const ApprovalAnswered& event) {
  out.number("approval", event.approval);
  out.text("access", access_word(event.access));
  put_object(out, event.object);
  out.text("verdict", verdict_word(event.verdict));
  out.text("scope", scope_word(event.scope));
  if (event.for_ms != 0) out.number("for_ms", event.for_ms);
  out.number("waiting", event.waiting);
  put_approver(out, event.by);
  if (!event.message.empty()) out.text("message", event.message);
  if (event.grant != 0) out.number("grant", event.grant);
  if (!event.pattern.empty()) out.text("pattern", event.pattern);
}

void put(Members& out, const GrantRevoked& event) {
  out.number("grant", event.grant);
  out.text("access", access_word(event.access));
  put_object(out, event.object);
  if (!event.pattern.empty()) out.text("pattern", event.pattern);
  out.text("verdict", verdict_word(event.verdict));
  out.text("scope", scope_word(event.scope));
  put_approver(out, event.by);
}

void put(Members& out, const ApprovalExpired& event) {
  out.number("approval", event.approval);
  out.text("access", access_word(event.access));
  put_object(out, event.object);
  out.text("verdict", verdict_word(event.verdict));
  out.number("waiting", event.waiting);
}

void put(Members& out, const ApprovalReview& event) {
  out.number("approval", event.approval);
  out.text("access", access_word(event.access));
  put_object(out, event.object);
  out.text("result", review_word(event.result));
  put_approver(out, event.by);
  if (!event.why.empty()) out.text("why", event.why);
}

void put(Members& out, const EventsLost& event) {
  out.text("ring", event.ring);
  if (event.cpu) out.number("cpu", *event.cpu);
  out.number("count", event.count);
  if (event.among) {
    out.number("first_seq", event.among->first);
    out.number("past_seq", event.among->past);
  }
  out.text("why", event.why);
}

void put(Members& out, const ControllerStart& event) {
  out.text("version", event.version);
  if (event.away_since != 0) out.text("away_since", rfc3339(event.away_since));
}
void put(Members& out, const ControllerStop& event) { out.text("why", event.why); }
void put(Members& out, const ControllerAdopted& event) { out.number("sessions", event.sessions); }

void put_head(Members& out, const Event& event) {
  out.text("time", rfc3339(event.time));
  out.text("type", type_word(event));
  if (event.origin) {
    out.number("seq", event.origin->seq);
    out.number("cpu", event.origin->cpu);
  }
  if (event.session.serial != 0) {
    out.group("session", [&](Members& session) {
      session.number("id", event.session.serial);
      if (!event.session.name.empty()) session.text("name", event.session.name);
      if (!event.session.container.empty()) session.text("container", event.session.container);
      if (event.session.labels.empty()) return;
      session.group("labels", [&](Members& labels) {
        for (const auto& [key, value] : event.session.labels) {
          labels.text(key, value);
        }
      });
    });
  }
  if (event.policy.generation != 0 || !event.policy.name.empty()) {
    out.group("policy", [&](Members& policy) {
      if (!event.policy.name.empty()) policy.text("name", event.policy.name);
      policy.number("generation", event.policy.generation);
    });
  }
}

void put_process(Members& out, const Process& process) {
  if (process.pid == 0) return;
  out.number("pid", process.pid);
  out.number("tid", process.tid);
  out.number("ppid", process.ppid);
  out.wide("start", process.start);
  out.number("uid", process.uid);
  out.number("gid", process.gid);
  out.text("comm", process.comm);
  if (!process.exe.empty()) out.text("exe", process.exe);
  if (process.claimed.empty()) return;
  out.group("claimed", [&](Members& claimed) {
    for (const auto& [name, value] : process.claimed)
      claimed.text(name, value);
  });
}

}  // namespace

void describe(Members& out, const Event& event) {
  put_head(out, event);
  put_process(out, event.process);
  std::visit([&](const auto& body) { put(out, body); }, event.body);
}

}  // namespace gatehouse::sinks
