// SPDX-License-Identifier: Apache-2.0
// Shared memory, queues and semaphores that a process outside of the session made. It must never use up
// what the next attempt needs: what is taken is put back.
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include <cstring>

#include "judge.h"

namespace gatehouse::escape {
namespace {

struct Message {
  long type;
  char text[128];
};

int id(const Ground& g, const std::string& name) { return static_cast<int>(g.number(name)); }

void add_memory(Attempts& all) {
  const auto reads = [](const Ground& g, int which) {
    const void* at = which < 0 ? reinterpret_cast<void*>(-1) : ::shmat(which, nullptr, SHM_RDONLY);
    if (at == reinterpret_cast<void*>(-1)) return contained(errno);
    return holds_canary(g, at, 128);
  };
  all.push_back(
      {"shared-memory-attach", anyone, [=](const Ground& g) { return reads(g, id(g, "shm")); }});
  all.push_back({"shared-memory-by-key", anyone, [=](const Ground& g) {
                   return reads(g, ::shmget(static_cast<key_t>(g.number("shm-key")), 0, 0));
                 }});
  all.push_back({"shared-memory-write", anyone, [](const Ground& g) {
                   auto* at = static_cast<char*>(::shmat(id(g, "shm"), nullptr, 0));
                   if (at == reinterpret_cast<char*>(-1)) return contained(errno);
                   at[3000] = 'X';
                   return escaped("wrote a byte");
                 }});
  all.push_back({"shared-memory-set-mode", anyone, [](const Ground& g) {
                   shmid_ds state = {};
                   if (::shmctl(id(g, "shm"), IPC_STAT, &state) != 0) return contained(errno);
                   return returned(::shmctl(id(g, "shm"), IPC_SET, &state), "it was set");
                 }});
  all.push_back({"shared-memory-remove", anyone, [](const Ground& g) {
                   return returned(::shmctl(id(g, "shm-spare"), IPC_RMID, nullptr), "removed it");
                 }});
}

void add_messages(Attempts& all) {
  all.push_back({"message-receive", anyone, [](const Ground& g) {
                   Message message = {};
                   const auto size =
                       ::msgrcv(id(g, "msg"), &message, sizeof message.text, 0, IPC_NOWAIT);
                   if (size < 0) return contained(errno);
                   ::msgsnd(id(g, "msg"), &message, static_cast<std::size_t>(size), IPC_NOWAIT);
                   return holds_canary(g, message.text, sizeof message.text);
                 }});
  all.push_back({"message-copy", anyone, [](const Ground& g) {
                   Message message = {};
                   const auto size = ::msgrcv(id(g, "msg"), &message, sizeof message.text, 0,
                                              IPC_NOWAIT | 040000 /* MSG_COPY */);
                   return holds_canary(g, message.text, sizeof message.text, said(size));
                 }});
  all.push_back({"message-send", anyone, [](const Ground& g) {
                   Message message = {7, "x"};
                   if (::msgsnd(id(g, "msg"), &message, 2, IPC_NOWAIT) != 0)
                     return contained(errno);
                   ::msgrcv(id(g, "msg"), &message, sizeof message.text, 7, IPC_NOWAIT);
                   return escaped("it was taken");
                 }});
  all.push_back({"message-queue-by-key", anyone, [](const Ground& g) {
                   return returned(::msgget(static_cast<key_t>(g.number("msg-key")), 0),
                                   "it has the queue");
                 }});
  all.push_back({"message-queue-remove", anyone, [](const Ground& g) {
                   return returned(::msgctl(id(g, "msg-spare"), IPC_RMID, nullptr), "removed it");
                 }});
}

void add_semaphores(Attempts& all) {
  all.push_back({"semaphore-operate", anyone, [](const Ground& g) {
                   sembuf up = {0, 1, IPC_NOWAIT}, down = {0, -1, IPC_NOWAIT};
                   if (::semop(id(g, "sem"), &up, 1) != 0) return contained(errno);
                   ::semop(id(g, "sem"), &down, 1);
                   return escaped("it was raised");
                 }});
  all.push_back({"semaphore-set", anyone, [](const Ground& g) {
                   return returned(::semctl(id(g, "sem"), 0, SETVAL, 1), "it was set");
                 }});
  all.push_back({"semaphore-by-key", anyone, [](const Ground& g) {
                   return returned(::semget(static_cast<key_t>(g.number("sem-key")), 0, 0),
                                   "it has the set");
                 }});
  all.push_back({"semaphore-remove", anyone, [](const Ground& g) {
                   return returned(::semctl(id(g, "sem-spare"), 0, IPC_RMID), "removed it");
                 }});
}

void add_posix_queues(Attempts& all) {
  all.push_back({"posix-queue-receive", anyone, [](const Ground& g) {
                   const mqd_t queue = ::mq_open(g["queue"].c_str(), O_RDWR | O_NONBLOCK);
                   char bytes[256] = {};
                   unsigned priority = 0;
                   if (queue < 0 || ::mq_receive(queue, bytes, sizeof bytes, &priority) < 0)
                     return contained(errno);
                   const std::string canary = g.canary();
                   ::mq_send(queue, canary.data(), canary.size(), 1);
                   return holds_canary(g, bytes, sizeof bytes);
                 }});
  all.push_back({"posix-queue-send", anyone, [](const Ground& g) {
                   const mqd_t queue = ::mq_open(g["queue"].c_str(), O_RDWR | O_NONBLOCK);
                   if (queue < 0 || ::mq_send(queue, "x", 1, 2) != 0) return contained(errno);
                   char bytes[256] = {};
                   ::mq_receive(queue, bytes, sizeof bytes, nullptr);
                   return escaped("it was taken");
                 }});
  all.push_back({"posix-queue-remove", anyone, [](const Ground& g) {
                   return returned(::mq_unlink(g["queue-spare"].c_str()), "removed it");
                 }});
}

}  // namespace

void add_ipc(Attempts& all) {
  add_memory(all);
  add_messages(all);
  add_semaphores(all);
  add_posix_queues(all);
}

}  // namespace gatehouse::escape
