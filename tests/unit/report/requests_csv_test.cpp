#include "sim/report/requests_csv.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <sstream>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"

namespace kvsim::report {
namespace {

namespace fs = std::filesystem;

class RequestsCsvTest : public testing::Test {
 protected:
  RequestsCsvTest() {
    std::string name = (fs::temp_directory_path() / "kvsim-test-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~RequestsCsvTest() override { fs::remove_all(root_); }

  static std::string read(const fs::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static spec::RequestRecord record(std::int64_t id) {
    spec::RequestRecord r;
    r.id = RequestId(id);
    r.prompt_tokens = 10 * id;
    return r;
  }
  static std::vector<std::int64_t> ids_in(const std::string& csv) {
    std::vector<std::int64_t> ids;
    std::istringstream lines(csv);
    for (std::string line; std::getline(lines, line);) {
      ids.push_back(std::stoll(line.substr(line.find(',') + 1)));
    }
    return ids;
  }

  fs::path root_;
};

TEST_F(RequestsCsvTest, WritesExactDecimals) {
  spec::RequestRecord r;
  r.id = RequestId(0);
  r.replica = ReplicaId(1);
  r.arrival = SimTime(Duration(Int128{1'500'000'000'000'000'000}));  // 1.5 s
  r.prompt_tokens = 1155;
  r.output_tokens = 211;
  r.cached_tokens = 16;
  r.queue = Duration(Int128{1'000'000});                 // 1 ps = 1e-9 ms
  r.ttft = Duration(Int128{12'345'678'901'234'567});     // 12.345678901234567 ms
  r.tpot = Duration(Int128{499'999});                    // rounds down
  r.e2el = Duration(Int128{3'000'000'000'000'500'000});  // half away from zero
  r.preemptions = 2;
  RequestsCsvPart part(root_ / "part", "MLA");
  part.write(r);
  part.close();
  concatenate_requests_csv(std::vector{root_ / "part"}, root_ / "requests.csv");
  EXPECT_EQ(read(root_ / "requests.csv"),
            "run_id,request_id,replica,arrival_s,prompt_tokens,output_tokens,cached_tokens,"
            "queue_ms,ttft_ms,tpot_ms,e2el_ms,preemptions\n"
            "MLA,0,1,1.500000000,1155,211,16,0.000000001,12.345678901,0.000000000,3000.000000001,"
            "2\n");
}

// The writer has digits of its own for speed; they are those of base.
TEST_F(RequestsCsvTest, WritesTheDigitsOfFormatSeconds) {
  std::mt19937_64 random(3);
  std::string expected;
  RequestsCsvPart part(root_ / "part", "r");
  for (std::int64_t id = 0; id < 2000; ++id) {
    const int shift = static_cast<int>(random() % 100);
    const Int128 attoseconds = (Int128{1} << shift) + static_cast<std::int64_t>(random() >> 12);
    spec::RequestRecord r = record(id);
    r.prompt_tokens = 0;
    r.arrival = SimTime(Duration(attoseconds));
    r.queue = r.ttft = r.tpot = r.e2el = Duration(id % 5 == 0 ? -attoseconds : attoseconds);
    const std::string ms = format_milliseconds(r.ttft, 9);
    expected += "r," + std::to_string(id) + ",0," + format_seconds(r.arrival.since_start(), 9) +
                ",0,0,0," + ms + ',' + ms + ',' + ms + ',' + ms + ",0\n";
    part.write(r);
  }
  part.close();
  EXPECT_EQ(read(root_ / "part"), expected);
}

// Any order of finishing, any requests refused: rows come by id and the buffer ends empty.
TEST_F(RequestsCsvTest, OrdersRowsByIdWhateverTheOrderOfFinishing) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    const std::int64_t n = static_cast<std::int64_t>(random() % 200);
    std::vector<std::int64_t> ids(static_cast<std::size_t>(n));
    std::iota(ids.begin(), ids.end(), 0);
    std::shuffle(ids.begin(), ids.end(), random);
    std::vector<std::int64_t> expected;
    RequestsCsvPart part(root_ / "part", "r");
    for (const std::int64_t id : ids) {
      if (random() % 4 == 0) {
        part.skip(RequestId(id));
      } else {
        part.write(record(id));
        expected.push_back(id);
      }
    }
    std::sort(expected.begin(), expected.end());
    part.close();
    EXPECT_EQ(ids_in(read(root_ / "part")), expected);
  }
}

TEST_F(RequestsCsvTest, BuffersOnlyWhatIsOutOfOrder) {
  RequestsCsvPart part(root_ / "part", "r");
  for (std::int64_t id = 0; id < 100'000; id += 2) {  // each pair finishes the wrong way round
    part.write(record(id + 1));
    EXPECT_EQ(part.waiting(), 2U);
    part.write(record(id));
    EXPECT_EQ(part.waiting(), 0U);
  }
  part.close();
}

TEST_F(RequestsCsvTest, NoticesRequestsThatAreLostOrTwice) {
  RequestsCsvPart part(root_ / "part", "r");
  part.write(record(1));
  EXPECT_THROW(part.write(record(1)), InternalError);
  EXPECT_THROW(part.close(), InternalError);
  part.write(record(0));
  EXPECT_THROW(part.skip(RequestId(0)), InternalError);
  part.close();
}

TEST_F(RequestsCsvTest, JoinsPartsInTheOrderOfRunsAlsoEmptyOnes) {
  std::vector<fs::path> parts;
  for (const char* run : {"b", "empty", "a,b"}) {
    parts.push_back(root_ / run);
    RequestsCsvPart part(parts.back(), run);
    if (std::string(run) != "empty") {
      part.write(record(0));
    }
    part.close();
  }
  concatenate_requests_csv(parts, root_ / "requests.csv");
  const std::string tail =
      ",0,0,0.000000000,0,0,0,0.000000000,0.000000000,0.000000000,0.000000000,0\n";
  EXPECT_EQ(read(root_ / "requests.csv"),
            std::string(kRequestsCsvHeader) + "\nb" + tail + "\"a,b\"" + tail);
}

TEST_F(RequestsCsvTest, SaysWhereItCannotWrite) {
  EXPECT_THROW(RequestsCsvPart(root_ / "no/such/folder", "r"), ConfigError);
  if (fs::exists("/dev/full")) {
    RequestsCsvPart part("/dev/full", "r");
    part.write(record(0));
    EXPECT_THROW(part.close(), ConfigError);
  }
}

}  // namespace
}  // namespace kvsim::report
