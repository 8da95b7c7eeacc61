#include "calibration/bench/plan.hpp"

#include <algorithm>
#include <cstdio>
#include <random>
#include <stdexcept>

#include "calibration/bench/measure.hpp"

namespace kvsim {
namespace bench {
namespace {

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kGiB = 1024 * kMiB;
constexpr std::int64_t kMostCache = 12 * kGiB;  // of a point; the pool holds twice that at least

constexpr double kSetUpSeconds = 0.03;  // of a point: tables, graphs, the first calls
constexpr double kStartSeconds = 6;     // context, pool, cuBLASLt's kernels
constexpr int kUsualSamples = 20;

struct HeadShape {
  int heads;
  int kv_heads;
  int head_dim;
};

// On one GPU. MHA, GQA 2, 4, 8, 16, MQA; widths 128, 64, 256.
const std::vector<HeadShape>& head_shapes() {
  static const std::vector<HeadShape> kShapes = {
      {32, 32, 128},  // Llama-2-7B
      {32, 16, 128},  // two query heads per KV head
      {32, 8, 128},   // Llama-3-8B
      {64, 8, 128},   // Llama-3-70B
      {32, 2, 128},   // sixteen: GLM-4-9B
      {8, 1, 128},    // Llama-3-70B on 8 GPUs, or MQA of 8 heads
      {64, 8, 64},    // gpt-oss
      {16, 8, 256},   // Gemma-2-9B
      {32, 1, 128},   // MQA
  };
  return kShapes;
}

struct Batch {
  int size;
  int context;
};

// Taken in turn, so that each shape sees others and all of them are seen.
const std::vector<Batch>& batches() {
  static const std::vector<Batch> kBatches = {
      {1, 8192},  {33, 3017},  {256, 2048}, {1, 131072}, {5, 30001}, {512, 128}, {16, 16384},
      {3, 1000},  {131, 700},  {8, 65536},  {17, 517},   {64, 6001}, {1, 1000},  {512, 509},
      {2, 60001}, {48, 10000}, {7, 128},    {100, 4097}, {1, 40000}, {200, 1300}};
  return kBatches;
}

std::int64_t token_bytes(const HeadShape& shape) {
  return std::int64_t{4} * shape.kv_heads * shape.head_dim;
}

Point decode_point(const HeadShape& shape, const Batch& batch) {
  Point point;
  point.op = Op::DecodeAttention;
  point.role = Role::Card;
  point.kernel = "mma";
  point.layout = "nhd";
  point.shape = {{"batch", batch.size},        {"heads", shape.heads}, {"kv_heads", shape.kv_heads},
                 {"head_dim", shape.head_dim}, {"ctx", batch.context}, {"page", 16}};
  return point;
}

// An odd number of sequences that together hold a little more than 1 GiB.
Batch large_batch(const HeadShape& shape, int context) {
  const std::int64_t of_one = token_bytes(shape) * context;
  return {static_cast<int>((kGiB + of_one) / of_one) | 1, context};
}

void add_decode(std::vector<Point>& points) {
  std::size_t next = 0;
  for (const HeadShape& shape : head_shapes()) {
    points.push_back(decode_point(shape, large_batch(shape, 8192)));
    points.back().quick = true;
    for (int taken = 0; taken < 4; ++next) {
      const Batch batch = batches()[next % batches().size()];
      if (token_bytes(shape) * batch.size * batch.context > kMostCache) {
        continue;
      }
      points.push_back(decode_point(shape, batch));
      points.back().quick = taken < 2;
      ++taken;
    }
  }
}

// Other kernels, layouts and pages on two shapes that are card points, too.
void add_ladder(std::vector<Point>& points) {
  const auto add = [&](const HeadShape& shape, const char* kernel, const char* layout,
                       std::int64_t page) {
    Point point = decode_point(shape, large_batch(shape, 8192));
    point.role = Role::Ladder;
    point.kernel = kernel;
    point.layout = layout;
    point.shape.back().second = page;
    point.quick = page == 16;
    points.push_back(point);
  };
  const HeadShape mha = {32, 32, 128};
  const HeadShape gqa = {64, 8, 128};
  add(mha, "naive", "nhd", 16);
  add(mha, "vector", "nhd", 16);
  add(mha, "mma", "hnd", 16);
  add(gqa, "vector", "nhd", 16);
  add(gqa, "mma", "hnd", 16);
  add(gqa, "mma", "nhd", 32);
  add(gqa, "mma", "nhd", 64);
}

void add_mixed(std::vector<Point>& points) {
  for (const char* mix : {"one-long", "two-sizes", "spread"}) {
    for (const Batch& batch : {Batch{32, 8000}, Batch{129, 1500}}) {
      Point point = decode_point({64, 8, 128}, batch);
      point.role = Role::Mixed;
      point.mix = mix;
      point.quick = batch.size == 32;
      points.push_back(point);
    }
  }
}

void add_mla(std::vector<Point>& points) {
  const std::vector<Batch> wanted = {
      {128, 8192}, {64, 32768}, {1, 131072}, {33, 3017}, {256, 2048}, {5, 30001},
      {1, 1000},   {512, 509},  {16, 16384}, {131, 700}, {2, 60001},  {512, 128},
      {8, 65536},  {17, 517},   {64, 6001},  {3, 1000},  {1, 8192},   {100, 4097},
      {48, 10000}, {7, 128},    {200, 1300}, {1, 40000}, {300, 5001}, {40, 50000}};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    Point point;
    point.op = Op::DecodeAttentionMla;
    point.role = Role::Card;
    point.kernel = "mma";
    point.quick = i < 14;
    point.shape = {{"batch", wanted[i].size},
                   {"heads", 16},  // DeepSeek-V3 has 128: 16 a GPU with tensor parallelism 8
                   {"ctx", wanted[i].context},
                   {"page", 64}};  // vLLM's block size for FlashMLA
    points.push_back(point);
  }
}

void add_gemm(std::vector<Point>& points) {
  const std::vector<std::pair<int, int>> weights = {
      {4096, 4096},  {6144, 4096},  {28672, 4096}, {4096, 14336},  // Llama-3-8B
      {10240, 8192}, {57344, 8192}, {8192, 28672}, {8192, 8192}};  // Llama-3-70B
  const std::vector<int> rows = {1, 16, 64, 256, 2048, 33, 8192, 5, 128, 512, 1000, 200, 4096};
  for (const char* dtype : {"bf16", "fp8"}) {
    std::size_t next = 0;
    for (const auto& [n, k] : weights) {
      for (int taken = 0; taken < 6; ++taken, ++next) {
        Point point;
        point.op = Op::Gemm;
        point.role = Role::Card;
        point.dtype = dtype;
        point.kernel = "cublaslt";
        point.quick = taken < 3;
        point.shape = {{"m", rows[next % rows.size()]}, {"n", n}, {"k", k}};
        points.push_back(point);
      }
    }
  }
}

void add_machine(std::vector<Point>& points) {
  const auto add = [&](Op op, const char* kernel, bool quick,
                       std::vector<std::pair<std::string, std::int64_t>> shape) {
    Point point;
    point.op = op;
    point.dtype = "bytes";
    point.kernel = kernel;
    point.quick = quick;
    point.shape = std::move(shape);
    points.push_back(point);
  };
  for (const std::int64_t size : {kMiB / 4, kMiB, 4 * kMiB, 16 * kMiB, 64 * kMiB,
                                  100000000 / 512 * 512L, 256 * kMiB, kGiB, 4 * kGiB, 8 * kGiB}) {
    add(Op::StreamRead, "wide-loads", size >= 64 * kMiB, {{"size", size}});
  }
  for (const std::int64_t size : {64 * kMiB, kGiB, 8 * kGiB}) {
    add(Op::StreamWrite, "wide-stores", size > kGiB, {{"size", size}});
    add(Op::StreamCopy, "wide-loads", size > kGiB, {{"size", size / 2}});
  }
  for (const std::int64_t size : {4 * kMiB, 16 * kMiB, 24 * kMiB}) {
    add(Op::L2Read, "wide-loads", size == 16 * kMiB, {{"size", size}, {"passes", 15}});
  }
  for (const std::int64_t tokens : {16, 32, 64}) {
    for (const std::int64_t token : {std::int64_t{256}, std::int64_t{1152}}) {  // d = 128; a latent
      const std::int64_t bytes = tokens * token;
      add(Op::PageRead, "warp-per-page", tokens == 16,
          {{"tokens", tokens}, {"page_bytes", bytes}, {"pages", 2 * kGiB / bytes}});
    }
  }
  add(Op::KernelLaunch, "empty", true, {{"launches", 1}});
  for (const std::int64_t nodes : {1, 10, 100, 1000}) {
    add(Op::GraphNode, "empty", nodes >= 100, {{"nodes", nodes}});
  }
  for (const std::int64_t size : {4 * kKiB, 64 * kKiB, kMiB, 16 * kMiB, 256 * kMiB}) {
    add(Op::HostToDevice, "pinned", size >= 16 * kMiB, {{"size", size}});
    add(Op::DeviceToHost, "pinned", size >= 16 * kMiB, {{"size", size}});
  }
}

bool is_stream(Op op) { return op == Op::StreamRead; }

void require_known(const std::vector<std::string>& ops) {
  std::string known;
  for (const Op op : all_ops()) {
    known += std::string(known.empty() ? "" : ", ") + name_of(op);
  }
  for (const std::string& name : ops) {
    const bool found =
        std::any_of(all_ops().begin(), all_ops().end(), [&](Op op) { return name == name_of(op); });
    if (!found) {
      throw std::invalid_argument("--ops: there is no '" + name + "'; known are " + known);
    }
  }
}

}  // namespace

Plan make_plan(bool quick, const std::vector<std::string>& ops) {
  require_known(ops);
  std::vector<Point> all;
  add_machine(all);
  add_decode(all);
  add_ladder(all);
  add_mixed(all);
  add_mla(all);
  add_gemm(all);
  Plan plan;
  plan.rounds = quick ? 1 : 3;
  for (const Point& point : all) {
    const bool wanted =
        ops.empty() || std::find(ops.begin(), ops.end(), name_of(point.op)) != ops.end();
    if (wanted && (point.quick || !quick)) {
      plan.points.push_back(point);
    }
  }
  return plan;
}

double expected_call_seconds(const Point& point, const Rates& rates) {
  constexpr double kReached = 0.85;
  constexpr double kLaunch = 3e-6;
  const bool host = point.op == Op::HostToDevice || point.op == Op::DeviceToHost;
  const double rate = host ? rates.host_bytes_per_second : rates.bytes_per_second;
  const double peak = point.dtype == "fp8" ? 2 * rates.flops_per_second : rates.flops_per_second;
  double seconds = std::max(static_cast<double>(bytes_of(point)) / rate, flops_of(point) / peak);
  if (point.kernel == "naive") {
    seconds *= 20;  // one 2-byte load under way per lane
  } else if (point.kernel == "vector") {
    seconds *= 4;
  }
  return seconds / kReached + kLaunch;
}

double expected_sample_seconds(const Point& point, const Rates& rates) {
  const double call = expected_call_seconds(point, rates);
  const double replays = 3 * static_cast<double>(calls_in_replay(call));
  const double samples = std::min<double>(
      kUsualSamples, std::max<double>(StopRule{}.least, StopRule{}.seconds / (replays * call)));
  return kSetUpSeconds + (samples + 2) * replays * call;
}

double expected_plan_seconds(const Plan& plan, const Rates& rates) {
  double seconds = 0;
  for (const Point& point : plan.points) {
    seconds += expected_sample_seconds(point, rates);
  }
  return kStartSeconds + plan.rounds * seconds;
}

std::vector<int> order_of_round(const Plan& plan, int round) {
  std::vector<int> first;
  std::vector<int> rest;
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    (is_stream(plan.points[i].op) ? first : rest).push_back(static_cast<int>(i));
  }
  std::mt19937 random(static_cast<std::uint32_t>(round) + 1U);
  for (std::size_t i = rest.size(); i > 1; --i) {
    std::swap(rest[i - 1], rest[random() % i]);
  }
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

std::string plan_text(const Plan& plan, const Rates& rates) {
  std::string text;
  char line[320];
  double bytes = 0;
  for (const Point& point : plan.points) {
    std::snprintf(line, sizeof line, "%-21s %-7s %-13s %-8s %9.1f MB %9.1f us  %s\n",
                  name_of(point.op), name_of(point.role), point.kernel.c_str(), point.dtype.c_str(),
                  static_cast<double>(bytes_of(point)) / 1e6,
                  expected_call_seconds(point, rates) * 1e6, shape_text(point).c_str());
    text += line;
    bytes += static_cast<double>(bytes_of(point));
  }
  std::snprintf(line, sizeof line,
                "%zu points, %d round%s; one call of each moves %.1f GB; expected %.0f s\n",
                plan.points.size(), plan.rounds, plan.rounds == 1 ? "" : "s", bytes / 1e9,
                expected_plan_seconds(plan, rates));
  return text + line;
}

}  // namespace bench
}  // namespace kvsim
