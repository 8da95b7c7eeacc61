#include "calibration/fit/sample_layout.hpp"

#include <cmath>

#include "sim/base/check.hpp"

namespace kvsim::fit {

std::int64_t Row::operator[](std::string_view column) const {
  return std::llround(numbers_.find(column)->second[index_]);
}

std::int64_t Row::value_or(std::string_view column, std::int64_t otherwise) const {
  return numbers_.contains(column) ? (*this)[column] : otherwise;
}

const std::vector<Layout>& layouts() {
  static const std::vector<Layout> kLayouts = [] {
    std::vector<Layout> all = attention_layouts();
    for (const auto& more : {product_layouts(), other_layouts()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return kLayouts;
}

const Layout& layout_of(spec::CardOperator op) {
  for (const Layout& layout : layouts()) {
    if (layout.op == op) {
      return layout;
    }
  }
  throw InternalError("no table of measurements is known for this operator");
}

}  // namespace kvsim::fit
