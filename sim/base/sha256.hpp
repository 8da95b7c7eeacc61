// SHA-256 of a byte string (FIPS 180-4), so that a result can name its inputs exactly.
#pragma once

#include <string>
#include <string_view>

namespace kvsim {

/// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace kvsim
