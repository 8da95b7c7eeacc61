#include "sim/model/step_builder.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/topological_sort.hpp>
#include <boost/range/iterator_range.hpp>
#include <utility>

#include "sim/base/check.hpp"

namespace kvsim::model {

struct StepBuilder::Graph {
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Operator> operators;
};

StepBuilder::StepBuilder() : graph_(std::make_unique<Graph>()) {}
StepBuilder::~StepBuilder() = default;

StepBuilder::Node StepBuilder::add(Operator op, const std::vector<Node>& after) {
  const Node node = boost::add_vertex(graph_->operators);
  graph_->operators[node] = std::move(op);
  for (const Node before : after) {
    boost::add_edge(before, node, graph_->operators);
  }
  return node;
}

namespace {

std::size_t index_of(std::vector<Span>& spans, const Span& span) {
  const auto known = std::find(spans.begin(), spans.end(), span);
  if (known != spans.end()) {
    return static_cast<std::size_t>(known - spans.begin());
  }
  KVSIM_CHECK(spans.size() < kMaxSpans, "one model has more spans than BatchShape has room for");
  spans.push_back(span);
  return spans.size() - 1;
}

}  // namespace

StepGraph StepBuilder::finish() const {
  const auto& graph = graph_->operators;
  std::vector<Node> reversed;
  boost::topological_sort(graph, std::back_inserter(reversed));
  std::vector<std::size_t> place(boost::num_vertices(graph));
  StepGraph step;
  for (auto node = reversed.rbegin(); node != reversed.rend(); ++node) {
    place[*node] = step.operators.size();
    Operator op = graph[*node];
    op.context_index = index_of(step.spans, op.context_span);
    op.pairs_index = index_of(step.spans, op.pairs_span);
    step.operators.push_back(std::move(op));
  }
  for (Node from = 0; from < boost::num_vertices(graph); ++from) {
    for (const Node to : boost::make_iterator_range(boost::adjacent_vertices(from, graph))) {
      step.edges.emplace_back(place[from], place[to]);
    }
  }
  return step;
}

}  // namespace kvsim::model
