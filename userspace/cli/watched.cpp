// SPDX-License-Identifier: Apache-2.0
// The stream of `approvals watch` turned into a list. It must never block the loop for longer than one
// request to a daemon that answers.
#include "cli/watched.h"

#include "cli/verbs.h"

namespace gatehouse::cli {
namespace {

constexpr auto kAgain = std::chrono::seconds(1);

}  // namespace

WatchedApprovals::WatchedApprovals(std::string socket, std::string session, daemon::Loop& loop)
    : socket_(std::move(socket)), session_(std::move(session)), loop_(loop) {
  connect();
}

WatchedApprovals::~WatchedApprovals() { disconnect(); }

void WatchedApprovals::connect() {
  next_try_ = std::chrono::steady_clock::now() + kAgain;
  auto client = control::Client::connect(socket_);
  if (!client || !client->send(control::ApprovalsWatch{session_})) return;
  waiting_.clear();
  answered_.clear();
  client_.emplace(std::move(*client));
  if (!loop_.add(client_->fd(), [this] { read(); })) client_.reset();
}

void WatchedApprovals::disconnect() {
  if (!client_) return;
  loop_.remove(client_->fd());
  client_.reset();
}

void WatchedApprovals::turn() {
  if (!client_ && std::chrono::steady_clock::now() >= next_try_) connect();
}

void WatchedApprovals::read() {
  for (;;) {
    auto reply = client_->receive(0);
    if (!reply || (*reply && (*reply)->kind != control::Reply::Kind::item)) return disconnect();
    if (!*reply) return;
    take((*reply)->value);
  }
}

void WatchedApprovals::take(const control::Json& item) {
  if (item.contains("approval")) {
    if (auto card = approvals::card_from_json(item["approval"].dump())) {
      const auto id = card->id;
      waiting_.insert_or_assign(id, std::move(*card));
    }
  } else if (item.contains("closed")) {
    const auto id = item["closed"].value("approval", std::uint64_t{0});
    waiting_.erase(id);
    answered_.erase(id);
  }
}

std::optional<control::Refusal> give_answer(const std::string& socket, std::uint64_t id,
                                            const approvals::Answer& given) {
  control::ApprovalsAnswer operation;
  operation.id = id;
  operation.allow = given.verdict == GH_ALLOW;
  operation.scope = static_cast<control::Scope>(given.scope);
  operation.for_ms = given.for_ms;
  operation.message = given.message;
  auto client = control::Client::connect(socket);
  auto reply = client ? client->request(operation) : Result<control::Reply>(client.take_error());
  if (!reply) return control::Refusal{reply.error().what, "", {}};
  if (reply->kind == control::Reply::Kind::refused) return reply->refusal;
  return std::nullopt;
}

void WatchedApprovals::answer(std::uint64_t id, const approvals::Answer& given) {
  if (const auto refused = give_answer(socket_, id, given))
    complain(refused->message, refused->hint);
  else
    answered_.insert(id);
}

Questions WatchedApprovals::questions() {
  Questions questions;
  questions.waiting = [this] {
    std::vector<std::uint64_t> ids;
    for (const auto& [id, card] : waiting_)
      if (!answered_.contains(id)) ids.push_back(id);
    return ids;
  };
  questions.card = [this](std::uint64_t id) -> std::optional<approvals::Card> {
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) return std::nullopt;
    return found->second;
  };
  questions.answer = [this](std::uint64_t id, const approvals::Answer& given) {
    answer(id, given);
  };
  return questions;
}

bool anyone_waits(const std::string& socket, const std::string& session) {
  auto client = control::Client::connect(socket);
  if (!client) return true;  // not known: better a job that goes on than one nobody can answer for
  auto reply = client->request(control::ApprovalsList{session});
  if (!reply || reply->kind != control::Reply::Kind::result) return true;
  return !reply->value["approvals"].empty();
}

}  // namespace gatehouse::cli
