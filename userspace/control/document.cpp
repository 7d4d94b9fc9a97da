// SPDX-License-Identifier: Apache-2.0
// The checks behind document.h, made while the parser runs. It must never build what it will refuse for
// its depth.
#include "control/document.h"

#include <set>

#include "base/quote.h"

namespace gatehouse::control {
namespace {

// Accepts, and remembers the first thing wrong.
class Strict : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override { return shallower(); }
  bool start_object(std::size_t) override { return deeper(); }
  bool end_object() override { return shallower(); }
  bool key(string_t& name) override {
    if (keys_.back().insert(name).second) return true;
    wrong_ = "the member " + quote(name) + " stands there twice";
    return false;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    if (wrong_.empty()) wrong_ = "it is not JSON at byte " + std::to_string(position);
    return false;
  }
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

 private:
  bool deeper() {
    keys_.emplace_back();
    if (keys_.size() <= kMostDepth) return true;
    wrong_ = "it is nested deeper than " + std::to_string(kMostDepth) + " levels";
    return false;
  }
  bool shallower() {
    keys_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> keys_;
  std::string wrong_;
};

}  // namespace

std::variant<Json, Refusal> parse_document(std::string_view line, std::size_t most) {
  if (line.size() >= most) {
    return Refusal{"the line is longer than " + std::to_string(most >> 20) + " MiB", {}};
  }
  Strict strict;
  if (!Json::sax_parse(line, &strict))
    return Refusal{"the line was refused: " + strict.wrong(), {}};
  Json document = Json::parse(line, nullptr, false);
  if (!document.is_object()) return Refusal{"the line is not a JSON object", {}};
  return document;
}

}  // namespace gatehouse::control
