#include "sim/report/run_partners.hpp"

#include <algorithm>
#include <optional>

namespace kvsim::report {
namespace {

std::optional<std::size_t> only_one(const std::vector<ReadRun>& runs, const std::string& variant,
                                    const std::vector<bool>& taken) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!taken[i] && runs[i].variant == variant) {
      if (found) {
        return std::nullopt;
      }
      found = i;
    }
  }
  return found;
}

void join(Partners& partners, std::size_t a, std::size_t b) {
  partners.taken_a[a] = partners.taken_b[b] = true;
  partners.pairs.emplace_back(a, b);
}

}  // namespace

Partners partners_of(const std::vector<ReadRun>& a, const std::vector<ReadRun>& b) {
  Partners partners{std::vector<bool>(a.size()), std::vector<bool>(b.size()), {}};
  if (a.size() == 1 && b.size() == 1) {
    join(partners, 0, 0);
    return partners;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto same =
        std::find_if(b.begin(), b.end(), [&](const ReadRun& run) { return run.id == a[i].id; });
    if (same != b.end()) {
      join(partners, i, static_cast<std::size_t>(same - b.begin()));
    }
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto here = only_one(a, a[i].variant, partners.taken_a);
    const auto there = only_one(b, a[i].variant, partners.taken_b);
    if (here == i && there) {
      join(partners, i, *there);
    }
  }
  std::sort(partners.pairs.begin(), partners.pairs.end());
  return partners;
}

std::vector<std::string> ids_left(const std::vector<ReadRun>& runs,
                                  const std::vector<bool>& taken) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!taken[i]) {
      ids.push_back(runs[i].id);
    }
  }
  return ids;
}

}  // namespace kvsim::report
