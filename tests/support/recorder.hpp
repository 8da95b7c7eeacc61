// Keeps every request that a simulation finishes.
#pragma once

#include <vector>

#include "sim/cluster/simulate.hpp"

namespace kvsim::test {

class Recorder final : public cluster::Observer {
 public:
  void on_finished(const spec::RequestRecord& record) override { records.push_back(record); }
  void on_refused(RequestId id) override { refused.push_back(id); }

  std::vector<spec::RequestRecord> records;
  std::vector<RequestId> refused;
};

}  // namespace kvsim::test
