// SPDX-License-Identifier: Apache-2.0
// The digest: SipHash with a fixed key over lengths and contents. It must never skip a field.
#include "tables/digest.h"

#include <cstring>

#include "shared/steps.h"

namespace gatehouse::tables {
namespace {

class Hasher {
 public:
  Hasher() { gh_sip_init(&sip_, 0x67617465686f7573ull, GH_ABI_VERSION); }
  void word(std::uint64_t value) { gh_sip_word(&sip_, value); }
  void bytes(const void* data, std::size_t size) {
    word(size);
    const auto* at = static_cast<const char*>(data);
    for (; size > 0;) {
      std::uint64_t value = 0;
      const std::size_t part = size < sizeof value ? size : sizeof value;
      std::memcpy(&value, at, part);
      word(value);
      at += part;
      size -= part;
    }
  }
  std::uint64_t finish() {
    __u64 out[2];
    gh_sip_final(&sip_, out);
    return out[0];
  }

 private:
  gh_sip sip_{};
};

}  // namespace

std::uint64_t digest_of(const Tables& tables) {
  Hasher h;
  h.bytes(tables.states.data(), tables.states.size() * sizeof tables.states[0]);
  h.bytes(tables.transitions.data(), tables.transitions.size() * sizeof tables.transitions[0]);
  h.bytes(tables.outcomes.data(), tables.outcomes.size() * sizeof tables.outcomes[0]);
  for (const std::uint32_t v :
       {tables.paths, tables.endpoints, tables.commands, tables.flags, tables.unnamed})
    h.word(v);
  for (const auto& set : {tables.privileges, tables.privileges_named}) {
    const std::string bits = set.to_string();
    h.bytes(bits.data(), bits.size());
  }
  for (const auto& rule : tables.rules)
    for (const auto* text : {&rule.id, &rule.layer, &rule.reason, &rule.pointer, &rule.file})
      h.bytes(text->data(), text->size());
  return h.finish();
}

}  // namespace gatehouse::tables
