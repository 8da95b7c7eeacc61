#include "sim/spec/plan.hpp"

namespace kvsim::spec {

void describe(FieldVisitor& visitor, PlanSpec& plan) {
  visitor.choice_of(optional("objective", "what the best layout is"), kObjectiveNames,
                    plan.objective);
  visitor.keyword_or(at_least(optional("replicas", "auto: as many as it takes; or a number"), 1),
                     "auto", plan.replicas);
  visitor.field(at_least(optional("max_gpus", "most GPUs of one layout"), 1), plan.max_gpus);
  visitor.field(at_most(above(optional("confidence", "of intervals, between 0 and 1"), 0), 0.999),
                plan.confidence);
  visitor.field(above(optional("precision",
                               "relative half width of an interval at which a run is long enough"),
                      0),
                plan.precision);
  visitor.field(at_least(optional("max_requests", "most requests of one simulation"), 1000),
                plan.max_requests);
  visitor.field(
      at_least(optional("draws", "of prices and arrivals, for how sure the answer is; 0: none"), 0),
      plan.draws);
  visitor.field(
      at_most(above(optional("attainment", "max_goodput: share of requests within all limits"), 0),
              1),
      plan.attainment);
}

}  // namespace kvsim::spec
