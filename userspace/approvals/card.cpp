// SPDX-License-Identifier: Apache-2.0
// Card → lines. Every piece of text that an agent can choose goes through visible(): it must never be
// printed in any other way.
#include "approvals/card.h"

#include "base/quote.h"
#include "base/utf8.h"
#include "events/words.h"

namespace gatehouse::approvals {
namespace {

constexpr std::size_t kMostOfAncestor = 100;  // characters; the asker's own line is never cut
constexpr std::size_t kMostAncestors = 8;

std::string cut(std::string_view text, std::size_t most) {
  std::string out;
  for (std::size_t taken = 0; !text.empty(); ++taken) {
    if (taken == most) return out + "…";
    const std::size_t length = first_utf8(text).length;
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

std::string command_line(const events::Program& program) {
  return program.argv.empty() ? visible(program.exe) : visible_words(program.argv);
}

std::string duration(std::uint64_t ms) {
  const std::uint64_t seconds = (ms + 999) / 1000;
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) {
    return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
  }
  return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
}

std::string counted(std::uint64_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

class Lines {
 public:
  explicit Lines(bool colour) : colour_(colour) {}
  void title(const std::string& text) {
    out_ += colour_ ? "\x1b[1;33m" + text + "\x1b[0m\n" : text + "\n";
  }
  void row(std::string_view name, const std::string& text) {
    if (text.empty()) return;
    std::string label(name);
    label.resize(10, ' ');
    out_ += "  " + (colour_ ? "\x1b[2m" + label + "\x1b[0m" : label) + text + "\n";
  }
  std::string take() { return std::move(out_); }

 private:
  bool colour_;
  std::string out_;
};

std::string why(const Card& card) {
  if (card.rule.id.empty()) return card.reason == "default" ? "the section's default" : card.reason;
  std::string text = visible(card.rule.id);
  if (!card.rule.layer.empty()) text += " (" + visible(card.rule.layer) + ")";
  if (!card.rule.reason.empty()) text += ": " + visible(card.rule.reason);
  return text;
}

void add_chain(Lines& lines, const Card& card) {
  if (card.chain.empty()) return;
  const events::Program& asker = card.chain.front();
  lines.row("asked by", "[" + std::to_string(asker.pid) + "] " + command_line(asker));
  lines.row("program", visible(asker.exe));
  lines.row("in", visible(asker.cwd));
  const std::string* below = &asker.cwd;
  for (std::size_t i = 1; i < card.chain.size() && i < kMostAncestors; ++i) {
    const events::Program& program = card.chain[i];
    std::string line =
        "[" + std::to_string(program.pid) + "] " + cut(command_line(program), kMostOfAncestor);
    if (!program.cwd.empty() && program.cwd != *below) {
      line += "  in " + cut(visible(program.cwd), kMostOfAncestor);
    }
    lines.row("  under", line);
    below = &program.cwd;
  }
  if (card.chain.size() > kMostAncestors) {
    lines.row("  under", counted(card.chain.size() - kMostAncestors, "more", "more"));
  }
}

std::string earlier_line(const Earlier& earlier) {
  std::string text = earlier.verdict == GH_ALLOW ? "allowed" : "denied";
  text += " (" + std::string(events::scope_word(earlier.scope)) + ") ";
  return text + duration(earlier.ago_ms) + " ago by " + visible(earlier.by) + ": " +
         cut(visible(earlier.object), kMostOfAncestor);
}

}  // namespace

std::string card_title(const Card& card) {
  std::string title = visible(card.access) + " " + visible(card.object.text);
  return card.object.cut ? title + "…" : title;
}

std::string card_wait(const Card& card) {
  std::string text = counted(card.waiting, "thread", "threads");
  if (card.processes != 0) text += " of " + counted(card.processes, "process", "processes");
  text += " for " + duration(card.waited_ms);
  if (card.left_ms) {
    text += card.on_timeout == GH_ALLOW ? "; allowed in " : "; denied in ";
    text += duration(*card.left_ms) + " if nobody answers";
  }
  return text;
}

std::string card_text(const Card& card, bool colour) {
  Lines lines(colour);
  lines.title("Gatehouse #" + std::to_string(card.id) + ": allow " + card_title(card) + " ?");
  lines.row("command", visible_words(card.argv));
  add_chain(lines, card);
  if (card.storm) {
    for (const std::string& example : card.storm->examples) {
      lines.row("such as", visible(example));
    }
    lines.row("answer", "deny refuses them all; allow those before it, and the next are shown");
  } else {
    lines.row("rule", why(card));
  }
  std::string session =
      card.session.name.empty() ? std::to_string(card.session.serial) : visible(card.session.name);
  if (!card.policy.empty()) session += ", policy " + visible(card.policy);
  lines.row("session", session + ", uid " + std::to_string(card.process.uid));
  for (const Earlier& earlier : card.earlier) {
    lines.row("before", earlier_line(earlier));
  }
  lines.row("stopped", card_wait(card));
  return lines.take();
}

}  // namespace gatehouse::approvals
