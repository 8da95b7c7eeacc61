#include "sim/spec/card.hpp"

#include <algorithm>

namespace kvsim::spec {
namespace {

FieldInfo non_negative(std::string_view key, std::string_view help) {
  return at_least(optional(key, help), 0);
}

FieldInfo efficiency(std::string_view key, std::string_view help) {
  return above(required(key, help), 0);
}

}  // namespace

void describe(FieldVisitor& visitor, StreamingForm& form) {
  visitor.field(at_least(required("launch", "time of a call that moves nothing"), 0), form.launch);
  visitor.field(non_negative("per_sequence", "added time per sequence"), form.per_sequence);
  visitor.field(non_negative("tile", "added time per (sequence, KV head) per SM"), form.tile);
  visitor.field(efficiency("bandwidth_efficiency", "achieved share of peak HBM bandwidth"),
                form.bandwidth_efficiency);
  visitor.field(efficiency("compute_efficiency", "achieved share of the peak rate"),
                form.compute_efficiency);
  visitor.field(non_negative("blend_exponent", "p of the p-norm of both times; 0: their maximum"),
                form.blend_exponent);
}

void describe(FieldVisitor& visitor, CollectiveRow& row) {
  visitor.field(at_least(required("gpus", "ranks of the collective"), 2), row.gpus);
  visitor.field(at_least(required("bytes", "message sizes, ascending"), 1), row.bytes);
  visitor.field(above(required("time", "time at each size"), 0), row.time);
  visitor.rule(!row.bytes.empty() && row.bytes.size() == row.time.size(), "time",
               "has not one value per message size", "give as many times as bytes");
  visitor.rule(std::is_sorted(row.bytes.begin(), row.bytes.end()), "bytes", "is not ascending",
               "sort the points by size");
}

void describe(FieldVisitor& visitor, CollectiveForm& form) {
  visitor.list(required("rows", "one row of points per number of GPUs"), form.rows);
}

void describe(FieldVisitor& visitor, HostForm& form) {
  visitor.field(non_negative("serial", "time per step that nothing hides"), form.serial);
  visitor.field(non_negative("per_step", "time per step that async scheduling hides"),
                form.per_step);
  visitor.field(non_negative("per_sequence", "the same, per running sequence"), form.per_sequence);
}

void describe(FieldVisitor& visitor, CardDomain& domain) {
  visitor.field(non_negative("max_rows", "most tokens or sequences sampled; 0: not limited"),
                domain.max_rows);
  visitor.field(non_negative("max_context", "longest context sampled; 0: not limited"),
                domain.max_context);
}

void describe(FieldVisitor& visitor, CardResiduals& residuals) {
  visitor.optional_field(non_negative("mape", "mean relative error, 0.05 = 5 %"), residuals.mape);
  visitor.optional_field(non_negative("median", "median relative error"), residuals.median);
  visitor.optional_field(non_negative("p90", "90th percentile of the relative error"),
                         residuals.p90);
  visitor.optional_field(non_negative("p95", "95th percentile of the relative error"),
                         residuals.p95);
  visitor.field(non_negative("points", "samples behind the fit"), residuals.points);
}

void describe(FieldVisitor& visitor, CardSpec& card) {
  visitor.field(required("name", "how reports call this card"), card.name);
  visitor.field(required("gpus", "GPUs whose samples were fitted; any: not bound to a GPU"),
                card.gpus);
  visitor.field(optional("transfer_to", "GPUs for which the same law is assumed"),
                card.transfer_to);
  visitor.choice_of(required("operator", "what is timed"), kCardOperatorNames, card.op);
  visitor.field(optional("kernel", "whose kernel"), card.kernel);
  visitor.field(optional("stack", "framework and version"), card.stack);
  visitor.field(optional("dtypes", "formats of weights or KV; absent: all"), card.dtypes);
  visitor.one_of_kind("the functional form", kCardFormNames, card.form);
  if (visitor.applies(card.form == CardForm::Streaming)) {
    visitor.group(required("streaming", "launch plus bytes and FLOPs"), card.streaming);
  }
  if (visitor.applies(card.form == CardForm::Collective)) {
    visitor.group(required("collective", "table of message sizes"), card.collective);
  }
  if (visitor.applies(card.form == CardForm::Host)) {
    visitor.group(required("host", "host time per step"), card.host);
  }
  visitor.group(optional("domain", "where the samples lie"), card.domain);
  visitor.group(optional("residuals", "how well the form fits"), card.residuals);
  visitor.choice_of(required("provenance", "kind of evidence"), kProvenanceNames, card.provenance);
  visitor.field(required("source", "where samples and fit can be looked up"), card.source);
}

}  // namespace kvsim::spec
