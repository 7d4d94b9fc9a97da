// SPDX-License-Identifier: Apache-2.0
// Any bytes as a policy's text into which an answer is put, and from which each is taken. What comes out must never
// lack what was there: taking out what was put in gives a text that can be changed in the same way.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "policy/answer_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::policy;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (std::size_t number = 0; number < 4; ++number) {
    const auto without = without_answer(text, number);
    if (without && !with_answer(*without, R"({"rule":"a"})")) std::abort();
  }
  const auto with = with_answer(text, R"({"rule":"a"})");
  if (!with) return 0;
  if (with->size() < text.size()) std::abort();
  std::size_t count = 0;
  while (without_answer(*with, count))
    ++count;
  if (count == 0) std::abort();  // it is there
  const auto again = without_answer(*with, count - 1);
  if (!again || !with_answer(*again, R"({"rule":"a"})")) std::abort();
  (void)changed_lines(text, *with);
  return 0;
}
