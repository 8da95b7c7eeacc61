// Hits at every capacity from one pass, by hand and against a pool of each size.
#include "sim/memory/stack_distances.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "between.hpp"
#include "content.hpp"
#include "shapes.hpp"
#include "sim/memory/kv_manager.hpp"

namespace kvsim::memory {
namespace {

using test::between;

TEST(PlaceSums, AddsUpWhatLiesBefore) {
  PlaceSums sums;
  for (std::uint64_t place = 1; place <= 100; ++place) {
    sums.add(place, static_cast<std::int64_t>(place));
  }
  sums.add(7, -7);
  EXPECT_EQ(sums.total(), 5050 - 7);
  EXPECT_EQ(sums.up_to(6), 21);
  EXPECT_EQ(sums.up_to(7), 21);
  EXPECT_EQ(sums.up_to(100), 5043);
  EXPECT_EQ(sums.up_to(1'000'000), 5043);
}

// Blocks of 4. A (3 blocks), B (2 blocks), A again; all lengths are whole blocks and one token is
// asked for beyond, so nothing lacks a hash when 12 and 8 tokens are stored. Before the second A
// the stack is B0 B1 A0 A1 A2: A's blocks are at 3, 4, 5. Room for 2 finds none, for 3 one, ...
TEST(StackDistances, CountsWhatWasUsedSince) {
  StackDistances distances(4, true);
  const spec::Content a = content({{1, 13}});
  distances.add(a, 13, 12);
  distances.add(content({{2, 9}}), 9, 8);
  distances.add(a, 13, 12);
  distances.finish();
  EXPECT_EQ(distances.queries(), 35);
  for (const auto& [capacity, hits] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {0, 0}, {2, 0}, {3, 1}, {4, 2}, {5, 3}, {99, 3}}) {
    EXPECT_EQ(distances.hits(capacity), hits) << capacity;
  }
  EXPECT_EQ(distances.most_hits(), 3);
  EXPECT_EQ(distances.enough(), 5);
}

// The same, but B stores 9 tokens: half a block more. In turn it lies in the stack below B's two;
// first in the queue it takes a place until the next request. Either way A's are one further.
TEST(StackDistances, BlockWithoutHashTakesAPlace) {
  for (const bool first : {true, false}) {
    StackDistances distances(4, first);
    const spec::Content a = content({{1, 13}});
    distances.add(a, 13, 12);
    distances.add(content({{2, 9}}), 9, 9);
    distances.add(a, 13, 12);
    distances.finish();
    EXPECT_EQ(distances.hits(3), 0);
    EXPECT_EQ(distances.hits(4), 1);
    EXPECT_EQ(distances.hits(6), 3);
  }
}

struct Asked {
  spec::Content content;
  std::int64_t prompt;
  std::int64_t stored;
};

// Chains of a few stretches with an answer of their own. No prompt ends with a block: its last
// block would be computed twice where it is there, and the curve knows no second copies.
std::vector<Asked> random_requests(std::int64_t block_size) {
  std::vector<Asked> requests;
  for (std::int64_t number = 0; number < 60; ++number) {
    Asked asked;
    std::vector<spec::Stretch> stretches;
    asked.prompt = 0;
    for (std::int64_t i = between(1, 4); i > 0; --i) {
      const std::int64_t id = between(0, 2);
      stretches.push_back({static_cast<std::uint64_t>(id), 5 + 3 * id});
      asked.prompt += 5 + 3 * id;
    }
    if (asked.prompt % block_size == 0) {
      stretches.push_back({9, 1});
      ++asked.prompt;
    }
    const std::int64_t answer = between(1, 12);
    stretches.push_back({spec::private_stretch(number), answer});
    asked.stored = asked.prompt + answer - 1;
    asked.content = content(std::move(stretches));
    requests.push_back(std::move(asked));
  }
  return requests;
}

std::int64_t hits_in_pool(const std::vector<Asked>& requests, std::int64_t block_size,
                          std::int64_t blocks, bool first) {
  KvManager kv(test::plain_pages(block_size), blocks,
               first ? PrefixCaching::UnhashedFirst : PrefixCaching::UnhashedInTurn);
  std::int64_t hits = 0;
  for (const Asked& asked : requests) {
    Holding holding;
    const FoundPrefix found = kv.find(asked.content, asked.prompt);
    hits += found.blocks;
    kv.hold(holding, asked.content, found);
    kv.extend(holding, kv.tokens_in(found), asked.prompt);
    kv.cover(holding, asked.prompt);
    kv.extend(holding, asked.prompt, asked.stored);
    kv.release(holding, asked.stored);
  }
  return hits;
}

RC_GTEST_PROP(StackDistancesProperty, MeetPoolsOfEverySize, ()) {
  const std::int64_t block_size = *rc::gen::element<std::int64_t>(2, 3, 4, 16);
  const bool first = *rc::gen::arbitrary<bool>();
  const std::vector<Asked> requests = random_requests(block_size);
  StackDistances distances(block_size, first);
  std::int64_t longest = 0;
  for (const Asked& asked : requests) {
    distances.add(asked.content, asked.prompt, asked.stored);
    longest = std::max(longest, (asked.stored + block_size - 1) / block_size);
  }
  distances.finish();
  for (std::int64_t blocks = longest; blocks < longest + 60; blocks += between(1, 5)) {
    RC_ASSERT(distances.hits(blocks) == hits_in_pool(requests, block_size, blocks, first));
  }
  RC_ASSERT(distances.hits(1 << 20) == distances.most_hits());
}

}  // namespace
}  // namespace kvsim::memory
