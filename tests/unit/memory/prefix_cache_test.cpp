// Which blocks are found again, and which are overwritten first. Worked out by hand in blocks of 4
// tokens, then against vLLM's block pool in random use.
#include "sim/memory/prefix_cache.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "between.hpp"
#include "content.hpp"
#include "shapes.hpp"
#include "sim/memory/kv_manager.hpp"
#include "vllm_block_pool.hpp"

namespace kvsim::memory {
namespace {

using test::between;

constexpr std::int64_t kBlock = 4;

KvManager pool(std::int64_t blocks, PrefixCaching caching = PrefixCaching::UnhashedFirst) {
  return {test::plain_pages(kBlock), blocks, caching};
}

// Finds, holds and computes the first `tokens` of what it has.
Holding serve(KvManager& kv, const spec::Content& content, std::int64_t tokens) {
  Holding holding;
  const FoundPrefix found = kv.find(content, tokens);
  kv.hold(holding, content, found);
  kv.extend(holding, kv.tokens_in(found), tokens);
  kv.cover(holding, tokens);
  return holding;
}

void serve_and_release(KvManager& kv, const spec::Content& content, std::int64_t tokens) {
  Holding holding = serve(kv, content, tokens);
  kv.release(holding, tokens);
}

std::int64_t blocks_found(KvManager& kv, const spec::Content& content, std::int64_t tokens) {
  return kv.find(content, tokens).blocks;
}

// 10 tokens are 2 full blocks and half a one; of 10 equal tokens the first 8 are found, of 8 the
// first 4, because one token has to be computed, and of 9 again 8.
TEST(PrefixCache, OnlyFullBlocksAreFoundAndOneTokenIsLeft) {
  KvManager kv = pool(10);
  const spec::Content a = content({{1, 10}});
  serve_and_release(kv, a, 10);
  EXPECT_EQ(blocks_found(kv, a, 10), 2);
  EXPECT_EQ(blocks_found(kv, a, 9), 2);
  EXPECT_EQ(blocks_found(kv, a, 8), 1);
  EXPECT_EQ(blocks_found(kv, a, 4), 0);
}

// Stretches of 6 and 6 tokens: blocks [0,4) in the first, [4,8) and [8,12) end in the second. So
// who shares the first stretch alone shares one block.
TEST(PrefixCache, BlockBelongsWhereItsLastTokenLies) {
  KvManager kv = pool(20);
  serve_and_release(kv, content({{1, 6}, {2, 6}}), 12);
  EXPECT_EQ(blocks_found(kv, content({{1, 6}, {3, 20}}), 26), 1);
  EXPECT_EQ(blocks_found(kv, content({{1, 6}, {2, 6}, {3, 20}}), 32), 3);
  EXPECT_EQ(blocks_found(kv, content({{2, 6}, {1, 6}}), 12), 0);
  EXPECT_EQ(blocks_found(kv, content({{1, 7}, {2, 6}}), 13), 0) << "another length, another text";
}

// A pool of 6. Two requests of 2 blocks each come and go; queue: 2 empty, A1 A0, B1 B0. Then 5
// blocks are taken: 2 empty, A1, A0 and B1 go, so B0 is left.
TEST(PrefixCache, OldestGoFirstAndOfEachTheEnd) {
  KvManager kv = pool(6);
  const spec::Content a = content({{1, 9}});
  const spec::Content b = content({{2, 9}});
  serve_and_release(kv, a, 8);
  serve_and_release(kv, b, 8);
  EXPECT_EQ(kv.kept_blocks(), 4);
  Holding other;
  kv.extend(other, 0, 3 * kBlock);
  EXPECT_EQ(blocks_found(kv, a, 9), 1) << "2 empty blocks and A1 are overwritten";
  kv.extend(other, 3 * kBlock, 5 * kBlock);
  EXPECT_EQ(blocks_found(kv, a, 9), 0);
  EXPECT_EQ(blocks_found(kv, b, 9), 1);
  EXPECT_EQ(kv.kept_blocks(), 1);
}

// What is found again is the youngest again: A, B, then A once more; 2 empty blocks of 6 and two
// more are taken, and they are B's.
TEST(PrefixCache, FindingABlockMakesItTheYoungest) {
  KvManager kv = pool(6);
  const spec::Content a = content({{1, 9}});
  const spec::Content b = content({{2, 9}});
  serve_and_release(kv, a, 8);
  serve_and_release(kv, b, 8);
  Holding again;
  kv.hold(again, a, kv.find(a, 9));
  EXPECT_EQ(kv.free_blocks(), 4);
  kv.release(again, 8);
  Holding other;
  kv.extend(other, 0, 4 * kBlock);
  EXPECT_EQ(blocks_found(kv, a, 9), 2);
  EXPECT_EQ(blocks_found(kv, b, 9), 0);
}

// Two hold the same 2 blocks: they count once. A newcomer that finds them needs none of those that
// are free; with one holder gone they still are in use.
TEST(PrefixCache, SharedBlocksCountOnce) {
  KvManager kv = pool(10);
  const spec::Content a = content({{1, 8}, {2, 4}});
  const spec::Content b = content({{1, 8}, {3, 4}});
  Holding first = serve(kv, a, 12);
  EXPECT_EQ(kv.used_blocks(), 3);
  const FoundPrefix found = kv.find(b, 12);
  EXPECT_EQ(found.blocks, 2);
  EXPECT_EQ(found.idle, 0);
  Holding second = serve(kv, b, 12);
  EXPECT_EQ(kv.used_blocks(), 4);
  kv.release(first, 12);
  EXPECT_EQ(kv.used_blocks(), 3);
  EXPECT_EQ(kv.kept_blocks(), 1);
  kv.release(second, 12);
  EXPECT_EQ(kv.used_blocks(), 0);
  EXPECT_EQ(kv.kept_blocks(), 4);
}

// 8 equal tokens twice: the second finds block 0 and computes block 1 again, so there are two of
// it. Queue of a pool of 5: empty, empty, A1, then B1, 0. The third request finds 0 and A1, which
// came first; so after 2 empty blocks B1 is overwritten, and block 1 is still found.
TEST(PrefixCache, OfABlockComputedTwiceTheFirstIsUsed) {
  KvManager kv = pool(5);
  const spec::Content a = content({{1, 8}, {2, 100}});
  serve_and_release(kv, a, 8);
  serve_and_release(kv, a, 8);
  EXPECT_EQ(kv.kept_blocks(), 3);
  Holding third;
  kv.hold(third, a, kv.find(a, 9));
  EXPECT_EQ(kv.used_blocks(), 2);
  Holding other;
  kv.extend(other, 0, 3 * kBlock);
  EXPECT_EQ(kv.kept_blocks(), 0);
  EXPECT_EQ(blocks_found(kv, a, 9), 2);
}

// The end of 6 tokens is half a block without a hash. Since vLLM 0.24 it is overwritten before
// everything else, earlier it waits its turn behind what became free before it.
TEST(PrefixCache, BlocksThatCannotBeFoundGoFirstOrInTurn) {
  const auto found_after_two = [](PrefixCaching caching) {
    KvManager kv = pool(4, caching);
    const spec::Content a = content({{1, 9}});
    const spec::Content b = content({{2, 9}});
    serve_and_release(kv, a, 9);  // A1 A0 and a half; 1 empty
    serve_and_release(kv, b, 2);  // takes the empty one, or the half
    Holding other;
    kv.extend(other, 0, 2 * kBlock);
    return blocks_found(kv, a, 9);
  };
  // First: queue half, empty, A1, A0 - the half is used by B and comes back in front.
  EXPECT_EQ(found_after_two(PrefixCaching::UnhashedFirst), 2);
  // In turn: queue empty, half, A1, A0 - the empty one is used by B and goes behind A0.
  EXPECT_EQ(found_after_two(PrefixCaching::UnhashedInTurn), 1);
}

// A preempted request finds its own blocks, those of its answer too; nobody else does.
TEST(PrefixCache, PreemptedRequestFindsItsOwn) {
  KvManager kv = pool(10);
  const spec::Content own = content({{spec::private_stretch(7), 1000}});
  Holding holding;
  kv.extend(holding, 0, 14);
  kv.keep(holding, own, 14);
  kv.release(holding, 14);
  EXPECT_EQ(blocks_found(kv, own, 15), 3);
  EXPECT_EQ(blocks_found(kv, content({{spec::private_stretch(8), 1000}}), 15), 0);
}

// Random use by up to six at a time, of contents that share stretches, branch within and between
// blocks and repeat each other, in pools that are always short.
class Users {
 public:
  Users(std::int64_t blocks, std::int64_t block_size, bool first)
      : kv_(test::plain_pages(block_size), blocks,
            first ? PrefixCaching::UnhashedFirst : PrefixCaching::UnhashedInTurn),
        vllm_(blocks, block_size, first) {}

  /// A request that has `tokens` of its own so far, of which `prompt` were sent.
  void admit(const spec::Content& content, std::int64_t prompt, std::int64_t tokens,
             std::int64_t chunk) {
    const FoundPrefix found = kv_.find(content, tokens);
    const auto expected = vllm_.find(content, tokens);
    RC_ASSERT(found.blocks == static_cast<std::int64_t>(expected.blocks.size()));
    RC_ASSERT(found.idle == expected.idle);
    hits_ += found.blocks;
    const std::int64_t computed = kv_.tokens_in(found);
    const std::int64_t attended = std::min(tokens, computed + chunk);
    if (kv_.missing_blocks({}, computed, attended) - found.blocks + found.idle >
        kv_.free_blocks()) {
      return;
    }
    User user;
    user.content = user.table.content = content;
    user.prompt = prompt;
    kv_.hold(user.holding, content, found);
    vllm_.hold(user.table, expected);
    user.computed = computed;
    users_.push_back(std::move(user));
    compute(users_.size() - 1, attended - computed);
  }
  void compute(std::size_t at, std::int64_t tokens) {
    User& user = users_[at];
    const std::int64_t attended = std::min(total(user), user.computed + tokens);
    if (kv_.missing_blocks(user.holding, user.computed, attended) > kv_.free_blocks()) {
      return;
    }
    kv_.extend(user.holding, user.computed, attended);
    if (user.computed < user.prompt) {
      kv_.cover(user.holding, std::min(attended, user.prompt));
    }
    vllm_.extend(user.table, attended);
    user.computed = attended;
  }
  void leave(std::size_t at, bool keep) {
    User& user = users_[at];
    if (keep) {
      kv_.keep(user.holding, user.content, user.computed);
      preempted_.push_back({user.content, user.prompt, user.computed + 1});
    }
    kv_.release(user.holding, user.computed);
    vllm_.release(user.table);
    users_.erase(users_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void resume(std::int64_t chunk) {
    const Preempted last = preempted_.back();
    preempted_.pop_back();
    admit(last.content, last.prompt, last.tokens, chunk);
  }
  [[nodiscard]] bool has_preempted() const { return !preempted_.empty(); }
  void check() const { RC_ASSERT(kv_.free_blocks() == vllm_.free()); }
  [[nodiscard]] std::size_t size() const { return users_.size(); }
  [[nodiscard]] std::int64_t hits() const { return hits_; }

 private:
  struct User {
    spec::Content content;
    Holding holding;
    test::VllmBlockPool::Table table;
    std::int64_t prompt = 0;
    std::int64_t computed = 0;
  };
  struct Preempted {
    spec::Content content;
    std::int64_t prompt;
    std::int64_t tokens;
  };
  [[nodiscard]] static std::int64_t total(const User& user) {
    std::int64_t tokens = 0;
    for (const spec::Stretch& stretch : user.content->stretches) {
      tokens += stretch.tokens;
    }
    return tokens;
  }
  KvManager kv_;
  test::VllmBlockPool vllm_;
  std::vector<User> users_;
  std::vector<Preempted> preempted_;
  std::int64_t hits_ = 0;
};

// A chain of few different stretches, then an answer of its own.
std::pair<spec::Content, std::int64_t> random_content(std::int64_t number) {
  std::vector<spec::Stretch> stretches;
  std::int64_t prompt = 0;
  for (std::int64_t i = between(1, 5); i > 0; --i) {
    const std::int64_t id = between(0, 2);
    stretches.push_back({static_cast<std::uint64_t>(id), 3 + 4 * id});
    prompt += stretches.back().tokens;
  }
  stretches.push_back({spec::private_stretch(number), 10});
  return {content(std::move(stretches)), prompt};
}

RC_GTEST_PROP(PrefixCacheProperty, FindsWhatVllmFinds, ()) {
  Users users(between(8, 40), *rc::gen::element<std::int64_t>(1, 2, 4, 5, 16),
              *rc::gen::arbitrary<bool>());
  for (std::int64_t step = 0; step < 300; ++step) {
    const auto at =
        static_cast<std::size_t>(between(0, 1000)) % std::max<std::size_t>(users.size(), 1);
    const std::int64_t what = between(0, 9);
    if (users.has_preempted() && what == 0) {
      users.resume(between(1, 30));
    } else if (users.size() < 2 || (what < 3 && users.size() < 6)) {
      const auto [content, prompt] = random_content(step);
      users.admit(content, prompt, prompt, between(1, 30));
    } else if (what < 8) {
      users.compute(at, between(1, 12));
    } else {
      users.leave(at, between(0, 1) == 0);
    }
    users.check();
  }
  RC_CLASSIFY(users.hits() > 100);
}

}  // namespace
}  // namespace kvsim::memory
