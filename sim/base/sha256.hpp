// SHA-256 (FIPS 180-4), so that a result can name its inputs exactly.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace kvsim {

/// Of bytes that come in pieces.
class Sha256 {
 public:
  void update(std::string_view bytes);
  /// 64 lower-case hexadecimal digits, of all bytes so far.
  [[nodiscard]] std::string hex() const;

 private:
  std::array<std::uint32_t, 8> hash_ = {
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};  // FIPS 180-4, section 5.3.3
  std::string rest_;                                    ///< of the last block, not full yet
  std::uint64_t total_ = 0;
};

[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// Reads the file in pieces; nothing when it cannot be read.
[[nodiscard]] std::optional<std::string> sha256_of_file(const std::filesystem::path& file);

}  // namespace kvsim
