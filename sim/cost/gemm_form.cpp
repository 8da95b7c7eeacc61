// Matrix products: spec/card_forms.hpp has the equation.
#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/cost/call_time.hpp"

namespace kvsim::cost {
namespace {

constexpr std::int64_t kTileRows = 128;  // CUTLASS' commonest tile on Hopper, 128 x 256
constexpr std::int64_t kTileColumns = 256;
constexpr std::int64_t kChainRows = 64;  // rows of the smallest tile of products

double seconds(Duration duration) { return to_seconds(duration).value(); }

double chain_seconds(const spec::GemmForm& form, std::int64_t rows, std::int64_t k) {
  const auto tile = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(rows)));
  const auto scale = static_cast<double>(std::clamp(tile, kChainRows, form.chain_rows));
  return seconds(form.chain) * static_cast<double>(std::min(k, form.chain_limit)) / 1000 * scale /
         static_cast<double>(kChainRows);
}

// Waves of tiles, rounded up, over the exact number.
double wave_loss(std::int64_t rows, std::int64_t n, const spec::GpuSpec& gpu) {
  const auto sms = static_cast<double>(gpu.streaming_multiprocessors);
  const auto tiles = static_cast<double>(((rows + kTileRows - 1) / kTileRows) *
                                         ((n + kTileColumns - 1) / kTileColumns));
  return tiles < sms / 2 ? 1 : std::ceil(tiles / sms) * sms / tiles;
}

}  // namespace

CallTime gemm_time(const model::Operator& op, const spec::GemmForm& form, const spec::GpuSpec& gpu,
                   const model::BatchShape& batch) {
  const std::int64_t rows = model::rows_of(op, batch);
  const std::int64_t k = std::max<std::int64_t>(1, op.shape.k);
  const Rates rates = rates_of(op, form.bandwidth_efficiency, form.compute_efficiency, gpu);
  CallTime time;
  time.memory = model::bytes_moved(op, batch) / rates.bytes;
  time.compute = model::flops_done(op, batch) / rates.flops *
                 (1 + form.prologue / static_cast<double>(k)) *
                 (1 + form.wave * (wave_loss(rows, op.shape.n, gpu) - 1));
  const double stream = blend(chain_seconds(form, rows, k), time.memory, form.chain_exponent);
  const double quantise = form.quantise_bytes * static_cast<double>(rows * k) / rates.peak_bytes +
                          seconds(form.quantise_row) * static_cast<double>(rows);
  const double launch =
      seconds(form.launch) - (op.static_scales ? seconds(form.dynamic_scales) : 0);
  time.seconds = std::max(seconds(form.host_floor),
                          launch + quantise + blend(stream, time.compute, form.blend_exponent));
  return time;
}

}  // namespace kvsim::cost
