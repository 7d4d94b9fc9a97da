// SPDX-License-Identifier: Apache-2.0
// Time, verdict, what, and by whom: the line behind human.h. It must never put text of an agent
// into the line other than through visible().
#include "sinks/human.h"

#include <sys/wait.h>

#include <ctime>

#include "base/quote.h"
#include "events/approver.h"
#include "events/calls.h"
#include "events/time.h"
#include "events/words.h"

namespace gatehouse::sinks {
namespace {

using namespace events;  // NOLINT: every name below is one of theirs

// A line in the making: `object` is what gives way when the line is too long.
struct Line {
  std::string word;  // verdict or type
  const char* colour = "";
  std::string verb;
  std::string object;
  std::string tail;
};

constexpr const char* kRed = "\x1b[31m";
constexpr const char* kYellow = "\x1b[33m";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kDim = "\x1b[2m";
constexpr const char* kReset = "\x1b[0m";

const char* colour_of(gh_verdict verdict) {
  switch (verdict) {
    case GH_ALLOW:
      return kGreen;
    case GH_ASK:
      return kYellow;
    case GH_DENY:
    case GH_KILL:
      break;
  }
  return kRed;
}

std::string why(const Judged& request) {
  if (request.reason != GH_REASON_RULE) return std::string(reason_word(request.reason));
  std::string text = visible(request.rule.id);
  if (!request.rule.reason.empty()) text += ": " + visible(request.rule.reason);
  return text;
}

Line judged(const Judged& request, const std::string& word) {
  Line line;
  line.word = request.audit ? "would " + word : word;
  line.colour = request.audit ? kYellow : colour_of(request.verdict);
  line.verb = access_word(request.access);
  line.object = request.argv.empty() ? visible(request.object.text) : visible_words(request.argv);
  if (request.object.cut) line.object += "…";
  if (const std::string reason = why(request); !reason.empty()) line.tail = "(" + reason + ")";
  return line;
}

std::string status_text(int status) {
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return "status " + std::to_string(WEXITSTATUS(status));
}

Line line_of(const Decision& event) {
  return judged(event, std::string(verdict_word(event.verdict)));
}
Line line_of(const Ask& event) {
  Line line = judged(event, "ask");
  if (event.approval != 0) line.word += " #" + std::to_string(event.approval);
  return line;
}
Line line_of(const AskGone& event) {
  return {"ask-gone", kDim, std::string(access_word(event.access)), {}, {}};
}
Line line_of(const Fork& event) {
  return {"fork", kDim, {}, {}, "→ " + std::to_string(event.child)};
}
Line line_of(const Exec& event) {
  return {"exec",
          kDim,
          {},
          event.argv.empty() ? visible(event.program.text) : visible_words(event.argv),
          {}};
}
Line line_of(const Exit& event) { return {"exit", kDim, {}, {}, status_text(event.status)}; }
Line line_of(const ToolCall& event) {
  return {"call", "", std::string(phase_word(event.phase)), {}, {}};
}
Line line_of(const SessionStart& event) {
  return {"session", "", "start", visible_words(event.argv), {}};
}
Line line_of(const SessionEnd& event) {
  return {"session", "", "end", {}, event.status ? status_text(*event.status) : visible(event.why)};
}
Line line_of(const PolicyPublished& event) {
  return {"policy",
          "",
          "published",
          {},
          std::to_string(event.rules) + " rules" + (event.audit ? ", audit only" : "")};
}
Line line_of(const ApprovalReview& event) {
  const bool failed = event.result == ApprovalReview::Result::failed;
  const bool allowed = event.result == ApprovalReview::Result::allowed;
  return {"review #" + std::to_string(event.approval), failed ? kRed : kDim,
          std::string(access_word(event.access)), visible(event.object.text),
          "(" + visible(approver_text(event.by)) +
              (failed    ? ": " + visible(event.why)
               : allowed ? " allows, more must"
                         : " passes it on") +
              ")"};
}
Line line_of(const ApprovalAnswered& event) {
  std::string word = event.verdict == GH_ALLOW ? "allowed" : "denied";
  return {word + " #" + std::to_string(event.approval), colour_of(event.verdict),
          std::string(access_word(event.access)), visible(event.object.text),
          "(" + std::string(scope_word(event.scope)) + ", by " + visible(approver_text(event.by)) +
              ")"};
}
Line line_of(const GrantRevoked& event) {
  return {
      "revoked #" + std::to_string(event.grant), kYellow, std::string(access_word(event.access)),
      visible(event.pattern.empty() ? event.object.text : event.pattern),
      "(" + std::string(verdict_word(event.verdict)) + ", " + std::string(scope_word(event.scope)) +
          ", by " + visible(approver_text(event.by)) + ")"};
}
Line line_of(const ApprovalExpired& event) {
  return {"expired #" + std::to_string(event.approval), colour_of(event.verdict),
          std::string(access_word(event.access)), visible(event.object.text),
          "(" + std::string(verdict_word(event.verdict)) + ")"};
}
Line line_of(const EventsLost& event) {
  return {
      "LOST",
      kRed,
      {},
      {},
      std::to_string(event.count) + " events (" + visible(event.ring) + "): " + visible(event.why)};
}
Line line_of(const ControllerStart& event) {
  return {
      "controller",
      "",
      "start",
      {},
      visible(event.version) +
          (event.away_since == 0 ? "" : ", none ran since " + events::rfc3339(event.away_since))};
}
Line line_of(const ControllerStop& event) {
  return {"controller", "", "stop", {}, visible(event.why)};
}
Line line_of(const ControllerAdopted& event) {
  return {"controller", "", "adopted", {}, std::to_string(event.sessions) + " sessions"};
}

std::string time_of_day(std::int64_t ns, bool utc) {
  std::int64_t second = ns / 1'000'000'000;
  std::int64_t rest = ns % 1'000'000'000;
  if (rest < 0) {
    rest += 1'000'000'000;
    --second;
  }
  const std::time_t when = second;
  std::tm parts{};
  if (utc) {
    ::gmtime_r(&when, &parts);
  } else {
    ::localtime_r(&when, &parts);
  }
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(rest / 1'000'000));
  return text;
}

void pad(std::string& text, std::size_t columns) {
  for (std::size_t width = width_of(text); width < columns; ++width) {
    text += ' ';
  }
}

}  // namespace

std::string human(const Event& event, const HumanStyle& style) {
  Line line = std::visit([](const auto& body) { return line_of(body); }, event.body);
  if (event.process.pid != 0) {
    std::string by = visible(event.process.comm) + "[" + std::to_string(event.process.pid) + "]";
    line.tail = line.tail.empty() ? by : by + " " + line.tail;
  } else if (event.session.serial != 0) {
    std::string name = event.session.name.empty() ? std::to_string(event.session.serial)
                                                  : visible(event.session.name);
    line.tail = line.tail.empty() ? name : name + " " + line.tail;
  }

  // What it claims: the tool call itself, or the one that it was joined to.
  std::string call;
  if (std::holds_alternative<ToolCall>(event.body)) {
    const Call told = call_of(event.process);
    line.object = visible(told.tool + (told.tool.empty() ? "" : " ") + told.id);
  } else {
    call = visible(call_text(event.process));
  }

  const std::string time = style.time ? time_of_day(event.time, style.utc) + ' ' : "";
  if (style.time) pad(line.word, 6);
  if (style.time && !line.verb.empty() && !line.object.empty()) pad(line.verb, 7);
  std::string middle = line.verb.empty() ? std::string{} : " " + line.verb;

  const std::size_t taken = width_of(time) + width_of(line.word) + width_of(middle);
  // Only where it costs no other word its place.
  if (!call.empty() &&
      (style.columns == 0 ||
       taken + width_of(line.object) + width_of(line.tail) + width_of(call) + 3 <= style.columns))
    line.tail += (line.tail.empty() ? "" : " ") + call;

  if (style.columns != 0) {
    const std::size_t room = style.columns > taken ? style.columns - taken : 0;
    std::size_t object = width_of(line.object);
    const std::size_t tail = width_of(line.tail);
    // The object keeps at least a third of the room; then the tail gives way too.
    const std::size_t object_least = std::min(object, room / 3);
    const std::size_t spaces = (object != 0 ? 1u : 0u) + (tail != 0 ? 1u : 0u);
    const std::size_t free = room > spaces ? room - spaces : 0;
    if (object + tail > free) {
      object = std::max(object_least, free > tail ? free - tail : 0);
      line.object = elide(line.object, std::min(object, free));
      line.tail = elide(line.tail, free - std::min(width_of(line.object), free));
    }
  }

  std::string out = style.colour ? kDim + time + kReset : time;
  out += style.colour && *line.colour ? line.colour + line.word + kReset : line.word;
  out += middle;
  if (!line.object.empty()) out += " " + line.object;
  if (!line.tail.empty()) out += " " + (style.colour ? kDim + line.tail + kReset : line.tail);
  return out;
}

}  // namespace gatehouse::sinks
