// SPDX-License-Identifier: Apache-2.0
// Showing, guarding and reading behind prompt.h. A key is an answer only if it came alone: it must
// never be part of a paste or of an escape sequence.
#include "approvals/prompt.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "events/words.h"

namespace gatehouse::approvals {
namespace {

constexpr char kInterrupt = '\x03';
constexpr std::size_t kMostInput = 65536;

constexpr std::string_view kHelp =
    "  y  this once: the same request is asked again the next time\n"
    "  p  this process: until it ends, it may do this to this object\n"
    "  s  whole session: every process of it may do this to this object\n"
    "  n  deny: the program is told \"Operation not permitted\" or the like\n";

}  // namespace

Result<std::unique_ptr<Prompt>> Prompt::on_terminal(Answered answered, Surroundings around) {
  UniqueFd in(::open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!in.valid()) return sys_error("there is no terminal to ask on");
  UniqueFd out(::open("/dev/tty", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!out.valid()) return sys_error("there is no terminal to ask on");
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool colour = !(no_colour && *no_colour) && !(term && std::string_view(term) == "dumb");
  return std::make_unique<Prompt>(std::move(in), std::move(out), colour, std::move(answered),
                                  std::move(around));
}

Prompt::Prompt(UniqueFd in, UniqueFd out, bool colour, Answered answered, Surroundings around)
    : in_(std::move(in)),
      out_(std::move(out)),
      colour_(colour),
      keys_(::isatty(in_.get()) != 0),
      answered_(std::move(answered)),
      around_(std::move(around)) {}

Prompt::~Prompt() {
  if (card_) end({});
}

void Prompt::print(std::string_view text) { print_on(out_.get(), text); }

std::string Prompt::choices() const {
  if (card_->storm) return std::string("  [n] deny them all  [?] help") + (keys_ ? "\n" : "\n> ");
  std::string text = "  [y] once";
  if (card_->remember >= GH_SCOPE_PROCESS) text += "  [p] this process";
  if (card_->remember >= GH_SCOPE_SESSION) text += "  [s] whole session";
  return text + "  [n] deny  [?] help" + (keys_ ? "\n" : "\n> ");
}

void Prompt::print_card() { print("\n" + card_text(*card_, colour_) + choices()); }

void Prompt::show(Card card, std::uint64_t now) {
  if (card_) end("(see the next question)\n");
  if (around_.before) around_.before();
  card_ = std::move(card);
  if (keys_) {
    terminal_.emplace(in_.get());
    const NoTerminalStop no_stop;
    ::tcflush(in_.get(), TCIFLUSH);
  }
  line_.clear();
  guard_.shown(now);
  print_card();
}

void Prompt::end(std::string_view last_words) {
  print(last_words);
  card_.reset();
  if (keys_) {  // a second "y" is not for the child
    const NoTerminalStop no_stop;
    ::tcflush(in_.get(), TCIFLUSH);
  }
  terminal_.reset();
  if (around_.after) around_.after();
}

void Prompt::withdraw(std::string_view why) {
  if (card_) end("  " + std::string(why) + "\n");
}

std::optional<std::uint64_t> Prompt::wake_at() const {
  return card_ ? guard_.wake_at() : std::nullopt;
}

std::string Prompt::read_all() { return typed_on(in_.get(), closed_); }

bool Prompt::arm(std::uint64_t now) {
  if (!guard_.too_early(now)) return false;
  read_all();
  return true;
}

void Prompt::on_timer(std::uint64_t now) {
  if (card_ && !closed_) arm(now);
}

void Prompt::on_readable(std::uint64_t now) {
  if (closed_ || (card_ && arm(now))) return;
  const std::string input = read_all();
  if (!card_) return;
  if (keys_) {
    take_keys(input, now);
    return;
  }
  line_ += input;
  for (std::size_t end; card_ && (end = line_.find('\n')) != std::string::npos;) {
    const std::string line = line_.substr(0, end);
    line_.erase(0, end + 1);
    take_line(line);
  }
  if (line_.size() > kMostInput) line_.clear();
}

void Prompt::take_keys(std::string_view keys, std::uint64_t now) {
  if (const auto key = guard_.key_of(keys, now)) take_choice(*key == kInterrupt ? 'n' : *key);
}

void Prompt::take_line(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.size() == 1) {
    take_choice(line[0]);
  } else {
    print(choices());
  }
}

void Prompt::take_choice(char key) {
  Answer answer;
  switch (key) {
    case 'y':
    case 'p':
    case 's':
      answer.verdict = GH_ALLOW;
      answer.scope = key == 'y' ? GH_SCOPE_ONCE : key == 'p' ? GH_SCOPE_PROCESS : GH_SCOPE_SESSION;
      break;
    case 'n':
      break;
    case '?':
      print(kHelp);
      print_card();
      return;
    default:
      if (!keys_) print(choices());
      return;
  }
  if (card_->storm && answer.verdict == GH_ALLOW) {
    print("  nobody has seen these: answer the questions before them\n" + choices());
    return;
  }
  if (answer.scope > card_->remember) {
    print("  the policy does not let answers last that long\n" + choices());
    return;
  }
  const std::uint64_t id = card_->id;
  end(answer.verdict == GH_ALLOW
          ? "  allowed (" + std::string(events::scope_word(answer.scope)) + ")\n"
          : "  denied\n");
  answered_(id, answer);
}

}  // namespace gatehouse::approvals
