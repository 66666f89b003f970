#include "probe/compare_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "probe/compare.h"
#include "probe/output.h"
#include "probe/page/compare_page.h"
#include "probe/page/text.h"

namespace gimbal::probe {

const char* const kCompareExamples =
    "Each row is B against A with its interval, and a word: better, worse, no difference shown, "
    "or\n"
    "too few values.\n"
    "Examples:\n"
    "  gimbal-probe compare off.json on.json --html compare.html\n"
    "  gimbal-probe compare before.json after.json --require not-worse\n"
    "  gimbal-probe compare a.json b.json --require 'barrier.p99.ratio<0.5' \\\n"
    "      --require 'tokens.ttft.p99.diff_high<=2ms'";

namespace {

constexpr const char* kNotWorse = "not-worse";

int fail(const Error& error, int code) {
  std::cerr << "gimbal-probe: " << error.message() << '\n';
  return code;
}

Result<RunResult> read_run(const std::string& path) {
  std::ifstream file{path};
  if (!file) return Error{path, "cannot be read"};
  return parse_run_result(nlohmann::json::parse(file, nullptr, false), path);
}

void print_rows(const Comparison& comparison) {
  std::printf("%s: B (%s) against A (%s)\n", comparison.workload.c_str(), comparison.name_b.c_str(),
              comparison.name_a.c_str());
  for (const std::string& remark : comparison.remarks) std::printf("note: %s\n", remark.c_str());
  std::printf("%-22s %11s %11s %10s %-23s %7s %-19s %s\n", "", "A", "B", "B - A", "", "B / A", "",
              "verdict");
  for (const CompareRow& row : comparison.rows) {
    const std::string name = row.metric + " " + row.what + " [" + row.unit + "]";
    const auto between = [](const Interval& interval) {
      return "[" + page::number(interval.low) + ", " + page::number(interval.high) + "]";
    };
    std::printf("%-22s %11s %11s %10s %-23s %7s %-19s %s\n", name.c_str(),
                page::number(row.a).c_str(), page::number(row.b).c_str(),
                page::number(row.difference()).c_str(), between(row.diff).c_str(),
                page::number(row.quotient()).c_str(), between(row.ratio).c_str(),
                std::string{describe(row.verdict)}.c_str());
  }
  for (const CompareFigure& figure : comparison.figures)
    std::printf("%-22s %11s %11s %10s\n", figure.name.c_str(), page::number(figure.a).c_str(),
                page::number(figure.b).c_str(), page::number(figure.b - figure.a).c_str());
  std::fflush(stdout);
}

class Compare final : public Command {
 public:
  void add_options(CLI::App& command) override;
  int run() override;

 private:
  Result<bool> read_requirements();
  std::vector<page::Check> check(const Comparison& comparison) const;

  std::string a_;
  std::string b_;
  std::string html_;
  std::string json_;
  std::vector<std::string> required_;
  std::vector<Requirement> requirements_;
  bool not_worse_{false};
  CompareOptions options_;
};

void Compare::add_options(CLI::App& command) {
  command.add_option("A", a_, "result to compare with, written by --json")->required();
  command.add_option("B", b_, "result to judge")->required();
  command.add_option("--html", html_, "write a page with plots to this file");
  command.add_option("--json", json_, "write the rows to this file");
  command
      .add_option("--require", required_,
                  "exit 1 unless met: not-worse (no row is), or barrier.p99.ratio<1.05; repeatable")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--confidence", options_.confidence, "of the intervals")
      ->check(CLI::Range(0.5, 0.9999));
  command.add_option("--resamples", options_.resamples, "bootstrap replicates")
      ->check(CLI::Range(100, 1'000'000));
  command.add_option("--seed", options_.seed, "of the resampling");
  command.add_option("--ignore", options_.ignore_percent, "percent of difference that is none")
      ->check(CLI::Range(0.0, 100.0));
}

Result<bool> Compare::read_requirements() {
  std::vector<std::string> limits;
  for (const std::string& text : required_) {
    if (text == kNotWorse)
      not_worse_ = true;
    else
      limits.push_back(text);
  }
  auto parsed = parse_requirements(limits);
  if (!parsed) return parsed.error();
  requirements_ = std::move(parsed.value());
  return true;
}

std::vector<page::Check> Compare::check(const Comparison& comparison) const {
  std::vector<page::Check> checks;
  if (not_worse_) {
    std::string worse;
    for (const CompareRow& row : comparison.rows)
      if (row.verdict == Verdict::worse) worse += " " + row.metric + "." + row.what;
    checks.push_back({worse.empty() ? std::string{kNotWorse}
                                    : std::string{"not met: not-worse: worse are"} + worse,
                      worse.empty()});
  }
  for (const Requirement& requirement : requirements_) {
    // The runs' own names may be equal, or anything: B's and the workload's are understood.
    const std::string name = requirement.figure_of(comparison.workload, comparison.name_b);
    const Judgement judgement = judge(requirement, find_figure(comparison, name));
    checks.push_back(
        {judgement.met ? requirement.text : complaint(requirement, judgement), judgement.met});
  }
  return checks;
}

int Compare::run() {
  if (const auto read = read_requirements(); !read) return fail(read.error(), 2);
  const auto a = read_run(a_);
  if (!a) return fail(a.error(), 2);
  const auto b = read_run(b_);
  if (!b) return fail(b.error(), 2);
  auto compared = compare_runs(a.value(), b.value(), options_);
  if (!compared) return fail(compared.error(), 2);
  Comparison& comparison = compared.value();
  if (comparison.name_a == comparison.name_b) {
    comparison.name_a = std::filesystem::path{a_}.stem();
    comparison.name_b = std::filesystem::path{b_}.stem();
  }
  print_rows(comparison);
  const auto checks = check(comparison);
  bool good = true;
  for (const page::Check& one : checks) {
    if (one.met) continue;
    std::cerr << "gimbal-probe: " << one.text << '\n';
    good = false;
  }
  if (!json_.empty()) good = write_file(json_, to_json(comparison).dump() + "\n") && good;
  if (!html_.empty())
    good = write_file(html_, page::compare_page(comparison, a.value(), b.value(), checks)) && good;
  return good ? 0 : 1;
}

}  // namespace

std::unique_ptr<Command> make_compare() { return std::make_unique<Compare>(); }

}  // namespace gimbal::probe
