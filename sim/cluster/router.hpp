// Who gets the next request.
#pragma once

#include <vector>

#include "sim/engine/replica.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cluster {

class RequestRouter {
 public:
  explicit RequestRouter(spec::Router rule) : rule_(rule) {}
  /// Index of the chosen replica; ties go to the lowest. Requires: replicas is not empty.
  [[nodiscard]] std::size_t choose(const std::vector<engine::Replica>& replicas);

 private:
  spec::Router rule_;
  std::size_t turn_ = 0;
};

}  // namespace kvsim::cluster
