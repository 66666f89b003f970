#include "probe/page/whatif_page.h"

#include <algorithm>

#include "probe/page/layout.h"
#include "probe/page/text.h"

namespace gimbal::probe::page {
namespace {

using whatif::Answer;
using whatif::AnswerRow;
using whatif::kBoxes;
using whatif::kSites;
using whatif::Question;
using whatif::Site;
using whatif::Spread;
using whatif::Trial;

constexpr double kLogarithmicAbove = 40;

std::string name_of(const Answer& answer, std::size_t site, std::size_t box) {
  return answer.question.sites[site].name + (box == 0 ? ", without" : ", with Gimbal");
}

/// Orange without the appliance, blue with it, as in every report; the core's are darker kin.
int colour_of(std::size_t site, std::size_t box) {
  constexpr int kColours[kSites][kBoxes] = {{1, 0}, {4, 2}};
  return kColours[site][box];
}

std::string name_of(const AnswerRow& row) {
  return row.metric + (row.what.empty() ? "" : " " + row.what);
}

std::string picture(const Answer& answer) {
  const AnswerRow& row = answer.rows[answer.judged];
  StackPlot plot;
  plot.title = name_of(row) + ": computing (pale) and waiting for the network";
  plot.x_title = row.unit + "; the line spans the rounds";
  for (std::size_t site = 0; site < kSites; ++site)
    for (std::size_t box = 0; box < kBoxes; ++box) {
      const Spread& cell = row.cells[site][box];
      const double compute = std::min(row.compute[site], cell.median());
      const std::string says =
          row.compute[site] > 0
              ? number(compute) + " + " + number(cell.median() - compute) + " " + row.unit
              : with_unit(cell.median(), row.unit);
      plot.stacks.push_back({name_of(answer, site, box), colour_of(site, box), compute,
                             cell.median(), cell.low(), cell.high(), says});
    }
  return render(plot);
}

std::string cell_of(const Spread& cell) {
  return number(cell.median()) + " <span class=\"soft\">[" + number(cell.low()) + ", " +
         number(cell.high()) + "]</span>";
}

std::string numbers(const Answer& answer) {
  Table table;
  table.headings = {"", "unit"};
  table.words = 2;
  for (const Site& site : answer.question.sites)
    for (const char* what : {"computing", "without", "with Gimbal"})
      table.headings.push_back(escape(site.name) + "<br>" + what);
  for (const AnswerRow& row : answer.rows) {
    std::vector<std::string> line{escape(name_of(row)), escape(row.unit)};
    for (std::size_t site = 0; site < kSites; ++site) {
      line.push_back(row.compute[site] > 0 ? number(row.compute[site]) : "");
      for (const Spread& cell : row.cells[site]) line.push_back(cell_of(cell));
    }
    table.rows.push_back(std::move(line));
  }
  return "<h2>Numbers</h2>" + render(table) + "<p class=\"soft\">Medians of " +
         number(answer.question.rounds) +
         " rounds, in brackets the least and the most. ttft: from the request to the first token. "
         "inter_token: between two tokens. request: from the request to the last token. step: the "
         "parallel reads that gate a token, its computing among them. tokens_per_s: over all "
         "users.</p>";
}

const RunResult& run_of(const Trial& trial, const std::string& metric) {
  return metric == "step" ? trial.barrier : trial.tokens;
}

std::string distribution_of(const Answer& answer, const std::vector<Trial>& trials,
                            const std::string& metric) {
  Plot plot;
  plot.title = metric + " by percentile, all rounds";
  plot.x_title = "share of values not higher, %";
  plot.x_scale = Scale::nines;
  double low = 0;
  double high = 0;
  for (std::size_t site = 0; site < kSites; ++site)
    for (std::size_t box = 0; box < kBoxes; ++box) {
      Metric all;
      for (const Trial& trial : trials) {
        const Metric* one = run_of(trial, metric).find(metric);
        if (one == nullptr || trial.site != site || trial.box != box) continue;
        all.scale = one->scale;
        plot.y_title = one->unit;
        all.histogram.merge(one->histogram);
      }
      if (all.histogram.count() == 0) continue;
      all.name = name_of(answer, site, box);
      plot.curves.push_back(distribution(all, colour_of(site, box)));
      low = low == 0 ? all.quantile(0) : std::min(low, all.quantile(0));
      high = std::max(high, all.max());
    }
  if (low > 0 && high / low > kLogarithmicAbove) plot.y_scale = Scale::logarithmic;
  return render(plot);
}

std::string setup(const Question& q) {
  std::string out = "<div class=\"cards\">";
  for (const Site& site : q.sites) {
    std::string settings;
    for (const std::string& setting : site.settings)
      settings += (settings.empty() ? "" : ", ") + setting;
    out += render_pairs(site.name, {{"path", site.scenario},
                                    {"changed", settings.empty() ? "nothing" : settings},
                                    {"to the first token", number(site.first_ms) + " ms"},
                                    {"each further token", number(site.token_ms) + " ms"}});
  }
  return out +
         render_pairs("The same everywhere",
                      {{"users at once", number(q.users)},
                       {"prompt", number(static_cast<double>(q.prompt_bytes)) + " bytes"},
                       {"answer", number(q.tokens) + " tokens of " +
                                      number(static_cast<double>(q.token_bytes)) + " bytes"},
                       {"a step", number(q.reads) + " reads of " +
                                      number(static_cast<double>(q.read_bytes)) + " bytes"},
                       {"senders", q.congestion.empty() ? "the system's choice" : q.congestion},
                       {"appliance", q.mode + ", custody " + q.custody},
                       {"each run", number(q.seconds) + " s"},
                       {"seed", std::to_string(q.seed)}}) +
         "</div>";
}

}  // namespace

std::string whatif_page(const Answer& answer, const std::vector<Trial>& trials,
                        const std::vector<Check>& checks) {
  std::string body;
  for (const Check& check : checks)
    body += badge(check.met ? "better" : "worse", (check.met ? "met: " : "") + check.text) + " ";
  body += "<div class=\"lead\">";
  for (const std::string& sentence : answer.sentences) body += "<p>" + escape(sentence) + "</p>";
  body += "</div>" + picture(answer) + numbers(answer) +
          "<h2>Distributions</h2><div class=\"plots pairs\">";
  for (const char* metric : {"request", "ttft", "inter_token", "step"})
    body += distribution_of(answer, trials, metric);
  body += "</div><h2>What was asked</h2>" + setup(answer.question);
  return document("Where should this model run, and what does the network cost?",
                  "The same inference over two paths, each with and without Gimbal, on real TCP "
                  "through emulated paths",
                  body);
}

}  // namespace gimbal::probe::page
