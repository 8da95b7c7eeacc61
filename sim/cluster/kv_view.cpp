#include "sim/cluster/kv_view.hpp"

namespace kvsim::cluster {
namespace {

std::size_t index(const engine::Replica& replica) {
  return static_cast<std::size_t>(replica.id().value());
}

}  // namespace

KvView::KvView(Duration interval, std::size_t replicas) : interval_(interval), kept_(replicas) {}

SimTime KvView::reported_at(SimTime now) const {
  if (is_exact()) {
    return now;
  }
  const Int128 reports = now.since_start().attoseconds() / interval_.attoseconds();
  return SimTime(interval_ * reports);
}

void KvView::before_change(const engine::Replica& replica, SimTime now) {
  Report& kept = kept_[index(replica)];
  if (is_exact() || now < kept.due + interval_) {
    return;
  }
  const SimTime due = reported_at(now);
  kept = {due, replica.blocks_in_use_before(due)};
}

bool KvView::has_changed_since(const engine::Replica& replica, SimTime now) const {
  return !is_exact() && kept_[index(replica)].due == reported_at(now);
}

std::int64_t KvView::blocks(const engine::Replica& replica, SimTime now) const {
  return has_changed_since(replica, now) ? kept_[index(replica)].blocks
                                         : replica.blocks_in_use_before(reported_at(now));
}

}  // namespace kvsim::cluster
