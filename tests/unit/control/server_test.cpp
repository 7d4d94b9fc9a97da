// SPDX-License-Identifier: Apache-2.0
// Server and client over a real socket. It must never depend on how long anything takes.
#include "control/server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "socket_fixture.h"

namespace gatehouse::control {
namespace {

class ServerTest : public SocketTest {};

TEST_F(ServerTest, AnswersARequest) {
  start();
  Client client = connected();
  const auto reply = client.request(Status{});
  ASSERT_TRUE(reply) << reply.error().what;
  EXPECT_EQ(reply->value["op"], "status");
  EXPECT_EQ(client.request(Why{"", true, "", ""})->value["op"], "why");
}

TEST_F(ServerTest, KnowsItsPeerByTheKernelsWord) {
  Peer seen;
  handler_.script = [&](const Operation&, std::vector<UniqueFd>&, const Peer& peer,
                        const Responder& responder) {
    seen = peer;
    responder.result({});
  };
  start();
  ASSERT_TRUE(connected().request(Status{}));
  EXPECT_EQ(seen.pid, ::getpid());
  EXPECT_EQ(seen.uid, ::geteuid());
  EXPECT_EQ(seen.cgroup.substr(0, 1), "/");
  EXPECT_FALSE(seen.comm.empty());
  EXPECT_FALSE(seen.agent);
}

TEST_F(ServerTest, RefusesAgentsAllButAFewOperationsBeforeAnyHandlerSeesThem) {
  handler_.agents = true;
  start();
  Client client = connected();
  const auto reply = client.request(ApprovalsAnswer{1, true, {}, 0, ""});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->kind, Reply::Kind::refused);
  EXPECT_EQ(reply->refusal.message,
            "a process inside a session may not ask for \"approvals.answer\"");
  EXPECT_EQ(handler_.handled, 0);
  EXPECT_EQ(client.request(Status{})->kind, Reply::Kind::result);
}

TEST_F(ServerTest, TakesAPeerThatWasMovedIntoASessionForAnAgent) {
  start();
  Client client = connected();
  EXPECT_EQ(client.request(Kill{"3"})->kind, Reply::Kind::result);
  handler_.agents = true;
  EXPECT_EQ(client.request(Kill{"3"})->kind, Reply::Kind::refused);
  handler_.agents = false;
  EXPECT_EQ(client.request(Kill{"3"})->kind, Reply::Kind::refused) << "once an agent, always one";
}

TEST_F(ServerTest, RefusesAConnectionThatAnotherProcessUses) {
  start();
  Client client = connected();
  ASSERT_TRUE(client.request(Status{}));
  const pid_t child = ::fork();
  if (child == 0) {
    (void)send(client.fd(), request_line(Kill{"3"}) + "\n");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  const auto reply = client.receive(5000);
  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->refusal.message, "this connection belongs to another process");
  EXPECT_FALSE(client.receive(5000)) << "closed";
  EXPECT_EQ(handler_.handled, 1);
}

TEST_F(ServerTest, TellsWhatIsWrongWithALineAndReadsOn) {
  start();
  Client client = connected();
  ASSERT_TRUE(send(client.fd(), "{\n{\"v\":1,\"op\":\"status\"}\n"));
  EXPECT_EQ((*client.receive(5000))->kind, Reply::Kind::refused);
  EXPECT_EQ((*client.receive(5000))->kind, Reply::Kind::result);
}

TEST_F(ServerTest, TurnsAwayAClientWhoseLineNeverEnds) {
  start();
  Client client = connected();
  const std::string much(4096, 'x');
  while (send(client.fd(), much)) {
  }
  const auto reply = client.receive(5000);
  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->refusal.message, "a request must not be longer than 1 MiB");
}

TEST_F(ServerTest, TakesAPolicyOfNearlyOneMegabyte) {
  start();
  const PolicySource policy{"", {{"big", std::string(kMostLine - 300, 'x')}}};
  const auto reply = connected().request(ReplacePolicy{"3", policy});
  ASSERT_TRUE(reply) << reply.error().what;
  EXPECT_EQ(reply->kind, Reply::Kind::result);
}

TEST_F(ServerTest, GivesALongListBackWhole) {
  handler_.script = [&](const Operation&, std::vector<UniqueFd>&, const Peer&,
                        const Responder& responder) {
    responder.result({{"all", std::vector<std::string>(5000, std::string(1000, 'x'))}});
  };
  start();
  const auto reply = connected().request(Sessions{});
  ASSERT_TRUE(reply) << reply.error().what;
  EXPECT_EQ(reply->value["all"].size(), 5000u);
}

TEST_F(ServerTest, HandsDescriptorsOn) {
  std::string read_back(3, ' ');
  handler_.script = [&](const Operation&, std::vector<UniqueFd>& fds, const Peer&,
                        const Responder& responder) {
    if (fds.size() == 1) (void)!::read(fds[0].get(), read_back.data(), 3);
    responder.result({{"fds", fds.size()}});
  };
  start();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  ASSERT_EQ(::write(writer.get(), "abc", 3), 3);
  Client client = connected();
  EXPECT_EQ(client.request(Attach{"", {"p", {}}, "", "", {}}, {reader.get()})->value["fds"], 1);
  EXPECT_EQ(read_back, "abc");
  EXPECT_EQ(client.request(Status{})->value["fds"], 0) << "a descriptor belongs to one request";
}

TEST_F(ServerTest, StreamsItemsUntilTheResult) {
  handler_.script = [&](const Operation&, std::vector<UniqueFd>&, const Peer&,
                        const Responder& responder) {
    for (int i = 0; i < 3; ++i) {
      responder.item("{\"n\":" + std::to_string(i) + "}");
    }
    responder.result({{"count", 3}});
    responder.item("{}");
  };
  start();
  Client client = connected();
  std::string items;
  const auto end = client.stream(EventsFollow{}, [&](const Reply& reply) {
    items += reply.raw;
    return true;
  });
  ASSERT_TRUE(end && *end);
  EXPECT_EQ(items, "{\"n\":0}{\"n\":1}{\"n\":2}");
  EXPECT_EQ((*end)->value["count"], 3);
  EXPECT_EQ(client.receive(50)->has_value(), false) << "nothing comes after the result";
}

TEST_F(ServerTest, AnswersLaterAndTakesTheNextRequestOnlyThen) {
  std::optional<Responder> kept;
  handler_.script = [&](const Operation& operation, std::vector<UniqueFd>&, const Peer&,
                        const Responder& responder) {
    if (std::holds_alternative<Status>(operation)) {
      responder.result({{"second", true}});
    } else {
      kept = responder;
    }
  };
  start();
  Client client = connected();
  ASSERT_TRUE(client.send(EventsFollow{}));
  ASSERT_TRUE(client.send(Status{}));
  EXPECT_FALSE(client.receive(100)->has_value());
  later([&] { kept->result({{"first", true}}); });
  EXPECT_TRUE((*client.receive(5000))->value.contains("first"));
  EXPECT_TRUE((*client.receive(5000))->value.contains("second"));
}

TEST_F(ServerTest, TellsAHandlerThatItsClientHasGone) {
  std::atomic<bool> closed{false};
  std::optional<Responder> kept;
  handler_.script = [&](const Operation&, std::vector<UniqueFd>&, const Peer&,
                        const Responder& responder) {
    kept = responder;
    responder.when_closed([&] { closed = true; });
    responder.item("{}");
  };
  start();
  {
    Client client = connected();
    ASSERT_TRUE(client.send(ApprovalsWatch{}));
    ASSERT_TRUE(client.receive(5000)->has_value());
  }
  for (int i = 0; i < 500 && !closed; ++i) {
    ::usleep(10'000);
  }
  EXPECT_TRUE(closed);
  stop();
  EXPECT_FALSE(kept->open());
  kept->item("{}");
  kept->result({});
}

TEST_F(ServerTest, DropsASlowClientWithAMessageAndNotInTheMiddleOfALine) {
  std::atomic<bool> open{true};
  handler_.script = [&](const Operation&, std::vector<UniqueFd>&, const Peer&,
                        const Responder& responder) {
    const std::string item = "{\"x\":\"" + std::string(1000, 'x') + "\"}";
    for (int i = 0; i < 100'000 && responder.open(); ++i) {
      responder.item(item);
    }
    open = responder.open();
  };
  start();
  Client client = connected();
  int items = 0;
  ASSERT_TRUE(client.send(EventsFollow{}));
  for (int i = 0; i < 500 && open; ++i) {
    ::usleep(10'000);
  }
  EXPECT_FALSE(open) << "the handler is told to stop";
  for (;;) {
    const auto reply = client.receive(5000);
    ASSERT_TRUE(reply) << reply.error().what;
    ASSERT_TRUE(*reply);
    if ((*reply)->kind == Reply::Kind::item) {
      ++items;
      continue;
    }
    EXPECT_EQ((*reply)->refusal.message, "this client read too slowly and was dropped");
    break;
  }
  EXPECT_GT(items, 0);
  EXPECT_FALSE(client.receive(5000)) << "closed";
}

TEST_F(ServerTest, DoesNotLetAgentsTakeAllConnections) {
  handler_.agents = true;
  start();
  std::vector<Client> agents;
  for (std::size_t i = 0; i < Server::kMostAgents; ++i) {
    agents.push_back(connected());
    ASSERT_TRUE(agents.back().request(Status{}));
  }
  Client one_more = connected();
  const auto refused = one_more.receive(5000);
  ASSERT_TRUE(refused && *refused);
  EXPECT_EQ((*refused)->refusal.message, "too many clients are connected");
  handler_.agents = false;
  EXPECT_EQ(connected().request(Kill{"3"})->kind, Reply::Kind::result);
}

TEST_F(ServerTest, MakesItsSocketWithTheRightModeAndRemovesIt) {
  start();
  struct stat info {};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1)
      << "no temporary name";
  stop();
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(ServerTest, TakesThePlaceOfADeadDaemonButNotOfALivingOne) {
  {
    auto stale = listen_at({path(), 0600, std::nullopt});
    ASSERT_TRUE(stale);
  }
  ASSERT_TRUE(std::filesystem::exists(path()));
  start();
  const auto second = Server::listen({path(), 0600, std::nullopt}, handler_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().what, "another daemon answers at " + path());
  ASSERT_TRUE(connected().request(Status{}));
}

TEST_F(ServerTest, NeverReplacesAFileThatIsNoSocket) {
  ::close(::open(path().c_str(), O_CREAT | O_WRONLY, 0600));
  const auto server = Server::listen({path(), 0600, std::nullopt}, handler_);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().what, path() + " exists and is not a socket");
}

TEST_F(ServerTest, RefusesAPathThatDoesNotFit) {
  EXPECT_FALSE(Server::listen({"/tmp/" + std::string(200, 'x'), 0600, std::nullopt}, handler_));
}

TEST_F(ServerTest, HintsWhatToDoWhenNoDaemonRuns) {
  const auto client = Client::connect(path());
  ASSERT_FALSE(client);
  EXPECT_NE(client.error().what.find("no gatehouse daemon answers at " + path()),
            std::string::npos);
  EXPECT_NE(client.error().what.find("systemctl start gatehouse"), std::string::npos);
}

TEST(Peer, FindsTheVersionTwoLineOfProcCgroup) {
  EXPECT_EQ(cgroup_in("0::/a/b\n"), "/a/b");
  EXPECT_EQ(cgroup_in("12:cpu:/x\n0::/y\n"), "/y");
  EXPECT_EQ(cgroup_in("10::/x\n"), "");
  EXPECT_EQ(cgroup_in(""), "");
}

}  // namespace
}  // namespace gatehouse::control
