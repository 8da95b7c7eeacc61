#include "calibration/kernels/emulated.hpp"

#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace kvsim {
namespace kernels {
namespace {

constexpr int kWarp = 32;
constexpr std::size_t kStack = std::size_t{256} << 10;
constexpr std::size_t kSlot = 64;  // bytes that a lane can publish

// Lanes that meet. A lane can be one meeting ahead of the slowest, so two sets of slots do.
struct Meeting {
  int size = 0;
  int arrived = 0;
  std::uint64_t generation = 0;
  std::vector<unsigned char> slots;  // [2][size][kSlot]

  unsigned char* slot(std::uint64_t phase, int lane) {
    return slots.data() +
           ((phase & 1U) * static_cast<std::size_t>(size) + static_cast<std::size_t>(lane)) * kSlot;
  }
};

struct Copy {
  void* to;
  const void* from;
  bool wanted;
};

struct Lane {
  ucontext_t context{};
  std::vector<unsigned char> stack = std::vector<unsigned char>(kStack);
  int thread = 0;
  bool done = false;
  const Meeting* waits_for = nullptr;
  std::uint64_t since = 0;
  std::vector<Copy> open;                // issued, not committed
  std::deque<std::vector<Copy>> groups;  // committed, not landed
};

struct Machine {
  ucontext_t scheduler{};
  std::vector<std::unique_ptr<Lane>> lanes;
  std::vector<Meeting> warps;
  Meeting whole;
  std::vector<unsigned char> shared;
  unsigned char* shared_begin = nullptr;
  int block = 0;
  int blocks = 0;
  Copies copies = Copies::LandAtOnce;
  const std::function<void()>* kernel = nullptr;
  std::string fault;
};

Machine* machine = nullptr;
Lane* current = nullptr;

#if defined(__SANITIZE_ADDRESS__)
const void* scheduler_stack = nullptr;
std::size_t scheduler_size = 0;
#endif

void enter_lane(Lane& lane) {
  current = &lane;
#if defined(__SANITIZE_ADDRESS__)
  void* fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, lane.stack.data(), lane.stack.size());
#endif
  swapcontext(&machine->scheduler, &lane.context);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
}

void leave_lane() {
#if defined(__SANITIZE_ADDRESS__)
  void* fake = nullptr;
  __sanitizer_start_switch_fiber(current->done ? nullptr : &fake, scheduler_stack, scheduler_size);
#endif
  swapcontext(&current->context, &machine->scheduler);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake, &scheduler_stack, &scheduler_size);
#endif
}

void lane_main() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &scheduler_stack, &scheduler_size);
#endif
  try {
    (*machine->kernel)();
  } catch (const std::exception& error) {
    machine->fault = error.what();
  }
  current->done = true;
  leave_lane();
}

void meet(Meeting& meeting) {
  if (++meeting.arrived == meeting.size) {
    meeting.arrived = 0;
    ++meeting.generation;
    return;
  }
  current->waits_for = &meeting;
  current->since = meeting.generation;
  leave_lane();
}

Meeting& own_warp() { return machine->warps[static_cast<std::size_t>(current->thread / kWarp)]; }

// All lanes of the warp give a value; afterwards each may read all of them.
template <class T>
class Published {
 public:
  explicit Published(const T& value) : warp_(own_warp()), phase_(warp_.generation) {
    static_assert(sizeof(T) <= kSlot, "too much for one slot");
    std::memcpy(warp_.slot(phase_, current->thread % kWarp), &value, sizeof(T));
    meet(warp_);
  }
  T of(int lane) const {
    T value;
    std::memcpy(&value, warp_.slot(phase_, lane), sizeof(T));
    return value;
  }

 private:
  Meeting& warp_;
  std::uint64_t phase_;
};

void land(const Copy& copy) {
  if (copy.wanted) {
    std::memcpy(copy.to, copy.from, 16);
  } else {
    std::memset(copy.to, 0, 16);
  }
}

void require_aligned(const void* pointer) {
  if (reinterpret_cast<std::uintptr_t>(pointer) % 16 != 0) {
    throw std::logic_error("a 16-byte access is not aligned");
  }
}

// By itself: getcontext is a function that compilers fear to return twice.
void begin_lane(Lane& lane) {
  lane.done = false;
  lane.waits_for = nullptr;
  lane.open.clear();
  lane.groups.clear();
  getcontext(&lane.context);
  lane.context.uc_stack.ss_sp = lane.stack.data();
  lane.context.uc_stack.ss_size = lane.stack.size();
  lane.context.uc_link = nullptr;
  makecontext(&lane.context, lane_main, 0);
}

void run_block() {
  for (auto& lane : machine->lanes) {
    begin_lane(*lane);
  }
  for (bool unfinished = true; unfinished;) {
    unfinished = false;
    bool moved = false;
    for (auto& lane : machine->lanes) {
      if (lane->done ||
          (lane->waits_for != nullptr && lane->waits_for->generation == lane->since)) {
        unfinished = unfinished || !lane->done;
        continue;
      }
      lane->waits_for = nullptr;
      enter_lane(*lane);
      moved = true;
      unfinished = unfinished || !lane->done;
      if (!machine->fault.empty()) {
        throw std::logic_error(machine->fault);
      }
    }
    if (unfinished && !moved) {
      throw std::logic_error("deadlock: lanes wait for lanes that are gone");
    }
  }
}

float value_at(std::uint32_t packed, int half) {
  return half == 0 ? low_half(packed) : high_half(packed);
}

}  // namespace

void emulate(int blocks, int threads, std::size_t shared_bytes, Copies copies,
             const std::function<void()>& kernel) {
  Machine here;
  machine = &here;
  here.blocks = blocks;
  here.copies = copies;
  here.kernel = &kernel;
  here.shared.resize(shared_bytes + 1024);
  here.shared_begin = here.shared.data();
  while (reinterpret_cast<std::uintptr_t>(here.shared_begin) % 128 != 0) {
    ++here.shared_begin;
  }
  for (int i = 0; i < threads; ++i) {
    here.lanes.push_back(std::make_unique<Lane>());
    here.lanes.back()->thread = i;
  }
  for (here.block = 0; here.block < blocks; ++here.block) {
    std::fill(here.shared.begin(), here.shared.end(), static_cast<unsigned char>(0xff));  // NaN
    here.warps.assign(static_cast<std::size_t>(threads / kWarp), Meeting{});
    for (Meeting& warp : here.warps) {
      warp.size = kWarp;
      warp.slots.resize(2 * kWarp * kSlot);
    }
    here.whole = Meeting{};
    here.whole.size = threads;
    run_block();
  }
  machine = nullptr;
}

int thread() { return current->thread; }
int block() { return machine->block; }
int blocks() { return machine->blocks; }
int threads() { return machine->whole.size; }
unsigned char* shared_memory() { return machine->shared_begin; }

void sync_warp() { meet(own_warp()); }
void sync_block() { meet(machine->whole); }

float shuffle(float value, int lane) { return Published<float>(value).of(lane); }
float shuffle_xor(float value, int mask) {
  return Published<float>(value).of((current->thread % kWarp) ^ mask);
}
bool any(bool flag) {
  const Published<bool> flags(flag);
  bool result = false;
  for (int lane = 0; lane < kWarp; ++lane) {
    result = result || flags.of(lane);
  }
  return result;
}

void copy_async(void* to, const void* from, bool wanted) {
  require_aligned(to);
  require_aligned(from);
  const Copy copy{to, from, wanted};
  if (machine->copies == Copies::LandAtOnce) {
    land(copy);
  } else {
    current->open.push_back(copy);
  }
}
void commit_copies() {
  current->groups.push_back(std::move(current->open));
  current->open.clear();
}
void wait_until_copies_under_way(int groups) {
  while (current->groups.size() > static_cast<std::size_t>(groups)) {
    for (const Copy& copy : current->groups.front()) {
      land(copy);
    }
    current->groups.pop_front();
  }
}

void load_matrices(std::uint32_t (&r)[4], const void* row) {
  require_aligned(row);
  const Published<const void*> rows(row);
  const int lane = current->thread % kWarp;
  for (int matrix = 0; matrix < 4; ++matrix) {
    const auto* from = static_cast<const unsigned char*>(rows.of(matrix * 8 + lane / 4));
    std::memcpy(&r[matrix], from + (lane % 4) * 4, 4);
  }
}
void load_matrices_transposed(std::uint32_t (&r)[4], const void* row) {
  require_aligned(row);
  const Published<const void*> rows(row);
  const int lane = current->thread % kWarp;
  for (int matrix = 0; matrix < 4; ++matrix) {
    std::uint16_t half[2];
    for (int i = 0; i < 2; ++i) {
      const auto* from =
          static_cast<const unsigned char*>(rows.of(matrix * 8 + (lane % 4) * 2 + i));
      std::memcpy(&half[i], from + (lane / 4) * 2, 2);
    }
    r[matrix] = static_cast<std::uint32_t>(half[0]) | static_cast<std::uint32_t>(half[1]) << 16;
  }
}

void multiply_accumulate(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                         std::uint32_t b1) {
  struct Operands {
    std::uint32_t a[4];
    std::uint32_t b[2];
  };
  const Published<Operands> operands({{a[0], a[1], a[2], a[3]}, {b0, b1}});
  const int lane = current->thread % kWarp;
  for (int i = 0; i < 4; ++i) {
    const int row = lane / 4;  // and 8 more for i = 2, 3: the upper registers of A
    const int column = (lane % 4) * 2 + (i & 1);
    for (int k = 0; k < 16; ++k) {
      const Operands left = operands.of(row * 4 + (k % 8) / 2);
      const Operands right = operands.of(column * 4 + (k % 8) / 2);
      d[i] += value_at(left.a[(i >= 2 ? 1 : 0) + (k >= 8 ? 2 : 0)], k & 1) *
              value_at(right.b[k >= 8 ? 1 : 0], k & 1);
    }
  }
}

float exp2_of(float x) { return std::exp2(x); }
float log2_of(float x) { return std::log2(x); }
std::uint32_t pack(float low, float high) {
  return static_cast<std::uint32_t>(to_bf16(low)) | static_cast<std::uint32_t>(to_bf16(high)) << 16;
}
float low_half(std::uint32_t packed) { return to_float(static_cast<Bf16>(packed & 0xffffU)); }
float high_half(std::uint32_t packed) { return to_float(static_cast<Bf16>(packed >> 16)); }

Wide load_wide(const void* pointer) {
  require_aligned(pointer);
  Wide value;
  std::memcpy(&value, pointer, 16);
  return value;
}
void store_wide(void* pointer, const Wide& value) {
  require_aligned(pointer);
  std::memcpy(pointer, &value, 16);
}

}  // namespace kernels
}  // namespace kvsim
