// SPDX-License-Identifier: Apache-2.0
// The objects of OCSF behind ocsf.h: metadata, device, actor, and what each class is about. It must never build a
// tree: this is the path of every event.
#include "sinks/ocsf.h"

#include <sys/wait.h>

#include <string_view>

#include "events/json.h"
#include "events/time.h"
#include "events/words.h"
#include "sinks/human.h"
#include "sinks/jsonl.h"
#include "sinks/ocsf_class.h"
#include "sinks/severity.h"

namespace gatehouse::sinks {
namespace {

using events::JsonObject;

constexpr unsigned kOther = 99;
constexpr unsigned kLinux = 200;
constexpr unsigned kSystemCall = 2;

// The schema has no place for bytes that are no text: they are in `unmapped`.
void put_text(JsonObject& out, std::string_view key, std::string_view text) {
  std::string json;
  events::append_json_string(json, text);
  out.raw(key, json);
}

std::string_view last_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos || slash + 1 == path.size() ? path
                                                                     : path.substr(slash + 1);
}

void put_file(JsonObject& out, std::string_view path) {
  JsonObject file = out.object("file");
  put_text(file, "name", last_name(path));
  put_text(file, "path", path);
  file.number("type_id", 0);  // the kernel does not tell
}

void put_user(JsonObject& out, std::uint32_t uid) {
  JsonObject user = out.object("user");
  user.text("uid", std::to_string(uid));
}

void put_words(JsonObject& out, const std::vector<std::string>& argv) {
  std::string line;
  for (const auto& word : argv)
    line += (line.empty() ? "" : " ") + word;
  if (!line.empty()) put_text(out, "cmd_line", line);
}

void put_process(JsonObject& out, std::string_view key, const events::Process& process) {
  JsonObject one = out.object(key);
  one.number("pid", process.pid);
  one.number("tid", process.tid);
  if (!process.comm.empty()) put_text(one, "name", process.comm);
  if (!process.exe.empty()) put_file(one, process.exe);
  put_user(one, process.uid);
  JsonObject parent = one.object("parent_process");
  parent.number("pid", process.ppid);
}

void put_approver(JsonObject& out, const events::Approver& by) {
  JsonObject actor = out.object("actor");
  if (by.kind == events::Approver::Kind::policy) return actor.text("app_name", "gatehouse");
  put_user(actor, by.uid);
  if (!by.name.empty()) put_text(actor, "invoked_by", by.name);
  if (by.pid == 0) return;
  JsonObject process = actor.object("process");
  process.number("pid", by.pid);
  if (!by.comm.empty()) put_text(process, "name", by.comm);
}

const events::Approver* approver_of(const events::Event& event) {
  if (const auto* answered = std::get_if<events::ApprovalAnswered>(&event.body))
    return &answered->by;
  if (const auto* review = std::get_if<events::ApprovalReview>(&event.body)) return &review->by;
  if (const auto* revoked = std::get_if<events::GrantRevoked>(&event.body)) return &revoked->by;
  return nullptr;
}

void put_actor(JsonObject& out, const events::Event& event) {
  if (const auto* by = approver_of(event)) return put_approver(out, *by);
  JsonObject actor = out.object("actor");
  if (event.process.pid == 0) return actor.text("app_name", "gatehouse");
  put_process(actor, "process", event.process);
  put_user(actor, event.process.uid);
  if (event.session.serial == 0) return;
  JsonObject session = actor.object("session");
  session.text("uid", std::to_string(event.session.serial));
}

void put_endpoint(JsonObject& out, std::string_view key, std::string_view host,
                  const events::Endpoint* endpoint) {
  JsonObject one = out.object(key);
  put_text(one, "hostname", host);
  if (endpoint == nullptr) return;
  put_text(one, "ip", endpoint->address);
  one.number("port", endpoint->port);
}

void put_network(JsonObject& out, const events::Judged& request, const std::string& host) {
  const bool inbound = request.access == GH_ACCEPT;
  const bool own = request.access == GH_BIND || request.access == GH_LISTEN;
  {
    JsonObject info = out.object("connection_info");
    const unsigned direction = request.access == GH_UNIX ? 4 : inbound || own ? 1 : 2;
    info.number("direction_id", direction);
    info.text("protocol_name",
              request.object.endpoint ? request.object.endpoint->protocol : "unix");
    if (request.object.endpoint)
      info.number("protocol_ver_id",
                  request.object.endpoint->address.find(':') == std::string::npos ? 4 : 6);
  }
  const std::string_view far = inbound ? "src_endpoint" : "dst_endpoint";
  if (!request.object.endpoint) {
    JsonObject peer = out.object(far);
    put_text(peer, "name", request.object.text);
  } else if (own) {
    put_endpoint(out, far, host, &*request.object.endpoint);
  } else {
    JsonObject peer = out.object(far);
    put_text(peer, "ip", request.object.endpoint->address);
    peer.number("port", request.object.endpoint->port);
  }
  if (!own) put_endpoint(out, inbound ? "dst_endpoint" : "src_endpoint", host, nullptr);
}

// What the process will be, if it is let.
void put_launch(JsonObject& out, const events::Process& process, std::string_view program,
                const std::vector<std::string>& argv) {
  JsonObject one = out.object("process");
  one.number("pid", process.pid);
  put_text(one, "name", last_name(program));
  put_file(one, program);
  put_words(one, argv);
  put_user(one, process.uid);
}

void put_judged(JsonObject& out, const events::Event& event, const events::Judged& request,
                const std::string& host) {
  const OcsfClass of = ocsf_kind(event).of;
  if (of == OcsfClass::file) put_file(out, request.object.text);
  if (of == OcsfClass::process) put_launch(out, event.process, request.object.text, request.argv);
  if (of == OcsfClass::network) put_network(out, request, host);
  if (of == OcsfClass::kernel) {
    JsonObject kernel = out.object("kernel");
    put_text(kernel, "name", request.object.text);
    kernel.number("type_id", kSystemCall);
  }
  if (!request.rule.id.empty()) {
    JsonObject rule = out.object("firewall_rule");
    put_text(rule, "uid", request.rule.id);
    put_text(rule, "name", request.rule.id);
    if (!request.rule.layer.empty()) put_text(rule, "category", request.rule.layer);
    if (!request.rule.reason.empty()) put_text(rule, "desc", request.rule.reason);
  }
  out.text("status_code", events::reason_word(request.reason));
  out.text("status_detail", events::reason_sentence(request.reason));
}

void put_entity(JsonObject& out, std::string_view type, const std::string& uid,
                const std::string& name) {
  JsonObject entity = out.object("entity");
  entity.text("type", type);
  entity.number("type_id", kOther);
  entity.text("uid", uid);
  if (!name.empty()) put_text(entity, "name", name);
}

void put_application(JsonObject& out, std::string_view name, const std::string& uid) {
  JsonObject app = out.object("app");
  put_text(app, "name", name);
  app.text("vendor_name", "Gatehouse");
  if (!uid.empty()) app.text("uid", uid);
}

struct Subject {
  JsonObject& out;
  const events::Event& event;
  const std::string& host;

  void operator()(const events::Decision& body) const { put_judged(out, event, body, host); }
  void operator()(const events::Ask& body) const { put_judged(out, event, body, host); }
  void operator()(const events::Fork& body) const {
    JsonObject process = out.object("process");
    process.number("pid", body.child);
    JsonObject parent = process.object("parent_process");
    parent.number("pid", event.process.pid);
  }
  void operator()(const events::Exec& body) const {
    put_launch(out, event.process, body.program.text, body.argv);
  }
  void operator()(const events::Exit& body) const {
    out.integer("exit_code",
                WIFSIGNALED(body.status) ? 128 + WTERMSIG(body.status) : WEXITSTATUS(body.status));
    put_process(out, "process", event.process);
  }
  void operator()(const events::SessionStart&) const { session(); }
  void operator()(const events::SessionEnd&) const { session(); }
  void operator()(const events::PolicyPublished& body) const {
    put_entity(out, "policy", std::to_string(body.digest), event.policy.name);
  }
  void operator()(const events::ApprovalAnswered& body) const {
    put_entity(out, "approval", std::to_string(body.approval), body.object.text);
    if (!body.message.empty()) put_text(out, "status_detail", body.message);
  }
  void operator()(const events::ApprovalExpired& body) const {
    put_entity(out, "approval", std::to_string(body.approval), body.object.text);
  }
  void operator()(const events::ApprovalReview& body) const {
    put_entity(out, "approval", std::to_string(body.approval), body.object.text);
  }
  void operator()(const events::GrantRevoked& body) const {
    put_entity(out, "grant", std::to_string(body.grant), body.object.text);
  }
  void operator()(const events::ControllerStart&) const { put_application(out, "Gatehouse", ""); }
  void operator()(const events::ControllerStop&) const { put_application(out, "Gatehouse", ""); }
  void operator()(const events::AskGone&) const {}
  void operator()(const events::ToolCall&) const {}
  void operator()(const events::EventsLost&) const {}
  void operator()(const events::ControllerAdopted&) const {}

 private:
  void session() const {
    const bool named = !event.session.name.empty();
    put_application(out, named ? std::string_view(event.session.name) : "session",
                    std::to_string(event.session.serial));
  }
};

unsigned severity_id(Severity severity) {
  switch (severity) {
    case Severity::debug:
    case Severity::info:
      return 1;
    case Severity::notice:
      return 2;
    case Severity::warning:
      return 3;
    case Severity::error:
      break;
  }
  return 4;
}

void put_metadata(JsonObject& out, const events::Event& event) {
  JsonObject metadata = out.object("metadata");
  metadata.text("version", "1.7.0");
  {
    JsonObject product = metadata.object("product");
    product.text("name", "Gatehouse");
    product.text("vendor_name", "Gatehouse");
    product.text("version", GH_VERSION);
  }
  metadata.raw("profiles", R"(["host","security_control"])");
  metadata.text("log_name", "gatehouse");
  metadata.text("event_code", events::type_word(event));
  metadata.text("original_time", events::rfc3339(event.time));
  if (event.session.labels.empty()) return;
  std::string labels = "[";
  for (const auto& [key, value] : event.session.labels) {
    if (labels.size() != 1) labels += ',';
    events::append_json_string(labels, key + "=" + value);
  }
  metadata.raw("labels", labels + "]");
}

void put_device(JsonObject& out, const std::string& host) {
  JsonObject device = out.object("device");
  put_text(device, "hostname", host);
  device.number("type_id", 0);
  JsonObject os = device.object("os");
  os.text("name", "Linux");
  os.number("type_id", kLinux);
}

void put_control(JsonObject& out, const events::Event& event) {
  if (event.policy.generation != 0 || !event.policy.name.empty()) {
    JsonObject policy = out.object("policy");
    put_text(policy, "name", event.policy.name);
    policy.text("version", std::to_string(event.policy.generation));
  }
  const auto outcome = ocsf_outcome(event);
  if (!outcome) return;
  out.number("action_id", outcome->action);
  out.number("disposition_id", outcome->disposition);
  out.number("status_id", outcome->status);
  out.boolean("is_alert", severity_of(event) >= Severity::warning);
}

void append_ocsf(std::string& out, const events::Event& event, const std::string& host) {
  const OcsfKind kind = ocsf_kind(event);
  const auto uid = static_cast<unsigned>(kind.of);
  JsonObject line(out);
  line.integer("time", event.time / 1'000'000);
  line.number("category_uid", uid / 1000);
  line.number("class_uid", uid);
  line.number("activity_id", kind.activity);
  line.number("type_uid", uid * 100 + kind.activity);
  line.number("severity_id", severity_id(severity_of(event)));
  put_text(line, "message", human(event, {0, false, true, false}));
  put_metadata(line, event);
  put_device(line, host);
  put_actor(line, event);
  put_control(line, event);
  std::visit(Subject{line, event, host}, event.body);
  JsonObject unmapped = line.object("unmapped");
  unmapped.raw("gatehouse", jsonl(event));
}

}  // namespace

std::string ocsf(const events::Event& event, const std::string& host) {
  std::string out;
  append_ocsf(out, event, host);
  return out;
}

}  // namespace gatehouse::sinks
