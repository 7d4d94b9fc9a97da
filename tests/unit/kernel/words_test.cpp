// SPDX-License-Identifier: Apache-2.0
// The pure parts around loading: sections, releases, hints, libbpf's text, cgroup.events.
// It must never load anything.
#include <gtest/gtest.h>

#include <sstream>

#include "kernel/answers.h"
#include "kernel/cgroup.h"
#include "kernel/firing.h"
#include "kernel/libbpf_log.h"
#include "kernel/object.h"
#include "kernel/probe.h"
#include "kernel/publish.h"
#include "kernel/skipping.h"

namespace gatehouse::kernel {
namespace {

TEST(Sections, TellTheKindAndTheHook) {
  EXPECT_EQ(kind_of("lsm/file_open"), Program::Kind::lsm);
  EXPECT_EQ(kind_of("lsm.s/bprm_creds_for_exec"), Program::Kind::lsm);
  EXPECT_EQ(kind_of("lsm_cgroup/socket_bind"), Program::Kind::cgroup);
  EXPECT_EQ(kind_of("cgroup/connect4"), Program::Kind::cgroup);
  EXPECT_EQ(kind_of("cgroup_skb/egress"), Program::Kind::cgroup);
  EXPECT_EQ(kind_of("tp_btf/sched_process_fork"), Program::Kind::trace);
  EXPECT_EQ(kind_of("iter/task"), Program::Kind::other);
  EXPECT_EQ(hook_of("lsm.s/bprm_creds_for_exec"), "bprm_creds_for_exec");
  EXPECT_EQ(hook_of("sockops"), "sockops");
}

TEST(Slots, AreAPowerOfTwoWithTwoPerCpu) {
  EXPECT_EQ(slots_for(1), 64u);
  EXPECT_EQ(slots_for(32), 64u);
  EXPECT_EQ(slots_for(33), 128u);
  EXPECT_EQ(slots_for(128), 256u);
}

TEST(Object, BothFlavorsHaveTheSameProgramsAndEveryMap) {
  auto fast = Object::open(Flavor::fast), portable = Object::open(Flavor::portable);
  ASSERT_TRUE(fast) << fast.error().what;
  ASSERT_TRUE(portable) << portable.error().what;
  ASSERT_EQ(fast->programs().size(), portable->programs().size());
  for (std::size_t i = 0; i < fast->programs().size(); i++)
    EXPECT_EQ(fast->programs()[i].section, portable->programs()[i].section);
  EXPECT_TRUE(prepare(*fast, {1, 2})) << prepare(*fast, {1, 2}).error().what;
  const int wrong = 0;
  EXPECT_FALSE(fast->set_constant("gh_no_such_constant", &wrong, sizeof wrong));
  EXPECT_FALSE(fast->set_constant("gh_root_id", &wrong, sizeof wrong));
  EXPECT_FALSE(fast->set_map_entries("gh_no_such_map", 1));
}

TEST(Releases, FromSixOneOn) {
  EXPECT_TRUE(is_supported_release("6.1.0-26-cloud-amd64"));
  EXPECT_TRUE(is_supported_release("6.12.1"));
  EXPECT_TRUE(is_supported_release("7.0"));
  EXPECT_TRUE(is_supported_release("10.0-rc1"));
  EXPECT_FALSE(is_supported_release("6.0.19"));
  EXPECT_FALSE(is_supported_release("5.15.0"));
  EXPECT_FALSE(is_supported_release(""));
}

TEST(Hints, SayWhatToDo) {
  EXPECT_NE(hint_for(Program::Kind::lsm, EPERM, false, false).find("lsm="), std::string::npos);
  EXPECT_NE(hint_for(Program::Kind::lsm, EPERM, false, true).find("trampolines"),
            std::string::npos);
  EXPECT_NE(hint_for(Program::Kind::lsm, EINVAL, true, true).find("verifier"), std::string::npos);
  EXPECT_NE(hint_for(Program::Kind::cgroup, EPERM, false, true).find("CAP_BPF"), std::string::npos);
  EXPECT_NE(hint_for(Program::Kind::lsm, EBUSY, false, true), "");
}

constexpr const char* kRefused =
    "libbpf: prog 'gh_file_open': BPF program load failed: Permission denied\n"
    "libbpf: prog 'gh_file_open': -- BEGIN PROG LOAD LOG --\n"
    "0: R1=ctx(off=0)\n1: (79) r6 = *(u64 *)(r1 +0)\nR0 invalid mem access 'scalar'\n"
    "processed 2 insns (limit 1000000) max_states_per_insn 0\n-- END PROG LOAD LOG --\n"
    "libbpf: prog 'gh_file_open': failed to load: -13\n";

TEST(LibbpfLog, NamesTheProgramAndTheLastWords) {
  EXPECT_EQ(failed_program(kRefused), "gh_file_open");
  EXPECT_EQ(verifier_tail(kRefused, 1), "R0 invalid mem access 'scalar'");
  EXPECT_EQ(verifier_tail(kRefused, 2),
            "1: (79) r6 = *(u64 *)(r1 +0) | R0 invalid mem access 'scalar'");
  EXPECT_EQ(failed_program("libbpf: out of luck"), "");
  EXPECT_EQ(verifier_tail("libbpf: out of luck", 3), "");
}

TEST(FlatFiles, AreReadByKey) {
  std::string value;
  EXPECT_TRUE(flat_value("populated 1\nfrozen 0\n", "frozen", value));
  EXPECT_EQ(value, "0");
  EXPECT_TRUE(flat_value("populated 1", "populated", value));
  EXPECT_EQ(value, "1");
  EXPECT_FALSE(flat_value("populated 1\n", "popul", value));
  EXPECT_FALSE(flat_value("", "frozen", value));
}

TEST(Figures, HaveCommas) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(262144), "262,144");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
}

TEST(Grants, AreBoundToTheirSubject) {
  gh_event event = {};
  event.session = 3;
  event.object[0] = 11;
  event.object[1] = 12;
  event.pid = 100;
  event.tid = 101;
  event.start = 5000;
  event.thread_start = 6000;
  event.syscall = 77;
  const Asker asker = asker_of(event);
  EXPECT_EQ(asker.syscall, 77u);
  const auto once = grant_key(asker, GH_SCOPE_ONCE), process = grant_key(asker, GH_SCOPE_PROCESS),
             session = grant_key(asker, GH_SCOPE_SESSION);
  EXPECT_EQ(once.subject, 101u);
  EXPECT_EQ(once.start, 6000u);
  EXPECT_EQ(process.subject, 100u);
  EXPECT_EQ(process.start, 5000u);
  EXPECT_EQ(session.subject, 0u);
  EXPECT_EQ(session.start, 0u);
  for (const auto& key : {once, process, session}) {
    EXPECT_EQ(key.serial, 3u);
    EXPECT_EQ(key.object[0], 11u);
    EXPECT_EQ(key.object[1], 12u);
  }
}

TEST(Doctor, CallsAHookGoodOnlyIfItRanAndItsOperationWasRefused) {
  const Program program = {"gh_file_open", "lsm/file_open", "file_open", Program::Kind::lsm};
  using State = HookState::State;
  EXPECT_EQ(judge_shot(program, true, EACCES, EACCES).state, State::works);
  EXPECT_EQ(judge_shot(program, true, 0, ECONNREFUSED).state, State::works) << "it only watches";
  EXPECT_EQ(judge_shot(program, false, EACCES, EACCES).state, State::silent) << "another refused";
  EXPECT_EQ(judge_shot(program, true, EACCES, 0).state, State::silent) << "it went through";
  EXPECT_EQ(judge_shot(program, true, EACCES, ENOENT).state, State::silent);
  EXPECT_EQ(judge_shot(program, true, 0, -1).state, State::silent) << "the trial itself failed";
  EXPECT_EQ(judge_shot(program, false, 0, EAFNOSUPPORT).state, State::absent);
  EXPECT_NE(judge_shot(program, true, EACCES, ENOENT).hint.find("No such file"), std::string::npos);
}

TEST(Kernels, ThatSkipAPreemptedProgramAreKnownByWhatTheyLack) {
  const std::string old = "ffffffff81200000 T __bpf_prog_enter\n";
  const std::string mended = old + "ffffffff81200040 T __bpf_prog_enter_recur\n";
  const auto skips = [](const std::string& version, const std::string& symbols) {
    std::istringstream in(symbols);
    return may_skip_programs(version, in);
  };
  EXPECT_TRUE(skips("#1 SMP PREEMPT_DYNAMIC Debian 6.1.1-1", old));
  EXPECT_TRUE(skips("#1 SMP PREEMPT 2023", old + "0 T __bpf_prog_enter_recursive\n"));
  EXPECT_TRUE(skips("#1 SMP PREEMPT_DYNAMIC", "")) << "what cannot be read is not safe";
  EXPECT_FALSE(skips("#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2", mended));
  EXPECT_FALSE(skips("#1 SMP Debian", old)) << "no task is preempted in the kernel";
}

}  // namespace
}  // namespace gatehouse::kernel
