#include "sim/spec/card.hpp"

#include <algorithm>

namespace kvsim::spec {
namespace {

FieldInfo non_negative(std::string_view key, std::string_view help) {
  return at_least(optional(key, help), 0);
}

}  // namespace

void describe(FieldVisitor& visitor, CardGpu& gpu) {
  visitor.field(optional("vendor", "whose kernels ran"), gpu.vendor);
  visitor.field(above(required("bandwidth", "peak HBM bandwidth"), 0), gpu.bandwidth);
  visitor.field(above(required("bf16", "dense bf16 rate"), 0), gpu.bf16);
  visitor.field(at_least(required("streaming_multiprocessors", "number of SMs"), 1),
                gpu.streaming_multiprocessors);
  visitor.field(above(required("link", "NVLink or PCIe bandwidth, per direction"), 0), gpu.link);
}

void describe(FieldVisitor& visitor, CardDomain& domain) {
  visitor.field(non_negative("max_rows", "most tokens or sequences sampled; 0: not limited"),
                domain.max_rows);
  visitor.field(non_negative("max_context", "longest context sampled; 0: not limited"),
                domain.max_context);
}

void describe(FieldVisitor& visitor, CardErrors& errors) {
  visitor.field(non_negative("points", "rows"), errors.points);
  visitor.optional_field(non_negative("mape", "mean relative error, 0.05 = 5 %"), errors.mape);
  visitor.optional_field(non_negative("median", "median relative error"), errors.median);
  visitor.optional_field(non_negative("p90", "90th percentile of the relative error"), errors.p90);
  visitor.optional_field(non_negative("p95", "95th percentile of the relative error"), errors.p95);
  visitor.optional_field(non_negative("wape", "sum of errors over sum of times"), errors.wape);
  visitor.optional_field(optional("bias", "mean signed error; above 0: too slow"), errors.bias);
}

void describe(FieldVisitor& visitor, CardErrorGroup& group) {
  visitor.field(required("by", "what tells these rows apart"), group.by);
  visitor.field(required("name", "which ones they are"), group.name);
  visitor.group(required("errors", "their errors"), group.errors);
}

void describe(FieldVisitor& visitor, CardResiduals& residuals) {
  visitor.group(optional("all", "of all rows that the card is for"), residuals.all);
  visitor.field(optional("folds", "how rows were held out of the fit they are judged by"),
                residuals.folds);
  visitor.field(non_negative("rejected", "rows beyond the GPU's peaks"), residuals.rejected);
  visitor.list(optional("groups", "of some rows each"), residuals.groups);
}

void describe(FieldVisitor& visitor, CardCovariance& covariance) {
  visitor.field(required("parameters", "names, in the order of rows"), covariance.parameters);
  visitor.field(required("matrix", "row after row"), covariance.matrix);
  visitor.rule(
      covariance.matrix.size() == covariance.parameters.size() * covariance.parameters.size(),
      "matrix", "has not one value per pair of parameters", "give the whole square, row after row");
}

void describe(FieldVisitor& visitor, CardSpec& card) {
  visitor.field(required("name", "how reports call this card"), card.name);
  visitor.field(required("gpus", "GPUs whose samples were fitted; any: not bound to a GPU"),
                card.gpus);
  visitor.field(optional("transfer_to", "GPUs for which the same law is assumed"),
                card.transfer_to);
  visitor.optional_group(
      optional("measured_on", "that GPU's peaks; with them GPUs without a card borrow this one"),
      card.measured_on);
  visitor.choice_of(required("operator", "what is timed"), kCardOperatorNames, card.op);
  visitor.field(optional("kernel", "whose kernel"), card.kernel);
  visitor.field(optional("stack", "framework and version"), card.stack);
  visitor.field(optional("dtypes", "formats of weights or KV; absent: all"), card.dtypes);
  visitor.one_of_kind("the functional form", kCardFormNames, card.form);
  if (visitor.applies(card.form == CardForm::Streaming)) {
    visitor.group(required("streaming", "launch plus bytes and FLOPs"), card.streaming);
  }
  if (visitor.applies(card.form == CardForm::Decode)) {
    visitor.group(required("decode", "decode attention"), card.decode);
  }
  if (visitor.applies(card.form == CardForm::Gemm)) {
    visitor.group(required("gemm", "matrix product"), card.gemm);
  }
  if (visitor.applies(card.form == CardForm::Prefill)) {
    visitor.group(required("prefill", "causal attention of chunks"), card.prefill);
  }
  if (visitor.applies(card.form == CardForm::Moe)) {
    visitor.group(required("moe", "routed experts"), card.moe);
  }
  if (visitor.applies(card.form == CardForm::Collective)) {
    visitor.group(required("collective", "table of message sizes"), card.collective);
  }
  if (visitor.applies(card.form == CardForm::Link)) {
    visitor.group(required("link", "copy over a link"), card.link);
  }
  if (visitor.applies(card.form == CardForm::Host)) {
    visitor.group(required("host", "host time per step"), card.host);
  }
  visitor.group(optional("domain", "where the samples lie"), card.domain);
  visitor.group(optional("residuals", "how well the form fits"), card.residuals);
  visitor.optional_group(optional("covariance", "of the fitted parameters"), card.covariance);
  visitor.choice_of(required("provenance", "kind of evidence"), kProvenanceNames, card.provenance);
  visitor.field(required("source", "where samples and fit can be looked up"), card.source);
}

}  // namespace kvsim::spec
