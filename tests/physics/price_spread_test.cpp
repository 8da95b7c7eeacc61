// How unsure the shipped cards are, on the GPUs and for the models that ship with kvsim.
#include "sim/cost/price_spread.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "library.hpp"
#include "shapes.hpp"
#include "sim/model/step.hpp"

namespace kvsim {
namespace {

template <class Visit>
void for_each_spread(const spec::GpuSpec& gpu, const std::string& stack, const Visit& visit) {
  const std::vector<spec::CardSpec> cards = config::load_cards(test::shipped_library());
  const cost::CardBook book(cards, gpu, stack);
  for (const char* name : {"llama-3.1-8b", "deepseek-v3"}) {
    const spec::ModelSpec model = test::shipped_model(name);
    const model::StepGraph graph =
        model::build_step(model, model::Parallel{}, model::kv_dtype(model, test::engine()));
    for (const model::Operator& op : graph.operators) {
      const cost::ChosenCard chosen = book.choose(cost::card_operator(op.kind), op.dtype, op.ranks);
      visit(op, chosen, cost::price_spread(op, chosen, gpu, stack, graph.spans));
    }
  }
}

double whole(const cost::PriceSpread& spread) { return std::hypot(spread.common, spread.own); }

// On its own GPU and stack a card is unsure by its held-out error, however its covariance splits
// that; and no fit that hardly determines its parameters makes more of it.
TEST(PriceSpread, OnTheCardsOwnGpuIsItsHeldOutError) {
  for_each_spread(
      test::h100(), "vllm-0.24.0",
      [](const auto& op, const auto& chosen, const cost::PriceSpread& spread) {
        if (chosen.card.stack == "vllm-0.24.0" && chosen.card.residuals.all.mape) {
          EXPECT_NEAR(whole(spread), cost::deviation_of(*chosen.card.residuals.all.mape), 1e-12)
              << op.name;
        }
      });
}

TEST(PriceSpread, GrowsWithLending) {
  std::vector<double> own;
  for_each_spread(test::h100(), "vllm-0.24.0", [&](const auto&, const auto&, const auto& spread) {
    own.push_back(whole(spread));
  });
  std::size_t at = 0;
  for_each_spread(test::h200(), "vllm-0.24.0",
                  [&](const auto& op, const auto&, const auto& spread) {
                    EXPECT_GE(whole(spread), own[at]) << op.name;
                    EXPECT_LT(whole(spread), 0.5) << op.name;
                    ++at;
                  });
}

}  // namespace
}  // namespace kvsim
