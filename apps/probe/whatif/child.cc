#include "probe/whatif/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include "probe/socket.h"

namespace gimbal::probe::whatif {
namespace {

constexpr useconds_t kLook = 10'000;
constexpr int kNotFound = 127;
/// Input goes into a pipe whole before it is read.
constexpr std::size_t kMostInput = 60'000;

/// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(const Arguments& arguments, int input, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::signal(SIGPIPE, SIG_DFL);
  std::vector<char*> words;
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  ::_exit(kNotFound);
}

std::string read_file(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool says_ready(const std::string& log) {
  std::istringstream lines{log};
  for (std::string line; std::getline(lines, line);)
    if (line == "ready" || line.ends_with(" ready")) return true;
  return false;
}

std::string read_all(int fd) {
  std::string out;
  std::array<char, 4096> block{};
  for (;;) {
    const ssize_t n = ::read(fd, block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return out;
    out.append(block.data(), static_cast<std::size_t>(n));
  }
}

std::string joined(const Arguments& arguments) {
  std::string out;
  for (const std::string& word : arguments) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace

Child& Child::operator=(Child&& other) noexcept {
  stop();
  pid_ = std::exchange(other.pid_, -1);
  name_ = std::move(other.name_);
  log_ = std::move(other.log_);
  return *this;
}

Result<Child> Child::start(const Arguments& arguments, const std::string& log) {
  const Fd output{::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
  const Fd input{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  if (output.get() < 0)
    return Error{log, std::string{"cannot be written: "} + std::strerror(errno)};
  const pid_t pid = ::fork();
  if (pid < 0)
    return Error{arguments[0], std::string{"cannot be started: "} + std::strerror(errno)};
  if (pid == 0) become(arguments, input.get(), output.get());
  return Child{pid, joined(arguments), log};
}

bool Child::ended(int& status) noexcept {
  if (pid_ < 0) return true;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
  pid_ = -1;
  return true;
}

Result<bool> Child::wait_ready(std::chrono::seconds limit) {
  const auto deadline = Clock::now() + limit;
  while (!says_ready(read_file(log_))) {
    int status = 0;
    if (stop_requested()) return Error{"", "stopped"};
    if (ended(status)) return Error{name_, "ended before it was ready:\n" + tail()};
    if (Clock::now() > deadline) return Error{name_, "is not ready:\n" + tail()};
    ::usleep(kLook);
  }
  return true;
}

Result<int> Child::wait(std::chrono::seconds limit) {
  const auto deadline = Clock::now() + limit;
  int status = 0;
  while (!ended(status)) {
    if (stop_requested()) return Error{"", "stopped"};
    if (Clock::now() > deadline) return Error{name_, "takes too long:\n" + tail()};
    ::usleep(kLook);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Child::stop() noexcept {
  int status = 0;
  if (ended(status)) return;
  ::kill(pid_, SIGTERM);
  const auto deadline = Clock::now() + std::chrono::seconds{3};
  while (!ended(status)) {
    if (Clock::now() > deadline) ::kill(pid_, SIGKILL);
    ::usleep(kLook);
  }
}

std::string Child::tail_of_file(const std::string& log) {
  constexpr std::size_t kMost = 1500;
  const std::string text = read_file(log);
  return text.size() > kMost ? text.substr(text.size() - kMost) : text;
}

Result<std::string> run_tool(const Arguments& arguments, const std::string& input) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (input.size() > kMostInput) return Error{arguments[0], "is given too much at once"};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0)
    return Error{arguments[0], std::string{"no pipe: "} + std::strerror(errno)};
  Fd in_read{in[0]};
  Fd in_write{in[1]};
  const Fd out_read{out[0]};
  Fd out_write{out[1]};
  const pid_t pid = ::fork();
  if (pid < 0)
    return Error{arguments[0], std::string{"cannot be started: "} + std::strerror(errno)};
  if (pid == 0) become(arguments, in_read.get(), out_write.get());
  in_read.close();
  out_write.close();
  const ssize_t written = ::write(in_write.get(), input.data(), input.size());
  in_write.close();
  std::string text = read_all(out_read.get());
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
      written == static_cast<ssize_t>(input.size()))
    return text;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound && text.empty())
    return Error{arguments[0], "not found: install iproute2, ethtool and procps"};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return Error{joined(arguments), text};
}

}  // namespace gimbal::probe::whatif
