// Ids are types: a RequestId cannot be passed where a SlotId is expected.
#pragma once

#include <compare>
#include <cstdint>

namespace kvsim {

template <class Tag, class Rep>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(Rep value) : value_(value) {}
  [[nodiscard]] constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  Rep value_{};
};

/// Position of a request in its workload, from 0.
using RequestId = Id<struct RequestIdTag, std::int64_t>;
/// Place of a request inside a replica while it waits or runs; reused after it finished.
using SlotId = Id<struct SlotIdTag, std::uint32_t>;
/// Position of a replica in its cluster, from 0.
using ReplicaId = Id<struct ReplicaIdTag, std::int32_t>;

}  // namespace kvsim
