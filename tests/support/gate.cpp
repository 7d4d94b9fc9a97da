// SPDX-License-Identifier: Apache-2.0
// The gate, sessions and children of tests/support/gate.h. It must never leave a session behind: what a
// test starts ends with the test.
#include "support/gate.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "approvals/kernel_answerer.h"
#include "events/decode.h"
#include "policy/parse.h"

namespace gatehouse::testing {
namespace {

[[noreturn]] void give_up(const std::string& doing, const Error& error) {
  std::fprintf(stderr, "tests cannot run: %s: %s\n", doing.c_str(), error.what.c_str());
  std::exit(2);
}

template <typename T>
T must(Result<T> result, const std::string& doing) {
  if (!result) give_up(doing, result.error());
  return std::move(*result);
}

int reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

[[noreturn]] void perform(const Operation& operation) {
  ::alarm(60);
  ::_exit(operation() & 0xff);
}

// Links of programs with our prefix, anybody's: a test program runs alone.
int links_of_hooks() {
  int count = 0;
  for (std::uint32_t id = 0; ::bpf_link_get_next_id(id, &id) == 0;) {
    const UniqueFd link(::bpf_link_get_fd_by_id(id));
    bpf_link_info info = {};
    std::uint32_t size = sizeof(info);
    if (!link.valid() || ::bpf_obj_get_info_by_fd(link.get(), &info, &size) != 0) continue;
    const UniqueFd program(::bpf_prog_get_fd_by_id(info.prog_id));
    bpf_prog_info about = {};
    size = sizeof(about);
    if (!program.valid() || ::bpf_obj_get_info_by_fd(program.get(), &about, &size) != 0) continue;
    if (std::string_view(about.name).starts_with("gh_")) count++;
  }
  return count;
}

class NoNames : public events::RuleNames {
 public:
  std::optional<events::Rule> lookup(std::uint64_t, std::uint32_t,
                                     std::uint16_t rule) const override {
    return events::Rule{std::to_string(rule), {}, {}};
  }
};

std::optional<tables::Tables> compiled(const std::string& text, const std::string& workspace) {
  std::string whole = text;
  if (text.find("\"version\"") == std::string::npos)
    whole =
        R"({"version":1,"name":"test",)" + text +
        // Tests run as root: what is not about privileges has them all.
        (text.find("\"privilege\"") == std::string::npos ? R"(, "privilege": {"default": "allow"}})"
                                                         : "}");
  Diagnostics diagnostics;
  const auto no_extends = [](const std::string& name,
                             const std::string&) -> Result<policy::Source> {
    return Error{ENOENT, "no policy " + name + " in a test"};
  };
  const auto policy = policy::parse({"test.json", whole}, no_extends, diagnostics);
  std::optional<tables::Tables> tables;
  if (policy)
    tables =
        tables::compile(*policy, {workspace, "/root", {}}, tables::resolve_on_host, diagnostics);
  if (!tables) ADD_FAILURE() << render(diagnostics) << whole;
  return tables;
}

kernel::Asker asker_of(const events::Event& ask) {
  return approvals::asker_of(approvals::waiter_of(ask, std::get<events::Ask>(ask.body).key));
}

std::uint32_t next_generation() {
  static std::uint32_t generation = 0;
  return ++generation;
}

}  // namespace

int unconfined(const Operation& operation) {
  const pid_t pid = ::fork();
  if (pid == 0) perform(operation);
  return reap(pid);
}

Gate& Gate::instance() {
  static Gate* gate = new Gate;  // lives on: close() is called at the end
  return *gate;
}

Gate::Gate() {
  kernel::EnforcementOptions options;
  options.cgroup_mount = must(kernel::find_cgroup_mount(), "cgroups");
  options.name = "test-" + std::to_string(::getpid());
  options.portable_only = std::getenv("GH_TEST_PORTABLE") != nullptr;
  enforcement_.emplace(must(kernel::Enforcement::load(options), "loading"));
  grace_.emplace(must(kernel::Grace::make(), "grace periods"));
  publisher_.emplace(must(kernel::Publisher::over(enforcement_->memory(), *grace_), "tables"));
  admission_.emplace(*enforcement_, *grace_);
  answers_.emplace(enforcement_->memory());
  start_heartbeat();
  const auto take = [this](std::span<const std::byte> record) {
    records_.emplace_back(record.begin(), record.end());
  };
  events_.emplace(must(kernel::Ring::open(enforcement_->memory().fd("gh_events"), take), "events"));
  asked_.emplace(must(kernel::Ring::open(enforcement_->memory().fd("gh_asked"), take), "asks"));
}

void Gate::start_heartbeat() {
  heartbeat_ = std::make_unique<kernel::Heartbeat>(enforcement_->memory().controls());
}

void Gate::drain() {
  static const NoNames names;
  (void)events_->consume();
  (void)asked_->consume();
  EXPECT_TRUE(answers_->hear());
  for (const auto& record : records_) {
    auto event = events::decode(
        {reinterpret_cast<const unsigned char*>(record.data()), record.size()}, names, 0);
    if (event)
      inbox_[event->session.serial].push_back(std::move(*event));
    else
      ADD_FAILURE() << "undecodable event: " << event.error().what;
  }
  records_.clear();
}

std::vector<events::Event> Gate::take(std::uint64_t serial) {
  drain();
  auto found = inbox_.extract(serial);
  return found ? std::move(found.mapped()) : std::vector<events::Event>{};
}

void Gate::close() {
  heartbeat_.reset();
  EXPECT_GT(links_of_hooks(), 0);
  const std::string root = enforcement_->root().path();
  const std::string name = root.substr(root.rfind('/'));
  EXPECT_EQ(::access((kPinRoot + name).c_str(), F_OK), 0);
  if (auto lifted = enforcement_->lift(); !lifted) give_up("lifting", lifted.error());
  EXPECT_TRUE(wait_for([] { return links_of_hooks() == 0; })) << "links are left";
  EXPECT_NE(::access((kPinRoot + name).c_str(), F_OK), 0) << "pins are left";
  EXPECT_NE(::access(root.c_str(), F_OK), 0) << "a cgroup is left";
}

int Running::wait() { return reap(pid_); }

bool Running::ended() const {
  siginfo_t info = {};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid != 0;
}

Session::Session(const std::string& policy, const std::string& workspace, const std::string& cgroup)
    : workspace_(workspace) {
  auto compiled_tables = compiled(policy, workspace);
  if (!compiled_tables) std::exit(2);
  begin(std::move(*compiled_tables), cgroup);
}

Session::Session(tables::Tables tables) { begin(std::move(tables), {}); }

void Session::begin(tables::Tables tables, const std::string& cgroup) {
  static std::uint64_t serial = 0;
  auto& gate = Gate::instance();
  tables_ = std::move(tables);
  ++serial;
  const std::string own = gate.enforcement().root().path() + "/s" + std::to_string(serial);
  cgroup_ = must(kernel::Cgroup::make(gate.enforcement().mount(), cgroup.empty() ? own : cgroup),
                 "making a cgroup");
  const auto slot = must(gate.publisher().publish(tables_, next_generation()), "publishing");
  admitted_ = must(gate.admission().admit(cgroup_, serial, slot, tables_.flags), "admitting");
}

Session::~Session() {
  auto& gate = Gate::instance();
  (void)gate.answers().release_all(admitted_.serial);
  (void)cgroup_.kill();
  EXPECT_TRUE(cgroup_.wait_empty(kernel::Milliseconds(20000)));
  EXPECT_TRUE(gate.admission().remove(admitted_));
  EXPECT_TRUE(gate.publisher().retire(admitted_.policy));
  (void)gate.answers().tend();  // as the controller does each second
  EXPECT_EQ(asking(false).size(), 0u) << "asks outlived their threads";
  (void)gate.answers().forget(admitted_.serial);
  EXPECT_TRUE(cgroup_.remove(kernel::Milliseconds(20000)));
  (void)gate.take(admitted_.serial);
}

Running Session::start(const Operation& operation) {
  clone_args args = {};
  args.flags = CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<std::uint64_t>(cgroup_.fd());
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof(args)));
  if (pid == 0) perform(operation);
  if (pid < 0) give_up("clone3", sys_error("clone3"));
  return Running(pid);
}

void Session::enter() const {
  const int fd = ::openat(cgroup_.fd(), "cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || ::write(fd, "0", 1) != 1) ::_exit(99);
  ::close(fd);
}

void Session::detach() { EXPECT_TRUE(Gate::instance().admission().remove(admitted_)); }

void Session::replace(const std::string& policy) {
  auto& gate = Gate::instance();
  auto tables = compiled(policy, workspace_);
  ASSERT_TRUE(tables.has_value());
  tables_ = std::move(*tables);
  const auto slot = must(gate.publisher().publish(tables_, next_generation()), "publishing");
  const auto old = must(gate.publisher().flip(admitted_.index, slot), "flipping");
  admitted_.policy = slot;
  EXPECT_TRUE(gate.publisher().retire(old));
}

void Session::collect() {
  for (auto& event : Gate::instance().take(admitted_.serial))
    events_.push_back(std::move(event));
}

std::optional<events::Event> Session::pending_ask() {
  collect();
  std::size_t number = 0;
  for (const auto& event : events_)
    if (std::holds_alternative<events::Ask>(event.body) && number++ == asks_taken_) {
      asks_taken_++;
      return event;
    }
  return std::nullopt;
}

std::optional<events::Event> Session::next_ask() {
  std::optional<events::Event> ask;
  (void)wait_for([&] { return (ask = pending_ask()).has_value(); });
  return ask;
}

std::vector<gh_ask> Session::asking(bool open) const {
  std::vector<gh_ask> all;
  auto walked = Gate::instance().enforcement().memory().asks.for_each(
      [&](const std::uint32_t&, const gh_ask& ask) {
        if (ask.serial == admitted_.serial && (!open || ask.open != 0)) all.push_back(ask);
      });
  EXPECT_TRUE(walked);
  return all;
}

std::vector<events::Event> Session::decisions() { return all<events::Decision>(); }

void Session::hold(const events::Event& ask) {
  const bool ours = cgroup_.below().starts_with(Gate::instance().enforcement().root().below());
  const auto held = Gate::instance().answers().hold(asker_of(ask), cgroup_, ours);
  EXPECT_TRUE(held) << (held ? "" : held.error().what);
}

void Session::answer(const events::Event& ask, int scope, gh_verdict verdict) {
  const auto sent =
      Gate::instance().answers().answer(asker_of(ask), static_cast<std::uint32_t>(scope), verdict);
  EXPECT_TRUE(sent) << (sent ? "" : sent.error().what);
}

std::string Session::rule(const events::Event& event) const {
  const auto* judged = std::get_if<events::Decision>(&event.body);
  if (judged == nullptr || judged->rule.id.empty()) return {};
  return tables_.rules.at(std::stoul(judged->rule.id)).id;
}

std::string Session::last_words() {
  const auto told = decisions();
  if (told.empty()) return "no decision";
  const auto& last = std::get<events::Decision>(told.back().body);
  return "last decision: access " + std::to_string(last.access) + " on '" + last.object.text +
         "', verdict " + std::to_string(last.verdict) + ", reason " + std::to_string(last.reason) +
         ", rule '" + rule(told.back()) + "'";
}

bool wait_for(const std::function<bool()>& condition) {
  for (int tries = 0; tries < 20000; tries++) {
    if (condition()) return true;
    ::usleep(1000);
  }
  return condition();
}

Answered run_answering(Session& session, const Operation& operation,
                       const std::function<Answer(const events::Ask&)>& decide) {
  Answered out;
  Running running = session.start(operation);
  const auto answer_all = [&] {
    while (auto ask = session.pending_ask()) {
      const Answer answer = decide(std::get<events::Ask>(ask->body));
      session.answer(*ask, answer.scope, answer.verdict);
      out.asks.push_back(std::move(*ask));
    }
    return running.ended();
  };
  EXPECT_TRUE(wait_for(answer_all)) << "still paused after " << out.asks.size() << " asks";
  if (!running.ended()) (void)session.cgroup().kill();
  out.result = running.wait();
  return out;
}

Answered run_answering(Session& session, const Operation& operation, Answer answer) {
  return run_answering(session, operation, [=](const events::Ask&) { return answer; });
}

}  // namespace gatehouse::testing
