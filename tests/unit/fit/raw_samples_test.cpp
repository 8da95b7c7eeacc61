// Do samples of kvsim-calibrate lead to the card that they came from? The samples are synthetic:
// written here by a known law, of the shapes that the program measures.
#include "calibration/fit/raw_samples.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "calibration/fit/evaluate.hpp"
#include "calibration/fit/fit_card.hpp"
#include "calibration/fit/parameters.hpp"
#include "shapes.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/cost/call_time.hpp"

namespace kvsim::fit {
namespace {

using spec::CardOperator;

constexpr const char* kHeader = "op,role,dtype,kernel,shape,cache,median_us,above_peak\n";

std::string decode_row(int batch, int heads, int kv_heads, int width, int ctx,
                       const std::string& rest = "cold,100,0") {
  return fmt::format(
      "decode_attention,card,bf16,mma-16rows-3stages,batch={} heads={} kv_heads={} head_dim={} "
      "ctx={} page=16 layout=nhd,{}\n",
      batch, heads, kv_heads, width, ctx, rest);
}

// Nine head shapes with five batches each, as in calibration/bench/plan.cpp.
std::string raw_decode_rows() {
  const int shapes[][3] = {{32, 32, 128}, {32, 16, 128}, {32, 8, 128}, {64, 8, 128}, {32, 2, 128},
                           {8, 1, 128},   {64, 8, 64},   {16, 8, 256}, {16, 1, 128}};
  const int batches[][2] = {{1, 8192},  {33, 3017}, {256, 2048}, {1, 131072},
                            {5, 30001}, {512, 128}, {16, 16384}, {3, 1000},
                            {131, 700}, {17, 517},  {64, 6001},  {1, 1000},
                            {512, 509}, {2, 60001}, {48, 10000}, {100, 4097}};
  std::string text = kHeader;
  std::size_t next = 0;
  for (const auto& shape : shapes) {
    text += decode_row(33, shape[0], shape[1], shape[2], 8192);
    for (int taken = 0; taken < 4; ++taken, ++next) {
      const auto& batch = batches[next % std::size(batches)];
      text += decode_row(batch[0], shape[0], shape[1], shape[2], batch[1]);
    }
  }
  return text;
}

spec::CardSpec decode_law() {
  spec::CardSpec card;
  card.form = spec::CardForm::Decode;
  card.decode.log_from = 128;
  card.decode.tile_exponent = 0.8;
  card.decode.compute_efficiency = 1;
  for (const auto& [name, value] : std::vector<std::pair<std::string_view, double>>{
           {"launch", 9}, {"log_context", 0.5}, {"tile", 2}, {"bandwidth_efficiency", 0.88}}) {
    const Parameter parameter = parameters_named(card.form, {name}).front();
    parameter.set(card, value * parameter.unit);
  }
  return card;
}

TEST(RawSamples, GiveBackTheLawThatWroteThem) {
  const CsvTable raw = CsvTable::parse(raw_decode_rows(), "raw.csv");
  ASSERT_EQ(groups_of(raw), (std::vector<RawGroup>{{CardOperator::DecodeAttention, "bf16"}}));
  Samples samples = samples_of(CardOperator::DecodeAttention,
                               table_of(raw, groups_of(raw)[0]).table, {}, test::h100());
  ASSERT_EQ(samples.rows.size(), 45U);
  const spec::CardSpec truth = decode_law();
  for (Sample& sample : samples.rows) {
    sample.seconds = cost::call_seconds(sample.op, truth, test::h100(), sample.batch);
    sample.verdict = GateVerdict::Accepted;
  }
  CardOrigin origin;
  origin.name = "synthetic";
  origin.dtype = "bf16";
  const CardFit fit = fit_card(CardOperator::DecodeAttention, samples, test::h100(), origin);
  for (const char* name : {"launch", "bandwidth_efficiency"}) {
    const Parameter parameter = parameters_named(truth.form, {name}).front();
    EXPECT_NEAR(parameter.get(fit.card), parameter.get(truth), 0.02 * parameter.get(truth)) << name;
  }
  EXPECT_LT(fit.card.residuals.all.mape.value_or(1), 0.01);
}

// 1,000 tokens of GQA-8 are 4.1 MB, far less than L2, but read from HBM: the calls took turns.
TEST(RawSamples, AreColdHoweverSmall) {
  const CsvTable raw = CsvTable::parse(std::string(kHeader) + decode_row(1, 64, 8, 128, 1000) +
                                           decode_row(1, 64, 8, 128, 1000, "warm,100,0"),
                                       "raw.csv");
  const Samples samples =
      samples_of(CardOperator::DecodeAttention,
                 table_of(raw, {CardOperator::DecodeAttention, "bf16"}).table, {}, test::h100());
  EXPECT_EQ(samples.rows[0].regime, "cold");
  EXPECT_EQ(samples.rows[1].regime, "warm");
  EXPECT_EQ(*samples.stacks.begin(), "kvsim-cuda");
  EXPECT_EQ(*samples.kernels.begin(), "mma");
}

TEST(RawSamples, LeaveOutWhatIsAboveThePeakAndWhatIsNoCard) {
  const std::string ladder =
      "decode_attention,ladder,bf16,vector,batch=1 heads=8 kv_heads=8 head_dim=128 ctx=9,cold,1,0\n"
      "stream_read,machine,bytes,wide-loads,size=1073741824,cold,350,0\n";
  const CsvTable raw =
      CsvTable::parse(std::string(kHeader) + ladder + decode_row(1, 8, 1, 128, 1000) +
                          decode_row(2, 8, 1, 128, 1000, "cold,1,1"),
                      "raw.csv");
  const RawTable table = table_of(raw, {CardOperator::DecodeAttention, "bf16"});
  EXPECT_EQ(table.table.rows(), 1);
  EXPECT_EQ(table.above_peak, 1);
  EXPECT_EQ(groups_of(raw).size(), 1U);
}

TEST(RawSamples, RefuseAShapeThatLacksAColumn) {
  const CsvTable raw = CsvTable::parse(
      std::string(kHeader) + "gemm,card,fp8,cublaslt:algo66,m=1 n=4096,cold,9,0\n", "raw.csv");
  try {
    (void)table_of(raw, {CardOperator::Gemm, "fp8"});
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.diagnostics().front().message, "shape 'm=1 n=4096' has no k");
  }
}

}  // namespace
}  // namespace kvsim::fit
