#include "sim/model/step_builder.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/topological_sort.hpp>
#include <boost/range/iterator_range.hpp>
#include <utility>

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

StepGraph StepBuilder::finish() const {
  const auto& graph = graph_->operators;
  std::vector<Node> reversed;
  boost::topological_sort(graph, std::back_inserter(reversed));
  std::vector<std::size_t> place(boost::num_vertices(graph));
  StepGraph step;
  for (auto node = reversed.rbegin(); node != reversed.rend(); ++node) {
    place[*node] = step.operators.size();
    step.operators.push_back(graph[*node]);
  }
  for (Node from = 0; from < boost::num_vertices(graph); ++from) {
    for (const Node to : boost::make_iterator_range(boost::adjacent_vertices(from, graph))) {
      step.edges.emplace_back(place[from], place[to]);
    }
  }
  return step;
}

}  // namespace kvsim::model
