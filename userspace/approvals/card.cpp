// SPDX-License-Identifier: Apache-2.0
// Entry → Card → lines. Every piece of text that an agent can choose goes through visible(): it must
// never be printed in any other way.
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
  std::string out;
  for (const std::string& word : program.argv) {
    if (!out.empty()) out += ' ';
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"") == std::string::npos;
    out += plain ? visible(word) : quote(word, std::string::npos);
  }
  return out.empty() ? visible(program.exe) : out;
}

std::string duration(std::uint64_t ms) {
  const std::uint64_t seconds = (ms + 999) / 1000;
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) {
    return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
  }
  return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
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

}  // namespace

Card card_of(const Entry& entry, events::Processes& processes, std::uint64_t now) {
  const events::Ask& ask = entry.ask();
  Card card;
  card.id = entry.id;
  card.access = events::access_word(ask.access);
  card.object = ask.object;
  card.process = entry.first.process;
  card.chain = processes.chain(entry.first.process);
  card.session = entry.first.session;
  card.policy = entry.first.policy.name;
  card.rule = ask.rule;
  card.reason = events::reason_word(ask.reason);
  card.waiting = entry.waiting;
  if (entry.deadline != 0) {
    card.left_ms = entry.deadline > now ? (entry.deadline - now) / 1'000'000 : 0;
  }
  card.on_timeout = entry.terms.on_timeout;
  card.remember = entry.terms.remember;
  // argv of an exec ask is that of the program to be; the chain holds the present one.
  if (!ask.argv.empty() && !card.chain.empty()) {
    events::Program next = card.chain.front();
    next.exe = ask.object.text;
    next.argv = ask.argv;
    card.chain.insert(card.chain.begin(), std::move(next));
  }
  return card;
}

std::string card_text(const Card& card, bool colour) {
  Lines lines(colour);
  lines.title("Gatehouse #" + std::to_string(card.id) + ": allow " + visible(card.access) + " " +
              visible(card.object.text) + (card.object.cut ? "…" : "") + " ?");
  std::size_t shown = 0;
  for (const events::Program& program : card.chain) {
    if (shown == kMostAncestors) break;
    const std::string line = command_line(program);
    lines.row(shown == 0 ? "asked by" : "  under",
              "[" + std::to_string(program.pid) + "] " +
                  (shown == 0 ? line : cut(line, kMostOfAncestor)));
    ++shown;
  }
  if (!card.chain.empty()) {
    lines.row("program", visible(card.chain.front().exe));
    lines.row("in", visible(card.chain.front().cwd));
  }
  lines.row("rule", why(card));
  std::string session =
      card.session.name.empty() ? std::to_string(card.session.serial) : visible(card.session.name);
  if (!card.policy.empty()) session += ", policy " + visible(card.policy);
  lines.row("session", session + ", uid " + std::to_string(card.process.uid));
  std::string waiting = std::to_string(card.waiting) + (card.waiting == 1 ? " thread" : " threads");
  if (card.left_ms) {
    waiting += card.on_timeout == GH_ALLOW ? "; allowed in " : "; denied in ";
    waiting += duration(*card.left_ms) + " if nobody answers";
  }
  lines.row("waiting", waiting);
  return lines.take();
}

}  // namespace gatehouse::approvals
