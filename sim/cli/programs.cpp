#include "sim/cli/programs.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "sim/cli/terminal.hpp"

namespace kvsim::cli {

namespace fs = std::filesystem;

fs::path on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path file = fs::path(folder) / program;
    if (access(file.c_str(), X_OK) == 0 && fs::is_regular_file(file)) {
      return file;
    }
  }
  return {};
}

fs::path first_on_path(std::initializer_list<const char*> programs) {
  for (const char* program : programs) {
    if (fs::path file = on_path(program); !file.empty()) {
      return file;
    }
  }
  return {};
}

fs::path chromium() {
  const char* named = std::getenv("KVSIM_CHROMIUM");
  return named != nullptr ? fs::path(named)
                          : first_on_path({"chromium", "chromium-browser", "google-chrome"});
}

fs::path chart_python() {
  fs::path python = library().configs.parent_path() / ".venv" / "bin" / "python";
  return access(python.c_str(), X_OK) == 0 ? python : fs::path();
}

bool run_program(const fs::path& program, const std::vector<std::string>& arguments,
                 const fs::path& log) {
  std::vector<std::string> words = {program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                   0600);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int failed = posix_spawn(&child, program.c_str(), &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  int status = 0;
  return failed == 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

}  // namespace kvsim::cli
