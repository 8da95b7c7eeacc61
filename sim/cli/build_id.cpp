#include "sim/cli/build_id.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <cstring>
#include <string_view>

#include "sim/base/sha256.hpp"

namespace kvsim::cli {
namespace {

std::size_t padded(std::size_t size) { return (size + 3) / 4 * 4; }  // ELF: notes are in words

std::string hex(const char* bytes, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return text;
}

// The linker's hash of the program (--build-id), which lies among its notes.
std::string id_among(std::string_view notes) {
  ElfW(Nhdr) note{};
  while (notes.size() >= sizeof note) {
    std::memcpy(&note, notes.data(), sizeof note);
    const std::size_t name = sizeof note;
    const std::size_t content = name + padded(note.n_namesz);
    if (content + note.n_descsz > notes.size()) {
      break;
    }
    if (note.n_type == NT_GNU_BUILD_ID && notes.substr(name, 3) == ELF_NOTE_GNU) {
      return hex(notes.data() + content, note.n_descsz);
    }
    notes.remove_prefix(std::min(notes.size(), content + padded(note.n_descsz)));
  }
  return {};
}

// The first object is the program itself (dl_iterate_phdr(3)).
int look_at_program(dl_phdr_info* info, std::size_t, void* found) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) {
      continue;
    }
    const auto address = static_cast<std::uintptr_t>(info->dlpi_addr + header.p_vaddr);
    const char* notes = reinterpret_cast<const char*>(address);  // where the loader mapped it
    if (const std::string id = id_among({notes, header.p_memsz}); !id.empty()) {
      *static_cast<std::string*>(found) = id;
      break;
    }
  }
  return 1;  // no further object
}

}  // namespace

std::string build_id() {
  std::string id;
  dl_iterate_phdr(look_at_program, &id);
  return id.empty() ? sha256_of_file("/proc/self/exe").value_or("unknown") : id;
}

}  // namespace kvsim::cli
