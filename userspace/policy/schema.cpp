// SPDX-License-Identifier: Apache-2.0
// The only place that sees the schema library: it alone takes longer to compile than the room. It
// must never let an exception of that library out.
#include "policy/schema.h"

#include <exception>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/quote.h"
#include "policy/report.h"
#include "policy/value.h"

namespace gatehouse::policy {
namespace {

using nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

// The library's context is "<root>", "[key]", "[0]", …, each step an element.
std::string pointer_of(const std::vector<std::string>& context) {
  std::string pointer;
  for (const auto& step : context) {
    if (step.size() >= 2 && step.front() == '[' && step.back() == ']')
      pointer = child(pointer, step.substr(1, step.size() - 2));
  }
  return pointer;
}

void validate(const json& document, const json& schema_document, Report& report) {
  valijson::Schema schema;
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.populateSchema(Adapter(schema_document), schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, Adapter(document), &results)) return;
  valijson::ValidationResults::Error error;
  while (results.popError(error))
    report.error(pointer_of(error.context),
                 "the schema does not allow this: " + visible(error.description));
}

}  // namespace

void validate_schema(const std::string& text, const std::string& schema, const std::string& file,
                     Diagnostics& diagnostics) {
  Findings findings(diagnostics);
  Report report(findings, file);
  try {
    validate(json::parse(text, nullptr, /*allow_exceptions=*/true, /*ignore_comments=*/true),
             json::parse(schema), report);
  } catch (const std::exception& error) {
    report.error("", "cannot be checked against the schema: " + visible(error.what()));
  }
}

}  // namespace gatehouse::policy
