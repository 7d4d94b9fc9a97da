// SPDX-License-Identifier: Apache-2.0
// Keys and lines behind desk.h. It must never send text of an agent to the terminal but through visible(), nor
// cut what is asked for.
#include "cli/desk.h"

#include <iterator>

#include "base/quote.h"
#include "base/utf8.h"
#include "cli/text.h"
#include "sinks/human.h"

namespace gatehouse::cli {
namespace {

constexpr std::size_t kMostOthers = 8;

constexpr std::string_view kHelp =
    "  a  allow this once: the same request is asked again the next time\n"
    "  p  allow this process: until it ends, it may do this to this object\n"
    "  s  allow the session: every process of it may do this to this object\n"
    "  d  deny: the program is told \"Permission denied\" or the like\n"
    "  n, j  next    k  previous    q  leave; what waits goes on waiting\n"
    "  To say why, or for how long: gatehouse approvals allow|deny ID --message … --for 10m\n";

// Lines of at most so many columns; those that are longer go on below, indented.
std::string wrapped(std::string_view text, std::size_t columns) {
  if (columns < 20) return std::string(text);
  constexpr std::string_view kIndent = "    ";
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const bool style = text[0] == '\x1b';  // our own: what agents send has been made visible
    const std::size_t length =
        style ? text.find('m') + 1 : std::max<std::size_t>(1, first_utf8(text).length);
    const std::string_view next = text.substr(0, length);
    text.remove_prefix(length);
    const std::size_t width = style || next == "\n" ? 0 : sinks::width_of(next);
    if (used + width > columns) {
      out.append("\n").append(kIndent);
      used = kIndent.size();
    }
    out += next;
    used = next == "\n" ? 0 : used + width;
  }
  return out;
}

std::string title_of(const approvals::Card& card) {
  return "#" + std::to_string(card.id) + " " + visible(card.session.name) + ": " +
         approvals::card_title(card);
}

std::string choices(const approvals::Card& card) {
  if (card.storm) return "  [d] deny them all\n";
  std::string text = "  [a] allow once";
  if (card.remember >= GH_SCOPE_PROCESS) text += "  [p] process";
  if (card.remember >= GH_SCOPE_SESSION) text += "  [s] session";
  return text + "  [d] deny\n";
}

}  // namespace

void Desk::show(Cards::const_iterator card, std::uint64_t now) {
  changed_ = true;
  if (card == cards_.end()) {
    shown_.reset();
    return;
  }
  shown_ = card->first;
  guard_.shown(now);
}

void Desk::put(const std::string& socket, approvals::Card card, std::uint64_t now) {
  const auto [at, fresh] = cards_.insert_or_assign(Key{card.id, socket}, std::move(card));
  changed_ = true;
  if (!shown_) show(at, now);
}

void Desk::erase(Cards::const_iterator card, std::uint64_t now) {
  const bool was_shown = shown_ == card->first;
  auto next = cards_.erase(card);
  changed_ = true;
  if (!was_shown) return;
  if (next == cards_.end() && !cards_.empty()) next = std::prev(next);
  show(next, now);
}

void Desk::close(const std::string& socket, std::uint64_t id, const std::string& why,
                 std::uint64_t now) {
  const auto card = cards_.find({id, socket});
  if (card == cards_.end()) return;
  if (shown_ == card->first) notice("#" + std::to_string(id) + " is over: " + why);
  erase(card, now);
}

void Desk::drop(const std::string& socket, std::uint64_t now) {
  for (auto card = cards_.begin(); card != cards_.end();) {
    const auto present = card++;
    if (present->first.second == socket)
      close(socket, present->first.first, "its controller went", now);
  }
}

void Desk::notice(const std::string& text) {
  notice_ = visible(text);
  changed_ = true;
}

void Desk::move(bool forward, std::uint64_t now) {
  if (!shown_ || cards_.size() < 2) return;
  auto card = cards_.find(*shown_);
  if (forward)
    card = std::next(card) == cards_.end() ? cards_.begin() : std::next(card);
  else
    card = std::prev(card == cards_.begin() ? cards_.end() : card);
  show(card, now);
}

std::optional<std::uint64_t> Desk::wake_at() const {
  return shown_ ? guard_.wake_at() : std::nullopt;
}

std::optional<Desk::Given> Desk::answer(char key) const {
  Given given{shown_->second, shown_->first, {}};
  given.answer.verdict = key == 'd' ? GH_DENY : GH_ALLOW;
  given.answer.scope = key == 'p'   ? GH_SCOPE_PROCESS
                       : key == 's' ? GH_SCOPE_SESSION
                                    : GH_SCOPE_ONCE;
  const auto& card = cards_.at(*shown_);
  const bool unseen = card.storm && given.answer.verdict == GH_ALLOW;
  if (unseen || given.answer.scope > card.remember) return std::nullopt;
  return given;
}

std::optional<Desk::Given> Desk::take(std::string_view input, std::uint64_t now) {
  const bool too_early = shown_ && guard_.too_early(now);
  const auto key = guard_.key_of(input, now);
  if (!key) return std::nullopt;
  switch (*key) {
    case 'q':
    case '\x03':  // Ctrl-C
    case '\x04':  // Ctrl-D
      done_ = true;
      break;
    case 'n':
    case 'j':
    case 'k':
      move(*key != 'k', now);
      break;
    case '?':
      help_ = !help_;
      changed_ = true;
      break;
    case 'a':
    case 'p':
    case 's':
    case 'd':
      if (!shown_ || too_early) break;
      if (auto given = answer(*key)) return given;
      notice(cards_.at(*shown_).storm ? "nobody has seen these: answer the questions before them"
                                      : "the policy does not let answers last that long");
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::string Desk::view(std::size_t columns, bool colour) const {
  std::string text;
  if (!shown_) {
    text = toned("Gatehouse: nothing is waiting", Tone::dim, colour) + "\n  [?] help  [q] quit\n";
  } else {
    const auto& card = cards_.at(*shown_);
    text = approvals::card_text(card, colour) + choices(card);
    if (cards_.size() > 1) text += "  [n] next  [k] previous";
    text += "  [?] help  [q] quit\n";
  }
  if (help_) text += kHelp;
  text = wrapped(text, columns);
  std::size_t listed = 0;
  for (const auto& [key, card] : cards_) {
    if (key == shown_) continue;
    if (listed++ == kMostOthers) break;
    const std::string line = "  also " + title_of(card);
    text += (columns == 0 ? line : sinks::elide(line, columns)) + "\n";
  }
  if (cards_.size() > kMostOthers + 1)
    text += "  and " + std::to_string(cards_.size() - kMostOthers - 1) + " more\n";
  if (!notice_.empty()) text += wrapped("  " + notice_ + "\n", columns);
  return text;
}

}  // namespace gatehouse::cli
