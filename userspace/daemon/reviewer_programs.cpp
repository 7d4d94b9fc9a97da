// SPDX-License-Identifier: Apache-2.0
// Processes behind reviewer_programs.h. A process group must never be signalled once its leader was
// reaped: its number may be another's by then.
#include "daemon/reviewer_programs.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/quote.h"
#include "reviewers/post.h"

namespace gatehouse::daemon {
namespace {

constexpr std::size_t kMostComplaint = 512;  // of stderr, for the event
constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// The text as a file to read from its beginning.
Result<UniqueFd> file_of(const std::string& text) {
  UniqueFd made(::memfd_create("gatehouse-ask", MFD_CLOEXEC));
  UniqueFd fd(made.valid() ? ::fcntl(made.get(), F_DUPFD_CLOEXEC, 3) : -1);
  if (!fd.valid() ||
      ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::lseek(fd.get(), 0, SEEK_SET) != 0)
    return sys_error("cannot hand over the ask");
  return fd;
}

// That user's own rights and nothing of our environment.
Result<void> become_user(uid_t uid, sessions::Command& command) {
  passwd entry = {}, *found = nullptr;
  char room[16384];
  if (::getpwuid_r(uid, &entry, room, sizeof room, &found) != 0 || found == nullptr)
    return Error{ENOENT, "this host knows no user " + std::to_string(uid)};
  command.environment = {std::string("PATH=") + kPath,
                         std::string("HOME=") + entry.pw_dir,
                         std::string("USER=") + entry.pw_name,
                         std::string("LOGNAME=") + entry.pw_name,
                         "SHELL=/bin/sh",
                         "LANG=C.UTF-8"};
  command.directory = "/";
  if (::geteuid() != 0) return {};  // a `run` of that user: it has no other rights
  sessions::Credentials credentials;
  credentials.uid = uid;
  credentials.gid = entry.pw_gid;
  int count = 64;
  credentials.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(entry.pw_name, entry.pw_gid, credentials.groups.data(), &count) < 0)
    return Error{E2BIG, "the user " + std::string(entry.pw_name) + " is in too many groups"};
  credentials.groups.resize(static_cast<std::size_t>(count));
  command.credentials = std::move(credentials);
  return {};
}

// A webhook is a program too: our own, which posts what it is given.
void fill(const policy::Reviewer& reviewer, std::string& ask, sessions::Command& command) {
  if (reviewer.kind == policy::Reviewer::Kind::command) {
    command.argv = reviewer.command;
    return;
  }
  command.argv = {"/proc/self/exe", "post-ask"};
  ask = reviewers::posting_json(
      {reviewer.url, reviewer.secret_file, std::move(ask), reviewer.timeout_ms});
}

std::string first_line(const std::string& text) { return visible(text.substr(0, text.find('\n'))); }

}  // namespace

ReviewerPrograms::~ReviewerPrograms() {
  while (!running_.empty())
    drop(running_.begin());
}

// With all that is in its process group; before its setsid it is alone.
void ReviewerPrograms::kill(const Running& running) {
  (void)running.child.signal(SIGKILL);
  ::kill(-running.child.pid(), SIGKILL);
}

void ReviewerPrograms::drop(Place place) {
  kill(place->second);
  ::waitpid(place->first, nullptr, 0);
  leave_loop(place->second);
  running_.erase(place);
}

void ReviewerPrograms::leave_loop(Running& running) {
  loop_.remove(running.child.pidfd());
  if (running.out.valid()) loop_.remove(running.out.get());
  if (running.errors.valid()) loop_.remove(running.errors.get());
}

void ReviewerPrograms::start(std::uint64_t ask, const policy::Reviewer& reviewer) {
  if (auto launched = launch(ask, reviewer); !launched)
    not_started_.emplace_back(ask, launched.error().what);
}

Result<void> ReviewerPrograms::launch(std::uint64_t ask, const policy::Reviewer& reviewer) {
  Assignment assignment = assign_(ask, reviewer);
  if (assignment.ask.empty()) return Error{ESRCH, "the ask is over"};
  sessions::Command command;
  command.own_session = true;
  if (auto user = become_user(assignment.uid, command); !user) return user;
  fill(reviewer, assignment.ask, command);
  auto in = file_of(assignment.ask);
  if (!in) return in.take_error();
  auto out = sessions::make_pipe();
  if (!out) return out.take_error();
  auto errors = sessions::make_pipe();
  if (!errors) return errors.take_error();
  command.streams = {in->get(), out->write.get(), errors->write.get()};
  auto waiting = sessions::spawn_waiting(command, {});
  if (!waiting) return waiting.take_error();
  auto child = std::move(*waiting).release();
  if (!child) return child.take_error();
  const pid_t pid = child->pid();
  const Place place = running_
                          .emplace(pid, Running{ask,
                                                std::move(*child),
                                                std::move(out->read),
                                                std::move(errors->read),
                                                {},
                                                {},
                                                reviewer.kind == policy::Reviewer::Kind::webhook})
                          .first;
  Running& running = place->second;
  auto heard = listen(running.out, [this, &running] { read(running, false); });
  if (heard) heard = listen(running.errors, [this, &running] { read(running, true); });
  if (heard) heard = loop_.add(running.child.pidfd(), [this, pid] { finish(pid); });
  if (!heard) drop(place);
  return heard;
}

Result<void> ReviewerPrograms::listen(const UniqueFd& fd, std::function<void()> call) {
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) return sys_error("cannot read a reviewer");
  return loop_.add(fd.get(), std::move(call));
}

void ReviewerPrograms::read(Running& running, bool errors) {
  UniqueFd& fd = errors ? running.errors : running.out;
  std::string& text = errors ? running.complained : running.said;
  const std::size_t most = errors ? kMostComplaint : reviewers::kMostAnswer + 1;
  char buffer[16384];
  for (;;) {
    const ssize_t got = fd.valid() ? ::read(fd.get(), buffer, sizeof buffer) : 0;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) break;
    text.append(buffer, std::min(static_cast<std::size_t>(got), most - text.size()));
    if (errors || text.size() < most) continue;
    kill(running);  // who says more than any decision has needs no more of our time
    break;
  }
  if (!fd.valid()) return;
  loop_.remove(fd.get());
  fd.reset();
}

void ReviewerPrograms::stop(std::uint64_t ask) {
  for (auto& [pid, running] : running_) {
    if (running.ask != ask) continue;
    running.ask = 0;
    kill(running);  // reaped by finish()
  }
  std::erase_if(not_started_, [ask](const auto& one) { return one.first == ask; });
}

void ReviewerPrograms::finish(pid_t pid) {
  const Place place = running_.find(pid);
  Running& running = place->second;
  read(running, false);
  read(running, true);
  kill(running);  // what it left behind
  reviewers::Verdict verdict = reviewers::Failure{};
  if (const auto failed = running.child.started()) {
    verdict = reviewers::Failure{failed->error.what};
  } else {
    int status = 0;
    ::waitpid(pid, &status, 0);
    verdict = judge(running, status);
  }
  leave_loop(running);
  const std::uint64_t ask = running.ask;
  running_.erase(place);
  if (ask != 0) answered_(ask, verdict);
}

reviewers::Verdict ReviewerPrograms::judge(Running& running, int status) {
  if (running.said.size() > reviewers::kMostAnswer || status == 0)
    return reviewers::parse_decision(running.said);
  std::string why = WIFSIGNALED(status)
                        ? "it was ended by signal " + std::to_string(WTERMSIG(status))
                        : "it ended with status " + std::to_string(WEXITSTATUS(status));
  const auto line = first_line(running.complained);
  if (running.posts && !line.empty()) return reviewers::Failure{line};  // our own words
  if (!line.empty()) why += ": " + line;
  return reviewers::Failure{why};
}

void ReviewerPrograms::turn() {
  const auto failed = std::move(not_started_);
  not_started_.clear();
  for (const auto& [ask, why] : failed)
    answered_(ask, reviewers::Failure{why});
}

}  // namespace gatehouse::daemon
