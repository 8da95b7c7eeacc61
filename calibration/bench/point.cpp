#include "calibration/bench/point.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/model/traffic.h"

namespace kvsim {
namespace bench {
namespace {

constexpr std::int64_t kBf16 = 2;

std::int64_t element_bytes(const std::string& dtype) { return dtype == "fp8" ? 1 : kBf16; }

std::int64_t token_bytes(const Point& point) {
  if (point.op == Op::DecodeAttentionMla) {
    return traffic::mla_kv_bytes_per_token(512, 64, kBf16);  // DeepSeek-V2, arXiv:2405.04434, 2.1.2
  }
  return traffic::kv_bytes_per_token(point["kv_heads"], point["head_dim"], kBf16);
}

std::int64_t tokens_of(const Point& point) {
  std::int64_t total = 0;
  for (const int context : contexts_of(point)) {
    total += context;
  }
  return total;
}

bool is_decode(Op op) { return op == Op::DecodeAttention || op == Op::DecodeAttentionMla; }

}  // namespace

const std::vector<Op>& all_ops() {
  static const std::vector<Op> kAll = {
      Op::StreamRead,   Op::StreamWrite,     Op::StreamCopy,         Op::L2Read,
      Op::PageRead,     Op::DecodeAttention, Op::DecodeAttentionMla, Op::Gemm,
      Op::KernelLaunch, Op::GraphNode,       Op::HostToDevice,       Op::DeviceToHost};
  return kAll;
}

const char* name_of(Op op) {
  switch (op) {
    case Op::StreamRead:
      return "stream_read";
    case Op::StreamWrite:
      return "stream_write";
    case Op::StreamCopy:
      return "stream_copy";
    case Op::L2Read:
      return "l2_read";
    case Op::PageRead:
      return "page_read";
    case Op::DecodeAttention:
      return "decode_attention";
    case Op::DecodeAttentionMla:
      return "decode_attention_mla";
    case Op::Gemm:
      return "gemm";
    case Op::KernelLaunch:
      return "kernel_launch";
    case Op::GraphNode:
      return "graph_node";
    case Op::HostToDevice:
      return "host_to_device";
    case Op::DeviceToHost:
      return "device_to_host";
  }
  return "?";
}

const char* name_of(Role role) {
  switch (role) {
    case Role::Card:
      return "card";
    case Role::Ladder:
      return "ladder";
    case Role::Mixed:
      return "mixed";
    case Role::Machine:
      return "machine";
  }
  return "?";
}

std::int64_t Point::value_or(const char* name, std::int64_t otherwise) const {
  for (const auto& [key, value] : shape) {
    if (key == name) {
      return value;
    }
  }
  return otherwise;
}

std::int64_t Point::operator[](const char* name) const {
  for (const auto& [key, value] : shape) {
    if (key == name) {
      return value;
    }
  }
  throw std::logic_error(std::string(name_of(op)) + " has no " + name);
}

std::string shape_text(const Point& point) {
  std::string text;
  const auto add = [&](const std::string& key, const std::string& value) {
    text += (text.empty() ? "" : " ") + key + "=" + value;
  };
  for (const auto& [key, value] : point.shape) {
    add(key, std::to_string(value));
  }
  if (!point.mix.empty()) {
    add("mix", point.mix);
  }
  if (!point.layout.empty()) {
    add("layout", point.layout);
  }
  return text;
}

std::vector<int> contexts_of(const Point& point) {
  const auto batch = static_cast<std::size_t>(point["batch"]);
  const std::int64_t mean = point["ctx"];
  std::vector<int> contexts(batch, static_cast<int>(mean));
  if (point.mix == "one-long") {  // a quarter of the mean each, the rest in one
    std::fill(contexts.begin(), contexts.end(), static_cast<int>(mean / 4));
    contexts.back() =
        static_cast<int>(mean * point["batch"] - mean / 4 * (static_cast<std::int64_t>(batch) - 1));
  } else if (point.mix == "two-sizes") {  // in turn a fifth and nine fifths
    for (std::size_t i = 0; i < batch; ++i) {
      contexts[i] = static_cast<int>(i % 2 == 0 ? mean / 5 : mean * 9 / 5);
    }
  } else if (point.mix == "spread") {  // evenly from a tenth to nineteen tenths
    for (std::size_t i = 0; i < batch; ++i) {
      contexts[i] = static_cast<int>(mean / 10 + mean * 18 / 10 * static_cast<std::int64_t>(i) /
                                                     std::max<std::int64_t>(1, point["batch"] - 1));
    }
  }
  return contexts;
}

std::int64_t page_bytes(const Point& point) { return token_bytes(point) * point["page"]; }

std::int64_t cache_bytes(const Point& point) {
  return is_decode(point.op) ? token_bytes(point) * tokens_of(point) : 0;
}

std::int64_t bytes_of(const Point& point) {
  switch (point.op) {
    case Op::StreamRead:
    case Op::StreamWrite:
    case Op::HostToDevice:
    case Op::DeviceToHost:
      return point["size"];
    case Op::StreamCopy:
      return 2 * point["size"];  // read and written
    case Op::L2Read:
      return point["size"] * point["passes"];
    case Op::PageRead:
      return point["pages"] * point["page_bytes"];
    case Op::DecodeAttention:
      return cache_bytes(point) +
             point["batch"] * traffic::decode_io_bytes(point["heads"], point["head_dim"]);
    case Op::DecodeAttentionMla:
      return cache_bytes(point) +
             point["batch"] * traffic::mla_decode_io_bytes(point["heads"], 512, 64);
    case Op::Gemm: {
      const std::int64_t bytes = element_bytes(point.dtype);
      return point["n"] * point["k"] * bytes + point["m"] * point["k"] * bytes +
             point["m"] * point["n"] * kBf16;
    }
    case Op::KernelLaunch:
    case Op::GraphNode:
      return 0;
  }
  return 0;
}

double flops_of(const Point& point) {
  switch (point.op) {
    case Op::DecodeAttention:
      return static_cast<double>(tokens_of(point)) *
             traffic::attention_flops(point["heads"], point["head_dim"], point["head_dim"]);
    case Op::DecodeAttentionMla:
      return static_cast<double>(tokens_of(point)) *
             traffic::attention_flops(point["heads"], 576, 512);
    case Op::Gemm:
      return static_cast<double>(point["m"]) * traffic::gemm_flops_per_row(point["n"], point["k"]);
    default:
      return 0;
  }
}

}  // namespace bench
}  // namespace kvsim
