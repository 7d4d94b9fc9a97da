// SPDX-License-Identifier: Apache-2.0
// Asks: the task pauses, sees no error, and its call goes on as it was answered. It must never accept an
// operation that happened before it was answered, nor an errno that is only the kernel's own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/gate.h"

namespace gatehouse::testing {
namespace {

constexpr const char* kPolicy = R"("filesystem": {
  "default": {"read": "allow", "write": "deny", "exec": "allow"},
  "rules": [
    {"id": "work", "action": "allow", "access": ["read", "write", "exec"], "paths": ["${workspace}/**"]},
    {"id": "asked", "action": "ask", "access": ["read", "write", "exec"], "paths": ["${workspace}/ask/**"]}]},
  "exec": {"default": "allow"})";

class AskTest : public ::testing::Test {
 protected:
  AskTest() {
    ::mkdir((workspace / "ask").c_str(), 0755);
    workspace.write("ask/f", "text");
    workspace.write("ask/g", "text");
    workspace.write("free", "text");
  }
  // The calls after the first question, with each answer.
  void expect_asked(const Operation& operation, const std::vector<std::string>& questions) {
    EXPECT_EQ(unconfined(operation), 0);
    const Answered allowed = run_answering(session, operation);
    EXPECT_EQ(allowed.result, 0) << session.last_words();
    EXPECT_EQ(said(allowed), questions);
  }
  static std::vector<std::string> said(const Answered& answered) {
    std::vector<std::string> out;
    for (const auto& ask : answered.asks) {
      const auto& judged = std::get<events::Ask>(ask.body);
      out.push_back(word(judged.access) + " " + judged.object.text);
    }
    return out;
  }
  static std::string word(int access) {
    switch (access) {
#define GH_CASE(name, value, text) \
  case value:                      \
    return text;
      GH_ACCESSES(GH_CASE)
#undef GH_CASE
    }
    return "?";
  }
  std::string f() const { return workspace / "ask/f"; }
  std::string g() const { return workspace / "ask/g"; }

  Directory workspace;
  Session session{kPolicy, workspace.path()};
};

TEST_F(AskTest, an_asked_open_waits_and_then_succeeds) {
  Running running = session.start(reads(f()));
  const auto ask = session.next_ask();
  ASSERT_TRUE(ask.has_value());
  EXPECT_FALSE(running.ended());
  const auto& body = std::get<events::Ask>(ask->body);
  EXPECT_EQ(body.object.text, f());
  EXPECT_EQ(body.access, GH_READ);
  EXPECT_EQ(body.verdict, GH_ASK);
  EXPECT_EQ(ask->process.pid, static_cast<std::uint32_t>(running.pid()));
  EXPECT_EQ(session.asking().size(), 1u);
  session.answer(*ask, GH_SCOPE_ONCE, GH_ALLOW);
  EXPECT_EQ(running.wait(), 0);
  EXPECT_FALSE(session.pending_ask().has_value());
}

TEST_F(AskTest, a_refused_open_is_eacces) {
  const Answered answered = run_answering(session, reads(f()), {GH_SCOPE_ONCE, GH_DENY});
  EXPECT_EQ(answered.result, EACCES);
  EXPECT_EQ(answered.asks.size(), 1u);
  const auto told = session.decisions();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(std::get<events::Decision>(told.back().body).reason, GH_REASON_ANSWER);
  EXPECT_EQ(unconfined(reads(f())), 0);
}

TEST_F(AskTest, nothing_happens_before_the_answer) {
  Running running = session.start(opens(f(), O_WRONLY | O_TRUNC));
  const auto ask = session.next_ask();
  ASSERT_TRUE(ask.has_value());
  EXPECT_EQ(workspace.read("ask/f"), "text");
  session.answer(*ask, GH_SCOPE_ONCE, GH_ALLOW);
  EXPECT_EQ(running.wait(), 0);
  EXPECT_EQ(workspace.read("ask/f"), "");
}

// Opens the file twice, from a loop so that both calls look alike, then once more in a child.
Operation opens_twice_and_in_a_child(const std::string& path) {
  return [=] {
    for (int time = 0; time < 2; time++) {
      const int code = reads(path)();
      if (code != 0) return code;
    }
    return unconfined(reads(path));  // "unconfined" forks: the child is in the session, too
  };
}

TEST_F(AskTest, scopes_reach_as_far_as_they_say) {
  const Operation operation = opens_twice_and_in_a_child(f());
  EXPECT_EQ(unconfined(operation), 0);
  const auto asks = [&](int scope) {
    const Answered answered = run_answering(session, operation, {scope, GH_ALLOW});
    EXPECT_EQ(answered.result, 0);
    return answered.asks.size();
  };
  EXPECT_EQ(asks(GH_SCOPE_ONCE), 3u);
  EXPECT_EQ(asks(GH_SCOPE_PROCESS), 2u);
  EXPECT_EQ(asks(GH_SCOPE_SESSION), 1u);
  EXPECT_EQ(asks(GH_SCOPE_SESSION), 0u);
  Session other(kPolicy, workspace.path());
  EXPECT_EQ(run_answering(other, reads(f())).asks.size(), 1u);
}

TEST_F(AskTest, an_answer_holds_for_its_object_and_access_alone) {
  const Operation operation = [&] {
    int code = reads(f())();
    if (code == 0) code = reads(g())();
    if (code == 0) code = opens(f(), O_WRONLY)();
    return code;
  };
  const Answered answered = run_answering(session, operation, {GH_SCOPE_SESSION, GH_ALLOW});
  EXPECT_EQ(answered.result, 0);
  EXPECT_EQ(said(answered),
            (std::vector<std::string>{"read " + f(), "read " + g(), "write " + f()}));
}

TEST_F(AskTest, a_refusal_for_the_session_is_remembered) {
  const Operation operation = [&] {
    const int first = reads(f())(), second = reads(f())();
    return first == EACCES && second == EACCES ? 0 : 1;
  };
  const Answered answered = run_answering(session, operation, {GH_SCOPE_SESSION, GH_DENY});
  EXPECT_EQ(answered.result, 0);
  EXPECT_EQ(answered.asks.size(), 1u);
}

TEST_F(AskTest, opening_for_reading_and_writing_asks_for_both) {
  expect_asked(opens(f(), O_RDWR), {"read " + f(), "write " + f()});
}

TEST_F(AskTest, creating_asks_once_and_leaves_nothing_when_refused) {
  const std::string name = workspace / "ask/new";
  const Operation create = opens(name, O_RDWR | O_CREAT | O_EXCL);
  EXPECT_EQ(unconfined(create), 0);
  EXPECT_EQ(::unlink(name.c_str()), 0);
  EXPECT_EQ(run_answering(session, create, {GH_SCOPE_ONCE, GH_DENY}).result, EACCES);
  EXPECT_FALSE(workspace.has("ask/new"));
  const Answered answered = run_answering(session, create);
  EXPECT_EQ(answered.result, 0);
  EXPECT_EQ(said(answered), std::vector<std::string>{"create " + name});
}

TEST_F(AskTest, who_may_create_a_name_may_write_to_it_and_no_more) {
  const std::string name = workspace / "ask/new";
  EXPECT_EQ(unconfined(opens(name, O_WRONLY | O_CREAT)), 0);
  EXPECT_EQ(run_answering(session, opens(name, O_WRONLY), {GH_SCOPE_ONCE, GH_DENY}).result, EACCES)
      << "nobody was asked for its creation yet";
  ::unlink(name.c_str());
  ASSERT_EQ(
      run_answering(session, opens(name, O_WRONLY | O_CREAT), {GH_SCOPE_SESSION, GH_ALLOW}).result,
      0);
  const Answered again = run_answering(session, opens(name, O_WRONLY), {GH_SCOPE_ONCE, GH_DENY});
  EXPECT_EQ(again.result, 0);
  EXPECT_TRUE(again.asks.empty());
  EXPECT_EQ(run_answering(session, reads(name), {GH_SCOPE_ONCE, GH_DENY}).result, EACCES);
  EXPECT_EQ(run_answering(session, opens(g(), O_WRONLY), {GH_SCOPE_ONCE, GH_DENY}).result, EACCES)
      << "another name";
}

TEST_F(AskTest, names_are_made_and_removed_once_allowed) {
  const auto call = [](long (*what)(const char*), const std::string& path) -> Operation {
    return [=] { return gatehouse::testing::said(what(path.c_str())); };
  };
  const std::string d = workspace / "ask/d", p = workspace / "ask/p", s = workspace / "ask/s";
  const auto mkdir = [](const char* path) -> long { return ::mkdir(path, 0755); };
  const auto rmdir = [](const char* path) -> long { return ::rmdir(path); };
  const auto mkfifo = [](const char* path) -> long { return ::mkfifo(path, 0644); };
  const auto unlink = [](const char* path) -> long { return ::unlink(path); };
  const auto symlink = [](const char* path) -> long { return ::symlink("x", path); };
  const auto chmod = [](const char* path) -> long { return ::chmod(path, 0600); };
  const auto truncate = [](const char* path) -> long { return ::truncate(path, 1); };
  const auto utimes = [](const char* path) -> long {
    return ::utimensat(AT_FDCWD, path, nullptr, 0);
  };
  const auto asked = [&](const Operation& operation) {
    const Answered answered = run_answering(session, operation);
    EXPECT_EQ(answered.result, 0) << session.last_words();
    return answered.asks.size() == 1 ? said(answered)[0] : std::to_string(answered.asks.size());
  };
  EXPECT_EQ(asked(call(mkdir, d)), "create " + d);
  EXPECT_EQ(asked(call(rmdir, d)), "delete " + d);
  EXPECT_EQ(asked(call(mkfifo, p)), "create " + p);
  EXPECT_EQ(asked(call(unlink, p)), "delete " + p);
  EXPECT_EQ(asked(call(symlink, s)), "create " + s);
  EXPECT_EQ(asked(call(chmod, f())), "metadata " + f());
  EXPECT_EQ(asked(call(truncate, f())), "write " + f());
  EXPECT_EQ(asked(call(utimes, f())), "metadata " + f());
  EXPECT_EQ(workspace.read("ask/f"), "t");
  EXPECT_FALSE(workspace.has("ask/d"));
  EXPECT_FALSE(workspace.has("ask/p"));
}

TEST_F(AskTest, a_rename_asks_for_both_ends_and_the_first_answer_outlives_the_second_question) {
  const std::string to = workspace / "ask/h";
  const Operation operation = [&] {
    return gatehouse::testing::said(::rename(f().c_str(), to.c_str()));
  };
  const Answered answered = run_answering(session, operation);
  EXPECT_EQ(answered.result, 0) << session.last_words();
  EXPECT_EQ(said(answered), (std::vector<std::string>{"delete " + f(), "create " + to}));
  EXPECT_TRUE(workspace.has("ask/h"));
  // Both answers are used up.
  EXPECT_EQ(::rename(to.c_str(), f().c_str()), 0);
  EXPECT_EQ(run_answering(session, operation).asks.size(), 2u);
}

TEST_F(AskTest, renaming_onto_a_file_asks_for_what_it_replaces) {
  expect_asked(
      [&] {
        if (const int code = writes(workspace / "free")(); code != 0) return code;
        return gatehouse::testing::said(::rename((workspace / "free").c_str(), g().c_str()));
      },
      {"create " + g(), "delete " + g()});
}

TEST_F(AskTest, a_link_asks_for_both_names) {
  const auto link_to = [&](const std::string& to) -> Operation {
    return [=, this] { return gatehouse::testing::said(::link(f().c_str(), to.c_str())); };
  };
  const std::string near = workspace / "ask/l", far = workspace / "l";
  EXPECT_EQ(unconfined(link_to(near)), 0);
  EXPECT_EQ(::unlink(near.c_str()), 0);
  const Answered answered = run_answering(session, link_to(near));
  EXPECT_EQ(answered.result, 0) << session.last_words();
  EXPECT_EQ(said(answered), (std::vector<std::string>{"metadata " + f(), "create " + near}));
  // A name that would need no asking any more is a question of its own, for each access gained.
  const Answered gaining = run_answering(session, link_to(far));
  EXPECT_EQ(gaining.result, 0) << session.last_words();
  EXPECT_GT(gaining.asks.size(), 1u);
  EXPECT_EQ(run_answering(session, link_to(workspace / "l2"), {GH_SCOPE_ONCE, GH_DENY}).result,
            EACCES);
  EXPECT_FALSE(workspace.has("l2"));
}

TEST_F(AskTest, a_program_runs_once_allowed) {
  std::filesystem::copy_file("/bin/true", workspace / "ask/program");
  ::chmod((workspace / "ask/program").c_str(), 0755);
  const Answered answered = run_answering(session, executes({workspace / "ask/program"}));
  EXPECT_EQ(answered.result, 0);
  EXPECT_EQ(said(answered), std::vector<std::string>{"exec " + (workspace / "ask/program")});
}

}  // namespace
}  // namespace gatehouse::testing
