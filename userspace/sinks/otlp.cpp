// SPDX-License-Identifier: Apache-2.0
// The parts of the OTLP sink put together. It must never send to another address than it was opened for.
#include "sinks/otlp.h"

#include <cstdlib>

#include "events/time.h"
#include "sinks/otlp_record.h"

namespace gatehouse::sinks {
namespace {

// The same for the same address at each start: what waits for one service must not go to another (FNV-1a).
std::string folder_name(const std::string& url) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : url)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::string name = "otlp-";
  for (int shift = 60; shift >= 0; shift -= 4)
    name += "0123456789abcdef"[(hash >> shift) & 15];
  return name;
}

}  // namespace

Result<std::unique_ptr<Sink>> OtlpSink::open(const std::string& target, const std::string& state) {
  auto config = otlp_config(target, [](const char* name) { return std::getenv(name); });
  if (!config) return config.take_error();
  auto curl = web::load_curl();
  if (!curl) return curl.take_error();
  auto spool = Spool::open(state + "/spool/" + folder_name(config->url), kMostSpool);
  if (!spool) return spool.take_error();
  return std::unique_ptr<Sink>(std::make_unique<OtlpSink>(
      std::make_unique<OtlpSender>(std::move(*config), std::move(*spool), *curl)));
}

void OtlpSink::write(const events::Event& event) {
  // The word of a loss is let in where others find no room.
  const bool urgent = std::holds_alternative<events::EventsLost>(event.body);
  sender_->put(otlp_record(event, events::wall_now()), urgent);
}

}  // namespace gatehouse::sinks
