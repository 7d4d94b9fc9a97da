// SPDX-License-Identifier: Apache-2.0
// What a run used, of all that its events tell: requests that went through, each once with its count. It must
// never take what was refused for something that was used.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "events/event.h"
#include "learning/replay.h"
#include "policy/model.h"

namespace gatehouse::learning {

struct Used {
  std::uint64_t times = 0;
  bool asked = false;      // a person was, or would have been, asked
  bool stopped = false;    // an audited policy would have stopped it
  std::uint16_t base = 0;  // number of the context among Observed::contexts
};

class Observed {
 public:
  static constexpr std::size_t kMostRequests = 500'000;
  using HomeOf = std::function<std::string(std::uint32_t uid)>;

  static constexpr std::size_t kMostContexts = 1'000;
  // `home_of`: the home of a session's owner; "": not known. `fallback`: for sessions whose start is not among
  // the events. What is set in `fixed` holds for all, whatever their start says.
  Observed(HomeOf home_of, policy::Context fallback, policy::Context fixed = {});

  void take(const events::Event& event);

  struct Key {
    std::uint16_t context = 0;
    Request request;
    auto operator<=>(const Key&) const = default;
  };
  [[nodiscard]] const std::map<Key, Used>& used() const { return used_; }
  [[nodiscard]] const std::vector<policy::Context>& contexts() const { return contexts_; }
  // First arguments that each program was started with; "" where there was none or no plain word.
  [[nodiscard]] const std::map<std::string, std::set<std::string>>& words() const { return words_; }
  // Accesses of which an allowed request was told that no audit would have stopped.
  [[nodiscard]] const std::map<gh_access, std::vector<Request>>& allowed() const {
    return allowed_;
  }
  [[nodiscard]] const std::set<std::string>& sessions() const { return sessions_; }
  [[nodiscard]] const std::string& policy() const { return policy_; }  // the last one's name

  std::uint64_t events = 0, refused = 0, unjudged = 0, lost = 0, dropped = 0;
  std::int64_t first = 0, last = 0;

 private:
  void begin(std::uint64_t session, policy::Context context);
  // Nothing: there are too many.
  std::optional<std::uint16_t> context_of(std::uint64_t session);
  void judged(const events::Event& event, const events::Judged& judged);
  void word(const std::string& program, const std::vector<std::string>& argv);

  HomeOf home_of_;
  policy::Context fallback_, fixed_;
  std::map<Key, Used> used_;
  std::vector<policy::Context> contexts_;
  std::map<std::uint64_t, std::uint16_t> context_of_session_;
  std::map<std::string, std::set<std::string>> words_;
  std::map<gh_access, std::vector<Request>> allowed_;
  std::set<std::string> sessions_;
  std::string policy_;
};

}  // namespace gatehouse::learning
