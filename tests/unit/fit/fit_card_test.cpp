// Tables written by a known card are given back as that card.
#include "calibration/fit/fit_card.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "calibration/fit/evaluate.hpp"
#include "calibration/fit/parameters.hpp"
#include "calibration/fit/skew_errors.hpp"
#include "shapes.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/cost/call_time.hpp"

namespace kvsim::fit {
namespace {

using spec::CardOperator;

// The rows of `text`, their times replaced by what `card` says.
Samples written_by(const spec::CardSpec& card, CardOperator op, const std::string& text) {
  Samples samples = samples_of(op, CsvTable::parse(text, "made.csv"), {}, test::h100());
  for (Sample& sample : samples.rows) {
    sample.seconds = cost::call_seconds(sample.op, card, test::h100(), sample.batch);
    sample.verdict = GateVerdict::Accepted;  // that of the times in the text means nothing
  }
  return samples;
}

CardFit fitted(CardOperator op, const Samples& samples, const std::string& dtype = "bf16") {
  CardOrigin origin;
  origin.name = "made";
  origin.dtype = dtype;
  return fit_card(op, samples, test::h100(), origin);
}

spec::CardSpec with(spec::CardForm form,
                    const std::vector<std::pair<std::string_view, double>>& values) {
  spec::CardSpec card;
  card.form = form;
  for (const auto& [name, value] : values) {
    const Parameter parameter = parameters_named(form, {name}).front();
    parameter.set(card, value * parameter.unit);
  }
  return card;
}

void expect_parameters(const spec::CardSpec& card, const spec::CardSpec& truth,
                       const std::vector<std::string_view>& names, double share) {
  for (const Parameter& parameter : parameters_named(truth.form, names)) {
    EXPECT_NEAR(parameter.get(card), parameter.get(truth), share * parameter.get(truth))
        << parameter.name;
  }
}

// Enough KV to be cold (3 x 50 MB) and rows that hold nearly none.
std::string decode_rows() {
  std::string text = "batch,heads,kv_heads,head_dim,ctx,latency_us\n";
  for (const int heads : {16, 32, 64}) {
    for (const int kv_heads : {4, 8, 16}) {
      for (const int width : {64, 128}) {
        for (const int batch : {1, 8, 64, 512}) {
          for (const int ctx : {1, 16, 512, 2048, 8192, 32768}) {
            text += fmt::format("{},{},{},{},{},1\n", batch, heads, kv_heads, width, ctx);
          }
        }
      }
    }
  }
  return text;
}

TEST(FitCard, FindsTheDecodeCardThatWroteTheTable) {
  spec::CardSpec truth = with(spec::CardForm::Decode, {{"launch", 9},
                                                       {"log_context", 0.9},
                                                       {"per_sequence", 0.01},
                                                       {"tile_floor", 2.2},
                                                       {"tile_floor_width", 1},
                                                       {"tile", 2.5},
                                                       {"tile_exponent", 0.8},
                                                       {"bandwidth_efficiency", 0.9}});
  truth.decode.log_from = 128;
  const Samples samples = written_by(truth, CardOperator::DecodeAttention, decode_rows());
  const CardFit fit = fitted(CardOperator::DecodeAttention, samples);
  EXPECT_EQ(fit.law, "split");
  expect_parameters(fit.card, truth, {"launch", "log_context", "tile", "bandwidth_efficiency"},
                    0.01);
  EXPECT_LT(fit.card.residuals.all.mape.value_or(1), 1e-3);
  EXPECT_EQ(fit.card.residuals.folds, "5 by head shape");
  EXPECT_EQ(fit.card.domain.max_rows, 512);
  EXPECT_EQ(fit.card.domain.max_context, 32768);
}

// On top of the law of full attention, which the same table gives.
TEST(FitCard, FindsTheLawOfFullWindows) {
  spec::CardSpec truth = with(spec::CardForm::Decode, {{"launch", 9},
                                                       {"log_context", 0.9},
                                                       {"per_sequence", 0.01},
                                                       {"tile_floor", 2.2},
                                                       {"tile_floor_width", 1},
                                                       {"tile", 2.5},
                                                       {"tile_exponent", 0.8},
                                                       {"bandwidth_efficiency", 0.9}});
  truth.decode.log_from = 128;
  truth.decode.window = spec::WindowForm{};
  const std::vector<std::string_view> window = {"window.launch", "window.least", "window.tile",
                                                "window.exponent"};
  const std::vector<double> values = {8e-6, 6e-6, 5e-6, 0.9};
  const auto parameters = parameters_named(spec::CardForm::Decode, window);
  for (std::size_t i = 0; i < values.size(); ++i) {
    parameters[i].set(truth, values[i]);
  }
  truth.decode.window->tokens = 128;
  std::string text = "window,batch,heads,kv_heads,head_dim,ctx,latency_us\n";
  const std::string full = decode_rows();
  for (std::size_t at = full.find('\n') + 1; at < full.size(); at = full.find('\n', at) + 1) {
    const std::string row = full.substr(at, full.find('\n', at) + 1 - at);
    text += "0," + row + "128," + row;
  }
  const CardFit fit =
      fitted(CardOperator::DecodeAttention, written_by(truth, CardOperator::DecodeAttention, text));
  ASSERT_TRUE(fit.card.decode.window.has_value());
  EXPECT_EQ(fit.card.decode.window->tokens, 128);
  expect_parameters(fit.card, truth, window, 0.01);
}

TEST(FitCard, FindsTheMlaCardThatWroteTheTable) {
  std::string text = "batch,heads,ctx,latency_us\n";
  for (const int heads : {8, 16, 32, 64, 128}) {
    for (const int batch : {1, 4, 16, 64, 256}) {
      for (const int ctx : {64, 512, 1024, 4096, 16384}) {
        text += fmt::format("{},{},{},1\n", batch, heads, ctx);
      }
    }
  }
  spec::CardSpec truth = with(spec::CardForm::Decode, {{"launch", 12},
                                                       {"log_context", 1},
                                                       {"per_query_head", 0.03},
                                                       {"per_sequence", 0.02},
                                                       {"tile", 2},
                                                       {"bandwidth_efficiency", 0.9},
                                                       {"compute_efficiency", 0.7},
                                                       {"blend_exponent", 2.5}});
  truth.decode.log_from = 64;
  const CardFit fit = fitted(CardOperator::DecodeAttentionMla,
                             written_by(truth, CardOperator::DecodeAttentionMla, text));
  EXPECT_EQ(fit.law, "p = 2.5");
  expect_parameters(
      fit.card, truth,
      {"launch", "log_context", "per_query_head", "bandwidth_efficiency", "compute_efficiency"},
      0.01);
}

TEST(FitCard, FindsTheGemmCardThatWroteTheTable) {
  std::string text = "m,n,k,latency_us\n";
  for (const int n : {1024, 4096, 8192, 28672}) {
    for (const int k : {512, 2048, 4096, 8192, 16384}) {
      for (const int m : {1, 16, 64, 256, 512, 1024, 2048, 8192}) {
        text += fmt::format("{},{},{},1\n", m, n, k);
      }
    }
  }
  spec::CardSpec truth = with(spec::CardForm::Gemm, {{"launch", 3},
                                                     {"chain", 1.1},
                                                     {"chain_limit", 3000},
                                                     {"bandwidth_efficiency", 0.9},
                                                     {"compute_efficiency", 0.8},
                                                     {"chain_exponent", 1.5},
                                                     {"blend_exponent", 3},
                                                     {"prologue", 150}});
  const CardFit fit = fitted(CardOperator::Gemm, written_by(truth, CardOperator::Gemm, text));
  expect_parameters(
      fit.card, truth,
      {"launch", "chain", "chain_limit", "bandwidth_efficiency", "compute_efficiency"}, 0.02);
  EXPECT_LT(fit.card.residuals.all.mape.value_or(1), 0.01);
}

TEST(FitCard, FindsThePrefillCardThatWroteTheTable) {
  std::string text = "batch,isl,heads,kv_heads,head_dim,latency_us\n";
  for (const int heads : {8, 16, 32, 64}) {
    for (const int batch : {1, 4, 16}) {
      for (const int isl : {128, 512, 1024, 4096, 16384}) {
        for (const int kv_heads : {1, 8}) {  // one number could not tell keys from tokens
          text += fmt::format("{},{},{},{},128,1\n", batch, isl, heads, kv_heads);
        }
      }
    }
  }
  const spec::CardSpec truth = with(spec::CardForm::Prefill, {{"launch", 12},
                                                              {"per_token", 0.001},
                                                              {"bandwidth_efficiency", 0.5},
                                                              {"kv_passes", 2},
                                                              {"compute_efficiency", 0.65},
                                                              {"blend_exponent", 2.5}});
  const CardFit fit = fitted(CardOperator::PrefillAttention,
                             written_by(truth, CardOperator::PrefillAttention, text));
  expect_parameters(fit.card, truth, {"launch", "per_token", "kv_passes", "compute_efficiency"},
                    0.01);
}

TEST(FitCard, FindsTheCardOfExpertsThatWroteTheTable) {
  std::string text = "tokens,hidden,inter,topk,experts,latency_us\n";
  for (const auto& shape : {"4096,1536,8,128", "6144,2048,8,256", "2048,768,4,64",
                            "7168,2048,8,256", "4096,14336,2,8", "3072,1024,8,256"}) {
    for (const int tokens : {1, 8, 32, 128, 512, 2048, 8192}) {
      text += fmt::format("{},{},1\n", tokens, shape);
    }
  }
  const spec::CardSpec truth = with(spec::CardForm::Moe, {{"launch", 35},
                                                          {"per_expert", 0.15},
                                                          {"hidden_bytes", 4},
                                                          {"width_bytes", 5},
                                                          {"bandwidth_efficiency", 0.88},
                                                          {"compute_efficiency", 0.6},
                                                          {"blend_exponent", 2.5},
                                                          {"padded_rows", 20}});
  const CardFit fit = fitted(CardOperator::Moe, written_by(truth, CardOperator::Moe, text));
  expect_parameters(fit.card, truth, {"launch", "bandwidth_efficiency", "compute_efficiency"},
                    0.02);
}

// 512 B takes longer than 1 KiB: the table says the time of 1 KiB, since more bytes are not faster.
// 72 MB of L2 on an RTX 4090; here 50 MB of an H100: rows of 1 MB lie on both sides.
TEST(FitCard, FindsTheCardOfSmallKernels) {
  const spec::CardSpec truth = with(spec::CardForm::Streaming, {{"launch", 9},
                                                                {"bandwidth_efficiency", 0.85},
                                                                {"l2_efficiency", 3.5},
                                                                {"compute_efficiency", 1}});
  std::string text = "rows,bytes_per_row,latency_us\n";
  for (int rows = 1; rows <= 400; rows += 7) {
    text += fmt::format("{},1000000,1\n", rows);
  }
  const CardFit fit =
      fitted(CardOperator::Sampling, written_by(truth, CardOperator::Sampling, text));
  expect_parameters(fit.card, truth, {"launch", "bandwidth_efficiency", "l2_efficiency"}, 0.01);
  EXPECT_LT(fit.card.residuals.all.mape.value(), 0.001);
}

// Heads in waves over 132 SMs, each along its tokens.
TEST(FitCard, FindsTheCardOfLinearAttentionsPrefill) {
  const spec::CardSpec truth = with(spec::CardForm::Prefill, {{"launch", 14},
                                                              {"per_token", 0.0004},
                                                              {"bandwidth_efficiency", 0.5},
                                                              {"compute_efficiency", 0.3},
                                                              {"chain_efficiency", 0.4},
                                                              {"blend_exponent", 4}});
  std::string text = "batch,seq_len,k_heads,head_k_dim,v_heads,head_v_dim,d_conv,latency_us\n";
  for (const int heads : {2, 4, 8, 16, 32, 64}) {
    for (const int batch : {1, 4, 16, 64}) {
      for (const int tokens : {64, 512, 2048, 16384}) {
        text += fmt::format("{},{},{},128,{},128,4,1\n", batch, tokens, heads / 2, heads);
      }
    }
  }
  const CardFit fit =
      fitted(CardOperator::PrefillLinear, written_by(truth, CardOperator::PrefillLinear, text));
  expect_parameters(fit.card, truth, {"launch", "compute_efficiency", "chain_efficiency"}, 0.05);
  EXPECT_LT(fit.card.residuals.all.mape.value(), 0.005);
}

// The batch is held out where a table has one shape only: else its errors would be those of the
// fit.
TEST(FitCard, OneShapeIsHeldOutByItsRows) {
  std::string text = "batch,heads,kv_heads,head_dim,ctx,latency_us\n";
  for (const int batch : {1, 2, 4, 8, 16, 32, 64, 128}) {
    for (const int ctx : {1, 2048, 8192, 32768}) {
      text += fmt::format("{},32,8,128,{},1\n", batch, ctx);
    }
  }
  const spec::CardSpec truth =
      with(spec::CardForm::Decode,
           {{"launch", 9}, {"tile", 2.5}, {"tile_exponent", 0.8}, {"bandwidth_efficiency", 0.9}});
  const CardFit fit =
      fitted(CardOperator::DecodeAttention, written_by(truth, CardOperator::DecodeAttention, text));
  EXPECT_EQ(fit.card.residuals.folds, "5 by number of rows");
}

// Tables of NCCL hold several collectives; rows of the others are left out.
TEST(Samples, CollectivesAreToldApartByTheirColumn) {
  const std::string text =
      "op,dtype,n_gpus,elements,latency_us\nall_gather,fp16,8,1024,10\nalltoall,fp16,8,1024,7\n"
      "all_gather,fp16,8,4096,11\n";
  const auto rows = [&](CardOperator op) {
    return samples_of(op, CsvTable::parse(text, "made.csv"), {}, test::h100()).rows.size();
  };
  EXPECT_EQ(rows(CardOperator::AllGather), 2U);
  EXPECT_EQ(rows(CardOperator::AllToAll), 1U);
}

// Servers replay graphs; a table's eager rows are more often its first.
TEST(RowChoice, GraphsComeBeforeEagerCalls) {
  const CsvTable table = CsvTable::parse(
      "impl,dtype,n_gpus,elements,latency_us\nvllm_eager,bf16,8,128,20\nvllm_graph,bf16,8,128,5\n",
      "made.csv");
  const auto all = combinations_of(CardOperator::AllReduce, table, {});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.front().words.kernel, "vllm_graph");
  EXPECT_EQ(text_of(all.back().words), "vllm_eager bf16");
}

TEST(FitCard, TablesOfCollectivesNeverFall) {
  const std::string text =
      "n_gpus,elements,dtype,latency_us\n2,128,bf16,5\n2,256,bf16,9\n2,512,bf16,6\n"
      "2,2048,bf16,8\n2,8192,bf16,12\n";
  const Samples samples =
      samples_of(CardOperator::AllReduce, CsvTable::parse(text, "made.csv"), {}, test::h100());
  const CardFit fit = fitted(CardOperator::AllReduce, samples);
  ASSERT_EQ(fit.card.collective.rows.size(), 1U);
  const spec::CollectiveRow& row = fit.card.collective.rows.front();
  EXPECT_EQ(row.bytes, (std::vector<std::int64_t>{256, 1024, 4096, 16384}));
  EXPECT_EQ(row.time.front(), to_duration(Seconds(5e-6)));
  EXPECT_EQ(fit.card.residuals.all.points, 1);  // 512 B lies between
  // log-log halfway: sqrt(5 · 6) = 5.48 of measured 9
  EXPECT_NEAR(fit.card.residuals.all.mape.value_or(0), 1 - 5.4772 / 9, 1e-4);
}

TEST(FitCard, FewRowsAreRefused) {
  const Samples samples =
      written_by(with(spec::CardForm::Gemm,
                      {{"launch", 3}, {"bandwidth_efficiency", 1}, {"compute_efficiency", 1}}),
                 CardOperator::Gemm, "m,n,k,latency_us\n1,1024,1024,1\n2,1024,1024,1\n");
  EXPECT_THROW((void)fitted(CardOperator::Gemm, samples), ConfigError);
}

TEST(Samples, RegimesTellColdTinyAndWarmRowsApart) {
  const auto regime_of = [](const std::string& row) {
    const std::string text = "batch,heads,kv_heads,head_dim,window,ctx,latency_us\n" + row + "\n";
    return samples_of(CardOperator::DecodeAttention, CsvTable::parse(text, "made.csv"), {},
                      test::h100())
        .rows.front()
        .regime;
  };
  EXPECT_EQ(regime_of("64,32,8,128,0,8192,1000"), "cold");  // 2.1 GB
  EXPECT_EQ(regime_of("1,32,8,128,0,256,12"), "tiny");      // 1 MB
  EXPECT_EQ(regime_of("8,32,8,128,0,1024,30"), "warm");     // 34 MB
  EXPECT_EQ(regime_of("64,32,1,128,0,131072,2000"), "cold, group > 16");
  EXPECT_EQ(regime_of("64,32,8,64,128,8192,1000"), "window");
}

TEST(Samples, ATableWithoutTheWantedRowsSaysWhatItHas) {
  const CsvTable table = CsvTable::parse("stack,m,n,k,latency_us\nvllm-1,1,64,64,3\n", "made.csv");
  try {
    (void)samples_of(CardOperator::Gemm, table, {"sglang", "", ""}, test::h100());
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("vllm-1"), std::string::npos) << error.what();
  }
}

// t_mean 10, t_max 20; 64 tiles on 64 SMs: α = 0.2 · 64/64 = 0.2 where a tile per SM is enough.
TEST(Skew, IsAShareOfTheWayToTheLongest) {
  const CsvTable table = CsvTable::parse(
      "gpu,model,tp,regime,n,pc,kp,kv_big,kv_mean,t_mean_us,t_max_us,t_skew_us\n"
      "X,Llama-3.1-8B,1,pure,8,0,0,4096,1024,10,20,12\n",
      "made.csv");
  const auto errors = skew_errors(table, {0.2, 1, 0.6}, {{"X", 64}});
  EXPECT_NEAR(errors.at("pure").mape, 0, 1e-12);
  EXPECT_THROW((void)skew_errors(table, {0.2, 1, 0.6}, {{"Y", 64}}), ConfigError);
}

}  // namespace
}  // namespace kvsim::fit
