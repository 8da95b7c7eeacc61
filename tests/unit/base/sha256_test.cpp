#include "sim/base/sha256.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace kvsim {
namespace {

// FIPS 180-4 examples (NIST, "Examples with Intermediate Values") and the empty message.
TEST(Sha256, EqualsThePublishedExamples) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// However the message is cut, blocks of 64 bytes are the same: 200 = 1 + 62 + 1 + 64 + 65 + 7.
TEST(Sha256, DoesNotDependOnThePiecesThatCome) {
  std::string message;
  for (int i = 0; i < 200; ++i) {
    message.push_back(static_cast<char>(i));
  }
  Sha256 hash;
  std::size_t at = 0;
  for (const std::size_t piece : {1U, 62U, 1U, 0U, 64U, 65U, 7U}) {
    hash.update(std::string_view(message).substr(at, piece));
    at += piece;
  }
  EXPECT_EQ(at, message.size());
  EXPECT_EQ(hash.hex(), sha256_hex(message));
  EXPECT_EQ(hash.hex(), hash.hex());  // asking does not end it
}

TEST(Sha256, ReadsFilesInPieces) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("kvsim-sha256-" + std::to_string(getpid()));
  std::ofstream(file, std::ios::binary) << std::string(3'000'000, 'a');  // more than one buffer
  EXPECT_EQ(sha256_of_file(file), sha256_hex(std::string(3'000'000, 'a')));
  std::filesystem::remove(file);
  EXPECT_FALSE(sha256_of_file(file));
  EXPECT_FALSE(sha256_of_file(std::filesystem::temp_directory_path()));
}

}  // namespace
}  // namespace kvsim
