#include "sim/rows_csv.h"

#include <sstream>

namespace gimbal::sim {

std::string rows_csv(const std::vector<Row>& rows) {
  std::ostringstream out;
  out << "profile,sender,direction,box,seed,seconds,goodput_mbit,bystander_mbit,rtt_p50_ms,"
         "retransmitted,timeouts,undos,local,queue_drops,random_losses,standing_queue_ms,broken,"
         "paced_senders,resumed,started\n";
  for (const Row& row : rows) {
    const Scenario& s = row.scenario;
    const Outcome& o = row.outcome;
    out << s.profile.name << ',' << to_string(s.algorithm) << ','
        << (s.flow == Flow::up ? "upload" : "download") << ',' << to_string(s.box) << ',' << s.seed
        << ',' << s.lasts.to_seconds() << ',' << o.goodput_mbit << ',' << o.bystander_mbit << ','
        << o.rtt_p50_ms << ',' << o.sender_retransmissions << ',' << o.sender_timeouts << ','
        << o.undos << ',' << o.local_retransmissions << ',' << o.queue_drops << ','
        << o.random_losses << ',' << o.standing_queue_ms << ','
        << o.violations + (o.damaged ? 1 : 0) << ',' << o.counters[Counter::paced_senders] << ','
        << o.counters[Counter::paced_senders_resumed] << ',' << o.counters[Counter::repairs_started]
        << '\n';
  }
  return out.str();
}

}  // namespace gimbal::sim
