// NVML, the driver's management library, found at run time: it comes with the driver, not with the
// toolkit. Only reads; every function is optional, and what is missing reads as 0.
#pragma once

#include <memory>
#include <string>

#include "calibration/bench/measure.hpp"

namespace kvsim {
namespace bench {

class Nvml final : public Telemetry {
 public:
  /// `pci_bus_id` as of cudaDeviceGetPCIBusId: NVML counts devices in another order.
  explicit Nvml(const std::string& pci_bus_id);
  ~Nvml() override;
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  [[nodiscard]] bool is_there() const;
  Reading read() override;
  std::uint64_t throttle() override;

  [[nodiscard]] std::string driver_version() const;
  [[nodiscard]] int ecc() const;  ///< 1 on, 0 off, -1 not known
  [[nodiscard]] int mig() const;
  [[nodiscard]] double power_limit_w() const;
  [[nodiscard]] int max_sm_mhz() const;
  [[nodiscard]] int pcie_generation() const;
  [[nodiscard]] int pcie_width() const;

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace bench
}  // namespace kvsim
