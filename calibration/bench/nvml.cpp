#include "calibration/bench/nvml.hpp"

#include <dlfcn.h>

namespace kvsim {
namespace bench {
namespace {

constexpr unsigned kSmClock = 1;      // NVML_CLOCK_SM
constexpr unsigned kMemoryClock = 2;  // NVML_CLOCK_MEM
constexpr unsigned kGpuSensor = 0;    // NVML_TEMPERATURE_GPU

}  // namespace

struct Nvml::Library {
  using Device = void*;
  void* handle = nullptr;
  Device device = nullptr;

  int (*clock)(Device, unsigned, unsigned*) = nullptr;
  int (*max_clock)(Device, unsigned, unsigned*) = nullptr;
  int (*reasons)(Device, unsigned long long*) = nullptr;
  int (*power)(Device, unsigned*) = nullptr;
  int (*power_limit)(Device, unsigned*) = nullptr;
  int (*temperature)(Device, unsigned, unsigned*) = nullptr;
  int (*ecc)(Device, unsigned*, unsigned*) = nullptr;
  int (*mig)(Device, unsigned*, unsigned*) = nullptr;
  int (*pcie_generation)(Device, unsigned*) = nullptr;
  int (*pcie_width)(Device, unsigned*) = nullptr;
  int (*driver)(char*, unsigned) = nullptr;
  int (*shutdown)() = nullptr;

  template <class Function>
  void find(Function& function, const char* name) const {
    // dlsym gives a pointer to data; POSIX guarantees that it may be read as one to code.
    function = reinterpret_cast<Function>(dlsym(handle, name));
  }

  unsigned value(int (*function)(Device, unsigned*)) const {
    unsigned result = 0;
    const bool read = device != nullptr && function != nullptr && function(device, &result) == 0;
    return read ? result : 0;
  }

  int value_of(unsigned kind, int (*function)(Device, unsigned, unsigned*)) const {
    unsigned result = 0;
    const bool read =
        device != nullptr && function != nullptr && function(device, kind, &result) == 0;
    return read ? static_cast<int>(result) : 0;
  }

  int mode(int (*function)(Device, unsigned*, unsigned*)) const {
    unsigned now = 0;
    unsigned pending = 0;
    if (device == nullptr || function == nullptr || function(device, &now, &pending) != 0) {
      return -1;
    }
    return static_cast<int>(now);
  }
};

Nvml::Nvml(const std::string& pci_bus_id) : library_(std::make_unique<Library>()) {
  Library& lib = *library_;
  lib.handle = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  if (lib.handle == nullptr) {
    return;
  }
  int (*init)() = nullptr;
  int (*find_device)(const char*, Library::Device*) = nullptr;
  lib.find(init, "nvmlInit_v2");
  lib.find(find_device, "nvmlDeviceGetHandleByPciBusId_v2");
  lib.find(lib.clock, "nvmlDeviceGetClockInfo");
  lib.find(lib.max_clock, "nvmlDeviceGetMaxClockInfo");
  lib.find(lib.reasons, "nvmlDeviceGetCurrentClocksEventReasons");
  if (lib.reasons == nullptr) {
    lib.find(lib.reasons, "nvmlDeviceGetCurrentClocksThrottleReasons");  // before driver 535
  }
  lib.find(lib.power, "nvmlDeviceGetPowerUsage");
  lib.find(lib.power_limit, "nvmlDeviceGetEnforcedPowerLimit");
  lib.find(lib.temperature, "nvmlDeviceGetTemperature");
  lib.find(lib.ecc, "nvmlDeviceGetEccMode");
  lib.find(lib.mig, "nvmlDeviceGetMigMode");
  lib.find(lib.pcie_generation, "nvmlDeviceGetCurrPcieLinkGeneration");
  lib.find(lib.pcie_width, "nvmlDeviceGetCurrPcieLinkWidth");
  lib.find(lib.driver, "nvmlSystemGetDriverVersion");
  lib.find(lib.shutdown, "nvmlShutdown");
  if (init == nullptr || find_device == nullptr || init() != 0 ||
      find_device(pci_bus_id.c_str(), &lib.device) != 0) {
    lib.device = nullptr;
  }
}

Nvml::~Nvml() {
  if (library_->handle != nullptr) {
    if (library_->shutdown != nullptr) {
      library_->shutdown();
    }
    dlclose(library_->handle);
  }
}

bool Nvml::is_there() const { return library_->device != nullptr; }

Reading Nvml::read() {
  Reading reading;
  reading.sm_mhz = library_->value_of(kSmClock, library_->clock);
  reading.memory_mhz = library_->value_of(kMemoryClock, library_->clock);
  reading.temperature_c = library_->value_of(kGpuSensor, library_->temperature);
  reading.power_w = library_->value(library_->power) / 1e3;  // milliwatts
  return reading;
}

std::uint64_t Nvml::throttle() {
  unsigned long long reasons = 0;
  if (is_there() && library_->reasons != nullptr &&
      library_->reasons(library_->device, &reasons) == 0) {
    return reasons;
  }
  return 0;
}

std::string Nvml::driver_version() const {
  char text[96] = "";
  if (is_there() && library_->driver != nullptr) {
    library_->driver(text, sizeof text);
  }
  return text;
}

int Nvml::ecc() const { return library_->mode(library_->ecc); }
int Nvml::mig() const { return library_->mode(library_->mig); }
double Nvml::power_limit_w() const { return library_->value(library_->power_limit) / 1e3; }
int Nvml::max_sm_mhz() const { return library_->value_of(kSmClock, library_->max_clock); }
int Nvml::pcie_generation() const {
  return static_cast<int>(library_->value(library_->pcie_generation));
}
int Nvml::pcie_width() const { return static_cast<int>(library_->value(library_->pcie_width)); }

}  // namespace bench
}  // namespace kvsim
