#include "sim/spec/plan_limits.hpp"

#include <algorithm>
#include <cctype>

namespace kvsim::spec {

std::string metric_name(const std::string& metric) {
  const std::size_t first = metric.find('_');
  if (first == std::string::npos) {
    return metric;
  }
  std::string name = metric.substr(first + 1);
  name = name.substr(0, name.rfind("_ms"));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return metric.substr(0, first) + ' ' + name;
}

const PlanLimit* worst_limit(const PlanPoint& point) {
  const auto worst =
      std::max_element(point.limits.begin(), point.limits.end(), [](const auto& a, const auto& b) {
        return a.value_ms * b.limit_ms < b.value_ms * a.limit_ms;
      });
  return worst == point.limits.end() ? nullptr : &*worst;
}

}  // namespace kvsim::spec
