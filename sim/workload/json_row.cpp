#include "sim/workload/json_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kvsim::workload {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kExample =
    R"(expected one object per line, such as {"timestamp": 27482, "input_length": 6955, )"
    R"("output_length": 52})";

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Takes down what lies in the outer object; false stops the parser.
class RowHandler final : public nlohmann::json_sax<Json> {
 public:
  RowHandler(std::string_view line, const Names& id_names, JsonRow& row)
      : line_(line), id_names_(id_names), row_(row) {}

  [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

  bool null() override { return scalar("null"); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override {
    return in_ids() ? add_id(value) : scalar(std::to_string(value));
  }
  bool number_unsigned(std::uint64_t value) override {
    return in_ids() ? add_id(static_cast<std::int64_t>(value)) : scalar(std::to_string(value));
  }
  bool number_float(double, const std::string& text) override { return scalar(text); }
  bool string(std::string& value) override { return scalar('"' + value + '"'); }
  bool binary(Json::binary_t&) override { return false; }  // never in text

  bool start_object(std::size_t) override { return open("{...}"); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override {
    if (depth_ == 0) {
      return refuse_root();
    }
    if (depth_ == 1 && contains(id_names_, key_)) {
      row_.ids_key = key_;
      list_of_ids_ = true;
      ++depth_;
      return true;
    }
    return open("[...]");
  }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    if (depth_ != 1) {
      return true;
    }
    if (row_.find({name}) != nullptr) {
      fault_ = Fault{.message = fmt::format("the key '{}' stands twice", name), .field = {}};
      return false;
    }
    key_ = name;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    fault_ = Fault{.message = "the line is not valid JSON from here on",
                   .field = {},
                   .column = static_cast<int>(std::clamp<std::size_t>(position, 1, line_.size())),
                   .notes = {std::string(kExample)}};
    return false;
  }

 private:
  [[nodiscard]] bool in_ids() const { return list_of_ids_ && depth_ == 2; }

  bool refuse_root() {
    fault_ = Fault{.message = "the line is not a JSON object",
                   .field = {},
                   .column = 1,
                   .notes = {std::string(kExample)}};
    return false;
  }
  bool refuse_id(const std::string& text) {
    fault_ =
        Fault{.message = fmt::format("'{}' in the list is not a whole number of 64 bits", text),
              .field = key_,
              .column = column_of_value(line_, key_)};
    return false;
  }
  bool add_id(std::int64_t id) {
    row_.ids.push_back(id);
    return true;
  }
  bool scalar(std::string text) {
    if (depth_ == 0) {
      return refuse_root();
    }
    if (in_ids()) {
      return refuse_id(text);
    }
    if (depth_ == 1) {
      row_.members.push_back({key_, std::move(text)});
    }
    return true;
  }
  bool open(const char* text) {
    if (in_ids()) {
      return refuse_id(text);
    }
    if (depth_ == 1) {
      row_.members.push_back({key_, text});
    }
    ++depth_;
    return true;
  }
  bool close() {
    --depth_;
    list_of_ids_ = list_of_ids_ && depth_ >= 2;
    return true;
  }

  std::string_view line_;
  const Names& id_names_;
  JsonRow& row_;
  std::string key_;
  int depth_ = 0;
  bool list_of_ids_ = false;
  std::optional<Fault> fault_;
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  while (at < line.size() && is_blank(line[at])) {
    ++at;
  }
  return at;
}

}  // namespace

const JsonMember* JsonRow::find(const Names& names) const {
  const auto it = std::find_if(members.begin(), members.end(), [&](const JsonMember& member) {
    return contains(names, member.key);
  });
  return it == members.end() ? nullptr : &*it;
}

std::optional<Fault> parse_json_row(std::string_view line, const Names& id_names, JsonRow& row) {
  row.members.clear();
  row.ids.clear();
  row.ids_key.clear();
  RowHandler handler(line, id_names, row);
  static_cast<void>(Json::sax_parse(line, &handler));
  return handler.fault();
}

int column_of_value(std::string_view line, std::string_view key) {
  const std::string quoted = fmt::format("\"{}\"", key);
  for (std::size_t at = line.find(quoted); at != std::string_view::npos;
       at = line.find(quoted, at + 1)) {
    const std::size_t colon = skip_blanks(line, at + quoted.size());
    if (colon < line.size() && line[colon] == ':') {
      return static_cast<int>(skip_blanks(line, colon + 1)) + 1;
    }
  }
  return 0;
}

}  // namespace kvsim::workload
