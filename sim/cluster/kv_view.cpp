#include "sim/cluster/kv_view.hpp"

namespace kvsim::cluster {
namespace {

std::size_t index(const engine::Replica& replica) {
  return static_cast<std::size_t>(replica.id().value());
}

}  // namespace

KvView::KvView(Duration interval, std::size_t replicas) : interval_(interval), kept_(replicas) {}

SimTime KvView::reported_at(SimTime now) const {
  if (interval_ == Duration()) {
    return now;
  }
  const Int128 reports = now.since_start().attoseconds() / interval_.attoseconds();
  return SimTime(interval_ * reports);
}

void KvView::before_change(const engine::Replica& replica, SimTime now) {
  Report& kept = kept_[index(replica)];
  if (interval_ == Duration() || now < kept.due + interval_) {
    return;
  }
  const SimTime due = reported_at(now);
  kept = {due, replica.blocks_in_use_before(due)};
}

std::int64_t KvView::blocks(const engine::Replica& replica, SimTime now) const {
  const SimTime due = reported_at(now);
  const Report& kept = kept_[index(replica)];
  const bool is_kept = interval_ != Duration() && kept.due == due;
  return is_kept ? kept.blocks : replica.blocks_in_use_before(due);
}

}  // namespace kvsim::cluster
