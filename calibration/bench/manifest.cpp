#include "calibration/bench/manifest.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace kvsim {
namespace bench {
namespace {

std::string quoted(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      json += escape;
    } else {
      json += c;
    }
  }
  return json + "\"";
}

}  // namespace

void Manifest::put(const std::string& key, const std::string& json) {
  const auto same = std::find_if(entries_.begin(), entries_.end(),
                                 [&](const auto& entry) { return entry.first == key; });
  if (same != entries_.end()) {
    same->second = json;
  } else {
    entries_.emplace_back(key, json);
  }
}

void Manifest::text(const std::string& key, const std::string& value) { put(key, quoted(value)); }
void Manifest::flag(const std::string& key, bool value) { put(key, value ? "true" : "false"); }
void Manifest::number(const std::string& key, double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.15g", value);
  put(key, text);
}
void Manifest::list(const std::string& key, const std::vector<std::string>& values) {
  std::string json = "[";
  for (const std::string& value : values) {
    json += (json.size() > 1 ? ", " : "") + quoted(value);
  }
  put(key, json + "]");
}

std::string Manifest::json() const {
  std::string json = "{";
  for (const auto& [key, value] : entries_) {
    json += std::string(json.size() > 1 ? "," : "") + "\n  " + quoted(key) + ": " + value;
  }
  return json + "\n}\n";
}

void write_whole(const std::string& path, const std::string& content) {
  const std::string beside = path + ".new";
  std::ofstream file(beside, std::ios::binary);
  file << content;
  file.close();
  if (!file || std::rename(beside.c_str(), path.c_str()) != 0) {
    throw std::runtime_error(path + ": cannot be written");
  }
}

std::string text_in_file(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  const std::string wanted = "  " + quoted(key) + ": \"";
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, wanted.size(), wanted) == 0) {
      return line.substr(wanted.size(), line.rfind('"') - wanted.size());
    }
  }
  return "";
}

std::string kvsim_gpu_name(const std::string& device) {
  struct Known {
    const char* part;  // of cudaDeviceProp::name
    const char* name;
  };
  // The first that fits: "H100 80GB HBM3" is the SXM board, "H100 PCIe" and "H100 NVL" are others.
  static const Known kKnown[] = {{"H100 80GB HBM3", "h100-sxm"},
                                 {"H100 PCIe", "h100-pcie"},
                                 {"H100 NVL", "h100-nvl"},
                                 {"GH200 480GB", "gh200-96gb"},
                                 {"H200 NVL", ""},
                                 {"H200", "h200-sxm"},
                                 {"H800", "h800-sxm"},
                                 {"H20", "h20"},
                                 {"A100-SXM4-80GB", "a100-80gb-sxm"},
                                 {"A100-SXM4-40GB", "a100-40gb-sxm"},
                                 {"A100 80GB PCIe", "a100-80gb-pcie"},
                                 {"B200", "b200-sxm"},
                                 {"B300", "b300-sxm"},
                                 {"L40S", "l40s"},
                                 {"RTX 4090", "rtx-4090"},
                                 {"RTX A6000", "rtx-a6000"},
                                 {"RTX PRO 6000 Blackwell Server", "rtx-pro-6000-server"}};
  for (const Known& known : kKnown) {
    if (device.find(known.part) != std::string::npos) {
      return known.name;
    }
  }
  return "";
}

std::string fingerprint(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a, 64 bits: offset basis and prime
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  char digits[20];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

}  // namespace bench
}  // namespace kvsim
