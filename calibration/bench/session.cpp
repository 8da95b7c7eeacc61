#include "calibration/bench/session.hpp"

#include <algorithm>
#include <cstdio>

namespace kvsim {
namespace bench {
namespace {

std::string progress_line(const RawRow& row, int at, int of) {
  char line[400];
  const double rate = static_cast<double>(bytes_of(row.point)) / row.measured.median;
  const double flops = flops_of(row.point) / row.measured.median;
  std::snprintf(line, sizeof line,
                "%4d/%d %-20s %-26s %10.2f us +-%4.1f %% %7.0f GB/s %6.1f TF%s  %s", at, of,
                name_of(row.point.op), row.kernel.c_str(), row.measured.median * 1e6,
                row.measured.spread * 100, rate / 1e9, flops / 1e12,
                row.above_peak ? "  ABOVE PEAK" : "", shape_text(row.point).c_str());
  return line;
}

class Session {
 public:
  Session(const Plan& plan, Machine& machine, RawFile& file, const Progress& progress)
      : plan_(plan), machine_(machine), file_(file), progress_(progress) {}

  void visit(const Point& point, int round) {
    ++at_;
    if (file_.has(point, round)) {
      ++summary.found;
      return;
    }
    try {
      measure_point(point, round);
    } catch (const Unsupported& reason) {
      skip(point, reason.what());
    } catch (const Unmeasurable& reason) {
      skip(point, reason.what());
    }
  }

  Summary summary;

 private:
  void measure_point(const Point& point, int round) {
    const std::unique_ptr<Workload> workload = machine_.prepare(point);
    RawRow row;
    row.point = point;
    row.round = round;
    row.kernel = workload->kernel();
    row.sets = workload->sets();
    row.cold = workload->is_cold();
    row.measured = measure(*workload, machine_.telemetry(), StopRule{});
    row.above_peak = is_above_peak(row);
    file_.append(row);
    ++summary.measured;
    summary.above_peak += row.above_peak ? 1 : 0;
    summary.discarded += row.measured.discarded;
    const int all = plan_.rounds * static_cast<int>(plan_.points.size());
    progress_(progress_line(row, at_, all));
  }

  // Cold traffic of HBM against the best streaming read of this run. Streams themselves define it.
  [[nodiscard]] bool is_above_peak(const RawRow& row) const {
    const Op op = row.point.op;
    const bool streams = op == Op::StreamRead || op == Op::L2Read;
    const double peak = file_.streaming_peak();
    return row.cold && !streams && peak > 0 &&
           static_cast<double>(bytes_of(row.point)) / row.measured.median > peak;
  }

  void skip(const Point& point, const std::string& reason) {
    const std::string text = std::string(name_of(point.op)) + " " + point.dtype + " " +
                             shape_text(point) + ": " + reason;
    auto& skipped = summary.skipped;
    if (std::find(skipped.begin(), skipped.end(), text) == skipped.end()) {
      skipped.push_back(text);
      progress_("skipped: " + text);
    }
  }

  const Plan& plan_;
  Machine& machine_;
  RawFile& file_;
  const Progress& progress_;
  int at_ = 0;
};

}  // namespace

Summary run_plan(const Plan& plan, Machine& machine, RawFile& file, double time_budget,
                 const Progress& progress) {
  const double begin = machine.now();
  Session session(plan, machine, file, progress);
  for (int round = 0; round < plan.rounds; ++round) {
    for (const int index : order_of_round(plan, round)) {
      const Point& point = plan.points[static_cast<std::size_t>(index)];
      if (time_budget > 0 && machine.now() - begin > time_budget && !file.has(point, round)) {
        ++session.summary.missing;
        continue;
      }
      session.visit(point, round);
    }
  }
  session.summary.seconds = machine.now() - begin;
  return session.summary;
}

}  // namespace bench
}  // namespace kvsim
